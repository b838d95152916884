/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <curl/curl.h>
#include <gmime/gmime.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/socket.h"
#include "bridge/compose.h"
#include "bridge/door.h"
#include "tests/unit/run.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567abcdef"
#define OURS "<r-" TOKEN "@reply.practice.example>"
#define BOUNCE "<b-" TOKEN "@reply.practice.example>"
#define PATH_LEN 100

/* A posternd that says what it is told to, and notes what it was asked. */
struct mock {
	const char *recipient; /* status line and body; NULL: hang up */
	const char *inbound;
	int listener;
	pthread_t thread;
	atomic_uint asked;
	atomic_uint handed;
	char last[1024]; /* body of the last verdict */
};

struct place {
	char dir[64];
	char bridge[PATH_LEN];
	struct mock mock;
	struct parser *parser;
	struct door *door;
	int lmtp;
	char lmtp_path[PATH_LEN];
	pthread_t acceptor;
	atomic_bool stop;
};

#define YES "200 OK\r\nContent-Length: 15\r\n\r\n{\"accept\":true}"
#define NO "200 OK\r\nContent-Length: 16\r\n\r\n{\"accept\":false}"
#define KEPT "200 OK\r\nContent-Length: 17\r\n\r\n{\"recorded\":true}"
#define LOST "200 OK\r\nContent-Length: 18\r\n\r\n{\"recorded\":false}"
#define BUSY "429 No\r\nContent-Length: 2\r\n\r\n{}"
#define BROKEN "500 No\r\nContent-Length: 2\r\n\r\n{}"
#define NONSENSE "200 OK\r\nContent-Length: 4\r\n\r\nyes!"

static bool
mock_turn(struct mock *m, FILE *f)
{
	char line[1024];
	char body[1024] = "";
	size_t len = 0;
	bool inbound = false;
	const char *answer;

	while (fgets(line, sizeof(line), f) != NULL && line[0] != '\r') {
		if (strncmp(line, "POST /v1/bridge/inbound", 23) == 0)
			inbound = true;
		if (strncasecmp(line, "Content-Length: ", 16) == 0)
			len = strtoul(line + 16, NULL, 10);
	}
	if (len == 0 || len >= sizeof(body) || fread(body, 1, len, f) != len)
		return false;
	if (inbound) {
		memcpy(m->last, body, sizeof(body));
		m->handed++;
	} else {
		m->asked++;
	}
	answer = inbound ? m->inbound : m->recipient;
	return answer != NULL && fprintf(f, "HTTP/1.1 %s", answer) > 0 &&
	       fflush(f) == 0;
}

static void *
mock_main(void *context)
{
	struct mock *m = context;
	int fd;

	while ((fd = accept(m->listener, NULL, NULL)) >= 0) {
		FILE *f = fdopen(fd, "r+");

		while (mock_turn(m, f))
			;
		(void)fclose(f);
	}
	return NULL;
}

static void *
accept_main(void *context)
{
	struct place *p = context;

	while (!p->stop)
		door_accept(p->door, p->lmtp);
	return NULL;
}

static struct place *
begin(const char *recipient, const char *inbound)
{
	static const struct trace_own own = {
	    .from = "portal@practice.example",
	    .style = {.domain = "reply.practice.example"},
	};
	struct place *p = calloc(1, sizeof(*p));
	struct door_settings settings = {
	    .style = {.domain = "reply.practice.example",
		.fixed_sender = "bounces@practice.example"},
	    .size_limit = 1000000,
	};

	ck_assert_ptr_nonnull(p);
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/postern-door-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(p->dir));
	(void)snprintf(p->bridge, PATH_LEN, "%s/bridge", p->dir);
	(void)snprintf(p->lmtp_path, PATH_LEN, "%s/lmtp", p->dir);
	ck_assert_int_eq(parser_start(&own, &p->parser), 0);
	ck_assert_int_eq(
	    (int)curl_global_init(CURL_GLOBAL_DEFAULT), (int)CURLE_OK);
	p->mock.recipient = recipient;
	p->mock.inbound = inbound;
	ck_assert_int_eq(socket_listen(p->bridge, 0600, &p->mock.listener), 0);
	ck_assert_int_eq(socket_listen(p->lmtp_path, 0600, &p->lmtp), 0);
	settings.bridge_socket = p->bridge;
	ck_assert_int_eq(door_open(&settings, p->parser, &p->door), 0);
	ck_assert_int_eq(
	    pthread_create(&p->mock.thread, NULL, mock_main, &p->mock), 0);
	ck_assert_int_eq(pthread_create(&p->acceptor, NULL, accept_main, p), 0);
	return p;
}

static void
stop_accepting(struct place *p)
{
	if (p->stop)
		return;
	p->stop = true;
	(void)shutdown(p->lmtp, SHUT_RDWR);
	(void)pthread_join(p->acceptor, NULL);
}

