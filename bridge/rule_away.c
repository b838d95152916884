/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "bridge/rule.h"

#include <stdio.h>
#include <string.h>
#include "base/attr.h"
#include "bridge/rule_away.h"
#include "bridge/words.h"

/* Bytes of "Antwort" and the like, and of a subject that is one. */
#define PREFIX_MAX 12
#define ABOUT_MIN 4
/* Bytes on each side of a word that say what it is of. */
#define FOOTER_AROUND 64

static const struct away entries[] = {
    {"automatic reply", AWAY_AUTO, "auto-reply-english-01.eml"},
    {"automatic response", AWAY_AUTO, "auto-reply-english-02.eml"},
    {"auto reply", AWAY_AUTO, "auto-reply-english-03.eml"},
    {"auto-reply", AWAY_AUTO, "auto-reply-english-04.eml"},
    {"autoreply", AWAY_AUTO, "auto-reply-english-05.eml"},
    {"auto response", AWAY_AUTO, "auto-reply-english-06.eml"},
    {"auto-response", AWAY_AUTO, "auto-reply-english-07.eml"},
    {"autoresponse", AWAY_AUTO, "auto-reply-english-08.eml"},
    {"auto responder", AWAY_AUTO, "auto-reply-english-09.eml"},
    {"autoresponder", AWAY_AUTO, "auto-reply-english-10.eml"},
    {"automated reply", AWAY_AUTO, "auto-reply-english-11.eml"},
    {"automated response", AWAY_AUTO, "auto-reply-english-12.eml"},
    {"automatic acknowledgement", AWAY_AUTO, "auto-reply-english-13.eml"},
    {"out of office autoreply", AWAY_AUTO, "auto-reply-english-14.eml"},
    {"vacation reply", AWAY_AUTO, "auto-reply-english-15.eml"},
    {"vacation response", AWAY_AUTO, "auto-reply-english-16.eml"},
    {"out of office reply", AWAY_AUTO, "auto-reply-english-17.eml"},
    {"auto:", AWAY_AWAY, "auto-reply-english-18.eml"},
    {"away from my mail", AWAY_AUTO, "auto-reply-english-19.eml"},
    {"out of office", AWAY_BARE, "auto-reply-english-20.eml"},
    {"out of the office", AWAY_BARE, "auto-reply-english-21.eml"},
    {"out-of-office", AWAY_BARE, "auto-reply-english-22.eml"},
    {"on vacation", AWAY_AWAY, "auto-reply-english-23.eml"},
    {"i am out of", AWAY_AWAY, "auto-reply-english-24.eml"},
    {"away from the office", AWAY_AWAY, "auto-reply-english-25.eml"},
    {"on leave", AWAY_AWAY, "auto-reply-english-26.eml"},
    {"annual leave", AWAY_AWAY, "auto-reply-english-27.eml"},
    {"maternity leave", AWAY_AWAY, "auto-reply-english-28.eml"},
    {"away from my desk", AWAY_AWAY, "auto-reply-english-29.eml"},
    {"i am on vacation", AWAY_AWAY, "auto-reply-english-30.eml"},
    {"automatische antwort", AWAY_AUTO, "auto-reply-german-01.eml"},
    {"abwesenheitsnotiz", AWAY_AUTO, "auto-reply-german-02.eml"},
    {"abwesenheitsassistent", AWAY_AUTO, "auto-reply-german-03.eml"},
    {"abwesenheitsmeldung", AWAY_AUTO, "auto-reply-german-04.eml"},
    {"abwesenheitsnachricht", AWAY_AUTO, "auto-reply-german-05.eml"},
    {"automatische eingangsbestätigung", AWAY_AUTO, "auto-reply-german-06.eml"},
    {"abwesenheit", AWAY_AWAY, "auto-reply-german-07.eml"},
    {"abwesend", AWAY_AWAY, "auto-reply-german-08.eml"},
    {"nicht im büro", AWAY_AWAY, "auto-reply-german-09.eml"},
    {"urlaub", AWAY_AWAY, "auto-reply-german-10.eml"},
    {"automatische rückantwort", AWAY_AUTO, "auto-reply-german-11.eml"},
    {"autom. antwort", AWAY_AUTO, "auto-reply-german-12.eml"},
    {"abwesenheitsbenachrichtigung", AWAY_AUTO, "auto-reply-german-13.eml"},
    {"außer haus", AWAY_AWAY, "auto-reply-german-14.eml"},
    {"réponse automatique", AWAY_AUTO, "auto-reply-french-01.eml"},
    {"message d'absence", AWAY_AUTO, "auto-reply-french-02.eml"},
    {"notification d'absence", AWAY_AUTO, "auto-reply-french-03.eml"},
    {"absence du bureau", AWAY_AWAY, "auto-reply-french-04.eml"},
    {"absent du bureau", AWAY_AWAY, "auto-reply-french-05.eml"},
    {"absence", AWAY_AWAY, "auto-reply-french-06.eml"},
    {"absent(e) du bureau", AWAY_AWAY, "auto-reply-french-07.eml"},
    {"respuesta automática", AWAY_AUTO, "auto-reply-spanish-01.eml"},
    {"respuesta automatica", AWAY_AUTO, "auto-reply-spanish-02.eml"},
    {"fuera de la oficina", AWAY_AWAY, "auto-reply-spanish-03.eml"},
    {"fuera de oficina", AWAY_AWAY, "auto-reply-spanish-04.eml"},
    {"ausente de la oficina", AWAY_AWAY, "auto-reply-spanish-05.eml"},
    {"risposta automatica", AWAY_AUTO, "auto-reply-italian-01.eml"},
    {"fuori sede", AWAY_AWAY, "auto-reply-italian-02.eml"},
    {"fuori ufficio", AWAY_AWAY, "auto-reply-italian-03.eml"},
    {"resposta automática", AWAY_AUTO, "auto-reply-portuguese-01.eml"},
    {"fora do escritório", AWAY_AWAY, "auto-reply-portuguese-02.eml"},
    {"ausência temporária", AWAY_AWAY, "auto-reply-portuguese-03.eml"},
    {"automatisch antwoord", AWAY_AUTO, "auto-reply-dutch-01.eml"},
    {"afwezigheidsbericht", AWAY_AUTO, "auto-reply-dutch-02.eml"},
    {"niet aanwezig", AWAY_AWAY, "auto-reply-dutch-03.eml"},
    {"afwezig", AWAY_AWAY, "auto-reply-dutch-04.eml"},
    {"automatisk svar", AWAY_AUTO, "auto-reply-danish-01.eml"},
    {"autosvar", AWAY_AUTO, "auto-reply-danish-02.eml"},
    {"ikke til stede", AWAY_AWAY, "auto-reply-danish-03.eml"},
    {"automatiskt svar", AWAY_AUTO, "auto-reply-swedish-01.eml"},
    {"frånvaro", AWAY_AWAY, "auto-reply-swedish-02.eml"},
    {"fraværsmelding", AWAY_AUTO, "auto-reply-norwegian-01.eml"},
    {"ikke på kontoret", AWAY_AWAY, "auto-reply-norwegian-02.eml"},
    {"automaattinen vastaus", AWAY_AUTO, "auto-reply-finnish-01.eml"},
    {"poissaoloilmoitus", AWAY_AUTO, "auto-reply-finnish-02.eml"},
    {"poissa", AWAY_AWAY, "auto-reply-finnish-03.eml"},
    {"odpowiedź automatyczna", AWAY_AUTO, "auto-reply-polish-01.eml"},
    {"automatyczna odpowiedź", AWAY_AUTO, "auto-reply-polish-02.eml"},
    {"autoodpowiedź", AWAY_AUTO, "auto-reply-polish-03.eml"},
    {"poza biurem", AWAY_AWAY, "auto-reply-polish-04.eml"},
    {"nieobecność", AWAY_AWAY, "auto-reply-polish-05.eml"},
    {"automatická odpověď", AWAY_AUTO, "auto-reply-czech-01.eml"},
    {"mimo kancelář", AWAY_AWAY, "auto-reply-czech-02.eml"},
    {"automatická odpoveď", AWAY_AUTO, "auto-reply-slovak-01.eml"},
    {"automatikus válasz", AWAY_AUTO, "auto-reply-hungarian-01.eml"},
    {"házon kívül", AWAY_AWAY, "auto-reply-hungarian-02.eml"},
    {"răspuns automat", AWAY_AUTO, "auto-reply-romanian-01.eml"},
    {"automatski odgovor", AWAY_AUTO, "auto-reply-croatian-01.eml"},
    {"samodejni odgovor", AWAY_AUTO, "auto-reply-slovenian-01.eml"},
    {"automātiskā atbilde", AWAY_AUTO, "auto-reply-latvian-01.eml"},
    {"automatiska atbilde", AWAY_AUTO, "auto-reply-latvian-02.eml"},
    {"automatinis atsakymas", AWAY_AUTO, "auto-reply-lithuanian-01.eml"},
    {"automaatvastus", AWAY_AUTO, "auto-reply-estonian-01.eml"},
    {"автоматический ответ", AWAY_AUTO, "auto-reply-russian-01.eml"},
    {"автоответ", AWAY_AUTO, "auto-reply-russian-02.eml"},
    {"вне офиса", AWAY_AWAY, "auto-reply-russian-03.eml"},
    {"автоматична відповідь", AWAY_AUTO, "auto-reply-ukrainian-01.eml"},
    {"автовідповідь", AWAY_AUTO, "auto-reply-ukrainian-02.eml"},
    {"аутоматски одговор", AWAY_AUTO, "auto-reply-serbian-01.eml"},
    {"автоматичен отговор", AWAY_AUTO, "auto-reply-bulgarian-01.eml"},
    {"αυτόματη απάντηση", AWAY_AUTO, "auto-reply-greek-01.eml"},
    {"εκτός γραφείου", AWAY_AWAY, "auto-reply-greek-02.eml"},
    {"otomatik yanıt", AWAY_AUTO, "auto-reply-turkish-01.eml"},
    {"otomatik cevap", AWAY_AUTO, "auto-reply-turkish-02.eml"},
    {"ofis dışında", AWAY_AWAY, "auto-reply-turkish-03.eml"},
    {"תשובה אוטומטית", AWAY_AUTO, "auto-reply-hebrew-01.eml"},
    {"رد تلقائي", AWAY_AUTO, "auto-reply-arabic-01.eml"},
    {"الرد التلقائي", AWAY_AUTO, "auto-reply-arabic-02.eml"},
    {"پاسخ خودکار", AWAY_AUTO, "auto-reply-persian-01.eml"},
    {"स्वचालित उत्तर", AWAY_AUTO, "auto-reply-hindi-01.eml"},
    {"trả lời tự động", AWAY_AUTO, "auto-reply-vietnamese-01.eml"},
    {"ตอบกลับอัตโนมัติ", AWAY_AUTO, "auto-reply-thai-01.eml"},
    {"balasan otomatis", AWAY_AUTO, "auto-reply-indonesian-01.eml"},
    {"jawaban otomatis", AWAY_AUTO, "auto-reply-indonesian-02.eml"},
    {"自動応答", AWAY_AUTO, "auto-reply-japanese-01.eml"},
    {"自動返信", AWAY_AUTO, "auto-reply-japanese-02.eml"},
    {"自動送信", AWAY_AUTO, "auto-reply-japanese-03.eml"},
    {"不在通知", AWAY_AUTO, "auto-reply-japanese-04.eml"},
    {"自动回复", AWAY_AUTO, "auto-reply-chinese-01.eml"},
    {"自动答复", AWAY_AUTO, "auto-reply-chinese-02.eml"},
    {"自動回覆", AWAY_AUTO, "auto-reply-chinese-03.eml"},
    {"自動答覆", AWAY_AUTO, "auto-reply-chinese-04.eml"},
    {"자동 회신", AWAY_AUTO, "auto-reply-korean-01.eml"},
    {"자동 응답", AWAY_AUTO, "auto-reply-korean-02.eml"},
    {"부재중", AWAY_AUTO, "auto-reply-korean-03.eml"},
    {"resposta automàtica", AWAY_AUTO, "auto-reply-catalan-01.eml"},
    {"sjálfvirkt svar", AWAY_AUTO, "auto-reply-icelandic-01.eml"},
};

