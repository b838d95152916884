/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <string.h>
#include <sodium.h>
#include "daemon/device.h"
#include "tests/unit/run.h"

static struct keys keys;
static struct id account;
static char text[DEVICE_TEXT_LEN + 1];

static void
setup(void)
{
	memset(&keys, 'k', sizeof(keys));
	account = id_new();
	device_new(&keys, &account, text);
}

static bool
is_mine(const char *typed)
{
	struct id device;

	return device_of(&keys, &account, typed, &device);
}

START_TEST(a_device_is_known_again)
{
	struct id device, again, other;
	char another[DEVICE_TEXT_LEN + 1];

	ck_assert_uint_eq(strlen(text), DEVICE_TEXT_LEN);
	ck_assert_uint_eq(
	    strspn(text, "abcdefghijklmnopqrstuvwxyz234567"), DEVICE_TEXT_LEN);
	ck_assert(device_of(&keys, &account, text, &device));
	ck_assert(device_of(&keys, &account, text, &again));
	ck_assert(id_equal(&device, &again));
	/* two of one account are two */
	device_new(&keys, &account, another);
	ck_assert(device_of(&keys, &account, another, &other));
	ck_assert(!id_equal(&device, &other));
}
END_TEST

/* In capitals it is no second one, with tries of its own. */
START_TEST(capitals_make_no_other_device)
{
	struct id device, again;
	char typed[DEVICE_TEXT_LEN + 1];

	for (size_t i = 0; i < sizeof(text); i++)
		typed[i] = (char)toupper((unsigned char)text[i]);
	ck_assert(device_of(&keys, &account, text, &device));
	ck_assert(device_of(&keys, &account, typed, &again));
	ck_assert(id_equal(&device, &again));
}
END_TEST

START_TEST(it_is_of_one_account_and_one_key)
{
	struct id other = id_new(), near = account, device;
	struct keys changed = keys;

	near.b[15] ^= 1;
	ck_assert(!device_of(&keys, &other, text, &device));
	ck_assert(!device_of(&keys, &near, text, &device));
	changed.of[KEYS_DEVICE][31] ^= 1;
	ck_assert(!device_of(&changed, &account, text, &device));
	changed = keys;
	changed.of[KEYS_CSRF][31] ^= 1;
	ck_assert(device_of(&changed, &account, text, &device));
}
END_TEST

START_TEST(any_character_counts)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	char typed[DEVICE_TEXT_LEN + 1];
	int good = 0;

	for (size_t i = 0; i < DEVICE_TEXT_LEN; i++) {
		for (const char *c = alphabet; *c != '\0'; c++) {
			memcpy(typed, text, sizeof(typed));
			typed[i] = *c;
			good += is_mine(typed);
		}
	}
	/* what it was, once at each place */
	ck_assert_int_eq(good, DEVICE_TEXT_LEN);
}
END_TEST

static const char *const nothing[] = {
    "",
    "a",
    "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrs",
    "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrsta",
    "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrs1",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};

START_TEST(what_is_none_is_refused)
{
	char longer[DEVICE_TEXT_LEN + 2];

	ck_assert(!is_mine(nothing[_i]));
	memcpy(longer, text, DEVICE_TEXT_LEN);
	memcpy(longer + DEVICE_TEXT_LEN, "a", 2);
	ck_assert(!is_mine(longer));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("device");
	TCase *tc = tcase_create("device");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_device_is_known_again);
	tcase_add_test(tc, capitals_make_no_other_device);
	tcase_add_test(tc, it_is_of_one_account_and_one_key);
	tcase_add_test(tc, any_character_counts);
	tcase_add_loop_test(
	    tc, what_is_none_is_refused, 0, (int)PN_ARRAY_LEN(nothing));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
