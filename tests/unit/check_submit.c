/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <curl/curl.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "bridge/submit.h"
#include "tests/unit/run.h"

#define LOG_MAX ((size_t)64 * 1024)

/* What a small relay says; NULL: the good answer; "" closes, "-" stalls. */
struct answers {
	const char *greeting;
	const char *ehlo;
	const char *mail;
	const char *rcpt;
	const char *data;
	const char *dot;
};

struct relay {
	struct answers answers;
	bool recovers; /* the next connection gets good answers again */
	int listener;
	uint16_t port;
	pthread_t thread;
	unsigned connections;
	char log[LOG_MAX]; /* all lines of the client's */
	size_t len;
};

static bool
say(FILE *f, const char *answer, const char *good)
{
	const char *line = answer == NULL ? good : answer;

	/* "-": nothing more, but the connection stays until the client goes */
	if (line[0] == '-') {
		while (fgetc(f) != EOF)
			;
		return false;
	}
	return line[0] != '\0' && fprintf(f, "%s\r\n", line) > 0 &&
	       fflush(f) == 0;
}

static bool
get(struct relay *r, FILE *f, char line[static 1024])
{
	size_t n;

	if (fgets(line, 1024, f) == NULL)
		return false;
	n = strlen(line);
	if (r->len + n < sizeof(r->log)) {
		memcpy(r->log + r->len, line, n + 1);
		r->len += n;
	}
	return true;
}

static bool
take_mail(struct relay *r, FILE *f)
{
	char line[1024];

	while (get(r, f, line))
		if (strcmp(line, ".\r\n") == 0)
			return say(f, r->answers.dot, "250 2.0.0 Ok");
	return false;
}

static bool
turn(struct relay *r, FILE *f)
{
	const struct answers *a = &r->answers;
	char line[1024];

	if (!get(r, f, line))
		return false;
	if (strncmp(line, "EHLO", 4) == 0 || strncmp(line, "HELO", 4) == 0)
		return say(f, a->ehlo, "250-relay\r\n250 ENHANCEDSTATUSCODES");
	if (strncmp(line, "MAIL", 4) == 0)
		return say(f, a->mail, "250 2.1.0 Ok");
	if (strncmp(line, "RCPT", 4) == 0)
		return say(f, a->rcpt, "250 2.1.5 Ok");
	if (strncmp(line, "DATA", 4) == 0)
		return say(f, a->data, "354 Go") &&
		       (a->data != NULL || take_mail(r, f));
	if (strncmp(line, "QUIT", 4) == 0)
		return say(f, NULL, "221 2.0.0 Bye") && false;
	return say(f, NULL, "502 5.5.2 What?");
}

static void *
relay_main(void *context)
{
	struct relay *r = context;

	for (;;) {
		int fd = accept(r->listener, NULL, NULL);
		FILE *f;

		if (fd < 0)
			return NULL;
		r->connections++;
		if (r->recovers)
			r->answers = (struct answers){0};
		f = fdopen(fd, "r+");
		if (say(f, r->answers.greeting, "220 relay"))
			while (turn(r, f))
				;
		(void)fclose(f);
	}
}

static struct relay *
relay_start(const struct answers *answers)
{
	struct relay *r = calloc(1, sizeof(*r));
	struct sockaddr_in sa = {
	    .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(sa);

	ck_assert_ptr_nonnull(r);
	r->answers = *answers;
	r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(r->listener, (const void *)&sa, sizeof(sa)), 0);
	ck_assert_int_eq(listen(r->listener, 8), 0);
	ck_assert_int_eq(getsockname(r->listener, (void *)&sa, &len), 0);
	r->port = ntohs(sa.sin_port);
	ck_assert_int_eq(pthread_create(&r->thread, NULL, relay_main, r), 0);
	return r;
}

static void
relay_stop(struct relay *r)
{
	(void)shutdown(r->listener, SHUT_RDWR);
	(void)pthread_join(r->thread, NULL);
	(void)close(r->listener);
}

