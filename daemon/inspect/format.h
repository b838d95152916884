/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One file per kind of file: each is fed all bytes from the first on, keeps
 * what it must know in a struct of its own and says at the end what it found.
 * A refusal stays: what comes after it is not looked at.
 */

#include <zlib.h>
#include "daemon/inspect/inspect.h"

/* Fixed parts of a format, gathered over the borders of pieces. */
struct gather {
	size_t want;
	size_t len;
	uint8_t data[4096];
};

/* Where a kind's own state ends and what all share begins. */
struct finding {
	uint64_t at; /* of the next byte to be looked at */
	struct inspect_verdict v;
};

void finding_refuse(struct finding *f, enum inspect_refusal why);
void finding_cut(struct finding *f, uint64_t at, uint64_t len);
/* Both above 0; INSPECT_PIXELS. */
void finding_pixels(struct finding *f, uint32_t width, uint32_t height);

/* WANT bytes, at most a gather's, are to be gathered next. */
void gather_start(struct gather *g, size_t want);
/* Takes of DATA; true once all are there. */
bool gather_take(struct gather *g, const uint8_t **data, size_t *len);

uint16_t le16(const uint8_t *p);
uint32_t le32(const uint8_t *p);
uint16_t be16(const uint8_t *p);
uint32_t be32(const uint8_t *p);

/* ---- PDF --------------------------------------------------------------- */

struct pdf {
	uint8_t tail[1024];
	size_t len;
};

void pdf_feed(
    struct pdf *p, struct finding *f, const uint8_t *data, size_t len);
void pdf_end(struct pdf *p, struct finding *f);

/* ---- PNG --------------------------------------------------------------- */

struct png {
	int state;
	struct gather g;
	uint64_t left; /* of a chunk's data */
	uint64_t begun;
	uint32_t crc;
	bool header, data, end, cut;
};

void png_begin(struct png *p);
void png_feed(
    struct png *p, struct finding *f, const uint8_t *data, size_t len);
void png_end(const struct png *p, struct finding *f);

/* ---- JPEG -------------------------------------------------------------- */

struct jpeg {
	int state;
	struct gather g;
	uint64_t left; /* of a segment */
	uint64_t begun;
	uint8_t marker;
	bool frame, scan, end;
};

void jpeg_begin(struct jpeg *j);
void jpeg_feed(
    struct jpeg *j, struct finding *f, const uint8_t *data, size_t len);
void jpeg_end(const struct jpeg *j, struct finding *f);

/* ---- DOC --------------------------------------------------------------- */

#define CFB_HEADS 64

struct cfb {
	int state;
	struct gather g;
	unsigned shift;     /* of a sector */
	uint32_t directory; /* its first sector */
	bool root, document;
	uint32_t document_at; /* its first sector */
	size_t heads_n;       /* sectors that begin as a document does */
	struct {
		uint32_t sector;
		uint16_t flags;
	} heads[CFB_HEADS];
	bool macros, encrypted, native;
};

void cfb_begin(struct cfb *c);
void cfb_feed(
    struct cfb *c, struct finding *f, const uint8_t *data, size_t len);
void cfb_end(const struct cfb *c, struct finding *f);

/* ---- DOCX -------------------------------------------------------------- */

#define ZIP_ENTRIES 1024
#define ZIP_NAME_MAX 255

struct zip_entry {
	uint64_t name; /* a hash of it */
	uint32_t at, crc, packed, size;
	bool listed;
};

/* Finds a word that may lie over the border of two pieces. */
struct finder {
	const char *word;
	size_t len; /* bytes of it, zeros among them */
	size_t at;  /* that matched so far */
};

struct zip {
	int state;
	struct gather g;
	z_stream z;
	bool z_open;
	uint16_t flags, method, name_len, extra_len;
	struct zip_entry *entry; /* the one in hand */
	uint32_t crc;
	uint64_t out, in, total; /* unpacked and packed, of it; of all */
	uint8_t head[4];         /* its first bytes */
	size_t skip;
	uint64_t directory; /* where it begins */
	size_t listed;
	bool types, document, is_types, is_object, is_office;
	struct finder finder;
	size_t n;
	struct zip_entry entries[ZIP_ENTRIES];
	uint8_t window[16384];
};

void zip_begin(struct zip *z);
void zip_feed(
    struct zip *z, struct finding *f, const uint8_t *data, size_t len);
void zip_end(struct zip *z, struct finding *f);

/* ---- CSV --------------------------------------------------------------- */

struct csv {
	int encoding;
	bool text;    /* something other than blanks has come */
	bool opening; /* it was a '<' */
	bool high;    /* the first half of a pair has come (UTF-16) */
	bool half;    /* the first byte of a unit has come (UTF-16) */
	uint8_t first;
};

/* HEAD: the first LEN bytes, for the encoding. */
void csv_begin(struct csv *c, const uint8_t *head, size_t len);
void csv_feed(
    struct csv *c, struct finding *f, const uint8_t *data, size_t len);
void csv_end(const struct csv *c, struct finding *f);
