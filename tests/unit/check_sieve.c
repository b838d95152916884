/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/attr.h"
#include "bridge/sieve.h"
#include "tests/unit/run.h"

#define GREETING "* OK ready\r\n"

/* What is said after the greeting, and what is left of it. */
static const struct {
	const char *in;
	const char *out;
	int result;
} cases[] = {
    {"", "", 0},
    {"1 OK [READ-WRITE] done\r\n", "1 OK so\r\n", 0},
    {"1 no\r\n", "1 no so\r\n", 0},
    {"12 BAD \n", "12 BAD so\r\n", 0},
    {"+ eyJzdGF0dXMiOiI0MDEifQ==\r\n", "+ so\r\n", 0},
    {"* OK [UIDVALIDITY 7] here\r\n* ok [uidnext 9]\r\n",
	"* OK [UIDVALIDITY 7] so\r\n* ok [uidnext 9] so\r\n", 0},
    {"* SEARCH\r\n* SEARCH 4 5 \r\n", "* SEARCH\r\n* SEARCH 4 5\r\n", 0},
    {"* SEARCH 4 (MODSEQ 917)\r\n", "* SEARCH 4\r\n", 0},
    {"* SEARCH 4 five\r\n", "", 0},
    /* a mail, in each order, with what came along */
    {"* 1 FETCH (UID 4 BODY[]<0> {5}\r\n(\r\n)+)\r\n1 OK\r\n",
	"* 1 FETCH (UID 4 BODY[]<0> {5}\r\n(\r\n)+)\r\n1 OK so\r\n", 0},
    {"* 1 FETCH (FLAGS (\\Seen \\ ) BODY[] {2}\r\nab UID 4 MODSEQ (5))\r\n",
	"* 1 FETCH (BODY[] {2}\r\nab UID 4)\r\n", 0},
    {"* 1 FETCH (RFC822.SIZE 5 INTERNALDATE \"x (\" UID 4 BODY[] {0}\r\n)\r\n",
	"* 1 FETCH (UID 4 BODY[] {0}\r\n)\r\n", 0},
    {"* 1 FETCH (UID 4 BODY[] NIL)\r\n", "* 1 FETCH (UID 4 BODY[] NIL)\r\n", 0},
    {"* 1 FETCH (BODY[]<0> \"\" UID 4)\r\n",
	"* 1 FETCH (BODY[]<0> \"\" UID 4)\r\n", 0},
    /* other news of a mail, with literals that are no mail */
    {"* 1 FETCH (FLAGS (\\Seen))\r\n", "", 0},
    {"* 1 FETCH (UID 4 ENVELOPE ((((\r\n", "", 0},
    {"* 1 FETCH (BODY[HEADER] {12}\r\n1 OK [no]\r\n) X {3}\r\nabc)\r\n"
     "1 OK\r\n",
	"1 OK so\r\n", 0},
    /* of a mail nothing may be missed */
    {"* 1 FETCH (UID 4 X (BODY[]) BODY[] {2}\r\n", "", -EPROTO},
    {"* 1 FETCH (UID 4 BODY[] {2}\r\nab X 1)\r\n",
	"* 1 FETCH (UID 4 BODY[] {2}\r\nab", -EPROTO},
    {"* 1 FETCH (UID 4UID 5 BODY[] NIL)\r\n", "", -EPROTO},
    {"* 1 FETCH (UID 4 BODY[] {2+}\r\n", "", -EPROTO},
    {"* 1 FETCH (UID 4 BODY[] \"a\\\")\r\n", "", -EPROTO},
    /* what a parser may stumble over */
    {"* OK [PERMANENTFLAGS (\\ \r\n* STATUS x ()\r\n* LIST (\r\n*  BYE\r\n"
     "* 4 EXISTS\r\n* CAPABILITY\r\n* ID NIL\r\n* \r\n* OK\r\n",
	"", 0},
    {"1 PREAUTH\r\n", "", -EPROTO},
    {"1 OKAY\r\n", "", -EPROTO},
    {"OK\r\n", "", -EPROTO},
    {"\r\n", "", -EPROTO},
    {" * OK\r\n", "", -EPROTO},
    /* a line that has not ended is not handed out */
    {"1 OK", "", 0},
};

