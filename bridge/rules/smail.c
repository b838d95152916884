/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Smail 3, which large providers ran for a long time: one text, its sections
 * between bars.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_SUBJECT, "mail failed, returning to sender",
	"bounce-hard-smail-01.eml"},
    {SIGN_OPENING, "|------------------------- message log follows",
	"bounce-soft-smail-02.eml"},
    {SIGN_TEXT, "|------------------------- failed addresses follow",
	"bounce-hard-smail-03.eml"},
    {SIGN_NONE, NULL, NULL},
};

const struct family family_smail = {
    .id = "smail",
    .signs = signs,
};
