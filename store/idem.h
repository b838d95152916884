/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Idempotency records: what a participant's key was answered, for 24 hours.
 * Rows are appended by number; the table from key to number is in memory
 * (some 20 bytes a row), rebuilt at start, and belongs to the writer's thread.
 */

#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/store.h"

#define IDEM_KEY_MAX 64
#define IDEM_HASH_LEN 32
#define IDEM_HOURS 24

/* Positive codes. */
enum idem_code {
	IDEM_MISMATCH = 80, /* same key, other request */
};

struct idem {
	uint64_t number; /* of the operation, also the entry's */
	int64_t at;
	struct id person;
	uint8_t key[IDEM_HASH_LEN];     /* BLAKE2b of route and key */
	uint8_t request[IDEM_HASH_LEN]; /* BLAKE2b of the body */
	struct id thread;
	struct id entry;
	uint64_t seq;
};

struct idem_table;
int idem_load(
    struct store_txn *txn, int64_t now, struct idem_table **t_r) PN_NODISCARD;
void idem_free(struct idem_table **t);
/*
 * Looks for WANT's person and key. 0 and the first answer; KV_NOT_FOUND, also
 * when it is older than IDEM_HOURS at WANT's time; IDEM_MISMATCH.
 */
int idem_find(struct store_txn *txn, const struct idem_table *t,
    const struct idem *want, struct idem *found_r) PN_NODISCARD;
/* Row and table. Drops rows older than IDEM_HOURS as it goes, a few a call. */
int idem_add(struct store_txn *txn, struct idem_table *t,
    const struct idem *row) PN_NODISCARD;
