/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <sodium.h>
#include "daemon/answer.h"
#include "store/account.h"
#include "store/audit.h"
#include "store/draft.h"
#include "store/key.h"
#include "store/picture.h"
#include "store/verify.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_practice.h"

static struct practice p;

/* A small practice in which something has happened. */
static void
setup(void)
{
	const struct answer_limits limits = {90, 1, 5};
	struct answer a = {
	    .kind = INBOUND_PERSON,
	    .label = TOKEN_REPLY,
	    .token = {.salt = 4711},
	};
	struct answer_result res;
	account_auto struct account account = {.id = id_new(), .active = true};
	struct draft draft = {.saved = NOW};
	picture_auto struct picture picture = {
	    .changed = NOW, .kind = PICTURE_PNG, .image = text_secret("face")};

	practice_make(&p);
	(void)practice_address(&p, &p.client, "client@x.org", ADDRESS_GOOD);
	(void)practice_address(&p, &p.provider, "provider@x.org", ADDRESS_GOOD);
	account.person = p.provider;
	account.login = text_secret("provider");
	ck_assert_int_eq(account_put(p.s.txn, &account), 0);
	draft.person = p.client;
	draft.about = p.thread;
	ck_assert_int_eq(draft_put(p.s.txn, &draft), 0);
	picture.person = p.provider;
	ck_assert_int_eq(picture_put(p.s.txn, &picture), 0);
	a.token.number = practice_notice(&p, &p.client, NOW);
	ck_assert_int_eq(answer_apply(p.s.txn, &a, &limits, NOW, &res), 0);
	for (int i = 0; i < 3; i++) {
		struct audit audit = {
		    .number = store_number(p.s.txn),
		    .at = NOW,
		    .verb = AUDIT_MAIL_IN,
		};

		ck_assert_int_eq(audit_add(p.s.txn, &audit), 0);
	}
}

static void
teardown(void)
{
	temp_remove(&p.s);
}

struct seen {
	unsigned what[VERIFY_WHATS];
	struct verify_damage last;
};

static void
see(const struct verify_damage *d, void *arg)
{
	struct seen *seen = arg;

	seen->what[d->what]++;
	seen->last = *d;
	ck_assert_uint_gt(strlen(verify_reason(d->code)), 5);
	ck_assert_uint_gt(strlen(verify_word(d->what, 1)), 2);
}

/* Nor does an account have to have a login name. */
static void
put_bare_account(void)
{
	struct account bare = {.id = id_new(), .person = p.client};

	ck_assert_int_eq(account_put(p.s.txn, &bare), 0);
}

static uint64_t
look(struct seen *seen)
{
	struct verify v = {.damaged = see, .arg = seen};

	*seen = (struct seen){0};
	temp_commit(&p.s);
	ck_assert_int_eq(verify_store(p.s.st, &v), 0);
	ck_assert_uint_eq(v.looked[VERIFY_PERSON], 2);
	ck_assert_uint_eq(v.looked[VERIFY_THREAD], 1);
	temp_begin(&p.s);
	return v.bad;
}

START_TEST(a_whole_store_is_well)
{
	struct verify v = {.damaged = see};
	struct seen seen;

	put_bare_account();
	ck_assert_uint_eq(look(&seen), 0);
	temp_commit(&p.s);
	v.arg = &seen;
	ck_assert_int_eq(verify_store(p.s.st, &v), 0);
	ck_assert_uint_eq(v.looked[VERIFY_ADDRESS], 2);
	ck_assert_uint_eq(v.looked[VERIFY_ACCOUNT], 2);
	ck_assert_uint_eq(v.looked[VERIFY_ENTRY], 1);
	ck_assert_uint_eq(v.looked[VERIFY_MEMBER], 2);
	ck_assert_uint_eq(v.looked[VERIFY_DRAFT], 1);
	ck_assert_uint_eq(v.looked[VERIFY_PICTURE], 1);
	ck_assert_uint_eq(v.looked[VERIFY_KEY], 3);
	ck_assert_uint_eq(v.looked[VERIFY_NOTIFICATION], 3);
	ck_assert_uint_eq(v.looked[VERIFY_AUDIT], 3);
	ck_assert_uint_eq(v.looked[VERIFY_INDEX], 7);
}
END_TEST

