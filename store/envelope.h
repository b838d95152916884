/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A row about a person: a header in clear, and fields sealed under the
 * person's key. The header is bound into the seal, so that a role or a state
 * cannot be changed from outside.
 *
 *   record = header (format byte first) || field 0x81: sealed
 *   AAD = store id || space (1) || key of the row || header
 *
 * The sealed fields are padded with zeros to a multiple of ENVELOPE_PAD, or of
 * what the kind of row asks for, and at least to that.
 */

#include <stddef.h>
#include "base/attr.h"
#include "base/buf.h"
#include "base/secret.h"
#include "store/key.h"
#include "store/seal.h"
#include "store/slot.h"
#include "store/store.h"

#define ENVELOPE_PAD 64
#define ENVELOPE_MAX 16384 /* bytes of a record */

struct envelope {
	enum kv_space space;
	enum seal_label label;
	struct key key;
	size_t header;         /* bytes, the format byte among them */
	size_t pad;            /* 0: ENVELOPE_PAD */
	struct kv_slice known; /* tags of the sealed fields */
};

/*
 * RECORD holds the header; appends FIELDS, sealed, and with them what the old
 * row holds that this program does not know. Writes nothing.
 */
int envelope_pack(struct store_txn *txn, const struct envelope *e,
    const struct slot_key *key, struct buf *fields,
    struct buf *record) PN_NODISCARD;
/* The sealed fields of VAL. RECORD_*, SEAL_FORGED. */
int envelope_open(struct store_txn *txn, const struct envelope *e,
    const struct slot_key *key, struct kv_slice val,
    struct secret *fields_r) PN_NODISCARD;

/*
 * The same for rows that may be long: what follows the header is the seal,
 * without a field around it, padded to one of the sizes of entries.
 */
int envelope_pack_long(struct store_txn *txn, const struct envelope *e,
    const struct slot_key *key, struct buf *fields,
    struct buf *record) PN_NODISCARD;
int envelope_open_long(struct store_txn *txn, const struct envelope *e,
    const struct slot_key *key, struct kv_slice val,
    struct secret *fields_r) PN_NODISCARD;
