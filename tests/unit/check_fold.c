/* SPDX-License-Identifier: Apache-2.0 */

/* Finding a part of a name. What is text at all is in check_json.c. */

#include <string.h>
#include "base/attr.h"
#include "base/fold.h"
#include "base/utf8.h"
#include "tests/unit/run.h"

static const struct {
	const char *text;
	const char *part;
	bool found;
} table[] = {
    {"Jane Okafor", "Jane", true},
    {"Jane Okafor", "jane", true},
    {"Jane Okafor", "JANE OKAFOR", true},
    {"Jane Okafor", "kaf", true},
    {"Jane Okafor", "r", true},
    {"Jane Okafor", "janet", false},
    {"Jane Okafor", "Okafor ", false},
    {"Jane Okafor", "Jane  Okafor", false},
    {"Jane Okafor", "", true},
    {"", "", true},
    {"", "a", false},
    {"a", "aa", false},
    {"aab", "ab", true},
    {"ababac", "abac", true},
    /* nothing in it means anything else */
    {"Jane", "J.ne", false},
    {"Jane", "%", false},
    {"100 %", "%", true},
    {"c-7", "C-7", true},
    /* Latin beyond ASCII: \303\211 is E with an acute */
    {"\303\211mile Zol\303\240", "\303\251mile", true},
    {"\303\251mile", "\303\211MILE", true},
    {"Emile", "\303\251mile", false},
    {"M\303\274ller", "M\303\234LLER", true},
    {"M\303\274ller", "m\303\274l", true},
    {"Mueller", "m\303\274ller", false},
    {"\305\201ukasz", "\305\202ukasz", true},
    /* sharp s, and its capital, which is not two letters */
    {"Stra\303\237e", "STRA\341\272\236E", true},
    {"Stra\303\237e", "stra\303\237e", true},
    {"Stra\303\237e", "STRASSE", false},
    /* the dotted capital I is an i, the dotless one is not */
    {"\304\260stanbul", "istanbul", true},
    {"\304\260stanbul", "Istanbul", true},
    {"D\304\261yarbak\304\261r", "diyarbakir", false},
    {"D\304\261yarbak\304\261r", "d\304\261yar", true},
    /* Cyrillic, Greek, and letters that only look alike */
    {"\320\230\320\262\320\260\320\275", "\320\270\320\262\320\260", true},
    {"\320\230\320\262\320\260\320\275", "\320\220\320\235", true},
    {"\316\235\316\257\316\272\316\277\317\202",
	"\316\275\316\257\316\272\316\277\317\202", true},
    {"\320\241\320\260\321\202", "Cat", false},
    /* CJK has no case; a character is found as a whole */
    {"\347\224\260\344\270\255 \345\244\252\351\203\216", "\344\270\255", true},
    {"\347\224\260\344\270\255", "\344\270\255\347\224\260", false},
    {"\347\224\260", "\347\224\260\344\270\255", false},
    /* outside of the first plane, with a case: Deseret */
    {"\360\220\220\200", "\360\220\220\250", true},
    {"\360\237\230\200 smile", "\360\237\230\200", true},
    {"\360\237\230\200 smile", "\360\237\230\201", false},
    /* composed and decomposed are told apart, as nobody normalises */
    {"\303\251", "e\314\201", false},
    {"e\314\201", "e", true},
};

/* As daemon/roster.c does. */
static bool
contains(const char *text, const char *part)
{
	buf_auto struct buf a = {0};
	buf_auto struct buf b = {0};
	fold_auto struct fold *f = NULL;

	ck_assert_int_eq(fold_open(&f), 0);
	buf_init(&a, 1024);
	buf_init(&b, 1024);
	fold_add(f, text, &a);
	fold_add(f, part, &b);
	ck_assert_int_eq(buf_error(&a), 0);
	ck_assert(utf8_valid(a.len > 0 ? (char *)a.data : "", a.len));
	return b.len == 0 ||
	       (a.len > 0 && strstr((char *)a.data, (char *)b.data) != NULL);
}

START_TEST(a_part_is_found_or_not)
{
	ck_assert(utf8_valid(table[_i].text, strlen(table[_i].text)));
	ck_assert(utf8_valid(table[_i].part, strlen(table[_i].part)));
	ck_assert(contains(table[_i].text, table[_i].part) == table[_i].found);
}
END_TEST

/* No byte inside of a character begins another one. */
START_TEST(every_character_is_found_in_its_place)
{
	char text[8 * 4 + 1] = "";
	static const char *const letters[] = {"a", "\303\244", "\347\224\260",
	    "\360\237\230\200", "\320\260", "z", "\344\270\255", "-"};

	for (size_t i = 0; i < PN_ARRAY_LEN(letters); i++) {
		ck_assert(!contains(text, letters[i]));
		memcpy(text + strlen(text), letters[i], strlen(letters[i]) + 1);
		for (size_t j = 0; j <= i; j++)
			ck_assert(contains(text, letters[j]));
		ck_assert(contains(text, text));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fold");
	TCase *tc = tcase_create("fold");

	tcase_add_loop_test(
	    tc, a_part_is_found_or_not, 0, (int)PN_ARRAY_LEN(table));
	tcase_add_test(tc, every_character_is_found_in_its_place);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
