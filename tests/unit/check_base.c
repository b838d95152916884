/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/base32.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/secret.h"
#include "tests/unit/run.h"

START_TEST(buf_keeps_its_ceiling)
{
	buf_auto struct buf b = {0};

	buf_init(&b, 8);
	buf_add_str(&b, "1234");
	buf_add_u32(&b, 0x41424344);
	ck_assert_int_eq(buf_error(&b), 0);
	ck_assert_str_eq((char *)b.data, "1234ABCD");
	buf_add_byte(&b, 'x');
	ck_assert_int_eq(buf_error(&b), -EMSGSIZE);
	buf_add_str(&b, "");
	ck_assert_int_eq(buf_error(&b), -EMSGSIZE);
	ck_assert_uint_eq(b.len, 8);
}
END_TEST

static const struct {
	const char *hex;
	const char *text;
} base32_cases[] = {
    {"", ""},
    {"66", "my"},
    {"666f", "mzxq"},
    {"666f6f", "mzxw6"},
    {"666f6f62", "mzxw6yq"},
    {"666f6f6261", "mzxw6ytb"},
    {"666f6f626172", "mzxw6ytboi"},
};

START_TEST(base32_vectors_of_rfc_4648)
{
	uint8_t bytes[16], back[16];
	char text[32];
	size_t len;

	ck_assert_int_eq(
	    sodium_hex2bin(bytes, sizeof(bytes), base32_cases[_i].hex,
		strlen(base32_cases[_i].hex), NULL, &len, NULL),
	    0);
	base32_encode(bytes, len, text);
	ck_assert_str_eq(text, base32_cases[_i].text);
	ck_assert_int_eq(base32_decode(text, strlen(text), back, len), 0);
	ck_assert_mem_eq(bytes, back, len);
}
END_TEST

START_TEST(base32_refuses_what_it_would_not_write)
{
	uint8_t b[2];

	ck_assert_int_eq(base32_decode("mz", 2, b, 1), -EINVAL);
	ck_assert_int_eq(base32_decode("m1", 2, b, 1), -EINVAL);
	ck_assert_int_eq(base32_decode("my=", 3, b, 1), -EINVAL);
	ck_assert_int_eq(base32_decode("MY", 2, b, 1), 0);
}
END_TEST

START_TEST(id_round_trip)
{
	struct id a = id_new(), b;
	char text[ID_TEXT_LEN + 1];

	id_text(&a, text);
	ck_assert_uint_eq(strlen(text), ID_TEXT_LEN);
	ck_assert_int_eq(id_parse(text, &b), 0);
	ck_assert(id_equal(&a, &b));
	ck_assert(!id_is_nil(&a));
	ck_assert_int_eq(id_parse("short", &b), -EINVAL);
	ck_assert_int_eq(id_parse("", &b), -EINVAL);
}
END_TEST

static const struct {
	int64_t ms;
	const char *text;
} clock_cases[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {-1, "1969-12-31T23:59:59.999Z"},
    {INT64_C(1795379340123), "2026-11-22T20:29:00.123Z"},
    {INT64_MAX, "9999-12-31T23:59:59.999Z"},
    {INT64_MIN, "0001-01-01T00:00:00.000Z"},
};

START_TEST(clock_speaks_rfc_3339)
{
	char text[CLOCK_TEXT_LEN + 1];

	clock_text(clock_cases[_i].ms, text);
	ck_assert_str_eq(text, clock_cases[_i].text);
}
END_TEST

START_TEST(secret_is_taken_once)
{
	secret_auto struct secret a = {0}, b = {0};

	ck_assert_int_eq(secret_set(&a, "abc", 3), 0);
	b = secret_take(&a);
	ck_assert_ptr_null(a.data);
	ck_assert_str_eq(secret_text(&a), "");
	ck_assert_str_eq(secret_text(&b), "abc");
}
END_TEST

START_TEST(secret_is_replaced_or_stays)
{
	secret_auto struct secret s = {0};

	ck_assert_int_eq(secret_replace(&s, NULL), 0);
	ck_assert_ptr_null(s.data);
	ck_assert_int_eq(secret_replace(&s, "one"), 0);
	ck_assert_str_eq(secret_text(&s), "one");
	ck_assert_int_eq(secret_replace(&s, NULL), 0);
	ck_assert_str_eq(secret_text(&s), "one");
	ck_assert_int_eq(secret_replace(&s, "longer than it was"), 0);
	ck_assert_str_eq(secret_text(&s), "longer than it was");
	ck_assert_uint_eq(s.len, strlen("longer than it was"));
	ck_assert_int_eq(secret_replace(&s, secret_text(&s) + 7), 0);
	ck_assert_str_eq(secret_text(&s), "than it was");
	ck_assert_int_eq(secret_replace(&s, ""), 0);
	ck_assert_str_eq(secret_text(&s), "");
	ck_assert_uint_eq(s.len, 0);
}
END_TEST

static char seen[64];

static void
sink(enum log_level level, const char *topic, const char *text)
{
	(void)snprintf(seen, sizeof(seen), "%d %s %s", (int)level, topic, text);
}

START_TEST(log_goes_to_the_sink)
{
	log_set_sink(sink);
	errno = EIO;
	log_warning("test", "%d of %d", 1, 2);
	ck_assert_str_eq(seen, "4 test 1 of 2");
	ck_assert_int_eq(errno, EIO);
	log_debug("test", "dropped");
	ck_assert_str_eq(seen, "4 test 1 of 2");
	log_set_sink(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base");
	TCase *t = tcase_create("base");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_test(t, buf_keeps_its_ceiling);
	tcase_add_loop_test(
	    t, base32_vectors_of_rfc_4648, 0, (int)PN_ARRAY_LEN(base32_cases));
	tcase_add_test(t, base32_refuses_what_it_would_not_write);
	tcase_add_test(t, id_round_trip);
	tcase_add_loop_test(
	    t, clock_speaks_rfc_3339, 0, (int)PN_ARRAY_LEN(clock_cases));
	tcase_add_test(t, secret_is_taken_once);
	tcase_add_test(t, secret_is_replaced_or_stays);
	tcase_add_test(t, log_goes_to_the_sink);
	suite_add_tcase(s, t);
	return run_suite(s);
}
