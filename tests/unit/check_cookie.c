/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>
#include "base/attr.h"
#include "daemon/cookie.h"
#include "tests/unit/run.h"

/* Of eight characters, to be short. */
#define NAME "__Host-postern"
#define GOOD "abcxyz27"

static const struct {
	const char *header;
	bool found;
} headers[] = {
    {NAME "=" GOOD, true},
    {"a=b; " NAME "=" GOOD, true},
    {NAME "=" GOOD "; a=b", true},
    {"a=b;" NAME "=" GOOD ";c=d", true},
    {"a=b;   " NAME "=" GOOD, true},
    {"a; =; ;;" NAME "=" GOOD ";", true},
    {"a=" NAME "; " NAME "=" GOOD, true},
    /* its neighbours are others */
    {NAME "-device=" GOOD, false},
    {NAME "-device=abcdefgh; " NAME "=" GOOD, true},
    {"X" NAME "=" GOOD, false},
    {"x=" NAME "=" GOOD, false},
    {"postern=" GOOD, false},
    {"__host-postern=" GOOD, false},
    {"__Host-poster=" GOOD, false},
    {NAME " =" GOOD, false},
    {"\t" NAME "=" GOOD, false},
    {NAME GOOD, false},
    {NAME, false},
    {"", false},
    {";", false},
    {"=", false},
    /* what it may be */
    {NAME "=", false},
    {NAME "=;", false},
    {NAME "=abcxyz2", false},
    {NAME "=" GOOD "a", false},
    {NAME "=" GOOD " ", false},
    {NAME "= " GOOD, false},
    {NAME "=abcxyz2 ", false},
    {NAME "=\"" GOOD "\"", false},
    {NAME "=\"bcxyz2\"", false},
    {NAME "=ABCXYZ27", false},
    {NAME "=abcxyz21", false},
    {NAME "=abcxyz28", false},
    {NAME "=abcxyz2=", false},
    {NAME "=abcxyz2\303", false},
    {NAME "=" GOOD "=" GOOD, false},
    {NAME "==bcxyz27", false},
    /* of two nobody knows which is meant */
    {NAME "=" GOOD "; " NAME "=" GOOD, false},
    {NAME "=" GOOD "; " NAME "=", false},
    {NAME "=; " NAME "=" GOOD, false},
    {NAME "=" GOOD "; " NAME "=\"\"; a=b", false},
    {NAME "=x;" NAME "=" GOOD ";" NAME "=y", false},
};

/* A header ends where its bytes do. */
static bool
find(const char *header, size_t len, const char *name, char to[static 9])
{
	char *copy = malloc(len + (len == 0));
	bool found;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, header, len);
	memset(to, '?', 9);
	found = cookie_find(copy, len, name, 8, to);
	free(copy);
	return found;
}

START_TEST(a_cookie_is_found_or_not)
{
	const char *header = headers[_i].header;
	char to[9];

	ck_assert(find(header, strlen(header), COOKIE_SESSION, to) ==
		  headers[_i].found);
	ck_assert_str_eq(to, headers[_i].found ? GOOD : "");
}
END_TEST

START_TEST(each_has_its_own_name)
{
	static const char both[] =
	    COOKIE_DEVICE "=22222222; " COOKIE_SESSION "=33333333";
	char to[9];

	ck_assert(find(both, strlen(both), COOKIE_SESSION, to));
	ck_assert_str_eq(to, "33333333");
	ck_assert(find(both, strlen(both), COOKIE_DEVICE, to));
	ck_assert_str_eq(to, "22222222");
}
END_TEST

START_TEST(a_header_may_hold_a_nul)
{
	static const char nul[] = "a=\0; " NAME "=" GOOD;
	static const char inside[] = NAME "=abc\0yz27";
	char to[9];

	ck_assert(find(nul, sizeof(nul) - 1, COOKIE_SESSION, to));
	ck_assert_str_eq(to, GOOD);
	ck_assert(!find(inside, sizeof(inside) - 1, COOKIE_SESSION, to));
}
END_TEST

/* Each cut of a header that holds one, at its very end. */
START_TEST(what_is_cut_off_is_not_found)
{
	static const char header[] = "a=b; " NAME "=" GOOD;
	const size_t all = sizeof(header) - 1;
	char to[9];

	for (size_t len = 0; len <= all; len++)
		ck_assert(
		    find(header, len, COOKIE_SESSION, to) == (len == all));
}
END_TEST

static const struct {
	const char *name;
	const char *value;
	long seconds;
	const char *text;
} texts[] = {
    {COOKIE_SESSION, "abc", -1,
	"__Host-postern=abc; Path=/; Secure; HttpOnly; SameSite=Lax"},
    {COOKIE_SESSION, "", 0,
	"__Host-postern=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"},
    {COOKIE_DEVICE, "abc", COOKIE_DEVICE_SECONDS,
	"__Host-postern-device=abc; Path=/; Secure; HttpOnly; SameSite=Lax; "
	"Max-Age=31536000"},
};

START_TEST(a_text_is_what_a_browser_wants)
{
	char text[COOKIE_TEXT_MAX];

	cookie_text(texts[_i].name, texts[_i].value, texts[_i].seconds, text);
	ck_assert_str_eq(text, texts[_i].text);
}
END_TEST

/* The longest that is ever sent is not cut short. */
START_TEST(a_text_has_room)
{
	char value[53] = "", text[COOKIE_TEXT_MAX];

	memset(value, 'a', sizeof(value) - 1);
	cookie_text(COOKIE_DEVICE, value, COOKIE_DEVICE_SECONDS, text);
	ck_assert_ptr_nonnull(strstr(text, value));
	ck_assert_ptr_nonnull(strstr(text, "; Max-Age=31536000"));
	ck_assert_uint_lt(strlen(text), COOKIE_TEXT_MAX - 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cookie");
	TCase *tc = tcase_create("cookie");

	tcase_add_loop_test(
	    tc, a_cookie_is_found_or_not, 0, (int)PN_ARRAY_LEN(headers));
	tcase_add_test(tc, each_has_its_own_name);
	tcase_add_test(tc, a_header_may_hold_a_nul);
	tcase_add_test(tc, what_is_cut_off_is_not_found);
	tcase_add_loop_test(
	    tc, a_text_is_what_a_browser_wants, 0, (int)PN_ARRAY_LEN(texts));
	tcase_add_test(tc, a_text_has_room);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