/* As many bytes at a time as STEP says, in and out. */
static int
run(const char *in, size_t step, bool whole, char *out, size_t size)
{
	struct sieve *s = calloc(1, sizeof(*s));
	size_t len = strlen(in), used = 0, n;
	int r;

	ck_assert_ptr_nonnull(s);
	sieve_greet(s);
	for (;;) {
		size_t room, some = len < step ? len : step;
		char *to;

		r = sieve_read(s, whole, out + used,
		    step < size - used ? step : size - used, &n);
		used += n;
		ck_assert_uint_lt(used, size);
		if (r != 0 || (n == 0 && len == 0))
			break;
		if (n > 0)
			continue;
		to = sieve_room(s, &room);
		ck_assert_uint_ge(room, some);
		memcpy(to, in, some);
		sieve_add(s, some);
		in += some;
		len -= some;
	}
	out[used] = '\0';
	sieve_wipe(s);
	free(s);
	return r;
}

START_TEST(test_lines)
{
	static const size_t steps[] = {1, 3, 4096};
	char out[512];

	for (size_t i = 0; i < PN_ARRAY_LEN(steps); i++) {
		ck_assert_int_eq(
		    run(cases[_i].in, steps[i], false, out, sizeof(out)),
		    cases[_i].result);
		ck_assert_str_eq(out + strlen(GREETING), cases[_i].out);
		out[strlen(GREETING)] = '\0';
		ck_assert_str_eq(out, GREETING);
	}
}
END_TEST

static const struct {
	const char *in;
	const char *out;
	int result;
} greetings[] = {
    {"* OK [CAPABILITY IMAP4rev1] hello\r\n", GREETING, 0},
    {"* PREAUTH hello\r\n", "* PREAUTH ready\r\n", 0},
    {"* NO\r\n", "", -EPROTO},
    {"1 OK\r\n", "", -EPROTO},
    {"+ go\r\n", "", -EPROTO},
    {"220 mail.example ESMTP\r\n", "", -EPROTO},
};

START_TEST(test_greeting)
{
	const char *in = greetings[_i].in;
	struct sieve *s = calloc(1, sizeof(*s));
	char out[64];
	size_t room, n;

	ck_assert_ptr_nonnull(s);
	memcpy(sieve_room(s, &room), in, strlen(in));
	sieve_add(s, strlen(in));
	ck_assert_int_eq(
	    sieve_read(s, false, out, sizeof(out), &n), greetings[_i].result);
	ck_assert_uint_eq(n, strlen(greetings[_i].out));
	ck_assert_mem_eq(out, greetings[_i].out, n);
	free(s);
}
END_TEST

/* Lines as they are; of a literal nothing, and nothing of what is behind. */
START_TEST(test_whole)
{
	char out[256];

	ck_assert_int_eq(run("* CAPABILITY A\r\ncan OK [X] y\r\n"
			     "* 1 FETCH (BODY[] {6}\r\n+ no\r\n UID 4)\r\n"
			     "x\r\n",
			     5, true, out, sizeof(out)),
	    0);
	ck_assert_str_eq(out, GREETING "* CAPABILITY A\r\ncan OK [X] y\r\n"
				       "* 1 FETCH (BODY[] {6}\r\nx\r\n");
}
END_TEST

START_TEST(test_long)
{
	struct sieve *s = calloc(1, sizeof(*s));
	size_t room, n;
	char *to, c;

	ck_assert_ptr_nonnull(s);
	to = sieve_room(s, &room);
	ck_assert_uint_eq(room, SIEVE_MAX);
	memset(to, 'x', room);
	sieve_add(s, room);
	ck_assert_int_eq(sieve_read(s, true, &c, 1, &n), -EMSGSIZE);
	to[room - 1] = '\n';
	ck_assert_int_eq(sieve_read(s, true, &c, 1, &n), 0);
	ck_assert_uint_eq(n, 1);
	free(s);
}
END_TEST

START_TEST(test_nul)
{
	struct sieve *s = calloc(1, sizeof(*s));
	size_t room, n;
	char c;

	ck_assert_ptr_nonnull(s);
	sieve_greet(s);
	s->out_used = s->out_len;
	memcpy(sieve_room(s, &room), "1 OK\0\r\n", 7);
	sieve_add(s, 7);
	ck_assert_int_eq(sieve_read(s, false, &c, 1, &n), -EPROTO);
	free(s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sieve");
	TCase *t = tcase_create("sieve");

	tcase_add_loop_test(t, test_lines, 0, (int)PN_ARRAY_LEN(cases));
	tcase_add_loop_test(t, test_greeting, 0, (int)PN_ARRAY_LEN(greetings));
	tcase_add_test(t, test_whole);
	tcase_add_test(t, test_long);
	tcase_add_test(t, test_nul);
	suite_add_tcase(s, t);
	return run_suite(s);
}
