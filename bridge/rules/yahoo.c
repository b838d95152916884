/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Yahoo and AOL of today; Verizon, AT&T, Sky behind them.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_OPENING,
	"sorry, we were unable to deliver your message to the following address",
	"bounce-hard-yahoo-01.eml"},
    {SIGN_TEXT, "unable to deliver message to the following address",
	"bounce-soft-yahoo-02.eml"},
    {SIGN_TEXT, "message from yahoo.com. unable to deliver",
	"bounce-soft-yahoo-03.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"mailbox for alias not found", PHRASE_NO_USER, "bounce-hard-yahoo-01.eml",
	NULL},
    {"account is temporarily unavailable", PHRASE_ALIVE,
	"bounce-soft-yahoo-02.eml", NULL},
    {"[ts0", PHRASE_SOFT, "bounce-soft-yahoo-02.eml", NULL},
    {"[tss", PHRASE_SOFT, "bounce-soft-yahoo-03.eml", NULL},
    {"all messages from", PHRASE_SOFT, "bounce-soft-yahoo-03.eml", NULL},
    {"requested mail action aborted, mailbox not found", PHRASE_DEAD,
	"bounce-hard-yahoo-05.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_yahoo = {
    .id = "yahoo",
    .signs = signs,
    .phrases = phrases,
};
