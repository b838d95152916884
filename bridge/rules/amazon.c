/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Amazon SES and WorkMail. SES gives every mail a Message-ID of its own.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_TEXT, "{\"notificationtype\":\"bounce\"",
	"bounce-hard-amazon-01.eml"},
    {SIGN_TEXT,
	"an error occurred while trying to deliver the mail to the following recipients",
	"bounce-soft-amazon-02.eml"},
    {SIGN_TEXT, "technical report: smtp error", "bounce-soft-amazon-03.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"inbound-smtp.", PHRASE_ALIVE, "bounce-soft-amazon-02.eml", NULL},
    {"\"bouncesubtype\":\"noemail\"", PHRASE_DEAD, "bounce-hard-amazon-05.eml",
	NULL},
    {"\"bouncetype\":\"permanent\",\"bouncesubtype\":\"general\"", PHRASE_DEAD,
	"bounce-hard-amazon-01.eml", NULL},
    {"\"bouncetype\":\"transient\"", PHRASE_ALIVE, "bounce-soft-amazon-06.eml",
	NULL},
    {"on account-level suppression list", PHRASE_ALIVE,
	"bounce-soft-amazon-03.eml", NULL},
    {"amazon ses has suppressed sending to this address", PHRASE_ALIVE,
	"bounce-soft-amazon-03.eml", NULL},
    {"address is on the suppression list", PHRASE_ALIVE,
	"bounce-soft-amazon-04.eml", NULL},
    {"amazon ses did not send the message to this address", PHRASE_SOFT,
	"bounce-soft-amazon-04.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_amazon = {
    .id = "amazon",
    .signs = signs,
    .phrases = phrases,
};
