/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A growable byte buffer with a ceiling and a sticky error.
 *
 * Once an append would pass the ceiling (-EMSGSIZE) or memory is short
 * (-ENOMEM) every later append is a no-op; callers check buf_error() once, at
 * the end. The bytes are always followed by a NUL that does not count, so
 * text may be read as a C string. buf_fini() wipes: bodies pass through here.
 */

#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"

struct buf {
	uint8_t *data;
	size_t len;
	size_t cap;
	size_t max;
	int err;
};

void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b);
void buf_reset(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_str(struct buf *b, const char *s);
void buf_add_byte(struct buf *b, uint8_t v);
/* Big-endian. */
void buf_add_u16(struct buf *b, uint16_t v);
void buf_add_u32(struct buf *b, uint32_t v);
void buf_add_u64(struct buf *b, uint64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) PN_PRINTF(2, 3);
/* Appends LEN bytes to be filled by the caller; NULL after an error. */
uint8_t *buf_grow(struct buf *b, size_t len);
/* 0, -EMSGSIZE or -ENOMEM. */
int buf_error(const struct buf *b) PN_NODISCARD;

#define buf_auto PN_CLEANUP(buf_fini)
