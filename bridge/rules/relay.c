/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Senders for hire: SendGrid, Mailgun, Postmark, Zoho and the like.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_OPENING,
	"this message was created automatically by mail delivery system",
	"bounce-soft-relay-01.eml"},
    {SIGN_TEXT, "hello, this is the mail server on",
	"bounce-soft-relay-02.eml"},
    {SIGN_TEXT,
	"your message to the following recipients could not be delivered",
	"bounce-hard-relay-03.eml"},
    {SIGN_TEXT, "your email was not delivered to", "bounce-soft-relay-04.eml"},
    {SIGN_TEXT, "the following recipients did not receive",
	"bounce-hard-relay-05.eml"},
    {SIGN_TEXT, "we were unable to deliver your message",
	"bounce-soft-relay-06.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"not delivering to unsubscribed", PHRASE_SOFT, "bounce-soft-relay-01.eml",
	NULL},
    {"responsecode 421", PHRASE_SOFT, "bounce-soft-relay-01.eml", NULL},
    {"unable to get mx info", PHRASE_SOFT, "bounce-soft-relay-02.eml", NULL},
    {"host not reachable", PHRASE_SOFT, "bounce-soft-relay-02.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_relay = {
    .id = "relay",
    .signs = signs,
    .phrases = phrases,
};