static void
end(struct place *p)
{
	stop_accepting(p);
	ck_assert(door_close(&p->door, 1000));
	(void)shutdown(p->mock.listener, SHUT_RDWR);
	(void)pthread_join(p->mock.thread, NULL);
	parser_stop(&p->parser);
	(void)close(p->lmtp);
	(void)close(p->mock.listener);
	(void)unlink(p->bridge);
	(void)unlink(p->lmtp_path);
	(void)rmdir(p->dir);
	free(p);
}

static FILE *
visit(struct place *p)
{
	int fd = -1;
	FILE *f;

	ck_assert_int_eq(socket_connect(p->lmtp_path, &fd), 0);
	f = fdopen(fd, "r+");
	ck_assert_ptr_nonnull(f);
	return f;
}

/* The last line of a reply begins with CODE. */
static void
expect(FILE *f, const char *code)
{
	char line[256];

	do {
		ck_assert_msg(fgets(line, sizeof(line), f) != NULL,
		    "no reply, wanted %s", code);
	} while (line[3] == '-');
	ck_assert_msg(strncmp(line, code, strlen(code)) == 0,
	    "wanted %s, got %s", code, line);
}

static void
say(FILE *f, const char *text, const char *code)
{
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fflush(f), 0);
	expect(f, code);
}

#define MAIL                                                                   \
	"From: a@b.example\r\nSubject: Re: hello\r\n\r\nI am writing.\r\n.\r\n"

static const struct {
	const char *name;
	const char *recipient;
	const char *inbound;
	const char *at_rcpt;
	const char *at_dot; /* NULL: does not come so far */
} cases[] = {
    {"recorded", YES, KEPT, "250 2.1.5", "250 2.0.0"},
    {"not ours", NO, KEPT, "550 5.1.1", NULL},
    {"too many questions", BUSY, KEPT, "451 4.3.0", NULL},
    {"trouble at RCPT", BROKEN, KEPT, "451 4.3.0", NULL},
    {"nonsense at RCPT", NONSENSE, KEPT, "451 4.3.0", NULL},
    {"gone at RCPT", NULL, KEPT, "451 4.3.0", NULL},
    {"not recorded", YES, LOST, "250 2.1.5", "451 4.3.0"},
    {"trouble at the verdict", YES, BROKEN, "250 2.1.5", "451 4.3.0"},
    {"gone at the verdict", YES, NULL, "250 2.1.5", "451 4.3.0"},
    {"nonsense at the verdict", YES, NONSENSE, "250 2.1.5", "451 4.3.0"},
};

START_TEST(test_answers)
{
	struct place *p = begin(cases[_i].recipient, cases[_i].inbound);
	FILE *f = visit(p);

	expect(f, "220");
	say(f, "LHLO me\r\n", "250");
	say(f, "MAIL FROM:<a@b.example>\r\n", "250");
	say(f, "RCPT TO:" OURS "\r\n", cases[_i].at_rcpt);
	ck_assert_uint_eq(p->mock.handed, 0);
	if (cases[_i].at_dot != NULL) {
		say(f, "DATA\r\n", "354");
		say(f, MAIL, cases[_i].at_dot);
		ck_assert_ptr_nonnull(strstr(p->mock.last, "\"person\""));
		ck_assert_ptr_nonnull(strstr(p->mock.last, "r-" TOKEN));
		ck_assert_ptr_null(strstr(p->mock.last, "writing"));
		ck_assert_ptr_null(strstr(p->mock.last, "hello"));
		ck_assert_ptr_null(strstr(p->mock.last, "b.example"));
	}
	say(f, "QUIT\r\n", "221");
	(void)fclose(f);
	end(p);
}
END_TEST

/* What is not of our form is refused without a question. */
START_TEST(test_strangers)
{
	struct place *p = begin(YES, KEPT);
	FILE *f = visit(p);

	expect(f, "220");
	say(f, "LHLO me\r\n", "250");
	say(f, "MAIL FROM:<>\r\n", "250");
	say(f, "RCPT TO:<postmaster@reply.practice.example>\r\n", "550 5.1.1");
	say(f, "RCPT TO:<r-" TOKEN "@elsewhere.example>\r\n", "550 5.1.1");
	say(f, "RCPT TO:<r-short@reply.practice.example>\r\n", "550 5.1.1");
	ck_assert_uint_eq(p->mock.asked, 0);
	say(f, "RCPT TO:" BOUNCE "\r\n", "250 2.1.5");
	say(f, "RCPT TO:" OURS "\r\n", "250 2.1.5");
	say(f, "DATA\r\n", "354");
	say(f, MAIL, "250 2.0.0");
	expect(f, "250 2.0.0");
	ck_assert_uint_eq(p->mock.handed, 2);
	(void)fclose(f);
	end(p);
}
END_TEST

