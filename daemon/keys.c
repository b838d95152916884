/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/keys.h"

#include <string.h>
#include <sodium.h>

static const char *const contexts[KEYS_PURPOSES] = {
    [KEYS_IDEMPOTENCY] = "postern idempotency",
    [KEYS_CSRF] = "postern csrf",
    [KEYS_DEVICE] = "postern device",
    [KEYS_SETUP] = "postern second factor",
    [KEYS_BRAKE] = "postern brake",
    [KEYS_PASSKEY] = "postern passkey",
    [KEYS_ADDRESS] = "postern address",
};

void
keys_derive(const struct keyring *k, struct keys *keys_r)
{
	for (size_t i = 0; i < KEYS_PURPOSES; i++)
		(void)crypto_generichash(keys_r->of[i], KEYS_LEN,
		    (const uint8_t *)contexts[i], strlen(contexts[i]),
		    keyring_pepper(k), KEYRING_KEY_LEN);
}

void
keys_fini(struct keys *keys)
{
	sodium_memzero(keys, sizeof(*keys));
}
