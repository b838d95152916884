/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include <string.h>
#include <sodium.h>
#include "store/seal.h"
#include "tests/unit/run.h"
#include "tests/unit/vectors.h"

static const uint8_t key[SEAL_KEY_LEN] = {1, 2, 3};
static const uint8_t other_key[SEAL_KEY_LEN] = {1, 2, 4};
static const struct kv_slice aad = {"thread 1", 8};
static const struct kv_slice plain = {"words for one", 13};

static void
sealed_plain(struct buf *out)
{
	buf_init(out, 1000);
	ck_assert_int_eq(seal(SEAL_ENTRY, key, aad, plain, out), 0);
	ck_assert_uint_eq(out->len, plain.len + SEAL_OVERHEAD);
}

START_TEST(opens_what_it_sealed)
{
	secret_auto struct secret back = {0}, none = {0};
	buf_auto struct buf out = {0};
	buf_auto struct buf empty = {0};

	sealed_plain(&out);
	ck_assert_ptr_null(memmem(out.data, out.len, plain.data, plain.len));
	ck_assert_int_eq(seal_open(SEAL_ENTRY, key, aad,
			     (struct kv_slice){out.data, out.len}, &back),
	    0);
	ck_assert_uint_eq(back.len, plain.len);
	ck_assert_mem_eq(back.data, plain.data, plain.len);

	buf_init(&empty, 1000);
	ck_assert_int_eq(seal(SEAL_ENTRY, key, (struct kv_slice){NULL, 0},
			     (struct kv_slice){NULL, 0}, &empty),
	    0);
	ck_assert_int_eq(seal_open(SEAL_ENTRY, key, (struct kv_slice){NULL, 0},
			     (struct kv_slice){empty.data, empty.len}, &none),
	    0);
	ck_assert_uint_eq(none.len, 0);
}
END_TEST

START_TEST(two_sealings_differ)
{
	buf_auto struct buf a = {0};
	buf_auto struct buf b = {0};

	sealed_plain(&a);
	sealed_plain(&b);
	ck_assert_mem_ne(a.data, b.data, 24);
	ck_assert_mem_ne(a.data + 24, b.data + 24, 32);
}
END_TEST

START_TEST(every_changed_bit_is_seen)
{
	buf_auto struct buf out = {0};

	sealed_plain(&out);
	for (size_t bit = 0; bit < out.len * 8; bit++) {
		secret_auto struct secret back = {0};

		out.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(
		    seal_open(SEAL_ENTRY, key, aad,
			(struct kv_slice){out.data, out.len}, &back),
		    SEAL_FORGED);
		ck_assert_ptr_null(back.data);
		out.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
END_TEST

START_TEST(every_length_but_its_own_is_refused)
{
	buf_auto struct buf out = {0};

	sealed_plain(&out);
	buf_add_byte(&out, 0);
	for (size_t len = 0; len <= out.len; len++) {
		secret_auto struct secret back = {0};
		int rc = seal_open(SEAL_ENTRY, key, aad,
		    (struct kv_slice){out.data, len}, &back);

		ck_assert_int_eq(rc, len == out.len - 1 ? 0 : SEAL_FORGED);
	}
}
END_TEST

static const struct {
	const char *what;
	enum seal_label label;
	const uint8_t *key;
	struct kv_slice aad;
	int want;
} places[] = {
    {"its own", SEAL_ENTRY, key, {"thread 1", 8}, 0},
    {"other label", SEAL_PROFILE, key, {"thread 1", 8}, SEAL_FORGED},
    {"other key", SEAL_ENTRY, other_key, {"thread 1", 8}, SEAL_FORGED},
    {"other thread", SEAL_ENTRY, key, {"thread 2", 8}, SEAL_FORGED},
    {"shorter aad", SEAL_ENTRY, key, {"thread 1", 7}, SEAL_FORGED},
    {"no aad", SEAL_ENTRY, key, {NULL, 0}, SEAL_FORGED},
};

START_TEST(opens_in_its_place_only)
{
	secret_auto struct secret back = {0};
	buf_auto struct buf out = {0};

	sealed_plain(&out);
	ck_assert_msg(
	    seal_open(places[_i].label, places[_i].key, places[_i].aad,
		(struct kv_slice){out.data, out.len}, &back) == places[_i].want,
	    "%s", places[_i].what);
}
END_TEST

START_TEST(vector_opens)
{
	uint8_t k[VECTOR_MAX / 2], a[VECTOR_MAX / 2], p[VECTOR_MAX / 2];
	uint8_t sealed[VECTOR_MAX / 2];
	secret_auto struct secret back = {0};
	size_t a_len = vector_bytes("seal.aad", a);
	size_t p_len = vector_bytes("seal.plain", p);
	size_t len = vector_bytes("seal.entry", sealed);

	ck_assert_uint_eq(vector_bytes("seal.key", k), SEAL_KEY_LEN);
	ck_assert_int_eq(seal_open(SEAL_ENTRY, k, (struct kv_slice){a, a_len},
			     (struct kv_slice){sealed, len}, &back),
	    0);
	ck_assert_uint_eq(back.len, p_len);
	ck_assert_mem_eq(back.data, p, p_len);
}
END_TEST

static const struct {
	size_t len, want;
} buckets[] = {
    {0, 496},
    {496, 496},
    {497, 992},
    {992, 992},
    {993, 1984},
    {1984, 1984},
    {1985, 4080},
    {4080, 4080},
    {4081, 8176},
    {8176, 8176},
    {8177, 12272},
};

START_TEST(sizes_fall_into_buckets)
{
	ck_assert_uint_eq(seal_bucket(buckets[_i].len), buckets[_i].want);
}
END_TEST

/* With 9 bytes before the seal. */
START_TEST(padding_fills_a_bucket)
{
	const size_t around = 9 + SEAL_OVERHEAD, len = buckets[_i].len;
	buf_auto struct buf b = {0};

	if (len < around)
		return;
	buf_init(&b, 1 << 16);
	ck_assert_ptr_nonnull(buf_grow(&b, len - around));
	memset(b.data, 'x', b.len);
	ck_assert_int_eq(seal_pad(&b, 9), 0);
	ck_assert_uint_eq(b.len + around, buckets[_i].want);
	for (size_t i = 0; i < b.len; i++)
		ck_assert_uint_eq(b.data[i], i < len - around ? 'x' : 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("seal");
	TCase *tc = tcase_create("seal");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_test(tc, opens_what_it_sealed);
	tcase_add_test(tc, two_sealings_differ);
	tcase_add_test(tc, every_changed_bit_is_seen);
	tcase_add_test(tc, every_length_but_its_own_is_refused);
	tcase_add_loop_test(
	    tc, opens_in_its_place_only, 0, (int)PN_ARRAY_LEN(places));
	tcase_add_test(tc, vector_opens);
	tcase_add_loop_test(
	    tc, sizes_fall_into_buckets, 0, (int)PN_ARRAY_LEN(buckets));
	tcase_add_loop_test(
	    tc, padding_fills_a_bucket, 0, (int)PN_ARRAY_LEN(buckets));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
