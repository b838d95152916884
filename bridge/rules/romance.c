/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Spanish, Italian, Portuguese, Romanian: Telefónica, Libero, Aruba, Alice,
 * Terra, UOL.
 */

#include "bridge/rules/families.h"

static const struct sign signs[] = {
    {SIGN_SUBJECT, "no se ha podido entregar", "bounce-hard-romance-01.eml"},
    {SIGN_SUBJECT, "no se puede entregar", "bounce-soft-romance-02.eml"},
    {SIGN_SUBJECT, "no entregado", "bounce-hard-romance-03.eml"},
    {SIGN_SUBJECT, "no se pudo entregar", "bounce-soft-romance-04.eml"},
    {SIGN_SUBJECT, "error en la entrega", "bounce-hard-romance-05.eml"},
    {SIGN_SUBJECT, "mensaje no entregado", "bounce-soft-romance-06.eml"},
    {SIGN_SUBJECT, "mancato recapito", "bounce-hard-romance-07.eml"},
    {SIGN_SUBJECT, "mancata consegna", "bounce-soft-romance-08.eml"},
    {SIGN_SUBJECT, "impossibile recapitare", "bounce-hard-romance-09.eml"},
    {SIGN_SUBJECT, "non recapitabile", "bounce-soft-romance-10.eml"},
    {SIGN_SUBJECT, "messaggio non recapitato", "bounce-hard-romance-11.eml"},
    {SIGN_SUBJECT, "não entregue", "bounce-hard-romance-12.eml"},
    {SIGN_SUBJECT, "não foi entregue", "bounce-hard-romance-13.eml"},
    {SIGN_SUBJECT, "não foi possível entregar", "bounce-soft-romance-14.eml"},
    {SIGN_SUBJECT, "falha na entrega", "bounce-hard-romance-15.eml"},
    {SIGN_SUBJECT, "erro na entrega", "bounce-soft-romance-16.eml"},
    {SIGN_SUBJECT, "avviso di mancata consegna", "bounce-hard-romance-17.eml"},
    {SIGN_SUBJECT, "nelivrat", "bounce-soft-romance-18.eml"},
    {SIGN_TEXT, "no se pudo entregar el mensaje", "bounce-hard-romance-19.eml"},
    {SIGN_TEXT, "no se ha podido entregar", "bounce-soft-romance-20.eml"},
    {SIGN_TEXT, "impossibile recapitare il messaggio",
	"bounce-hard-romance-21.eml"},
    {SIGN_TEXT, "il messaggio non è stato recapitato",
	"bounce-soft-romance-22.eml"},
    {SIGN_TEXT, "não foi possível entregar", "bounce-hard-romance-23.eml"},
    {SIGN_TEXT, "a entrega falhou para", "bounce-soft-romance-24.eml"},
    {SIGN_NONE, NULL, NULL},
};

static const struct phrase phrases[] = {
    {"usuario desconocido", PHRASE_NO_USER, "bounce-hard-romance-01.eml", NULL},
    {"destinatario desconocido", PHRASE_NO_USER, "bounce-hard-romance-01.eml",
	NULL},
    {"no existe", PHRASE_NO_USER, "bounce-hard-romance-03.eml", NULL},
    {"buzón no encontrado", PHRASE_NO_USER, "bounce-hard-romance-03.eml", NULL},
    {"utente sconosciuto", PHRASE_NO_USER, "bounce-hard-romance-21.eml", NULL},
    {"destinatario sconosciuto", PHRASE_NO_USER, "bounce-hard-romance-21.eml",
	NULL},
    {"utente inesistente", PHRASE_NO_USER, "bounce-hard-romance-07.eml", NULL},
    {"non esiste", PHRASE_NO_USER, "bounce-hard-romance-07.eml", NULL},
    {"casella inesistente", PHRASE_NO_USER, "bounce-hard-romance-09.eml", NULL},
    {"usuário desconhecido", PHRASE_NO_USER, "bounce-hard-romance-15.eml",
	NULL},
    {"destinatário desconhecido", PHRASE_NO_USER, "bounce-hard-romance-23.eml",
	NULL},
    {"utilizador desconhecido", PHRASE_NO_USER, "bounce-hard-romance-23.eml",
	NULL},
    {"não existe", PHRASE_NO_USER, "bounce-hard-romance-12.eml", NULL},
    {"conta inexistente", PHRASE_NO_USER, "bounce-hard-romance-12.eml", NULL},
    {"dominio inesistente", PHRASE_NO_DOMAIN, "bounce-hard-romance-11.eml",
	NULL},
    {"buzón lleno", PHRASE_ALIVE, "bounce-soft-romance-02.eml", NULL},
    {"el buzón del destinatario está lleno", PHRASE_ALIVE,
	"bounce-soft-romance-02.eml", NULL},
    {"casella piena", PHRASE_ALIVE, "bounce-soft-romance-08.eml", NULL},
    {"la casella di posta è piena", PHRASE_ALIVE, "bounce-soft-romance-08.eml",
	NULL},
    {"caixa postal cheia", PHRASE_ALIVE, "bounce-soft-romance-16.eml", NULL},
    {"caixa de correio está cheia", PHRASE_ALIVE, "bounce-soft-romance-16.eml",
	NULL},
    {"rechazado por", PHRASE_SOFT, "bounce-soft-romance-06.eml", NULL},
    {"rifiutato per", PHRASE_SOFT, "bounce-soft-romance-08.eml", NULL},
    {"rejeitada por", PHRASE_SOFT, "bounce-soft-romance-14.eml", NULL},
    {NULL, 0, NULL, NULL},
};

const struct family family_romance = {
    .id = "romance",
    .signs = signs,
    .phrases = phrases,
};
