/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include <errno.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "store/keyring.h"
#include "tests/unit/place.h"
#include "tests/unit/run.h"
#include "tests/unit/vectors.h"

#define FILE_MAX 8192
#define QUARTER (KEYRING_TOKEN_DAYS * CLOCK_DAY)

static const uint8_t mk[KEYRING_KEY_LEN] = {1};
static const uint8_t other_mk[KEYRING_KEY_LEN] = {2};

static struct place place;
static char recovery[KEYRING_RECOVERY_TEXT];

static void
setup(void)
{
	place_make(&place);
	ck_assert_int_eq(keyring_create(place.path, mk, recovery), 0);
}

static void
teardown(void)
{
	place_remove(&place);
}

static struct keyring *
must_open(const uint8_t *key, int64_t now)
{
	struct keyring *k = NULL;

	ck_assert_int_eq(keyring_open(place.path, key, now, &k), 0);
	return k;
}

START_TEST(opens_by_either_key)
{
	struct keyring *a = must_open(mk, 0), *b;
	uint8_t key[KEYRING_KEY_LEN];

	ck_assert_uint_eq(strlen(recovery), KEYRING_RECOVERY_TEXT - 1);
	ck_assert_int_eq(keyring_recovery_parse(recovery, key), 0);
	b = must_open(key, 0);
	ck_assert(id_equal(keyring_store_id(a), keyring_store_id(b)));
	ck_assert_mem_eq(keyring_kek(a, 1), keyring_kek(b, 1), 32);
	ck_assert_ptr_null(keyring_kek(a, 2));
	ck_assert_uint_eq(keyring_kek_epoch(a), 1);
	ck_assert_mem_ne(keyring_pepper(a), keyring_audit_key(a), 32);
	ck_assert_mem_ne(keyring_pepper(a), keyring_chain_key(a), 32);
	keyring_close(&a);
	keyring_close(&b);
	ck_assert_ptr_null(a);
}
END_TEST

START_TEST(other_keys_do_not_open_it)
{
	struct keyring *k = NULL;

	ck_assert_int_eq(
	    keyring_open(place.path, other_mk, 0, &k), KEYRING_WRONG_KEY);
	ck_assert_ptr_null(k);
}
END_TEST

