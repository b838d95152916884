/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Small files, made here byte by byte, one for every rule. Real ones and
 * what other programs make of them are in tests/system/test_files.py.
 */

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "base/buf.h"
#include "daemon/inspect/inspect.h"
#include "tests/unit/family.h"
#include "tests/unit/run.h"

#define FILE_MAX ((size_t)4 << 20)
#define STR(s) s, sizeof(s) - 1

/* ---- little-endian --------------------------------------------------- */

static void
add_le16(struct buf *b, unsigned v)
{
	buf_add_byte(b, (uint8_t)v);
	buf_add_byte(b, (uint8_t)(v >> 8));
}

static void
add_le32(struct buf *b, uint32_t v)
{
	add_le16(b, v & 0xffff);
	add_le16(b, v >> 16);
}

static void
set_le16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)v;
	at[1] = (uint8_t)(v >> 8);
}

static void
set_le32(uint8_t *at, uint32_t v)
{
	set_le16(at, v & 0xffff);
	set_le16(at + 2, v >> 16);
}

static void
add_zeros(struct buf *b, size_t len)
{
	uint8_t *at = buf_grow(b, len);

	ck_assert_ptr_nonnull(at);
	memset(at, 0, len);
}

/* ---- text and PDF ---------------------------------------------------- */

struct text {
	const char *name;
	const char *data;
	size_t len;
	enum inspect_refusal refusal;
	enum inspect_kind kind;
};

#define GOOD(kind) INSPECT_GOOD, INSPECT_##kind
#define BAD(why) INSPECT_##why, 0

static const struct text texts[] = {
    {"nothing", STR(""), BAD(UNKNOWN)},
    {"csv", STR("name;age\r\nM\xc3\xbcller;40\r\n"), GOOD(CSV)},
    {"one column", STR("a\nb\n"), GOOD(CSV)},
    {"one letter", STR("a"), GOOD(CSV)},
    {"tabs, feeds", STR("a\tb\f\nc\td"), GOOD(CSV)},
    {"utf-8 with mark",
	STR("\xef\xbb\xbf"
	    "a,b\n"),
	GOOD(CSV)},
    {"windows-1252", STR("M\xfcller,\x80 5\n"), GOOD(CSV)},
    {"utf-16le",
	STR("\xff\xfe"
	    "a\0;\0\xfc\0\n\0"),
	GOOD(CSV)},
    {"utf-16be",
	STR("\xfe\xff"
	    "\0a\0;\0\xfc\0\n"),
	GOOD(CSV)},
    {"utf-16le without mark", STR("a\0,\0\x3d\xd8\x00\xde"), GOOD(CSV)},
    {"utf-16be without mark", STR("\0a\0,\xd8\x3d\xde\x00"), GOOD(CSV)},
    {"utf-16, half a unit",
	STR("\xff\xfe"
	    "a\0;"),
	BAD(UNKNOWN)},
    {"utf-16, half a pair",
	STR("\xff\xfe"
	    "a\0\x3d\xd8"),
	BAD(UNKNOWN)},
    {"utf-16, the other half",
	STR("\xff\xfe"
	    "a\0\x00\xde"),
	BAD(UNKNOWN)},
    {"utf-16, no character",
	STR("\xff\xfe"
	    "a\0\xff\xff"),
	BAD(UNKNOWN)},
    {"utf-16 with a NUL",
	STR("\xff\xfe"
	    "a\0\0\0"),
	BAD(UNKNOWN)},
    {"utf-16 html",
	STR("\xff\xfe"
	    "<\0h\0t\0m\0"),
	BAD(UNKNOWN)},
    {"a NUL", STR("a,b\0c\n"), BAD(UNKNOWN)},
    {"an escape", STR("a,\x1b[1m\n"), BAD(UNKNOWN)},
    {"a DEL", STR("a,\x7f\n"), BAD(UNKNOWN)},
    {"below five", STR("<5;mg/l\n"), GOOD(CSV)},
    {"html", STR("<HTML><script>"), BAD(UNKNOWN)},
    {"doctype", STR(" \r\n\t<!DocType html>"), BAD(UNKNOWN)},
    {"html behind a mark", STR("\xef\xbb\xbf\n<script>"), BAD(UNKNOWN)},
    {"svg", STR("<svg onload=''>"), BAD(UNKNOWN)},
    {"xml", STR("<?xml version='1.0'?>"), BAD(UNKNOWN)},
    {"script", STR("#!/bin/sh\nexit\n"), BAD(UNKNOWN)},
    {"rtf", STR("{\\rtf1 x}"), BAD(UNKNOWN)},
    {"postscript", STR("%!PS\n"), BAD(UNKNOWN)},
    {"pdf behind blanks", STR("\n%PDF-1.4\n%%EOF\n"), BAD(UNKNOWN)},
    {"gif", STR("GIF89a\1\0\1\0"), BAD(UNKNOWN)},
    {"exe", STR("MZ\x90\0\3\0\0\0"), BAD(UNKNOWN)},
    {"pdf", STR("%PDF-1.4\nx\n%%EOF\n"), GOOD(PDF)},
    {"pdf 2", STR("%PDF-2.0\nx\n%%EOF"), GOOD(PDF)},
    {"pdf 3", STR("%PDF-3.0\nx\n%%EOF"), BAD(BROKEN)},
    {"pdf, cut off", STR("%PDF-1.4\nx\n%%EO"), BAD(BROKEN)},
    {"pdf, no version", STR("%PDF-"), BAD(BROKEN)},
    {"pdf and zip", STR("%PDF-1.4\nPK\5\6\0\0\0\0\1\0\1\0aaaabbbb\6\0%%EOF\n"),
	BAD(MIXED)},
    {"pdf and zip and more",
	STR("%PDF-1.4\nPK\5\6\0\0\0\0\1\0\1\0aaaabbbb\0\0%%EOF\n"), BAD(MIXED)},
    {"rar", STR("Rar!\x1a\7\1\0"), BAD(UNKNOWN)},
};

/* ---- asking ---------------------------------------------------------- */

struct pieces {
	const uint8_t *data;
	size_t len;
	size_t at;
	size_t piece;
};

static size_t
read_piece(void *arg, uint8_t *to, size_t room)
{
	struct pieces *p = arg;
	size_t n = p->len - p->at < p->piece ? p->len - p->at : p->piece;

	n = n < room ? n : room;
	memcpy(to, p->data + p->at, n);
	p->at += n;
	return n;
}

static int
next_piece(void *arg, bool first, struct iovec *piece_r)
{
	static uint8_t copy[65536];
	struct pieces *p = arg;

	if (first)
		p->at = 0;
	piece_r->iov_base = copy;
	piece_r->iov_len = read_piece(p, copy, sizeof(copy));
	return 0;
}

static struct children *
start(void)
{
	struct children *c = NULL;

	ck_assert_int_eq(
	    children_start(&inspect_nursery, INSPECT_TIMEOUT, &c), 0);
	return c;
}

static void
look(const uint8_t *data, size_t len, size_t piece, struct inspect_verdict *v_r)
{
	struct pieces p = {data, len, 0, piece};
	struct inspect_source s = {read_piece, &p, len};
	void *room = malloc(inspect_room);

	ck_assert_ptr_nonnull(room);
	memset(room, 0xa5, inspect_room);
	inspect(&s, room, v_r);
	free(room);
}

