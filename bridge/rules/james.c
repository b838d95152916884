/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Apache James and other servers in Java.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_OPENING, "hi. this is the james mail server at",
	"bounce-hard-james-01.eml"},
    {SIGN_TEXT, "error message below:", "bounce-soft-james-02.eml"},
    {SIGN_TEXT, "a message you sent could not be delivered to",
	"bounce-hard-james-03.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"could not connect to smtp host: unknown", PHRASE_NO_DOMAIN,
	"bounce-hard-james-01.eml", NULL},
    {"there are no dns entries for the hostname", PHRASE_NO_DOMAIN,
	"bounce-hard-james-05.eml", NULL},
    {"no mail server found for", PHRASE_NO_DOMAIN, "bounce-hard-james-03.eml",
	NULL},
    {"i'm afraid i wasn't able to connect", PHRASE_SOFT,
	"bounce-soft-james-02.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_james = {
    .id = "james",
    .signs = signs,
    .phrases = phrases,
};
