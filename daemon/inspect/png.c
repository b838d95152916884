/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <zlib.h>
#include "base/attr.h"
#include "daemon/inspect/format.h"

#define SIGNATURE_LEN 8
#define TYPE_LEN 4
#define CHUNK_OVERHEAD (4 + TYPE_LEN + 4) /* length, type, checksum */
#define IHDR_LEN 13
#define PALETTE_MAX 768
/* In a type's first letter: it may be left out. */
#define ANCILLARY 0x20

enum stage { STAGE_HEAD, STAGE_PALETTE, STAGE_DATA, STAGE_BEHIND };

struct chunk {
	uint64_t at;
	uint32_t len;
	uint8_t type[TYPE_LEN];
	uint32_t crc;
};

static bool
chunk_is(const struct chunk *c, const char *type)
{
	return memcmp(c->type, type, TYPE_LEN) == 0;
}

/* Colours, transparency, shape of a pixel; no texts, times or moving parts. */
static bool
is_needed(const struct chunk *c)
{
	static const char types[][TYPE_LEN + 1] = {
	    "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "pHYs", "bKGD"};

	for (size_t i = 0; i < PN_ARRAY_LEN(types); i++) {
		if (chunk_is(c, types[i]))
			return true;
	}
	return false;
}

static bool
is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Its length and its type, all of whose letters are some. */
static bool
chunk_begin(struct source *s, struct chunk *c)
{
	c->at = s->at;
	c->len = source_be32(s);
	source_take(s, c->type, sizeof(c->type));
	c->crc = (uint32_t)crc32(0, c->type, sizeof(c->type));
	for (size_t i = 0; i < TYPE_LEN; i++) {
		if (!is_letter(c->type[i]))
			return false;
	}
	return !source_short(s) &&
	       source_left(s) >= (uint64_t)c->len + sizeof(c->crc);
}

/* What is left of its data, DONE of it being used, and the checksum. */
static bool
chunk_end(struct source *s, struct chunk *c, uint32_t done)
{
	uint32_t left = c->len - done;

	while (left > 0) {
		const uint8_t *data;
		size_t n = source_peek(s, left, &data);

		if (n == 0)
			return false;
		c->crc = (uint32_t)crc32(c->crc, data, (uInt)n);
		source_skip(s, n);
		left -= (uint32_t)n;
	}
	return source_be32(s) == c->crc && !source_short(s);
}

static bool
depth_fits(uint8_t depth, uint8_t colour)
{
	bool small = depth == 1 || depth == 2 || depth == 4;

	switch (colour) {
	case 0:
		return small || depth == 8 || depth == 16;
	case 3:
		return small || depth == 8;
	case 2:
	case 4:
	case 6:
		return depth == 8 || depth == 16;
	default:
		return false;
	}
}

static enum inspect_refusal
read_head(struct source *s, struct inspect_verdict *v)
{
	uint8_t head[IHDR_LEN];
	struct chunk c;

	if (!chunk_begin(s, &c) || !chunk_is(&c, "IHDR") || c.len != IHDR_LEN)
		return INSPECT_BROKEN;
	source_take(s, head, sizeof(head));
	c.crc = (uint32_t)crc32(c.crc, head, sizeof(head));
	if (!chunk_end(s, &c, IHDR_LEN) || !depth_fits(head[8], head[9]) ||
	    head[10] != 0 || head[11] != 0 || head[12] > 1)
		return INSPECT_BROKEN;
	v->width = be32_at(head);
	v->height = be32_at(head + 4);
	return pixels_check(v);
}

/* Whether a chunk may come now; at which stage one is then. */
static bool
in_order(const struct chunk *c, enum stage *stage)
{
	if (chunk_is(c, "IDAT")) {
		if (*stage > STAGE_DATA)
			return false;
		*stage = STAGE_DATA;
		return true;
	}
	if (*stage == STAGE_DATA)
		*stage = STAGE_BEHIND;
	if (chunk_is(c, "PLTE")) {
		if (*stage != STAGE_HEAD || c->len == 0 || c->len % 3 != 0 ||
		    c->len > PALETTE_MAX)
			return false;
		*stage = STAGE_PALETTE;
		return true;
	}
	if (chunk_is(c, "IEND"))
		return *stage == STAGE_BEHIND && c->len == 0;
	return (c->type[0] & ANCILLARY) != 0;
}

enum inspect_refusal
png_inspect(struct source *s, struct inspect_verdict *v_r)
{
	enum stage stage = STAGE_HEAD;
	enum inspect_refusal why;
	struct chunk c;

	source_skip(s, SIGNATURE_LEN);
	why = read_head(s, v_r);
	if (why != INSPECT_GOOD)
		return why;
	do {
		if (!chunk_begin(s, &c) || !in_order(&c, &stage) ||
		    !chunk_end(s, &c, 0))
			return INSPECT_BROKEN;
		if ((c.type[0] & ANCILLARY) != 0 && !is_needed(&c) &&
		    !cut_add(v_r, c.at, CHUNK_OVERHEAD + (uint64_t)c.len))
			return INSPECT_BROKEN;
	} while (!chunk_is(&c, "IEND"));
	return cut_add(v_r, s->at, source_left(s)) ? INSPECT_GOOD
						   : INSPECT_BROKEN;
}
