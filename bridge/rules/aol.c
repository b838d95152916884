/* SPDX-License-Identifier: Apache-2.0 */

/*
 * AOL until 2018, and Netscape's servers before it (SMTPIN, Messaging Server of
 * iPlanet and Sun).
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_TEXT, "your mail is not being delivered to the following",
	"bounce-hard-aol-01.eml"},
    {SIGN_TEXT, "your mail to the following recipients could not be delivered",
	"bounce-soft-aol-02.eml"},
    {SIGN_TEXT,
	"this message has the following recipients which could not be delivered",
	"bounce-hard-aol-03.eml"},
    {SIGN_OPENING,
	"this report relates to a message you sent with the following header fields",
	"bounce-soft-aol-04.eml"},
    {SIGN_TEXT, "your message cannot be delivered to the following recipients",
	"bounce-hard-aol-05.eml"},
    {SIGN_TEXT, "message could not be delivered to the following recipients",
	"bounce-soft-aol-06.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"illegal user", PHRASE_NO_USER, "bounce-hard-aol-01.eml", NULL},
    {"illegal host/domain name found", PHRASE_NO_DOMAIN,
	"bounce-hard-aol-05.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_aol = {
    .id = "aol",
    .signs = signs,
    .phrases = phrases,
};
