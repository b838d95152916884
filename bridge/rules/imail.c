/* SPDX-License-Identifier: Apache-2.0 */

/*
 * IMail, SmarterMail, Surgemail, Merak, MailEnable and others of Windows.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_TEXT, "could not deliver mail to", "bounce-hard-imail-01.eml"},
    {SIGN_TEXT, "your message was not delivered to",
	"bounce-soft-imail-02.eml"},
    {SIGN_TEXT, "mailenable: message could not be delivered to some recipients",
	"bounce-soft-imail-03.eml"},
    {SIGN_TEXT, "mailenable: message delivery failure",
	"bounce-soft-imail-04.eml"},
    {SIGN_TEXT, "your message could not be delivered to one or more recipients",
	"bounce-hard-imail-05.eml"},
    {SIGN_TEXT, "the following recipient(s) could not be reached",
	"bounce-soft-imail-06.eml"},
    {SIGN_TEXT, "the following message could not be delivered",
	"bounce-hard-imail-07.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"invalid final delivery userid", PHRASE_NO_USER,
	"bounce-hard-imail-01.eml", NULL},
    {"user mailbox exceeds allowed size", PHRASE_ALIVE,
	"bounce-soft-imail-02.eml", NULL},
    {"mailbox size limit exceeded", PHRASE_ALIVE, "bounce-soft-imail-02.eml",
	NULL},
    {"requested action aborted: local error in processing", PHRASE_SOFT,
	"bounce-soft-imail-03.eml", NULL},
    {"the name was not found at the remote site", PHRASE_NO_USER,
	"bounce-hard-imail-09.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_imail = {
    .id = "imail",
    .signs = signs,
    .phrases = phrases,
};