/* In pieces of any size, and by a child. */
static void
judge(struct children *c, const char *name, const uint8_t *data, size_t len,
    struct inspect_verdict *v_r)
{
	struct pieces p = {data, len, 0, SIZE_MAX};
	struct inspect_verdict v;

	look(data, len, SIZE_MAX, v_r);
	ck_assert_msg(inspect_verdict_valid(v_r, len), "%s", name);
	look(data, len, 1, &v);
	ck_assert_msg(memcmp(&v, v_r, sizeof(v)) == 0, "%s, by 1", name);
	look(data, len, 7, &v);
	ck_assert_msg(memcmp(&v, v_r, sizeof(v)) == 0, "%s, by 7", name);
	ck_assert_msg(
	    inspect_ask(c, len, next_piece, &p, &v) == 0, "%s, child", name);
	ck_assert_msg(memcmp(&v, v_r, sizeof(v)) == 0, "%s, by child", name);
}

static void
expect(struct children *c, const char *name, const uint8_t *data, size_t len,
    enum inspect_refusal refusal, enum inspect_kind kind)
{
	struct inspect_verdict v;

	judge(c, name, data, len, &v);
	ck_assert_msg(v.refusal == refusal && v.kind == kind,
	    "%s: refusal %u, kind %u", name, v.refusal, v.kind);
}

START_TEST(test_texts)
{
	struct children *c = start();

	for (size_t i = 0; i < PN_ARRAY_LEN(texts); i++)
		expect(c, texts[i].name, (const uint8_t *)texts[i].data,
		    texts[i].len, texts[i].refusal, texts[i].kind);
	children_stop(&c);
}
END_TEST

/* The end mark counts in the last 1,024 bytes only, and across pieces. */
START_TEST(test_pdf_end)
{
	struct children *c = start();
	static const size_t lens[] = {0, 1018, 1019, 65520, 131070};

	for (size_t i = 0; i < PN_ARRAY_LEN(lens); i++) {
		buf_auto struct buf b = {0};

		buf_init(&b, FILE_MAX);
		buf_add(&b, STR("%PDF-1.7\n"));
		add_zeros(&b, lens[i]);
		buf_add(&b, STR("%%EOF"));
		expect(c, "pdf", b.data, b.len, GOOD(PDF));
		add_zeros(&b, 1019);
		expect(c, "pdf, 1,024", b.data, b.len, GOOD(PDF));
		add_zeros(&b, 1);
		expect(c, "pdf, 1,025", b.data, b.len, BAD(BROKEN));
	}
	children_stop(&c);
}
END_TEST

/* ---- PNG ------------------------------------------------------------- */

static const char png_start[] = "\x89PNG\r\n\x1a\n";

static void
add_chunk(struct buf *b, const char *type, const void *data, size_t len)
{
	uint32_t crc = (uint32_t)crc32(0, (const uint8_t *)type, 4);

	buf_add_u32(b, (uint32_t)len);
	buf_add(b, type, 4);
	if (len > 0) {
		buf_add(b, data, len);
		crc = (uint32_t)crc32(crc, data, (uInt)len);
	}
	buf_add_u32(b, crc);
}

static void
add_head(struct buf *b, uint32_t width, uint32_t height)
{
	buf_auto struct buf h = {0};

	buf_init(&h, 64);
	buf_add_u32(&h, width);
	buf_add_u32(&h, height);
	buf_add(&h, "\x08\x02\0\0\0", 5);
	buf_add(b, png_start, 8);
	add_chunk(b, "IHDR", h.data, h.len);
}

/* Chunks by letters: see there. */
static void
add_chunks(struct buf *b, const char *letters)
{
	static const struct {
		char letter;
		const char *type;
		size_t len;
	} all[] = {{'D', "IDAT", 5}, {'E', "IEND", 0}, {'e', "IEND", 1},
	    {'P', "PLTE", 3}, {'p', "PLTE", 4}, {'H', "IHDR", 13},
	    {'t', "tEXt", 9}, {'x', "eXIf", 12}, {'g', "gAMA", 4},
	    {'s', "tRNS", 6}, {'c', "acTL", 8}, {'f', "fdAT", 8},
	    {'X', "XYZW", 1}, {'-', "t Xt", 1}};

	for (; *letters != '\0'; letters++)
		for (size_t i = 0; i < PN_ARRAY_LEN(all); i++)
			if (all[i].letter == *letters)
				add_chunk(b, all[i].type, "somebytes.....",
				    all[i].len);
}

static const struct {
	const char *chunks;
	enum inspect_refusal refusal;
	unsigned cuts;
} pngs[] = {
    {"DE", INSPECT_GOOD, 0},
    {"DDDE", INSPECT_GOOD, 0},
    {"gPsDE", INSPECT_GOOD, 0},
    {"tDE", INSPECT_GOOD, 1},
    {"txDtE", INSPECT_GOOD, 2},
    {"tgxDxE", INSPECT_GOOD, 3},
    {"cDfffE", INSPECT_GOOD, 2},
    {"E", INSPECT_BROKEN, 0},
    {"D", INSPECT_BROKEN, 0},
    {"De", INSPECT_BROKEN, 0},
    {"DPE", INSPECT_BROKEN, 0},
    {"PPDE", INSPECT_BROKEN, 0},
    {"pDE", INSPECT_BROKEN, 0},
    {"DtDE", INSPECT_BROKEN, 0},
    {"HDE", INSPECT_BROKEN, 0},
    {"XDE", INSPECT_BROKEN, 0},
    {"-DE", INSPECT_BROKEN, 0},
};

START_TEST(test_png)
{
	struct children *c = start();

	for (size_t i = 0; i < PN_ARRAY_LEN(pngs); i++) {
		buf_auto struct buf b = {0};
		struct inspect_verdict v;

		buf_init(&b, FILE_MAX);
		add_head(&b, 3, 2);
		add_chunks(&b, pngs[i].chunks);
		judge(c, pngs[i].chunks, b.data, b.len, &v);
		ck_assert_msg(
		    v.refusal == pngs[i].refusal && v.cuts_n == pngs[i].cuts,
		    "%s: %u, %u", pngs[i].chunks, v.refusal, v.cuts_n);
		if (v.refusal != INSPECT_GOOD)
			continue;
		ck_assert_uint_eq(v.kind, INSPECT_PNG);
		ck_assert_uint_eq(v.width, 3);
		ck_assert_uint_eq(v.height, 2);
		/* each of its bytes counts */
		for (size_t at = 0; at < b.len; at++) {
			struct inspect_verdict w;

			b.data[at] ^= 0x10;
			look(b.data, b.len, SIZE_MAX, &w);
			ck_assert_uint_ne(w.kind, INSPECT_PNG);
			b.data[at] ^= 0x10;
			look(b.data, at, SIZE_MAX, &w);
			ck_assert_uint_ne(w.kind, INSPECT_PNG);
		}
	}
	children_stop(&c);
}
END_TEST

