/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/utf8.h"
#include "tests/unit/run.h"

static const struct json_field fields[] = {
    {"to", JSON_IS_STRING, true, 1, 8},
    {"n", JSON_IS_INTEGER, false, 1, 100},
    {"on", JSON_IS_BOOLEAN, false, 0, 0},
    {"list", JSON_IS_ARRAY, false, 0, 2},
    {"obj", JSON_IS_OBJECT, false, 0, 0},
};

static const struct {
	const char *text;
	size_t len; /* 0: strlen */
	int code;
	const char *field;
} cases[] = {
    {"{\"to\":\"a\"}", 0, 0, ""},
    {"{\"to\":\"a\",\"n\":100,\"on\":true,\"list\":[1,2],\"obj\":{}}", 0, 0,
	""},
    {" {\"to\":\"a\",\"n\":null}\n", 0, 0, ""},
    {"", 0, JSON_MALFORMED, ""},
    {"[]", 0, JSON_MALFORMED, ""},
    {"\"a\"", 0, JSON_MALFORMED, ""},
    {"{\"to\":\"a\"} x", 0, JSON_MALFORMED, ""},
    {"{\"to\":\"a\"", 0, JSON_MALFORMED, ""},
    {"{\"to\":\"a\",}", 0, JSON_MALFORMED, ""},
    {"{'to':'a'}", 0, JSON_MALFORMED, ""},
    {"{\"to\":\"a\",\"to\":\"b\"}", 0, JSON_MALFORMED, ""},
    {"{\"to\":\"\xff\"}", 0, JSON_MALFORMED, ""},
    {"{\"to\":\"\xc0\xaf\"}", 0, JSON_MALFORMED, ""},
    {"{\"to\":\"\xed\xa0\x80\"}", 0, JSON_MALFORMED, ""},
    {"{\"to\":\"\\ud800\"}", 0, JSON_MALFORMED, ""},
    {"{\"to\":\"a\\u0000b\"}", 0, JSON_MALFORMED, ""},
    {"{\"to\":\"a\0b\"}", 12, JSON_MALFORMED, ""},
    {"{\"to\":\"a\",\"obj\":{\"a\":[[[[[[[[1]]]]]]]]}}", 0, JSON_MALFORMED, ""},
    {"{\"to\":\"[[[[\\\"[[\"}", 0, 0, ""},
    {"{}", 0, JSON_INVALID, "to"},
    {"{\"to\":null}", 0, JSON_INVALID, "to"},
    {"{\"to\":1}", 0, JSON_INVALID, "to"},
    {"{\"to\":\"\"}", 0, JSON_INVALID, "to"},
    {"{\"to\":\"123456789\"}", 0, JSON_INVALID, "to"},
    {"{\"to\":\"a\",\"n\":0}", 0, JSON_INVALID, "n"},
    {"{\"to\":\"a\",\"n\":101}", 0, JSON_INVALID, "n"},
    {"{\"to\":\"a\",\"n\":1.0}", 0, JSON_INVALID, "n"},
    {"{\"to\":\"a\",\"n\":99999999999999999999}", 0, JSON_MALFORMED, ""},
    {"{\"to\":\"a\",\"on\":1}", 0, JSON_INVALID, "on"},
    {"{\"to\":\"a\",\"list\":[1,2,3]}", 0, JSON_INVALID, "list"},
    {"{\"to\":\"a\",\"obj\":[]}", 0, JSON_INVALID, "obj"},
    {"{\"to\":\"a\",\"bcc\":\"b\"}", 0, JSON_INVALID, "bcc"},
    {"{\"to\":\"a\",\"\\u001b[2J\":\"b\"}", 0, JSON_INVALID, "\\x1b[2J"},
};

START_TEST(reads_strictly)
{
	json_auto json_t *obj = NULL;
	struct json_problem p = {0};
	size_t len = cases[_i].len;
	char *copy;
	int r;

	len = len == 0 ? strlen(cases[_i].text) : len;
	/* without its NUL, so that reading past the end is seen */
	copy = malloc(len == 0 ? 1 : len);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, cases[_i].text, len);
	r = json_read_object(copy, len, fields, PN_ARRAY_LEN(fields), &obj, &p);
	free(copy);
	ck_assert_int_eq(r, cases[_i].code);
	ck_assert_str_eq(p.field, cases[_i].field);
	ck_assert_int_eq(r == 0, obj != NULL);
	ck_assert_int_eq(r == 0, p.detail[0] == '\0');
	if (p.field[0] != '\0')
		ck_assert_ptr_nonnull(strstr(p.detail, p.field));
}
END_TEST

START_TEST(gets_fields)
{
	static const char text[] = "{\"to\":\"a\",\"n\":7,\"on\":true}";
	json_auto json_t *obj = NULL;
	struct json_problem p;

	ck_assert_int_eq(json_read(text, sizeof(text) - 1, &obj, &p), 0);
	ck_assert_str_eq(json_get_text(obj, "to"), "a");
	ck_assert_ptr_null(json_get_text(obj, "n"));
	ck_assert_ptr_null(json_get_text(obj, "absent"));
	ck_assert_int_eq(json_get_integer(obj, "n", 1), 7);
	ck_assert_int_eq(json_get_integer(obj, "to", 1), 1);
	ck_assert(json_get_flag(obj, "on", false));
	ck_assert(!json_get_flag(obj, "off", false));
}
END_TEST

static const struct {
	const char *text;
	bool valid;
	bool control;
	const char *visible;
} texts[] = {
    {"", true, false, ""},
    {"M\xc3\xbcller \xf0\x9f\x99\x82", true, false,
	"M\xc3\xbcller \xf0\x9f\x99\x82"},
    {"a\tb", true, true, "a\\x09b"},
    {"\x1b[31m", true, true, "\\x1b[31m"},
    {"\x7f", true, true, "\\x7f"},
    {"\xc2\x9b", true, true, "\\xc2\\x9b"},
    {"a\xe2\x80\xae z", true, true, "a\\xe2\\x80\\xae z"},
    {"\xff", false, true, "\\xff"},
    {"\xc3", false, true, "\\xc3"},
    {"\xe2\x82", false, true, "\\xe2\\x82"},
    {"\xc0\x80", false, true, "\\xc0\\x80"},
    {"\xf4\x90\x80\x80", false, true, "\\xf4\\x90\\x80\\x80"},
};

START_TEST(text_is_judged_and_shown)
{
	buf_auto struct buf b = {0};
	size_t len = strlen(texts[_i].text);

	ck_assert_int_eq(utf8_valid(texts[_i].text, len), texts[_i].valid);
	ck_assert_int_eq(
	    utf8_has_control(texts[_i].text, len), texts[_i].control);
	buf_init(&b, 256);
	utf8_add_visible(&b, texts[_i].text, len);
	ck_assert_int_eq(buf_error(&b), 0);
	ck_assert_str_eq(b.len > 0 ? (char *)b.data : "", texts[_i].visible);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("json");

	json_use_wiped_memory();
	tcase_add_loop_test(t, reads_strictly, 0, (int)PN_ARRAY_LEN(cases));
	tcase_add_test(t, gets_fields);
	tcase_add_loop_test(
	    t, text_is_judged_and_shown, 0, (int)PN_ARRAY_LEN(texts));
	suite_add_tcase(s, t);
	return run_suite(s);
}
