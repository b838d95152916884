/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include "base/clock.h"
#include "daemon/health.h"
#include "tests/unit/run.h"

#define DAY CLOCK_DAY
/* in the middle of a day */
#define NOW (INT64_C(20000) * CLOCK_DAY + CLOCK_DAY / 2)
#define STEPS 6

static const struct health_limits limits = {.returns = 3, .days = 10};

struct step {
	enum health_news news;
	int64_t at; /* after NOW */
	enum address_state state;
	enum address_reason reason;
};

static const struct {
	const char *name;
	struct step steps[STEPS];
} stories[] = {
    {"dead at once", {{HEALTH_DEAD, 0, ADDRESS_STOPPED, ADDRESS_DEAD}}},
    {"a complaint at once",
	{{HEALTH_COMPLAINT, 0, ADDRESS_STOPPED, ADDRESS_COMPLAINT}}},
    {"three mails on one day",
	{{HEALTH_RETURNED, 0, ADDRESS_DOUBTFUL, ADDRESS_FAILING},
	    {HEALTH_RETURNED, 1, ADDRESS_DOUBTFUL, ADDRESS_FAILING},
	    {HEALTH_RETURNED, 2, ADDRESS_DOUBTFUL, ADDRESS_FAILING},
	    {HEALTH_RETURNED, 3, ADDRESS_DOUBTFUL, ADDRESS_FAILING}}},
    {"on three days",
	{{HEALTH_RETURNED, 0, ADDRESS_DOUBTFUL, ADDRESS_FAILING},
	    {HEALTH_RETURNED, 4 * DAY, ADDRESS_DOUBTFUL, ADDRESS_FAILING},
	    {HEALTH_RETURNED, 9 * DAY, ADDRESS_STOPPED, ADDRESS_FAILING}}},
    {"on three days, too far apart",
	{{HEALTH_RETURNED, 0, ADDRESS_DOUBTFUL, ADDRESS_FAILING},
	    {HEALTH_RETURNED, 4 * DAY, ADDRESS_DOUBTFUL, ADDRESS_FAILING},
	    {HEALTH_RETURNED, 10 * DAY, ADDRESS_DOUBTFUL, ADDRESS_FAILING},
	    {HEALTH_RETURNED, 11 * DAY, ADDRESS_STOPPED, ADDRESS_FAILING}}},
    {"dead after doubts",
	{{HEALTH_RETURNED, 0, ADDRESS_DOUBTFUL, ADDRESS_FAILING},
	    {HEALTH_DEAD, 1, ADDRESS_STOPPED, ADDRESS_DEAD}}},
};

START_TEST(each_story_ends_as_it_should)
{
	struct address a = {.state = ADDRESS_GOOD};

	for (size_t i = 0; i < STEPS; i++) {
		const struct step *s = &stories[_i].steps[i];

		if (s->news == HEALTH_NONE)
			break;
		ck_assert(health_note(&a, s->news, 7, &limits, NOW + s->at));
		ck_assert_msg(a.state == s->state && a.reason == s->reason,
		    "%s: step %zu", stories[_i].name, i);
		ck_assert_uint_eq(a.code, 7);
	}
	if (a.state != ADDRESS_STOPPED)
		return;
	/* nothing starts it again, and nothing makes it worse */
	for (int n = HEALTH_NONE; n <= HEALTH_COMPLAINT; n++)
		ck_assert(!health_note(
		    &a, (enum health_news)n, 9, &limits, NOW + 99 * DAY));
	ck_assert(!health_usable(&a));
	ck_assert(health_restart(&a, NOW + 100 * DAY));
	ck_assert(health_usable(&a));
	ck_assert_int_eq(a.since, NOW + 100 * DAY);
	ck_assert(!health_restart(&a, NOW + 101 * DAY));
	/* and what was does not count any more */
	ck_assert(
	    health_note(&a, HEALTH_RETURNED, 7, &limits, NOW + 101 * DAY));
	ck_assert_int_eq(a.state, ADDRESS_DOUBTFUL);
}
END_TEST

START_TEST(since_is_when_it_began)
{
	struct address a = {.state = ADDRESS_GOOD};

	(void)health_note(&a, HEALTH_RETURNED, 7, &limits, NOW);
	(void)health_note(&a, HEALTH_RETURNED, 7, &limits, NOW + DAY);
	ck_assert_int_eq(a.since, NOW);
	(void)health_note(&a, HEALTH_RETURNED, 7, &limits, NOW + 2 * DAY);
	ck_assert_int_eq(a.since, NOW + 2 * DAY);
}
END_TEST

START_TEST(only_an_address_in_use_has_news)
{
	static const enum address_state states[] = {
	    ADDRESS_UNCONFIRMED, ADDRESS_REPLACED, ADDRESS_STOPPED};

	for (size_t i = 0; i < PN_ARRAY_LEN(states); i++) {
		struct address a = {.state = states[i]};

		ck_assert(!health_usable(&a));
		ck_assert(!health_note(&a, HEALTH_DEAD, 7, &limits, NOW));
		ck_assert_int_eq(a.state, states[i]);
	}
}
END_TEST

START_TEST(every_state_has_a_word)
{
	static const char *const words[] = {
	    "good", "stopped", "doubtful", "unconfirmed", "replaced"};

	for (int i = 0; i < 5; i++)
		ck_assert_str_eq(
		    health_state_word((enum address_state)(i + 1)), words[i]);
	/* what a later release may write is nothing to write to */
	ck_assert_str_eq(health_state_word((enum address_state)99), "stopped");
	ck_assert_ptr_null(health_reason_word(ADDRESS_FINE));
	ck_assert_str_eq(health_reason_word(ADDRESS_FAILING), "failing");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("health");
	TCase *t = tcase_create("health");

	tcase_add_loop_test(
	    t, each_story_ends_as_it_should, 0, (int)PN_ARRAY_LEN(stories));
	tcase_add_test(t, since_is_when_it_began);
	tcase_add_test(t, only_an_address_in_use_has_news);
	tcase_add_test(t, every_state_has_a_word);
	suite_add_tcase(s, t);
	return run_suite(s);
}