static const struct {
	uint32_t width, height;
	enum inspect_refusal refusal;
} sizes[] = {
    {1, 1, INSPECT_GOOD},
    {0, 1, INSPECT_BROKEN},
    {1, 0, INSPECT_BROKEN},
    {30000, 1, INSPECT_GOOD},
    {30001, 1, INSPECT_PIXELS},
    {1, 30001, INSPECT_PIXELS},
    {10000, 5000, INSPECT_GOOD},
    {10000, 5001, INSPECT_PIXELS},
    {0xffffffff, 0xffffffff, INSPECT_PIXELS},
};

START_TEST(test_png_sizes)
{
	struct children *c = start();

	for (size_t i = 0; i < PN_ARRAY_LEN(sizes); i++) {
		buf_auto struct buf b = {0};

		buf_init(&b, FILE_MAX);
		add_head(&b, sizes[i].width, sizes[i].height);
		add_chunks(&b, "DE");
		expect(c, "size", b.data, b.len, sizes[i].refusal,
		    sizes[i].refusal == INSPECT_GOOD ? INSPECT_PNG : 0);
	}
	children_stop(&c);
}
END_TEST

/* What is cut is what should be, and what is behind the end. */
START_TEST(test_png_cuts)
{
	struct children *c = start();
	buf_auto struct buf b = {0};
	struct inspect_verdict v;
	size_t text, behind;

	buf_init(&b, FILE_MAX);
	add_head(&b, 3, 2);
	text = b.len;
	add_chunks(&b, "tDE");
	behind = b.len;
	buf_add(&b, STR("<script>PK\5\6"));
	judge(c, "cuts", b.data, b.len, &v);
	ck_assert_uint_eq(v.refusal, INSPECT_GOOD);
	ck_assert_uint_eq(v.cuts_n, 2);
	ck_assert_uint_eq(v.cuts[0].at, text);
	ck_assert_uint_eq(v.cuts[0].len, 12 + 9);
	ck_assert_uint_eq(v.cuts[1].at, behind);
	ck_assert_uint_eq(v.cuts[1].len, b.len - behind);

	/* more cuts than there may be */
	buf_reset(&b);
	add_head(&b, 3, 2);
	for (unsigned i = 0; i <= INSPECT_CUTS; i++)
		add_chunks(&b, "gt");
	add_chunks(&b, "DE");
	expect(c, "many", b.data, b.len, BAD(BROKEN));
	children_stop(&c);
}
END_TEST

/* ---- JPEG ------------------------------------------------------------ */

static void
add_segment(struct buf *b, uint8_t marker, const void *data, size_t len)
{
	buf_add_byte(b, 0xff);
	buf_add_byte(b, marker);
	buf_add_u16(b, (uint16_t)(len + 2));
	buf_add(b, data, len);
}

static const char tiff_le[] = "Exif\0\0II*\0\x08\0\0\0\1\0"
			      "\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0";
static const char tiff_be[] = "Exif\0\0MM\0*\0\0\0\x08\0\1"
			      "\1\x12\0\3\0\0\0\1\0\x08\0\0\0\0\0\0";
/* the field is outside, its number is not one, it has none */
static const char tiff_far[] = "Exif\0\0II*\0\xff\xff\xff\xff\1\0";
static const char tiff_nine[] = "Exif\0\0II*\0\x08\0\0\0\1\0"
				"\x12\1\3\0\1\0\0\0\x09\0\0\0";
static const char tiff_cut[] = "Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\1\3\0";

static void
add_segments(struct buf *b, const char *letters)
{
	static const struct {
		char letter;
		uint8_t marker;
		const char *data;
		size_t len;
	} all[] = {{'Q', 0xdb, STR("table")}, {'H', 0xc4, STR("table")},
	    {'R', 0xdd, STR("\0\1")},
	    {'F', 0xc0, STR("\x08\0\2\0\3\1\1\x11\0")},
	    {'2', 0xc2, STR("\x08\0\2\0\3\1\1\x11\0")},
	    {'A', 0xc9, STR("\x08\0\2\0\3\1\1\x11\0")},
	    {'T', 0xc0, STR("\x0c\0\2\0\3\1\1\x11\0")},
	    {'Z', 0xc0, STR("\x08\0\0\0\3\1\1\x11\0")},
	    {'B', 0xc0, STR("\x08\x75\x31\0\3\1\1\x11\0")},
	    {'j', 0xe0, STR("JFIF\0\1\1\0\0\1\0\1\0\0")},
	    {'J', 0xe0, STR("JFIF\0\1\1\0\0\1\0\1\1\1abc")},
	    {'i', 0xe2, STR("ICC_PROFILE\0\1\1profile")},
	    {'a', 0xee, STR("Adobe\0\x64\0\0\0\0\1")},
	    {'m', 0xe2, STR("MPF\0xxx")}, {'c', 0xfe, STR("a comment")},
	    {'l', 0xe1, STR(tiff_le)}, {'b', 0xe1, STR(tiff_be)},
	    {'f', 0xe1, STR(tiff_far)}, {'9', 0xe1, STR(tiff_nine)},
	    {'u', 0xe1, STR(tiff_cut)}, {'X', 0xf7, STR("what")},
	    {'S', 0xda, STR("\1\1\0\0\x3f\0")}};

	for (; *letters != '\0'; letters++) {
		for (size_t i = 0; i < PN_ARRAY_LEN(all); i++)
			if (all[i].letter == *letters)
				add_segment(
				    b, all[i].marker, all[i].data, all[i].len);
		if (*letters == 'S')
			buf_add(b, STR("a\xff\0b\xff\xd0"
				       "c\xff\xd7"));
		if (*letters == 'E')
			buf_add(b, "\xff\xd9", 2);
		if (*letters == '.')
			buf_add(b, "\xff\xff", 2);
		if (*letters == 'z')
			buf_add(b, "\xff\xd8\xff\xe1 behind", 11);
	}
}

static const struct {
	const char *segments;
	enum inspect_refusal refusal;
	unsigned cuts;
	unsigned orientation;
} jpegs[] = {
    {"QFHSE", INSPECT_GOOD, 0, 0},
    {"jQ2HSHSHSE", INSPECT_GOOD, 0, 0},
    {"jiaQFHRSE", INSPECT_GOOD, 0, 0},
    {"Q..FHSE", INSPECT_GOOD, 0, 0},
    {"jlQFHSE", INSPECT_GOOD, 1, 6},
    {"bQFHSE", INSPECT_GOOD, 1, 8},
    {"fQFHSE", INSPECT_GOOD, 1, 0},
    {"9QFHSE", INSPECT_GOOD, 1, 0},
    {"uQFHSE", INSPECT_GOOD, 1, 0},
    {"lcJmQFHSE", INSPECT_GOOD, 1, 6},
    {"lQcFHSE", INSPECT_GOOD, 2, 6},
    {"lQFHSEz", INSPECT_GOOD, 2, 6},
    {"QFHSESE", INSPECT_GOOD, 1, 0},
    {"QFHE", INSPECT_BROKEN, 0, 0},
    {"QFHS", INSPECT_BROKEN, 0, 0},
    {"QHSE", INSPECT_BROKEN, 0, 0},
    {"FFSE", INSPECT_BROKEN, 0, 0},
    {"AHSE", INSPECT_BROKEN, 0, 0},
    {"THSE", INSPECT_BROKEN, 0, 0},
    {"ZHSE", INSPECT_BROKEN, 0, 0},
    {"QFXSE", INSPECT_BROKEN, 0, 0},
    {"BSE", INSPECT_PIXELS, 0, 0},
    {"FSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSE", INSPECT_GOOD, 0, 0},
    {"FSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSE", INSPECT_BOMB, 0, 0},
};

