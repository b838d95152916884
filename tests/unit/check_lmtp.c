/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>
#include "bridge/lmtp.h"
#include "tests/unit/run.h"

#define SIZE_LIMIT 1000000

/* What the handler saw, as text that a test can compare. */
struct seen {
	struct buf mails; /* each: sender kind, recipients, total, data */
	unsigned asked;
	unsigned judged;
	size_t kept; /* of the last mail */
};

static enum lmtp_answer
on_recipient(void *context, const char *address)
{
	struct seen *seen = context;

	seen->asked++;
	if (strncmp(address, "ok", 2) == 0 || strncmp(address, "late", 4) == 0)
		return LMTP_ACCEPT;
	if (strncmp(address, "busy", 4) == 0)
		return LMTP_UNSURE;
	return LMTP_REFUSE;
}

/* "late..." is accepted, but its verdict never becomes durable. */
static void
on_mail(void *context, const struct lmtp_mail *mail, bool *safe_r)
{
	struct seen *seen = context;

	seen->judged++;
	seen->kept = mail->len;
	buf_add_str(&seen->mails, mail->null_sender ? "<>" : "a");
	for (size_t i = 0; i < mail->n; i++) {
		buf_printf(&seen->mails, " %s", mail->recipients[i]);
		safe_r[i] = strncmp(mail->recipients[i], "ok", 2) == 0;
	}
	buf_printf(&seen->mails, " %llu [", (unsigned long long)mail->total);
	if (mail->len < 200)
		buf_add(&seen->mails, mail->data, mail->len);
	buf_add_str(&seen->mails, "]\n");
}

/* Replies, cut down to their codes: "250 250-" etc., one line each. */
static void
codes(const struct buf *out, struct buf *codes_r)
{
	const char *at = out->len == 0 ? "" : (const char *)out->data;

	while (*at != '\0') {
		size_t n = strcspn(at, "\r\n");

		ck_assert_msg(
		    at[n] == '\r' && at[n + 1] == '\n', "bare %s", at);
		ck_assert_uint_ge(n, 4);
		if (at[3] == ' ') {
			buf_add(codes_r, at, 3);
			if (n > 8 && at[5] == '.')
				buf_add(codes_r, at + 3, 6);
			buf_add_byte(codes_r, '\n');
		}
		at += n + 2;
	}
}

#define HELLO "LHLO me\r\n"
#define FROM "MAIL FROM:<x@y>\r\n"
#define TO_OK "RCPT TO:<ok@z>\r\n"
#define OK_HEAD "250\n250 2.1.0\n250 2.1.5\n354\n"

