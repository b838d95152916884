/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Postfix (bounce(5), local(8), virtual(8)): most reports are RFC 3464, but
 * mailing lists and archives strip them down to the text.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_OPENING, "this is the mail system at host",
	"bounce-soft-postfix-01.eml"},
    {SIGN_OPENING, "this is the postfix program at host",
	"bounce-soft-postfix-02.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    /* its table's name is no word about relaying */
    {"user unknown in relay recipient table", PHRASE_DEAD,
	"bounce-hard-postfix-03.eml", NULL},
    {"mail transport unavailable", PHRASE_SOFT, "bounce-soft-postfix-01.eml",
	NULL},
    {"unverified address", PHRASE_SOFT, "bounce-soft-postfix-01.eml", NULL},
    {"client host rejected", PHRASE_SOFT, "bounce-soft-postfix-02.eml", NULL},
    {"in reply to mail from", PHRASE_ALIVE, "bounce-soft-postfix-04.eml", NULL},
    {"host not found, try again", PHRASE_ALIVE, "bounce-soft-postfix-06.eml",
	NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_postfix = {
    .id = "postfix",
    .signs = signs,
    .phrases = phrases,
};
