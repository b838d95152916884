/* SPDX-License-Identifier: Apache-2.0 */

#include "store/rounds.h"

#include "store/record.h"

#define ROUNDS_FORMAT 1
#define ROUNDS_MAX 64
#define ROUNDS_NAME "rounds"

static struct kv_slice
rounds_key(void)
{
	return (struct kv_slice){ROUNDS_NAME, sizeof(ROUNDS_NAME) - 1};
}

int
rounds_get(struct store_txn *txn, struct rounds *r_r)
{
	struct kv_slice val, field;
	struct record r;
	uint8_t tag;
	int err = kv_get(store_kv(txn), KV_META, rounds_key(), &val);

	*r_r = (struct rounds){0};
	if (err != 0)
		return err;
	record_open(&r, val, ROUNDS_FORMAT);
	r_r->looked = record_i64(&r);
	r_r->summed_up = record_i64(&r);
	while (record_field(&r, &tag, &field))
		record_unknown(&r, tag, field, NULL);
	return record_error(&r);
}

int
rounds_put(struct store_txn *txn, const struct rounds *r)
{
	buf_auto struct buf b = {0};
	int err;

	buf_init(&b, ROUNDS_MAX);
	buf_add_byte(&b, ROUNDS_FORMAT);
	buf_add_u64(&b, (uint64_t)r->looked);
	buf_add_u64(&b, (uint64_t)r->summed_up);
	err = buf_error(&b);
	if (err == 0)
		kv_put(store_kv(txn), KV_META, rounds_key(),
		    (struct kv_slice){b.data, b.len});
	return err;
}