static const struct {
	const char *name;
	const char *in;
	const char *codes;
	const char *mails;
} talks[] = {
    {"one mail", HELLO FROM TO_OK "DATA\r\nhi\r\n.\r\nQUIT\r\n",
	OK_HEAD "250 2.0.0\n221 2.0.0\n", "a ok@z 4 [hi\r\n]\n"},
    {"null sender", HELLO "MAIL FROM:<>\r\n" TO_OK "DATA\r\n.\r\n",
	OK_HEAD "250 2.0.0\n", "<> ok@z 0 []\n"},
    {"quoted senders",
	HELLO "MAIL FROM:<\"a>b\"@y>\r\nRSET\r\n"
	      "MAIL FROM:<\"a\\\"> b\"@y> BODY=8BITMIME\r\nRSET\r\n"
	      "MAIL FROM:<o\"c@y>\r\nRSET\r\nMAIL FROM:<\"a>b@y\r\n",
	"250\n250 2.1.0\n250 2.0.0\n250 2.1.0\n250 2.0.0\n250 2.1.0\n"
	"250 2.0.0\n501 5.5.2\n",
	""},
    {"two recipients, two answers",
	HELLO FROM TO_OK "RCPT TO:<late@z>\r\nDATA\r\n.\r\n",
	"250\n250 2.1.0\n250 2.1.5\n250 2.1.5\n354\n250 2.0.0\n451 4.3.0\n",
	"a ok@z late@z 0 []\n"},
    {"truth at RCPT",
	HELLO FROM "RCPT TO:<no@z>\r\nRCPT TO:<busy@z>\r\n" TO_OK
		   "DATA\r\n.\r\n",
	"250\n250 2.1.0\n550 5.1.1\n451 4.3.0\n250 2.1.5\n354\n250 2.0.0\n",
	"a ok@z 0 []\n"},
    {"no recipient, no data", HELLO FROM "RCPT TO:<no@z>\r\nDATA\r\n",
	"250\n250 2.1.0\n550 5.1.1\n503 5.5.1\n", ""},
    {"two mails",
	HELLO FROM TO_OK "DATA\r\n1\r\n.\r\n" FROM TO_OK "DATA\r\n2\r\n.\r\n",
	OK_HEAD "250 2.0.0\n250 2.1.0\n250 2.1.5\n354\n250 2.0.0\n",
	"a ok@z 3 [1\r\n]\na ok@z 3 [2\r\n]\n"},
    {"RSET forgets", HELLO FROM TO_OK "RSET\r\nDATA\r\n",
	"250\n250 2.1.0\n250 2.1.5\n250 2.0.0\n503 5.5.1\n", ""},
    {"LHLO forgets", HELLO FROM TO_OK HELLO "DATA\r\n",
	"250\n250 2.1.0\n250 2.1.5\n250\n503 5.5.1\n", ""},
    {"order", FROM TO_OK "DATA\r\n" HELLO TO_OK FROM FROM,
	"503 5.5.1\n503 5.5.1\n503 5.5.1\n250\n503 5.5.1\n250 2.1.0\n"
	"503 5.5.1\n",
	""},
    {"small words", HELLO "NOOP\r\nNOOP x\r\nVRFY ok\r\nEXPN x\r\nnoop\r\n",
	"250\n250 2.0.0\n250 2.0.0\n252 2.1.5\n500 5.5.1\n250 2.0.0\n", ""},
    {"not SMTP", "HELO me\r\nEHLO me\r\nLHLO\r\n",
	"500 5.5.1\n500 5.5.1\n501 5.5.4\n", ""},
    {"parameters",
	HELLO "MAIL FROM:<x@y> SIZE=10 BODY=8BITMIME\r\nRSET\r\n"
	      "MAIL FROM:<x@y> SIZE=1000001\r\n"
	      "MAIL FROM:<x@y> SIZE=99999999999999999999\r\n"
	      "MAIL FROM:<x@y> SIZE=-1\r\nMAIL FROM:<x@y> SIZE=\r\n"
	      "MAIL FROM:<x@y> FOO=1\r\nMAIL FROM:<x@y> BODY=BINARYMIME\r\n",
	"250\n250 2.1.0\n250 2.0.0\n552 5.3.4\n501 5.5.4\n501 5.5.4\n"
	"501 5.5.4\n555 5.5.4\n555 5.5.4\n",
	""},
    {"syntax",
	HELLO "MAIL\r\nMAIL FROM:x@y\r\nMAIL FROM:<x@y\r\n"
	      "MAIL TO:<x@y>\r\n" FROM "RCPT TO:<>\r\nRCPT TO:ok@z\r\n"
	      "RCPT TO:<ok@z> NOTIFY=NEVER\r\nRCPT FROM:<ok@z>\r\n",
	"250\n501 5.5.2\n501 5.5.2\n501 5.5.2\n501 5.5.2\n250 2.1.0\n"
	"501 5.5.2\n501 5.5.2\n555 5.5.4\n501 5.5.2\n",
	""},
    {"source route", HELLO FROM "RCPT TO:<@a,@b:ok@z>\r\nDATA\r\n.\r\n",
	OK_HEAD "250 2.0.0\n", "a ok@z 0 []\n"},
    {"dots", HELLO FROM TO_OK "DATA\r\n..\r\n...\r\n.a\r\na.\r\n.\r\n",
	OK_HEAD "250 2.0.0\n", "a ok@z 14 [.\r\n..\r\na\r\na.\r\n]\n"},
    /* nothing but CR LF . CR LF ends a mail */
    {"smuggling LF.CRLF",
	HELLO FROM TO_OK "DATA\r\na\n.\r\nMAIL FROM:<e@e>\r\n.\r\n",
	OK_HEAD "250 2.0.0\n", "a ok@z 22 [a\n.\r\nMAIL FROM:<e@e>\r\n]\n"},
    {"smuggling CRLF.LF", HELLO FROM TO_OK "DATA\r\na\r\n.\nb\r\n.\r\n",
	OK_HEAD "250 2.0.0\n", "a ok@z 7 [a\r\n\nb\r\n]\n"},
    {"smuggling LF.LF", HELLO FROM TO_OK "DATA\r\na\n.\nb\r\n.\r\n",
	OK_HEAD "250 2.0.0\n", "a ok@z 7 [a\n.\nb\r\n]\n"},
    {"smuggling CR.CR", HELLO FROM TO_OK "DATA\r\na\r.\rb\r\n.\r\n",
	OK_HEAD "250 2.0.0\n", "a ok@z 7 [a\r.\rb\r\n]\n"},
    {"smuggling CRLF.CR", HELLO FROM TO_OK "DATA\r\na\r\n.\rb\r\n.\r\n",
	OK_HEAD "250 2.0.0\n", "a ok@z 7 [a\r\n\rb\r\n]\n"},
    {"smuggling CRCRLF", HELLO FROM TO_OK "DATA\r\na\r\r\n.\r\n",
	OK_HEAD "250 2.0.0\n", "a ok@z 4 [a\r\r\n]\n"},
    {"smuggling CRLF.CRCRLF", HELLO FROM TO_OK "DATA\r\na\r\n.\r\r\n.\r\n",
	OK_HEAD "250 2.0.0\n", "a ok@z 6 [a\r\n\r\r\n]\n"},
    {"bare LF in commands", "LHLO me\nLHLO me\r\nNOOP\n",
	"500 5.5.2\n250\n500 5.5.2\n", ""},
    {"bare CR in a command", "LHLO m\re\r\n", "500 5.5.2\n", ""},
    {"8 bit in a command",
	HELLO "MAIL FROM:<\xc3\xbc@y> SMTPUTF8\r\nRCPT TO:<\xc3\xbc@z>\r\n"
	      "N\xc3\xbc\r\nNO\x7fOP\r\n",
	"250\n250 2.1.0\n550 5.1.1\n500 5.5.1\n500 5.5.2\n", ""},
    {"DATA takes nothing", HELLO FROM TO_OK "DATA x\r\n",
	"250\n250 2.1.0\n250 2.1.5\n501 5.5.4\n", ""},
    {"nothing behind QUIT", HELLO "QUIT\r\nNOOP\r\n", "250\n221 2.0.0\n", ""},
};

