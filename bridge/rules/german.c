/* SPDX-License-Identifier: Apache-2.0 */

/*
 * GMX, WEB.DE, 1&1, T-Online, Freenet, Posteo, and German servers.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_SUBJECT, "unzustellbar", "bounce-hard-german-01.eml"},
    {SIGN_SUBJECT, "nicht zugestellt", "bounce-soft-german-02.eml"},
    {SIGN_SUBJECT, "nicht zustellbar", "bounce-hard-german-03.eml"},
    {SIGN_SUBJECT, "zustellung fehlgeschlagen", "bounce-soft-german-04.eml"},
    {SIGN_SUBJECT, "fehler bei der zustellung", "bounce-hard-german-05.eml"},
    {SIGN_SUBJECT, "übermittlung fehlgeschlagen", "bounce-soft-german-06.eml"},
    {SIGN_SUBJECT, "zustellfehler", "bounce-hard-german-07.eml"},
    {SIGN_TEXT, "ihre nachricht konnte nicht zugestellt werden",
	"bounce-soft-german-08.eml"},
    {SIGN_TEXT, "konnte nicht zugestellt werden", "bounce-soft-german-09.eml"},
    {SIGN_TEXT, "konnte an folgende", "bounce-soft-german-10.eml"},
    {SIGN_TEXT, "ihre e-mail konnte", "bounce-hard-german-11.eml"},
    {SIGN_TEXT, "diese nachricht wurde automatisch vom",
	"bounce-soft-german-12.eml"},
    {SIGN_TEXT,
	"a message that you have sent could not be delivered to one or more recipients",
	"bounce-hard-german-13.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"unbekannter empfänger", PHRASE_NO_USER, "bounce-hard-german-01.eml",
	NULL},
    {"empfänger unbekannt", PHRASE_NO_USER, "bounce-hard-german-01.eml", NULL},
    {"existiert nicht", PHRASE_NO_USER, "bounce-hard-german-03.eml", NULL},
    {"nicht vergeben", PHRASE_NO_USER, "bounce-hard-german-03.eml", NULL},
    {"benutzer unbekannt", PHRASE_NO_USER, "bounce-hard-german-05.eml", NULL},
    {"die adresse ist unbekannt", PHRASE_NO_USER, "bounce-hard-german-05.eml",
	NULL},
    {"adresse wurde nicht gefunden", PHRASE_NO_USER,
	"bounce-hard-german-07.eml", NULL},
    {"postfach voll", PHRASE_ALIVE, "bounce-soft-german-02.eml", NULL},
    {"postfach ist voll", PHRASE_ALIVE, "bounce-soft-german-02.eml", NULL},
    {"das postfach des empfängers ist", PHRASE_ALIVE,
	"bounce-soft-german-04.eml", NULL},
    {"speicherplatz", PHRASE_ALIVE, "bounce-soft-german-04.eml", NULL},
    {"gesperrt", PHRASE_ALIVE, "bounce-soft-german-06.eml", NULL},
    {"abgelehnt wegen", PHRASE_SOFT, "bounce-soft-german-06.eml", NULL},
    {"später erneut", PHRASE_SOFT, "bounce-soft-german-08.eml", NULL},
    {"vorübergehend", PHRASE_SOFT, "bounce-soft-german-08.eml", NULL},
    {"zu groß", PHRASE_SOFT, "bounce-soft-german-09.eml", NULL},
    {"transaction failed reject due to", PHRASE_SOFT,
	"bounce-soft-german-09.eml", NULL},
    {"mailbox voll", PHRASE_ALIVE, "bounce-soft-german-14.eml", NULL},
    {"mailbox ist voll", PHRASE_ALIVE, "bounce-soft-german-14.eml", NULL},
    {"überfüllt", PHRASE_ALIVE, "bounce-soft-german-14.eml", NULL},
    {"ueberfuellt", PHRASE_ALIVE, "bounce-soft-german-14.eml", NULL},
    {"deaktiviert", PHRASE_ALIVE, "bounce-soft-german-14.eml", NULL},
    {"stillgelegt", PHRASE_ALIVE, "bounce-soft-german-14.eml", NULL},
    {"postfach des empfaengers ist", PHRASE_ALIVE, "bounce-soft-german-14.eml",
	NULL},
    {"voruebergehend", PHRASE_SOFT, "bounce-soft-german-14.eml", NULL},
    {"absenderadresse", PHRASE_SOFT, "bounce-soft-german-16.eml", NULL},
    {"absender-adresse", PHRASE_SOFT, "bounce-soft-german-16.eml", NULL},
    {"absenderdom", PHRASE_SOFT, "bounce-soft-german-16.eml", NULL},
    {"absender existiert", PHRASE_SOFT, "bounce-soft-german-16.eml", NULL},
    {"absender unbekannt", PHRASE_SOFT, "bounce-soft-german-16.eml", NULL},
    {"empfaenger unbekannt", PHRASE_NO_USER, "bounce-hard-german-15.eml", NULL},
    {"unbekannter empfaenger", PHRASE_NO_USER, "bounce-hard-german-15.eml",
	NULL},
    {"benutzer nicht gefunden", PHRASE_NO_USER, "bounce-hard-german-15.eml",
	NULL},
    {"e-mail-adresse nicht gefunden", PHRASE_NO_USER,
	"bounce-hard-german-15.eml", NULL},
    {"e-mail-adresse konnte nicht gefunden werden", PHRASE_NO_USER,
	"bounce-hard-german-15.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_german = {
    .id = "german",
    .signs = signs,
    .phrases = phrases,
};
