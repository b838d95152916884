/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include "base/attr.h"
#include "daemon/inspect/format.h"

/* Scans of a progressive one: each costs whoever draws it a pass. */
#define SCANS_MAX 32
#define FRAME_BITS 8
#define JFIF_LEN 14 /* without a smaller picture inside */

/* Of TIFF, which EXIF is. */
#define EXIF_START 6 /* bytes before it: "Exif", two zeros */
#define TIFF_HEAD 8
#define TIFF_FIELD 12
#define TIFF_SHORT 3
#define TAG_ORIENTATION 0x0112
#define ORIENTATION_MAX 8

enum marker {
	MARKER_SOF0 = 0xc0, /* baseline */
	MARKER_SOF1,
	MARKER_SOF2, /* progressive; browsers draw no others */
	MARKER_DHT = 0xc4,
	MARKER_RST0 = 0xd0,
	MARKER_RST7 = 0xd7,
	MARKER_SOI = 0xd8,
	MARKER_EOI,
	MARKER_SOS,
	MARKER_DQT,
	MARKER_DRI = 0xdd,
	MARKER_APP0 = 0xe0,
	MARKER_APP1,
	MARKER_APP2,
	MARKER_APP14 = 0xee,
	MARKER_APP15,
	MARKER_COM = 0xfe,
};

struct segment {
	uint64_t at;
	uint8_t marker;
	const uint8_t *data; /* behind its length; ahead in the source */
	size_t len;
};

/* ---- orientation ----------------------------------------------------- */

struct tiff {
	const uint8_t *data;
	size_t len;
	bool big; /* endian */
};

static uint16_t
tiff_u16(const struct tiff *t, size_t at)
{
	return t->big ? be16_at(t->data + at) : le16_at(t->data + at);
}

static uint32_t
tiff_u32(const struct tiff *t, size_t at)
{
	return t->big ? be32_at(t->data + at) : le32_at(t->data + at);
}

static bool
tiff_begin(struct tiff *t, const struct segment *g)
{
	if (g->len < EXIF_START + TIFF_HEAD ||
	    memcmp(g->data, "Exif\0", EXIF_START) != 0)
		return false;
	t->data = g->data + EXIF_START;
	t->len = g->len - EXIF_START;
	t->big = t->data[0] == 'M';
	return memcmp(t->data, t->big ? "MM" : "II", 2) == 0 &&
	       tiff_u16(t, 2) == 42;
}

/* 1..8; 0: it does not say, or not so that one could tell. */
static uint8_t
read_orientation(const struct segment *g)
{
	struct tiff t;
	uint32_t at;
	uint16_t n;

	if (!tiff_begin(&t, g))
		return 0;
	at = tiff_u32(&t, 4);
	if (at > t.len - 2)
		return 0;
	n = tiff_u16(&t, at);
	for (at += 2; n > 0 && t.len - at >= TIFF_FIELD; n--) {
		uint16_t v = tiff_u16(&t, at + 8);

		if (tiff_u16(&t, at) == TAG_ORIENTATION)
			return tiff_u16(&t, at + 2) == TIFF_SHORT &&
				       tiff_u32(&t, at + 4) == 1 &&
				       v <= ORIENTATION_MAX
				   ? (uint8_t)v
				   : 0;
		at += TIFF_FIELD;
	}
	return 0;
}

/* ---- segments -------------------------------------------------------- */

static bool
segment_begin(struct source *s, struct segment *g)
{
	const uint8_t *head;
	size_t len;

	*g = (struct segment){.at = s->at};
	if (source_u8(s) != 0xff)
		return false;
	do {
		g->marker = source_u8(s);
	} while (g->marker == 0xff);
	if (source_short(s) || g->marker == MARKER_EOI)
		return !source_short(s);
	len = source_be16(s);
	if (source_short(s) || len < 2)
		return false;
	g->len = source_peek(s, len - 2, &head);
	g->data = head;
	return g->len == len - 2;
}