size_t
away_count(void)
{
	return PN_ARRAY_LEN(entries);
}

const struct away *
away_get(size_t i)
{
	return &entries[i];
}

bool
rule_is_answer(const struct facts *f)
{
	/* clang-format off */
	static const char *const prefixes[] = {
	    "re:", "re[", "fwd:", "fw:", "aw:", "wg:", "sv:", "vs:", "vb:",
	    "antw:", "antwort:", "rv:", "tr:", "rif:", "res:", "enc:", "odp:",
	    "pd:", "ynt:", "doorst:", "回复", "答复", "转发", "回覆", "轉寄",
	    "返信:", "転送:", "답장:", "전달:",
	    "r:", "i:", "re :", "tr :", "rép:", "rép :", "odg:", "απ:", "πρθ:",
	    "vá:", "vl:", "bls:", "ответ:", "cevap:", "תגובה:", "השב:",
	    "رد:", "trả lời:",
	};
	/* clang-format on */

	return WORDS_FIRST(f->subject, prefixes);
}

/* "[list] ..." and "[Automatic reply] ..." */
static const char *
behind_tag(const char *subject)
{
	const char *end;

	if (*subject != '[')
		return subject;
	end = strchr(subject, ']');
	if (end == NULL)
		return subject + 1;
	end++;
	return end + strspn(end, " ");
}

