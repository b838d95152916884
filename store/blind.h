/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Look-up of what is sealed: rows keyed by a kind and a keyed hash. A row
 * that chooses an id is stamped, or whoever can write to the disk could have
 * one person signed in as another. Numbers are part of the format.
 */

#include "base/attr.h"
#include "base/id.h"
#include "store/key.h"
#include "store/store.h"

enum blind_kind {
	BLIND_EXTERNAL = 1, /* -> person; exact bytes */
	BLIND_ADDRESS,      /* + person, address; ASCII letters folded */
	BLIND_LOGIN,        /* -> account; ASCII letters folded */
	BLIND_ACCOUNT,      /* person in clear + account */
};

#define BLIND_FORMAT 1

/*
 * Kind and hash of TEXT; the caller adds ids. KV_NOT_FOUND for a text longer
 * than any that is stored.
 */
int blind_key(struct store_txn *txn, enum blind_kind kind, const char *text,
    struct key *key_r) PN_NODISCARD;
/* KV_NOT_FOUND, SEAL_FORGED. */
int blind_get(
    struct store_txn *txn, const struct key *key, struct id *id_r) PN_NODISCARD;
int blind_put(struct store_txn *txn, const struct key *key,
    const struct id *id) PN_NODISCARD;
/* For a key that says it all. */
void blind_mark(struct store_txn *txn, const struct key *key);
