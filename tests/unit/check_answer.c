/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <sodium.h>
#include "daemon/answer.h"
#include "daemon/lease.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_practice.h"

static const struct answer_limits limits = {
    .token_days = 90,
    .prompt_per_day = 1,
    .prompt_per_week = 5,
    .health = {.returns = 3, .days = 10},
};

static struct practice p;

static void
setup(void)
{
	practice_make(&p);
	(void)practice_address(&p, &p.client, "client@x.org", ADDRESS_GOOD);
	(void)practice_address(&p, &p.provider, "provider@x.org", ADDRESS_GOOD);
}

static void
teardown(void)
{
	temp_remove(&p.s);
}

static struct answer_result
answer(uint64_t number, enum token_label label, enum inbound_kind kind,
    int64_t now)
{
	struct answer a = {
	    .kind = kind,
	    .label = label,
	    .token = {.number = number, .salt = 4711},
	    .hard = true,
	};
	struct answer_result res;

	ck_assert_int_eq(answer_apply(p.s.txn, &a, &limits, now, &res), 0);
	return res;
}

static struct answer_result
by_person(uint64_t number, int64_t now)
{
	return answer(number, TOKEN_REPLY, INBOUND_PERSON, now);
}

START_TEST(a_client_who_answers_is_prompted_and_the_provider_learns)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	outbox_row_auto struct outbox_row told = {0}, prompt = {0};
	struct answer_result res = by_person(n, NOW + CLOCK_MINUTE);
	struct practice_events seen;

	ck_assert(res.told && res.prompted && !res.failed);
	ck_assert(id_equal(&res.person, &p.client));
	ck_assert(id_equal(&res.thread, &p.thread));
	ck_assert_uint_eq(res.made, 2);
	ck_assert_int_eq(outbox_get(p.s.txn, res.numbers[0], &told), 0);
	ck_assert_int_eq(told.kind, OUTBOX_ANSWERED);
	ck_assert(id_equal(&told.person, &p.provider));
	ck_assert_int_eq(outbox_get(p.s.txn, res.numbers[1], &prompt), 0);
	ck_assert_int_eq(prompt.kind, OUTBOX_PROMPT);
	ck_assert(id_equal(&prompt.person, &p.client));
	ck_assert_uint_eq(prompt.answers, n);
	ck_assert_int_eq(prompt.due, NOW + CLOCK_MINUTE);
	seen = practice_look(&p, false);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_int_eq(seen.newest, EVENT_ANSWERED_BY_MAIL);
	ck_assert(id_equal(&seen.about, &p.client));
	/* the notification itself is as it was */
	ck_assert_int_eq(practice_state(&p, n), OUTBOX_PENDING);
}
END_TEST

START_TEST(the_prompt_goes_where_the_notification_went)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	struct id second =
	    practice_address(&p, &p.client, "second@x.org", ADDRESS_GOOD);
	outbox_row_auto struct outbox_row row = {0}, prompt = {0};
	lease_auto struct lease l = {0};
	struct answer_result res;

	ck_assert_int_eq(outbox_get(p.s.txn, n, &row), 0);
	row.address = second;
	ck_assert_int_eq(outbox_put(p.s.txn, &row), 0);
	res = by_person(n, NOW);
	ck_assert_int_eq(
	    outbox_get(p.s.txn, res.numbers[res.made - 1], &prompt), 0);
	ck_assert(id_equal(&prompt.address, &second));
	ck_assert_int_eq(lease_take(p.s.txn, prompt.number, NOW, &l), 0);
	ck_assert_str_eq(secret_text(&l.to), "second@x.org");
}
END_TEST

START_TEST(limits_hold_and_survive_a_restart)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	struct answer_result res;

	ck_assert(by_person(n, NOW).prompted);
	temp_reopen(&p.s);
	res = by_person(n, NOW + 9 * CLOCK_MINUTE);
	ck_assert(!res.told && !res.prompted);
	ck_assert_uint_eq(res.made, 0);
	res = by_person(n, NOW + 11 * CLOCK_MINUTE);
	ck_assert(res.told && !res.prompted);
	ck_assert_uint_eq(res.made, 1);
	/* another token of the same person is no way around */
	n = practice_notice(&p, &p.client, NOW + 12 * CLOCK_MINUTE);
	res = by_person(n, NOW + 13 * CLOCK_MINUTE);
	ck_assert(!res.told && !res.prompted);
	temp_reopen(&p.s);
	ck_assert(!by_person(n, NOW + 23 * CLOCK_HOUR).prompted);
	ck_assert(by_person(n, NOW + 25 * CLOCK_HOUR).prompted);
}
END_TEST

