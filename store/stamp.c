/* SPDX-License-Identifier: Apache-2.0 */

#include "store/stamp.h"

#include <sodium.h>
#include "store/seal.h"

static void
stamp_make(const struct keyring *k, enum kv_space space, struct kv_slice key,
    struct kv_slice record, uint8_t mac_r[static STAMP_LEN])
{
	static const uint8_t
	    personal[crypto_generichash_blake2b_PERSONALBYTES] =
		"postern.stamp";
	const uint8_t place[2] = {(uint8_t)space, (uint8_t)key.len};
	crypto_generichash_blake2b_state st;

	(void)crypto_generichash_blake2b_init_salt_personal(&st,
	    keyring_chain_key(k), KEYRING_KEY_LEN, STAMP_LEN, NULL, personal);
	(void)crypto_generichash_blake2b_update(&st, place, sizeof(place));
	(void)crypto_generichash_blake2b_update(&st, key.data, key.len);
	(void)crypto_generichash_blake2b_update(&st, record.data, record.len);
	(void)crypto_generichash_blake2b_final(&st, mac_r, STAMP_LEN);
	sodium_memzero(&st, sizeof(st));
}

void
stamp_add(const struct keyring *k, enum kv_space space, struct kv_slice key,
    struct buf *record)
{
	uint8_t mac[STAMP_LEN];

	stamp_make(k, space, key,
	    (struct kv_slice){.data = record->data, .len = record->len}, mac);
	buf_add(record, mac, sizeof(mac));
}

int
stamp_check(const struct keyring *k, enum kv_space space, struct kv_slice key,
    struct kv_slice *val)
{
	struct kv_slice record = *val;
	uint8_t mac[STAMP_LEN];

	if (val->len < STAMP_LEN)
		return SEAL_FORGED;
	record.len -= STAMP_LEN;
	stamp_make(k, space, key, record, mac);
	if (sodium_memcmp(
		mac, (const uint8_t *)val->data + record.len, STAMP_LEN) != 0)
		return SEAL_FORGED;
	*val = record;
	return 0;
}
