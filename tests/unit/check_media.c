/* SPDX-License-Identifier: Apache-2.0 */

/* Kinds of file, and how they are named. */

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/json.h"
#include "base/public.h"
#include "base/settings.h"
#include "daemon/media.h"
#include "tests/unit/run.h"

#define DOCX                                                                   \
	"application/"                                                         \
	"vnd.openxmlformats-officedocument.wordprocessingml.document"

static const struct {
	const char *text;
	enum attachment_type type; /* 0: none of ours */
} types[] = {
    {"application/pdf", ATTACHMENT_PDF},
    {"image/jpeg", ATTACHMENT_JPEG},
    {"image/png", ATTACHMENT_PNG},
    {"application/msword", ATTACHMENT_DOC},
    {DOCX, ATTACHMENT_DOCX},
    {"text/csv", ATTACHMENT_CSV},
    {"Text/CSV", ATTACHMENT_CSV},
    {"", 0},
    {"text/csv ", 0},
    {" text/csv", 0},
    {"text/csv; charset=utf-8", 0},
    {"text/csv;header=present", 0},
    {"text/cs", 0},
    {"text/csvx", 0},
    {"text/plain", 0},
    {"text/html", 0},
    {"image/jpg", 0},
    {"image/svg+xml", 0},
    {"image/*", 0},
    {"*/*", 0},
    {"application/octet-stream", 0},
    {DOCX "x", 0},
    {"application/vnd.ms-word.document.macroEnabled.12", 0},
};

START_TEST(test_types)
{
	enum attachment_type type = 0;
	bool good = media_parse(types[_i].text, &type);

	ck_assert_int_eq(good, types[_i].type != 0);
	ck_assert_int_eq(type, types[_i].type);
	if (good) {
		ck_assert_int_eq(
		    strcasecmp(media_type(type), types[_i].text), 0);
	}
}
END_TEST

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define X250 X50 X50 X50 X50 X50

static const struct {
	const char *name;
	bool good;
} names[] = {
    {"a", true},
    {"scan.pdf", true},
    {".pdf", true},
    {"..", true},
    {" spaces here .pdf", true},
    {"C:report.pdf", true},
    {"\xc3\xa4rztlich \xe2\x82\xac.pdf", true},
    {"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d.pdf", true}, /* Hebrew, as it is */
    {"\xf0\x9f\x98\x80.png", true},
    {"a\"b'c;d%2f=*.pdf", true},
    {X250 "x.pdf", true},
    {X250 "xx.pdf", false}, /* 256 bytes */
    {"", false},
    {"a/b.pdf", false},
    {"../a.pdf", false},
    {"a\\b.pdf", false},
    {"a\nb.pdf", false},
    {"a\rb.pdf", false},
    {"a\tb.pdf", false},
    {"a\x1b[31m.pdf", false},
    {"a\x7f.pdf", false},
    {"a\xc2\x85.pdf", false},     /* NEL */
    {"a\xe2\x80\xae.pdf", false}, /* turns what follows */
    {"a\xe2\x80\xaa.pdf", false},
    {"a\xe2\x81\xa6.pdf", false},
    {"a\xe2\x81\xa9.pdf", false},
    {"a\xff.pdf", false},
    {"a\xc0\xaf.pdf", false},
    {"a\xed\xa0\x80.pdf", false},
    {"a\xc3", false},
};

START_TEST(test_names)
{
	ck_assert_int_eq(media_is_name(names[_i].name), names[_i].good);
}
END_TEST

static const struct {
	const char *name;
	enum attachment_type type;
	bool fits;
} ends[] = {
    {"a.pdf", ATTACHMENT_PDF, true},
    {"a.PDF", ATTACHMENT_PDF, true},
    {"a.exe.pdf", ATTACHMENT_PDF, true},
    {"a.jpg", ATTACHMENT_JPEG, true},
    {"a.jpeg", ATTACHMENT_JPEG, true},
    {"a.Jpeg", ATTACHMENT_JPEG, true},
    {"a.png", ATTACHMENT_PNG, true},
    {"a.doc", ATTACHMENT_DOC, true},
    {"a.docx", ATTACHMENT_DOCX, true},
    {"a.csv", ATTACHMENT_CSV, true},
    {".pdf", ATTACHMENT_PDF, false}, /* all of it */
    {"pdf", ATTACHMENT_PDF, false},
    {"apdf", ATTACHMENT_PDF, false},
    {"a.pdf ", ATTACHMENT_PDF, false},
    {"a.pdf.exe", ATTACHMENT_PDF, false},
    {"a.pdf.", ATTACHMENT_PDF, false},
    {"a.png", ATTACHMENT_JPEG, false},
    {"a.jpg", ATTACHMENT_PNG, false},
    {"a.docx", ATTACHMENT_DOC, false},
    {"a.doc", ATTACHMENT_DOCX, false},
    {"a.docm", ATTACHMENT_DOCX, false},
    {"a", ATTACHMENT_CSV, false},
    {"", ATTACHMENT_CSV, false},
};

