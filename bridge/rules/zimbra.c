/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Zimbra, Cyrus, Dovecot, DBMail: what speaks behind LMTP.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_TEXT, "automatic message rejection", "bounce-hard-zimbra-01.eml"},
    {SIGN_OPENING, "your message was automatically rejected by dovecot",
	"bounce-soft-zimbra-02.eml"},
    {SIGN_OPENING, "your message was automatically rejected by sieve",
	"bounce-hard-zimbra-03.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"no zimbra mailbox for", PHRASE_NO_USER, "bounce-hard-zimbra-01.eml",
	NULL},
    {"account is not active", PHRASE_ALIVE, "bounce-soft-zimbra-02.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_zimbra = {
    .id = "zimbra",
    .signs = signs,
    .phrases = phrases,
};