START_TEST(test_jpeg)
{
	struct children *c = start();

	for (size_t i = 0; i < PN_ARRAY_LEN(jpegs); i++) {
		buf_auto struct buf b = {0};
		struct inspect_verdict v;

		buf_init(&b, FILE_MAX);
		buf_add(&b, "\xff\xd8", 2);
		add_segments(&b, jpegs[i].segments);
		judge(c, jpegs[i].segments, b.data, b.len, &v);
		ck_assert_msg(v.refusal == jpegs[i].refusal &&
				  v.cuts_n == jpegs[i].cuts &&
				  v.orientation == jpegs[i].orientation,
		    "%s: %u, %u, %u", jpegs[i].segments, v.refusal, v.cuts_n,
		    v.orientation);
		if (v.refusal != INSPECT_GOOD)
			continue;
		ck_assert_uint_eq(v.kind, INSPECT_JPEG);
		ck_assert_uint_eq(v.width, 3);
		ck_assert_uint_eq(v.height, 2);
	}
	children_stop(&c);
}
END_TEST

/* Where the cuts are. */
START_TEST(test_jpeg_cuts)
{
	struct children *c = start();
	buf_auto struct buf b = {0};
	struct inspect_verdict v;
	size_t at, behind;

	buf_init(&b, FILE_MAX);
	buf_add(&b, "\xff\xd8", 2);
	add_segments(&b, "j");
	at = b.len;
	add_segments(&b, "lc");
	behind = b.len;
	add_segments(&b, "QFHS");
	add_segments(&b, "E");
	buf_add(&b, STR("PK\3\4"));
	judge(c, "cuts", b.data, b.len, &v);
	ck_assert_uint_eq(v.cuts_n, 2);
	ck_assert_uint_eq(v.cuts[0].at, at);
	ck_assert_uint_eq(v.cuts[0].len, behind - at);
	ck_assert_uint_eq(v.cuts[1].at, b.len - 4);
	ck_assert_uint_eq(v.cuts[1].len, 4);
	children_stop(&c);
}
END_TEST

/* ---- Word 97 --------------------------------------------------------- */

#define SECTOR 512
#define DOC_SECTORS 16 /* FAT, directory, its second sector, the document */
#define FIRST_WORD 3

static uint8_t *
sector(struct buf *b, unsigned n)
{
	return b->data + SECTOR * (n + 1);
}

static void
set_entry(uint8_t *slot, const char *name, uint8_t type, uint32_t start,
    uint32_t size)
{
	size_t len = strlen(name);

	memset(slot, 0, 128);
	for (size_t i = 0; i < len; i++)
		slot[2 * i] = (uint8_t)name[i];
	set_le16(slot + 64, (unsigned)(2 * (len + 1)));
	slot[66] = type;
	set_le32(slot + 116, start);
	set_le32(slot + 120, size);
}