/* What people write behind them: who asks, and of a call or a parcel missed. */
static bool
talks_of_it(const char *rest)
{
	static const char *const words[] = {
	    "?",
	    "？",
	    " 전화",
	    "について",
	    "の件",
	    "メールについて",
	    "メールの件",
	};

	return WORDS_FIRST(rest, words);
}

/* What follows the words in a subject that a machine has made. */
static bool
ends_here(const char *rest)
{
	rest += strspn(rest, " !.");
	return *rest == '\0' || *rest == ':' || *rest == ']' || *rest == '(' ||
	       strncmp(rest, "- ", 2) == 0;
}

/* "Re: AW: lunch" is about "lunch". */
static const char *
behind_prefixes(const char *subject)
{
	for (;;) {
		size_t len = strcspn(subject, ":[] ");
		size_t blank = strspn(subject + len, " "); /* French */

		if (subject[len + blank] != ':' || len > PREFIX_MAX)
			return subject;
		subject += len + blank + 1;
		subject += strspn(subject, " ");
	}
}

/*
 * Where the text begins to quote: people answer notices that say of
 * themselves that they are automatic. Who is quoted stands there with an
 * address or before the first line of it, or the subject between other fields.
 */
static size_t
quote_begins(const struct facts *f, const char *text)
{
	static const char *const ends[] = {">", "]", "&gt;"};
	const char *own = f->own->from;
	const char *about = behind_prefixes(f->subject);
	const char *at = text;

	while (*own != '\0' && (at = strcasestr(at, own)) != NULL) {
		at += strlen(own);
		if (WORDS_FIRST(at, ends))
			return (size_t)(at - text);
	}
	at = strstr(text, ": > ");
	if (at != NULL)
		return (size_t)(at - text);
	if (!rule_is_answer(f) || strlen(about) < ABOUT_MIN)
		return strlen(text);
	at = text;
	while ((at = strstr(at, about)) != NULL) {
		if (at - text > 1 && at[-1] == ' ' &&
		    (at[-2] == ':' || at[-2] == '*'))
			return (size_t)(at - text);
		at++;
	}
	return strlen(text);
}

