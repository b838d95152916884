/* SPDX-License-Identifier: Apache-2.0 */

#include "store/attachment.h"

#include <sodium.h>
#include "store/keep.h"
#include "store/key.h"
#include "store/record.h"
#include "store/stamp.h"

#define ROW_FORMAT 1
#define ROW_HEADER (1 + ID_LEN + 8 + 1 + 8)
#define ROW_MAX 1024

void
attachment_fini(struct attachment *a)
{
	secret_fini(&a->name);
	sodium_memzero(a, sizeof(*a));
}

/* The row's record without its stamp. */
static int
get_record(struct store_txn *txn, const struct key *key, struct kv_slice *val_r)
{
	int err = kv_get(store_kv(txn), KV_ATTACHMENT, key_slice(key), val_r);

	return err != 0 ? err
			: stamp_check(store_txn_keyring(txn), KV_ATTACHMENT,
			      key_slice(key), val_r);
}

static int
unpack(struct kv_slice val, struct attachment_row *row)
{
	struct kv_slice field;
	struct record r;
	uint8_t tag;
	int err;

	record_open(&r, val, ROW_FORMAT);
	row->thread = record_id(&r);
	row->number = record_u64(&r);
	row->state = record_u8(&r);
	row->changed = record_i64(&r);
	while (record_field(&r, &tag, &field))
		record_unknown(&r, tag, field, NULL);
	err = record_error(&r);
	if (err != 0)
		return err;
	if (row->state > ATTACHMENT_INFECTED)
		return RECORD_NEWER;
	return row->state == 0 ? RECORD_CORRUPT : 0;
}

/* Checks the row before, if there is one, and keeps what is not ours in it. */
static int
take_place(struct store_txn *txn, const struct key *key,
    const struct attachment_row *row, struct buf *out)
{
	struct attachment_row old = {.id = row->id};
	struct kv_slice none = {0}, val;
	int err = get_record(txn, key, &val);

	if (err == KV_NOT_FOUND)
		return 0;
	if (err == 0)
		err = unpack(val, &old);
	if (err != 0)
		return err;
	if (!id_equal(&old.thread, &row->thread) || old.number != row->number)
		return ATTACHMENT_TAKEN;
	return keep_unknown(val, ROW_HEADER, none, out);
}

int
attachment_put(struct store_txn *txn, const struct attachment_row *row)
{
	struct key key = key_of_id(&row->id);
	buf_auto struct buf b = {0};
	int err;

	buf_init(&b, ROW_MAX);
	buf_add_byte(&b, ROW_FORMAT);
	record_add_id(&b, &row->thread);
	buf_add_u64(&b, row->number);
	buf_add_byte(&b, (uint8_t)row->state);
	buf_add_u64(&b, (uint64_t)row->changed);
	err = take_place(txn, &key, row, &b);
	if (err != 0)
		return err;
	stamp_add(store_txn_keyring(txn), KV_ATTACHMENT, key_slice(&key), &b);
	err = buf_error(&b);
	if (err == 0)
		kv_put(store_kv(txn), KV_ATTACHMENT, key_slice(&key),
		    (struct kv_slice){b.data, b.len});
	return err;
}

int
attachment_get(
    struct store_txn *txn, const struct id *id, struct attachment_row *row_r)
{
	struct key key = key_of_id(id);
	struct kv_slice val;
	int err = get_record(txn, &key, &val);

	*row_r = (struct attachment_row){.id = *id};
	return err != 0 ? err : unpack(val, row_r);
}

struct walk {
	struct store_txn *txn;
	int (*each)(const struct attachment_row *row, void *arg);
	void *arg;
};

static int
walk_row(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct record r = {.at = key.data, .left = key.len};
	struct attachment_row row = {.id = record_id(&r)};
	struct walk *w = arg;
	int err = record_error(&r);

	if (err == 0)
		err = stamp_check(
		    store_txn_keyring(w->txn), KV_ATTACHMENT, key, &val);
	if (err == 0)
		err = unpack(val, &row);
	return err != 0 ? err : w->each(&row, w->arg);
}

int
attachment_list(struct store_txn *txn, const struct id *after, size_t limit,
    int (*each)(const struct attachment_row *row, void *arg), void *arg)
{
	struct kv_range range = {.space = KV_ATTACHMENT, .limit = limit};
	struct walk w = {txn, each, arg};
	struct key from;

	if (after != NULL) {
		from = key_of_id(after);
		key_add_byte(&from, 0);
		range.from = key_slice(&from);
	}
	return kv_scan(store_kv(txn), &range, walk_row, &w);
}
