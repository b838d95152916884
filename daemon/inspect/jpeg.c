/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/inspect/format.h"

#include <string.h>

enum state {
	MARKER, /* 0xff */
	CODE,   /* what follows it */
	LENGTH,
	SEGMENT,
	SCAN,      /* what the pixels are made of */
	SCAN_CODE, /* after a 0xff in it */
	AFTER,     /* the end of the picture */
};

enum marker {
	SOF0 = 0xc0, /* baseline */
	SOF2 = 0xc2, /* progressive */
	DHT = 0xc4,
	JPG = 0xc8,
	DAC = 0xcc,
	SOF15 = 0xcf,
	RST0 = 0xd0,
	RST7 = 0xd7,
	SOI = 0xd8,
	EOI = 0xd9,
	SOS = 0xda,
	APP0 = 0xe0,
	APP1 = 0xe1,
	APP2 = 0xe2,
	APP14 = 0xee,
	APP15 = 0xef,
	COM = 0xfe,
};

#define FRAME_LEN 5 /* precision, height, width */

void
jpeg_begin(struct jpeg *j)
{
	j->state = MARKER;
}

/* ---- Exif -------------------------------------------------------------- */

struct tiff {
	const uint8_t *data;
	size_t len;
	bool big; /* endian */
};

static uint32_t
tiff_get(const struct tiff *t, size_t at, size_t n)
{
	if (at > t->len || t->len - at < n)
		return 0;
	if (n == 2)
		return t->big ? be16(t->data + at) : le16(t->data + at);
	return t->big ? be32(t->data + at) : le32(t->data + at);
}

/* Exif 2.32, 4.6.4: tag 0x0112 of the first directory, a SHORT. */
static uint8_t
exif_orientation(const uint8_t *data, size_t len)
{
	struct tiff t = {data + 6, 0, false};
	uint32_t at;
	uint32_t n;

	if (len < 14 || memcmp(data, "Exif\0", 6) != 0)
		return 0;
	t.len = len - 6;
	t.big = t.data[0] == 'M';
	at = tiff_get(&t, 4, 4);
	if (at > t.len)
		return 0;
	n = tiff_get(&t, at, 2);
	for (uint32_t i = 0; i < n && at + 2 + i * 12 < t.len; i++) {
		size_t entry = at + 2 + (size_t)i * 12;
		uint32_t value = tiff_get(&t, entry + 8, 2);

		if (tiff_get(&t, entry, 2) == 0x0112 && value >= 1 &&
		    value <= 8)
			return (uint8_t)value;
	}
	return 0;
}

/* ---- segments ---------------------------------------------------------- */

static bool
begins(const struct gather *g, const char *word, size_t len)
{
	return g->len >= len && memcmp(g->data, word, len) == 0;
}

/* Without these a picture looks otherwise; the rest only tells. */
static bool
draws(const struct jpeg *j)
{
	switch (j->marker) {
	case APP0:
		return begins(&j->g, "JFIF", 5);
	case APP2:
		return begins(&j->g, "ICC_PROFILE", 12);
	case APP14:
		return begins(&j->g, "Adobe", 5);
	default:
		return j->marker != COM &&
		       (j->marker < APP0 || j->marker > APP15);
	}
}

static bool
is_frame(uint8_t marker)
{
	return marker >= SOF0 && marker <= SOF15 && marker != DHT &&
	       marker != JPG && marker != DAC;
}

static void
take_frame(struct jpeg *j, struct finding *f)
{
	if (j->frame || j->marker > SOF2 || j->g.len < FRAME_LEN) {
		finding_refuse(f, INSPECT_BROKEN);
		return;
	}
	j->frame = true;
	finding_pixels(f, be16(j->g.data + 3), be16(j->g.data + 1));
}

