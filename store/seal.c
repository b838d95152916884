/* SPDX-License-Identifier: Apache-2.0 */

#include "store/seal.h"

#include <errno.h>
#include <string.h>
#include <sodium.h>

#define NONCE_LEN crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_LEN crypto_aead_xchacha20poly1305_ietf_ABYTES
#define COMMITMENT_LEN 32

_Static_assert(SEAL_OVERHEAD == NONCE_LEN + COMMITMENT_LEN + TAG_LEN,
    "the header promises the size");
_Static_assert(SEAL_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES &&
		   SEAL_KEY_LEN == crypto_generichash_KEYBYTES,
    "one key size");

/* With their NUL, so that none is the start of another. */
static const char *const labels[] = {
    [SEAL_ENTRY] = "postern entry v1",
    [SEAL_PROFILE] = "postern profile v1",
    [SEAL_ADDRESS] = "postern address v1",
    [SEAL_ACCOUNT] = "postern account v1",
    [SEAL_SLOT] = "postern slot v1",
    [SEAL_KEYRING] = "postern keyring v1",
    [SEAL_KEYRING_WRAP] = "postern keyring wrap v1",
    [SEAL_OUTBOX] = "postern outbox v1",
    [SEAL_DRAFT] = "postern draft v1",
    [SEAL_PICTURE] = "postern picture v1",
};

struct derived {
	uint8_t key[SEAL_KEY_LEN];
	uint8_t commitment[COMMITMENT_LEN];
};

_Static_assert(
    sizeof(struct derived) == crypto_generichash_BYTES_MAX, "one hash fills");

static void
derived_fini(struct derived *d)
{
	sodium_memzero(d, sizeof(*d));
}

static void
derive(enum seal_label label, const uint8_t key[static SEAL_KEY_LEN],
    const uint8_t nonce[static NONCE_LEN], struct kv_slice aad,
    struct derived *d)
{
	const char *text = labels[label];
	uint8_t out[sizeof(*d)];
	crypto_generichash_state st;

	(void)crypto_generichash_init(&st, key, SEAL_KEY_LEN, sizeof(out));
	(void)crypto_generichash_update(
	    &st, (const uint8_t *)text, strlen(text) + 1);
	(void)crypto_generichash_update(&st, nonce, NONCE_LEN);
	(void)crypto_generichash_update(&st, aad.data, aad.len);
	(void)crypto_generichash_final(&st, out, sizeof(out));
	memcpy(d->key, out, sizeof(d->key));
	memcpy(d->commitment, out + sizeof(d->key), sizeof(d->commitment));
	sodium_memzero(out, sizeof(out));
	sodium_memzero(&st, sizeof(st));
}

int
seal(enum seal_label label, const uint8_t key[static SEAL_KEY_LEN],
    struct kv_slice aad, struct kv_slice plain, struct buf *out)
{
	PN_CLEANUP(derived_fini) struct derived d = {0};
	uint8_t *at;

	if (plain.len > SIZE_MAX - SEAL_OVERHEAD)
		return -EMSGSIZE;
	at = buf_grow(out, plain.len + SEAL_OVERHEAD);
	if (at == NULL)
		return buf_error(out);
	randombytes_buf(at, NONCE_LEN);
	derive(label, key, at, aad, &d);
	memcpy(at + NONCE_LEN, d.commitment, COMMITMENT_LEN);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(
	    at + NONCE_LEN + COMMITMENT_LEN, NULL, plain.data, plain.len,
	    aad.data, aad.len, NULL, at, d.key);
	return 0;
}

int
seal_open(enum seal_label label, const uint8_t key[static SEAL_KEY_LEN],
    struct kv_slice aad, struct kv_slice sealed, struct secret *plain_r)
{
	PN_CLEANUP(derived_fini) struct derived d = {0};
	secret_auto struct secret plain = {0};
	const uint8_t *at = sealed.data;

	if (sealed.len < SEAL_OVERHEAD)
		return SEAL_FORGED;
	derive(label, key, at, aad, &d);
	if (sodium_memcmp(d.commitment, at + NONCE_LEN, COMMITMENT_LEN) != 0)
		return SEAL_FORGED;
	plain.len = sealed.len - SEAL_OVERHEAD;
	plain.data = secret_malloc(plain.len + 1);
	if (plain.data == NULL) {
		plain.len = 0;
		return -ENOMEM;
	}
	plain.data[plain.len] = '\0';
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data, NULL, NULL,
		at + NONCE_LEN + COMMITMENT_LEN, plain.len + TAG_LEN, aad.data,
		aad.len, at, d.key) != 0)
		return SEAL_FORGED;
	*plain_r = secret_take(&plain);
	return 0;
}

size_t
seal_bucket(size_t len)
{
	static const size_t small[] = {496, 992, 1984};

	for (size_t i = 0; i < PN_ARRAY_LEN(small); i++) {
		if (len <= small[i])
			return small[i];
	}
	return (len + 16 + 4095) / 4096 * 4096 - 16;
}

int
seal_pad(struct buf *plain, size_t header)
{
	const size_t len = header + SEAL_OVERHEAD + plain->len;
	const size_t padding = seal_bucket(len) - len;
	uint8_t *at = buf_grow(plain, padding);

	if (at == NULL)
		return buf_error(plain);
	memset(at, 0, padding);
	return 0;
}
