/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Courier, and maildrop behind it.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_OPENING, "this is a delivery status notification from",
	"bounce-soft-courier-01.eml"},
    {SIGN_TEXT, "the original message was received on",
	"bounce-soft-courier-02.eml"},
    {SIGN_TEXT, "undeliverable mail was returned to the sender",
	"bounce-hard-courier-03.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"delivery deferred", PHRASE_SOFT, "bounce-soft-courier-01.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_courier = {
    .id = "courier",
    .signs = signs,
    .phrases = phrases,
};
