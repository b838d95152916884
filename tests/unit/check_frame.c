/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/attr.h"
#include "bridge/frame.h"
#include "tests/unit/run.h"

#define PLENTY (UINT64_C(64) << 20)

static const struct {
	const char *text;
	int result;
} cases[] = {
    {"* OK ready\r\n", 0},
    {"* 3 EXISTS\r\na OK done\r\n", 0},
    {"* 1 FETCH (UID 5 BODY[]<0> {3}\r\nabc)\r\na OK done\r\n", 0},
    {"* 1 fetch (BODY[] {0}\r\n)\r\n", 0},
    {"* 1 FETCH (BODY[] {262144}\r\n", 0},
    {"* 1 FETCH (BODY[] {262145}\r\n", -EMSGSIZE},
    {"* 1 FETCH (BODY[] {4294967290}\r\n", -EMSGSIZE},
    {"* 1 FETCH (BODY[] {4294967296000000000000000003}\r\n", -EMSGSIZE},
    {"* 1 FETCH (BODY[] {300000+}\r\n", -EMSGSIZE},
    {"* 1 FETCH (BODY[] {300000}\n", -EMSGSIZE},
    /* what is in a literal is no line */
    {"* 1 FETCH (BODY[] {16}\r\n* BYE {999999}\r\n)\r\n", 0},
    {"* 1 FETCH (BODY[] {12}\r\n((((((((((((\r\n)\r\n", 0},
    /* two in one response */
    {"* 1 FETCH (A {2}\r\nxx B {2}\r\nyy)\r\n* BYE\r\n", -ECONNRESET},
    /* braces that announce nothing */
    {"* OK {x}\r\n* OK {5} more\r\n* OK }{\r\n", 0},
    {"* OK hello {5}\r\n", -EPROTO},
    {"a OK done {5}\r\n", -EPROTO},
    {"* LIST () \"/\" {5}\r\n", -EPROTO},
    {"* x FETCH (A {5}\r\n", -EPROTO},
    {"* 1 FETCHED {5}\r\n", -EPROTO},
    {"* BYE\r\n", -ECONNRESET},
    {"* bye see you\r\n", -ECONNRESET},
    {"* 1 FETCH ((((((((A))))))))\r\n", 0},
    {"* 1 FETCH (((((((((A)))))))))\r\n", -EMSGSIZE},
    /* each line has its own */
    {"* OK (((\r\n* OK (((\r\n* OK (((\r\n", 0},
};

/* However the bytes come: all at once, one by one. */
START_TEST(test_streams)
{
	const char *text = cases[_i].text;
	struct frame whole = {0}, single = {0};
	int r = 0;

	frame_allow(&whole, PLENTY);
	frame_allow(&single, PLENTY);
	ck_assert_int_eq(
	    frame_feed(&whole, text, strlen(text)), cases[_i].result);
	for (size_t i = 0; r == 0 && i < strlen(text); i++)
		r = frame_feed(&single, text + i, 1);
	ck_assert_int_eq(r, cases[_i].result);
}
END_TEST

START_TEST(test_line)
{
	static char text[FRAME_LINE_MAX + 1];
	struct frame f = {0};

	memset(text, 'x', sizeof(text));
	frame_allow(&f, PLENTY);
	text[FRAME_LINE_MAX - 1] = '\n';
	ck_assert_int_eq(frame_feed(&f, text, FRAME_LINE_MAX), 0);
	ck_assert_int_eq(frame_feed(&f, text, FRAME_LINE_MAX), 0);
	text[FRAME_LINE_MAX - 1] = 'x';
	ck_assert_int_eq(frame_feed(&f, text, FRAME_LINE_MAX), 0);
	ck_assert_int_eq(frame_feed(&f, "\n", 1), -EMSGSIZE);
}
END_TEST

/* A literal does not make its line begin anew. */
START_TEST(test_line_around_literals)
{
	static const char part[] = "{1}\r\nx";
	struct frame f = {0};
	size_t n = 0;
	int r;

	frame_allow(&f, PLENTY);
	r = frame_feed(&f, "* 1 FETCH (", 11);
	for (; r == 0 && n < FRAME_LINE_MAX; n++)
		r = frame_feed(&f, part, sizeof(part) - 1);
	ck_assert_int_eq(r, -EMSGSIZE);
	ck_assert_uint_le(n, FRAME_LINE_MAX / 5 + 1);
}
END_TEST

START_TEST(test_allowance)
{
	struct frame f = {0};

	ck_assert_int_eq(frame_feed(&f, "a", 1), -EMSGSIZE);
	frame_allow(&f, 12);
	ck_assert_int_eq(frame_feed(&f, "* OK a\r\n", 8), 0);
	ck_assert_int_eq(frame_feed(&f, "* OK\r", 5), -EMSGSIZE);
	frame_allow(&f, 8);
	ck_assert_int_eq(frame_feed(&f, "* OK a\r\n", 8), 0);
}
END_TEST

START_TEST(test_exists)
{
	static const char text[] =
	    "* 3 EXISTS\r\n* 3 RECENT\r\n* OK 4 EXISTS\r\n* 4 exists\r\n"
	    "* EXISTS\r\n* 1 FETCH (BODY[] {12}\r\n* 9 EXISTS\r\n)\r\n";
	struct frame f = {0};

	frame_allow(&f, PLENTY);
	ck_assert_int_eq(frame_feed(&f, text, sizeof(text) - 1), 0);
	ck_assert_uint_eq(f.exists, 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("frame");
	TCase *t = tcase_create("frame");

	tcase_add_loop_test(t, test_streams, 0, (int)PN_ARRAY_LEN(cases));
	tcase_add_test(t, test_line);
	tcase_add_test(t, test_line_around_literals);
	tcase_add_test(t, test_allowance);
	tcase_add_test(t, test_exists);
	suite_add_tcase(s, t);
	return run_suite(s);
}