static void
fill(struct composed *c, const char *sender)
{
	*c = (struct composed){.recipient = "client@example.net"};
	memcpy(c->sender, sender, strlen(sender) + 1);
	buf_init(&c->mail, COMPOSE_MAIL_MAX);
	buf_add_str(&c->mail, "Subject: x\r\n\r\n.dot\r\n");
}

static struct submitter *
open_plain(uint16_t port, enum submit_tls tls)
{
	const struct submit_relay relay = {
	    .host = "127.0.0.1",
	    .port = port,
	    .tls = tls,
	    .timeout = 4000,
	};
	struct submitter *s = NULL;

	ck_assert_int_eq(submit_open(&relay, NULL, NULL, &s), 0);
	return s;
}

static const struct {
	const char *name;
	struct answers answers;
	enum submit_outcome outcome;
	const char *code;
	bool relay;
} cases[] = {
    {"good", {0}, SUBMIT_SENT, "", false},
    {"unknown recipient", {.rcpt = "550 5.1.1 no such user"}, SUBMIT_FAILED,
	"5.1.1", false},
    {"several lines", {.rcpt = "550-5.1.1 no\r\n550 5.1.1 such user"},
	SUBMIT_FAILED, "5.1.1", false},
    {"no enhanced code", {.rcpt = "550 no such user"}, SUBMIT_FAILED, "",
	false},
    {"code of another class", {.rcpt = "550 4.1.1 what"}, SUBMIT_FAILED, "",
	false},
    {"a subject that there is none of", {.rcpt = "550 5.8.1 what"},
	SUBMIT_FAILED, "", false},
    {"no code at all", {.rcpt = "550 5.1.1234 <x@y> 5.1.1"}, SUBMIT_FAILED, "",
	false},
    {"greylisted", {.rcpt = "450 4.2.1 later"}, SUBMIT_DEFERRED, "4.2.1",
	false},
    {"sender refused", {.mail = "550 5.7.1 not you"}, SUBMIT_FAILED, "5.7.1",
	false},
    {"wants a login", {.mail = "530 5.7.0 log in first"}, SUBMIT_DEFERRED,
	"5.7.0", true},
    {"DATA refused", {.data = "554 5.7.1 no"}, SUBMIT_FAILED, "5.7.1", false},
    {"content refused", {.dot = "554 5.6.0 no"}, SUBMIT_FAILED, "5.6.0", false},
    {"queue full", {.dot = "452 4.3.1 full"}, SUBMIT_DEFERRED, "4.3.1", false},
    {"lost behind the dot", {.dot = ""}, SUBMIT_AMBIGUOUS, "", false},
    {"lost at MAIL", {.mail = ""}, SUBMIT_DEFERRED, "4.4.2", true},
    {"lost at RCPT", {.rcpt = ""}, SUBMIT_DEFERRED, "4.4.2", true},
    {"greeting refuses", {.greeting = "554 5.3.2 go away"}, SUBMIT_DEFERRED,
	"5.3.2", true},
    {"busy", {.greeting = "421 4.3.2 busy"}, SUBMIT_DEFERRED, "4.3.2", true},
    {"no greeting", {.greeting = ""}, SUBMIT_DEFERRED, "4.4.2", true},
    {"not SMTP", {.greeting = "HTTP/1.1 400 Bad Request"}, SUBMIT_DEFERRED,
	"4.4.2", true},
};

START_TEST(test_outcomes)
{
	struct relay *r = relay_start(&cases[_i].answers);
	submit_auto struct submitter *s = open_plain(r->port, SUBMIT_NONE);
	composed_auto struct composed mail = {0};
	struct submit_result result;

	fill(&mail, "b-x@practice.example");
	submit_mail(s, &mail, &result);
	submit_close(&s);
	relay_stop(r);
	ck_assert_msg(result.outcome == cases[_i].outcome &&
			  result.relay == cases[_i].relay &&
			  strcmp(result.code, cases[_i].code) == 0,
	    "%s: %s %s %d", cases[_i].name, submit_outcome_name(result.outcome),
	    result.code, result.relay);
	free(r);
}
END_TEST