static void
feed(struct lmtp *l, const char *in, size_t len, size_t step, struct buf *out)
{
	for (size_t at = 0; at < len; at += step) {
		size_t n = len - at < step ? len - at : step;

		lmtp_feed(l, (const uint8_t *)in + at, n, out);
	}
}

static struct lmtp *
begin(struct seen *seen)
{
	const struct lmtp_handler handler = {
	    .recipient = on_recipient,
	    .mail = on_mail,
	    .context = seen,
	};
	struct lmtp *l = NULL;

	*seen = (struct seen){0};
	buf_init(&seen->mails, 65536);
	ck_assert_int_eq(lmtp_new(&handler, "host", SIZE_LIMIT, &l), 0);
	return l;
}

/* Byte by byte, in odd pieces and all at once: the same talk. */
START_TEST(test_talks)
{
	static const size_t steps[] = {1, 2, 3, 7, LMTP_FEED_MAX};

	for (size_t i = 0; i < PN_ARRAY_LEN(steps); i++) {
		struct seen seen;
		lmtp_auto struct lmtp *l = begin(&seen);
		buf_auto struct buf out = {0};
		buf_auto struct buf got = {0};

		buf_init(&out, 65536);
		buf_init(&got, 65536);
		feed(l, talks[_i].in, strlen(talks[_i].in), steps[i], &out);
		codes(&out, &got);
		ck_assert_msg(got.len > 0 && strcmp((char *)got.data,
						 talks[_i].codes) == 0,
		    "%s by %zu:\n%s", talks[_i].name, steps[i],
		    (char *)got.data);
		ck_assert_msg(
		    strcmp(seen.mails.len == 0 ? "" : (char *)seen.mails.data,
			talks[_i].mails) == 0,
		    "%s by %zu:\n%s", talks[_i].name, steps[i],
		    (char *)seen.mails.data);
		buf_fini(&seen.mails);
	}
}
END_TEST

