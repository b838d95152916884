/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <gmime/gmime.h>
#include "base/clock.h"
#include "bridge/child.h"
#include "bridge/parser.h"
#include "tests/unit/family.h"
#include "tests/unit/run.h"

static const struct trace_own own = {
    .from = "portal@practice.example",
    .style = {.domain = "reply.practice.example"},
};
static const struct classify_envelope envelope = {.null_sender = false};

static const char person[] =
    "From: =?iso-2022-jp?B?GyRCJCIkaiQsJEgkJhsoQg==?= <a@b.example>\r\n"
    "Subject: =?koi8-r?Q?=F0=D2=C9=D7=C5=D4?=\r\n"
    "\r\n"
    "hello\r\n";
static const char bounce[] = "From: mailer-daemon@b.example\r\n"
			     "Content-Type: multipart/report; boundary=x\r\n"
			     "\r\n"
			     "--x\r\nContent-Type: message/delivery-status\r\n"
			     "\r\n"
			     "Action: failed\r\nStatus: 5.1.1\r\n"
			     "\r\n"
			     "--x--\r\n";

static struct parser *
start(void)
{
	struct parser *p = NULL;

	ck_assert_int_eq(parser_start(&own, &p), 0);
	return p;
}

static void
expect(struct parser *p, const char *mail, size_t len, enum verdict_kind kind)
{
	struct verdict v;

	ck_assert_int_eq(
	    parser_judge(p, &envelope, (const uint8_t *)mail, len, &v), 0);
	ck_assert_str_eq(verdict_kind_name(v.kind), verdict_kind_name(kind));
}

#define EXPECT(p, mail, kind) expect(p, mail, sizeof(mail) - 1, kind)

START_TEST(test_verdicts)
{
	struct parser *p = start();

	EXPECT(p, person, VERDICT_PERSON);
	EXPECT(p, bounce, VERDICT_BOUNCE);
	expect(p, "", 0, VERDICT_MALFORMED);
	parser_stop(&p);
	ck_assert_ptr_null(p);
}
END_TEST

/* A mail beyond the ceiling is judged by its beginning. */
START_TEST(test_long_mail)
{
	struct parser *p = start();
	const size_t len = CLASSIFY_MAIL_MAX * 2;
	char *mail = malloc(len);

	ck_assert_ptr_nonnull(mail);
	memset(mail, 'x', len);
	memcpy(mail, person, sizeof(person) - 1);
	expect(p, mail, len, VERDICT_PERSON);
	free(mail);
	parser_stop(&p);
}
END_TEST

/* One child takes CHILD_MAILS_MAX mails, and then another one comes. */
START_TEST(test_replaced)
{
	struct parser *p = start();
	pid_t first[FAMILY_MAX], pids[FAMILY_MAX];

	EXPECT(p, person, VERDICT_PERSON);
	family_settle(first, 1);
	for (unsigned i = 2; i < CHILD_MAILS_MAX; i++)
		EXPECT(p, person, VERDICT_PERSON);
	family_settle(pids, 1);
	ck_assert_int_eq(pids[0], first[0]);
	EXPECT(p, person, VERDICT_PERSON);
	EXPECT(p, person, VERDICT_PERSON);
	family_settle(pids, 1);
	ck_assert_int_ne(pids[0], first[0]);
	parser_stop(&p);
}
END_TEST

/* Nor does a child stay behind with the last mail in its memory. */
START_TEST(test_idle)
{
	struct parser *p = start();
	pid_t pids[FAMILY_MAX];

	EXPECT(p, person, VERDICT_PERSON);
	family_settle(pids, 1);
	ck_assert_int_eq(poll(NULL, 0, CHILD_IDLE + 1000), 0);
	family_settle(pids, 0);
	EXPECT(p, bounce, VERDICT_BOUNCE);
	family_settle(pids, 1);
	parser_stop(&p);
}
END_TEST