/* A document; NAME is one more entry of it, TYPE of that, if not NULL. */
static void
make_doc(struct buf *b, const char *name, uint8_t type)
{
	buf_init(b, FILE_MAX);
	add_zeros(b, SECTOR * (DOC_SECTORS + 1));
	memcpy(b->data, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
	set_le16(b->data + 24, 0x3e);
	set_le16(b->data + 26, 3);
	set_le16(b->data + 28, 0xfffe);
	set_le16(b->data + 30, 9);
	set_le16(b->data + 32, 6);
	set_le32(b->data + 44, 1);
	set_le32(b->data + 48, 1);
	memset(b->data + 76, 0xff, 4 * 109);
	set_le32(b->data + 76, 0);
	set_entry(sector(b, 1), "Root Entry", 5, 0xfffffffe, 0);
	set_entry(sector(b, 1) + 128, "WordDocument", 2, FIRST_WORD, 4096);
	if (name != NULL)
		set_entry(sector(b, 2) + 256, name, type, 0, 0);
	set_le16(sector(b, FIRST_WORD), 0xa5ec);
	set_le16(sector(b, FIRST_WORD) + 2, 0xc1);
}

static const struct {
	const char *name;
	uint8_t type;
	enum inspect_refusal refusal;
} entries[] = {
    {NULL, 0, INSPECT_GOOD}, {"1Table", 2, INSPECT_GOOD},
    {"Macros", 1, INSPECT_MACROS}, {"mAcros", 1, INSPECT_MACROS},
    {"_VBA_PROJECT", 2, INSPECT_MACROS},
    {"_VBA_PROJECT_CUR", 1, INSPECT_MACROS}, {"VBA", 1, INSPECT_MACROS},
    {"VBA", 0, INSPECT_GOOD}, /* not in use */
    {"VBAX", 1, INSPECT_GOOD}, {"\1Ole10Native", 2, INSPECT_PROGRAM},
    {"EncryptedPackage", 2, INSPECT_ENCRYPTED},
    {"Workbook", 2, INSPECT_GOOD}, /* a sheet inside */
};

/* What is done to a good one. */
static const struct {
	const char *name;
	size_t at;
	uint16_t value;
	enum inspect_refusal refusal;
} damages[] = {
    {"version", 26, 5, INSPECT_BROKEN},
    {"4 with small sectors", 26, 4, INSPECT_BROKEN},
    {"byte order", 28, 0xfeff, INSPECT_BROKEN},
    {"sectors", 30, 63, INSPECT_BROKEN},
    {"small sectors", 32, 9, INSPECT_BROKEN},
    {"FAT outside", 76, DOC_SECTORS, INSPECT_BROKEN},
    {"directory outside", 48, DOC_SECTORS, INSPECT_BROKEN},
    {"directory elsewhere", 48, 2, INSPECT_BROKEN},
    {"no root", SECTOR * 2 + 66, 1, INSPECT_BROKEN},
    {"no document", SECTOR * 2 + 128, 'x', INSPECT_UNKNOWN},
    {"a storage", SECTOR * 2 + 128 + 66, 1, INSPECT_UNKNOWN},
    {"elsewhere", SECTOR * 2 + 128 + 116, 9, INSPECT_BROKEN},
    {"no ident", SECTOR * 4, 0, INSPECT_BROKEN},
    {"too old", SECTOR * 4 + 2, 0x65, INSPECT_BROKEN},
    {"password", SECTOR * 4 + 10, 0x100, INSPECT_ENCRYPTED},
    {"small", SECTOR * 2 + 128 + 120, 4095, INSPECT_GOOD},
    {"other flags", SECTOR * 4 + 10, 0xfeff, INSPECT_GOOD},
};

START_TEST(test_doc)
{
	struct children *c = start();

	for (size_t i = 0; i < PN_ARRAY_LEN(entries); i++) {
		buf_auto struct buf b = {0};

		make_doc(&b, entries[i].name, entries[i].type);
		expect(c, entries[i].name == NULL ? "doc" : entries[i].name,
		    b.data, b.len, entries[i].refusal,
		    entries[i].refusal == INSPECT_GOOD ? INSPECT_DOC : 0);
	}
	for (size_t i = 0; i < PN_ARRAY_LEN(damages); i++) {
		buf_auto struct buf b = {0};

		make_doc(&b, NULL, 0);
		set_le16(b.data + damages[i].at, damages[i].value);
		expect(c, damages[i].name, b.data, b.len, damages[i].refusal,
		    damages[i].refusal == INSPECT_GOOD ? INSPECT_DOC : 0);
	}
	children_stop(&c);
}
END_TEST

/* One too small for sectors of its own is somewhere among others. */
START_TEST(test_doc_small)
{
	struct children *c = start();

	for (unsigned n = 0; n < 3; n++) {
		buf_auto struct buf b = {0};
		uint8_t *head;

		make_doc(&b, NULL, 0);
		head = sector(&b, FIRST_WORD) + 3 * 64;
		set_le32(sector(&b, 1) + 128 + 120, 4095);
		memset(sector(&b, FIRST_WORD), 0, 4);
		if (n > 0) {
			set_le16(head, 0xa5ec);
			set_le16(head + 2, 0xc1);
		}
		if (n > 1)
			set_le16(head + 10, 0x100);
		expect(c, "small", b.data, b.len,
		    n == 0   ? INSPECT_BROKEN
		    : n == 1 ? INSPECT_GOOD
			     : INSPECT_ENCRYPTED,
		    n == 1 ? INSPECT_DOC : 0);
	}
	children_stop(&c);
}
END_TEST

/* Macros are found wherever they are, and a zip at the end. */
START_TEST(test_doc_places)
{
	struct children *c = start();

	for (unsigned n = 2; n < 600; n += 31) {
		buf_auto struct buf b = {0};

		make_doc(&b, NULL, 0);
		add_zeros(&b, (size_t)600 * SECTOR);
		set_entry(sector(&b, FIRST_WORD + n) + 384, "VBA", 1, 0, 0);
		expect(c, "far away", b.data, b.len, BAD(MACROS));
		memset(sector(&b, FIRST_WORD + n) + 384, 0, 128);
		expect(c, "and gone", b.data, b.len, GOOD(DOC));
	}
	for (unsigned n = 0; n < 2; n++) {
		buf_auto struct buf b = {0};

		make_doc(&b, NULL, 0);
		buf_add(&b, STR("PK\5\6\0\0\0\0\1\0\1\0aaaabbbb\0\0"));
		if (n == 1)
			add_zeros(&b, 1);
		expect(c, "zip behind", b.data, b.len,
		    n == 0 ? INSPECT_MIXED : INSPECT_GOOD,
		    n == 0 ? 0 : INSPECT_DOC);
	}
	children_stop(&c);
}
END_TEST

/* ---- Word ------------------------------------------------------------ */

/* A zip in the making, and how it goes wrong. */
struct making {
	struct buf b;
	struct buf directory;
	unsigned n;
	unsigned method;
	unsigned flags;
	unsigned disk;
	bool descriptor; /* sizes are behind */
	bool signature;  /* in front of those */
	const char *comment;
};

static void
making_init(struct making *m)
{
	memset(m, 0, sizeof(*m));
	buf_init(&m->b, FILE_MAX);
	buf_init(&m->directory, FILE_MAX);
	m->method = 8;
	m->comment = "";
}

static void
making_fini(struct making *m)
{
	buf_fini(&m->b);
	buf_fini(&m->directory);
}

static size_t
deflated(const void *data, size_t len, uint8_t *to, size_t room)
{
	z_stream s = {0};

	ck_assert_int_eq(
	    deflateInit2(&s, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY),
	    Z_OK);
	s.next_in = (Bytef *)(uintptr_t)data;
	s.avail_in = (uInt)len;
	s.next_out = to;
	s.avail_out = (uInt)room;
	ck_assert_int_eq(deflate(&s, Z_FINISH), Z_STREAM_END);
	ck_assert_int_eq(deflateEnd(&s), Z_OK);
	return s.total_out;
}

static void
add_numbers(struct buf *b, const struct making *m, uint32_t crc, size_t packed,
    size_t size, const char *name)
{
	add_le16(b, m->flags | (m->descriptor ? 8U : 0));
	add_le16(b, m->method);
	add_le32(b, 0);
	add_le32(b, crc);
	add_le32(b, (uint32_t)packed);
	add_le32(b, (uint32_t)size);
	add_le16(b, (unsigned)strlen(name));
	add_le16(b, 0);
}

static void
add_part(struct making *m, const char *name, const void *data, size_t len)
{
	uint32_t crc = (uint32_t)crc32(0, data, (uInt)len);
	size_t room = len + 1000, packed = len, at = m->b.len;
	uint8_t *to = malloc(room);
	bool d = m->descriptor;

	ck_assert_ptr_nonnull(to);
	if (m->method == 8)
		packed = deflated(data, len, to, room);
	else if (len > 0)
		memcpy(to, data, len);
	add_le32(&m->b, 0x04034b50);
	add_le16(&m->b, 20);
	add_numbers(&m->b, m, d ? 0 : crc, d ? 0 : packed, d ? 0 : len, name);
	buf_add(&m->b, name, strlen(name));
	buf_add(&m->b, to, packed);
	free(to);
	if (d && m->signature)
		add_le32(&m->b, 0x08074b50);
	if (d) {
		add_le32(&m->b, crc);
		add_le32(&m->b, (uint32_t)packed);
		add_le32(&m->b, (uint32_t)len);
	}
	add_le32(&m->directory, 0x02014b50);
	add_le16(&m->directory, 20);
	add_le16(&m->directory, 20);
	add_numbers(&m->directory, m, crc, packed, len, name);
	add_le16(&m->directory, 0);
	add_le16(&m->directory, m->disk);
	add_zeros(&m->directory, 6);
	add_le32(&m->directory, (uint32_t)at);
	buf_add(&m->directory, name, strlen(name));
	m->n++;
}

static void
add_text(struct making *m, const char *name, const char *text)
{
	add_part(m, name, text, strlen(text));
}

static void
finish(struct making *m)
{
	size_t at = m->b.len;

	buf_add(&m->b, m->directory.data, m->directory.len);
	add_le32(&m->b, 0x06054b50);
	add_le32(&m->b, 0);
	add_le16(&m->b, m->n);
	add_le16(&m->b, m->n);
	add_le32(&m->b, (uint32_t)m->directory.len);
	add_le32(&m->b, (uint32_t)at);
	add_le16(&m->b, (unsigned)strlen(m->comment));
	buf_add_str(&m->b, m->comment);
}

static void
add_word(struct making *m)
{
	add_text(m, "[Content_Types].xml", "<Types/>");
	add_text(m, "word/document.xml", "<document/>");
}

static void
expect_made(struct children *c, const char *name, struct making *m,
    enum inspect_refusal refusal)
{
	ck_assert_int_eq(buf_error(&m->b), 0);
	expect(c, name, m->b.data, m->b.len, refusal,
	    refusal == INSPECT_GOOD ? INSPECT_DOCX : 0);
}

/* One more part in a good document. */
static const struct {
	const char *name;
	const char *data;
	size_t len;
	enum inspect_refusal refusal;
} parts[] = {
    {"word/styles.xml", STR("<styles/>"), INSPECT_GOOD},
    {"word/empty.xml", STR(""), INSPECT_GOOD},
    {"word/", STR(""), INSPECT_GOOD},
    {"word/vbaProject.bin", STR("x"), INSPECT_MACROS},
    {"elsewhere/VBAPROJECT.BIN", STR("x"), INSPECT_MACROS},
    {"word/vbaData.xml", STR("x"), INSPECT_MACROS},
    {"word/embeddings/sheet.xlsm", STR("x"), INSPECT_MACROS},
    {"word/a.exe", STR("x"), INSPECT_PROGRAM},
    {"word/a.EXE. .", STR("x"), INSPECT_PROGRAM},
    {"word/a.js", STR("x"), INSPECT_PROGRAM},
    {"word/a.lnk", STR("x"), INSPECT_PROGRAM},
    {"word/a.bat", STR("x"), INSPECT_PROGRAM},
    {".sh", STR("x"), INSPECT_PROGRAM},
    {"exe", STR("x"), INSPECT_GOOD},
    {"word.exe/a", STR("x"), INSPECT_GOOD},
    {"word/media/a.bin", STR("MZ\x90"), INSPECT_PROGRAM},
    {"word/media/a.bin",
	STR("\x7f"
	    "ELF"),
	INSPECT_PROGRAM},
    {"word/media/a.bin", STR("#!/bin/sh"), INSPECT_PROGRAM},
    {"word/media/a.bin", STR("Rar!\x1a"), INSPECT_PROGRAM},
    {"word/media/a.bin", STR("PK\3\4"), INSPECT_PROGRAM},
    {"word/media/a.bin", STR("M"), INSPECT_GOOD},
    {"word/embeddings/a.xlsx", STR("PK\3\4"), INSPECT_GOOD},
    {"word/embeddings/a.xlsx", STR("MZ"), INSPECT_PROGRAM},
    {"word/embeddings/a.xlsx", STR("PK\3\4 xl/vbaproject.BIN"), INSPECT_MACROS},
    {"word/embeddings/a.xlsx", STR("PK\3\4 xl/vbaprojec"), INSPECT_GOOD},
    {"../a.xml", STR("x"), INSPECT_BROKEN},
    {"word/../../a.xml", STR("x"), INSPECT_BROKEN},
    {"word/..", STR("x"), INSPECT_BROKEN},
    {"./a.xml", STR("x"), INSPECT_BROKEN},
    {"/a.xml", STR("x"), INSPECT_BROKEN},
    {"C:a.xml", STR("x"), INSPECT_BROKEN},
    {"word//a.xml", STR("x"), INSPECT_BROKEN},
    {"word\\a.xml", STR("x"), INSPECT_BROKEN},
    {"word/a\n.xml", STR("x"), INSPECT_BROKEN},
    {"", STR("x"), INSPECT_BROKEN},
    {"word/document.xml", STR("x"), INSPECT_BROKEN}, /* a second one */
    {"..word/a..xml", STR("x"), INSPECT_GOOD},
};

/* With sizes in front or behind, packed or not: the same. */
START_TEST(test_docx_parts)
{
	struct children *c = start();

	for (size_t i = 0; i < 4 * PN_ARRAY_LEN(parts); i++) {
		size_t n = i / 4;
		struct making m;

		making_init(&m);
		if (i % 4 == 1)
			m.method = 0;
		m.descriptor = i % 4 >= 2;
		m.signature = i % 4 == 3;
		add_word(&m);
		add_part(&m, parts[n].name, parts[n].data, parts[n].len);
		finish(&m);
		expect_made(c, parts[n].name, &m, parts[n].refusal);
		making_fini(&m);
	}
	children_stop(&c);
}
END_TEST

/* What the list of the parts says. */
static const struct {
	const char *data;
	size_t len;
	enum inspect_refusal refusal;
} types[] = {
    {STR("<Types/>"), INSPECT_GOOD},
    {STR("application/vnd.ms-word.document.macroEnabled.main+xml"),
	INSPECT_MACROS},
    {STR("application/vnd.ms-word.document.MACROENABLED"), INSPECT_MACROS},
    {STR("macromacroenabled"), INSPECT_MACROS},
    {STR("macroenable"), INSPECT_GOOD},
    {STR("application/vnd.ms-office.vbaProject"), INSPECT_MACROS},
    {STR("m\0a\0c\0r\0o\0E\0n\0a\0b\0l\0e\0d\0"), INSPECT_MACROS},
    {STR("macro&#69;nabled"), INSPECT_BROKEN},
};

START_TEST(test_docx_types)
{
	struct children *c = start();

	for (size_t i = 0; i < PN_ARRAY_LEN(types); i++) {
		struct making m;

		making_init(&m);
		add_text(&m, "word/document.xml", "macroEnabled & all");
		add_part(
		    &m, "[content_types].xml", types[i].data, types[i].len);
		finish(&m);
		expect_made(c, "types", &m, types[i].refusal);
		making_fini(&m);
	}
	children_stop(&c);
}
END_TEST

/* Objects inside, whatever they are called. */
START_TEST(test_docx_objects)
{
	struct children *c = start();

	for (size_t i = 0; i < PN_ARRAY_LEN(entries); i++) {
		buf_auto struct buf b = {0};
		struct making m;

		make_doc(&b, entries[i].name, entries[i].type);
		making_init(&m);
		add_word(&m);
		add_part(&m, "word/embeddings/oleObject1.bin", b.data, b.len);
		finish(&m);
		expect_made(c, "object", &m, entries[i].refusal);
		making_fini(&m);
	}
	children_stop(&c);
}
END_TEST

enum lie {
	LIE_NONE,
	LIE_XLSX,
	LIE_NO_TYPES,
	LIE_EMPTY,
	LIE_NUMBERED,
	LIE_ENCRYPTED,
	LIE_MASKED,
	LIE_METHOD,
	LIE_DISK,
	LIE_BEHIND,
	LIE_COMMENT,
	LIE_GAP,
	LIE_HIDDEN,
	LIE_COUNT,
	LIE_DIR_NAME,
	LIE_DIR_CRC,
	LIE_DIR_SIZE,
	LIE_DIR_AT,
	LIE_DIR_TWICE,
	LIE_LOCAL_CRC,
	LIE_LOCAL_SIZE,
	LIE_LOCAL_ZIP64,
	LIE_DATA,
	LIE_CUT,
	LIE_NO_END,
	LIE_MAX,
};

#define FIRST_PART "[Content_Types].xml"
#define DIR_HEAD 46
#define END_RECORD 22

/* What is changed in one that is done. */
static void
spoil(struct making *m, enum lie lie)
{
	uint8_t *data = m->b.data;
	uint8_t *dir = data + m->b.len - END_RECORD - strlen(m->comment) -
		       m->directory.len;

	switch (lie) {
	case LIE_BEHIND:
		add_zeros(&m->b, 1);
		break;
	case LIE_DIR_NAME:
		dir[DIR_HEAD] = 'X';
		break;
	case LIE_DIR_CRC:
		dir[16] ^= 1;
		break;
	case LIE_DIR_SIZE:
		dir[24] ^= 1;
		break;
	case LIE_DIR_AT:
		dir[42] ^= 1;
		break;
	case LIE_DIR_TWICE:
		memset(dir + DIR_HEAD + sizeof(FIRST_PART) - 1 + 42, 0, 4);
		break;
	case LIE_LOCAL_CRC:
		data[14] ^= 1;
		dir[16] ^= 1;
		break;
	case LIE_LOCAL_SIZE:
		data[22] ^= 1;
		dir[24] ^= 1;
		break;
	case LIE_LOCAL_ZIP64:
		set_le32(data + 18, 0xffffffff);
		break;
	case LIE_DATA:
		data[30 + sizeof(FIRST_PART) - 1] ^= 1;
		break;
	case LIE_CUT:
		m->b.len--;
		break;
	default:
		break;
	}
}

static const char *
second_part(enum lie lie)
{
	switch (lie) {
	case LIE_XLSX:
		return "xl/workbook.xml";
	case LIE_NUMBERED:
		return "word/document2.xml";
	default:
		return "word/document.xml";
	}
}

/* A good document of two parts, but for what is wrong with it. */
static void
make_lie(struct making *m, enum lie lie)
{
	making_init(m);
	m->flags = lie == LIE_ENCRYPTED ? 1 : lie == LIE_MASKED ? 0x2000 : 0;
	m->method = lie == LIE_METHOD ? 12 : 0;
	m->disk = lie == LIE_DISK;
	m->comment = lie == LIE_COMMENT ? "a comment" : "";
	if (lie != LIE_NO_TYPES && lie != LIE_EMPTY)
		add_text(m, FIRST_PART, "<Types/>");
	if (lie == LIE_GAP)
		add_zeros(&m->b, 1);
	if (lie != LIE_EMPTY)
		add_text(m, second_part(lie), "<document/>");
	if (lie == LIE_HIDDEN) {
		size_t n = m->directory.len;

		add_text(m, "word/more.xml", "x");
		m->directory.len = n;
		m->n--;
	}
	m->n += lie == LIE_COUNT;
	if (lie == LIE_NO_END)
		return;
	finish(m);
	spoil(m, lie);
}

static const enum inspect_refusal lies[LIE_MAX] = {
    [LIE_NONE] = INSPECT_GOOD,
    [LIE_XLSX] = INSPECT_UNKNOWN,
    [LIE_NO_TYPES] = INSPECT_UNKNOWN,
    [LIE_EMPTY] = INSPECT_UNKNOWN, /* begins otherwise */
    [LIE_NUMBERED] = INSPECT_GOOD,
    [LIE_ENCRYPTED] = INSPECT_ENCRYPTED,
    [LIE_MASKED] = INSPECT_ENCRYPTED,
    [LIE_METHOD] = INSPECT_BROKEN,
    [LIE_DISK] = INSPECT_BROKEN,
    [LIE_BEHIND] = INSPECT_MIXED,
    [LIE_COMMENT] = INSPECT_MIXED,
    [LIE_GAP] = INSPECT_BROKEN,
    [LIE_HIDDEN] = INSPECT_BROKEN,
    [LIE_COUNT] = INSPECT_BROKEN,
    [LIE_DIR_NAME] = INSPECT_BROKEN,
    [LIE_DIR_CRC] = INSPECT_BROKEN,
    [LIE_DIR_SIZE] = INSPECT_BROKEN,
    [LIE_DIR_AT] = INSPECT_BROKEN,
    [LIE_DIR_TWICE] = INSPECT_BROKEN,
    [LIE_LOCAL_CRC] = INSPECT_BROKEN,
    [LIE_LOCAL_SIZE] = INSPECT_BROKEN,
    [LIE_LOCAL_ZIP64] = INSPECT_BROKEN,
    [LIE_DATA] = INSPECT_BROKEN,
    [LIE_CUT] = INSPECT_BROKEN,
    [LIE_NO_END] = INSPECT_BROKEN,
};

START_TEST(test_docx_lies)
{
	struct children *c = start();

	for (enum lie lie = 0; lie < LIE_MAX; lie++) {
		char name[32];
		struct making m;

		(void)snprintf(name, sizeof(name), "lie %u", lie);
		make_lie(&m, lie);
		expect_made(c, name, &m, lies[lie]);
		making_fini(&m);
	}
	children_stop(&c);
}
END_TEST

/* Whatever is cut off, it is no document. */
START_TEST(test_docx_cut_off)
{
	struct making m;

	making_init(&m);
	m.descriptor = true;
	add_word(&m);
	finish(&m);
	for (size_t len = 0; len <= m.b.len; len++) {
		struct inspect_verdict v;

		look(m.b.data, len, SIZE_MAX, &v);
		ck_assert_int_eq(v.kind == INSPECT_DOCX, len == m.b.len);
	}
	making_fini(&m);
}
END_TEST

/* A megabyte of zeros is a thousandth packed; a little less is let pass. */
START_TEST(test_docx_bombs)
{
	static const size_t lens[] = {1U << 20, (1U << 20) + 32768};
	struct children *c = start();
	uint8_t *zeros = calloc(1, 2U << 20);

	ck_assert_ptr_nonnull(zeros);
	for (size_t i = 0; i < 4; i++) {
		struct making m;

		making_init(&m);
		m.method = i < 2 ? 8 : 0;
		add_word(&m);
		add_part(&m, "word/media/a.bin", zeros, lens[i % 2]);
		finish(&m);
		expect_made(
		    c, "zeros", &m, i == 1 ? INSPECT_BOMB : INSPECT_GOOD);
		making_fini(&m);
	}
	free(zeros);
	children_stop(&c);
}
END_TEST

/* 4,096 parts; one more; and names that are too long for the room. */
START_TEST(test_docx_many)
{
	static const struct {
		unsigned parts;
		int width;
		enum inspect_refusal refusal;
	} cases[] = {{4094, 8, INSPECT_GOOD}, {4095, 8, INSPECT_BOMB},
	    {600, 500, INSPECT_BOMB}, {1, 512, INSPECT_GOOD},
	    {1, 513, INSPECT_BROKEN}};

	for (size_t i = 0; i < PN_ARRAY_LEN(cases); i++) {
		struct inspect_verdict v;
		struct making m;

		making_init(&m);
		m.method = 0;
		add_word(&m);
		for (unsigned n = 0; n < cases[i].parts; n++) {
			char name[600];

			(void)snprintf(
			    name, sizeof(name), "%0*u", cases[i].width, n);
			add_text(&m, name, "");
		}
		finish(&m);
		ck_assert_int_eq(buf_error(&m.b), 0);
		look(m.b.data, m.b.len, SIZE_MAX, &v);
		ck_assert_uint_eq(v.refusal, cases[i].refusal);
		making_fini(&m);
	}
}
END_TEST

/* ---- verdicts -------------------------------------------------------- */

static const struct {
	struct inspect_verdict v;
	uint64_t size;
	bool valid;
} verdicts[] = {
    {{.kind = INSPECT_CSV}, 1, true},
    {{.kind = INSPECT_CSV}, 0, false},
    {{.kind = 0}, 1, false},
    {{.kind = INSPECT_CSV + 1}, 1, false},
    {{.refusal = INSPECT_MIXED}, 0, true},
    {{.refusal = INSPECT_MIXED + 1}, 1, false},
    {{.refusal = INSPECT_MIXED, .kind = INSPECT_CSV}, 1, false},
    {{.refusal = INSPECT_MIXED, .cuts = {{0, 1}}}, 1, false},
    {{.kind = INSPECT_CSV, .width = 1, .height = 1}, 1, false},
    {{.kind = INSPECT_CSV, .cuts_n = 1, .cuts = {{1, 1}}}, 9, false},
    {{.kind = INSPECT_PDF, .orientation = 1}, 9, false},
    {{.kind = INSPECT_PNG}, 1, false},
    {{.kind = INSPECT_PNG, .width = 1, .height = 1}, 1, true},
    {{.kind = INSPECT_PNG, .width = 30001, .height = 1}, 1, false},
    {{.kind = INSPECT_JPEG, .width = 1, .height = 1, .orientation = 9}, 1,
	false},
#define PICTURE .kind = INSPECT_JPEG, .width = 1, .height = 1
    {{PICTURE, .cuts_n = 1, .cuts = {{1, 8}}}, 9, true},
    {{PICTURE, .cuts_n = 1, .cuts = {{0, 8}}}, 9, false},
    {{PICTURE, .cuts_n = 1, .cuts = {{1, 9}}}, 9, false},
    {{PICTURE, .cuts_n = 1, .cuts = {{1, 0}}}, 9, false},
    {{PICTURE, .cuts_n = 1, .cuts = {{9, 1}}}, 9, false},
    {{PICTURE, .cuts_n = 1, .cuts = {{2, UINT64_MAX}}}, 9, false},
    {{PICTURE, .cuts_n = 2, .cuts = {{1, 2}, {4, 1}}}, 9, true},
    {{PICTURE, .cuts_n = 2, .cuts = {{1, 2}, {3, 1}}}, 9, false},
    {{PICTURE, .cuts_n = 2, .cuts = {{4, 1}, {1, 2}}}, 9, false},
    {{PICTURE, .cuts_n = INSPECT_CUTS + 1}, 9, false},
};

START_TEST(test_verdicts)
{
	for (size_t i = 0; i < PN_ARRAY_LEN(verdicts); i++)
		ck_assert_msg(inspect_verdict_valid(&verdicts[i].v,
				  verdicts[i].size) == verdicts[i].valid,
		    "verdict %zu", i);
}
END_TEST

/* Who gives less than was said, or more, has asked for nothing. */
START_TEST(test_wrong_size)
{
	struct children *c = start();
	struct inspect_verdict v;
	struct pieces p = {(const uint8_t *)"a,b\n", 4, 0, SIZE_MAX};

	ck_assert_int_eq(inspect_ask(c, 4, next_piece, &p, &v), 0);
	ck_assert_int_eq(inspect_ask(c, 3, next_piece, &p, &v), -EBADMSG);
	ck_assert_int_eq(inspect_ask(c, 5, next_piece, &p, &v), -EBADMSG);
	children_stop(&c);
}
END_TEST

/* ---- a large file ---------------------------------------------------- */

#define LARGE (UINT64_C(25) << 20)
#define CHILD_KIB 4096 /* all that a child has in memory at most */
#define LARGE_STOP (LARGE / 2)

/* Each kind of file, so large; the child is looked at half way. */
struct large {
	const char *head;
	size_t head_len;
	const char *end; /* of the file */
	enum inspect_kind kind;
	uint64_t at;
	bool kill; /* the child, half way */
	int error; /* returned half way, if not 0 */
	long kib;  /* of memory the child has had */
	uint8_t piece[65536];
};

static long
memory_of(pid_t pid)
{
	char path[64], line[256];
	long kib = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL)
		(void)sscanf(line, "VmHWM: %ld", &kib);
	(void)fclose(f);
	return kib;
}

