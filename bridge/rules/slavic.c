/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Mail.ru, Yandex, Rambler, Seznam, Onet, WP, Interia, ukr.net, and Hungarian,
 * Greek, Turkish.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_SUBJECT, "недоставленное сообщение", "bounce-hard-slavic-01.eml"},
    {SIGN_SUBJECT, "сообщение не доставлено", "bounce-soft-slavic-02.eml"},
    {SIGN_SUBJECT, "не доставлено", "bounce-hard-slavic-03.eml"},
    {SIGN_SUBJECT, "не удалось доставить", "bounce-soft-slavic-04.eml"},
    {SIGN_SUBJECT, "недоставка", "bounce-hard-slavic-05.eml"},
    {SIGN_SUBJECT, "nie można dostarczyć", "bounce-soft-slavic-06.eml"},
    {SIGN_SUBJECT, "niedostarczon", "bounce-hard-slavic-07.eml"},
    {SIGN_SUBJECT, "nie dostarczono", "bounce-soft-slavic-08.eml"},
    {SIGN_SUBJECT, "zwrot wiadomości", "bounce-hard-slavic-09.eml"},
    {SIGN_SUBJECT, "nedoručen", "bounce-soft-slavic-10.eml"},
    {SIGN_SUBJECT, "nedoručiteľn", "bounce-hard-slavic-11.eml"},
    {SIGN_SUBJECT, "kézbesíthetetlen", "bounce-hard-slavic-12.eml"},
    {SIGN_SUBJECT, "teslim edilemedi", "bounce-hard-slavic-13.eml"},
    {SIGN_SUBJECT, "αποτυχία παράδοσης", "bounce-soft-slavic-14.eml"},
    {SIGN_SUBJECT, "не може бути доставлен", "bounce-hard-slavic-15.eml"},
    {SIGN_TEXT, "это письмо создано автоматически сервером",
	"bounce-soft-slavic-16.eml"},
    {SIGN_TEXT, "ваше сообщение не было доставлено",
	"bounce-hard-slavic-17.eml"},
    {SIGN_TEXT, "не может быть доставлено", "bounce-soft-slavic-18.eml"},
    {SIGN_TEXT, "не удалось доставить", "bounce-hard-slavic-19.eml"},
    {SIGN_TEXT, "twoja wiadomość nie została dostarczona",
	"bounce-soft-slavic-20.eml"},
    {SIGN_TEXT, "nie może zostać dostarczona", "bounce-hard-slavic-21.eml"},
    {SIGN_TEXT, "vaši zprávu se nepodařilo doručit",
	"bounce-soft-slavic-22.eml"},
    {SIGN_TEXT, "a levél nem kézbesíthető", "bounce-hard-slavic-23.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"такого пользователя нет", PHRASE_NO_USER, "bounce-hard-slavic-01.eml",
	NULL},
    {"пользователь не найден", PHRASE_NO_USER, "bounce-hard-slavic-01.eml",
	NULL},
    {"неизвестный пользователь", PHRASE_NO_USER, "bounce-hard-slavic-03.eml",
	NULL},
    {"почтовый ящик не найден", PHRASE_NO_USER, "bounce-hard-slavic-03.eml",
	NULL},
    {"не существует", PHRASE_NO_USER, "bounce-hard-slavic-05.eml", NULL},
    {"nieznany użytkownik", PHRASE_NO_USER, "bounce-hard-slavic-07.eml", NULL},
    {"nie istnieje", PHRASE_NO_USER, "bounce-hard-slavic-07.eml", NULL},
    {"nieznany odbiorca", PHRASE_NO_USER, "bounce-hard-slavic-07.eml", NULL},
    {"neznámý příjemce", PHRASE_NO_USER, "bounce-hard-slavic-25.eml", NULL},
    {"neexistuje", PHRASE_NO_USER, "bounce-hard-slavic-11.eml", NULL},
    {"ismeretlen felhasználó", PHRASE_NO_USER, "bounce-hard-slavic-12.eml",
	NULL},
    {"nem létezik", PHRASE_NO_USER, "bounce-hard-slavic-23.eml", NULL},
    {"kullanıcı bulunamadı", PHRASE_NO_USER, "bounce-hard-slavic-13.eml", NULL},
    {"άγνωστος χρήστης", PHRASE_NO_USER, "bounce-hard-slavic-27.eml", NULL},
    {"ящик переполнен", PHRASE_ALIVE, "bounce-soft-slavic-02.eml", NULL},
    {"skrzynka pełna", PHRASE_ALIVE, "bounce-soft-slavic-08.eml", NULL},
    {"skrzynka jest przepełniona", PHRASE_ALIVE, "bounce-soft-slavic-06.eml",
	NULL},
    {"konto niedostepne", PHRASE_ALIVE, "bounce-soft-slavic-20.eml", NULL},
    {"schránka je plná", PHRASE_ALIVE, "bounce-soft-slavic-10.eml", NULL},
    {"a postafiók megtelt", PHRASE_ALIVE, "bounce-soft-slavic-24.eml", NULL},
    {"posta kutusu dolu", PHRASE_ALIVE, "bounce-soft-slavic-26.eml", NULL},
    {"аккаунт заблокирован", PHRASE_ALIVE, "bounce-soft-slavic-04.eml", NULL},
    {"письмо отклонено", PHRASE_SOFT, "bounce-soft-slavic-16.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_slavic = {
    .id = "slavic",
    .signs = signs,
    .phrases = phrases,
};
