/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/image.h"

#include <stdbool.h>
#include <string.h>
#include <sodium.h>
#include "store/record.h"

static const uint8_t png_start[] = {0x89, 'P', 'N', 'G', '\r', '\n', 26, '\n'};
static const uint8_t jpeg_start[] = {0xff, 0xd8};

static int
check_sides(const struct image *image)
{
	return image->width >= IMAGE_SIDE_MIN &&
		       image->width <= IMAGE_SIDE_MAX &&
		       image->height >= IMAGE_SIDE_MIN &&
		       image->height <= IMAGE_SIDE_MAX
		   ? 0
		   : IMAGE_DIMENSIONS;
}

/* ---- PNG ------------------------------------------------------------- */

#define CHUNK_TYPE 4
#define CHUNK_OVERHEAD (4 + CHUNK_TYPE + 4) /* length, type, checksum */
#define IHDR_LEN 13
/* In a type's first letter: it may be left out. */
#define CHUNK_ANCILLARY 0x20

struct chunk {
	const uint8_t *start; /* of all of it */
	size_t size;
	char type[CHUNK_TYPE];
	struct record data;
};

static int
read_chunk(struct record *r, struct chunk *c)
{
	uint32_t len;

	c->start = r->at;
	len = record_u32(r);
	record_bytes(r, c->type, CHUNK_TYPE);
	if (record_error(r) != 0 || r->left < 4 || len > r->left - 4)
		return IMAGE_BROKEN;
	c->size = CHUNK_OVERHEAD + (size_t)len;
	c->data = (struct record){.at = r->at, .left = len};
	r->at += len + 4;
	r->left -= len + 4;
	return 0;
}

static bool
chunk_is(const struct chunk *c, const char *type)
{
	return memcmp(c->type, type, CHUNK_TYPE) == 0;
}

/* Colours and transparency; no texts, times, places, or moving parts. */
static bool
chunk_is_needed(const struct chunk *c)
{
	static const char types[][CHUNK_TYPE + 1] = {"IHDR", "PLTE", "IDAT",
	    "IEND", "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB"};

	for (size_t i = 0; i < PN_ARRAY_LEN(types); i++) {
		if (chunk_is(c, types[i]))
			return true;
	}
	return false;
}

static int
read_ihdr(struct chunk *c, struct image *image)
{
	if (!chunk_is(c, "IHDR") || c->data.left != IHDR_LEN)
		return IMAGE_BROKEN;
	image->width = record_u32(&c->data);
	image->height = record_u32(&c->data);
	return check_sides(image);
}

static int
copy_png(struct record *r, struct buf *out, struct image *image)
{
	bool drawn = false;
	struct chunk c;
	int err = read_chunk(r, &c);

	if (err == 0)
		err = read_ihdr(&c, image);
	buf_add(out, png_start, sizeof(png_start));
	while (err == 0) {
		if (chunk_is_needed(&c))
			buf_add(out, c.start, c.size);
		else if ((c.type[0] & CHUNK_ANCILLARY) == 0)
			return IMAGE_BROKEN;
		drawn = drawn || chunk_is(&c, "IDAT");
		if (chunk_is(&c, "IEND"))
			return drawn && c.data.left == 0 ? 0 : IMAGE_BROKEN;
		err = read_chunk(r, &c);
		if (err == 0 && chunk_is(&c, "IHDR"))
			err = IMAGE_BROKEN;
	}
	return err;
}

/* ---- JPEG ------------------------------------------------------------ */

/* Scans of a progressive one: each costs whoever draws it a pass. */
#define SCANS_MAX 32
#define FRAME_BITS 8

enum marker {
	MARKER_SOF0 = 0xc0, /* baseline */
	MARKER_SOF1,
	MARKER_SOF2, /* progressive; browsers draw no others */
	MARKER_DHT = 0xc4,
	MARKER_RST0 = 0xd0,
	MARKER_RST7 = 0xd7,
	MARKER_EOI = 0xd9,
	MARKER_SOS,
	MARKER_DQT,
	MARKER_DRI = 0xdd,
	MARKER_APP0 = 0xe0,
	MARKER_APP2 = 0xe2,
	MARKER_APP14 = 0xee,
	MARKER_APP15,
	MARKER_COM = 0xfe,
};

struct segment {
	uint8_t marker;
	const uint8_t *start; /* behind the marker: its length, its data */
	size_t size;
	struct record data;
};

static int
read_segment(struct record *r, struct segment *s)
{
	uint16_t len;

	if (record_u8(r) != 0xff)
		return IMAGE_BROKEN;
	do {
		s->marker = record_u8(r);
	} while (s->marker == 0xff);
	s->start = r->at;
	if (s->marker == MARKER_EOI)
		return 0;
	len = record_u16(r);
	if (record_error(r) != 0 || len < 2 || len - 2U > r->left)
		return IMAGE_BROKEN;
	s->size = len;
	s->data = (struct record){.at = r->at, .left = len - 2U};
	r->at += len - 2;
	r->left -= len - 2U;
	return 0;
}

static bool
starts_with(const struct segment *s, const char *text, size_t len)
{
	return s->data.left >= len && memcmp(s->data.at, text, len) == 0;
}