START_TEST(five_prompts_a_week_to_one_address_whosever_it_is)
{
	int prompts = 0;

	for (int i = 0; i < 9; i++) {
		char id[16];
		struct id who;
		uint64_t n;

		(void)snprintf(id, sizeof(id), "family-%d", i);
		who = practice_person(&p, ROLE_CLIENT, id);
		(void)practice_address(&p, &who, "family@x.org", ADDRESS_GOOD);
		p.thread = practice_thread(&p, &who, &p.provider);
		n = practice_notice(&p, &who, NOW);
		prompts += by_person(n, NOW + i * CLOCK_MINUTE).prompted;
	}
	ck_assert_int_eq(prompts, 5);
}
END_TEST

START_TEST(a_clock_set_back_silences_nobody_for_long)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);

	ck_assert(by_person(n, NOW + 3650 * CLOCK_DAY).prompted);
	ck_assert(by_person(n, NOW).told);
}
END_TEST

START_TEST(a_provider_who_answers_is_seen_by_the_practice_only)
{
	uint64_t n = practice_notice(&p, &p.provider, NOW);
	struct answer_result res = by_person(n, NOW);

	ck_assert(res.told && res.prompted);
	ck_assert_uint_eq(res.made, 1);
	ck_assert_uint_eq(practice_look(&p, true).count, 1);
	ck_assert_uint_eq(practice_look(&p, false).count, 0);
}
END_TEST

START_TEST(an_old_token_still_counts_as_an_answer)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	struct answer_result res = by_person(n, NOW + 400 * CLOCK_DAY);

	ck_assert(res.told && res.prompted);
}
END_TEST

START_TEST(a_disabled_participant_s_mail_is_dropped)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	struct answer_result res;

	practice_set_active(&p, &p.client, false);
	res = by_person(n, NOW);
	ck_assert(!res.told && !res.prompted && res.made == 0);
	res = answer(n, TOKEN_BOUNCE, INBOUND_BOUNCE, NOW);
	ck_assert(!res.failed);
	ck_assert_uint_eq(practice_look(&p, true).count, 0);
}
END_TEST

START_TEST(a_token_of_another_store_s_past_leads_nowhere)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	struct answer a = {
	    .kind = INBOUND_PERSON,
	    .label = TOKEN_REPLY,
	    .token = {.number = n, .salt = 1},
	};
	struct answer_result res;
	uint64_t before = store_changes(p.s.txn);

	ck_assert_int_eq(answer_apply(p.s.txn, &a, &limits, NOW, &res), 0);
	ck_assert(id_is_nil(&res.person));
	a.token.number = 999999;
	ck_assert_int_eq(answer_apply(p.s.txn, &a, &limits, NOW, &res), 0);
	ck_assert(id_is_nil(&res.person));
	ck_assert_uint_eq(store_changes(p.s.txn), before);
}
END_TEST

START_TEST(a_hard_bounce_fails_its_own_notification)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	uint64_t other = practice_notice(&p, &p.client, NOW);
	struct answer_result res;

	/* not by a reply token, not when it is too old */
	ck_assert(!answer(n, TOKEN_REPLY, INBOUND_BOUNCE, NOW).failed);
	ck_assert(!answer(n, TOKEN_BOUNCE, INBOUND_BOUNCE, NOW + 91 * CLOCK_DAY)
		       .failed);
	res = answer(n, TOKEN_BOUNCE, INBOUND_BOUNCE, NOW + CLOCK_HOUR);
	ck_assert(res.failed && !res.prompted && res.made == 0);
	ck_assert_int_eq(practice_state(&p, n), OUTBOX_FAILED);
	ck_assert_int_eq(practice_state(&p, other), OUTBOX_PENDING);
	ck_assert_uint_eq(practice_look(&p, true).count, 1);
	ck_assert_uint_eq(practice_look(&p, false).count, 0);
	/* again: nothing new */
	ck_assert(!answer(n, TOKEN_BOUNCE, INBOUND_BOUNCE, NOW).failed);
	ck_assert_uint_eq(practice_look(&p, true).count, 1);
}
END_TEST

/* Of the notification's address, which is its client's only one. */
static struct address
leased_address(uint64_t n)
{
	lease_auto struct lease l = {0};
	outbox_row_auto struct outbox_row row = {0};
	struct address a = {0};

	if (practice_state(&p, n) == OUTBOX_PENDING)
		ck_assert_int_eq(lease_take(p.s.txn, n, NOW, &l), 0);
	ck_assert_int_eq(outbox_get(p.s.txn, n, &row), 0);
	ck_assert_int_eq(address_get(p.s.txn, &p.client, &row.address, &a), 0);
	return a;
}

