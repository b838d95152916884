/* SPDX-License-Identifier: Apache-2.0 */

/*
 * sendmail (error messages of its transcript; mail.local, procmail, vacation
 * behind it).
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_OPENING, "the following addresses had permanent fatal errors",
	"bounce-soft-sendmail-01.eml"},
    {SIGN_TEXT, "the following addresses had fatal errors",
	"bounce-soft-sendmail-02.eml"},
    {SIGN_TEXT, "transcript of session follows", "bounce-soft-sendmail-03.eml"},
    {SIGN_OPENING, "the original message was received at",
	"bounce-soft-sendmail-04.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"addressee unknown, relay=", PHRASE_DEAD, "bounce-hard-sendmail-05.eml",
	NULL},
    {"message could not be delivered for", PHRASE_SOFT,
	"bounce-soft-sendmail-01.eml", NULL},
    {"can't create output", PHRASE_SOFT, "bounce-soft-sendmail-01.eml", NULL},
    {"cannot open mailbox", PHRASE_SOFT, "bounce-soft-sendmail-02.eml", NULL},
    {"warning: message still undelivered", PHRASE_SOFT,
	"bounce-soft-sendmail-02.eml", NULL},
    {"unknown mailer error", PHRASE_SOFT, "bounce-soft-sendmail-03.eml", NULL},
    {"no valid recipients", PHRASE_SOFT, "bounce-soft-sendmail-03.eml", NULL},
    {"deferred:", PHRASE_SOFT, "bounce-soft-sendmail-04.eml", NULL},
    {"data format error", PHRASE_SOFT, "bounce-soft-sendmail-04.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_sendmail = {
    .id = "sendmail",
    .signs = signs,
    .phrases = phrases,
};
