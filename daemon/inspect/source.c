/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/inspect/source.h"

#include <string.h>

void
source_init(struct source *s, const struct inspect_source *from)
{
	s->from = *from;
	s->at = 0;
	s->start = s->end = 0;
	s->dry = s->is_short = false;
}

bool
source_short(const struct source *s)
{
	return s->is_short;
}

uint64_t
source_left(const struct source *s)
{
	return s->from.size > s->at ? s->from.size - s->at : 0;
}

/* Has LEN bytes in the room if the file has them. */
static size_t
fill(struct source *s, size_t len)
{
	if (s->end - s->start < len && s->start + len > sizeof(s->room)) {
		memmove(s->room, s->room + s->start, s->end - s->start);
		s->end -= s->start;
		s->start = 0;
	}
	while (s->end - s->start < len && !s->dry) {
		size_t n = s->from.read(
		    s->from.arg, s->room + s->end, sizeof(s->room) - s->end);

		s->dry = n == 0;
		s->end += n;
	}
	return s->end - s->start < len ? s->end - s->start : len;
}

size_t
source_peek(struct source *s, size_t len, const uint8_t **data_r)
{
	size_t n = fill(s, len < SOURCE_AHEAD ? len : SOURCE_AHEAD);

	*data_r = s->room + s->start;
	return n;
}

bool
source_is(struct source *s, const void *data, size_t len)
{
	const uint8_t *ahead;

	return source_peek(s, len, &ahead) == len &&
	       memcmp(ahead, data, len) == 0;
}

static void
use(struct source *s, size_t len)
{
	s->start += len;
	s->at += len;
	if (s->start == s->end)
		s->start = s->end = 0;
}

void
source_skip(struct source *s, uint64_t len)
{
	while (len > 0) {
		size_t n = fill(s, len < SOURCE_AHEAD ? len : SOURCE_AHEAD);

		if (n == 0) {
			s->is_short = true;
			return;
		}
		use(s, n);
		len -= n;
	}
}

void
source_take(struct source *s, void *to, size_t len)
{
	size_t n = fill(s, len);

	memset(to, 0, len);
	memcpy(to, s->room + s->start, n);
	use(s, n);
	if (n < len)
		s->is_short = true;
}

uint8_t
source_u8(struct source *s)
{
	uint8_t v;

	source_take(s, &v, sizeof(v));
	return v;
}

uint16_t
source_be16(struct source *s)
{
	uint8_t v[2];

	source_take(s, v, sizeof(v));
	return be16_at(v);
}

uint32_t
source_be32(struct source *s)
{
	uint8_t v[4];

	source_take(s, v, sizeof(v));
	return be32_at(v);
}

uint16_t
source_le16(struct source *s)
{
	uint8_t v[2];

	source_take(s, v, sizeof(v));
	return le16_at(v);
}

uint32_t
source_le32(struct source *s)
{
	uint8_t v[4];

	source_take(s, v, sizeof(v));
	return le32_at(v);
}

uint16_t
le16_at(const uint8_t *data)
{
	return (uint16_t)(data[0] | data[1] << 8);
}

uint32_t
le32_at(const uint8_t *data)
{
	return le16_at(data) | (uint32_t)le16_at(data + 2) << 16;
}

uint16_t
be16_at(const uint8_t *data)
{
	return (uint16_t)(data[0] << 8 | data[1]);
}

uint32_t
be32_at(const uint8_t *data)
{
	return (uint32_t)be16_at(data) << 16 | be16_at(data + 2);
}
