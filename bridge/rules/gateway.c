/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Filters before a mail system: Mimecast, Proofpoint, Barracuda, MessageLabs
 * (Symantec), Trend Micro, McAfee, Cisco, Sophos, SpamTitan.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_HEADER, "X-MXL-NoteHash", "bounce-hard-gateway-01.eml"},
    {SIGN_HEADER, "X-Actual-Recipient-Failed", "bounce-soft-gateway-02.eml"},
    {SIGN_TEXT, "email delivery failure the message was not delivered",
	"bounce-hard-gateway-03.eml"},
    {SIGN_TEXT, "this message was not delivered due to the following reason",
	"bounce-soft-gateway-04.eml"},
    {SIGN_TEXT, "sent message delivery failed", "bounce-soft-gateway-05.eml"},
    {SIGN_TEXT, "the mcafee email gateway was unable to deliver",
	"bounce-soft-gateway-06.eml"},
    {SIGN_TEXT, "the message you sent to the following recipients was rejected",
	"bounce-hard-gateway-07.eml"},
    {SIGN_TEXT, "message from interscan messaging security suite",
	"bounce-soft-gateway-08.eml"},
    {SIGN_TEXT, "an email you sent was rejected", "bounce-hard-gateway-09.eml"},
    {SIGN_TEXT, "your message has been blocked", "bounce-soft-gateway-10.eml"},
    {SIGN_TEXT, "your message was blocked", "bounce-soft-gateway-11.eml"},
    {SIGN_TEXT, "your email has been rejected", "bounce-soft-gateway-12.eml"},
    {SIGN_TEXT, "your message did not reach some or all",
	"bounce-hard-gateway-13.eml"},
    {SIGN_SUBJECT, "mail could not be delivered", "bounce-soft-gateway-14.eml"},
    {SIGN_SUBJECT, "non remise de mail", "bounce-hard-gateway-15.eml"},
    {SIGN_SUBJECT, "blocked message", "bounce-soft-gateway-16.eml"},
    {SIGN_TEXT, "was blocked by our spam firewall",
	"bounce-soft-gateway-20.eml"},
    {SIGN_TEXT, "mailmarshal (an automated content monitoring gateway)",
	"bounce-soft-gateway-22.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"recipient not in directory", PHRASE_NO_USER, "bounce-hard-gateway-01.eml",
	NULL},
    {"user email address is marked as invalid", PHRASE_NO_USER,
	"bounce-hard-gateway-01.eml", NULL},
    {"recipient validation failed", PHRASE_NO_USER,
	"bounce-hard-gateway-03.eml", NULL},
    {"other mail system problem", PHRASE_SOFT, "bounce-soft-gateway-02.eml",
	NULL},
    {"administrative lockout", PHRASE_SOFT, "bounce-soft-gateway-02.eml", NULL},
    {"rejected by header based", PHRASE_SOFT, "bounce-soft-gateway-04.eml",
	NULL},
    {"message bounced by administrator", PHRASE_SOFT,
	"bounce-soft-gateway-04.eml", NULL},
    {"message rejected due to security", PHRASE_SOFT,
	"bounce-soft-gateway-05.eml", NULL},
    {"dns soft error", PHRASE_ALIVE, "bounce-soft-gateway-18.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_gateway = {
    .id = "gateway",
    .signs = signs,
    .phrases = phrases,
};
