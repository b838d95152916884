/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "store/record.h"
#include "store/slot.h"
#include "store/store.h"
#include "tests/unit/place.h"
#include "tests/unit/run.h"
#include "tests/unit/vectors.h"

#define MIB ((size_t)1 << 20)
#define FILE_MAX ((size_t)1 << 20)

static const uint8_t mk[KEYRING_KEY_LEN] = {1};
static const uint8_t other_mk[KEYRING_KEY_LEN] = {2};

static struct place place;
static struct store_options opt;
static struct store *st;
static char recovery[KEYRING_RECOVERY_TEXT];

static void
setup(void)
{
	place_make(&place);
	opt = (struct store_options){
	    .directory = place.path, .map_size = 16 * MIB};
	ck_assert_int_eq(store_create(&opt, mk, recovery), 0);
}

static void
teardown(void)
{
	store_close(&st);
	place_remove(&place);
}

static void
must_open(void)
{
	store_close(&st);
	ck_assert_int_eq(store_open(&opt, mk, &st), 0);
}

static struct store_txn *
begin(bool write)
{
	struct store_txn *txn = NULL;

	ck_assert_int_eq(store_begin(st, write, &txn), 0);
	return txn;
}

/* Both files, to see that nothing touched them. */
struct picture {
	uint8_t *data;
	size_t data_len;
	uint8_t keyring[8192];
	size_t keyring_len;
};

static struct picture
picture(void)
{
	struct picture p = {.data = malloc(FILE_MAX)};

	ck_assert_ptr_nonnull(p.data);
	p.data_len = place_read(&place, "data.mdb", p.data, FILE_MAX);
	p.keyring_len =
	    place_read(&place, "keyring", p.keyring, sizeof(p.keyring));
	return p;
}

static void
unchanged(struct picture *before)
{
	struct picture now = picture();

	ck_assert_uint_eq(before->data_len, now.data_len);
	ck_assert_mem_eq(before->data, now.data, now.data_len);
	ck_assert_uint_eq(before->keyring_len, now.keyring_len);
	ck_assert_mem_eq(before->keyring, now.keyring, now.keyring_len);
	free(now.data);
	free(before->data);
}

/* Writes a row as a program of another time might have. */
static void
put_raw(enum kv_space space, struct kv_slice key, struct kv_slice val)
{
	struct kv_options o = {
	    .directory = place.path, .map_size = 16 * MIB, .create = true};
	struct kv_txn *txn = NULL;
	struct kv *kv = NULL;

	ck_assert_int_eq(kv_open(&o, &kv), 0);
	ck_assert_int_eq(kv_begin(kv, true, &txn), 0);
	kv_put(txn, space, key, val);
	ck_assert_int_eq(kv_commit(&txn), 0);
	kv_close(&kv);
}

START_TEST(is_made_once)
{
	char text[KEYRING_RECOVERY_TEXT];
	struct picture before = picture();

	ck_assert_int_eq(store_create(&opt, mk, text), -EEXIST);
	unchanged(&before);
	must_open();
	before = picture();
	ck_assert_int_eq(store_create(&opt, mk, text), -EEXIST);
	unchanged(&before);
}
END_TEST

START_TEST(a_keyring_is_never_replaced)
{
	char path[PATH_MAX], text[KEYRING_RECOVERY_TEXT];
	uint8_t before[8192], after[8192];
	size_t len = place_read(&place, "keyring", before, sizeof(before));

	(void)snprintf(path, sizeof(path), "%s/data.mdb", place.path);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(store_open(&opt, mk, &st), -ENOENT);
	ck_assert_int_eq(store_create(&opt, mk, text), -EEXIST);
	ck_assert_uint_eq(
	    place_read(&place, "keyring", after, sizeof(after)), len);
	ck_assert_mem_eq(before, after, len);
}
END_TEST