static int
half_way(struct large *l)
{
	pid_t pids[FAMILY_MAX];

	family_settle(pids, 1);
	l->kib = memory_of(pids[0]);
	if (l->kill)
		ck_assert_int_eq(kill(pids[0], SIGKILL), 0);
	return l->error;
}

static int
large_piece(void *arg, bool first, struct iovec *piece_r)
{
	struct large *l = arg;
	size_t end_len = strlen(l->end);
	size_t n = sizeof(l->piece);

	if (first)
		l->at = 0;
	if (l->at == LARGE_STOP) {
		int r = half_way(l);

		if (r != 0)
			return r;
	}
	if (LARGE - l->at < n)
		n = LARGE - l->at;
	memset(l->piece, '5', n);
	if (l->at == 0)
		memcpy(l->piece, l->head, l->head_len);
	l->at += n;
	if (n > 0 && l->at == LARGE)
		memcpy(l->piece + n - end_len, l->end, end_len);
	*piece_r = (struct iovec){l->piece, n};
	return 0;
}

static const struct large large[] = {
    {STR("a,b\n"), "\n", .kind = INSPECT_CSV},
    {STR("%PDF-1.7\n"), "%%EOF\n", .kind = INSPECT_PDF},
    {STR("\xff\xd8\xff\xc0\0\x0b\x08\0\x14\0\x14\1\1\x11\0"
	 "\xff\xda\0\x08\1\1\0\0\77\0"),
	"\xff\xd9", .kind = INSPECT_JPEG},
};

