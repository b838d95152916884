/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From a place in a thread to the entry's number: the newest are in the
 * head, every full THREAD_BLOCK of them in a row.
 *
 *   key = thread id || block, from 0 (8)    record = format (1) || 64 numbers
 */

#include <stdint.h>
#include "base/attr.h"
#include "store/store.h"
#include "store/thread.h"

/* The block last read; zero to begin with. */
struct block {
	uint64_t first; /* seq of its first entry; 0: none read */
	uint64_t numbers[THREAD_BLOCK];
};

/* SEQ in 1..count. THREAD_BROKEN for a block that is missing or wrong. */
int block_number(struct store_txn *txn, const struct thread *t, uint64_t seq,
    struct block *block, uint64_t *number_r) PN_NODISCARD;
/* Writes the block that the head's newest entry has just filled. */
int block_put(struct store_txn *txn, const struct thread *t) PN_NODISCARD;
