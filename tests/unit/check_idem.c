/* SPDX-License-Identifier: Apache-2.0 */

#include <sodium.h>
#include "base/clock.h"
#include "store/idem.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_store.h"

#define NOW (INT64_C(1800000000000))

static struct temp_store s;
static struct idem_table *t;
static struct id person;

static void
setup(void)
{
	temp_make(&s);
	temp_begin(&s);
	person = id_new();
	ck_assert_int_eq(idem_load(s.txn, NOW, &t), 0);
}

static void
teardown(void)
{
	idem_free(&t);
	temp_remove(&s);
}

static struct idem
make_row(int64_t at, uint8_t key, uint8_t request)
{
	struct idem row = {
	    .number = store_number(s.txn),
	    .at = at,
	    .person = person,
	    .key = {key},
	    .request = {request},
	    .thread = id_new(),
	    .entry = id_new(),
	    .seq = 42,
	};

	return row;
}

static struct idem
add(int64_t at, uint8_t key, uint8_t request)
{
	struct idem row = make_row(at, key, request);

	ck_assert_int_eq(idem_add(s.txn, t, &row), 0);
	return row;
}

START_TEST(the_first_answer_is_given_again)
{
	struct idem row = add(NOW, 1, 1), found;
	struct idem want = make_row(NOW + CLOCK_HOUR, 1, 1);

	(void)add(NOW, 2, 1);
	ck_assert_int_eq(idem_find(s.txn, t, &want, &found), 0);
	ck_assert_uint_eq(found.number, row.number);
	ck_assert_int_eq(found.at, NOW);
	ck_assert(id_equal(&found.thread, &row.thread));
	ck_assert(id_equal(&found.entry, &row.entry));
	ck_assert_uint_eq(found.seq, 42);
	/* after a restart too */
	temp_reopen(&s);
	idem_free(&t);
	ck_assert_int_eq(idem_load(s.txn, NOW, &t), 0);
	found = (struct idem){0};
	ck_assert_int_eq(idem_find(s.txn, t, &want, &found), 0);
	ck_assert(id_equal(&found.entry, &row.entry));
}
END_TEST

START_TEST(another_request_is_refused)
{
	struct idem want, found;

	(void)add(NOW, 1, 1);
	want = make_row(NOW, 1, 2);
	ck_assert_int_eq(idem_find(s.txn, t, &want, &found), IDEM_MISMATCH);
}
END_TEST

START_TEST(keys_are_a_persons_own)
{
	struct idem want, found;

	(void)add(NOW, 1, 1);
	want = make_row(NOW, 2, 1);
	ck_assert_int_eq(idem_find(s.txn, t, &want, &found), KV_NOT_FOUND);
	want = make_row(NOW, 1, 1);
	want.person = id_new();
	ck_assert_int_eq(idem_find(s.txn, t, &want, &found), KV_NOT_FOUND);
}
END_TEST

START_TEST(a_key_lives_for_a_day)
{
	struct idem want, found, second;

	(void)add(NOW, 1, 1);
	want = make_row(NOW + IDEM_HOURS * CLOCK_HOUR, 1, 2);
	ck_assert_int_eq(idem_find(s.txn, t, &want, &found), IDEM_MISMATCH);
	want.at++;
	ck_assert_int_eq(idem_find(s.txn, t, &want, &found), KV_NOT_FOUND);
	/* and may then be used again */
	second = want;
	second.number = store_number(s.txn);
	ck_assert_int_eq(idem_add(s.txn, t, &second), 0);
	ck_assert_int_eq(idem_find(s.txn, t, &want, &found), 0);
	ck_assert_uint_eq(found.number, second.number);
}
END_TEST

START_TEST(old_rows_are_dropped)
{
	struct idem want, found;

	for (unsigned i = 0; i < 100; i++)
		(void)add(NOW, (uint8_t)i, 1);
	ck_assert_uint_eq(store_count(s.txn, KV_IDEM), 100);
	for (unsigned i = 0; i < 25; i++)
		(void)add(NOW + 2 * CLOCK_DAY, (uint8_t)(100 + i), 1);
	ck_assert_uint_eq(store_count(s.txn, KV_IDEM), 25);
	want = make_row(NOW, 1, 1);
	ck_assert_int_eq(idem_find(s.txn, t, &want, &found), KV_NOT_FOUND);
	want = make_row(NOW + 2 * CLOCK_DAY, 100, 1);
	ck_assert_int_eq(idem_find(s.txn, t, &want, &found), 0);
	/* a start long after takes none of them up */
	idem_free(&t);
	ck_assert_int_eq(idem_load(s.txn, NOW + 9 * CLOCK_DAY, &t), 0);
	ck_assert_int_eq(idem_find(s.txn, t, &want, &found), KV_NOT_FOUND);
	for (unsigned i = 0; i < 7; i++)
		(void)add(NOW + 9 * CLOCK_DAY, (uint8_t)i, 1);
	ck_assert_uint_eq(store_count(s.txn, KV_IDEM), 7);
}
END_TEST

/* The table is ahead of a transaction that was given up. */
START_TEST(what_was_not_committed_is_not_found)
{
	struct idem row, found;

	temp_commit(&s);
	temp_begin(&s);
	row = add(NOW, 1, 1);
	store_abort(&s.txn);
	temp_begin(&s);
	ck_assert_int_eq(idem_find(s.txn, t, &row, &found), KV_NOT_FOUND);
	row.number = store_number(s.txn);
	ck_assert_int_eq(idem_add(s.txn, t, &row), 0);
	ck_assert_int_eq(idem_find(s.txn, t, &row, &found), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("idem");
	TCase *tc = tcase_create("idem");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_first_answer_is_given_again);
	tcase_add_test(tc, another_request_is_refused);
	tcase_add_test(tc, keys_are_a_persons_own);
	tcase_add_test(tc, a_key_lives_for_a_day);
	tcase_add_test(tc, old_rows_are_dropped);
	tcase_add_test(tc, what_was_not_committed_is_not_found);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