START_TEST(test_greeting)
{
	struct seen seen;
	lmtp_auto struct lmtp *l = begin(&seen);
	buf_auto struct buf out = {0};
	const char *text;

	buf_init(&out, 65536);
	lmtp_greet(l, &out);
	lmtp_feed(l, (const uint8_t *)HELLO, strlen(HELLO), &out);
	text = (const char *)out.data;
	ck_assert_ptr_nonnull(strstr(text, "220 host LMTP"));
	ck_assert_ptr_nonnull(strstr(text, "250-PIPELINING\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "250-8BITMIME\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "250-SMTPUTF8\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "250-ENHANCEDSTATUSCODES\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "250 SIZE 1000000\r\n"));
	buf_fini(&seen.mails);
}
END_TEST

START_TEST(test_line_limit)
{
	struct seen seen;
	lmtp_auto struct lmtp *l = begin(&seen);
	buf_auto struct buf out = {0};
	buf_auto struct buf got = {0};
	char line[LMTP_COMMAND_MAX * 3];

	buf_init(&out, 65536);
	buf_init(&got, 65536);
	memset(line, 'x', sizeof(line));
	memcpy(line, "NOOP ", 5);
	memcpy(line + LMTP_COMMAND_MAX - 2, "\r\n", 2);
	feed(l, line, LMTP_COMMAND_MAX, 100, &out);
	memset(line, 'x', sizeof(line));
	memcpy(line, "NOOP ", 5);
	memcpy(line + LMTP_COMMAND_MAX - 1, "\r\n", 2);
	feed(l, line, LMTP_COMMAND_MAX + 1, 100, &out);
	memset(line, 'x', sizeof(line));
	memcpy(line + sizeof(line) - 8, "\r\nNOOP\r\n", 8);
	feed(l, line, sizeof(line), 100, &out);
	codes(&out, &got);
	ck_assert_str_eq(
	    (char *)got.data, "250 2.0.0\n500 5.5.2\n500 5.5.2\n250 2.0.0\n");
	buf_fini(&seen.mails);
}
END_TEST

START_TEST(test_many_recipients)
{
	struct seen seen;
	lmtp_auto struct lmtp *l = begin(&seen);
	buf_auto struct buf out = {0};
	buf_auto struct buf got = {0};
	unsigned ok = 0, late = 0;

	buf_init(&out, 65536);
	buf_init(&got, 65536);
	feed(l, HELLO FROM, strlen(HELLO FROM), 100, &out);
	for (unsigned i = 0; i < LMTP_RECIPIENTS_MAX + 3; i++)
		feed(l, TO_OK, strlen(TO_OK), 100, &out);
	feed(l, "DATA\r\n.\r\n", 9, 100, &out);
	codes(&out, &got);
	for (char *at = (char *)got.data; *at != '\0';
	     at = strchr(at, '\n') + 1) {
		ok += strncmp(at, "250 2.0.0", 9) == 0;
		late += strncmp(at, "452 4.5.3", 9) == 0;
	}
	ck_assert_uint_eq(ok, LMTP_RECIPIENTS_MAX);
	ck_assert_uint_eq(late, 3);
	ck_assert_uint_eq(seen.asked, LMTP_RECIPIENTS_MAX);
	buf_fini(&seen.mails);
}
END_TEST

