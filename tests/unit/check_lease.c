/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <sodium.h>
#include "daemon/lease.h"
#include "daemon/mailcode.h"
#include "daemon/outcome.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_practice.h"

static struct practice p;

static void
setup(void)
{
	practice_make(&p);
}

static void
teardown(void)
{
	temp_remove(&p.s);
}

static int
take(uint64_t number, int64_t now, char to_r[static 64])
{
	lease_auto struct lease l = {0};
	int r = lease_take(p.s.txn, number, now, &l);

	(void)snprintf(to_r, 64, "%s", secret_text(&l.to));
	return r;
}

static int
report(uint64_t number, enum outcome outcome, uint16_t code, int64_t now,
    struct outcome_change *c_r)
{
	const struct health_limits limits = {.returns = 3, .days = 10};
	const struct outcome_report what = {number, outcome, code};

	return outcome_apply(p.s.txn, &what, &limits, now, c_r);
}

START_TEST(the_first_good_address_is_taken)
{
	lease_auto struct lease l = {0};
	uint64_t n = practice_notice(&p, &p.client, NOW);
	outbox_row_auto struct outbox_row row = {0};

	(void)practice_address(&p, &p.client, "old@x.org", ADDRESS_STOPPED);
	(void)practice_address(&p, &p.client, "new@x.org", ADDRESS_GOOD);
	ck_assert_int_eq(lease_take(p.s.txn, n, NOW + 5, &l), 0);
	ck_assert_str_eq(secret_text(&l.to), "new@x.org");
	ck_assert_str_eq(secret_text(&l.language), "en");
	ck_assert_uint_eq(l.attempt, 1);
	ck_assert_int_eq(outbox_get(p.s.txn, n, &row), 0);
	ck_assert_int_eq(row.state, OUTBOX_LEASED);
	ck_assert_int_eq(row.due, NOW + 5 + LEASE_TIME);
	ck_assert_uint_eq(row.attempts, 1);
	ck_assert_uint_eq(practice_look(&p, true).count, 0);
}
END_TEST

START_TEST(a_retry_goes_to_the_same_address_while_it_is_good)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	address_auto struct address a = {0};
	outbox_row_auto struct outbox_row row = {0};
	char first[64], again[64];

	(void)practice_address(&p, &p.client, "one@x.org", ADDRESS_GOOD);
	(void)practice_address(&p, &p.client, "two@x.org", ADDRESS_GOOD);
	(void)practice_address(&p, &p.client, "six@x.org", ADDRESS_GOOD);
	ck_assert_int_eq(take(n, NOW, first), 0);
	ck_assert_int_eq(take(n, NOW + LEASE_TIME, again), 0);
	ck_assert_str_eq(first, again);
	ck_assert_int_eq(outbox_get(p.s.txn, n, &row), 0);
	ck_assert_int_eq(address_get(p.s.txn, &p.client, &row.address, &a), 0);
	a.state = ADDRESS_STOPPED;
	ck_assert_int_eq(address_put(p.s.txn, &a), 0);
	ck_assert_int_eq(take(n, NOW + 2 * LEASE_TIME, again), 0);
	ck_assert_str_ne(first, again);
}
END_TEST

START_TEST(who_has_no_address_is_shown_to_the_practice_once)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	uint64_t m = practice_notice(&p, &p.client, NOW);
	struct practice_events seen;
	char to[64];

	ck_assert_int_eq(take(n, NOW, to), LEASE_NONE);
	ck_assert_int_eq(practice_state(&p, n), OUTBOX_FAILED);
	ck_assert_int_eq(take(m, NOW, to), LEASE_NONE);
	seen = practice_look(&p, true);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_int_eq(seen.newest, EVENT_NOT_NOTIFIED);
	ck_assert(id_equal(&seen.about, &p.client));
	ck_assert_uint_eq(practice_look(&p, false).count, 0);
	/* and it is over */
	ck_assert_int_eq(take(n, NOW, to), LEASE_NONE);
	ck_assert_int_eq(practice_state(&p, n), OUTBOX_FAILED);
}
END_TEST

