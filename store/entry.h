/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An entry's record: a header in clear that is bound into the seal, its
 * place and chain MAC, then the seal.
 *
 *   format (1) || thread, generation, id, kind, visibility, author, acting
 *   for, time, flags (80) || seq (8) || chain MAC (32) || sealed
 *
 *   AAD = format || store id || the 80 bytes
 */

#include "base/attr.h"
#include "store/chain.h"
#include "store/slot.h"
#include "store/store.h"
#include "store/thread.h"

#define ENTRY_AAD_LEN (1 + ID_LEN + 80)

/* A row as it stands; it dies with the transaction. */
struct entry_row {
	struct entry_head head;
	uint64_t number;
	uint64_t seq;
	uint8_t mac[CHAIN_LEN];
	uint8_t aad[ENTRY_AAD_LEN];
	struct kv_slice sealed;
};

/* KV_NOT_FOUND, RECORD_*. */
int entry_get(struct store_txn *txn, uint64_t number,
    struct entry_row *row_r) PN_NODISCARD;
/*
 * The MAC that ROW must have after PREVIOUS; compares. THREAD_BROKEN.
 */
int entry_follows(const struct chain *c, const struct entry_row *row,
    const uint8_t previous[static CHAIN_LEN]) PN_NODISCARD;
/* Gives a sealed entry its place and MAC. PREVIOUS becomes that MAC. */
int entry_place(const struct keyring *k, const struct chain *c,
    struct entry_sealed *e, uint64_t seq,
    uint8_t mac[static CHAIN_LEN]) PN_NODISCARD;
/* E_R must be zeroed. THREAD_BROKEN, RECORD_*. */
int entry_open(const struct slot_key *key, const struct entry_row *row,
    struct entry *e_r) PN_NODISCARD;
