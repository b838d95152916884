/* SPDX-License-Identifier: Apache-2.0 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/base32.h"
#include "base/clock.h"
#include "base/json.h"
#include "daemon/factor.h"
#include "tests/unit/qr.h"
#include "tests/unit/run.h"

#define STEP (30 * CLOCK_SECOND)

/* RFC 6238, appendix B, for SHA-1; the last six of its eight digits. */
static const uint8_t secret[ACCOUNT_TOTP_LEN] = "12345678901234567890";
static const struct {
	int64_t seconds;
	const char *code;
} vectors[] = {
    {59, "287082"},
    {1111111109, "081804"},
    {1111111111, "050471"},
    {1234567890, "005924"},
    {2000000000, "279037"},
    {20000000000, "353130"},
};

static void
setup(void)
{
	ck_assert_int_eq(factor_init(), 0);
}

static int
check(const char *code, int64_t now, uint64_t last)
{
	uint64_t step;

	return factor_check(secret, code, now, last, &step);
}

START_TEST(codes_are_those_of_rfc_6238)
{
	const int64_t now = vectors[_i].seconds * CLOCK_SECOND;
	const char *code = vectors[_i].code;
	uint64_t step = 0;

	ck_assert_int_eq(factor_check(secret, code, now, 0, &step), 0);
	ck_assert_uint_eq(step, (uint64_t)(vectors[_i].seconds / 30));
	/* two of them are neighbours */
	for (size_t i = 0; i < PN_ARRAY_LEN(vectors); i++) {
		int64_t off = vectors[i].seconds / 30 - (int64_t)step;

		ck_assert_int_eq(check(vectors[i].code, now, 0),
		    off >= -1 && off <= 1 ? 0 : FACTOR_WRONG);
	}
}
END_TEST

/* A step early, a step late, and no more: to the millisecond. */
START_TEST(a_code_holds_for_three_steps)
{
	const char *code = vectors[3].code;
	const int64_t begin = 1234567890 / 30 * STEP;

	ck_assert_int_eq(check(code, begin - STEP - 1, 0), FACTOR_WRONG);
	ck_assert_int_eq(check(code, begin - STEP, 0), 0);
	ck_assert_int_eq(check(code, begin, 0), 0);
	ck_assert_int_eq(check(code, begin + 2 * STEP - 1, 0), 0);
	ck_assert_int_eq(check(code, begin + 2 * STEP, 0), FACTOR_WRONG);
}
END_TEST

START_TEST(a_code_is_good_once)
{
	const char *code = vectors[3].code;
	const uint64_t step = 1234567890 / 30;
	const int64_t begin = (int64_t)step * STEP;

	ck_assert_int_eq(check(code, begin, step - 1), 0);
	for (int64_t now = begin - STEP; now <= begin + STEP; now += STEP) {
		ck_assert_int_eq(check(code, now, step), FACTOR_WRONG);
		ck_assert_int_eq(check(code, now, step + 1), FACTOR_WRONG);
		ck_assert_int_eq(check(code, now, UINT64_MAX), FACTOR_WRONG);
	}
}
END_TEST

/* Whose clock is no clock: before the first steps nothing holds. */
static const int64_t times[] = {
    0, 1, STEP - 1, -1, -STEP, -3 * STEP, INT64_MIN};

START_TEST(before_there_was_time_nothing_holds)
{
	char code[16];
	int good = 0;

	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(code, sizeof(code), "%06u", i);
		good += check(code, times[_i], 0) == 0;
	}
	/* those of steps 0 and 1 are in RFC 4226, appendix D */
	ck_assert_int_eq(check("755224", times[_i], 0), FACTOR_WRONG);
	ck_assert_int_eq(check("287082", times[_i], 0), FACTOR_WRONG);
	ck_assert_int_eq(good, 0);
	/* the step that says that none was used yet is no code's */
	ck_assert_int_eq(check("755224", STEP, 0), FACTOR_WRONG);
	ck_assert_int_eq(check("287082", STEP, 0), 0);
}
END_TEST

static const char *const no_codes[] = {
    "",
    "05924",
    "0005924",
    "005924 ",
    " 005924",
    "00592",
    "5924",
    "+05924",
    "00592a",
    "005 924",
    "0x1724",
    "005924\n",
    "\331\240\331\240\331\245",
    "00592\357\274\224",
    "005925",
    "105924",
    /* as long as a body may make it */
    "0059240059240059",
};

START_TEST(what_is_no_code_is_wrong)
{
	ck_assert_int_eq(
	    check(no_codes[_i], vectors[3].seconds * CLOCK_SECOND, 0),
	    FACTOR_WRONG);
}
END_TEST

START_TEST(a_candidate_is_its_sessions)
{
	uint8_t session[SESSION_HASH_LEN] = {1}, other[SESSION_HASH_LEN] = {2};
	uint8_t one[ACCOUNT_TOTP_LEN], two[ACCOUNT_TOTP_LEN];
	struct keys keys;

	memset(&keys, 'k', sizeof(keys));
	factor_candidate(&keys, session, one);
	factor_candidate(&keys, session, two);
	ck_assert_mem_eq(one, two, sizeof(one));
	factor_candidate(&keys, other, two);
	ck_assert_mem_ne(one, two, sizeof(one));
	keys.of[KEYS_SETUP][0] ^= 1;
	factor_candidate(&keys, session, two);
	ck_assert_mem_ne(one, two, sizeof(one));
}
END_TEST

/* ---- showing it ------------------------------------------------------ */

