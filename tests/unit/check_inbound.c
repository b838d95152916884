/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <string.h>
#include <sodium.h>
#include "daemon/inbound.h"
#include "daemon/mailcode.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_store.h"

/* The kinds, by number, as every part of the system spells them. */
static const char *const words[] = {
    "person",
    "auto-reply",
    "auto-other",
    "bounce",
    "delayed",
    "delivered",
    "complaint",
    "receipt",
    "report",
    "list",
    "challenge",
    "calendar",
    "spam",
    "own",
    "malformed",
};

START_TEST(the_kinds_are_a_closed_list)
{
	enum inbound_kind kind;

	for (size_t i = 0; i < PN_ARRAY_LEN(words); i++) {
		ck_assert_int_eq(inbound_kind_parse(words[i], &kind), 0);
		ck_assert_int_eq(kind, INBOUND_PERSON + (int)i);
	}
	ck_assert_int_ne(inbound_kind_parse("", &kind), 0);
	ck_assert_int_ne(inbound_kind_parse("Person", &kind), 0);
	ck_assert_int_ne(inbound_kind_parse("person ", &kind), 0);
}
END_TEST

/*
 * E event, A seen by all, N notify, P prompt; of the address: D dead, R a mail
 * came back, C complaint, H a mail is held back.
 */
static enum health_news
news_in(const char *effects)
{
	if (strchr(effects, 'D') != NULL)
		return HEALTH_DEAD;
	if (strchr(effects, 'R') != NULL)
		return HEALTH_RETURNED;
	if (strchr(effects, 'H') != NULL)
		return HEALTH_HELD;
	return strchr(effects, 'C') != NULL ? HEALTH_COMPLAINT : HEALTH_NONE;
}

static void
expect(const struct inbound_case *c, const char *effects)
{
	struct inbound_effect e = inbound_decide(c);

	ck_assert_msg(e.event == (strchr(effects, 'E') != NULL) &&
			  e.notify == (strchr(effects, 'N') != NULL) &&
			  e.prompt == (strchr(effects, 'P') != NULL) &&
			  e.news == news_in(effects),
	    "%s: not %s", words[c->kind - 1], effects);
	if (e.event)
		ck_assert_int_eq(e.visibility, strchr(effects, 'A') != NULL
						   ? VISIBLE_ALL
						   : VISIBLE_PRACTICE);
}

static const struct {
	enum inbound_kind kind;
	const char *client; /* a client's reply token */
	const char *back;   /* a bounce token, hard and then soft */
	const char *soft;
} by_kind[] = {
    {INBOUND_PERSON, "EANP", "", ""},
    {INBOUND_AUTO_REPLY, "", "", ""},
    {INBOUND_AUTO_OTHER, "", "", ""},
    {INBOUND_BOUNCE, "", "D", "R"},
    {INBOUND_DELAYED, "", "", ""},
    {INBOUND_DELIVERED, "", "", ""},
    {INBOUND_COMPLAINT, "", "C", "C"},
    {INBOUND_RECEIPT, "", "", ""},
    {INBOUND_REPORT, "", "", ""},
    {INBOUND_LIST, "", "", ""},
    {INBOUND_CHALLENGE, "H", "H", "H"},
    {INBOUND_CALENDAR, "EAN", "", ""},
    {INBOUND_SPAM, "", "", ""},
    {INBOUND_OWN, "", "", ""},
    {INBOUND_MALFORMED, "", "", ""},
};

START_TEST(only_people_are_answered)
{
	struct inbound_case c = {
	    .kind = by_kind[_i].kind,
	    .label = TOKEN_REPLY,
	    .hard = true,
	    .active = true,
	    .may_prompt = true,
	    .side = INBOUND_CLIENT,
	};

	expect(&c, by_kind[_i].client);
	/* what is held back for months is no news */
	c.expired = true;
	expect(&c, c.kind == INBOUND_CHALLENGE ? "" : by_kind[_i].client);
	c.active = false;
	expect(&c, "");
	c.active = true;
	for (int i = 0; i < 2; i++) {
		c.label = i == 0 ? TOKEN_BOUNCE : TOKEN_MESSAGE_ID;
		c.expired = true;
		c.hard = true;
		expect(&c, "");
		c.expired = false;
		expect(&c, by_kind[_i].back);
		c.hard = false;
		expect(&c, by_kind[_i].soft);
	}
}
END_TEST

static const struct {
	enum inbound_side side;
	bool told;
	bool may_prompt;
	const char *effects;
} by_side[] = {
    {INBOUND_CLIENT, false, false, "EAN"},
    {INBOUND_CLIENT, true, false, ""},
    {INBOUND_CLIENT, true, true, "P"},
    {INBOUND_PRACTICE, false, true, "EP"},
    {INBOUND_PRACTICE, true, true, "P"},
    {INBOUND_PAST, false, true, "ENP"},
    {INBOUND_NOBODY, false, true, "P"},
    {INBOUND_NOBODY, false, false, ""},
};