START_TEST(test_large)
{
	struct children *c = start();
	struct inspect_verdict v;
	struct large l = large[_i];

	ck_assert_int_eq(inspect_ask(c, LARGE, large_piece, &l, &v), 0);
	ck_assert_uint_eq(v.refusal, INSPECT_GOOD);
	ck_assert_uint_eq(v.kind, l.kind);
	ck_assert_int_gt(l.kib, 0);
	/* a sanitizer has memory of its own */
#ifndef POSTERN_SANITIZERS
	ck_assert_int_lt(l.kib, CHILD_KIB);
#endif
	l = large[_i];
	l.error = -EIO;
	ck_assert_int_eq(inspect_ask(c, LARGE, large_piece, &l, &v), -EIO);
	l.error = 7;
	ck_assert_int_eq(inspect_ask(c, LARGE, large_piece, &l, &v), 7);
	l = large[_i];
	l.kill = true;
	ck_assert_int_eq(
	    inspect_ask(c, LARGE, large_piece, &l, &v), CHILDREN_FAILED);
	/* and the next is as good as any */
	l = large[_i];
	ck_assert_int_eq(inspect_ask(c, LARGE, large_piece, &l, &v), 0);
	ck_assert_uint_eq(v.kind, l.kind);
	children_stop(&c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("inspect");
	TCase *t = tcase_create("inspect");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_texts);
	tcase_add_test(t, test_pdf_end);
	tcase_add_test(t, test_png);
	tcase_add_test(t, test_png_sizes);
	tcase_add_test(t, test_png_cuts);
	tcase_add_test(t, test_jpeg);
	tcase_add_test(t, test_jpeg_cuts);
	tcase_add_test(t, test_doc);
	tcase_add_test(t, test_doc_small);
	tcase_add_test(t, test_doc_places);
	tcase_add_test(t, test_docx_parts);
	tcase_add_test(t, test_docx_types);
	tcase_add_test(t, test_docx_objects);
	tcase_add_test(t, test_docx_lies);
	tcase_add_test(t, test_docx_cut_off);
	tcase_add_test(t, test_docx_bombs);
	tcase_add_test(t, test_docx_many);
	tcase_add_test(t, test_verdicts);
	tcase_add_test(t, test_wrong_size);
	tcase_add_loop_test(t, test_large, 0, (int)PN_ARRAY_LEN(large));
	suite_add_tcase(s, t);
	return run_suite(s);
}