START_TEST(test_conversation)
{
	struct relay *r = relay_start(&(struct answers){0});
	submit_auto struct submitter *s = open_plain(r->port, SUBMIT_NONE);
	composed_auto struct composed mail = {0};
	composed_auto struct composed prompt = {0};
	struct submit_result result;

	fill(&mail, "b-x@practice.example");
	fill(&prompt, "");
	for (unsigned i = 0; i < 3; i++) {
		submit_mail(s, &mail, &result);
		ck_assert_int_eq(result.outcome, SUBMIT_SENT);
	}
	submit_mail(s, &prompt, &result);
	ck_assert_int_eq(result.outcome, SUBMIT_SENT);
	submit_close(&s);
	relay_stop(r);
	/* one connection for all, a null sender, dots doubled, all CR LF */
	ck_assert_uint_eq(r->connections, 1);
	ck_assert_ptr_nonnull(
	    strstr(r->log, "MAIL FROM:<b-x@practice.example>"));
	ck_assert_ptr_nonnull(strstr(r->log, "MAIL FROM:<>\r\n"));
	ck_assert_ptr_nonnull(
	    strstr(r->log, "RCPT TO:<client@example.net>\r\n"));
	ck_assert_ptr_nonnull(strstr(r->log, "\r\n..dot\r\n.\r\n"));
	free(r);
}
END_TEST

/* The relay came back, or closed an idle connection: nobody notices. */
START_TEST(test_reconnect)
{
	struct answers answers = {0};
	struct relay *r = relay_start(&answers);
	submit_auto struct submitter *s = open_plain(r->port, SUBMIT_NONE);
	composed_auto struct composed mail = {0};
	struct submit_result result;

	fill(&mail, "b-x@practice.example");
	submit_mail(s, &mail, &result);
	ck_assert_int_eq(result.outcome, SUBMIT_SENT);
	/* refusing ends the connection */
	r->answers.rcpt = "550 5.1.1 no";
	submit_mail(s, &mail, &result);
	ck_assert_int_eq(result.outcome, SUBMIT_FAILED);
	r->answers.rcpt = NULL;
	submit_mail(s, &mail, &result);
	ck_assert_int_eq(result.outcome, SUBMIT_SENT);
	submit_close(&s);
	relay_stop(r);
	free(r);
}
END_TEST

/*
 * A relay that was restarted says 421 on the kept connection, or nothing: the
 * mail goes out at once on a new one. But never a second time, and not when
 * the server was asked on a connection of its own.
 */
static const struct {
	const char *mail; /* what the kept connection says to MAIL, or "" */
	const char *rcpt;
	const char *dot;
	enum submit_outcome outcome;
	unsigned connections;
} kept[] = {
    {"", NULL, NULL, SUBMIT_SENT, 2},
    {"421 4.3.2 closing", NULL, NULL, SUBMIT_SENT, 2},
    {NULL, "", NULL, SUBMIT_SENT, 2},
    {NULL, "450 4.2.1 later", NULL, SUBMIT_DEFERRED, 1},
    {NULL, NULL, "", SUBMIT_AMBIGUOUS, 1},
};

START_TEST(test_kept_connection)
{
	struct relay *r = relay_start(&(struct answers){0});
	submit_auto struct submitter *s = open_plain(r->port, SUBMIT_NONE);
	composed_auto struct composed mail = {0};
	struct submit_result result;

	fill(&mail, "b-x@practice.example");
	submit_mail(s, &mail, &result);
	ck_assert_int_eq(result.outcome, SUBMIT_SENT);
	r->answers.mail = kept[_i].mail;
	r->answers.rcpt = kept[_i].rcpt;
	r->answers.dot = kept[_i].dot;
	r->recovers = true;
	submit_mail(s, &mail, &result);
	submit_close(&s);
	relay_stop(r);
	ck_assert_int_eq(result.outcome, kept[_i].outcome);
	ck_assert_uint_eq(r->connections, kept[_i].connections);
	free(r);
}
END_TEST