START_TEST(a_provider_without_an_address_makes_no_event)
{
	uint64_t n = practice_notice(&p, &p.provider, NOW);
	char to[64];

	ck_assert_int_eq(take(n, NOW, to), LEASE_NONE);
	ck_assert_int_eq(practice_state(&p, n), OUTBOX_FAILED);
	ck_assert_uint_eq(practice_look(&p, true).count, 0);
}
END_TEST

START_TEST(who_takes_no_part_gets_no_mail)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	struct id nobody = id_new();
	uint64_t m = practice_notice(&p, &nobody, NOW);
	char to[64];

	(void)practice_address(&p, &p.client, "one@x.org", ADDRESS_GOOD);
	practice_set_active(&p, &p.client, false);
	ck_assert_int_eq(take(n, NOW, to), LEASE_NONE);
	ck_assert_str_eq(to, "");
	ck_assert_int_eq(practice_state(&p, n), OUTBOX_CANCELLED);
	ck_assert_int_eq(take(m, NOW, to), LEASE_NONE);
	ck_assert_int_eq(practice_state(&p, m), OUTBOX_CANCELLED);
	ck_assert_uint_eq(practice_look(&p, true).count, 0);
	ck_assert_int_eq(take(999, NOW, to), LEASE_NONE);
}
END_TEST

START_TEST(a_test_mail_goes_where_it_was_told)
{
	struct outbox_row row = {
	    .number = store_number(p.s.txn),
	    .kind = OUTBOX_TEST,
	    .state = OUTBOX_PENDING,
	    .created = NOW,
	    .due = NOW,
	};
	char to[64];

	row.to = text_secret("admin@x.org");
	ck_assert_int_eq(outbox_add(p.s.txn, &row), 0);
	ck_assert_int_eq(take(row.number, NOW, to), 0);
	ck_assert_str_eq(to, "admin@x.org");
	/* the address is still there for the next try */
	ck_assert_int_eq(take(row.number, NOW + LEASE_TIME, to), 0);
	ck_assert_str_eq(to, "admin@x.org");
	outbox_row_fini(&row);
}
END_TEST

static const struct {
	enum outbox_kind kind;
	const char *word;
} account_kinds[] = {
    {OUTBOX_ENROLMENT, "enrolment"},
    {OUTBOX_ACCOUNT, "account"},
};

/* It goes to whom it concerns, and no thread hears of it. */
START_TEST(mail_about_an_account_is_of_no_thread)
{
	outbox_row_auto struct outbox_row row = {
	    .number = store_number(p.s.txn),
	    .kind = account_kinds[_i].kind,
	    .state = OUTBOX_PENDING,
	    .created = NOW,
	    .due = NOW,
	    .person = p.client,
	};
	lease_auto struct lease l = {0};
	struct outcome_change c;

	(void)practice_address(&p, &p.client, "one@x.org", ADDRESS_GOOD);
	ck_assert_int_eq(outbox_add(p.s.txn, &row), 0);
	ck_assert_int_eq(lease_take(p.s.txn, row.number, NOW, &l), 0);
	ck_assert_str_eq(secret_text(&l.to), "one@x.org");
	ck_assert_str_eq(secret_text(&l.language), "en");
	ck_assert_str_eq(outcome_kind_word(l.kind), account_kinds[_i].word);
	ck_assert_int_eq(report(row.number, OUTCOME_FAILED, 0, NOW, &c), 0);
	ck_assert_int_eq(c.state, OUTBOX_FAILED);
	ck_assert_uint_eq(practice_look(&p, true).count, 0);
}
END_TEST

