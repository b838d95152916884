/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Exchange from 5.5 to online. 5.4.1 with "Access denied" is what directory
 * based edge blocking says of an address that its directory does not have.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_HEADER, "X-MS-Exchange-Message-Is-Ndr",
	"bounce-hard-exchange-01.eml"},
    {SIGN_OPENING, "did not reach the following recipient",
	"bounce-soft-exchange-02.eml"},
    {SIGN_TEXT, "did not reach some or all of the intended recipients",
	"bounce-hard-exchange-03.eml"},
    {SIGN_OPENING, "delivery has failed to these recipients",
	"bounce-soft-exchange-04.eml"},
    {SIGN_TEXT,
	"the e-mail account does not exist at the organization this message was sent to",
	"bounce-hard-exchange-05.eml"},
    {SIGN_TEXT,
	"the e-mail system was unable to deliver the message, but did not report a specific reason",
	"bounce-soft-exchange-06.eml"},
    {SIGN_TEXT, "wasn't delivered to", "bounce-hard-exchange-07.eml"},
    {SIGN_TEXT, "your message can't be delivered",
	"bounce-soft-exchange-08.eml"},
    {SIGN_TEXT, "your message couldn't be delivered",
	"bounce-hard-exchange-09.eml"},
    {SIGN_TEXT,
	"a configuration error in the e-mail system caused the message to bounce",
	"bounce-soft-exchange-10.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"recipient address rejected: access denied", PHRASE_DEAD,
	"bounce-hard-exchange-01.eml", "5.4.1 "},
    {"resolver.adr.exrecipnotfound", PHRASE_NO_USER,
	"bounce-hard-exchange-01.eml", NULL},
    {"not found by smtp address lookup", PHRASE_NO_USER,
	"bounce-hard-exchange-03.eml", NULL},
    {"recipnotfound", PHRASE_NO_USER, "bounce-hard-exchange-03.eml", NULL},
    {"recipientnotfound", PHRASE_NO_USER, "bounce-hard-exchange-05.eml", NULL},
    {"mapi 1.0 fault: recipient unknown", PHRASE_NO_USER,
	"bounce-hard-exchange-05.eml", NULL},
    {"the email address you entered couldn't be found", PHRASE_NO_USER,
	"bounce-hard-exchange-07.eml", NULL},
    {"this recipient e-mail address was not found", PHRASE_NO_USER,
	"bounce-hard-exchange-07.eml", NULL},
    {"wasn't found at", PHRASE_NO_USER, "bounce-hard-exchange-09.eml", NULL},
    {"the recipient name is not recognized", PHRASE_NO_USER,
	"bounce-hard-exchange-09.eml", NULL},
    {"resolver.rst.notauthorized", PHRASE_SOFT, "bounce-soft-exchange-02.eml",
	NULL},
    {"resolver.rst.recipsizelimit", PHRASE_SOFT, "bounce-soft-exchange-02.eml",
	NULL},
    {"resolver.rst.authrequired", PHRASE_SOFT, "bounce-soft-exchange-04.eml",
	NULL},
    {"resolver.fwd.loop", PHRASE_SOFT, "bounce-soft-exchange-04.eml", NULL},
    {"sender not authenticated for group", PHRASE_SOFT,
	"bounce-soft-exchange-06.eml", NULL},
    {"sender denied", PHRASE_SOFT, "bounce-soft-exchange-06.eml", NULL},
    {"restrictdomainstoipaddresses", PHRASE_SOFT, "bounce-soft-exchange-08.eml",
	NULL},
    {"service unavailable, sending domain", PHRASE_SOFT,
	"bounce-soft-exchange-08.eml", NULL},
    {"tenantattribution", PHRASE_SOFT, "bounce-soft-exchange-10.eml", NULL},
    {"mailbox.user.inactive", PHRASE_ALIVE, "bounce-soft-exchange-10.eml",
	NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_exchange = {
    .id = "exchange",
    .signs = signs,
    .phrases = phrases,
};
