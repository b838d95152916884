/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A keyed MAC at the end of a record that stands in clear and yet grants or
 * orders something: a session, a relation, a thread's head, the end of the
 * audit log. Whoever can write to the disk but holds no key can make no such
 * row and cannot move one. What is sealed needs no stamp: its clear part is
 * bound into the seal.
 *
 *   MAC = BLAKE2b-256(chain key, personal "postern.stamp",
 *                     space (1) || key length (1) || key || record)
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/buf.h"
#include "store/keyring.h"
#include "store/kv.h"

#define STAMP_LEN 32

/* Appends the stamp of RECORD, to be put under KEY. */
void stamp_add(const struct keyring *k, enum kv_space space,
    struct kv_slice key, struct buf *record);
/* Takes the stamp off VAL. 0 or SEAL_FORGED. */
int stamp_check(const struct keyring *k, enum kv_space space,
    struct kv_slice key, struct kv_slice *val) PN_NODISCARD;