/* A leased row of so many attempts, and the result for it. */
static const struct {
	unsigned attempts;
	int64_t age;
	enum outcome outcome;
	enum outbox_state expected;
	int events;
} results[] = {
    {1, 0, OUTCOME_SENT, OUTBOX_SENT, 0},
    {1, 0, OUTCOME_DEFERRED, OUTBOX_DEFERRED, 0},
    {50, LEASE_GIVE_UP - 1, OUTCOME_DEFERRED, OUTBOX_DEFERRED, 0},
    {50, LEASE_GIVE_UP, OUTCOME_DEFERRED, OUTBOX_FAILED, 1},
    /* days without a bridge: the first try may well be greylisted */
    {1, 2 * LEASE_GIVE_UP, OUTCOME_DEFERRED, OUTBOX_DEFERRED, 0},
    {LEASE_GIVE_UP_TRIES, LEASE_GIVE_UP, OUTCOME_DEFERRED, OUTBOX_FAILED, 1},
    {1, 0, OUTCOME_FAILED, OUTBOX_FAILED, 1},
    {1, 0, OUTCOME_AMBIGUOUS, OUTBOX_AMBIGUOUS, 0},
    {50, 0, OUTCOME_AMBIGUOUS, OUTBOX_AMBIGUOUS, 0},
};

START_TEST(a_result_moves_a_leased_row)
{
	uint64_t n = practice_notice(&p, &p.client, NOW - results[_i].age);
	outbox_row_auto struct outbox_row row = {0};
	struct outcome_change c;
	uint16_t code;

	ck_assert_int_eq(outbox_get(p.s.txn, n, &row), 0);
	row.state = OUTBOX_LEASED;
	row.attempts = (uint16_t)results[_i].attempts;
	ck_assert_int_eq(outbox_put(p.s.txn, &row), 0);
	ck_assert_int_eq(mailcode_parse("5.7.509", &code), 0);
	ck_assert_int_eq(report(n, results[_i].outcome, code, NOW, &c), 0);
	ck_assert(c.changed);
	ck_assert_int_eq(c.state, results[_i].expected);
	ck_assert_int_eq(practice_state(&p, n), results[_i].expected);
	ck_assert_int_eq(
	    (int)practice_look(&p, true).count, results[_i].events);
	if (c.state == OUTBOX_DEFERRED || c.state == OUTBOX_AMBIGUOUS)
		ck_assert_int_ge(c.due, NOW + CLOCK_MINUTE);
	else
		ck_assert_int_eq(c.due, 0);
}
END_TEST

START_TEST(what_comes_late_or_twice_changes_nothing)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	struct outcome_change c;
	char to[64];

	(void)practice_address(&p, &p.client, "one@x.org", ADDRESS_GOOD);
	ck_assert_int_eq(report(n, OUTCOME_SENT, 0, NOW, &c), 0);
	ck_assert(!c.changed);
	ck_assert_int_eq(c.state, OUTBOX_PENDING);
	ck_assert_int_eq(take(n, NOW, to), 0);
	ck_assert_int_eq(report(n, OUTCOME_SENT, 0, NOW, &c), 0);
	ck_assert(c.changed);
	ck_assert_int_eq(report(n, OUTCOME_FAILED, 0, NOW, &c), 0);
	ck_assert(!c.changed);
	ck_assert_int_eq(c.state, OUTBOX_SENT);
	ck_assert_int_eq(report(4242, OUTCOME_SENT, 0, NOW, &c), KV_NOT_FOUND);
	ck_assert_uint_eq(practice_look(&p, true).count, 0);
}
END_TEST

START_TEST(unclear_ends_are_tried_a_few_times)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	struct outcome_change c = {0};
	char to[64];
	int tries = 0;

	(void)practice_address(&p, &p.client, "one@x.org", ADDRESS_GOOD);
	do {
		ck_assert_int_eq(take(n, NOW, to), 0);
		ck_assert_int_eq(report(n, OUTCOME_AMBIGUOUS, 0, NOW, &c), 0);
	} while (c.state == OUTBOX_AMBIGUOUS && ++tries < 100);
	ck_assert_int_eq(c.state, OUTBOX_FAILED);
	ck_assert_int_eq(tries, OUTCOME_AMBIGUOUS_TRIES - 1);
}
END_TEST