/* Counted to the end, kept up to the ceiling, never refused once accepted. */
START_TEST(test_long_mail)
{
	struct seen seen;
	lmtp_auto struct lmtp *l = begin(&seen);
	buf_auto struct buf out = {0};
	buf_auto struct buf got = {0};
	char line[102];
	const size_t lines = 15000;
	char expected[64];

	buf_init(&out, 65536);
	buf_init(&got, 65536);
	memset(line, 'x', 100);
	memcpy(line + 100, "\r\n", 2);
	feed(l, HELLO FROM TO_OK "DATA\r\n",
	    strlen(HELLO FROM TO_OK "DATA\r\n"), 100, &out);
	for (size_t i = 0; i < lines; i++)
		lmtp_feed(l, (uint8_t *)line, sizeof(line), &out);
	ck_assert(lmtp_busy(l));
	feed(l, ".\r\n", 3, 1, &out);
	ck_assert(!lmtp_busy(l));
	codes(&out, &got);
	ck_assert_str_eq((char *)got.data, OK_HEAD "250 2.0.0\n");
	ck_assert_uint_eq(seen.kept, LMTP_KEEP_MAX);
	(void)snprintf(expected, sizeof(expected), "a ok@z %zu []\n",
	    lines * sizeof(line));
	ck_assert_str_eq((char *)seen.mails.data, expected);
	buf_fini(&seen.mails);
}
END_TEST

START_TEST(test_too_many_errors)
{
	struct seen seen;
	lmtp_auto struct lmtp *l = begin(&seen);
	buf_auto struct buf out = {0};

	buf_init(&out, 65536);
	for (unsigned i = 0; i < LMTP_ERRORS_MAX * 2; i++)
		feed(l, "GET / HTTP/1.1\r\n", 16, 16, &out);
	ck_assert(lmtp_done(l));
	ck_assert_ptr_nonnull(strstr((char *)out.data, "421 4.7.0"));
	ck_assert_uint_lt(out.len, 50 * (LMTP_ERRORS_MAX + 1));
	buf_fini(&seen.mails);
}
END_TEST

START_TEST(test_shut)
{
	struct seen seen;
	lmtp_auto struct lmtp *l = begin(&seen);
	buf_auto struct buf out = {0};

	buf_init(&out, 65536);
	feed(l, HELLO FROM TO_OK "DATA\r\nabc",
	    strlen(HELLO FROM TO_OK "DATA\r\nabc"), 100, &out);
	lmtp_shut(l, &out);
	feed(l, "\r\n.\r\n", 5, 1, &out);
	ck_assert(lmtp_done(l));
	ck_assert_uint_eq(seen.judged, 0);
	ck_assert_ptr_nonnull(strstr((char *)out.data, "421 4.3.2"));
	buf_fini(&seen.mails);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lmtp");
	TCase *t = tcase_create("lmtp");

	tcase_add_loop_test(t, test_talks, 0, (int)PN_ARRAY_LEN(talks));
	tcase_add_test(t, test_greeting);
	tcase_add_test(t, test_line_limit);
	tcase_add_test(t, test_many_recipients);
	tcase_add_test(t, test_long_mail);
	tcase_add_test(t, test_too_many_errors);
	tcase_add_test(t, test_shut);
	suite_add_tcase(s, t);
	return run_suite(s);
}