struct first {
	uint8_t key[KV_KEY_MAX];
	size_t key_len;
	uint8_t val[8192];
	size_t val_len;
};

static int
copy_first(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct first *f = arg;

	ck_assert_uint_le(val.len, sizeof(f->val));
	memcpy(f->key, key.data, key.len);
	memcpy(f->val, val.data, val.len);
	f->key_len = key.len;
	f->val_len = val.len;
	return 0;
}

static void
first_row(enum kv_space space, struct first *f)
{
	struct kv_range one = {.space = space, .limit = 1};

	ck_assert_int_eq(kv_scan(store_kv(p.s.txn), &one, copy_first, f), 0);
}

static const struct {
	enum kv_space space;
	enum verify_what what; /* at least this is named */
} spaces[] = {
    {KV_PERSON, VERIFY_PERSON},
    {KV_ACCOUNT, VERIFY_ACCOUNT},
    {KV_ADDRESS, VERIFY_ADDRESS},
    {KV_RELATION, VERIFY_RELATION},
    {KV_THREAD, VERIFY_THREAD},
    {KV_SLOT, VERIFY_KEY},
    {KV_ENTRY, VERIFY_THREAD},
    {KV_AUDIT, VERIFY_AUDIT},
    {KV_DRAFT, VERIFY_DRAFT},
    {KV_PICTURE, VERIFY_PICTURE},
};

/* Every bit of every kind of row is bound to its place. */
START_TEST(a_changed_byte_is_named)
{
	struct first f;
	struct kv_slice key, val;
	struct seen seen;
	size_t at;

	first_row(spaces[_i].space, &f);
	at = f.val_len - 20;
	f.val[at] ^= 0x10;
	key = (struct kv_slice){f.key, f.key_len};
	val = (struct kv_slice){f.val, f.val_len};
	kv_put(store_kv(p.s.txn), spaces[_i].space, key, val);
	ck_assert_uint_gt(look(&seen), 0);
	ck_assert_uint_gt(seen.what[spaces[_i].what], 0);
}
END_TEST

static const struct {
	enum kv_space space;
	enum verify_what what;
} needed[] = {
    {KV_ENTRY, VERIFY_THREAD},
    {KV_MEMBER, VERIFY_THREAD},
    {KV_SLOT, VERIFY_PERSON},
    {KV_BLIND, VERIFY_INDEX},
    {KV_AUDIT, VERIFY_AUDIT},
};

START_TEST(a_missing_row_is_named)
{
	struct first f;
	struct seen seen;

	first_row(needed[_i].space, &f);
	kv_del(store_kv(p.s.txn), needed[_i].space,
	    (struct kv_slice){f.key, f.key_len});
	ck_assert_uint_gt(look(&seen), 0);
	ck_assert_uint_gt(seen.what[needed[_i].what], 0);
}
END_TEST

START_TEST(what_belongs_to_nothing_is_named)
{
	struct first f;
	struct seen seen;
	uint8_t key[17] = {1, 2, 3};

	first_row(KV_BLIND, &f);
	kv_put(store_kv(p.s.txn), KV_BLIND, (struct kv_slice){key, sizeof(key)},
	    (struct kv_slice){f.val, f.val_len});
	ck_assert_uint_eq(look(&seen), 1);
	ck_assert_uint_eq(seen.what[VERIFY_INDEX], 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("verify");
	TCase *t = tcase_create("verify");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_whole_store_is_well);
	tcase_add_loop_test(
	    t, a_changed_byte_is_named, 0, (int)PN_ARRAY_LEN(spaces));
	tcase_add_loop_test(
	    t, a_missing_row_is_named, 0, (int)PN_ARRAY_LEN(needed));
	tcase_add_test(t, what_belongs_to_nothing_is_named);
	suite_add_tcase(s, t);
	return run_suite(s);
}