static void
end_segment(struct jpeg *j, struct finding *f)
{
	if (is_frame(j->marker))
		take_frame(j, f);
	if (j->marker == APP1 && f->v.orientation == 0)
		f->v.orientation = exif_orientation(j->g.data, j->g.len);
	if (!draws(j))
		finding_cut(f, j->begun, f->at - j->begun);
	if (j->marker == SOS && !j->frame)
		finding_refuse(f, INSPECT_BROKEN);
	j->scan |= j->marker == SOS;
	j->state = j->marker == SOS ? SCAN : MARKER;
}

static void
start_segment(struct jpeg *j, struct finding *f)
{
	size_t len = be16(j->g.data);

	if (len < 2) {
		finding_refuse(f, INSPECT_BROKEN);
		return;
	}
	j->left = len - 2;
	j->state = SEGMENT;
	/* its first bytes say what it is */
	gather_start(&j->g, j->left);
	if (j->left == 0)
		end_segment(j, f);
}

static void
take_code(struct jpeg *j, struct finding *f, uint8_t code)
{
	j->marker = code;
	if (code == 0xff) /* a filler */
		return;
	if (code == SOI && j->begun == 0) {
		j->state = MARKER;
	} else if (code == EOI) {
		if (!j->scan)
			finding_refuse(f, INSPECT_BROKEN);
		j->state = AFTER;
	} else if (code < SOF0 || (code >= RST0 && code <= SOI)) {
		finding_refuse(f, INSPECT_BROKEN);
	} else {
		j->state = LENGTH;
		gather_start(&j->g, 2);
	}
}

/* ---- byte by byte, but for what is long -------------------------------- */

static const uint8_t *
skip_scan(struct jpeg *j, const uint8_t *data, size_t len)
{
	const uint8_t *sign = memchr(data, 0xff, len);

	if (sign == NULL)
		return data + len;
	j->state = SCAN_CODE;
	return sign + 1;
}

static void
take_scan_code(struct jpeg *j, struct finding *f, uint8_t code)
{
	if (code == 0 || (code >= RST0 && code <= RST7)) {
		j->state = SCAN;
	} else {
		j->begun = f->at - 1;
		take_code(j, f, code);
		if (code == 0xff)
			j->state = CODE;
	}
}

static const uint8_t *
skip_segment(struct jpeg *j, struct finding *f, const uint8_t *data, size_t len)
{
	size_t n = j->left < len ? (size_t)j->left : len;
	const uint8_t *at = data;
	size_t left = n;

	(void)gather_take(&j->g, &at, &left);
	j->left -= n;
	f->at += n;
	if (j->left == 0)
		end_segment(j, f);
	return data + n;
}

void
jpeg_feed(struct jpeg *j, struct finding *f, const uint8_t *data, size_t len)
{
	const uint8_t *end = data + len;

	while (f->v.refusal == INSPECT_GOOD && data < end) {
		size_t left = (size_t)(end - data);
		const uint8_t *from = data;

		switch (j->state) {
		case MARKER:
			j->begun = f->at;
			if (*data != 0xff)
				finding_refuse(f, INSPECT_BROKEN);
			j->state = CODE;
			break;
		case CODE:
			take_code(j, f, *data);
			break;
		case LENGTH:
			if (gather_take(&j->g, &data, &left)) {
				f->at += (uint64_t)(data - from);
				from = data;
				start_segment(j, f);
			}
			f->at += (uint64_t)(data - from);
			continue;
		case SEGMENT:
			data = skip_segment(j, f, data, left);
			continue;
		case SCAN:
			data = skip_scan(j, data, left);
			f->at += (uint64_t)(data - from);
			continue;
		case SCAN_CODE:
			take_scan_code(j, f, *data);
			break;
		default:
			finding_cut(f, f->at, left);
			f->at += left;
			return;
		}
		data++;
		f->at++;
	}
}

void
jpeg_end(const struct jpeg *j, struct finding *f)
{
	if (j->state != AFTER)
		finding_refuse(f, INSPECT_BROKEN);
}
