/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How every record is written: one format byte, a fixed big-endian header,
 * then fields of tag (1 byte), length (2 bytes), value. A tag with the
 * critical bit that the reader does not know makes the record unreadable;
 * other unknown fields are kept and written back. docs/formats.md has the
 * layouts and vectors.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/buf.h"
#include "base/id.h"
#include "store/kv.h"

#define RECORD_CRITICAL 0x80

/* Positive codes. */
enum record_code {
	RECORD_CORRUPT = 10, /* not what this program or an older one wrote */
	RECORD_NEWER,        /* a newer format or an unknown critical tag */
};

/* A cursor over a record; once a read fails, err stays and reads give 0. */
struct record {
	const uint8_t *at;
	size_t left;
	int err;
};

/* Checks the format byte: above NEWEST is RECORD_NEWER. */
void record_open(struct record *r, struct kv_slice val, uint8_t newest);
uint8_t record_u8(struct record *r);
uint16_t record_u16(struct record *r);
uint32_t record_u32(struct record *r);
uint64_t record_u64(struct record *r);
int64_t record_i64(struct record *r);
void record_bytes(struct record *r, void *to, size_t len);
struct id record_id(struct record *r);
/*
 * The next field. False at the end or after an error. Callers switch on TAG
 * and give what they do not know to record_unknown().
 */
bool record_field(struct record *r, uint8_t *tag_r, struct kv_slice *val_r);
/* Appends the field to KEEP (may be NULL), or sets RECORD_NEWER. */
void record_unknown(
    struct record *r, uint8_t tag, struct kv_slice val, struct buf *keep);
/* True where only the padding of sealed fields is left: a tag 0. */
bool record_padded(const struct record *r);
/* 0, RECORD_CORRUPT or RECORD_NEWER. */
int record_error(const struct record *r) PN_NODISCARD;

/* Writing: the header with buf_add_*, then fields; LEN <= 65,535. */
void record_add_id(struct buf *b, const struct id *id);
void record_add_field(struct buf *b, uint8_t tag, const void *data, size_t len);
/* Of any length: what does not fit continues in the next field of its tag. */
void record_add_long(struct buf *b, uint8_t tag, const void *data, size_t len);