static bool
starts_with(const struct segment *g, const char *text, size_t len)
{
	return g->len >= len && memcmp(g->data, text, len) == 0;
}

/* Neither EXIF, XMP, texts, nor a smaller picture inside. */
static bool
is_needed(const struct segment *g)
{
	switch (g->marker) {
	case MARKER_APP0:
		return starts_with(g, "JFIF", 5) && g->len == JFIF_LEN;
	case MARKER_APP2:
		return starts_with(g, "ICC_PROFILE", 12);
	case MARKER_APP14:
		return starts_with(g, "Adobe", 5);
	default:
		return g->marker != MARKER_COM &&
		       (g->marker < MARKER_APP0 || g->marker > MARKER_APP15);
	}
}

static enum inspect_refusal
read_frame(const struct segment *g, struct inspect_verdict *v)
{
	/* bits, height, width, components of three bytes each */
	if (v->height != 0 || g->len < 6 || g->data[0] != FRAME_BITS)
		return INSPECT_BROKEN;
	v->height = be16_at(g->data + 1);
	v->width = be16_at(g->data + 3);
	if (g->data[5] < 1 || g->data[5] > 4 || g->len != 6 + 3U * g->data[5])
		return INSPECT_BROKEN;
	return pixels_check(v);
}

/* The entropy-coded bytes behind a scan's header, up to the next marker. */
static void
skip_scan(struct source *s)
{
	for (;;) {
		const uint8_t *data;
		size_t n = source_peek(s, SOURCE_AHEAD, &data);
		const uint8_t *p = n > 0 ? memchr(data, 0xff, n) : NULL;
		size_t off = p != NULL ? (size_t)(p - data) : n;

		/* without its marker it is cut off: what follows will see */
		if (n == 0 || (p != NULL && n - off < 2 && off == 0))
			return;
		if (p == NULL || off > 0) {
			source_skip(s, off);
			continue;
		}
		if (p[1] != 0 && (p[1] < MARKER_RST0 || p[1] > MARKER_RST7))
			return;
		source_skip(s, 2);
	}
}

static enum inspect_refusal
read_segment(
    const struct segment *g, struct inspect_verdict *v, unsigned *scans)
{
	switch (g->marker) {
	case MARKER_SOF0:
	case MARKER_SOF1:
	case MARKER_SOF2:
		return read_frame(g, v);
	case MARKER_SOS:
		if (v->height == 0)
			return INSPECT_BROKEN;
		return ++*scans > SCANS_MAX ? INSPECT_BOMB : INSPECT_GOOD;
	case MARKER_APP1:
		if (v->orientation == 0)
			v->orientation = read_orientation(g);
		return INSPECT_GOOD;
	case MARKER_DHT:
	case MARKER_DQT:
	case MARKER_DRI:
	case MARKER_COM:
		return INSPECT_GOOD;
	default:
		return g->marker >= MARKER_APP0 && g->marker <= MARKER_APP15
			   ? INSPECT_GOOD
			   : INSPECT_BROKEN;
	}
}

enum inspect_refusal
jpeg_inspect(struct source *s, struct inspect_verdict *v_r)
{
	unsigned scans = 0;
	struct segment g;

	source_skip(s, 2);
	for (;;) {
		enum inspect_refusal why;
		bool needed;

		if (!segment_begin(s, &g))
			return INSPECT_BROKEN;
		if (g.marker == MARKER_EOI)
			break;
		why = read_segment(&g, v_r, &scans);
		if (why != INSPECT_GOOD)
			return why;
		needed = is_needed(&g);
		source_skip(s, g.len);
		if (!needed && !cut_add(v_r, g.at, s->at - g.at))
			return INSPECT_BROKEN;
		if (g.marker == MARKER_SOS)
			skip_scan(s);
	}
	return scans > 0 && cut_add(v_r, s->at, source_left(s))
		   ? INSPECT_GOOD
		   : INSPECT_BROKEN;
}
