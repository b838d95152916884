/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include <errno.h>
#include <string.h>
#include "store/record.h"
#include "tests/unit/run.h"

#define BYTES(s) ((struct kv_slice){(s), sizeof(s) - 1})

static const struct {
	const char *what;
	struct kv_slice bytes;
	int err;
	size_t fields;
} cases[] = {
    {"nothing", {"", 0}, RECORD_CORRUPT, 0},
    {"format 0", {"\0", 1}, RECORD_CORRUPT, 0},
    {"a newer format", {"\3\0\0\0\0", 5}, RECORD_NEWER, 0},
    {"header cut", {"\1\0\0\0", 4}, RECORD_CORRUPT, 0},
    {"header only", {"\1\0\0\0\7", 5}, 0, 0},
    {"older format", {"\2\0\0\0\7", 5}, 0, 0},
    {"tag without length", {"\1\0\0\0\7\1", 6}, RECORD_CORRUPT, 0},
    {"length cut", {"\1\0\0\0\7\1\0", 7}, RECORD_CORRUPT, 0},
    {"value cut", {"\1\0\0\0\7\1\0\2a", 9}, RECORD_CORRUPT, 0},
    {"empty value", {"\1\0\0\0\7\1\0\0", 8}, 0, 1},
    {"two fields", {"\1\0\0\0\7\1\0\1a\2\0\2bc", 14}, 0, 2},
    {"huge length", {"\1\0\0\0\7\1\xff\xff", 8}, RECORD_CORRUPT, 0},
};

START_TEST(reads_what_is_whole)
{
	struct record r;
	struct kv_slice val;
	uint8_t tag;
	uint32_t v;
	size_t n = 0;

	record_open(&r, cases[_i].bytes, 2);
	v = record_u32(&r);
	while (record_field(&r, &tag, &val))
		n++;
	ck_assert_msg(record_error(&r) == cases[_i].err, "%s: %d",
	    cases[_i].what, record_error(&r));
	ck_assert_uint_eq(n, cases[_i].fields);
	ck_assert_uint_eq(v, cases[_i].err == 0 || v == 7 ? 7 : 0);
}
END_TEST

START_TEST(round_trip)
{
	buf_auto struct buf b = {0};
	struct id id = id_new(), back;
	struct record r;
	struct kv_slice val;
	uint8_t tag, two[2];

	buf_init(&b, 1000);
	buf_add_byte(&b, 1);
	buf_add_byte(&b, 0xfe);
	buf_add_u16(&b, 0xfedc);
	buf_add_u32(&b, 0xfedcba98);
	buf_add_u64(&b, UINT64_MAX - 1);
	buf_add_u64(&b, (uint64_t)INT64_C(-5));
	buf_add(&b, "xy", 2);
	record_add_id(&b, &id);
	record_add_field(&b, 9, "value", 5);
	ck_assert_int_eq(buf_error(&b), 0);

	record_open(&r, (struct kv_slice){b.data, b.len}, 1);
	ck_assert_uint_eq(record_u8(&r), 0xfe);
	ck_assert_uint_eq(record_u16(&r), 0xfedc);
	ck_assert_uint_eq(record_u32(&r), 0xfedcba98);
	ck_assert_uint_eq(record_u64(&r), UINT64_MAX - 1);
	ck_assert_int_eq(record_i64(&r), -5);
	record_bytes(&r, two, sizeof(two));
	ck_assert_mem_eq(two, "xy", 2);
	back = record_id(&r);
	ck_assert(id_equal(&id, &back));
	ck_assert(record_field(&r, &tag, &val));
	ck_assert_uint_eq(tag, 9);
	ck_assert_uint_eq(val.len, 5);
	ck_assert_mem_eq(val.data, "value", 5);
	ck_assert(!record_field(&r, &tag, &val));
	ck_assert_int_eq(record_error(&r), 0);
}
END_TEST

START_TEST(an_error_stays)
{
	struct record r;
	uint8_t bytes[4] = {1, 2, 3, 4};

	record_open(&r, BYTES("\1ab"), 1);
	(void)record_u32(&r);
	ck_assert_int_eq(record_error(&r), RECORD_CORRUPT);
	ck_assert_uint_eq(record_u8(&r), 0);
	record_bytes(&r, bytes, sizeof(bytes));
	ck_assert_mem_eq(bytes, "\0\0\0\0", 4);
}
END_TEST

START_TEST(unknown_fields_are_kept_but_not_critical_ones)
{
	buf_auto struct buf keep = {0};
	struct record r;
	struct kv_slice val;
	uint8_t tag;

	buf_init(&keep, 100);
	record_open(&r, BYTES("\1\x05\0\2hi\x85\0\1!"), 1);
	ck_assert(record_field(&r, &tag, &val));
	record_unknown(&r, tag, val, &keep);
	ck_assert_uint_eq(keep.len, 5);
	ck_assert_mem_eq(keep.data, "\x05\0\2hi", 5);
	ck_assert(record_field(&r, &tag, &val));
	record_unknown(&r, tag, val, &keep);
	ck_assert_int_eq(record_error(&r), RECORD_NEWER);
	ck_assert_uint_eq(keep.len, 5);
}
END_TEST

START_TEST(a_field_has_a_ceiling)
{
	static const uint8_t big[UINT16_MAX + 1];
	buf_auto struct buf b = {0};

	buf_init(&b, 1 << 20);
	record_add_field(&b, 1, big, UINT16_MAX);
	ck_assert_int_eq(buf_error(&b), 0);
	record_add_field(&b, 1, big, sizeof(big));
	ck_assert_int_eq(buf_error(&b), -EMSGSIZE);
}
END_TEST

static const struct {
	size_t len;
	size_t fields;
} longs[] = {
    {0, 1},
    {1, 1},
    {UINT16_MAX, 1},
    {UINT16_MAX + 1, 2},
    {2 * UINT16_MAX, 2},
    {2 * UINT16_MAX + 1, 3},
};

START_TEST(what_is_long_continues)
{
	static uint8_t in[2 * UINT16_MAX + 1];
	buf_auto struct buf b = {0};
	buf_auto struct buf out = {0};
	struct kv_slice val;
	struct record r;
	size_t fields = 0;
	uint8_t tag;

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7);
	buf_init(&b, 1 << 20);
	buf_init(&out, 1 << 20);
	record_add_long(&b, 5, in, longs[_i].len);
	r = (struct record){.at = b.data, .left = b.len};
	for (; record_field(&r, &tag, &val); fields++) {
		ck_assert_uint_eq(tag, 5);
		buf_add(&out, val.data, val.len);
	}
	ck_assert_int_eq(record_error(&r), 0);
	ck_assert_uint_eq(fields, longs[_i].fields);
	ck_assert_uint_eq(out.len, longs[_i].len);
	if (out.len > 0)
		ck_assert_mem_eq(out.data, in, out.len);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("record");
	TCase *tc = tcase_create("record");

	tcase_add_loop_test(
	    tc, reads_what_is_whole, 0, (int)PN_ARRAY_LEN(cases));
	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, an_error_stays);
	tcase_add_test(tc, unknown_fields_are_kept_but_not_critical_ones);
	tcase_add_test(tc, a_field_has_a_ceiling);
	tcase_add_loop_test(
	    tc, what_is_long_continues, 0, (int)PN_ARRAY_LEN(longs));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
