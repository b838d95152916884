/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a participant has begun to write: one draft for each thread, or for
 * each contact whom they have no thread with yet. Sealed under the person
 * key, padded like an entry, and bound to its place.
 *
 *   key = person || about
 *   record = format (1) || saved (8) || sealed, of a padded size
 *   AAD = store id || space (1) || key || format || saved
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "base/secret.h"
#include "store/store.h"

#define DRAFT_KEY_MAX 64

/* Positive codes; nothing was written. */
enum draft_code {
	DRAFT_TOO_LONG = 95, /* a body above ENTRY_BODY_MAX */
};

struct draft {
	struct id person;
	struct id about; /* a thread, or a contact */
	int64_t saved;
	char key[DRAFT_KEY_MAX + 1]; /* the Idempotency-Key it will have */
	struct secret body;
};

void draft_fini(struct draft *d);
/*
 * New, or in the place of the one before, be that damaged. KV_NOT_FOUND
 * without a person or with one that is erased; DRAFT_*, RECORD_NEWER.
 */
int draft_put(struct store_txn *txn, const struct draft *d) PN_NODISCARD;
/* KV_NOT_FOUND, SEAL_FORGED, RECORD_*. *D_R must be zeroed. */
int draft_get(struct store_txn *txn, const struct id *person,
    const struct id *about, struct draft *d_r) PN_NODISCARD;
/* No error when there is none. */
void draft_del(
    struct store_txn *txn, const struct id *person, const struct id *about);

#define draft_auto PN_CLEANUP(draft_fini)
