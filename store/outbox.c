/* SPDX-License-Identifier: Apache-2.0 */

#include "store/outbox.h"

#include "base/clock.h"
#include "store/keep.h"
#include "store/key.h"
#include "store/record.h"
#include "store/seal.h"

#define OUTBOX_FORMAT 1
#define OUTBOX_HEADER (1 + 4 + 1 + 1 + 8 + 8 + 2 + 2 + 3 * ID_LEN + 8)
#define OUTBOX_MAX 2048
#define TAG_TO (RECORD_CRITICAL | 1)
#define TAG_COUNTS 2

void
outbox_row_fini(struct outbox_row *r)
{
	secret_fini(&r->to);
	*r = (struct outbox_row){0};
}

int64_t
outbox_backoff(unsigned attempts)
{
	static const uint8_t minutes[] = {1, 2, 5, 15, 30, 60};
	size_t i = attempts == 0 ? 0 : attempts - 1;

	if (i >= PN_ARRAY_LEN(minutes))
		i = PN_ARRAY_LEN(minutes) - 1;
	return minutes[i] * CLOCK_MINUTE;
}

/* What binds the address of a test to its row. */
static void
outbox_aad(
    struct store_txn *txn, uint64_t number, uint32_t epoch, struct buf *aad)
{
	buf_init(aad, 64);
	buf_add_byte(aad, OUTBOX_FORMAT);
	record_add_id(aad, keyring_store_id(store_txn_keyring(txn)));
	buf_add_u64(aad, number);
	buf_add_u32(aad, epoch);
}

/* Sealed under the newest KEK itself: a test belongs to nobody. */
static int
outbox_seal_to(
    struct store_txn *txn, const struct outbox_row *r, struct buf *record)
{
	const struct keyring *k = store_txn_keyring(txn);
	uint32_t epoch = keyring_kek_epoch(k);
	buf_auto struct buf aad = {0};
	buf_auto struct buf field = {0};
	int err;

	outbox_aad(txn, r->number, epoch, &aad);
	buf_init(&field, OUTBOX_MAX);
	buf_add_u32(&field, epoch);
	err = buf_error(&aad);
	if (err == 0)
		err = seal(SEAL_OUTBOX, keyring_kek(k, epoch),
		    (struct kv_slice){aad.data, aad.len},
		    (struct kv_slice){r->to.data, r->to.len}, &field);
	if (err == 0)
		record_add_field(record, TAG_TO, field.data, field.len);
	return err;
}

/* Once its KEK is gone, so is the address: the row opens without. */
static int
outbox_open_to(
    struct store_txn *txn, struct kv_slice field, struct outbox_row *r)
{
	struct record at = {.at = field.data, .left = field.len};
	uint32_t epoch = record_u32(&at);
	const uint8_t *kek = keyring_kek(store_txn_keyring(txn), epoch);
	buf_auto struct buf aad = {0};
	int err;

	outbox_aad(txn, r->number, epoch, &aad);
	err = record_error(&at);
	if (err == 0)
		err = buf_error(&aad);
	if (err != 0 || kek == NULL)
		return err;
	secret_fini(&r->to);
	return seal_open(SEAL_OUTBOX, kek, (struct kv_slice){aad.data, aad.len},
	    (struct kv_slice){at.at, at.left}, &r->to);
}

static int
outbox_pack(
    struct store_txn *txn, const struct outbox_row *r, struct buf *record)
{
	buf_init(record, OUTBOX_MAX);
	buf_add_byte(record, OUTBOX_FORMAT);
	buf_add_u32(record, r->salt);
	buf_add_byte(record, (uint8_t)r->kind);
	buf_add_byte(record, (uint8_t)r->state);
	buf_add_u64(record, (uint64_t)r->created);
	buf_add_u64(record, (uint64_t)r->due);
	buf_add_u16(record, r->attempts);
	buf_add_u16(record, r->code);
	record_add_id(record, &r->person);
	record_add_id(record, &r->address);
	record_add_id(record, &r->thread);
	buf_add_u64(record, r->answers);
	if (r->kind == OUTBOX_SUMMARY) {
		buf_add_byte(record, TAG_COUNTS);
		buf_add_u16(record, OUTBOX_COUNTS * 4);
		for (size_t i = 0; i < OUTBOX_COUNTS; i++)
			buf_add_u32(record, r->counts[i]);
	}
	return r->to.len > 0 ? outbox_seal_to(txn, r, record) : 0;
}

