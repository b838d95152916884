/* SPDX-License-Identifier: Apache-2.0 */

/*
 * PowerMTA, KumoMTA, Momentum: X- fields and the categories in brackets.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_OPENING,
	"this message was created automatically by the mail system. a message that you sent could not be delivered",
	"bounce-soft-powermta-01.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"[internal] no mxs for this domain could be reached", PHRASE_SOFT,
	"bounce-soft-powermta-01.eml", NULL},
    {"[internal] domain lookup failed", PHRASE_SOFT,
	"bounce-soft-powermta-01.eml", NULL},
    {"[internal] delivery not attempted", PHRASE_SOFT,
	"bounce-soft-powermta-02.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_powermta = {
    .id = "powermta",
    .signs = signs,
    .phrases = phrases,
};