START_TEST(a_failed_creation_leaves_nothing)
{
	char path[64 + 4], text[KEYRING_RECOVERY_TEXT];
	struct store_options o = {.directory = path, .map_size = 1};

	(void)snprintf(path, sizeof(path), "%s/new", place.path);
	/* one page of map cannot hold a store */
	ck_assert_int_ne(store_create(&o, mk, text), 0);
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

START_TEST(opens_by_recovery_key_too)
{
	uint8_t key[KEYRING_KEY_LEN];

	ck_assert_int_eq(keyring_recovery_parse(recovery, key), 0);
	ck_assert_int_eq(store_open(&opt, key, &st), 0);
}
END_TEST

START_TEST(a_wrong_key_touches_nothing)
{
	struct picture before = picture();

	ck_assert_int_eq(store_open(&opt, other_mk, &st), KEYRING_WRONG_KEY);
	ck_assert_ptr_null(st);
	unchanged(&before);
}
END_TEST

START_TEST(a_foreign_keyring_is_refused)
{
	struct place second;
	char text[KEYRING_RECOVERY_TEXT];
	uint8_t file[8192];
	size_t len;
	struct picture before;

	place_make(&second);
	ck_assert_int_eq(keyring_create(second.path, mk, text), 0);
	len = place_read(&second, "keyring", file, sizeof(file));
	place_remove(&second);
	place_write(&place, "keyring", file, len);
	before = picture();
	ck_assert_int_eq(store_open(&opt, mk, &st), KEYRING_CORRUPT);
	unchanged(&before);
}
END_TEST

#define ROW(s)                                                                 \
	{                                                                      \
		(s), sizeof(s) - 1                                             \
	}

static const struct {
	const char *what;
	struct kv_slice row;
	int want;
} metas[] = {
    {"newer major", ROW("\1\0\0\0\2"), RECORD_NEWER},
    {"newer record", ROW("\2\0\0\0\1"), RECORD_NEWER},
    {"critical field", ROW("\1\0\0\0\1aaaaaaaaaaaaaaaatttttttt\x80\0\0"),
	RECORD_NEWER},
    {"major 0", ROW("\1\0\0\0\0aaaaaaaaaaaaaaaatttttttt"), RECORD_CORRUPT},
    {"cut", ROW("\1\0\0\0\1aaaaaaaaaaaaaaaattttttt"), RECORD_CORRUPT},
    {"empty", {"", 0}, RECORD_CORRUPT},
};

START_TEST(a_newer_store_is_not_touched)
{
	struct picture before;

	put_raw(KV_META, (struct kv_slice){"store", 5}, metas[_i].row);
	before = picture();
	ck_assert_msg(
	    store_open(&opt, mk, &st) == metas[_i].want, "%s", metas[_i].what);
	ck_assert_ptr_null(st);
	unchanged(&before);
	/* not even with the wrong key is anything else said */
	ck_assert_int_eq(store_open(&opt, other_mk, &st), metas[_i].want);
}
END_TEST

START_TEST(a_store_in_use_is_opened_without_a_write)
{
	struct picture before = picture();

	must_open();
	store_close(&st);
	unchanged(&before);
}
END_TEST

static void
put_numbered(struct store_txn *txn, enum kv_space space, uint64_t n)
{
	uint8_t key[8];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(n >> (56 - 8 * i));
	kv_append(store_kv(txn), space, (struct kv_slice){key, sizeof(key)},
	    (struct kv_slice){"", 0});
}

static const enum kv_space numbered[] = {
    KV_ENTRY, KV_OUTBOX, KV_IDEM, KV_AUDIT};

/* ---- the directory of the sealed files ------------------------------- */

static void
files_path(char path_r[PATH_MAX])
{
	(void)snprintf(path_r, PATH_MAX, "%s/attachments", place.path);
}

static void
ck_directory(void)
{
	char path[PATH_MAX];
	struct stat is, held;

	files_path(path);
	ck_assert_int_eq(lstat(path, &is), 0);
	ck_assert(S_ISDIR(is.st_mode));
	ck_assert_uint_eq(is.st_mode & 07777, 0700);
	ck_assert_int_eq(fstat(store_attachments(st), &held), 0);
	ck_assert_uint_eq(held.st_ino, is.st_ino);
}

START_TEST(it_has_a_directory_for_files)
{
	char path[PATH_MAX];
	mode_t mask = umask(0);

	must_open();
	ck_directory();
	/* a store of an older program, or of a backup, has none */
	files_path(path);
	ck_assert_int_eq(rmdir(path), 0);
	must_open();
	ck_directory();
	(void)umask(mask);
}
END_TEST

START_TEST(who_may_not_open_makes_none)
{
	char path[PATH_MAX];

	files_path(path);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_gt(store_open(&opt, other_mk, &st), 0);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(what_is_no_directory_is_refused)
{
	char path[PATH_MAX];

	files_path(path);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(symlink("/tmp", path), 0);
	ck_assert_int_lt(store_open(&opt, mk, &st), 0);
	ck_assert_int_eq(unlink(path), 0);
	place_write(&place, "attachments", "x", 1);
	ck_assert_int_eq(store_open(&opt, mk, &st), -ENOTDIR);
	ck_assert_ptr_null(st);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(numbers_go_on_after_a_restart)
{
	struct store_txn *txn;

	must_open();
	txn = begin(true);
	ck_assert_uint_eq(store_number(txn), 1);
	ck_assert_uint_eq(store_number(txn), 2);
	store_abort(&txn);
	ck_assert_ptr_null(txn);
	txn = begin(true);
	ck_assert_uint_eq(store_number(txn), 3);
	put_numbered(txn, numbered[_i], 3);
	ck_assert_uint_eq(store_changes(txn), 1);
	ck_assert_int_eq(store_commit(&txn), 0);
	must_open();
	txn = begin(true);
	ck_assert_uint_eq(store_number(txn), 4);
	ck_assert_uint_eq(store_count(txn, numbered[_i]), 1);
	store_abort(&txn);
}
END_TEST

START_TEST(a_number_that_cannot_be_is_corrupt)
{
	put_raw(numbered[_i], (struct kv_slice){"\xff", 1},
	    (struct kv_slice){"", 0});
	ck_assert_int_eq(store_open(&opt, mk, &st), RECORD_CORRUPT);
}
END_TEST

/* ---- slots ----------------------------------------------------------- */

static const struct id id_a = {{1}}, id_b = {{2}};

static struct kv_slice
slot_row_key(
    uint8_t to[21], enum slot_kind kind, const struct id *id, uint32_t gen)
{
	to[0] = (uint8_t)kind;
	memcpy(to + 1, id->b, ID_LEN);
	for (size_t i = 0; i < 4; i++)
		to[17 + i] = (uint8_t)(gen >> (24 - 8 * i));
	return (struct kv_slice){to, 21};
}

START_TEST(a_slot_gives_back_its_key)
{
	struct slot_key key = slot_key_new(), back = {{0}};
	struct store_txn *txn;

	must_open();
	txn = begin(true);
	ck_assert_int_eq(slot_put(txn, SLOT_THREAD, &id_a, 1, &key), 0);
	ck_assert_int_eq(store_commit(&txn), 0);
	must_open();
	txn = begin(false);
	ck_assert_int_eq(slot_get(txn, SLOT_THREAD, &id_a, 1, &back), 0);
	ck_assert_mem_eq(key.key, back.key, sizeof(key.key));
	ck_assert_int_eq(
	    slot_get(txn, SLOT_THREAD, &id_a, 2, &back), KV_NOT_FOUND);
	ck_assert_int_eq(
	    slot_get(txn, SLOT_THREAD, &id_b, 1, &back), KV_NOT_FOUND);
	ck_assert_int_eq(
	    slot_get(txn, SLOT_PERSON, &id_a, 1, &back), KV_NOT_FOUND);
	store_abort(&txn);
}
END_TEST

static const struct {
	enum slot_kind kind;
	const struct id *id;
	uint32_t generation;
} moves[] = {
    {SLOT_THREAD, &id_a, 2},
    {SLOT_THREAD, &id_b, 1},
    {SLOT_PERSON, &id_a, 1},
};

START_TEST(a_moved_slot_does_not_open)
{
	struct slot_key key = slot_key_new(), back;
	uint8_t from[21], to[21];
	buf_auto struct buf copy = {0};
	struct kv_slice row;
	struct store_txn *txn;

	buf_init(&copy, 4096);
	must_open();
	txn = begin(true);
	ck_assert_int_eq(slot_put(txn, SLOT_THREAD, &id_a, 1, &key), 0);
	ck_assert_int_eq(kv_get(store_kv(txn), KV_SLOT,
			     slot_row_key(from, SLOT_THREAD, &id_a, 1), &row),
	    0);
	buf_add(&copy, row.data, row.len);
	kv_put(store_kv(txn), KV_SLOT,
	    slot_row_key(
		to, moves[_i].kind, moves[_i].id, moves[_i].generation),
	    (struct kv_slice){copy.data, copy.len});
	ck_assert_int_eq(slot_get(txn, moves[_i].kind, moves[_i].id,
			     moves[_i].generation, &back),
	    SEAL_FORGED);
	store_abort(&txn);
}
END_TEST

/* The offset of the byte changed in a row of one wrap. */
static const struct {
	size_t at;
	uint8_t flip;
	int want;
} slot_flips[] = {
    {0, 2, RECORD_NEWER},   /* format 3 */
    {0, 1, RECORD_CORRUPT}, /* format 0 */
    {1, 2, KV_NOT_FOUND},   /* some other wrap: none of ours */
    {1, 0x80, RECORD_NEWER}, {2, 1, RECORD_CORRUPT}, /* length */
    {7, 2, KV_NOT_FOUND},                            /* an epoch that is gone */
    {8, 1, SEAL_FORGED},                             /* nonce */
    {32, 1, SEAL_FORGED},                            /* commitment */
    {64, 1, SEAL_FORGED},                            /* key */
    {111, 1, SEAL_FORGED},                           /* tag */
};

START_TEST(a_changed_slot_does_not_open)
{
	struct slot_key key = slot_key_new(), back;
	uint8_t at[21];
	buf_auto struct buf copy = {0};
	struct kv_slice row, row_key;
	struct store_txn *txn;

	buf_init(&copy, 4096);
	must_open();
	txn = begin(true);
	ck_assert_int_eq(slot_put(txn, SLOT_THREAD, &id_a, 1, &key), 0);
	row_key = slot_row_key(at, SLOT_THREAD, &id_a, 1);
	ck_assert_int_eq(kv_get(store_kv(txn), KV_SLOT, row_key, &row), 0);
	ck_assert_uint_eq(row.len, 112);
	buf_add(&copy, row.data, row.len);
	copy.data[slot_flips[_i].at] ^= slot_flips[_i].flip;
	kv_put(store_kv(txn), KV_SLOT, row_key,
	    (struct kv_slice){copy.data, copy.len});
	ck_assert_int_eq(
	    slot_get(txn, SLOT_THREAD, &id_a, 1, &back), slot_flips[_i].want);
	store_abort(&txn);
}
END_TEST

START_TEST(vectors_make_a_store_that_opens)
{
	uint8_t file[VECTOR_MAX / 2], key[VECTOR_MAX / 2];
	uint8_t meta[VECTOR_MAX / 2], at[VECTOR_MAX / 2];
	uint8_t row[VECTOR_MAX / 2], want[VECTOR_MAX / 2];
	size_t len = vector_bytes("keyring.file", file);
	size_t meta_len = vector_bytes("meta.store", meta);
	size_t at_len = vector_bytes("slot.key", at);
	size_t row_len = vector_bytes("slot.row", row);
	struct slot_key back;
	struct store_txn *txn;
	struct id id;

	place_write(&place, "keyring", file, len);
	put_raw(KV_META, (struct kv_slice){"store", 5},
	    (struct kv_slice){meta, meta_len});
	put_raw(KV_SLOT, (struct kv_slice){at, at_len},
	    (struct kv_slice){row, row_len});
	(void)vector_bytes("keyring.mk", key);
	ck_assert_int_eq(store_open(&opt, key, &st), 0);
	txn = begin(false);
	memcpy(id.b, at + 1, ID_LEN);
	ck_assert_int_eq(slot_get(txn, SLOT_THREAD, &id, 1, &back), 0);
	(void)vector_bytes("slot.opened", want);
	ck_assert_mem_eq(back.key, want, sizeof(back.key));
	store_abort(&txn);
}
END_TEST

static void
add_slot_tests(TCase *tc)
{
	tcase_add_test(tc, a_slot_gives_back_its_key);
	tcase_add_loop_test(
	    tc, a_moved_slot_does_not_open, 0, (int)PN_ARRAY_LEN(moves));
	tcase_add_loop_test(
	    tc, a_changed_slot_does_not_open, 0, (int)PN_ARRAY_LEN(slot_flips));
	tcase_add_test(tc, vectors_make_a_store_that_opens);
}

int
main(void)
{
	Suite *s = suite_create("store");
	TCase *tc = tcase_create("store");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, is_made_once);
	tcase_add_test(tc, a_keyring_is_never_replaced);
	tcase_add_test(tc, a_failed_creation_leaves_nothing);
	tcase_add_test(tc, opens_by_recovery_key_too);
	tcase_add_test(tc, a_wrong_key_touches_nothing);
	tcase_add_test(tc, a_foreign_keyring_is_refused);
	tcase_add_loop_test(
	    tc, a_newer_store_is_not_touched, 0, (int)PN_ARRAY_LEN(metas));
	tcase_add_test(tc, a_store_in_use_is_opened_without_a_write);
	tcase_add_test(tc, it_has_a_directory_for_files);
	tcase_add_test(tc, who_may_not_open_makes_none);
	tcase_add_test(tc, what_is_no_directory_is_refused);
	tcase_add_loop_test(
	    tc, numbers_go_on_after_a_restart, 0, (int)PN_ARRAY_LEN(numbered));
	tcase_add_loop_test(tc, a_number_that_cannot_be_is_corrupt, 0,
	    (int)PN_ARRAY_LEN(numbered));
	add_slot_tests(tc);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
