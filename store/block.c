/* SPDX-License-Identifier: Apache-2.0 */

#include "store/block.h"

#include "store/key.h"
#include "store/record.h"

#define BLOCK_FORMAT 1
#define BLOCK_MAX (1 + THREAD_BLOCK * 8)

static struct key
block_key(const struct id *thread, uint64_t first)
{
	struct key key = key_of_id(thread);

	key_add_u64(&key, (first - 1) / THREAD_BLOCK);
	return key;
}

static int
block_get(struct store_txn *txn, const struct id *thread, struct block *block)
{
	struct key key = block_key(thread, block->first);
	struct kv_slice val;
	struct record r;
	int err;

	err = kv_get(store_kv(txn), KV_BLOCK, key_slice(&key), &val);
	if (err != 0)
		return err == KV_NOT_FOUND ? THREAD_BROKEN : err;
	record_open(&r, val, BLOCK_FORMAT);
	for (size_t i = 0; i < THREAD_BLOCK; i++)
		block->numbers[i] = record_u64(&r);
	return record_error(&r) == 0 ? 0 : THREAD_BROKEN;
}

int
block_number(struct store_txn *txn, const struct thread *t, uint64_t seq,
    struct block *block, uint64_t *number_r)
{
	uint64_t index = (seq - 1) % THREAD_BLOCK;
	uint64_t first = seq - index;
	int err;

	if (first - 1 == t->count - t->count % THREAD_BLOCK) {
		*number_r = t->recent[index];
		return 0;
	}
	if (block->first != first) {
		block->first = first;
		err = block_get(txn, &t->id, block);
		if (err != 0) {
			block->first = 0;
			return err;
		}
	}
	*number_r = block->numbers[index];
	return 0;
}

int
block_put(struct store_txn *txn, const struct thread *t)
{
	struct key key = block_key(&t->id, t->count - THREAD_BLOCK + 1);
	buf_auto struct buf b = {0};
	int err;

	buf_init(&b, BLOCK_MAX);
	buf_add_byte(&b, BLOCK_FORMAT);
	for (size_t i = 0; i < THREAD_BLOCK; i++)
		buf_add_u64(&b, t->recent[i]);
	err = buf_error(&b);
	if (err == 0)
		kv_put(store_kv(txn), KV_BLOCK, key_slice(&key),
		    (struct kv_slice){b.data, b.len});
	return err;
}