START_TEST(no_bridge_that_comes_and_goes_keeps_a_row_for_ever)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	int64_t now = NOW;
	char to[64];
	int tries = 0;

	(void)practice_address(&p, &p.client, "one@x.org", ADDRESS_GOOD);
	while (take(n, now, to) == 0 && ++tries < 10000)
		now += LEASE_TIME * 60;
	ck_assert_int_eq(practice_state(&p, n), OUTBOX_FAILED);
	ck_assert_int_ge(now, NOW + LEASE_GIVE_UP);
	ck_assert_uint_eq(practice_look(&p, true).count, 1);
}
END_TEST

/* ---- the client could not be told ------------------------------------ */

static struct thread_unnotified
unnotified(void)
{
	struct thread t;

	ck_assert_int_eq(thread_get(p.s.txn, &p.thread, &t), 0);
	return t.unnotified;
}

static void
ck_unnotified(int64_t since, enum unnotified_reason reason, const char *code)
{
	struct thread_unnotified u = unnotified();
	char text[MAILCODE_TEXT_LEN + 1];

	ck_assert_int_eq(u.since, since);
	ck_assert_int_eq(u.reason, reason);
	mailcode_text(u.code, text);
	ck_assert_str_eq(text, code);
}

/* A row of KIND that is leased, tried so often since so long. */
static uint64_t
leased(const struct id *person, enum outbox_kind kind, uint16_t attempts,
    int64_t age)
{
	uint64_t n = practice_notice(&p, person, NOW - age);
	outbox_row_auto struct outbox_row row = {0};

	ck_assert_int_eq(outbox_get(p.s.txn, n, &row), 0);
	row.kind = kind;
	row.state = OUTBOX_LEASED;
	row.address = id_new();
	row.attempts = attempts;
	ck_assert_int_eq(outbox_put(p.s.txn, &row), 0);
	return n;
}

static enum outbox_state
apply(uint64_t n, enum outcome outcome, const char *code, int64_t now)
{
	struct outcome_change c;
	uint16_t packed;

	ck_assert_int_eq(mailcode_parse(code, &packed), 0);
	ck_assert_int_eq(report(n, outcome, packed, now, &c), 0);
	return c.state;
}

static void
bounce(const char *code, int64_t now)
{
	uint64_t n = leased(&p.client, OUTBOX_MESSAGE, 1, 0);

	ck_assert_int_eq(apply(n, OUTCOME_FAILED, code, now), OUTBOX_FAILED);
}

static const struct {
	uint16_t attempts;
	int64_t age;
	enum outcome outcome;
	const char *code;
	enum unnotified_reason reason; /* 0: nothing is said */
} ends[] = {
    {1, 0, OUTCOME_FAILED, "5.1.1", UNNOTIFIED_REFUSED},
    {50, LEASE_GIVE_UP, OUTCOME_FAILED, "5.7.509", UNNOTIFIED_REFUSED},
    /* a relay that says no more than 550 */
    {1, 0, OUTCOME_FAILED, "", UNNOTIFIED_REFUSED},
    {1, 0, OUTCOME_FAILED, "4.4.7", UNNOTIFIED_GIVEN_UP},
    {LEASE_GIVE_UP_TRIES, LEASE_GIVE_UP, OUTCOME_DEFERRED, "4.4.1",
	UNNOTIFIED_GIVEN_UP},
    {LEASE_GIVE_UP_TRIES, LEASE_GIVE_UP, OUTCOME_DEFERRED, "",
	UNNOTIFIED_GIVEN_UP},
    {1, 0, OUTCOME_DEFERRED, "4.4.1", 0},
    {1, 0, OUTCOME_AMBIGUOUS, "", 0},
    {1, 0, OUTCOME_SENT, "", 0},
};

START_TEST(the_practice_is_told_why)
{
	uint64_t n =
	    leased(&p.client, OUTBOX_MESSAGE, ends[_i].attempts, ends[_i].age);

	(void)apply(n, ends[_i].outcome, ends[_i].code, NOW);
	if (ends[_i].reason == 0)
		ck_unnotified(0, 0, "");
	else
		ck_unnotified(NOW, ends[_i].reason, ends[_i].code);
}
END_TEST