static struct thread_unnotified
unnotified(void)
{
	struct thread t;

	ck_assert_int_eq(thread_get(p.s.txn, &p.thread, &t), 0);
	return t.unnotified;
}

static const struct {
	enum inbound_kind kind;
	enum address_reason reason;
	enum unnotified_reason why; /* of the next notification */
} ends[] = {
    {INBOUND_BOUNCE, ADDRESS_DEAD, UNNOTIFIED_STOPPED},
    {INBOUND_COMPLAINT, ADDRESS_COMPLAINT, UNNOTIFIED_COMPLAINT},
};

START_TEST(a_dead_or_unwilling_address_is_stopped)
{
	uint64_t n = practice_notice(&p, &p.client, NOW), next;
	address_auto struct address a = leased_address(n);
	lease_auto struct lease l = {0};

	ck_assert(answer(n, TOKEN_MESSAGE_ID, ends[_i].kind, NOW).failed);
	address_fini(&a);
	a = leased_address(n);
	ck_assert_int_eq(a.state, ADDRESS_STOPPED);
	ck_assert_int_eq(a.reason, ends[_i].reason);
	ck_assert_int_ne(unnotified().since, 0);
	next = practice_notice(&p, &p.client, NOW);
	ck_assert_int_eq(lease_take(p.s.txn, next, NOW, &l), LEASE_NONE);
	ck_assert_int_eq(practice_state(&p, next), OUTBOX_FAILED);
	ck_assert_int_eq(unnotified().reason, ends[_i].why);
}
END_TEST

/* Some systems send it to the envelope sender, some to the Reply-To. */
START_TEST(a_challenge_holds_the_notification_back)
{
	static const enum token_label labels[] = {
	    TOKEN_BOUNCE, TOKEN_MESSAGE_ID, TOKEN_REPLY};
	uint64_t n = practice_notice(&p, &p.client, NOW);
	address_auto struct address a = leased_address(n);
	struct answer_result res;

	res = answer(n, labels[_i], INBOUND_CHALLENGE, NOW);
	ck_assert(res.failed && !res.told && !res.prompted);
	ck_assert_int_eq(practice_state(&p, n), OUTBOX_FAILED);
	ck_assert_int_eq(unnotified().reason, UNNOTIFIED_CHALLENGE);
	address_fini(&a);
	a = leased_address(n);
	ck_assert_int_eq(a.state, ADDRESS_GOOD);
	ck_assert(!answer(n, labels[_i], INBOUND_CHALLENGE, NOW).failed);
}
END_TEST

START_TEST(a_second_address_gets_what_the_first_could_not)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	address_auto struct address a = leased_address(n);
	struct id second =
	    practice_address(&p, &p.client, "second@x.org", ADDRESS_GOOD);
	struct answer_result res;
	lease_auto struct lease l = {0};

	res = answer(n, TOKEN_BOUNCE, INBOUND_BOUNCE, NOW);
	ck_assert_uint_eq(res.made, 1);
	ck_assert_int_eq(practice_state(&p, n), OUTBOX_FAILED);
	/* nobody has to be told */
	ck_assert_int_eq(unnotified().since, 0);
	ck_assert_int_eq(lease_take(p.s.txn, res.numbers[0], NOW, &l), 0);
	ck_assert_str_eq(secret_text(&l.to), "second@x.org");
	ck_assert_uint_ne(l.salt, 0);
	/* the first report, once more, is not about the second address */
	ck_assert(!answer(n, TOKEN_BOUNCE, INBOUND_BOUNCE, NOW).failed);
	address_fini(&a);
	ck_assert_int_eq(address_get(p.s.txn, &p.client, &second, &a), 0);
	ck_assert_int_eq(a.state, ADDRESS_GOOD);
}
END_TEST

START_TEST(mail_that_comes_back_day_by_day_stops_it)
{
	for (int day = 0; day < 3; day++) {
		uint64_t n =
		    practice_notice(&p, &p.client, NOW + day * CLOCK_DAY);
		address_auto struct address a = leased_address(n);
		struct answer back = {
		    .kind = INBOUND_BOUNCE,
		    .label = TOKEN_BOUNCE,
		    .token = {.number = n, .salt = 4711},
		};
		struct answer_result res;

		ck_assert_int_eq(
		    a.state, day == 0 ? ADDRESS_GOOD : ADDRESS_DOUBTFUL);
		ck_assert_int_eq(answer_apply(p.s.txn, &back, &limits,
				     NOW + day * CLOCK_DAY, &res),
		    0);
		ck_assert(res.failed);
		ck_assert_int_eq(unnotified().since, NOW);
		address_fini(&a);
		a = leased_address(n);
		ck_assert_int_eq(
		    a.state, day < 2 ? ADDRESS_DOUBTFUL : ADDRESS_STOPPED);
	}
}
END_TEST