/* "... scanned for viruses, and may have been automatically archived by ..." */
static bool
of_a_footer(const char *text, const char *at)
{
	static const char *const words[] = {
	    "scan",
	    "virus",
	    "viren",
	    "archiv",
	};
	char around[2 * FOOTER_AROUND + 1];
	size_t before = (size_t)(at - text);

	if (before > FOOTER_AROUND)
		before = FOOTER_AROUND;
	(void)snprintf(around, sizeof(around), "%.*s",
	    (int)(before + FOOTER_AROUND), at - before);
	return WORDS_IN(around, words);
}

bool
rule_says_automatic(const struct facts *f)
{
	static const char *const words[] = {
	    "automatic",
	    "automated",
	    "auto-reply",
	    "autoreply",
	    "auto-response",
	    "autoresponse",
	    "automatisch",
	    "automatique",
	    "automátic",
	    "automàtic",
	    "automatisk",
	    "automaatti",
	    "automatycz",
	    "automatick",
	    "automatikus",
	    "автомат",
	    "αυτόματ",
	    "otomatik",
	    "自動",
	    "自动",
	    "자동",
	};
	char first[AWAY_TEXT_MAX + 1];

	(void)snprintf(first, sizeof(first), "%s", facts_text(f));
	first[quote_begins(f, first)] = '\0';
	for (size_t i = 0; i < PN_ARRAY_LEN(words); i++) {
		const char *at = first;

		while ((at = strstr(at, words[i])) != NULL) {
			if (!of_a_footer(first, at))
				return true;
			at++;
		}
	}
	return false;
}