#define TEN "0123456789"
#define UMLAUT "\303\244"
#define UMLAUT_32 UMLAUT_8 UMLAUT_8 UMLAUT_8 UMLAUT_8
#define UMLAUT_8 UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT
#define FACE "\360\237\230\200"
#define SHOWN_UMLAUT_8 "%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4"
#define SHOWN_UMLAUT_24 SHOWN_UMLAUT_8 SHOWN_UMLAUT_8 SHOWN_UMLAUT_8
#define SHOWN_FACE "%F0%9F%98%80"

static const struct {
	const char *issuer;
	const char *name;
	const char *shown_issuer;
	const char *shown_name;
} names[] = {
    {"Lakeside", "jane", "Lakeside", "jane"},
    {"", "", "", ""},
    {"A-Z.a_z~0", "jane@x.org", "A-Z.a_z~0", "jane%40x.org"},
    {"Lake & Side, 50 % off", "a:b", "Lake%20%26%20Side%2C%2050%20%25%20off",
	"a%3Ab"},
    {"x&secret=AAAA#", "y?issuer=z&digits=8", "x%26secret%3DAAAA%23",
	"y%3Fissuer%3Dz%26digits%3D8"},
    {"a/../b\\", "\"'<>+", "a%2F..%2Fb%5C", "%22%27%3C%3E%2B"},
    {"M\303\274ller", "\r\n\t\177", "M%C3%BCller", "%0D%0A%09%7F"},
    /* 64 bytes fit, 65 do not, and no character is cut */
    {TEN TEN TEN TEN TEN TEN "1234", TEN TEN TEN TEN TEN TEN "12345",
	TEN TEN TEN TEN TEN TEN "1234", TEN TEN TEN TEN TEN TEN "1234"},
    {UMLAUT_32 UMLAUT_32, "x" UMLAUT_32 UMLAUT_32,
	SHOWN_UMLAUT_24 SHOWN_UMLAUT_8,
	"x" SHOWN_UMLAUT_24 "%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4"},
    {TEN TEN TEN TEN TEN TEN FACE, TEN TEN TEN TEN TEN TEN "1" FACE,
	TEN TEN TEN TEN TEN TEN SHOWN_FACE, TEN TEN TEN TEN TEN TEN "1"},
};

/* What a camera would read. */
static void
read_rows(json_t *rows, char *text_r, size_t size)
{
	const char *lines[QR_WIDTH(QR_VERSIONS)];
	size_t width = json_array_size(rows);

	ck_assert_uint_le(width, PN_ARRAY_LEN(lines));
	for (size_t i = 0; i < width; i++) {
		lines[i] = json_string_value(json_array_get(rows, i));
		ck_assert_ptr_nonnull(lines[i]);
		ck_assert_uint_eq(strlen(lines[i]), width);
		ck_assert_uint_eq(strspn(lines[i], "01"), width);
	}
	qr_read(lines, width, text_r, size);
}

static void
ck_view(
    const uint8_t *key, const char *issuer, const char *name, const char *uri)
{
	json_auto json_t *view = factor_view(key, issuer, name);
	char read[2048];

	ck_assert_ptr_nonnull(view);
	ck_assert_uint_eq(json_object_size(view), 3);
	ck_assert_str_eq(json_string_value(json_object_get(view, "uri")), uri);
	read_rows(json_object_get(view, "qr"), read, sizeof(read));
	ck_assert_str_eq(read, uri);
}

START_TEST(a_uri_says_what_it_is_told)
{
	char uri[2048];

	(void)snprintf(uri, sizeof(uri),
	    "otpauth://totp/%s:%s?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	    "&issuer=%s",
	    names[_i].shown_issuer, names[_i].shown_name,
	    names[_i].shown_issuer);
	ck_view(secret, names[_i].issuer, names[_i].name, uri);
}
END_TEST

START_TEST(the_secret_can_be_typed)
{
	json_auto json_t *view = factor_view(secret, "x", "y");
	const char *text;
	uint8_t back[ACCOUNT_TOTP_LEN];

	ck_assert_ptr_nonnull(view);
	text = json_string_value(json_object_get(view, "secret"));
	ck_assert_str_eq(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	ck_assert_int_eq(
	    base32_decode(text, strlen(text), back, sizeof(back)), 0);
	ck_assert_mem_eq(back, secret, sizeof(back));
}
END_TEST

/* The longest there can be: all of it escaped, in either place. */
START_TEST(no_name_is_too_long)
{
	char text[1025], shown[3 * 64 + 1] = "", uri[2048];

	memset(text, '%', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < 64; i++)
		memcpy(shown + 3 * i, "%25", 4);
	(void)snprintf(uri, sizeof(uri),
	    "otpauth://totp/%s:%s?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	    "&issuer=%s",
	    shown, shown, shown);
	ck_view(secret, text, text, uri);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("factor");
	TCase *tc = tcase_create("factor");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(
	    tc, codes_are_those_of_rfc_6238, 0, (int)PN_ARRAY_LEN(vectors));
	tcase_add_test(tc, a_code_holds_for_three_steps);
	tcase_add_test(tc, a_code_is_good_once);
	tcase_add_loop_test(tc, before_there_was_time_nothing_holds, 0,
	    (int)PN_ARRAY_LEN(times));
	tcase_add_loop_test(
	    tc, what_is_no_code_is_wrong, 0, (int)PN_ARRAY_LEN(no_codes));
	tcase_add_test(tc, a_candidate_is_its_sessions);
	tcase_add_loop_test(
	    tc, a_uri_says_what_it_is_told, 0, (int)PN_ARRAY_LEN(names));
	tcase_add_test(tc, the_secret_can_be_typed);
	tcase_add_test(tc, no_name_is_too_long);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
