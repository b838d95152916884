/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <sodium.h>
#include "store/session.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_store.h"

static struct temp_store s;

static void
setup(void)
{
	temp_make(&s);
	temp_begin(&s);
}

static void
teardown(void)
{
	temp_remove(&s);
}

static struct session
put(char text_r[static SESSION_TEXT_LEN + 1])
{
	struct session made = {
	    .person = id_new(),
	    .account = id_new(),
	    .created = 1000,
	    .used = 2000,
	    .expires = 3000,
	    .frontend = "practice",
	};

	session_token_new(text_r, made.hash);
	ck_assert_int_eq(session_put(s.txn, &made), 0);
	return made;
}

static void
ck_same(const struct session *a, const struct session *b)
{
	ck_assert_mem_eq(a->hash, b->hash, SESSION_HASH_LEN);
	ck_assert(id_equal(&a->person, &b->person));
	ck_assert(id_equal(&a->account, &b->account));
	ck_assert_int_eq(a->created, b->created);
	ck_assert_int_eq(a->used, b->used);
	ck_assert_int_eq(a->expires, b->expires);
	ck_assert_str_eq(a->frontend, b->frontend);
}

START_TEST(a_session_is_found_by_its_token)
{
	char text[SESSION_TEXT_LEN + 1];
	struct session made = put(text), back;
	uint8_t hash[SESSION_HASH_LEN];

	temp_reopen(&s);
	ck_assert_uint_eq(strlen(text), SESSION_TEXT_LEN);
	ck_assert_int_eq(session_token_hash(text, hash), 0);
	ck_assert_int_eq(session_get(s.txn, hash, &back), 0);
	ck_same(&made, &back);
	made.used = 2500;
	ck_assert_int_eq(session_put(s.txn, &made), 0);
	ck_assert_int_eq(session_get(s.txn, hash, &back), 0);
	ck_same(&made, &back);
	session_del(s.txn, hash);
	ck_assert_int_eq(session_get(s.txn, hash, &back), KV_NOT_FOUND);
	session_del(s.txn, hash);
}
END_TEST

static const char *const no_tokens[] = {
    "",
    "a",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
};

START_TEST(what_cannot_be_a_token_is_refused)
{
	uint8_t hash[SESSION_HASH_LEN];

	ck_assert_int_eq(session_token_hash(no_tokens[_i], hash), -EINVAL);
}
END_TEST

START_TEST(the_token_is_not_in_the_store)
{
	char text[SESSION_TEXT_LEN + 1], other[SESSION_TEXT_LEN + 1];
	struct session a = put(text), b = put(other);

	ck_assert_str_ne(text, other);
	ck_assert_mem_ne(a.hash, b.hash, SESSION_HASH_LEN);
	ck_assert_int_eq(session_token_hash(other, a.hash), 0);
	ck_assert_mem_eq(a.hash, b.hash, SESSION_HASH_LEN);
}
END_TEST

static int
count(const struct session *session, void *arg)
{
	unsigned *n = arg;

	ck_assert_str_eq(session->frontend, "practice");
	(*n)++;
	return 0;
}

/* A row made by whoever can write to the disk signs nobody in. */
START_TEST(a_session_cannot_be_forged)
{
	char text[SESSION_TEXT_LEN + 1];
	struct session made = put(text), back;
	uint8_t hash[SESSION_HASH_LEN], row[256];
	struct kv_slice key = {made.hash, SESSION_HASH_LEN}, val;
	struct kv_slice mine = {hash, sizeof(hash)};
	unsigned n = 0;
	size_t len;

	ck_assert_int_eq(kv_get(store_kv(s.txn), KV_SESSION, key, &val), 0);
	len = val.len;
	memcpy(row, val.data, len);
	session_token_new(text, hash);
	kv_put(store_kv(s.txn), KV_SESSION, mine, (struct kv_slice){row, len});
	ck_assert_int_eq(session_get(s.txn, hash, &back), KV_NOT_FOUND);
	ck_assert_int_eq(session_list(s.txn, count, &n), 0);
	ck_assert_uint_eq(n, 1);
	for (size_t i = 0; i < len; i++) {
		row[i] ^= 1;
		kv_put(store_kv(s.txn), KV_SESSION, key,
		    (struct kv_slice){row, len});
		ck_assert_int_eq(
		    session_get(s.txn, made.hash, &back), KV_NOT_FOUND);
		row[i] ^= 1;
	}
	/* and is replaced by a real one */
	ck_assert_int_eq(session_put(s.txn, &made), 0);
	ck_assert_int_eq(session_get(s.txn, made.hash, &back), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("session");
	TCase *tc = tcase_create("session");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_session_is_found_by_its_token);
	tcase_add_loop_test(tc, what_cannot_be_a_token_is_refused, 0,
	    (int)PN_ARRAY_LEN(no_tokens));
	tcase_add_test(tc, the_token_is_not_in_the_store);
	tcase_add_test(tc, a_session_cannot_be_forged);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