START_TEST(who_answered_decides_who_learns)
{
	struct inbound_case c = {
	    .kind = INBOUND_PERSON,
	    .label = TOKEN_REPLY,
	    .active = true,
	    .told = by_side[_i].told,
	    .may_prompt = by_side[_i].may_prompt,
	    .side = by_side[_i].side,
	};

	expect(&c, by_side[_i].effects);
}
END_TEST

START_TEST(a_recipient_is_a_label_and_its_own_token)
{
	struct temp_store s;
	struct token token = {.number = 77, .salt = 99}, back;
	char r[2 + TOKEN_TEXT_LEN + 2] = "r-", b[2 + TOKEN_TEXT_LEN + 2] = "b-";
	char m[2 + TOKEN_TEXT_LEN + 2] = "m-";
	enum token_label label;
	const struct keyring *k;

	temp_make(&s);
	k = store_keyring(s.st);
	token_make(k, TOKEN_REPLY, token, r + 2);
	token_make(k, TOKEN_BOUNCE, token, b + 2);
	ck_assert_int_eq(inbound_recipient(k, r, &label, &back), 0);
	ck_assert_int_eq(label, TOKEN_REPLY);
	ck_assert_uint_eq(back.number, 77);
	ck_assert_uint_eq(back.salt, 99);
	ck_assert_int_eq(inbound_recipient(k, b, &label, &back), 0);
	ck_assert_int_eq(label, TOKEN_BOUNCE);
	token_make(k, TOKEN_MESSAGE_ID, token, m + 2);
	ck_assert_int_eq(inbound_recipient(k, m, &label, &back), 0);
	ck_assert_int_eq(label, TOKEN_MESSAGE_ID);
	for (size_t i = 0; r[i] != '\0'; i++)
		r[i] = (char)toupper((unsigned char)r[i]);
	ck_assert_int_eq(inbound_recipient(k, r, &label, &back), 0);
	/* one label's token under the other */
	r[0] = 'b';
	ck_assert_int_eq(inbound_recipient(k, r, &label, &back), TOKEN_FORGED);
	r[0] = 't';
	ck_assert_int_eq(inbound_recipient(k, r, &label, &back), TOKEN_FORGED);
	r[0] = 'r';
	r[TOKEN_TEXT_LEN + 2] = 'a';
	ck_assert_int_eq(inbound_recipient(k, r, &label, &back), TOKEN_FORGED);
	r[TOKEN_TEXT_LEN + 1] = '\0';
	ck_assert_int_eq(inbound_recipient(k, r, &label, &back), TOKEN_FORGED);
	ck_assert_int_eq(inbound_recipient(k, "", &label, &back), TOKEN_FORGED);
	ck_assert_int_eq(
	    inbound_recipient(k, "r-", &label, &back), TOKEN_FORGED);
	b[10] = b[10] == 'a' ? 'b' : 'a';
	ck_assert_int_eq(inbound_recipient(k, b, &label, &back), TOKEN_FORGED);
	temp_remove(&s);
}
END_TEST

static const struct {
	const char *text;
	int good;
} codes[] = {
    {"", 1},
    {"5.1.1", 1},
    {"4.4.7", 1},
    {"2.0.0", 1},
    {"5.7.509", 1},
    {"5.7.999", 1},
    {"1.1.1", 0},
    {"3.0.0", 0},
    {"6.0.0", 0},
    {"5.8.1", 0},
    {"5.1.1000", 0},
    {"5.1", 0},
    {"5.1.", 0},
    {"5.1.1.1", 0},
    {"5.01.1", 0},
    {"5.1.1 ", 0},
    {" 5.1.1", 0},
    {"5.1.-1", 0},
    {"x", 0},
};

START_TEST(status_codes_are_as_rfc_3463_has_them)
{
	char text[MAILCODE_TEXT_LEN + 1];
	uint16_t code;

	ck_assert_int_eq(
	    mailcode_parse(codes[_i].text, &code) == 0, codes[_i].good);
	if (!codes[_i].good)
		return;
	mailcode_text(code, text);
	ck_assert_str_eq(text, codes[_i].text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("inbound");
	TCase *t = tcase_create("inbound");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_test(t, the_kinds_are_a_closed_list);
	tcase_add_loop_test(
	    t, only_people_are_answered, 0, (int)PN_ARRAY_LEN(by_kind));
	tcase_add_loop_test(
	    t, who_answered_decides_who_learns, 0, (int)PN_ARRAY_LEN(by_side));
	tcase_add_test(t, a_recipient_is_a_label_and_its_own_token);
	tcase_add_loop_test(t, status_codes_are_as_rfc_3463_has_them, 0,
	    (int)PN_ARRAY_LEN(codes));
	suite_add_tcase(s, t);
	return run_suite(s);
}
