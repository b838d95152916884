/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An authenticator of the tests' own: makes passkeys and signs with them, over
 * whatever a test wants it to say (WebAuthn, 6; CTAP2's canonical CBOR).
 */

#include <check.h>
#include <stdint.h>
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include "base/buf.h"
#include "store/passkey.h"

#define AUTHENTICATOR_RP "portal.practice.example"
#define AUTHENTICATOR_FLAGS 0x05 /* a person was there, and was the one */

struct authenticator {
	uint8_t algorithm;
	EVP_PKEY *key;
	uint8_t id[PASSKEY_ID_MAX + 1];
	size_t id_len;
};

static inline void
authenticator_init(struct authenticator *a, uint8_t algorithm)
{
	*a = (struct authenticator){.algorithm = algorithm, .id_len = 32};
	randombytes_buf(a->id, sizeof(a->id));
	if (algorithm == PASSKEY_ES256)
		a->key = EVP_EC_gen("P-256");
	else if (algorithm == PASSKEY_EDDSA)
		a->key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else
		a->key = EVP_RSA_gen(2048);
	ck_assert_ptr_nonnull(a->key);
}

static inline void
authenticator_fini(struct authenticator *a)
{
	EVP_PKEY_free(a->key);
}

/* ---- its words ------------------------------------------------------- */

static inline void
authenticator_int(struct buf *b, int n)
{
	uint8_t major = n < 0 ? 0x20 : 0;
	int value = n < 0 ? -1 - n : n;

	if (value > 0xff) {
		buf_add_byte(b, (uint8_t)(major | 25));
		buf_add_u16(b, (uint16_t)value);
	} else if (value > 23) {
		buf_add_byte(b, (uint8_t)(major | 24));
		buf_add_byte(b, (uint8_t)value);
	} else {
		buf_add_byte(b, (uint8_t)(major | value));
	}
}

static inline void
authenticator_bytes(struct buf *b, const void *data, size_t len)
{
	if (len > 0xff) {
		buf_add_byte(b, 0x59);
		buf_add_u16(b, (uint16_t)len);
	} else {
		buf_add_byte(b, 0x58);
		buf_add_byte(b, (uint8_t)len);
	}
	buf_add(b, data, len);
}

/* A number of the key, LEN bytes. */
static inline void
authenticator_number(
    const struct authenticator *a, const char *name, uint8_t *to, size_t len)
{
	BIGNUM *n = NULL;

	ck_assert_int_eq(EVP_PKEY_get_bn_param(a->key, name, &n), 1);
	ck_assert_int_eq(BN_bn2binpad(n, to, (int)len), (int)len);
	BN_free(n);
}

/* As the store has it; its length. */
static inline size_t
authenticator_key(const struct authenticator *a, uint8_t key[PASSKEY_KEY_MAX])
{
	size_t len = PASSKEY_KEY_MAX;

	if (a->algorithm == PASSKEY_ES256) {
		authenticator_number(a, OSSL_PKEY_PARAM_EC_PUB_X, key, 32);
		authenticator_number(a, OSSL_PKEY_PARAM_EC_PUB_Y, key + 32, 32);
	} else if (a->algorithm == PASSKEY_EDDSA) {
		ck_assert_int_eq(
		    EVP_PKEY_get_raw_public_key(a->key, key, &len), 1);
	} else {
		authenticator_number(a, OSSL_PKEY_PARAM_RSA_N, key, 256);
		authenticator_number(a, OSSL_PKEY_PARAM_RSA_E, key + 256, 3);
	}
	return passkey_key_len(a->algorithm);
}

/* RFC 9053 */
static inline void
authenticator_cose(struct buf *b, uint8_t algorithm, const uint8_t *key)
{
	static const int kinds[] = {
	    [PASSKEY_ES256] = 2, [PASSKEY_EDDSA] = 1, [PASSKEY_RS256] = 3};
	static const int algorithms[] = {
	    [PASSKEY_ES256] = -7, [PASSKEY_EDDSA] = -8, [PASSKEY_RS256] = -257};

	buf_add_byte(
	    b, algorithm == PASSKEY_ES256 ? 0xa5 : 0xa4); /* a map of 5, or 4 */
	authenticator_int(b, 1);
	authenticator_int(b, kinds[algorithm]);
	authenticator_int(b, 3);
	authenticator_int(b, algorithms[algorithm]);
	authenticator_int(b, -1);
	switch (algorithm) {
	case PASSKEY_ES256:
		authenticator_int(b, 1);
		authenticator_int(b, -2);
		authenticator_bytes(b, key, 32);
		authenticator_int(b, -3);
		authenticator_bytes(b, key + 32, 32);
		break;
	case PASSKEY_EDDSA:
		authenticator_int(b, 6);
		authenticator_int(b, -2);
		authenticator_bytes(b, key, 32);
		break;
	default:
		authenticator_bytes(b, key, 256);
		authenticator_int(b, -2);
		authenticator_bytes(b, key + 256, 3);
	}
}

/* Authenticator data: what every one begins with. B is fresh. */
static inline void
authenticator_begin(
    struct buf *b, const char *rp, uint8_t flags, uint32_t count)
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256(hash, (const uint8_t *)rp, strlen(rp));
	buf_init(b, 4096);
	buf_add(b, hash, sizeof(hash));
	buf_add_byte(b, flags);
	buf_add_u32(b, count);
}

/* That of a new passkey. */
static inline void
authenticator_create(
    const struct authenticator *a, uint32_t count, struct buf *b)
{
	uint8_t key[PASSKEY_KEY_MAX], aaguid[16] = {0};

	authenticator_begin(
	    b, AUTHENTICATOR_RP, AUTHENTICATOR_FLAGS | 0x40, count);
	buf_add(b, aaguid, sizeof(aaguid));
	buf_add_u16(b, (uint16_t)a->id_len);
	buf_add(b, a->id, a->id_len);
	(void)authenticator_key(a, key);
	authenticator_cose(b, a->algorithm, key);
	ck_assert_int_eq(buf_error(b), 0);
}

/* Over DATA and the hash of the client data; its length. */
static inline size_t
authenticator_sign(const struct authenticator *a, const struct buf *data,
    const uint8_t client_hash[32], uint8_t *to, size_t cap)
{
	buf_auto struct buf all = {0};
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = cap;

	buf_init(&all, 8192);
	buf_add(&all, data->data, data->len);
	buf_add(&all, client_hash, 32);
	ck_assert_int_eq(
	    EVP_DigestSignInit(ctx, NULL,
		a->algorithm == PASSKEY_EDDSA ? NULL : EVP_sha256(), NULL,
		a->key),
	    1);
	ck_assert_int_eq(EVP_DigestSign(ctx, to, &len, all.data, all.len), 1);
	EVP_MD_CTX_free(ctx);
	return len;
}
