/* SPDX-License-Identifier: Apache-2.0 */

/*
 * qmail, netqmail, s/qmail and what patches say (vpopmail, qmail-ldap, ezmlm).
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_OPENING, "this is the qmail-send program",
	"bounce-hard-qmail-01.eml"},
    {SIGN_TEXT, "i'm afraid i wasn't able to deliver your message",
	"bounce-soft-qmail-02.eml"},
    {SIGN_TEXT, "this is a permanent error; i've given up",
	"bounce-hard-qmail-03.eml"},
    {SIGN_TEXT, "this is a permanent error. i've given up",
	"bounce-soft-qmail-04.eml"},
    {SIGN_TEXT,
	"i wasn't able to deliver your message to the following addresses",
	"bounce-soft-qmail-05.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    /* what it writes of a refused RCPT, and of nothing else */
    {"does not like recipient. remote host said: 550 user unknown", PHRASE_DEAD,
	"bounce-hard-qmail-07.eml", NULL},
    {"does not like recipient. remote host said: 550 no such user", PHRASE_DEAD,
	"bounce-hard-qmail-09.eml", NULL},
    {"this address no longer accepts mail", PHRASE_NO_USER,
	"bounce-hard-qmail-11.eml", NULL},
    {"child status 100...the e-mail message could not be delivered because the user",
	PHRASE_NO_USER, "bounce-hard-qmail-01.eml", NULL},
    {"sorry, that address is not in my list", PHRASE_NO_USER,
	"bounce-hard-qmail-01.eml", NULL},
    {"i couldn't find any host named", PHRASE_NO_DOMAIN,
	"bounce-hard-qmail-03.eml", NULL},
    {"i couldn't find a mail exchanger or ip address", PHRASE_NO_DOMAIN,
	"bounce-hard-qmail-03.eml", NULL},
    {"i couldn't find any host by that name", PHRASE_NO_DOMAIN,
	"bounce-soft-qmail-06.eml", NULL},
    /* relaying denied: its tables may be at fault, for all of a provider */
    {"sorry, that domain isn't in my list", PHRASE_SOFT,
	"bounce-soft-qmail-05.eml", NULL},
    {"i wasn't able to establish an smtp connection", PHRASE_SOFT,
	"bounce-soft-qmail-02.eml", NULL},
    {"this message is looping", PHRASE_SOFT, "bounce-soft-qmail-02.eml", NULL},
    {"is my own address", PHRASE_SOFT, "bounce-soft-qmail-04.eml", NULL},
    {"sorry, i wasn't able to establish", PHRASE_SOFT,
	"bounce-soft-qmail-04.eml", NULL},
    {"does not like recipient. remote host said: 550 unknown user", PHRASE_DEAD,
	"bounce-hard-qmail-13.eml", NULL},
    {"does not like recipient. remote host said: 550 no such recipient",
	PHRASE_DEAD, "bounce-hard-qmail-13.eml", NULL},
    {"does not like recipient. remote host said: 550 mailbox not found",
	PHRASE_DEAD, "bounce-hard-qmail-13.eml", NULL},
    {"does not like recipient. remote host said: 550 invalid recipient",
	PHRASE_DEAD, "bounce-hard-qmail-13.eml", NULL},
    {"does not like recipient. remote host said: 550 sorry, no mailbox here by that name",
	PHRASE_DEAD, "bounce-hard-qmail-13.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_qmail = {
    .id = "qmail",
    .signs = signs,
    .phrases = phrases,
};
