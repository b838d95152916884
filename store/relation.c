/* SPDX-License-Identifier: Apache-2.0 */

#include "store/relation.h"

#include "store/keep.h"
#include "store/key.h"
#include "store/record.h"
#include "store/stamp.h"

#define RELATION_FORMAT 1
#define RELATION_HEADER (1 + 8 + 8 + 1 + ID_LEN)
#define RELATION_MAX 1024

/* The row is under the client; the provider's side only points to it. */
#define BY_CLIENT 'c'
#define BY_PROVIDER 'p'

static struct key
relation_key(uint8_t by, const struct id *whose, const struct id *other)
{
	struct key k = {.len = 0};

	key_add_byte(&k, by);
	key_add_id(&k, whose);
	if (other != NULL)
		key_add_id(&k, other);
	return k;
}

static int
relation_keep(
    struct store_txn *txn, const struct key *key, struct buf *out, bool *old_r)
{
	struct kv_slice none = {0}, val;
	int err;

	err = kv_get(store_kv(txn), KV_RELATION, key_slice(key), &val);
	*old_r = err == 0;
	if (err == KV_NOT_FOUND)
		return 0;
	if (err == 0)
		err = stamp_check(
		    store_txn_keyring(txn), KV_RELATION, key_slice(key), &val);
	return err != 0 ? err : keep_unknown(val, RELATION_HEADER, none, out);
}

int
relation_put(struct store_txn *txn, const struct relation *r)
{
	static const uint8_t pointer[] = {RELATION_FORMAT};
	struct key key = relation_key(BY_CLIENT, &r->client, &r->provider);
	struct key back = relation_key(BY_PROVIDER, &r->provider, &r->client);
	buf_auto struct buf b = {0};
	bool old;
	int err;

	buf_init(&b, RELATION_MAX);
	buf_add_byte(&b, RELATION_FORMAT);
	buf_add_u64(&b, (uint64_t)r->since);
	buf_add_u64(&b, (uint64_t)r->until);
	buf_add_byte(&b, r->writable ? 1 : 0);
	record_add_id(&b, &r->thread);
	err = relation_keep(txn, &key, &b, &old);
	if (err != 0)
		return err;
	stamp_add(store_txn_keyring(txn), KV_RELATION, key_slice(&key), &b);
	err = buf_error(&b);
	if (err != 0)
		return err;
	kv_put(store_kv(txn), KV_RELATION, key_slice(&key),
	    (struct kv_slice){b.data, b.len});
	if (!old)
		kv_put(store_kv(txn), KV_RELATION, key_slice(&back),
		    (struct kv_slice){pointer, sizeof(pointer)});
	return 0;
}

int
relation_get(struct store_txn *txn, const struct id *client,
    const struct id *provider, struct relation *r_r)
{
	struct key key = relation_key(BY_CLIENT, client, provider);
	struct kv_slice val, field;
	struct record r;
	uint8_t tag;
	int err;

	err = kv_get(store_kv(txn), KV_RELATION, key_slice(&key), &val);
	if (err == 0)
		err = stamp_check(
		    store_txn_keyring(txn), KV_RELATION, key_slice(&key), &val);
	if (err != 0)
		return err;
	record_open(&r, val, RELATION_FORMAT);
	*r_r = (struct relation){.client = *client, .provider = *provider};
	r_r->since = record_i64(&r);
	r_r->until = record_i64(&r);
	r_r->writable = record_u8(&r) != 0;
	r_r->thread = record_id(&r);
	while (record_field(&r, &tag, &field))
		record_unknown(&r, tag, field, NULL);
	return record_error(&r);
}

int
relation_with(struct store_txn *txn, const struct id *person, bool client,
    const struct id *other, struct relation *r_r)
{
	return client ? relation_get(txn, person, other, r_r)
		      : relation_get(txn, other, person, r_r);
}

struct walk {
	struct store_txn *txn;
	bool client;
	int (*each)(const struct relation *r, void *arg);
	void *arg;
};

static int
relation_walk(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct walk *w = arg;
	struct record r = {.at = key.data, .left = key.len};
	struct relation rel;
	struct id whose, other;
	int err;

	(void)val;
	(void)record_u8(&r);
	whose = record_id(&r);
	other = record_id(&r);
	err = record_error(&r);
	if (err == 0)
		err = relation_with(w->txn, &whose, w->client, &other, &rel);
	return err != 0 ? err : w->each(&rel, w->arg);
}

int
relation_list(struct store_txn *txn, const struct id *person, bool client,
    size_t limit, int (*each)(const struct relation *r, void *arg), void *arg)
{
	uint8_t by = client ? BY_CLIENT : BY_PROVIDER;
	struct key from = relation_key(by, person, NULL);
	struct key to = key_past(&from);
	struct kv_range range = {
	    .space = KV_RELATION,
	    .from = key_slice(&from),
	    .to = key_slice(&to),
	    .limit = limit,
	};
	struct walk w = {txn, client, each, arg};

	return kv_scan(store_kv(txn), &range, relation_walk, &w);
}
