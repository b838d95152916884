/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Wrapped keys, one row each: the unit of erasure. A person key seals names,
 * addresses and second factors; a thread key seals one generation of one
 * thread's entries. Wrapped by the newest KEK; up to SLOT_WRAPS wraps a row,
 * so that per-person and escrow wraps can join.
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/seal.h"
#include "store/store.h"

#define SLOT_WRAPS 16

enum slot_kind {
	SLOT_PERSON = 'p',
	SLOT_THREAD = 't',
};

/* A key in memory; wiped by slot_key_fini(). */
struct slot_key {
	uint8_t key[SEAL_KEY_LEN];
};

struct slot_key slot_key_new(void);
void slot_key_fini(struct slot_key *k);
int slot_put(struct store_txn *txn, enum slot_kind kind, const struct id *id,
    uint32_t generation, const struct slot_key *key) PN_NODISCARD;
/* KV_NOT_FOUND when erased. */
int slot_get(struct store_txn *txn, enum slot_kind kind, const struct id *id,
    uint32_t generation, struct slot_key *key_r) PN_NODISCARD;

#define slot_key_auto PN_CLEANUP(slot_key_fini)
