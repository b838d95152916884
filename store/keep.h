/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Keeping what a newer program wrote: before a row is overwritten, the
 * fields of the old one that this program does not know are carried over.
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/buf.h"
#include "store/kv.h"

/*
 * Appends to OUT the fields of OLD, past HEADER bytes (the format byte is
 * one of them), whose tags are not in KNOWN. 0, RECORD_*, or OUT's error.
 */
int keep_unknown(struct kv_slice old, size_t header, struct kv_slice known,
    struct buf *out) PN_NODISCARD;
/* The same for bare fields, without format byte; a tag 0 ends them. */
int keep_fields(
    struct kv_slice old, struct kv_slice known, struct buf *out) PN_NODISCARD;
