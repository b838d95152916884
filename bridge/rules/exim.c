/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Exim (bounce_message_file, warn_message_file): text, and the header of failed
 * recipients.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_HEADER, "X-Failed-Recipients", "bounce-hard-exim-01.eml"},
    {SIGN_OPENING,
	"this message was created automatically by mail delivery software",
	"bounce-soft-exim-02.eml"},
    {SIGN_OPENING,
	"a message that you sent could not be delivered to one or more of its recipients",
	"bounce-soft-exim-03.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"all relevant mx records point to non-existent hosts", PHRASE_NO_DOMAIN,
	"bounce-hard-exim-01.eml", NULL},
    {"an mx or srv record indicated no smtp service", PHRASE_NO_DOMAIN,
	"bounce-hard-exim-01.eml", NULL},
    {"all hosts for", PHRASE_SOFT, "bounce-soft-exim-02.eml", NULL},
    {"lowest numbered mx record points to local host", PHRASE_SOFT,
	"bounce-soft-exim-02.eml", NULL},
    {"mailbox is over", PHRASE_ALIVE, "bounce-soft-exim-03.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_exim = {
    .id = "exim",
    .signs = signs,
    .phrases = phrases,
};
