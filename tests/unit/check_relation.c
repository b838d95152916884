/* SPDX-License-Identifier: Apache-2.0 */

#include <sodium.h>
#include "store/key.h"
#include "store/relation.h"
#include "store/seal.h"
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

static struct relation
put(const struct id *client, const struct id *provider)
{
	struct relation r = {
	    .client = *client,
	    .provider = *provider,
	    .since = 1000,
	    .until = 2000,
	    .writable = true,
	    .thread = id_new(),
	};

	ck_assert_int_eq(relation_put(s.txn, &r), 0);
	return r;
}

START_TEST(a_relation_comes_back)
{
	struct id client = id_new(), provider = id_new();
	struct relation r = put(&client, &provider), back;

	temp_reopen(&s);
	ck_assert_int_eq(relation_get(s.txn, &client, &provider, &back), 0);
	ck_assert(id_equal(&back.client, &client));
	ck_assert(id_equal(&back.provider, &provider));
	ck_assert(id_equal(&back.thread, &r.thread));
	ck_assert_int_eq(back.since, 1000);
	ck_assert_int_eq(back.until, 2000);
	ck_assert(back.writable);
	r.until = 0;
	r.writable = false;
	ck_assert_int_eq(relation_put(s.txn, &r), 0);
	ck_assert_int_eq(relation_get(s.txn, &client, &provider, &back), 0);
	ck_assert_int_eq(back.until, 0);
	ck_assert(!back.writable);
	ck_assert_int_eq(
	    relation_get(s.txn, &provider, &client, &back), KV_NOT_FOUND);
}
END_TEST

START_TEST(either_finds_the_other)
{
	struct id client = id_new(), provider = id_new();
	struct relation r = put(&client, &provider), back;

	ck_assert_int_eq(
	    relation_with(s.txn, &client, true, &provider, &back), 0);
	ck_assert(id_equal(&back.thread, &r.thread));
	ck_assert_int_eq(
	    relation_with(s.txn, &provider, false, &client, &back), 0);
	ck_assert(id_equal(&back.client, &client));
	ck_assert(id_equal(&back.thread, &r.thread));
	ck_assert_int_eq(relation_with(s.txn, &client, false, &provider, &back),
	    KV_NOT_FOUND);
	ck_assert_int_eq(relation_with(s.txn, &provider, true, &client, &back),
	    KV_NOT_FOUND);
}
END_TEST

struct listed {
	const struct id *client;   /* NULL: any */
	const struct id *provider; /* NULL: any */
	unsigned count;
};

static int
list(const struct relation *r, void *arg)
{
	struct listed *l = arg;

	if (l->client != NULL)
		ck_assert(id_equal(&r->client, l->client));
	if (l->provider != NULL)
		ck_assert(id_equal(&r->provider, l->provider));
	ck_assert_int_eq(r->since, 1000);
	l->count++;
	return 0;
}

START_TEST(both_sides_are_listed)
{
	struct id clients[3], providers[4];
	struct listed l;

	for (size_t i = 0; i < 3; i++)
		clients[i] = id_new();
	for (size_t i = 0; i < 4; i++)
		providers[i] = id_new();
	for (size_t i = 0; i < 12; i++)
		(void)put(&clients[i % 3], &providers[i % 4]);
	for (size_t i = 0; i < 3; i++) {
		l = (struct listed){.client = &clients[i]};
		ck_assert_int_eq(
		    relation_list(s.txn, &clients[i], true, 100, list, &l), 0);
		ck_assert_uint_eq(l.count, 4);
		ck_assert_int_eq(
		    relation_list(s.txn, &clients[i], false, 100, list, &l), 0);
		ck_assert_uint_eq(l.count, 4);
	}
	l = (struct listed){.provider = &providers[2]};
	ck_assert_int_eq(
	    relation_list(s.txn, &providers[2], false, 100, list, &l), 0);
	ck_assert_uint_eq(l.count, 3);
	l.count = 0;
	ck_assert_int_eq(
	    relation_list(s.txn, &providers[2], false, 2, list, &l), 0);
	ck_assert_uint_eq(l.count, 2);
}
END_TEST

START_TEST(a_relation_cannot_be_forged)
{
	struct id client = id_new(), provider = id_new(), other = id_new();
	struct key at = {.len = 0}, to = {.len = 0};
	struct relation back;
	struct kv_slice val;
	uint8_t row[256];
	size_t len;

	(void)put(&client, &provider);
	key_add_byte(&at, 'c');
	key_add_id(&at, &client);
	key_add_id(&at, &provider);
	key_add_byte(&to, 'c');
	key_add_id(&to, &client);
	key_add_id(&to, &other);
	ck_assert_int_eq(
	    kv_get(store_kv(s.txn), KV_RELATION, key_slice(&at), &val), 0);
	len = val.len;
	memcpy(row, val.data, len);
	kv_put(store_kv(s.txn), KV_RELATION, key_slice(&to),
	    (struct kv_slice){row, len});
	ck_assert_int_eq(
	    relation_get(s.txn, &client, &other, &back), SEAL_FORGED);
	for (size_t i = 0; i < len; i++) {
		row[i] ^= 1;
		kv_put(store_kv(s.txn), KV_RELATION, key_slice(&at),
		    (struct kv_slice){row, len});
		ck_assert_int_eq(relation_get(s.txn, &client, &provider, &back),
		    SEAL_FORGED);
		row[i] ^= 1;
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("relation");
	TCase *tc = tcase_create("relation");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_relation_comes_back);
	tcase_add_test(tc, either_finds_the_other);
	tcase_add_test(tc, both_sides_are_listed);
	tcase_add_test(tc, a_relation_cannot_be_forged);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