START_TEST(without_a_good_address_there_is_no_prompt)
{
	struct id who = practice_person(&p, ROLE_CLIENT, "c-2");
	struct answer_result res;
	uint64_t n;

	(void)practice_address(&p, &who, "dead@x.org", ADDRESS_STOPPED);
	p.thread = practice_thread(&p, &who, &p.provider);
	n = practice_notice(&p, &who, NOW);
	res = by_person(n, NOW);
	ck_assert(res.told && !res.prompted);
	ck_assert_uint_eq(res.made, 1);
}
END_TEST

START_TEST(no_machine_s_mail_leaves_more_than_a_count)
{
	uint64_t n = practice_notice(&p, &p.client, NOW);
	uint64_t before = store_changes(p.s.txn);

	for (int kind = INBOUND_AUTO_REPLY; kind <= INBOUND_MALFORMED; kind++) {
		if (kind == INBOUND_CALENDAR || kind == INBOUND_CHALLENGE)
			continue;
		(void)answer(n, TOKEN_REPLY, (enum inbound_kind)kind, NOW);
		if (kind != INBOUND_BOUNCE && kind != INBOUND_COMPLAINT)
			(void)answer(
			    n, TOKEN_BOUNCE, (enum inbound_kind)kind, NOW);
	}
	ck_assert_uint_eq(store_changes(p.s.txn), before);
}
END_TEST

/* It goes to somebody at the practice, who need not take part. */
START_TEST(a_summary_that_comes_back_has_failed)
{
	outbox_row_auto struct outbox_row row = {
	    .number = store_number(p.s.txn),
	    .salt = 4711,
	    .kind = OUTBOX_SUMMARY,
	    .state = OUTBOX_SENT,
	    .created = NOW,
	};
	struct answer_result res;

	ck_assert_int_eq(secret_replace(&row.to, "office@x.org"), 0);
	ck_assert_int_eq(outbox_add(p.s.txn, &row), 0);
	res = by_person(row.number, NOW);
	ck_assert(!res.told && !res.prompted && !res.failed && res.made == 0);
	ck_assert_int_eq(practice_state(&p, row.number), OUTBOX_SENT);
	res = answer(row.number, TOKEN_BOUNCE, INBOUND_BOUNCE, NOW);
	ck_assert(!res.told && !res.prompted && res.failed && res.made == 0);
	ck_assert(id_is_nil(&res.person) && id_is_nil(&res.thread));
	ck_assert_int_eq(practice_state(&p, row.number), OUTBOX_FAILED);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("answer");
	TCase *t = tcase_create("answer");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(
	    t, a_client_who_answers_is_prompted_and_the_provider_learns);
	tcase_add_test(t, the_prompt_goes_where_the_notification_went);
	tcase_add_test(t, limits_hold_and_survive_a_restart);
	tcase_add_test(t, five_prompts_a_week_to_one_address_whosever_it_is);
	tcase_add_test(t, a_clock_set_back_silences_nobody_for_long);
	tcase_add_test(t, a_provider_who_answers_is_seen_by_the_practice_only);
	tcase_add_test(t, an_old_token_still_counts_as_an_answer);
	tcase_add_test(t, a_disabled_participant_s_mail_is_dropped);
	tcase_add_test(t, a_token_of_another_store_s_past_leads_nowhere);
	tcase_add_test(t, a_hard_bounce_fails_its_own_notification);
	tcase_add_loop_test(t, a_dead_or_unwilling_address_is_stopped, 0,
	    (int)PN_ARRAY_LEN(ends));
	tcase_add_loop_test(t, a_challenge_holds_the_notification_back, 0, 3);
	tcase_add_test(t, a_second_address_gets_what_the_first_could_not);
	tcase_add_test(t, mail_that_comes_back_day_by_day_stops_it);
	tcase_add_test(t, without_a_good_address_there_is_no_prompt);
	tcase_add_test(t, no_machine_s_mail_leaves_more_than_a_count);
	tcase_add_test(t, a_summary_that_comes_back_has_failed);
	suite_add_tcase(s, t);
	return run_suite(s);
}
