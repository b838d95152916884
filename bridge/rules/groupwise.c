/* SPDX-License-Identifier: Apache-2.0 */

/*
 * GroupWise, its internet agent and GWAVA before it.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_HEADER, "X-GWAVADAT", "bounce-hard-groupwise-01.eml"},
    {SIGN_SUBJECT, "message status - undeliverable",
	"bounce-soft-groupwise-02.eml"},
    {SIGN_SUBJECT, "mail status report", "bounce-hard-groupwise-03.eml"},
    {SIGN_TEXT, "the message that you sent was undeliverable to the following",
	"bounce-soft-groupwise-04.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"recipient unknown (d101)", PHRASE_NO_USER, "bounce-hard-groupwise-01.eml",
	NULL},
    {"message exceeds", PHRASE_SOFT, "bounce-soft-groupwise-02.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_groupwise = {
    .id = "groupwise",
    .signs = signs,
    .phrases = phrases,
};