START_TEST(is_made_once_and_for_its_owner_only)
{
	uint8_t before[FILE_MAX], after[FILE_MAX];
	char path[PATH_MAX], text[KEYRING_RECOVERY_TEXT];
	struct stat st;
	size_t len = place_read(&place, "keyring", before, FILE_MAX);

	(void)snprintf(path, sizeof(path), "%s/keyring", place.path);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(st.st_nlink, 1);
	ck_assert_int_eq(keyring_create(place.path, other_mk, text), -EEXIST);
	ck_assert_uint_eq(place_read(&place, "keyring", after, FILE_MAX), len);
	ck_assert_mem_eq(before, after, len);
	(void)snprintf(path, sizeof(path), "%s/keyring.new", place.path);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(a_missing_file_is_told)
{
	struct keyring *k = NULL;

	place_remove(&place);
	ck_assert_int_eq(mkdir(place.path, 0700), 0);
	ck_assert_int_eq(keyring_open(place.path, mk, 0, &k), KEYRING_MISSING);
}
END_TEST

/* What a flipped bit in each region gives, with the master key. */
static int
want_for(size_t byte)
{
	if (byte < 16)
		return KEYRING_CORRUPT;
	if (byte >= 17 && byte < 17 + 104)
		return KEYRING_WRONG_KEY;
	return KEYRING_CORRUPT;
}

START_TEST(every_changed_byte_is_seen)
{
	uint8_t file[FILE_MAX];
	size_t len = place_read(&place, "keyring", file, FILE_MAX);
	struct keyring *k = NULL;

	for (size_t i = 0; i < len; i++) {
		int rc;

		file[i] ^= 1;
		place_write(&place, "keyring", file, len);
		rc = keyring_open(place.path, mk, 0, &k);
		ck_assert_msg(rc == want_for(i), "byte %zu: %d", i, rc);
		file[i] ^= 1;
	}
	place_write(&place, "keyring", file, len);
	k = must_open(mk, 0);
	keyring_close(&k);
}
END_TEST

START_TEST(every_other_length_is_refused)
{
	uint8_t file[FILE_MAX] = {0};
	size_t len = place_read(&place, "keyring", file, FILE_MAX);
	struct keyring *k = NULL;

	for (size_t n = 0; n <= FILE_MAX; n += n < len + 8 ? 1 : 512) {
		if (n == len)
			continue;
		place_write(&place, "keyring", file, n);
		ck_assert_int_eq(
		    keyring_open(place.path, mk, 0, &k), KEYRING_CORRUPT);
	}
}
END_TEST

START_TEST(a_newer_file_is_told_and_left_alone)
{
	uint8_t file[FILE_MAX], after[FILE_MAX];
	size_t len = place_read(&place, "keyring", file, FILE_MAX);
	struct keyring *k = NULL;

	file[16] = 2;
	place_write(&place, "keyring", file, len);
	ck_assert_int_eq(
	    keyring_open(place.path, mk, clock_now() + 10 * QUARTER, &k),
	    KEYRING_NEWER);
	ck_assert_uint_eq(place_read(&place, "keyring", after, FILE_MAX), len);
	ck_assert_mem_eq(file, after, len);
}
END_TEST

START_TEST(token_keys_are_renewed_by_the_quarter)
{
	int64_t now = clock_now();
	struct keyring *k;
	uint8_t first[32];

	for (unsigned quarter = 0; quarter < 600; quarter++) {
		uint8_t epoch = (uint8_t)(1 + quarter);

		k = must_open(mk, now + 1);
		ck_assert_uint_eq(keyring_token_epoch(k), epoch);
		if (quarter == 0)
			memcpy(first, keyring_token_key(k, 1), 32);
		if (quarter >= 1)
			ck_assert_ptr_nonnull(
			    keyring_token_key(k, (uint8_t)(epoch - 1)));
		if (quarter == 3)
			ck_assert_mem_eq(keyring_token_key(k, 1), first, 32);
		if (quarter >= 4)
			ck_assert_ptr_null(
			    keyring_token_key(k, (uint8_t)(epoch - 4)));
		ck_assert_ptr_null(keyring_token_key(k, (uint8_t)(epoch + 1)));
		keyring_close(&k);
		now += QUARTER + 2;
	}
	k = must_open(mk, now - 10 * QUARTER);
	ck_assert_uint_eq(keyring_token_epoch(k), 600 % 256);
	keyring_close(&k);
	ck_assert_int_eq(keyring_recovery_parse(recovery, first), 0);
	k = must_open(first, now - 10 * QUARTER);
	keyring_close(&k);
}
END_TEST

START_TEST(a_failed_renewal_keeps_the_newest)
{
	struct keyring *k = must_open(mk, 0);
	char path[PATH_MAX];

	/* a directory in the new file's place cannot be replaced */
	(void)snprintf(path, sizeof(path), "%s/keyring.new", place.path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(
	    keyring_renew(k, place.path, clock_now() + 2 * QUARTER), -EEXIST);
	ck_assert_uint_eq(keyring_token_epoch(k), 1);
	ck_assert_int_eq(rmdir(path), 0);
	/* what a crash leaves is no obstacle */
	place_write(&place, "keyring.new", "half", 4);
	ck_assert_int_eq(
	    keyring_renew(k, place.path, clock_now() + 2 * QUARTER), 0);
	ck_assert_uint_eq(keyring_token_epoch(k), 2);
	keyring_close(&k);
}
END_TEST

START_TEST(blind_indexes_know_kind_and_keyring)
{
	struct place second;
	struct keyring *k = must_open(mk, 0), *l = NULL;
	char text[KEYRING_RECOVERY_TEXT];
	uint8_t a[KEYRING_BLIND_LEN], b[KEYRING_BLIND_LEN];

	keyring_blind(k, 1, "a@b", 3, a);
	keyring_blind(k, 1, "a@b", 3, b);
	ck_assert_mem_eq(a, b, sizeof(a));
	keyring_blind(k, 2, "a@b", 3, b);
	ck_assert_mem_ne(a, b, sizeof(a));
	place_make(&second);
	ck_assert_int_eq(keyring_create(second.path, mk, text), 0);
	ck_assert_int_eq(keyring_open(second.path, mk, 0, &l), 0);
	keyring_blind(l, 1, "a@b", 3, b);
	ck_assert_mem_ne(a, b, sizeof(a));
	keyring_close(&l);
	place_remove(&second);
	keyring_close(&k);
}
END_TEST

#define KEY_TEXT "eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q"

static const struct {
	const char *text;
	int want;
} recovery_cases[] = {
    {KEY_TEXT, 0},
    {"EAQS-EIZE-EUTC-OKBJ-FIVS-YLJO-F4YD-CMRT-GQ2T-MNZY-HE5D-WPB5-HY7Q", 0},
    {" eaqs eize\teutcokbjfivsyljo-f4ydcmrtgq2tmnzyhe5dwpb5hy7q \n", 0},
    {"", -EINVAL},
    {KEY_TEXT "a", -EINVAL},
    {"aqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q", -EINVAL},
    {"0aqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q", -EINVAL},
    {"eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7r", -EINVAL},
};

START_TEST(recovery_text_is_read_as_people_type)
{
	uint8_t key[KEYRING_KEY_LEN], want[VECTOR_MAX / 2];

	ck_assert_int_eq(keyring_recovery_parse(recovery_cases[_i].text, key),
	    recovery_cases[_i].want);
	if (recovery_cases[_i].want == 0) {
		for (size_t i = 0; i < sizeof(key); i++)
			want[i] = (uint8_t)(0x20 + i);
		ck_assert_mem_eq(key, want, sizeof(key));
	}
}
END_TEST

static void
same(const char *name, const uint8_t *key)
{
	uint8_t want[VECTOR_MAX / 2];

	ck_assert_uint_eq(vector_bytes(name, want), KEYRING_KEY_LEN);
	ck_assert_ptr_nonnull(key);
	ck_assert_mem_eq(key, want, KEYRING_KEY_LEN);
}

static void
check_vector_keys(const struct keyring *k)
{
	uint8_t want[VECTOR_MAX / 2], blind[KEYRING_BLIND_LEN];

	(void)vector_bytes("keyring.store-id", want);
	ck_assert_mem_eq(keyring_store_id(k)->b, want, ID_LEN);
	same("keyring.pepper", keyring_pepper(k));
	same("keyring.audit", keyring_audit_key(k));
	same("keyring.chain", keyring_chain_key(k));
	same("keyring.kek-1", keyring_kek(k, 1));
	same("keyring.token-7", keyring_token_key(k, 7));
	keyring_blind(k, 1, "abc", 3, blind);
	ck_assert_uint_eq(
	    vector_bytes("keyring.blind-1-abc", want), sizeof(blind));
	ck_assert_mem_eq(blind, want, sizeof(blind));
}

START_TEST(vector_opens_and_keeps_unknown_fields)
{
	uint8_t file[VECTOR_MAX / 2], key[VECTOR_MAX / 2];
	uint8_t after[FILE_MAX];
	char text[VECTOR_MAX];
	size_t len = vector_bytes("keyring.file", file);
	struct keyring *k;

	place_write(&place, "keyring", file, len);
	(void)vector_bytes("keyring.mk", key);
	k = must_open(key, 0);
	check_vector_keys(k);
	keyring_close(&k);
	vector_text("keyring.recovery", text);
	ck_assert_int_eq(keyring_recovery_parse(text, key), 0);
	k = must_open(key, INT64_C(1790000000000) + QUARTER + 1);
	check_vector_keys(k);
	ck_assert_uint_eq(keyring_token_epoch(k), 8);
	keyring_close(&k);
	/* one more token epoch is all that changed, "later" is still there */
	ck_assert_uint_eq(place_read(&place, "keyring", after, FILE_MAX),
	    len + 3 + 1 + 8 + KEYRING_KEY_LEN);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("keyring");
	TCase *tc = tcase_create("keyring");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, opens_by_either_key);
	tcase_add_test(tc, other_keys_do_not_open_it);
	tcase_add_test(tc, is_made_once_and_for_its_owner_only);
	tcase_add_test(tc, a_missing_file_is_told);
	tcase_add_test(tc, every_changed_byte_is_seen);
	tcase_add_test(tc, every_other_length_is_refused);
	tcase_add_test(tc, a_newer_file_is_told_and_left_alone);
	tcase_add_test(tc, token_keys_are_renewed_by_the_quarter);
	tcase_add_test(tc, a_failed_renewal_keeps_the_newest);
	tcase_add_test(tc, blind_indexes_know_kind_and_keyring);
	tcase_add_loop_test(tc, recovery_text_is_read_as_people_type, 0,
	    (int)PN_ARRAY_LEN(recovery_cases));
	tcase_add_test(tc, vector_opens_and_keeps_unknown_fields);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