/* What the colours are; neither EXIF, XMP, nor a smaller picture inside. */
static bool
application_is_needed(const struct segment *s)
{
	switch (s->marker) {
	case MARKER_APP0:
		return starts_with(s, "JFIF", 5) && s->data.left == 14;
	case MARKER_APP2:
		return starts_with(s, "ICC_PROFILE", 12);
	case MARKER_APP14:
		return starts_with(s, "Adobe", 5);
	default:
		return false;
	}
}

static int
read_frame(struct segment *s, struct image *image)
{
	uint8_t bits = record_u8(&s->data);

	/* a second one, or deeper than browsers draw */
	if (image->height != 0 || bits != FRAME_BITS)
		return IMAGE_BROKEN;
	image->height = record_u16(&s->data);
	image->width = record_u16(&s->data);
	return record_error(&s->data) != 0 ? IMAGE_BROKEN : check_sides(image);
}

/* The entropy-coded bytes behind a scan's header, up to the next marker. */
static void
copy_scan(struct record *r, struct buf *out)
{
	size_t n = 0;

	for (; n + 1 < r->left; n++) {
		uint8_t next = r->at[n + 1];

		if (r->at[n] == 0xff && next != 0 &&
		    (next < MARKER_RST0 || next > MARKER_RST7))
			break;
	}
	buf_add(out, r->at, n);
	r->at += n;
	r->left -= n;
}

static int
copy_segment(struct record *r, struct segment *s, struct buf *out,
    struct image *image, unsigned *scans)
{
	int err = 0;

	if (s->marker == MARKER_COM ||
	    (s->marker >= MARKER_APP0 && s->marker <= MARKER_APP15 &&
		!application_is_needed(s)))
		return 0;
	switch (s->marker) {
	case MARKER_SOF0:
	case MARKER_SOF1:
	case MARKER_SOF2:
		err = read_frame(s, image);
		break;
	case MARKER_SOS:
		if (image->height == 0 || ++*scans > SCANS_MAX)
			err = IMAGE_BROKEN;
		break;
	case MARKER_DHT:
	case MARKER_DQT:
	case MARKER_DRI:
	case MARKER_APP0:
	case MARKER_APP2:
	case MARKER_APP14:
		break;
	default:
		return IMAGE_BROKEN;
	}
	buf_add_byte(out, 0xff);
	buf_add_byte(out, s->marker);
	buf_add(out, s->start, s->size);
	if (err == 0 && s->marker == MARKER_SOS)
		copy_scan(r, out);
	return err;
}

static int
copy_jpeg(struct record *r, struct buf *out, struct image *image)
{
	struct segment s = {0};
	unsigned scans = 0;
	int err;

	buf_add(out, jpeg_start, sizeof(jpeg_start));
	for (;;) {
		err = read_segment(r, &s);
		if (err == 0 && s.marker == MARKER_EOI)
			break;
		if (err == 0)
			err = copy_segment(r, &s, out, image, &scans);
		if (err != 0)
			return err;
	}
	buf_add_byte(out, 0xff);
	buf_add_byte(out, MARKER_EOI);
	return scans > 0 ? 0 : IMAGE_BROKEN;
}

/* ---- both ------------------------------------------------------------ */

static bool
begins(struct record *r, const uint8_t *start, size_t len)
{
	if (r->left < len || memcmp(r->at, start, len) != 0)
		return false;
	r->at += len;
	r->left -= len;
	return true;
}

int
image_copy(const void *data, size_t len, struct buf *out, struct image *image_r)
{
	struct record r = {.at = data, .left = len};
	int err = IMAGE_UNKNOWN;

	*image_r = (struct image){0};
	if (begins(&r, png_start, sizeof(png_start))) {
		image_r->kind = PICTURE_PNG;
		err = copy_png(&r, out, image_r);
	} else if (begins(&r, jpeg_start, sizeof(jpeg_start))) {
		image_r->kind = PICTURE_JPEG;
		err = copy_jpeg(&r, out, image_r);
	}
	return err != 0 ? err : buf_error(out);
}

int
image_read(const char *base64, struct buf *out, struct image *image_r)
{
	const size_t max = strlen(base64) / 4 * 3;
	buf_auto struct buf data = {0};
	uint8_t *at;
	size_t len;

	*image_r = (struct image){0};
	buf_init(&data, max);
	at = buf_grow(&data, max);
	if (at == NULL)
		return buf_error(&data);
	if (sodium_base642bin(at, max, base64, strlen(base64), NULL, &len, NULL,
		sodium_base64_VARIANT_ORIGINAL) != 0)
		return IMAGE_ENCODING;
	return len > PICTURE_MAX ? IMAGE_TOO_LARGE
				 : image_copy(at, len, out, image_r);
}

const char *
image_words(int code)
{
	switch (code) {
	case IMAGE_UNKNOWN:
		return "expected a PNG or JPEG image";
	case IMAGE_DIMENSIONS:
		return "expected 16 to 1,024 pixels in width and height";
	case IMAGE_ENCODING:
		return "expected base64, with its padding";
	case IMAGE_TOO_LARGE:
		return "expected an image of at most 32,768 bytes";
	default:
		return "this image is damaged, or of a kind that browsers do "
		       "not show: save it anew as PNG or JPEG";
	}
}

const char *
image_type(enum picture_kind kind)
{
	return kind == PICTURE_PNG ? "image/png" : "image/jpeg";
}

const char *
image_file_name(enum picture_kind kind)
{
	return kind == PICTURE_PNG ? "picture.png" : "picture.jpg";
}
