/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Orange, Free, SFR, La Poste, OVH, and French servers.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_SUBJECT, "non remis", "bounce-hard-french-01.eml"},
    {SIGN_SUBJECT, "non distribu", "bounce-soft-french-02.eml"},
    {SIGN_SUBJECT, "non délivr", "bounce-hard-french-03.eml"},
    {SIGN_SUBJECT, "échec de la remise", "bounce-soft-french-04.eml"},
    {SIGN_SUBJECT, "échec de remise", "bounce-hard-french-05.eml"},
    {SIGN_SUBJECT, "échec d'envoi", "bounce-soft-french-06.eml"},
    {SIGN_SUBJECT, "message non remis", "bounce-hard-french-07.eml"},
    {SIGN_SUBJECT, "impossible de remettre", "bounce-soft-french-08.eml"},
    {SIGN_SUBJECT, "courrier non", "bounce-soft-french-09.eml"},
    {SIGN_TEXT, "votre message n'a pas pu être remis",
	"bounce-soft-french-10.eml"},
    {SIGN_TEXT, "votre message n'a pas pu être délivré",
	"bounce-hard-french-11.eml"},
    {SIGN_TEXT, "n'a pas pu être remis", "bounce-soft-french-12.eml"},
    {SIGN_TEXT, "échec de la remise pour ces destinataires",
	"bounce-hard-french-13.eml"},
    {SIGN_TEXT, "n'a pu être distribué", "bounce-soft-french-14.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"adresse d au moins un destinataire invalide", PHRASE_NO_USER,
	"bounce-hard-french-01.eml", NULL},
    {"adresse d'au moins un destinataire invalide", PHRASE_NO_USER,
	"bounce-hard-french-01.eml", NULL},
    {"adresse destinataire invalide", PHRASE_NO_USER,
	"bounce-hard-french-01.eml", NULL},
    {"destinataire inconnu", PHRASE_NO_USER, "bounce-hard-french-03.eml", NULL},
    {"utilisateur inconnu", PHRASE_NO_USER, "bounce-hard-french-03.eml", NULL},
    {"adresse inconnue", PHRASE_NO_USER, "bounce-hard-french-05.eml", NULL},
    {"n'existe pas", PHRASE_NO_USER, "bounce-hard-french-05.eml", NULL},
    {"compte inexistant", PHRASE_NO_USER, "bounce-hard-french-07.eml", NULL},
    {"domaine inconnu", PHRASE_NO_DOMAIN, "bounce-hard-french-07.eml", NULL},
    {"boîte aux lettres pleine", PHRASE_ALIVE, "bounce-soft-french-02.eml",
	NULL},
    {"boite du destinataire pleine", PHRASE_ALIVE, "bounce-soft-french-02.eml",
	NULL},
    {"boîte pleine", PHRASE_ALIVE, "bounce-soft-french-04.eml", NULL},
    {"compte suspendu", PHRASE_ALIVE, "bounce-soft-french-04.eml", NULL},
    {"trop volumineux", PHRASE_SOFT, "bounce-soft-french-06.eml", NULL},
    {"mail rejete", PHRASE_SOFT, "bounce-soft-french-06.eml", NULL},
    {"mail refuse", PHRASE_SOFT, "bounce-soft-french-08.eml", NULL},
    {"service refuse", PHRASE_SOFT, "bounce-soft-french-08.eml", NULL},
    {"veuillez essayer plus tard", PHRASE_SOFT, "bounce-soft-french-09.eml",
	NULL},
    {"boite aux lettres pleine", PHRASE_ALIVE, "bounce-soft-french-16.eml",
	NULL},
    {"boite aux lettres du destinataire est pleine", PHRASE_ALIVE,
	"bounce-soft-french-16.eml", NULL},
    {"boîte aux lettres du destinataire est pleine", PHRASE_ALIVE,
	"bounce-soft-french-16.eml", NULL},
    {"boite pleine", PHRASE_ALIVE, "bounce-soft-french-16.eml", NULL},
    {"boîte de réception est pleine", PHRASE_ALIVE, "bounce-soft-french-16.eml",
	NULL},
    {"désactivé", PHRASE_ALIVE, "bounce-soft-french-16.eml", NULL},
    {"desactive", PHRASE_ALIVE, "bounce-soft-french-16.eml", NULL},
    {"compte inactif", PHRASE_ALIVE, "bounce-soft-french-16.eml", NULL},
    {"bloqué", PHRASE_ALIVE, "bounce-soft-french-16.eml", NULL},
    {"bloque", PHRASE_ALIVE, "bounce-soft-french-16.eml", NULL},
    {"de l'expéditeur", PHRASE_SOFT, "bounce-soft-french-18.eml", NULL},
    {"de l'expediteur", PHRASE_SOFT, "bounce-soft-french-18.eml", NULL},
    {"expéditeur inconnu", PHRASE_SOFT, "bounce-soft-french-18.eml", NULL},
    {"expediteur inconnu", PHRASE_SOFT, "bounce-soft-french-18.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_french = {
    .id = "french",
    .signs = signs,
    .phrases = phrases,
};
