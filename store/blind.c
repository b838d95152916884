/* SPDX-License-Identifier: Apache-2.0 */

#include "store/blind.h"

#include <string.h>
#include <sodium.h>
#include "base/buf.h"
#include "store/person.h"
#include "store/record.h"
#include "store/stamp.h"

static void
fold(uint8_t *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (uint8_t)(text[i] - 'A' + 'a');
	}
}

int
blind_key(struct store_txn *txn, enum blind_kind kind, const char *text,
    struct key *key_r)
{
	uint8_t hash[KEYRING_BLIND_LEN];
	uint8_t folded[PERSON_TEXT_MAX];
	size_t len = strnlen(text, PERSON_TEXT_MAX + 1);

	if (len > PERSON_TEXT_MAX)
		return KV_NOT_FOUND;
	memcpy(folded, text, len);
	if (kind != BLIND_EXTERNAL)
		fold(folded, len);
	keyring_blind(store_txn_keyring(txn), (uint8_t)kind, folded, len, hash);
	sodium_memzero(folded, sizeof(folded));
	*key_r = (struct key){.len = 0};
	key_add_byte(key_r, (uint8_t)kind);
	key_add(key_r, hash, sizeof(hash));
	return 0;
}

int
blind_get(struct store_txn *txn, const struct key *key, struct id *id_r)
{
	struct kv_slice val;
	struct record r;
	int err;

	err = kv_get(store_kv(txn), KV_BLIND, key_slice(key), &val);
	if (err == 0)
		err = stamp_check(
		    store_txn_keyring(txn), KV_BLIND, key_slice(key), &val);
	if (err != 0)
		return err;
	record_open(&r, val, BLIND_FORMAT);
	*id_r = record_id(&r);
	return record_error(&r);
}

int
blind_put(struct store_txn *txn, const struct key *key, const struct id *id)
{
	buf_auto struct buf b = {0};
	int err;

	buf_init(&b, 1 + ID_LEN + STAMP_LEN);
	buf_add_byte(&b, BLIND_FORMAT);
	record_add_id(&b, id);
	stamp_add(store_txn_keyring(txn), KV_BLIND, key_slice(key), &b);
	err = buf_error(&b);
	if (err == 0)
		kv_put(store_kv(txn), KV_BLIND, key_slice(key),
		    (struct kv_slice){b.data, b.len});
	return err;
}

void
blind_mark(struct store_txn *txn, const struct key *key)
{
	static const uint8_t val[] = {BLIND_FORMAT};

	kv_put(store_kv(txn), KV_BLIND, key_slice(key),
	    (struct kv_slice){val, sizeof(val)});
}
