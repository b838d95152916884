/* SPDX-License-Identifier: Apache-2.0 */

/*
 * OpenSMTPD, DragonFly mail agent, mini servers of the BSDs.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_TEXT, "this is the mailer-daemon", "bounce-hard-opensmtpd-01.eml"},
    {SIGN_OPENING, "hi! this is the mailer-daemon",
	"bounce-soft-opensmtpd-02.eml"},
    {SIGN_TEXT, "an error has occurred while attempting to deliver a message",
	"bounce-soft-opensmtpd-03.eml"},
    {SIGN_OPENING, "this is the dragonfly mail agent",
	"bounce-soft-opensmtpd-04.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"recipient is invalid", PHRASE_NO_USER, "bounce-hard-opensmtpd-01.eml",
	NULL},
    {"no mx found for domain", PHRASE_NO_DOMAIN, "bounce-hard-opensmtpd-01.eml",
	NULL},
    {"no mx found for destination", PHRASE_SOFT, "bounce-soft-opensmtpd-02.eml",
	NULL},
    {"loop detected", PHRASE_SOFT, "bounce-soft-opensmtpd-05.eml", NULL},
    {"network error on destination mxs", PHRASE_SOFT,
	"bounce-soft-opensmtpd-03.eml", NULL},
    {"message too old", PHRASE_SOFT, "bounce-soft-opensmtpd-03.eml", NULL},
    {"bad dns lookup error code", PHRASE_SOFT, "bounce-soft-opensmtpd-05.eml",
	NULL},
    {"mailbox size exceeded", PHRASE_ALIVE, "bounce-soft-opensmtpd-04.eml",
	NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_opensmtpd = {
    .id = "opensmtpd",
    .signs = signs,
    .phrases = phrases,
};