/* Whatever happens to a child, the next mail has its verdict at once. */
START_TEST(test_killed)
{
	struct parser *p = start();
	pid_t pids[FAMILY_MAX];
	unsigned late = 0;
	int64_t begun;

	for (unsigned i = 0; i < 20 + late; i++) {
		EXPECT(p, person, VERDICT_PERSON);
		family_settle(pids, 1);
		ck_assert_int_eq(kill(pids[0], SIGKILL), 0);
		begun = clock_boot();
		EXPECT(p, bounce, VERDICT_BOUNCE);
		if (clock_boot() - begun >= 100)
			late++;
	}
	/* of a machine that does other things now and then, not of a parser */
	ck_assert_uint_le(late, 2);
	parser_stop(&p);
}
END_TEST

/* One that hangs is given up in time, and does not stay behind. */
START_TEST(test_hanging)
{
	struct parser *p = start();
	pid_t pids[FAMILY_MAX];
	pid_t hung;
	int64_t begun;

	EXPECT(p, person, VERDICT_PERSON);
	family_settle(pids, 1);
	hung = pids[0];
	ck_assert_int_eq(kill(hung, SIGSTOP), 0);
	begun = clock_boot();
	EXPECT(p, person, VERDICT_PERSON);
	ck_assert_int_ge(clock_boot() - begun, PARSER_TIMEOUT);
	ck_assert_int_lt(clock_boot() - begun, PARSER_TIMEOUT + 1000);
	family_settle(pids, 1);
	ck_assert_int_ne(pids[0], hung);
	parser_stop(&p);
}
END_TEST

struct job {
	struct parser *parser;
	bool good;
};

static void *
many(void *context)
{
	struct job *job = context;

	job->good = true;
	for (unsigned i = 0; i < 300; i++) {
		bool odd = i % 2 == 1;
		const char *mail = odd ? bounce : person;
		size_t len = odd ? sizeof(bounce) - 1 : sizeof(person) - 1;
		struct verdict v;

		if (parser_judge(job->parser, &envelope, (const uint8_t *)mail,
			len, &v) != 0 ||
		    v.kind != (odd ? VERDICT_BOUNCE : VERDICT_PERSON))
			job->good = false;
	}
	return NULL;
}

START_TEST(test_threads)
{
	struct job jobs[PARSER_CHILDREN * 2];
	pthread_t threads[PARSER_CHILDREN * 2];
	struct parser *p = start();
	pid_t pids[FAMILY_MAX];

	for (size_t i = 0; i < PN_ARRAY_LEN(jobs); i++) {
		jobs[i].parser = p;
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, many, &jobs[i]), 0);
	}
	for (size_t i = 0; i < PN_ARRAY_LEN(jobs); i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert(jobs[i].good);
	}
	ck_assert_uint_le(family_grandchildren(pids), PARSER_CHILDREN);
	parser_stop(&p);
}
END_TEST

/* When the server is gone there is no verdict, rather than a wrong one. */
START_TEST(test_no_server)
{
	struct parser *p = start();
	pid_t pids[FAMILY_MAX];
	struct verdict v;
	struct pollfd pfd = {0};

	pfd.fd = parser_fd(p);
	ck_assert_int_eq(poll(&pfd, 1, 0), 0);
	ck_assert_uint_eq(family_children(getpid(), pids), 1);
	ck_assert_int_eq(kill(pids[0], SIGKILL), 0);
	ck_assert_int_eq(poll(&pfd, 1, 5000), 1);
	ck_assert_int_ne(pfd.revents & POLLHUP, 0);
	ck_assert_int_lt(parser_judge(p, &envelope, (const uint8_t *)person,
			     sizeof(person) - 1, &v),
	    0);
	parser_stop(&p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("parser");
	TCase *t = tcase_create("parser");

	g_mime_init();
	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_verdicts);
	tcase_add_test(t, test_long_mail);
	tcase_add_test(t, test_replaced);
	tcase_add_test(t, test_idle);
	tcase_add_test(t, test_killed);
	tcase_add_test(t, test_hanging);
	tcase_add_test(t, test_threads);
	tcase_add_test(t, test_no_server);
	suite_add_tcase(s, t);
	return run_suite(s);
}
