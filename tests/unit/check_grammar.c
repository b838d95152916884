/* SPDX-License-Identifier: Apache-2.0 */

/* What texts from outside may be. */

#include <string.h>
#include "base/attr.h"
#include "daemon/grammar.h"
#include "tests/unit/run.h"

#define TEN "abcdefghij"
#define SIXTY TEN TEN TEN TEN TEN TEN

static const struct {
	const char *text;
	const char *norm; /* NULL: refused */
} addresses[] = {
    {"a@b.co", "a@b.co"},
    {"First.Last+tag@Example.ORG", "First.Last+tag@example.org"},
    {"o'brien@mail.example.com", "o'brien@mail.example.com"},
    {"!#$%&'*+-/=?^_`{|}~@b.co", "!#$%&'*+-/=?^_`{|}~@b.co"},
    {SIXTY "abcd@b.co", SIXTY "abcd@b.co"},
    {SIXTY "abcde@b.co", NULL},
    {"a@" SIXTY "abc.co", "a@" SIXTY "abc.co"},
    {"a@" SIXTY "abcd.co", NULL},
    {"a@xn--bcher-kva.example", "a@xn--bcher-kva.example"},
    {"", NULL},
    {"@", NULL},
    {"a", NULL},
    {"a@", NULL},
    {"@b.co", NULL},
    {"a@b", NULL},
    {"a@b.", NULL},
    {"a@.b.co", NULL},
    {"a@b..co", NULL},
    {"a@-b.co", NULL},
    {"a@b-.co", NULL},
    {"a@b_c.co", NULL},
    {"a@b@c.co", NULL},
    {".a@b.co", NULL},
    {"a.@b.co", NULL},
    {"a..b@b.co", NULL},
    {"\"a b\"@b.co", NULL},
    {"a b@b.co", NULL},
    {"a\r\nRCPT TO:<x@y.z>@b.co", NULL},
    {"a@b.co\r\n", NULL},
    {"a@b.co\n", NULL},
    {"a@[127.0.0.1]", NULL},
    {"a@127.0.0.1", NULL},
    {"<a@b.co>", NULL},
    {"a@b.co,c@d.co", NULL},
    {"\xc3\xbc@b.co", NULL},
    {"a@b\xc3\xbc.co", NULL},
    {"-a@b.co", "-a@b.co"},
};

START_TEST(test_addresses)
{
	char norm[GRAMMAR_ADDRESS_MAX + 1];
	bool good = grammar_address(addresses[_i].text, norm);

	ck_assert_int_eq(good, addresses[_i].norm != NULL);
	if (good)
		ck_assert_str_eq(norm, addresses[_i].norm);
}
END_TEST

START_TEST(test_address_length)
{
	char text[400] = "a@";
	char norm[GRAMMAR_ADDRESS_MAX + 1];

	while (strlen(text) + 12 <= GRAMMAR_ADDRESS_MAX)
		memcpy(text + strlen(text), TEN ".", 12);
	memcpy(text + strlen(text), "co", 3);
	while (strlen(text) < GRAMMAR_ADDRESS_MAX)
		memcpy(text + strlen(text), "m", 2);
	ck_assert(grammar_address(text, norm));
	ck_assert_str_eq(norm, text);
	memcpy(text + strlen(text), "m", 2);
	ck_assert(!grammar_address(text, norm));
}
END_TEST

enum rule {
	NAME,
	EXTERNAL,
	LANGUAGE,
	TIME_ZONE,
};