static bool
begins_with(const struct facts *f, const char *subject, const struct away *a)
{
	size_t len = strlen(a->text);
	const char *rest = subject + len;

	if (strncmp(subject, a->text, len) != 0 || talks_of_it(rest))
		return false;
	if (a->sure == AWAY_BARE && ends_here(rest) &&
	    (rest[strspn(rest, " !.")] != '\0' ||
		facts_header(f, "In-Reply-To") != NULL))
		return true;
	return a->sure == AWAY_AUTO || rule_says_automatic(f);
}

bool
rule_reply_by_subject(const struct facts *f)
{
	const char *subject = f->subject;
	const char *behind = behind_tag(subject);

	for (size_t i = 0; i < PN_ARRAY_LEN(entries); i++)
		if (begins_with(f, behind, &entries[i]) ||
		    (*subject == '[' &&
			begins_with(f, subject + 1, &entries[i])))
			return true;
	return false;
}

/* "Jo Doe is away, automatic reply: your subject" */
bool
rule_reply_before_colon(const struct facts *f)
{
	const char *colon = strchr(f->subject, ':');

	if (rule_is_answer(f) || colon == NULL)
		return false;
	for (size_t i = 0; i < PN_ARRAY_LEN(entries); i++) {
		size_t len = strlen(entries[i].text);

		if (entries[i].sure == AWAY_AUTO &&
		    (size_t)(colon - f->subject) >= len &&
		    strncmp(colon - len, entries[i].text, len) == 0)
			return true;
	}
	return false;
}

/*
 * Notes: "Robin Doe is out of the office.", since release 8 "AUTO: Robin Doe is
 * out of the office (returning 12/07/2026)". People say it of others; here the
 * text says it of whoever the mail is from.
 */
bool
rule_reply_in_third_person(const struct facts *f)
{
	static const char *const said[] = {
	    " is out of the office",
	    " ist außer haus",
	};
	static const char *const meant[] = {
	    "i will be out of the office",
	    "i am out of the office",
	    "nicht im büro sein",
	};
	char first[AWAY_TEXT_MAX + 1];

	if (rule_is_answer(f))
		return false;
	(void)snprintf(first, sizeof(first), "%s", facts_text(f));
	for (size_t i = 0; i < PN_ARRAY_LEN(said); i++) {
		const char *found = strstr(f->subject, said[i]);

		if (found != NULL && ends_here(found + strlen(said[i])))
			return WORDS_IN(first, meant);
	}
	return false;
}

bool
rule_automatic_anywhere(const struct facts *f)
{
	if (rule_is_answer(f))
		return false;
	for (size_t i = 0; i < PN_ARRAY_LEN(entries); i++) {
		const char *found = strstr(f->subject, entries[i].text);

		if (entries[i].sure == AWAY_AUTO && found != NULL &&
		    !talks_of_it(found + strlen(entries[i].text)))
			return true;
	}
	return false;
}

bool
rule_reply_anywhere(const struct facts *f)
{
	if (rule_is_answer(f))
		return false;
	for (size_t i = 0; i < PN_ARRAY_LEN(entries); i++)
		if (strstr(f->subject, entries[i].text) != NULL)
			return true;
	return false;
}
