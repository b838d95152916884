/* SPDX-License-Identifier: Apache-2.0 */

#include "store/record.h"

#include <errno.h>
#include <string.h>

void
record_open(struct record *r, struct kv_slice val, uint8_t newest)
{
	uint8_t format;

	*r = (struct record){.at = val.data, .left = val.len};
	format = record_u8(r);
	if (r->err == 0 && format > newest)
		r->err = RECORD_NEWER;
	else if (r->err == 0 && format == 0)
		r->err = RECORD_CORRUPT;
}

/* The next LEN bytes, or NULL. */
static const uint8_t *
take(struct record *r, size_t len)
{
	const uint8_t *at = r->at;

	if (r->err != 0)
		return NULL;
	if (len > r->left) {
		r->err = RECORD_CORRUPT;
		return NULL;
	}
	r->at += len;
	r->left -= len;
	return at;
}

static uint64_t
take_be(struct record *r, size_t len)
{
	const uint8_t *at = take(r, len);
	uint64_t v = 0;

	for (size_t i = 0; at != NULL && i < len; i++)
		v = v << 8 | at[i];
	return v;
}

uint8_t
record_u8(struct record *r)
{
	return (uint8_t)take_be(r, 1);
}

uint16_t
record_u16(struct record *r)
{
	return (uint16_t)take_be(r, 2);
}

uint32_t
record_u32(struct record *r)
{
	return (uint32_t)take_be(r, 4);
}

uint64_t
record_u64(struct record *r)
{
	return take_be(r, 8);
}

int64_t
record_i64(struct record *r)
{
	return (int64_t)take_be(r, 8);
}

void
record_bytes(struct record *r, void *to, size_t len)
{
	const uint8_t *at = take(r, len);

	if (at != NULL && len > 0)
		memcpy(to, at, len);
	else if (len > 0)
		memset(to, 0, len);
}

struct id
record_id(struct record *r)
{
	struct id id;

	record_bytes(r, id.b, sizeof(id.b));
	return id;
}

bool
record_field(struct record *r, uint8_t *tag_r, struct kv_slice *val_r)
{
	uint8_t tag;
	size_t len;
	const uint8_t *at;

	if (r->err != 0 || r->left == 0)
		return false;
	tag = record_u8(r);
	len = record_u16(r);
	at = take(r, len);
	if (at == NULL)
		return false;
	*tag_r = tag;
	*val_r = (struct kv_slice){.data = at, .len = len};
	return true;
}

void
record_unknown(
    struct record *r, uint8_t tag, struct kv_slice val, struct buf *keep)
{
	if (r->err != 0)
		return;
	if ((tag & RECORD_CRITICAL) != 0)
		r->err = RECORD_NEWER;
	else if (keep != NULL)
		record_add_field(keep, tag, val.data, val.len);
}

bool
record_padded(const struct record *r)
{
	return r->left > 0 && *r->at == 0;
}

int
record_error(const struct record *r)
{
	return r->err;
}

void
record_add_id(struct buf *b, const struct id *id)
{
	buf_add(b, id->b, sizeof(id->b));
}

void
record_add_field(struct buf *b, uint8_t tag, const void *data, size_t len)
{
	if (len > UINT16_MAX && b->err == 0)
		b->err = -EMSGSIZE;
	buf_add_byte(b, tag);
	buf_add_u16(b, (uint16_t)len);
	buf_add(b, data, len);
}

void
record_add_long(struct buf *b, uint8_t tag, const void *data, size_t len)
{
	const uint8_t *at = data;

	for (; len > UINT16_MAX; len -= UINT16_MAX) {
		record_add_field(b, tag, at, UINT16_MAX);
		at += UINT16_MAX;
	}
	record_add_field(b, tag, at, len);
}
