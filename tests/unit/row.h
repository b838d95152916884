/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Rows as they stand in a temp_store: to be changed, moved, put back. */

#include <check.h>
#include <string.h>
#include "store/key.h"
#include "tests/unit/temp_store.h"

struct row {
	uint8_t data[8192];
	size_t len;
};

static inline void
row_get(struct temp_store *s, enum kv_space space, const struct key *key,
    struct row *row)
{
	struct kv_slice val;

	ck_assert_int_eq(
	    kv_get(store_kv(s->txn), space, key_slice(key), &val), 0);
	ck_assert_uint_le(val.len, sizeof(row->data));
	memcpy(row->data, val.data, val.len);
	row->len = val.len;
}

static inline void
row_put(struct temp_store *s, enum kv_space space, const struct key *key,
    const struct row *row)
{
	kv_put(store_kv(s->txn), space, key_slice(key),
	    (struct kv_slice){row->data, row->len});
}

static inline void
row_move(struct temp_store *s, enum kv_space space, const struct key *from,
    const struct key *to)
{
	struct row row;

	row_get(s, space, from, &row);
	row_put(s, space, to, &row);
}

/* Flips each bit of a row in turn: READ must not give 0. */
static inline void
row_flip(struct temp_store *s, enum kv_space space, const struct key *key,
    int (*read)(const void *arg), const void *arg)
{
	struct row row;

	row_get(s, space, key, &row);
	for (size_t i = 0; i < 8 * row.len; i++) {
		row.data[i / 8] ^= (uint8_t)(1 << (i % 8));
		row_put(s, space, key, &row);
		ck_assert_int_gt(read(arg), 0);
		row.data[i / 8] ^= (uint8_t)(1 << (i % 8));
	}
	row_put(s, space, key, &row);
	ck_assert_int_eq(read(arg), 0);
}
