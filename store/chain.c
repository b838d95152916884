/* SPDX-License-Identifier: Apache-2.0 */

#include "store/chain.h"

#include <sodium.h>
#include "store/seal.h"

#define NONCE_LEN 24
#define COMMITMENT_LEN 32
#define TAG_LEN 16

void
chain_init(struct chain *c, const struct keyring *k, const struct id *thread)
{
	static const uint8_t
	    personal[crypto_generichash_blake2b_PERSONALBYTES] =
		"postern.thread";

	(void)crypto_generichash_blake2b_salt_personal(c->key, sizeof(c->key),
	    thread->b, ID_LEN, keyring_chain_key(k), KEYRING_KEY_LEN, NULL,
	    personal);
}

void
chain_fini(struct chain *c)
{
	sodium_memzero(c, sizeof(*c));
}

void
chain_next(const struct chain *c, const uint8_t previous[static CHAIN_LEN],
    uint64_t seq, struct kv_slice aad, struct kv_slice sealed,
    uint8_t mac_r[static CHAIN_LEN])
{
	static const uint8_t
	    personal[crypto_generichash_blake2b_PERSONALBYTES] =
		"postern.chain";
	const uint8_t *blob = sealed.data;
	crypto_generichash_blake2b_state st;
	uint8_t place[8];

	for (size_t i = 0; i < sizeof(place); i++)
		place[i] = (uint8_t)(seq >> (8 * (7 - i)));
	(void)crypto_generichash_blake2b_init_salt_personal(
	    &st, c->key, sizeof(c->key), CHAIN_LEN, NULL, personal);
	(void)crypto_generichash_blake2b_update(&st, previous, CHAIN_LEN);
	(void)crypto_generichash_blake2b_update(&st, place, sizeof(place));
	(void)crypto_generichash_blake2b_update(&st, aad.data, aad.len);
	(void)crypto_generichash_blake2b_update(
	    &st, blob + NONCE_LEN, COMMITMENT_LEN);
	(void)crypto_generichash_blake2b_update(
	    &st, blob + sealed.len - TAG_LEN, TAG_LEN);
	(void)crypto_generichash_blake2b_final(&st, mac_r, CHAIN_LEN);
	sodium_memzero(&st, sizeof(st));
}