/* The count of unclear ends is no code. */
START_TEST(unclear_ends_are_given_up)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	char to[64];

	(void)practice_address(&p, &p.client, "one@x.org", ADDRESS_GOOD);
	do
		ck_assert_int_eq(take(n, NOW, to), 0);
	while (apply(n, OUTCOME_AMBIGUOUS, "", NOW) != OUTBOX_FAILED);
	ck_unnotified(NOW, UNNOTIFIED_GIVEN_UP, "");
}
END_TEST

START_TEST(leases_that_are_not_answered_are_given_up)
{
	uint64_t n = leased(
	    &p.client, OUTBOX_MESSAGE, LEASE_GIVE_UP_TRIES, LEASE_GIVE_UP);
	char to[64];

	ck_assert_int_eq(take(n, NOW, to), LEASE_NONE);
	ck_unnotified(NOW, UNNOTIFIED_GIVEN_UP, "");
}
END_TEST

/* Never, or no more: then the last try's code says nothing, either. */
START_TEST(who_has_no_address_in_use_is_said_so)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	address_auto struct address a = {0};
	outbox_row_auto struct outbox_row row = {0};
	char to[64];

	if (_i == 1) {
		(void)practice_address(
		    &p, &p.client, "one@x.org", ADDRESS_GOOD);
		ck_assert_int_eq(take(n, NOW, to), 0);
		ck_assert_int_eq(
		    apply(n, OUTCOME_DEFERRED, "4.2.2", NOW), OUTBOX_DEFERRED);
		ck_assert_int_eq(outbox_get(p.s.txn, n, &row), 0);
		ck_assert_int_eq(
		    address_get(p.s.txn, &p.client, &row.address, &a), 0);
		a.state = ADDRESS_STOPPED;
		ck_assert_int_eq(address_put(p.s.txn, &a), 0);
	}
	ck_assert_int_eq(take(n, NOW + 7, to), LEASE_NONE);
	ck_unnotified(
	    NOW + 7, _i == 1 ? UNNOTIFIED_STOPPED : UNNOTIFIED_NO_ADDRESS, "");
}
END_TEST

START_TEST(it_is_since_the_first_and_as_the_last)
{
	bounce("5.1.1", NOW);
	bounce("5.2.2", NOW + 5);
	ck_unnotified(NOW, UNNOTIFIED_REFUSED, "5.2.2");
	ck_assert_uint_eq(practice_look(&p, true).count, 1);
	temp_reopen(&p.s);
	ck_unnotified(NOW, UNNOTIFIED_REFUSED, "5.2.2");
}
END_TEST

/* The event in the thread is said once; beside it, it is true again. */
START_TEST(it_is_set_again_after_it_was_over)
{
	uint64_t n = leased(&p.client, OUTBOX_MESSAGE, 1, 0);

	bounce("5.1.1", NOW);
	ck_assert_int_eq(apply(n, OUTCOME_SENT, "", NOW + 1), OUTBOX_SENT);
	ck_unnotified(0, 0, "");
	bounce("5.1.1", NOW + 2);
	ck_unnotified(NOW + 2, UNNOTIFIED_REFUSED, "5.1.1");
	ck_assert_uint_eq(practice_look(&p, true).count, 1);
}
END_TEST

static const struct {
	bool client;
	enum outbox_kind kind;
	bool over;
} sent[] = {
    {true, OUTBOX_MESSAGE, true},
    {true, OUTBOX_PROMPT, false},
    {false, OUTBOX_MESSAGE, false},
    {false, OUTBOX_ANSWERED, false},
};

