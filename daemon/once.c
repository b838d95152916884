/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/once.h"

#include <string.h>
#include <sodium.h>
#include "base/clock.h"

/* Apart from the hash of the request itself. */
static const char context[] = "key";

void
once_key(const struct keys *keys, const char *key,
    uint8_t hash_r[static IDEM_HASH_LEN])
{
	crypto_generichash_state h;

	(void)crypto_generichash_init(
	    &h, keys->of[KEYS_IDEMPOTENCY], KEYS_LEN, IDEM_HASH_LEN);
	/* with their NULs, so that they cannot run into each other */
	(void)crypto_generichash_update(
	    &h, (const uint8_t *)context, sizeof(context));
	(void)crypto_generichash_update(
	    &h, (const uint8_t *)key, strlen(key) + 1);
	(void)crypto_generichash_final(&h, hash_r, IDEM_HASH_LEN);
	sodium_memzero(&h, sizeof(h));
}

int
once_used(struct store_txn *txn, const struct idem_table *t,
    const struct keys *keys, const struct id *person, const char *key)
{
	struct idem want = {.person = *person, .at = clock_now()};
	struct idem found;
	int r;

	once_key(keys, key, want.key);
	r = idem_find(txn, t, &want, &found);
	return r == IDEM_MISMATCH ? 0 : r;
}
