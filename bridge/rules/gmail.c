/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Gmail and Google Workspace, of today ("Address not found") and of before
 * 2016.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_OPENING,
	"this is an automatically generated delivery status notification",
	"bounce-hard-gmail-01.eml"},
    {SIGN_TEXT, "address not found", "bounce-soft-gmail-02.eml"},
    {SIGN_TEXT, "message not delivered", "bounce-soft-gmail-10.eml"},
    {SIGN_OPENING, "delivery to the following recipient failed permanently",
	"bounce-soft-gmail-04.eml"},
    {SIGN_TEXT, "delivery incomplete", "bounce-soft-gmail-05.eml"},
    {SIGN_TEXT, "message blocked", "bounce-soft-gmail-06.eml"},
    {SIGN_TEXT, "recipient inbox full", "bounce-soft-gmail-07.eml"},
    {SIGN_TEXT, "google tried to deliver your message",
	"bounce-soft-gmail-08.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"address couldn't be found, or is unable to receive mail", PHRASE_NO_USER,
	"bounce-hard-gmail-09.eml", NULL},
    {"because the address couldn't be found", PHRASE_NO_USER,
	"bounce-hard-gmail-09.eml", NULL},
    {"the email account that you tried to reach is inactive", PHRASE_ALIVE,
	"bounce-soft-gmail-02.eml", NULL},
    {"is receiving mail too quickly", PHRASE_ALIVE, "bounce-soft-gmail-10.eml",
	NULL},
    {"is receiving mail at a rate", PHRASE_ALIVE, "bounce-soft-gmail-04.eml",
	NULL},
    {"our system has detected", PHRASE_SOFT, "bounce-soft-gmail-08.eml", NULL},
    {"the recipient server did not accept our requests to connect", PHRASE_SOFT,
	"bounce-soft-gmail-05.eml", NULL},
    {"google groups", PHRASE_ALIVE, "bounce-soft-gmail-06.eml", NULL},
    {"groups.google.com", PHRASE_ALIVE, "bounce-soft-gmail-06.eml", NULL},
    {"because the domain", PHRASE_NO_DOMAIN, "bounce-hard-gmail-03.eml",
	"couldn't be found"},
    {"weil die adresse nicht gefunden wurde", PHRASE_NO_USER,
	"bounce-hard-gmail-11.eml", NULL},
    {"car l'adresse est introuvable", PHRASE_NO_USER,
	"bounce-hard-gmail-11.eml", NULL},
    {"アドレスが見つからなかったか", PHRASE_NO_USER, "bounce-hard-gmail-11.eml",
	NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_gmail = {
    .id = "gmail",
    .signs = signs,
    .phrases = phrases,
};
