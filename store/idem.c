/* SPDX-License-Identifier: Apache-2.0 */

#include "store/idem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "base/buf.h"
#include "base/clock.h"
#include "store/key.h"
#include "store/record.h"
#include "store/table.h"

#define IDEM_FORMAT 1
#define IDEM_MAX 1024
#define IDEM_AGE (IDEM_HOURS * CLOCK_HOUR)
/* Rows dropped for each one added: more than one, so that none pile up. */
#define IDEM_DROP 4

struct idem_table {
	struct table *numbers; /* hash of person and key -> number */
	uint8_t seed[crypto_shorthash_KEYBYTES];
};

/* Seeded, so that nobody can choose keys that collide. */
static uint64_t
idem_hash(const struct idem_table *t, const struct idem *row)
{
	uint8_t in[ID_LEN + IDEM_HASH_LEN];
	uint64_t h;

	_Static_assert(sizeof(h) == crypto_shorthash_BYTES, "64 bits");
	memcpy(in, row->person.b, ID_LEN);
	memcpy(in + ID_LEN, row->key, IDEM_HASH_LEN);
	(void)crypto_shorthash((uint8_t *)&h, in, sizeof(in), t->seed);
	return h;
}

static int
idem_read(struct kv_slice key, struct kv_slice val, struct idem *row)
{
	struct kv_slice field;
	struct record r;
	uint8_t tag;

	record_open(&r, val, IDEM_FORMAT);
	*row = (struct idem){.number = key_number(key)};
	row->at = record_i64(&r);
	row->person = record_id(&r);
	record_bytes(&r, row->key, sizeof(row->key));
	record_bytes(&r, row->request, sizeof(row->request));
	row->thread = record_id(&r);
	row->entry = record_id(&r);
	row->seq = record_u64(&r);
	while (record_field(&r, &tag, &field))
		record_unknown(&r, tag, field, NULL);
	return record_error(&r);
}

static int
idem_get(struct store_txn *txn, uint64_t number, struct idem *row)
{
	struct key key = key_of_number(number);
	struct kv_slice val;
	int err;

	err = kv_get(store_kv(txn), KV_IDEM, key_slice(&key), &val);
	return err != 0 ? err : idem_read(key_slice(&key), val, row);
}

struct load {
	struct idem_table *t;
	int64_t now;
};

static int
idem_load_row(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct load *l = arg;
	struct idem row;
	int err;

	err = idem_read(key, val, &row);
	if (err != 0 || row.at < l->now - IDEM_AGE)
		return err;
	return table_add(l->t->numbers, idem_hash(l->t, &row), row.number);
}

int
idem_load(struct store_txn *txn, int64_t now, struct idem_table **t_r)
{
	PN_CLEANUP(idem_free) struct idem_table *t = calloc(1, sizeof(*t));
	struct kv_range all = {.space = KV_IDEM, .limit = SIZE_MAX};
	struct load l = {t, now};
	int err;

	if (t == NULL)
		return -ENOMEM;
	randombytes_buf(t->seed, sizeof(t->seed));
	err = table_new(&t->numbers);
	if (err == 0)
		err = kv_scan(store_kv(txn), &all, idem_load_row, &l);
	if (err != 0)
		return err;
	*t_r = t;
	t = NULL;
	return 0;
}

void
idem_free(struct idem_table **t)
{
	if (*t == NULL)
		return;
	table_free(&(*t)->numbers);
	free(*t);
	*t = NULL;
}

int
idem_find(struct store_txn *txn, const struct idem_table *t,
    const struct idem *want, struct idem *found_r)
{
	uint64_t hash = idem_hash(t, want);
	struct idem row;
	uint64_t number;
	size_t at = 0;

	while (table_next(t->numbers, hash, &at, &number)) {
		int err = idem_get(txn, number, &row);

		if (err == KV_NOT_FOUND)
			continue;
		if (err != 0)
			return err;
		if (!id_equal(&row.person, &want->person) ||
		    memcmp(row.key, want->key, sizeof(row.key)) != 0 ||
		    row.at < want->at - IDEM_AGE)
			continue;
		if (memcmp(row.request, want->request, sizeof(row.request)) !=
		    0)
			return IDEM_MISMATCH;
		*found_r = row;
		return 0;
	}
	return KV_NOT_FOUND;
}

struct drop {
	struct idem rows[IDEM_DROP];
	size_t count;
	int64_t before;
};

static int
idem_collect(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct drop *d = arg;
	int err;

	err = idem_read(key, val, &d->rows[d->count]);
	if (err == 0 && d->rows[d->count].at < d->before)
		d->count++;
	return err;
}

/* The oldest rows stand first. */
static int
idem_drop(struct store_txn *txn, struct idem_table *t, int64_t before)
{
	struct kv_range first = {.space = KV_IDEM, .limit = IDEM_DROP};
	struct drop d = {.before = before};
	int err;

	err = kv_scan(store_kv(txn), &first, idem_collect, &d);
	for (size_t i = 0; err == 0 && i < d.count; i++) {
		struct key key = key_of_number(d.rows[i].number);

		kv_del(store_kv(txn), KV_IDEM, key_slice(&key));
		table_del(
		    t->numbers, idem_hash(t, &d.rows[i]), d.rows[i].number);
	}
	return err;
}

int
idem_add(struct store_txn *txn, struct idem_table *t, const struct idem *row)
{
	struct key key = key_of_number(row->number);
	buf_auto struct buf b = {0};
	int err;

	buf_init(&b, IDEM_MAX);
	buf_add_byte(&b, IDEM_FORMAT);
	buf_add_u64(&b, (uint64_t)row->at);
	record_add_id(&b, &row->person);
	buf_add(&b, row->key, sizeof(row->key));
	buf_add(&b, row->request, sizeof(row->request));
	record_add_id(&b, &row->thread);
	record_add_id(&b, &row->entry);
	buf_add_u64(&b, row->seq);
	err = buf_error(&b);
	if (err == 0)
		err = table_add(t->numbers, idem_hash(t, row), row->number);
	if (err != 0)
		return err;
	kv_append(store_kv(txn), KV_IDEM, key_slice(&key),
	    (struct kv_slice){b.data, b.len});
	return idem_drop(txn, t, row->at - IDEM_AGE);
}