#define RETURNED                                                               \
	"From: MAILER-DAEMON@far.example\r\nSubject: Undelivered\r\n"          \
	"MIME-Version: 1.0\r\nContent-Type: multipart/report; "                \
	"report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nno\r\n"     \
	"--x\r\nContent-Type: message/delivery-status\r\n\r\n"                 \
	"Reporting-MTA: dns; far.example\r\n\r\nFinal-Recipient: rfc822; "     \
	"a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--x\r\n"        \
	"Content-Type: text/rfc822-headers\r\n\r\n" COMPOSE_OWN_HEADER         \
	": b-" TOKEN "\r\n\r\n--x--\r\n.\r\n"

static const struct {
	const char *inbound;
	const char *mail;
	const char *at_dot;
	unsigned handed;
} fixed[] = {
    {KEPT, RETURNED, "250 2.0.0", 1}, {BROKEN, RETURNED, "451 4.3.0", 1},
    {LOST, RETURNED, "250 2.0.0", 1}, /* a forged token: dropped */
    {KEPT, MAIL, "250 2.0.0", 0},     /* about nothing of ours: dropped */
};

/* The relay rewrites envelope senders: what came back says who it was. */
START_TEST(test_fixed_sender)
{
	struct place *p = begin(NO, fixed[_i].inbound);
	FILE *f = visit(p);

	expect(f, "220");
	say(f, "LHLO me\r\n", "250");
	say(f, "MAIL FROM:<>\r\n", "250");
	say(f, "RCPT TO:<Bounces@practice.example>\r\n", "250 2.1.5");
	say(f, "RCPT TO:<other@practice.example>\r\n", "550 5.1.1");
	say(f, "DATA\r\n", "354");
	say(f, fixed[_i].mail, fixed[_i].at_dot);
	ck_assert_uint_eq(p->mock.asked, 0);
	ck_assert_uint_eq(p->mock.handed, fixed[_i].handed);
	if (fixed[_i].handed > 0) {
		ck_assert_ptr_nonnull(strstr(p->mock.last, "b-" TOKEN));
		ck_assert_ptr_nonnull(strstr(p->mock.last, "\"bounce\""));
	}
	(void)fclose(f);
	end(p);
}
END_TEST

START_TEST(test_posternd_down)
{
	struct place *p = begin(YES, KEPT);
	FILE *f;

	(void)unlink(p->bridge);
	f = visit(p);
	expect(f, "220");
	say(f, "LHLO me\r\n", "250");
	say(f, "MAIL FROM:<>\r\n", "250");
	say(f, "RCPT TO:" OURS "\r\n", "451 4.3.0");
	(void)fclose(f);
	end(p);
}
END_TEST

START_TEST(test_too_many)
{
	struct place *p = begin(YES, KEPT);
	FILE *all[DOOR_CONNECTIONS];
	FILE *more;

	for (size_t i = 0; i < DOOR_CONNECTIONS; i++) {
		all[i] = visit(p);
		expect(all[i], "220");
	}
	more = visit(p);
	expect(more, "421 4.3.2");
	(void)fclose(more);
	say(all[0], "QUIT\r\n", "221");
	(void)fclose(all[0]);
	/* its thread may still be on its way out */
	for (unsigned i = 0; i < 100; i++) {
		char line[256] = "";

		more = visit(p);
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), more));
		(void)fclose(more);
		if (strncmp(line, "220", 3) == 0)
			break;
		ck_assert_uint_lt(i, 99);
		(void)usleep(10000);
	}
	for (size_t i = 1; i < DOOR_CONNECTIONS; i++)
		(void)fclose(all[i]);
	end(p);
}
END_TEST

/* Idle ones are told so; one in the middle of a mail may finish it. */
START_TEST(test_close)
{
	struct place *p = begin(YES, KEPT);
	FILE *idle = visit(p);
	FILE *half = visit(p);
	int64_t begun;

	expect(idle, "220");
	expect(half, "220");
	say(half, "LHLO me\r\n", "250");
	say(half, "MAIL FROM:<>\r\n", "250");
	say(half, "RCPT TO:" OURS "\r\n", "250 2.1.5");
	say(half, "DATA\r\n", "354");
	stop_accepting(p);
	begun = clock_boot();
	ck_assert(door_close(&p->door, 800));
	ck_assert_int_ge(clock_boot() - begun, 800);
	ck_assert_int_lt(clock_boot() - begun, 3000);
	expect(idle, "421 4.3.2");
	ck_assert_uint_eq(p->mock.handed, 0);
	(void)fclose(idle);
	(void)fclose(half);
	end(p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("door");
	TCase *t = tcase_create("door");

	g_mime_init();
	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, test_answers, 0, (int)PN_ARRAY_LEN(cases));
	tcase_add_test(t, test_strangers);
	tcase_add_loop_test(t, test_fixed_sender, 0, (int)PN_ARRAY_LEN(fixed));
	tcase_add_test(t, test_posternd_down);
	tcase_add_test(t, test_too_many);
	tcase_add_test(t, test_close);
	suite_add_tcase(s, t);
	return run_suite(s);
}