/* A relay that says nothing more costs its timeout, and not a QUIT's too. */
START_TEST(test_stalled)
{
	static const struct answers stalls[] = {
	    {.greeting = "-"}, {.mail = "-"}, {.data = "-"}, {.dot = "-"}};
	struct relay *r = relay_start(&stalls[_i]);
	submit_auto struct submitter *s = open_plain(r->port, SUBMIT_NONE);
	composed_auto struct composed mail = {0};
	struct submit_result result;
	int64_t begun = clock_boot();

	fill(&mail, "b-x@practice.example");
	submit_mail(s, &mail, &result);
	submit_close(&s);
	ck_assert_int_lt(clock_boot() - begun, 7000);
	relay_stop(r);
	ck_assert_int_eq(result.outcome,
	    stalls[_i].dot == NULL ? SUBMIT_DEFERRED : SUBMIT_AMBIGUOUS);
	free(r);
}
END_TEST

START_TEST(test_down)
{
	struct relay *r = relay_start(&(struct answers){0});
	submit_auto struct submitter *s = open_plain(r->port, SUBMIT_NONE);
	composed_auto struct composed mail = {0};
	struct submit_result result;

	relay_stop(r);
	fill(&mail, "");
	submit_mail(s, &mail, &result);
	ck_assert_int_eq(result.outcome, SUBMIT_DEFERRED);
	ck_assert_str_eq(result.code, "4.4.1");
	ck_assert(result.relay);
	free(r);
}
END_TEST

/* No TLS offered: not a word about the mail, whatever was asked for. */
START_TEST(test_tls_missing)
{
	struct relay *r = relay_start(&(struct answers){0});
	enum submit_tls tls = _i == 0 ? SUBMIT_STARTTLS : SUBMIT_IMPLICIT;
	submit_auto struct submitter *s = open_plain(r->port, tls);
	composed_auto struct composed mail = {0};
	struct submit_result result;

	fill(&mail, "b-x@practice.example");
	submit_mail(s, &mail, &result);
	submit_close(&s);
	relay_stop(r);
	ck_assert_int_eq(result.outcome, SUBMIT_DEFERRED);
	ck_assert(result.relay);
	ck_assert_ptr_null(strstr(r->log, "MAIL"));
	free(r);
}
END_TEST

/* Plain text never leaves the machine, even if a name says it may. */
START_TEST(test_loopback_only)
{
	const struct submit_relay relay = {
	    .host = "192.0.2.1",
	    .port = 25,
	    .tls = SUBMIT_NONE,
	    .timeout = 60000,
	};
	submit_auto struct submitter *s = NULL;
	composed_auto struct composed mail = {0};
	struct submit_result result;
	int64_t begun = clock_boot();

	ck_assert_int_eq(submit_open(&relay, NULL, NULL, &s), 0);
	fill(&mail, "");
	submit_mail(s, &mail, &result);
	ck_assert_int_eq(result.outcome, SUBMIT_DEFERRED);
	ck_assert(result.relay);
	ck_assert_int_lt(clock_boot() - begun, 5000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("submit");
	TCase *t = tcase_create("submit");

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return EXIT_FAILURE;
	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, test_outcomes, 0, (int)PN_ARRAY_LEN(cases));
	tcase_add_test(t, test_conversation);
	tcase_add_test(t, test_reconnect);
	tcase_add_loop_test(
	    t, test_kept_connection, 0, (int)PN_ARRAY_LEN(kept));
	tcase_add_loop_test(t, test_stalled, 0, 4);
	tcase_add_test(t, test_down);
	tcase_add_loop_test(t, test_tls_missing, 0, 2);
	tcase_add_test(t, test_loopback_only);
	suite_add_tcase(s, t);
	return run_suite(s);
}