START_TEST(test_ends)
{
	ck_assert_int_eq(
	    media_name_fits(ends[_i].name, ends[_i].type), ends[_i].fits);
}
END_TEST

/* What the portal is told to offer is what there is, and all of it. */
START_TEST(test_public_types)
{
	settings_errors_auto struct settings_errors errors = {0};
	settings_auto struct settings *s = NULL;
	json_auto json_t *j = NULL;
	unsigned seen = 0;
	json_t *list;
	char name[32];

	ck_assert_int_eq(settings_load("/dev/null", &s, &errors), 0);
	j = public_settings(s);
	list =
	    json_object_get(json_object_get(j, "limits"), "attachment_types");
	ck_assert_uint_eq(json_array_size(list), 7);
	for (size_t i = 0; i < json_array_size(list); i++) {
		unsigned fits = 0;

		(void)snprintf(name, sizeof(name), "a%s",
		    json_string_value(json_array_get(list, i)));
		for (unsigned t = ATTACHMENT_PDF; t <= ATTACHMENT_CSV; t++) {
			if (!media_name_fits(name, (enum attachment_type)t))
				continue;
			fits++;
			seen |= 1U << t;
		}
		ck_assert_uint_eq(fits, 1);
	}
	ck_assert_uint_eq(
	    seen, (2U << ATTACHMENT_CSV) - (1U << ATTACHMENT_PDF));
}
END_TEST

/* With the names of RFC 6266, 5 and RFC 8187, 3.2.3 among them. */
static const struct {
	const char *name;
	const char *plain;
	const char *coded;
} dispositions[] = {
    {"example.html", "example.html", "example.html"},
    {"an example.pdf", "an example.pdf", "an%20example.pdf"},
    {"\xe2\x82\xac rates", "_ rates", "%E2%82%AC%20rates"},
    {"\xc2\xa3 rates", "_ rates", "%C2%A3%20rates"},
    {"\xc2\xa3 and \xe2\x82\xac rates", "_ and _ rates",
	"%C2%A3%20and%20%E2%82%AC%20rates"},
    {"na\xc3\xafve plan.csv", "na_ve plan.csv", "na%C3%AFve%20plan.csv"},
    {"a\"b.pdf", "a_b.pdf", "a%22b.pdf"},
    {"a%41'b(c)*;d=e,f.pdf", "a_41_b_c___d_e_f.pdf",
	"a%2541%27b%28c%29%2A%3Bd%3De%2Cf.pdf"},
    {"a<b>@[c]:?.pdf", "a_b___c___.pdf", "a%3Cb%3E%40%5Bc%5D%3A%3F.pdf"},
    {"!#$&+-.^_`|~", "!#$&+-.^_`|~", "!#$&+-.^_`|~"},
    {"\xf0\x9f\x98\x80.png", "_.png", "%F0%9F%98%80.png"},
};

START_TEST(test_dispositions)
{
	buf_auto struct buf b;
	char expected[512];

	(void)snprintf(expected, sizeof(expected),
	    "attachment; filename=\"%s\"; filename*=UTF-8''%s",
	    dispositions[_i].plain, dispositions[_i].coded);
	buf_init(&b, 4096);
	media_disposition(dispositions[_i].name, &b);
	ck_assert_int_eq(buf_error(&b), 0);
	ck_assert_uint_eq(b.len, strlen(expected));
	ck_assert_str_eq((const char *)b.data, expected);
}
END_TEST

/* The longest name there is fits, each of its bytes in three. */
START_TEST(test_longest_disposition)
{
	char name[ATTACHMENT_NAME_MAX + 1];
	buf_auto struct buf b;

	memset(name, '"', ATTACHMENT_NAME_MAX);
	name[ATTACHMENT_NAME_MAX] = '\0';
	buf_init(&b, 4096);
	media_disposition(name, &b);
	ck_assert_int_eq(buf_error(&b), 0);
	ck_assert_uint_gt(b.len, ATTACHMENT_NAME_MAX * 4);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("media");
	TCase *t = tcase_create("media");

	tcase_add_loop_test(t, test_types, 0, (int)PN_ARRAY_LEN(types));
	tcase_add_loop_test(t, test_names, 0, (int)PN_ARRAY_LEN(names));
	tcase_add_loop_test(t, test_ends, 0, (int)PN_ARRAY_LEN(ends));
	tcase_add_test(t, test_public_types);
	tcase_add_loop_test(
	    t, test_dispositions, 0, (int)PN_ARRAY_LEN(dispositions));
	tcase_add_test(t, test_longest_disposition);
	suite_add_tcase(s, t);
	return run_suite(s);
}
