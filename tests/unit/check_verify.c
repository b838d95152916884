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
#include "tests/unit/row.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_attachment.h"
#include "tests/unit/temp_practice.h"

/* Two chunks, the second one padded. */
#define FILE_SIZE (BLOB_CHUNK + 1000)
#define FILE_LEN ((size_t)1 + 24 + 2 * (BLOB_CHUNK + 17))

static struct practice p;
static struct attachment files[2];
static uint64_t message;

/* One message with two files. */
static void
bring_files(void)
{
	struct thread t;

	for (size_t i = 0; i < 2; i++)
		files[i] = attachment_make(p.s.st, ATTACHMENT_PDF, FILE_SIZE);
	ck_assert_int_eq(thread_get(p.s.txn, &p.thread, &t), 0);
	message = post_files(
	    p.s.txn, store_keyring(p.s.st), &t, "Two files.", files, 2);
}

/* A small practice in which something has happened. */
static void
setup(void)
{
	const struct answer_limits limits = {90, 1, 5, {3, 10}};
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
	bring_files();
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
	attachment_fini(&files[0]);
	attachment_fini(&files[1]);
	temp_remove(&p.s);
}

struct seen {
	unsigned what[VERIFY_WHATS];
	struct verify_damage last;
	uint64_t unbound;
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
	seen->unbound = v.unbound;
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
	ck_assert_uint_eq(v.looked[VERIFY_ENTRY], 2);
	ck_assert_uint_eq(v.looked[VERIFY_MEMBER], 2);
	ck_assert_uint_eq(v.looked[VERIFY_DRAFT], 1);
	ck_assert_uint_eq(v.looked[VERIFY_PICTURE], 1);
	ck_assert_uint_eq(v.looked[VERIFY_ATTACHMENT], 2);
	ck_assert_uint_eq(v.unbound, 0);
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
    {KV_ATTACHMENT, VERIFY_ATTACHMENT},
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
    {KV_ATTACHMENT, VERIFY_ATTACHMENT},
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

/* ---- files ----------------------------------------------------------- */

/* Exactly one damage: that of file I. */
static void
ck_file(size_t i, int code)
{
	struct seen seen;

	ck_assert_uint_eq(look(&seen), 1);
	ck_assert_int_eq(seen.last.what, VERIFY_ATTACHMENT);
	ck_assert_int_eq(seen.last.code, code);
	ck_assert(id_equal(&seen.last.id, &files[i].id));
	ck_assert_uint_eq(seen.last.number, message);
}

static void
ck_well(void)
{
	struct seen seen;

	ck_assert_uint_eq(look(&seen), 0);
}

START_TEST(a_changed_file_is_named)
{
	for (size_t at = 0; at < FILE_LEN; at += 1 + FILE_LEN / 150) {
		uint8_t bit = (uint8_t)(1 << at % 8);

		file_flip(&p.s.place, &files[1].id, at, bit);
		ck_file(1, BLOB_DAMAGED);
		file_flip(&p.s.place, &files[1].id, at, bit);
	}
	file_flip(&p.s.place, &files[1].id, FILE_LEN - 1, 0x80);
	ck_file(1, BLOB_DAMAGED);
	file_flip(&p.s.place, &files[1].id, FILE_LEN - 1, 0x80);
	ck_well();
}
END_TEST

START_TEST(a_file_of_another_length_is_named)
{
	static const size_t lens[] = {
	    0, 1, 25, FILE_LEN / 2, FILE_LEN - 1, FILE_LEN + 1, 2 * FILE_LEN};

	file_truncate(&p.s.place, &files[0].id, lens[_i]);
	ck_file(0, BLOB_DAMAGED);
}
END_TEST

START_TEST(exchanged_files_are_named)
{
	struct seen seen;
	uint8_t *a, *b;
	size_t len;

	a = file_read(&p.s.place, &files[0].id, &len);
	b = file_read(&p.s.place, &files[1].id, &len);
	file_write(&p.s.place, &files[0].id, b, len);
	file_write(&p.s.place, &files[1].id, a, len);
	ck_assert_uint_eq(look(&seen), 2);
	ck_assert_uint_eq(seen.what[VERIFY_ATTACHMENT], 2);
	ck_assert_int_eq(seen.last.code, BLOB_DAMAGED);
	free(a);
	free(b);
}
END_TEST

START_TEST(a_missing_file_is_named)
{
	ck_assert_int_eq(blob_delete(p.s.st, &files[0].id), 0);
	ck_file(0, KV_NOT_FOUND);
}
END_TEST

/* An upload may be on its way; and it is told once. */
START_TEST(a_file_of_no_message_is_no_damage)
{
	uint8_t key[BLOB_KEY_LEN];
	struct id id = id_new();
	struct seen seen;

	file_make(p.s.st, &id, 10, key);
	ck_assert_uint_eq(look(&seen), 0);
	ck_assert_uint_eq(seen.unbound, 1);
}
END_TEST

static struct attachment_row
row_of(const struct id *id)
{
	return (struct attachment_row){
	    .id = *id,
	    .thread = p.thread,
	    .number = message,
	    .state = ATTACHMENT_CLEAN,
	    .changed = NOW,
	};
}

START_TEST(a_row_of_a_message_that_does_not_name_it)
{
	struct id id = id_new();
	struct attachment_row row = row_of(&id);
	struct seen seen;

	ck_assert_int_eq(attachment_put(p.s.txn, &row), 0);
	ck_assert_uint_eq(look(&seen), 1);
	ck_assert_int_eq(seen.last.what, VERIFY_ATTACHMENT);
	ck_assert_int_eq(seen.last.code, KV_NOT_FOUND);
	ck_assert(id_equal(&seen.last.id, &id));
	ck_assert_uint_eq(seen.last.number, message);
}
END_TEST

START_TEST(a_row_of_no_message)
{
	struct id id = id_new();
	struct attachment_row row = row_of(&id);
	struct seen seen;

	if (_i == 0)
		row.number += 1000;
	else
		row.thread = id;
	ck_assert_int_eq(attachment_put(p.s.txn, &row), 0);
	ck_assert_uint_eq(look(&seen), 1);
	ck_assert_int_eq(seen.last.what, VERIFY_ATTACHMENT);
	ck_assert_int_eq(seen.last.code, KV_NOT_FOUND);
	ck_assert(id_equal(&seen.last.id, &id));
}
END_TEST

START_TEST(a_file_whose_row_is_missing)
{
	struct key key = key_of_id(&files[1].id);

	kv_del(store_kv(p.s.txn), KV_ATTACHMENT, key_slice(&key));
	ck_file(1, KV_NOT_FOUND);
}
END_TEST

/* It leads to where nothing names it, and is missed where it is named. */
START_TEST(a_row_that_leads_elsewhere)
{
	struct key key = key_of_id(&files[0].id);
	struct attachment_row row = row_of(&files[0].id);
	struct seen seen;

	row.number--;
	kv_del(store_kv(p.s.txn), KV_ATTACHMENT, key_slice(&key));
	ck_assert_int_eq(attachment_put(p.s.txn, &row), 0);
	ck_assert_uint_eq(look(&seen), 2);
	ck_assert_uint_eq(seen.what[VERIFY_ATTACHMENT], 2);
}
END_TEST

START_TEST(a_row_that_was_moved)
{
	struct key from = key_of_id(&files[0].id), to;
	struct id id = id_new();
	struct seen seen;

	to = key_of_id(&id);
	row_move(&p.s, KV_ATTACHMENT, &from, &to);
	ck_assert_uint_eq(look(&seen), 1);
	ck_assert_int_eq(seen.last.what, VERIFY_ATTACHMENT);
	ck_assert_int_eq(seen.last.code, SEAL_FORGED);
	ck_assert(id_equal(&seen.last.id, &id));
	/* over the row of another file of the same message */
	kv_del(store_kv(p.s.txn), KV_ATTACHMENT, key_slice(&to));
	to = key_of_id(&files[1].id);
	row_move(&p.s, KV_ATTACHMENT, &from, &to);
	ck_assert_uint_eq(look(&seen), 1);
	ck_assert_int_eq(seen.last.code, SEAL_FORGED);
	ck_assert(id_equal(&seen.last.id, &files[1].id));
}
END_TEST

/* Its message cannot be opened any more, so neither can the file. */
START_TEST(a_file_of_an_erased_message)
{
	struct key slot = {.len = 0};

	key_add_byte(&slot, SLOT_THREAD);
	key_add_id(&slot, &p.thread);
	key_add_u32(&slot, 1);
	kv_del(store_kv(p.s.txn), KV_SLOT, key_slice(&slot));
	ck_well();
}
END_TEST

static void
add_file_tests(TCase *t)
{
	tcase_add_test(t, a_changed_file_is_named);
	tcase_add_loop_test(t, a_file_of_another_length_is_named, 0, 7);
	tcase_add_test(t, exchanged_files_are_named);
	tcase_add_test(t, a_missing_file_is_named);
	tcase_add_test(t, a_file_of_no_message_is_no_damage);
	tcase_add_test(t, a_row_of_a_message_that_does_not_name_it);
	tcase_add_loop_test(t, a_row_of_no_message, 0, 2);
	tcase_add_test(t, a_file_whose_row_is_missing);
	tcase_add_test(t, a_row_that_leads_elsewhere);
	tcase_add_test(t, a_row_that_was_moved);
	tcase_add_test(t, a_file_of_an_erased_message);
}

int
main(void)
{
	Suite *s = suite_create("verify");
	TCase *t = tcase_create("verify");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_whole_store_is_well);
	tcase_add_loop_test(
	    t, a_changed_byte_is_named, 0, (int)PN_ARRAY_LEN(spaces));
	tcase_add_loop_test(
	    t, a_missing_row_is_named, 0, (int)PN_ARRAY_LEN(needed));
	tcase_add_test(t, what_belongs_to_nothing_is_named);
	add_file_tests(t);
	suite_add_tcase(s, t);
	return run_suite(s);
}
