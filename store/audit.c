/* SPDX-License-Identifier: Apache-2.0 */

#include "store/audit.h"

#include <string.h>
#include <sodium.h>
#include "base/buf.h"
#include "store/key.h"
#include "store/record.h"
#include "store/seal.h"
#include "store/stamp.h"

#define AUDIT_FORMAT 1
#define AUDIT_MAX 1024
#define TAG_VIA 1

/* The end of the log, so that its newest entries cannot be cut off. */
static const char end_name[] = "audit";

struct end {
	uint64_t number; /* 0: nothing logged yet */
	uint8_t mac[AUDIT_MAC_LEN];
};

static struct kv_slice
end_key(void)
{
	return (struct kv_slice){end_name, sizeof(end_name) - 1};
}

static int
end_get(struct store_txn *txn, struct end *end_r)
{
	struct kv_slice val, field;
	struct record r;
	uint8_t tag;
	int err;

	*end_r = (struct end){0};
	err = kv_get(store_kv(txn), KV_META, end_key(), &val);
	if (err == KV_NOT_FOUND)
		return 0;
	if (err == 0)
		err = stamp_check(
		    store_txn_keyring(txn), KV_META, end_key(), &val);
	if (err != 0)
		return err == SEAL_FORGED ? AUDIT_BROKEN : err;
	record_open(&r, val, AUDIT_FORMAT);
	end_r->number = record_u64(&r);
	record_bytes(&r, end_r->mac, sizeof(end_r->mac));
	while (record_field(&r, &tag, &field))
		record_unknown(&r, tag, field, NULL);
	return record_error(&r);
}

static int
end_put(struct store_txn *txn, const struct end *end)
{
	buf_auto struct buf b = {0};
	int err;

	buf_init(&b, AUDIT_MAX);
	buf_add_byte(&b, AUDIT_FORMAT);
	buf_add_u64(&b, end->number);
	buf_add(&b, end->mac, sizeof(end->mac));
	stamp_add(store_txn_keyring(txn), KV_META, end_key(), &b);
	err = buf_error(&b);
	if (err == 0)
		kv_put(store_kv(txn), KV_META, end_key(),
		    (struct kv_slice){b.data, b.len});
	return err;
}

/* END moves on to NUMBER with the entry's RECORD. */
static void
audit_chain(struct store_txn *txn, uint64_t number, struct kv_slice record,
    struct end *end)
{
	struct key key = key_of_number(number);
	crypto_generichash_state st;

	(void)crypto_generichash_init(&st,
	    keyring_audit_key(store_txn_keyring(txn)), KEYRING_KEY_LEN,
	    AUDIT_MAC_LEN);
	(void)crypto_generichash_update(&st, end->mac, sizeof(end->mac));
	(void)crypto_generichash_update(&st, key.b, key.len);
	(void)crypto_generichash_update(&st, record.data, record.len);
	(void)crypto_generichash_final(&st, end->mac, sizeof(end->mac));
	sodium_memzero(&st, sizeof(st));
	end->number = number;
}

int
audit_add(struct store_txn *txn, const struct audit *a)
{
	struct key key = key_of_number(a->number);
	buf_auto struct buf b = {0};
	struct end end;
	int err;

	buf_init(&b, AUDIT_MAX);
	buf_add_byte(&b, AUDIT_FORMAT);
	buf_add_u64(&b, (uint64_t)a->at);
	buf_add_u16(&b, (uint16_t)a->verb);
	buf_add_u16(&b, a->outcome);
	record_add_id(&b, &a->actor);
	record_add_id(&b, &a->subject);
	buf_add_u64(&b, a->detail);
	buf_add(&b, a->session, sizeof(a->session));
	record_add_field(&b, TAG_VIA, a->via, strnlen(a->via, AUDIT_VIA_LEN));
	err = buf_error(&b);
	if (err == 0)
		err = end_get(txn, &end);
	if (err != 0)
		return err;
	audit_chain(txn, a->number, (struct kv_slice){b.data, b.len}, &end);
	buf_add(&b, end.mac, sizeof(end.mac));
	err = buf_error(&b);
	if (err == 0)
		err = end_put(txn, &end);
	if (err == 0)
		kv_append(store_kv(txn), KV_AUDIT, key_slice(&key),
		    (struct kv_slice){b.data, b.len});
	return err;
}

static int
audit_read(struct kv_slice key, struct kv_slice val, struct audit *a)
{
	struct kv_slice field;
	struct record r;
	uint8_t tag;

	if (val.len < AUDIT_MAC_LEN)
		return RECORD_CORRUPT;
	val.len -= AUDIT_MAC_LEN;
	record_open(&r, val, AUDIT_FORMAT);
	*a = (struct audit){.number = key_number(key)};
	a->at = record_i64(&r);
	a->verb = record_u16(&r);
	a->outcome = record_u16(&r);
	a->actor = record_id(&r);
	a->subject = record_id(&r);
	a->detail = record_u64(&r);
	record_bytes(&r, a->session, sizeof(a->session));
	while (record_field(&r, &tag, &field)) {
		if (tag != TAG_VIA)
			record_unknown(&r, tag, field, NULL);
		else if (field.len > AUDIT_VIA_LEN)
			return RECORD_CORRUPT;
		else
			memcpy(a->via, field.data, field.len);
	}
	return record_error(&r);
}

struct walk {
	int (*each)(const struct audit *a, void *arg);
	void *arg;
};

static int
audit_walk(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct walk *w = arg;
	struct audit a;
	int err;

	err = audit_read(key, val, &a);
	return err != 0 ? err : w->each(&a, w->arg);
}

int
audit_list(struct store_txn *txn, uint64_t after, size_t limit,
    int (*each)(const struct audit *a, void *arg), void *arg)
{
	struct key from = key_of_number(after + 1);
	struct kv_range range = {
	    .space = KV_AUDIT,
	    .from = key_slice(&from),
	    .limit = limit,
	};
	struct walk w = {each, arg};

	if (after == UINT64_MAX)
		return 0;
	return kv_scan(store_kv(txn), &range, audit_walk, &w);
}

struct verify {
	struct store_txn *txn;
	struct end end;
	uint64_t bad;
};

static int
audit_follow(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct verify *v = arg;

	v->bad = key_number(key);
	if (v->bad <= v->end.number || val.len < AUDIT_MAC_LEN)
		return AUDIT_BROKEN;
	val.len -= AUDIT_MAC_LEN;
	audit_chain(v->txn, v->bad, val, &v->end);
	if (sodium_memcmp(v->end.mac, (const uint8_t *)val.data + val.len,
		AUDIT_MAC_LEN) != 0)
		return AUDIT_BROKEN;
	return 0;
}

int
audit_verify(struct store_txn *txn, uint64_t *bad_r)
{
	struct kv_range all = {.space = KV_AUDIT, .limit = SIZE_MAX};
	struct verify v = {.txn = txn};
	struct end end;
	int err;

	err = kv_scan(store_kv(txn), &all, audit_follow, &v);
	if (err == AUDIT_BROKEN)
		*bad_r = v.bad;
	if (err != 0)
		return err;
	err = end_get(txn, &end);
	if (err == 0 && end.number == v.end.number &&
	    sodium_memcmp(end.mac, v.end.mac, sizeof(end.mac)) == 0)
		return 0;
	*bad_r = v.end.number + 1;
	return err == 0 ? AUDIT_BROKEN : err;
}