/* What tells the client that something is new, and nothing else. */
START_TEST(a_mail_that_was_sent_ends_it)
{
	uint64_t n = leased(
	    sent[_i].client ? &p.client : &p.provider, sent[_i].kind, 1, 0);

	bounce("5.1.1", NOW);
	ck_assert_int_eq(apply(n, OUTCOME_SENT, "", NOW), OUTBOX_SENT);
	ck_assert((unnotified().since == 0) == sent[_i].over);
}
END_TEST

START_TEST(a_mail_of_another_thread_does_not)
{
	struct id doctor = practice_person(&p, ROLE_PROVIDER, "p-2");
	struct id mine = p.thread;
	uint64_t n;

	bounce("5.1.1", NOW);
	p.thread = practice_thread(&p, &p.client, &doctor);
	n = leased(&p.client, OUTBOX_MESSAGE, 1, 0);
	ck_assert_int_eq(apply(n, OUTCOME_SENT, "", NOW), OUTBOX_SENT);
	p.thread = mine;
	ck_unnotified(NOW, UNNOTIFIED_REFUSED, "5.1.1");
}
END_TEST

START_TEST(the_clients_reading_ends_it)
{
	struct thread t;

	bounce("5.1.1", NOW);
	ck_assert_int_eq(thread_get(p.s.txn, &p.thread, &t), 0);
	ck_assert_int_eq(thread_read(p.s.txn, &t, &p.provider, t.count), 0);
	ck_unnotified(NOW, UNNOTIFIED_REFUSED, "5.1.1");
	ck_assert_int_eq(thread_read(p.s.txn, &t, &p.client, t.count), 0);
	ck_unnotified(0, 0, "");
}
END_TEST

START_TEST(of_a_provider_nothing_is_said)
{
	uint64_t n = leased(&p.provider, OUTBOX_MESSAGE, 1, 0);

	ck_assert_int_eq(apply(n, OUTCOME_FAILED, "5.1.1", NOW), OUTBOX_FAILED);
	ck_unnotified(0, 0, "");
	ck_assert_uint_eq(practice_look(&p, true).count, 0);
}
END_TEST

static void
add_unnotified(TCase *t)
{
	tcase_add_loop_test(
	    t, the_practice_is_told_why, 0, (int)PN_ARRAY_LEN(ends));
	tcase_add_test(t, unclear_ends_are_given_up);
	tcase_add_test(t, leases_that_are_not_answered_are_given_up);
	tcase_add_loop_test(t, who_has_no_address_in_use_is_said_so, 0, 2);
	tcase_add_test(t, it_is_since_the_first_and_as_the_last);
	tcase_add_test(t, it_is_set_again_after_it_was_over);
	tcase_add_loop_test(
	    t, a_mail_that_was_sent_ends_it, 0, (int)PN_ARRAY_LEN(sent));
	tcase_add_test(t, a_mail_of_another_thread_does_not);
	tcase_add_test(t, the_clients_reading_ends_it);
	tcase_add_test(t, of_a_provider_nothing_is_said);
}

int
main(void)
{
	Suite *s = suite_create("lease");
	TCase *t = tcase_create("lease");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_first_good_address_is_taken);
	tcase_add_test(t, a_retry_goes_to_the_same_address_while_it_is_good);
	tcase_add_test(t, who_has_no_address_is_shown_to_the_practice_once);
	tcase_add_test(t, a_provider_without_an_address_makes_no_event);
	tcase_add_test(t, who_takes_no_part_gets_no_mail);
	tcase_add_test(t, a_test_mail_goes_where_it_was_told);
	tcase_add_loop_test(t, mail_about_an_account_is_of_no_thread, 0,
	    (int)PN_ARRAY_LEN(account_kinds));
	tcase_add_loop_test(
	    t, a_result_moves_a_leased_row, 0, (int)PN_ARRAY_LEN(results));
	tcase_add_test(t, what_comes_late_or_twice_changes_nothing);
	tcase_add_test(t, unclear_ends_are_tried_a_few_times);
	tcase_add_test(t, no_bridge_that_comes_and_goes_keeps_a_row_for_ever);
	add_unnotified(t);
	suite_add_tcase(s, t);
	return run_suite(s);
}
