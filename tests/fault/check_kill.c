/* SPDX-License-Identifier: Apache-2.0 */

/*
 * kill -9 at any moment: what the process acknowledged before it died is
 * there when the store is opened again. It cannot see a missing sync (the
 * kernel still writes what it was given); what it must catch is an
 * acknowledgement before the commit. POSTERN_KILLS sets the rounds.
 */

#include "config.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "tests/fault/posting.h"
#include "tests/unit/run.h"

#define KILLS 25
#define MANY 1000000

static struct place place;
static int acks;

static void
write_ack(uint64_t number)
{
	if (write(acks, &number, sizeof(number)) != sizeof(number))
		_exit(EXIT_FAILURE);
}

static void
pause_ms(unsigned ms)
{
	struct timespec t = {.tv_nsec = (long)ms * 1000000};

	(void)nanosleep(&t, NULL);
}

/* Runs it, kills it, and gives the last number it acknowledged. */
static uint64_t
run_and_kill(bool early)
{
	struct posting p = {.count = MANY, .ack = write_ack, .early = early};
	uint64_t number, last = 0;
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		acks = ends[1];
		(void)close(ends[0]);
		posting_run(&place, &p);
		_exit(EXIT_SUCCESS);
	}
	(void)close(ends[1]);
	/* it has begun, and then any moment */
	ck_assert_int_eq(
	    read(ends[0], &last, sizeof(last)), (ssize_t)sizeof(last));
	pause_ms((unsigned)rand() % 40);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	while (
	    read(ends[0], &number, sizeof(number)) == (ssize_t)sizeof(number))
		last = number;
	(void)close(ends[0]);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	return last;
}

static size_t
kill_often(bool early, unsigned seen[static VERDICTS])
{
	const char *wish = getenv("POSTERN_KILLS");
	size_t n = wish == NULL ? KILLS : strtoul(wish, NULL, 10);

	ck_assert_uint_gt(n, 0);
	posting_make(&place);
	for (size_t i = 0; i < n; i++) {
		uint64_t acked;

		srand((unsigned)i + 1);
		acked = run_and_kill(early);
		seen[posting_verdict(&place, acked)]++;
	}
	printf("%s: %zu kills, %u unopenable, %u broken, %u lost\n",
	    early ? "told early" : "told late", n, seen[UNOPENABLE],
	    seen[BROKEN], seen[LOST]);
	return n;
}

static void
setup(void)
{
	place_make(&place);
}

static void
teardown(void)
{
	place_remove(&place);
}

START_TEST(what_was_acknowledged_is_there)
{
	unsigned seen[VERDICTS] = {0};
	size_t n = kill_often(false, seen);

	ck_assert_uint_eq(seen[SOUND], n);
}
END_TEST

START_TEST(an_early_acknowledgement_is_caught)
{
	unsigned seen[VERDICTS] = {0};
	size_t n = kill_often(true, seen);

	ck_assert_uint_gt(seen[LOST], 0);
	ck_assert_uint_eq(seen[SOUND] + seen[LOST], n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("kill");
	TCase *tc = tcase_create("kill");

	tcase_set_timeout(tc, 3600);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_was_acknowledged_is_there);
	tcase_add_test(tc, an_early_acknowledgement_is_caught);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
