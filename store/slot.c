/* SPDX-License-Identifier: Apache-2.0 */

#include "store/slot.h"

#include <sodium.h>
#include "store/record.h"

#define SLOT_FORMAT 1
#define SLOT_KEY_LEN (1 + ID_LEN + 4)
#define SLOT_MAX 4000

/* Fields. Wraps of other kinds get tags of their own, not critical. */
#define SLOT_TAG_KEK 1

struct slot_key
slot_key_new(void)
{
	struct slot_key k;

	randombytes_buf(k.key, sizeof(k.key));
	return k;
}

void
slot_key_fini(struct slot_key *k)
{
	sodium_memzero(k, sizeof(*k));
}

struct place {
	enum slot_kind kind;
	const struct id *id;
	uint32_t generation;
};

static struct kv_slice
slice(const struct buf *b)
{
	return (struct kv_slice){.data = b->data, .len = b->len};
}

static void
place_key(struct buf *b, const struct place *p)
{
	buf_init(b, SLOT_KEY_LEN);
	buf_add_byte(b, (uint8_t)p->kind);
	record_add_id(b, p->id);
	buf_add_u32(b, p->generation);
}

static void
place_aad(struct buf *b, const struct keyring *k, const struct place *p,
    uint32_t epoch)
{
	buf_init(b, 1 + ID_LEN + SLOT_KEY_LEN + 4);
	buf_add_byte(b, SLOT_FORMAT);
	record_add_id(b, keyring_store_id(k));
	buf_add_byte(b, (uint8_t)p->kind);
	record_add_id(b, p->id);
	buf_add_u32(b, p->generation);
	buf_add_u32(b, epoch);
}

int
slot_put(struct store_txn *txn, enum slot_kind kind, const struct id *id,
    uint32_t generation, const struct slot_key *key)
{
	const struct keyring *k = store_txn_keyring(txn);
	uint32_t epoch = keyring_kek_epoch(k);
	struct place p = {kind, id, generation};
	struct kv_slice plain = {key->key, sizeof(key->key)};
	buf_auto struct buf row = {0};
	buf_auto struct buf at = {0};
	buf_auto struct buf aad = {0};
	buf_auto struct buf wrap = {0};
	int rc;

	place_key(&at, &p);
	place_aad(&aad, k, &p, epoch);
	buf_init(&row, SLOT_MAX);
	buf_init(&wrap, 4 + SEAL_KEY_LEN + SEAL_OVERHEAD);
	buf_add_u32(&wrap, epoch);
	rc = buf_error(&at);
	if (rc == 0)
		rc = buf_error(&aad);
	if (rc == 0)
		rc = seal(SEAL_SLOT, keyring_kek(k, epoch), slice(&aad), plain,
		    &wrap);
	if (rc != 0)
		return rc;
	buf_add_byte(&row, SLOT_FORMAT);
	record_add_field(&row, SLOT_TAG_KEK, wrap.data, wrap.len);
	rc = buf_error(&row);
	if (rc == 0)
		kv_put(store_kv(txn), KV_SLOT, slice(&at), slice(&row));
	return rc;
}

/* KV_NOT_FOUND when the wrap's KEK is gone. */
static int
unwrap(const struct keyring *k, const struct place *p, struct kv_slice wrap,
    struct slot_key *key_r)
{
	secret_auto struct secret plain = {0};
	buf_auto struct buf aad = {0};
	struct record r = {.at = wrap.data, .left = wrap.len};
	uint32_t epoch = record_u32(&r);
	const uint8_t *kek = keyring_kek(k, epoch);
	int rc = record_error(&r);

	place_aad(&aad, k, p, epoch);
	if (rc != 0)
		return rc;
	if (kek == NULL)
		return KV_NOT_FOUND;
	rc = buf_error(&aad);
	if (rc == 0)
		rc = seal_open(SEAL_SLOT, kek, slice(&aad),
		    (struct kv_slice){r.at, r.left}, &plain);
	if (rc == 0 && plain.len != sizeof(key_r->key))
		rc = RECORD_CORRUPT;
	if (rc == 0) {
		struct record body = {.at = plain.data, .left = plain.len};

		record_bytes(&body, key_r->key, sizeof(key_r->key));
	}
	return rc;
}

int
slot_get(struct store_txn *txn, enum slot_kind kind, const struct id *id,
    uint32_t generation, struct slot_key *key_r)
{
	struct place p = {kind, id, generation};
	buf_auto struct buf at = {0};
	struct kv_slice row, val;
	struct record r;
	uint8_t tag;
	int rc;

	place_key(&at, &p);
	rc = buf_error(&at);
	if (rc == 0)
		rc = kv_get(store_kv(txn), KV_SLOT, slice(&at), &row);
	if (rc != 0)
		return rc;
	record_open(&r, row, SLOT_FORMAT);
	rc = KV_NOT_FOUND;
	for (size_t n = 0; record_field(&r, &tag, &val); n++) {
		if (n == SLOT_WRAPS)
			return RECORD_CORRUPT;
		if (tag != SLOT_TAG_KEK)
			record_unknown(&r, tag, val, NULL);
		else if (rc == KV_NOT_FOUND)
			rc = unwrap(store_txn_keyring(txn), &p, val, key_r);
	}
	return record_error(&r) != 0 ? record_error(&r) : rc;
}
