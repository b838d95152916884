/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <sodium.h>
#include "store/account.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_store.h"
#include "tests/unit/vectors.h"

static struct temp_store s;
static const struct id account = {.b = {1, 2, 3}};

static void
setup(void)
{
	temp_make(&s);
}

static void
teardown(void)
{
	temp_remove(&s);
}

static int
hash(const char *text, uint8_t hash_r[static ACCOUNT_CODE_LEN])
{
	return account_code_hash(store_keyring(s.st), &account, text, hash_r);
}

#define MANY 1000

START_TEST(a_new_code_is_like_no_other)
{
	static char codes[MANY][ACCOUNT_CODE_TEXT + 1];
	uint8_t h[ACCOUNT_CODE_LEN];
	unsigned used[128] = {0};

	for (size_t i = 0; i < MANY; i++) {
		account_code_new(codes[i]);
		ck_assert_uint_eq(strlen(codes[i]), ACCOUNT_CODE_TEXT);
		ck_assert_int_eq(codes[i][4], '-');
		ck_assert_int_eq(codes[i][9], '-');
		ck_assert_int_eq(hash(codes[i], h), 0);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(codes[i], codes[j]);
		for (const char *c = codes[i]; *c != '\0'; c++)
			used[(unsigned char)*c]++;
	}
	/* 12,000 characters over 32: each some 375 times */
	for (const char *c = "abcdefghijklmnopqrstuvwxyz234567"; *c; c++) {
		ck_assert_uint_gt(used[(unsigned char)*c], 275);
		ck_assert_uint_lt(used[(unsigned char)*c], 475);
	}
}
END_TEST

static const char *const spellings[] = {
    "abol-o23l-lq67",
    "ABOL-O23L-LQ67",
    "ab0l-023l-1q67",
    "AB01-o231-1Q67",
    "abolo23llq67",
    "  abol o23l\tlq67\r\n",
    "a-b-o-l--o23l-lq-67-",
    "ABOL -- O23L -- LQ67                                               ",
};

START_TEST(a_code_is_read_as_it_was_meant)
{
	uint8_t want[ACCOUNT_CODE_LEN], got[ACCOUNT_CODE_LEN];

	ck_assert_int_eq(hash(spellings[0], want), 0);
	ck_assert_int_eq(hash(spellings[_i], got), 0);
	ck_assert_mem_eq(want, got, sizeof(want));
}
END_TEST

static const char *const no_codes[] = {
    "",
    "----",
    "abol-o23l-lq6",
    "abol-o23l-lq677",
    "abol-o23l-lq68",
    "abol-o23l-lq69",
    "abol_o23l_lq67",
    "abol-o23l-lq6\303\266",
    "abol.o23l.lq67",
};

START_TEST(what_cannot_be_a_code_is_refused)
{
	uint8_t h[ACCOUNT_CODE_LEN];

	ck_assert_int_eq(hash(no_codes[_i], h), -EINVAL);
}
END_TEST

START_TEST(a_code_is_one_accounts)
{
	uint8_t mine[ACCOUNT_CODE_LEN], other[ACCOUNT_CODE_LEN];
	struct id another = account;
	struct temp_store elsewhere;

	ck_assert_int_eq(hash(spellings[0], mine), 0);
	another.b[15] = 1;
	ck_assert_int_eq(account_code_hash(store_keyring(s.st), &another,
			     spellings[0], other),
	    0);
	ck_assert_mem_ne(mine, other, sizeof(mine));
	/* and worth nothing under another store's pepper */
	temp_make(&elsewhere);
	ck_assert_int_eq(account_code_hash(store_keyring(elsewhere.st),
			     &account, spellings[0], other),
	    0);
	ck_assert_mem_ne(mine, other, sizeof(mine));
	temp_remove(&elsewhere);
	ck_assert_int_eq(hash("abol-o23l-lq66", other), 0);
	ck_assert_mem_ne(mine, other, sizeof(mine));
}
END_TEST

/* The keyring of docs/formats.md has its own pepper. */
START_TEST(the_hash_is_the_documents)
{
	uint8_t file[VECTOR_MAX / 2], mk[VECTOR_MAX / 2], want[VECTOR_MAX / 2];
	PN_CLEANUP(keyring_close) struct keyring *k = NULL;
	uint8_t got[ACCOUNT_CODE_LEN];
	char text[VECTOR_MAX];
	struct place place;
	struct id id;

	place_make(&place);
	place_write(
	    &place, "keyring", file, vector_bytes("keyring.file", file));
	(void)vector_bytes("keyring.mk", mk);
	ck_assert_int_eq(keyring_open(place.path, mk, 0, &k), 0);
	place_remove(&place);
	ck_assert_uint_eq(vector_bytes("account.id", want), ID_LEN);
	memcpy(id.b, want, ID_LEN);
	vector_text("account.code", text);
	ck_assert_int_eq(account_code_hash(k, &id, text, got), 0);
	ck_assert_uint_eq(
	    vector_bytes("account.code-hash", want), ACCOUNT_CODE_LEN);
	ck_assert_mem_eq(got, want, ACCOUNT_CODE_LEN);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("account code");
	TCase *tc = tcase_create("account code");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_new_code_is_like_no_other);
	tcase_add_loop_test(tc, a_code_is_read_as_it_was_meant, 0,
	    (int)PN_ARRAY_LEN(spellings));
	tcase_add_loop_test(tc, what_cannot_be_a_code_is_refused, 0,
	    (int)PN_ARRAY_LEN(no_codes));
	tcase_add_test(tc, a_code_is_one_accounts);
	tcase_add_test(tc, the_hash_is_the_documents);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
