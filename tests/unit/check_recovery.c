/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/json.h"
#include "daemon/recovery.h"
#include "tests/unit/ring.h"
#include "tests/unit/run.h"

#define TEN ACCOUNT_RECOVERY_MAX

static struct ring ring;
static struct account account;
static json_t *texts;

static void
setup(void)
{
	ring_make(&ring);
	account = (struct account){.id = id_new()};
	texts = recovery_renew(ring.k, &account);
	ck_assert_ptr_nonnull(texts);
}

static void
teardown(void)
{
	json_decref(texts);
	ring_remove(&ring);
}

static const char *
text_of(size_t i)
{
	return json_string_value(json_array_get(texts, i));
}

static bool
use(const char *text)
{
	return recovery_use(ring.k, text, &account);
}

START_TEST(there_are_ten_different_ones)
{
	ck_assert_uint_eq(json_array_size(texts), TEN);
	ck_assert_uint_eq(account.recovery_count, TEN);
	for (size_t i = 0; i < TEN; i++) {
		const char *text = text_of(i);

		ck_assert_uint_eq(strlen(text), ACCOUNT_CODE_TEXT);
		ck_assert(text[4] == '-' && text[9] == '-');
		/* only a hash is kept */
		ck_assert_ptr_null(memmem(&account, sizeof(account), text, 4));
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(text, text_of(j));
	}
}
END_TEST

/* Which is used as the first, the second ... */
static const uint8_t orders[][TEN] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
    {9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
    {5, 9, 0, 4, 6, 1, 8, 3, 2, 7},
};

START_TEST(each_is_good_once_in_any_order)
{
	for (size_t i = 0; i < TEN; i++) {
		ck_assert(use(text_of(orders[_i][i])));
		ck_assert_uint_eq(account.recovery_count, TEN - i - 1);
		for (size_t j = 0; j <= i; j++)
			ck_assert(!use(text_of(orders[_i][j])));
		ck_assert_uint_eq(account.recovery_count, TEN - i - 1);
	}
}
END_TEST

START_TEST(new_ones_end_the_old)
{
	json_auto json_t *old = texts;

	ck_assert(use(text_of(3)));
	texts = recovery_renew(ring.k, &account);
	ck_assert_ptr_nonnull(texts);
	ck_assert_uint_eq(account.recovery_count, TEN);
	for (size_t i = 0; i < TEN; i++)
		ck_assert(!use(json_string_value(json_array_get(old, i))));
	ck_assert_uint_eq(account.recovery_count, TEN);
	for (size_t i = 0; i < TEN; i++)
		ck_assert(use(text_of(i)));
}
END_TEST

static const char *const wrong[] = {
    "",
    "-",
    "aaaa-aaaa-aaaa",
    "7777-7777-7777",
    "aaaa-aaaa-aaa",
    "aaaa-aaaa-aaaaa",
    "aaaa-aaaa-aaa8",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};

START_TEST(what_is_wrong_takes_nothing)
{
	struct account before = account;

	ck_assert(!use(wrong[_i]));
	ck_assert_mem_eq(&account, &before, sizeof(account));
}
END_TEST

/* One letter changed at each place. */
START_TEST(every_letter_counts)
{
	struct account before = account;
	char text[ACCOUNT_CODE_TEXT + 1];

	for (size_t i = 0; i < ACCOUNT_CODE_TEXT; i++) {
		memcpy(text, text_of(0), sizeof(text));
		if (text[i] == '-')
			continue;
		text[i] = text[i] == 'z' ? 'y' : 'z';
		ck_assert(!use(text));
	}
	ck_assert_mem_eq(&account, &before, sizeof(account));
}
END_TEST

/* In four shapes, and in capitals. */
START_TEST(it_may_be_typed_in_many_ways)
{
	const char *text = text_of((size_t)_i);
	char typed[RECOVERY_TEXT_MAX];

	switch (_i % 4) {
	case 0:
		(void)snprintf(typed, sizeof(typed), "%.4s%.4s%.4s", text,
		    text + 5, text + 10);
		break;
	case 1:
		(void)snprintf(typed, sizeof(typed), " %.4s %.4s\t%.4s ", text,
		    text + 5, text + 10);
		break;
	case 2:
		(void)snprintf(typed, sizeof(typed), "%.4s--%.4s - %.4s\r\n",
		    text, text + 5, text + 10);
		break;
	default:
		(void)snprintf(typed, sizeof(typed), "%s", text);
		break;
	}
	for (char *c = typed; _i >= 4 && *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	ck_assert(use(typed));
	ck_assert(!use(text));
}
END_TEST

START_TEST(another_accounts_are_no_use)
{
	struct account other = {.id = id_new()};
	json_auto json_t *more = recovery_renew(ring.k, &other);

	ck_assert_ptr_nonnull(more);
	for (size_t i = 0; i < TEN; i++)
		ck_assert(!use(json_string_value(json_array_get(more, i))));
	ck_assert_uint_eq(account.recovery_count, TEN);
	/* nor under another's id with the same hashes */
	other = account;
	other.id = id_new();
	ck_assert(!recovery_use(ring.k, text_of(0), &other));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("recovery");
	TCase *tc = tcase_create("recovery");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, there_are_ten_different_ones);
	tcase_add_loop_test(
	    tc, each_is_good_once_in_any_order, 0, (int)PN_ARRAY_LEN(orders));
	tcase_add_test(tc, new_ones_end_the_old);
	tcase_add_loop_test(
	    tc, what_is_wrong_takes_nothing, 0, (int)PN_ARRAY_LEN(wrong));
	tcase_add_test(tc, every_letter_counts);
	tcase_add_loop_test(tc, it_may_be_typed_in_many_ways, 0, 8);
	tcase_add_test(tc, another_accounts_are_no_use);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