int
outbox_add(struct store_txn *txn, const struct outbox_row *r)
{
	struct key key = key_of_number(r->number);
	buf_auto struct buf b = {0};
	int err;

	err = outbox_pack(txn, r, &b);
	if (err == 0)
		err = buf_error(&b);
	if (err == 0)
		kv_append(store_kv(txn), KV_OUTBOX, key_slice(&key),
		    (struct kv_slice){b.data, b.len});
	return err;
}

int
outbox_put(struct store_txn *txn, const struct outbox_row *r)
{
	static const uint8_t known[] = {TAG_TO, TAG_COUNTS};
	struct key key = key_of_number(r->number);
	buf_auto struct buf b = {0};
	struct kv_slice old;
	int err;

	err = outbox_pack(txn, r, &b);
	if (err == 0)
		err = kv_get(store_kv(txn), KV_OUTBOX, key_slice(&key), &old);
	if (err == 0)
		err = keep_unknown(old, OUTBOX_HEADER,
		    (struct kv_slice){known, sizeof(known)}, &b);
	if (err == 0)
		err = buf_error(&b);
	if (err == 0)
		kv_put(store_kv(txn), KV_OUTBOX, key_slice(&key),
		    (struct kv_slice){b.data, b.len});
	return err;
}

/* More of them are a later release's. */
static int
outbox_read_counts(struct kv_slice field, struct outbox_row *row)
{
	struct record r = {.at = field.data, .left = field.len};

	for (size_t i = 0; i < OUTBOX_COUNTS && r.left > 0; i++)
		row->counts[i] = record_u32(&r);
	return record_error(&r);
}

static int
outbox_read(struct store_txn *txn, struct kv_slice key, struct kv_slice val,
    struct outbox_row *row)
{
	struct kv_slice field;
	struct record r;
	uint8_t tag;
	int err = 0;

	record_open(&r, val, OUTBOX_FORMAT);
	*row = (struct outbox_row){.number = key_number(key)};
	row->salt = record_u32(&r);
	row->kind = record_u8(&r);
	row->state = record_u8(&r);
	row->created = record_i64(&r);
	row->due = record_i64(&r);
	row->attempts = record_u16(&r);
	row->code = record_u16(&r);
	row->person = record_id(&r);
	row->address = record_id(&r);
	row->thread = record_id(&r);
	row->answers = record_u64(&r);
	while (err == 0 && record_field(&r, &tag, &field)) {
		if (tag == TAG_TO)
			err = outbox_open_to(txn, field, row);
		else if (tag == TAG_COUNTS)
			err = outbox_read_counts(field, row);
		else
			record_unknown(&r, tag, field, NULL);
	}
	if (err == 0)
		err = record_error(&r);
	if (err != 0)
		outbox_row_fini(row);
	return err;
}

int
outbox_get(struct store_txn *txn, uint64_t number, struct outbox_row *r_r)
{
	struct key key = key_of_number(number);
	struct kv_slice val;
	int err;

	err = kv_get(store_kv(txn), KV_OUTBOX, key_slice(&key), &val);
	return err != 0 ? err : outbox_read(txn, key_slice(&key), val, r_r);
}

struct walk {
	struct store_txn *txn;
	int (*each)(const struct outbox_row *r, void *arg);
	void *arg;
};

static int
outbox_walk(struct kv_slice key, struct kv_slice val, void *arg)
{
	outbox_row_auto struct outbox_row row = {0};
	struct walk *w = arg;
	int err;

	err = outbox_read(w->txn, key, val, &row);
	return err != 0 ? err : w->each(&row, w->arg);
}

int
outbox_list(struct store_txn *txn, uint64_t after, size_t limit,
    int (*each)(const struct outbox_row *r, void *arg), void *arg)
{
	struct key from = key_of_number(after + 1);
	struct kv_range range = {
	    .space = KV_OUTBOX,
	    .from = key_slice(&from),
	    .limit = limit,
	};
	struct walk w = {txn, each, arg};

	if (after == UINT64_MAX)
		return 0;
	return kv_scan(store_kv(txn), &range, outbox_walk, &w);
}
