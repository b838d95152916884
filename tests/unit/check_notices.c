/* SPDX-License-Identifier: Apache-2.0 */

#include <sodium.h>
#include "base/clock.h"
#include "daemon/lease.h"
#include "daemon/notices.h"
#include "daemon/waiters.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_practice.h"

static struct practice p;
static struct waiters *wake;
static struct notices *n;

static void
setup(void)
{
	practice_make(&p);
	(void)practice_address(&p, &p.client, "client@x.org", ADDRESS_GOOD);
	ck_assert_int_eq(waiters_new(&wake), 0);
}

static void
teardown(void)
{
	notices_free(&n);
	waiters_free(&wake);
	temp_remove(&p.s);
}

/* How far off the earliest is. */
static int64_t
wait_for_next(void)
{
	return notices_next(n) - clock_boot();
}

START_TEST(what_is_due_is_taken_once_and_in_order)
{
	int64_t now = clock_now(), boot = clock_boot();
	uint64_t second =
	    practice_notice(&p, &p.client, now + 20 * CLOCK_SECOND);
	uint64_t first =
	    practice_notice(&p, &p.client, now + 10 * CLOCK_SECOND);
	const int64_t later = boot + 30 * CLOCK_SECOND;
	const int64_t until = boot + CLOCK_MINUTE;
	uint64_t number = 0;

	ck_assert_int_eq(notices_load(p.s.txn, wake, &n), 0);
	ck_assert_int_le(wait_for_next(), 10 * CLOCK_SECOND);
	ck_assert_int_gt(wait_for_next(), 0);
	ck_assert(!notices_take(n, boot, until, &number));
	ck_assert(notices_take(n, later, until, &number));
	ck_assert_uint_eq(number, first);
	ck_assert(notices_take(n, later, until, &number));
	ck_assert_uint_eq(number, second);
	ck_assert(!notices_take(n, later, until, &number));
	notices_due(n, first, 0);
	ck_assert(notices_take(n, until, until + 100, &number));
	ck_assert_uint_eq(number, second);
	notices_due(n, second, 0);
	ck_assert_int_eq(notices_next(n), INT64_MAX);
}
END_TEST

/* Rows of a time that lies ahead: the clock was set back since. */
START_TEST(a_clock_set_back_silences_nobody)
{
	const int64_t ahead = clock_now() + 3650 * CLOCK_DAY;

	(void)practice_notice(&p, &p.client, ahead);
	ck_assert_int_eq(notices_load(p.s.txn, wake, &n), 0);
	ck_assert_int_le(wait_for_next(), NOTICES_LONGEST);
	notices_due(n, 99, ahead);
	notices_due(n, 98, clock_now());
	ck_assert_int_le(wait_for_next(), 0);
}
END_TEST

/* The answer to the lease may have died with the process. */
START_TEST(a_lease_of_the_time_before_ends_soon)
{
	uint64_t number = practice_notice(&p, &p.client, NOW);
	lease_auto struct lease l = {0};
	int64_t now = clock_now();

	ck_assert_int_eq(lease_take(p.s.txn, number, now, &l), 0);
	ck_assert_int_eq(notices_load(p.s.txn, wake, &n), 0);
	ck_assert_int_gt(wait_for_next(), 0);
	ck_assert_int_le(wait_for_next(), NOTICES_GRACE);
}
END_TEST

START_TEST(whoever_waits_is_woken_by_what_is_due)
{
	uint64_t stamp = waiters_stamp(wake);

	ck_assert_int_eq(notices_load(p.s.txn, wake, &n), 0);
	notices_due(n, 7, clock_now() + CLOCK_HOUR);
	ck_assert_uint_eq(waiters_stamp(wake), stamp);
	notices_due(n, 8, clock_now());
	ck_assert_uint_ne(waiters_stamp(wake), stamp);
}
END_TEST

/* What is made is due at once, under a salt of its own. */
START_TEST(a_new_one_is_there_and_wants_sending)
{
	struct outbox_row made[2] = {
	    {.kind = OUTBOX_ENROLMENT, .person = p.client},
	    {.kind = OUTBOX_MESSAGE,
		.person = p.provider,
		.thread = p.thread,
		.address = id_new(),
		.answers = 5,
		.state = OUTBOX_SENT,
		.due = 1},
	};
	uint64_t number = 0;

	for (size_t i = 0; i < 2; i++) {
		outbox_row_auto struct outbox_row row = {0};

		ck_assert_int_eq(notices_make(p.s.txn, &made[i], NOW), 0);
		ck_assert_uint_ne(made[i].number, 0);
		ck_assert_int_eq(outbox_get(p.s.txn, made[i].number, &row), 0);
		ck_assert_int_eq(row.kind, made[i].kind);
		ck_assert_int_eq(row.state, OUTBOX_PENDING);
		ck_assert_int_eq(row.created, NOW);
		ck_assert_int_eq(row.due, NOW);
		ck_assert_uint_eq(row.salt, made[i].salt);
		ck_assert_uint_eq(row.attempts, 0);
		ck_assert(id_equal(&row.person, &made[i].person));
		ck_assert(id_equal(&row.thread, &made[i].thread));
		ck_assert(id_equal(&row.address, &made[i].address));
		ck_assert_uint_eq(row.answers, made[i].answers);
	}
	ck_assert_uint_gt(made[1].number, made[0].number);
	ck_assert_uint_ne(made[0].salt, made[1].salt);
	ck_assert_int_eq(notices_load(p.s.txn, wake, &n), 0);
	ck_assert(notices_take(n, INT64_MAX, INT64_MAX, &number));
	ck_assert_uint_eq(number, made[0].number);
}
END_TEST

/* A message's rows share its number. */
START_TEST(one_may_come_with_its_number)
{
	struct outbox_row row = {.number = store_number(p.s.txn),
	    .kind = OUTBOX_MESSAGE,
	    .person = p.client};
	const uint64_t number = row.number;

	ck_assert_int_eq(notices_make(p.s.txn, &row, NOW), 0);
	ck_assert_uint_eq(row.number, number);
	ck_assert_int_eq(practice_state(&p, number), OUTBOX_PENDING);
	ck_assert_uint_eq(store_number(p.s.txn), number + 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("notices");
	TCase *t = tcase_create("notices");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_due_is_taken_once_and_in_order);
	tcase_add_test(t, a_clock_set_back_silences_nobody);
	tcase_add_test(t, a_lease_of_the_time_before_ends_soon);
	tcase_add_test(t, whoever_waits_is_woken_by_what_is_due);
	tcase_add_test(t, a_new_one_is_there_and_wants_sending);
	tcase_add_test(t, one_may_come_with_its_number);
	suite_add_tcase(s, t);
	return run_suite(s);
}
