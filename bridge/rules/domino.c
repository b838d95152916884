/* SPDX-License-Identifier: Apache-2.0 */

/*
 * HCL (IBM, Lotus) Domino: its reasons, in the languages it speaks.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_TEXT, "your message could not be delivered because",
	"bounce-hard-domino-01.eml"},
    {SIGN_TEXT, "your message subject:", "bounce-soft-domino-02.eml"},
    {SIGN_TEXT, "was not delivered to:", "bounce-hard-domino-03.eml"},
    {SIGN_SUBJECT, "delivery failure report", "bounce-soft-domino-04.eml"},
    {SIGN_TEXT, "delivery failure report", "bounce-hard-domino-05.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"not found in domino directory", PHRASE_NO_USER,
	"bounce-hard-domino-05.eml", NULL},
    {"nicht im domino-verzeichnis", PHRASE_NO_USER, "bounce-hard-domino-03.eml",
	NULL},
    {"im domino verzeichnis nicht aufgef", PHRASE_NO_USER,
	"bounce-hard-domino-06.eml", NULL},
    {"non répertorié dans l'annuaire domino", PHRASE_NO_USER,
	"bounce-hard-domino-07.eml", NULL},
    {"no figura en el directorio", PHRASE_NO_USER, "bounce-hard-domino-08.eml",
	NULL},
    {"domino ディレクトリには見つかりません", PHRASE_NO_USER,
	"bounce-hard-domino-09.eml", NULL},
    {"not unique. several matches found", PHRASE_SOFT,
	"bounce-soft-domino-02.eml", NULL},
    {"cannot route mail to user", PHRASE_SOFT, "bounce-soft-domino-06.eml",
	NULL},
    {"no route found to domain", PHRASE_SOFT, "bounce-soft-domino-04.eml",
	NULL},
    {"cannot store document", PHRASE_ALIVE, "bounce-soft-domino-08.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_domino = {
    .id = "domino",
    .signs = signs,
    .phrases = phrases,
};
