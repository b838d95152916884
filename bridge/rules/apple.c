/* SPDX-License-Identifier: Apache-2.0 */

/*
 * iCloud, me.com and the servers of Apple.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_OPENING,
	"this is a system-generated message to inform you that your email could not be delivered",
	"bounce-hard-apple-01.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"user lookup success but no user record found", PHRASE_NO_USER,
	"bounce-hard-apple-01.eml", NULL},
    {"user lookup failed", PHRASE_NO_USER, "bounce-hard-apple-01.eml", NULL},
    {"account is inactive", PHRASE_ALIVE, "bounce-soft-apple-02.eml", NULL},
    {"[cs01]", PHRASE_SOFT, "bounce-soft-apple-02.eml", NULL},
    {"[hm08]", PHRASE_SOFT, "bounce-soft-apple-03.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_apple = {
    .id = "apple",
    .signs = signs,
    .phrases = phrases,
};
