/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <sodium.h>
#include "daemon/csrf.h"
#include "tests/unit/run.h"

static struct keys keys;
static uint8_t session[SESSION_HASH_LEN];
static char text[CSRF_TEXT_LEN + 1];

static void
setup(void)
{
	memset(&keys, 'k', sizeof(keys));
	memset(session, 's', sizeof(session));
	csrf_text(&keys, session, text);
}

START_TEST(a_session_has_one)
{
	char again[CSRF_TEXT_LEN + 1];

	ck_assert_uint_eq(strlen(text), CSRF_TEXT_LEN);
	ck_assert_uint_eq(
	    strspn(text, "abcdefghijklmnopqrstuvwxyz234567"), CSRF_TEXT_LEN);
	csrf_text(&keys, session, again);
	ck_assert_str_eq(text, again);
	ck_assert(csrf_holds(&keys, session, text));
}
END_TEST

START_TEST(it_is_of_that_session_and_of_that_key)
{
	struct keys other = keys;
	char another[CSRF_TEXT_LEN + 1];

	other.of[KEYS_CSRF][0] ^= 1;
	ck_assert(!csrf_holds(&other, session, text));
	/* and of no other key */
	other = keys;
	other.of[KEYS_DEVICE][0] ^= 1;
	ck_assert(csrf_holds(&other, session, text));
	for (size_t i = 0; i < sizeof(session); i++) {
		session[i] ^= 1;
		ck_assert(!csrf_holds(&keys, session, text));
		csrf_text(&keys, session, another);
		ck_assert_str_ne(text, another);
		session[i] ^= 1;
	}
}
END_TEST

/* Any character changed, cut off or in the other case. */
START_TEST(nothing_else_holds)
{
	char typed[CSRF_TEXT_LEN + 1];

	for (size_t i = 0; i < CSRF_TEXT_LEN; i++) {
		memcpy(typed, text, sizeof(typed));
		typed[i] = typed[i] == 'a' ? 'b' : 'a';
		ck_assert(!csrf_holds(&keys, session, typed));
		memset(typed + i, 0, sizeof(typed) - i);
		ck_assert(!csrf_holds(&keys, session, typed));
		memcpy(typed, text, sizeof(typed));
		if (typed[i] < 'a')
			continue;
		typed[i] = (char)(typed[i] - 'a' + 'A');
		ck_assert(!csrf_holds(&keys, session, typed));
	}
	memset(typed, 0, sizeof(typed));
	ck_assert(!csrf_holds(&keys, session, typed));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("csrf");
	TCase *tc = tcase_create("csrf");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_session_has_one);
	tcase_add_test(tc, it_is_of_that_session_and_of_that_key);
	tcase_add_test(tc, nothing_else_holds);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