static const struct {
	enum rule rule;
	const char *text;
	bool good;
} texts[] = {
    {NAME,
	"Casey \xc3\x9c"
	"ber, LMFT",
	true},
    {NAME, "", false},
    {NAME, "   ", false},
    {NAME, "a\nb", false},
    {NAME, "a\tb", false},
    {NAME, "a\x7f", false},
    {NAME, "a\xc2\x85", false},
    {NAME,
	"a\xe2\x80\xae"
	"b",
	false},
    {NAME, "\xff", false},
    {NAME, "\xc0\x80", false},
    {NAME, SIXTY SIXTY SIXTY TEN TEN, true},
    {NAME, SIXTY SIXTY SIXTY TEN TEN "a", false},
    {EXTERNAL, "mrn-0042/a:b", true},
    {EXTERNAL, "a b", true},
    {EXTERNAL, " a", false},
    {EXTERNAL, "a ", false},
    {EXTERNAL, "", false},
    {EXTERNAL, "a\x1b[0m", false},
    {EXTERNAL, SIXTY SIXTY "12345678", true},
    {EXTERNAL, SIXTY SIXTY "123456789", false},
    {LANGUAGE, "en", true},
    {LANGUAGE, "pt-BR", true},
    {LANGUAGE, "zh-Hant-TW", true},
    {LANGUAGE, "de-1996", true},
    {LANGUAGE, "", false},
    {LANGUAGE, "e", false},
    {LANGUAGE, "en_US", false},
    {LANGUAGE, "en-", false},
    {LANGUAGE, "-en", false},
    {LANGUAGE, "12", false},
    {LANGUAGE, "../../etc", false},
    {LANGUAGE, "abcdefghi", false},
    {TIME_ZONE, "UTC", true},
    {TIME_ZONE, "Europe/Berlin", true},
    {TIME_ZONE, "America/Argentina/Buenos_Aires", true},
    {TIME_ZONE, "Etc/GMT+5", true},
    {TIME_ZONE, "", false},
    {TIME_ZONE, "/etc/passwd", false},
    {TIME_ZONE, "../UTC", false},
    {TIME_ZONE, "Europe/", false},
    {TIME_ZONE, "Europe//Berlin", false},
    {TIME_ZONE, "Europe/..", false},
    {TIME_ZONE, ":UTC", false},
    {TIME_ZONE, SIXTY "abcde", false},
};

START_TEST(test_texts)
{
	static bool (*const rules[])(const char *text) = {
	    [NAME] = grammar_name,
	    [EXTERNAL] = grammar_external_id,
	    [LANGUAGE] = grammar_language,
	    [TIME_ZONE] = grammar_time_zone,
	};

	ck_assert_int_eq(rules[texts[_i].rule](texts[_i].text), texts[_i].good);
}
END_TEST

START_TEST(test_login)
{
	char norm[GRAMMAR_LOGIN_MAX + 1];

	ck_assert(grammar_login("Dr.Who+1@x-y_z", norm));
	ck_assert_str_eq(norm, "dr.who+1@x-y_z");
	ck_assert(grammar_login(SIXTY "abcd", norm));
	ck_assert(!grammar_login(SIXTY "abcde", norm));
	ck_assert(!grammar_login("", norm));
	ck_assert(!grammar_login("a b", norm));
	ck_assert(!grammar_login("a\n", norm));
	ck_assert(!grammar_login("\xc3\xbc", norm));
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	bool good;
} bodies[] = {
    {"x", 1, true},
    {"", 0, false},
    {"a\nb\tc", 5, true},
    {"a\rb", 3, false},
    {"a\0b", 3, false},
    {"a\x1b", 2, false},
    {"a\x7f", 2, false},
    {"\xc2\x85", 2, false},
    {"\xc2\xa0", 2, true},
    {"\xf0\x9f\x99\x82", 4, true},
    {"\xf0\x9f\x99", 3, false},
    {"\xed\xa0\x80", 3, false},
    /* those who write from right to left need these */
    {"\xe2\x80\x8f\xd7\xa9", 5, true},
};

START_TEST(test_bodies)
{
	ck_assert_int_eq(
	    grammar_body(bodies[_i].text, bodies[_i].len), bodies[_i].good);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("grammar");
	TCase *c = tcase_create("grammar");

	tcase_add_loop_test(c, test_addresses, 0, (int)PN_ARRAY_LEN(addresses));
	tcase_add_test(c, test_address_length);
	tcase_add_loop_test(c, test_texts, 0, (int)PN_ARRAY_LEN(texts));
	tcase_add_test(c, test_login);
	tcase_add_loop_test(c, test_bodies, 0, (int)PN_ARRAY_LEN(bodies));
	suite_add_tcase(s, c);
	return run_suite(s);
}
