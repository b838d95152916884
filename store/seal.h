/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Sealing: the only file that encrypts. XChaCha20-Poly1305 under a key
 * derived per sealing, with a commitment, because the AEAD alone does not
 * commit to its key:
 *
 *   (ek || commitment) = BLAKE2b-512(key, label || nonce || aad), 32 + 32
 *   sealed = nonce (24) || commitment (32) || ciphertext || tag (16)
 *
 * The AAD binds a ciphertext to its place; see docs/formats.md for each.
 */

#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/buf.h"
#include "base/secret.h"
#include "store/keyring.h"
#include "store/kv.h"

#define SEAL_KEY_LEN 32
#define SEAL_OVERHEAD (24 + 32 + 16)

/* Positive codes. */
enum seal_code {
	SEAL_FORGED = 30, /* wrong key, moved or changed */
};

/* What is sealed; each has its label, so one cannot stand for another. */
enum seal_label {
	SEAL_ENTRY = 1,
	SEAL_PROFILE,
	SEAL_ADDRESS,
	SEAL_ACCOUNT,
	SEAL_SLOT,
	SEAL_KEYRING,
	SEAL_KEYRING_WRAP,
	SEAL_OUTBOX,
	SEAL_DRAFT,
	SEAL_PICTURE,
};

/* Appends sealed PLAIN to OUT. 0 or OUT's error. */
int seal(enum seal_label label, const uint8_t key[static SEAL_KEY_LEN],
    struct kv_slice aad, struct kv_slice plain, struct buf *out) PN_NODISCARD;
/* 0, SEAL_FORGED or -ENOMEM. PLAIN_R must be empty. */
int seal_open(enum seal_label label, const uint8_t key[static SEAL_KEY_LEN],
    struct kv_slice aad, struct kv_slice sealed,
    struct secret *plain_r) PN_NODISCARD;

/*
 * The padded size of a record whose unpadded size is LEN: 496, 992, 1,984,
 * then n * 4,096 - 16 bytes.
 */
size_t seal_bucket(size_t len);
/* Pads PLAIN with zeros: behind HEADER bytes its seal fills up a bucket. */
int seal_pad(struct buf *plain, size_t header) PN_NODISCARD;
