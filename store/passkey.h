/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A passkey: the public half of a key pair that somebody's authenticator made
 * for us (WebAuthn), and what is known about it. It stands in the sealed
 * fields of their account.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/buf.h"
#include "store/kv.h"

#define PASSKEY_ID_MAX 255 /* bytes; longer ones there may be are not taken */
#define PASSKEY_KEY_MAX 259
#define PASSKEY_LABEL_MAX 48

/* Numbers of our own; how a key of each is written, in PASSKEY_KEY_MAX. */
enum passkey_algorithm {
	PASSKEY_ES256 = 1, /* P-256: x (32) || y (32) */
	PASSKEY_EDDSA = 2, /* Ed25519: 32 bytes (RFC 8032) */
	PASSKEY_RS256 = 3, /* RSA: modulus (256) || exponent (3) */
};

struct passkey {
	int64_t created;
	uint32_t count; /* the signature counter, as it was last; 0: none */
	uint8_t algorithm;
	uint8_t id_len;
	uint8_t id[PASSKEY_ID_MAX];
	uint8_t key[PASSKEY_KEY_MAX];
	char label[PASSKEY_LABEL_MAX + 1]; /* what its person calls it, as its
					      caller checks */
};

/* Bytes of a key of ALGORITHM, or 0 if there is no such algorithm. */
size_t passkey_key_len(unsigned algorithm);
/* Has it an id, a label and an algorithm that we know? */
bool passkey_sound(const struct passkey *p);
/* The value of its field: its length; appends it; reads one, 0 or RECORD_*. */
size_t passkey_len(const struct passkey *p);
void passkey_pack(const struct passkey *p, struct buf *b);
int passkey_open(struct kv_slice val, struct passkey *p_r) PN_NODISCARD;
