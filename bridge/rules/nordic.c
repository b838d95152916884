/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Dutch, Danish, Swedish, Norwegian, Finnish.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_SUBJECT, "niet bezorgd", "bounce-hard-nordic-01.eml"},
    {SIGN_SUBJECT, "onbestelbaar", "bounce-soft-nordic-02.eml"},
    {SIGN_SUBJECT, "kan niet worden bezorgd", "bounce-hard-nordic-03.eml"},
    {SIGN_SUBJECT, "kunne ikke leveres", "bounce-soft-nordic-04.eml"},
    {SIGN_SUBJECT, "ikke leveret", "bounce-hard-nordic-05.eml"},
    {SIGN_SUBJECT, "ikke leverbar", "bounce-soft-nordic-06.eml"},
    {SIGN_SUBJECT, "kunde inte levereras", "bounce-hard-nordic-07.eml"},
    {SIGN_SUBJECT, "kan inte levereras", "bounce-hard-nordic-08.eml"},
    {SIGN_SUBJECT, "inte levererat", "bounce-hard-nordic-09.eml"},
    {SIGN_SUBJECT, "leveringsfejl", "bounce-hard-nordic-10.eml"},
    {SIGN_SUBJECT, "ikke levert", "bounce-hard-nordic-11.eml"},
    {SIGN_SUBJECT, "ei voitu toimittaa", "bounce-soft-nordic-12.eml"},
    {SIGN_SUBJECT, "toimitus epäonnistui", "bounce-hard-nordic-13.eml"},
    {SIGN_TEXT, "kan niet worden bezorgd", "bounce-soft-nordic-14.eml"},
    {SIGN_TEXT, "kunne ikke leveres", "bounce-hard-nordic-15.eml"},
    {SIGN_TEXT, "kunde inte levereras", "bounce-soft-nordic-16.eml"},
    {SIGN_TEXT, "ei voitu toimittaa", "bounce-hard-nordic-17.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"onbekende gebruiker", PHRASE_NO_USER, "bounce-hard-nordic-01.eml", NULL},
    {"gebruiker onbekend", PHRASE_NO_USER, "bounce-hard-nordic-01.eml", NULL},
    {"bestaat niet", PHRASE_NO_USER, "bounce-hard-nordic-03.eml", NULL},
    {"ukendt bruger", PHRASE_NO_USER, "bounce-hard-nordic-10.eml", NULL},
    {"ukendt modtager", PHRASE_NO_USER, "bounce-hard-nordic-05.eml", NULL},
    {"findes ikke", PHRASE_NO_USER, "bounce-hard-nordic-05.eml", NULL},
    {"okänd användare", PHRASE_NO_USER, "bounce-hard-nordic-07.eml", NULL},
    {"okänd mottagare", PHRASE_NO_USER, "bounce-hard-nordic-07.eml", NULL},
    {"finns inte", PHRASE_NO_USER, "bounce-hard-nordic-08.eml", NULL},
    {"ukjent bruker", PHRASE_NO_USER, "bounce-hard-nordic-11.eml", NULL},
    {"finnes ikke", PHRASE_NO_USER, "bounce-hard-nordic-15.eml", NULL},
    {"tuntematon vastaanottaja", PHRASE_NO_USER, "bounce-hard-nordic-17.eml",
	NULL},
    {"tuntematon käyttäjä", PHRASE_NO_USER, "bounce-hard-nordic-13.eml", NULL},
    {"postbus is vol", PHRASE_ALIVE, "bounce-soft-nordic-02.eml", NULL},
    {"mailbox vol", PHRASE_ALIVE, "bounce-soft-nordic-02.eml", NULL},
    {"postkassen er fuld", PHRASE_ALIVE, "bounce-soft-nordic-04.eml", NULL},
    {"postkassen er full", PHRASE_ALIVE, "bounce-soft-nordic-06.eml", NULL},
    {"brevlådan är full", PHRASE_ALIVE, "bounce-soft-nordic-16.eml", NULL},
    {"postilaatikko on täynnä", PHRASE_ALIVE, "bounce-soft-nordic-12.eml",
	NULL},
    {"mailbox is vol", PHRASE_ALIVE, "bounce-soft-nordic-18.eml", NULL},
    {"mailbox van de ontvanger is vol", PHRASE_ALIVE,
	"bounce-soft-nordic-18.eml", NULL},
    {"postvak is vol", PHRASE_ALIVE, "bounce-soft-nordic-18.eml", NULL},
    {"postvak van de ontvanger is vol", PHRASE_ALIVE,
	"bounce-soft-nordic-18.eml", NULL},
    {"geblokkeerd", PHRASE_ALIVE, "bounce-soft-nordic-18.eml", NULL},
    {"uitgeschakeld", PHRASE_ALIVE, "bounce-soft-nordic-18.eml", NULL},
    {"gedeactiveerd", PHRASE_ALIVE, "bounce-soft-nordic-18.eml", NULL},
    {"postkasse er fuld", PHRASE_ALIVE, "bounce-soft-nordic-20.eml", NULL},
    {"postkasse er full", PHRASE_ALIVE, "bounce-soft-nordic-20.eml", NULL},
    {"postboksen er full", PHRASE_ALIVE, "bounce-soft-nordic-20.eml", NULL},
    {"inkorgen är full", PHRASE_ALIVE, "bounce-soft-nordic-20.eml", NULL},
    {"brevlåda är full", PHRASE_ALIVE, "bounce-soft-nordic-20.eml", NULL},
    {"deaktiveret", PHRASE_ALIVE, "bounce-soft-nordic-20.eml", NULL},
    {"deaktivert", PHRASE_ALIVE, "bounce-soft-nordic-20.eml", NULL},
    {"inaktiverad", PHRASE_ALIVE, "bounce-soft-nordic-20.eml", NULL},
    {"spärrad", PHRASE_ALIVE, "bounce-soft-nordic-20.eml", NULL},
    {"sperret", PHRASE_ALIVE, "bounce-soft-nordic-20.eml", NULL},
    {"afzenderadres", PHRASE_SOFT, "bounce-soft-nordic-22.eml", NULL},
    {"van de afzender", PHRASE_SOFT, "bounce-soft-nordic-22.eml", NULL},
    {"afsenderadresse", PHRASE_SOFT, "bounce-soft-nordic-22.eml", NULL},
    {"avsenderadresse", PHRASE_SOFT, "bounce-soft-nordic-22.eml", NULL},
    {"avsändaradress", PHRASE_SOFT, "bounce-soft-nordic-22.eml", NULL},
    {"lähettäjän", PHRASE_SOFT, "bounce-soft-nordic-22.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_nordic = {
    .id = "nordic",
    .signs = signs,
    .phrases = phrases,
};
