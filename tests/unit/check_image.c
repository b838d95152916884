/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Images: those in tests/fuzz/image, which other programs have made, and such
 * as none would make.
 */

#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "daemon/image.h"
#include "tests/unit/run.h"

#define FILE_LEN 8192

static size_t
read_image(const char *name, uint8_t data[static FILE_LEN])
{
	const char *top = getenv("POSTERN_SRCDIR");
	char path[PATH_MAX];
	size_t len;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/image/%s",
	    top == NULL ? "." : top, name);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	len = fread(data, 1, FILE_LEN, f);
	(void)fclose(f);
	ck_assert_uint_lt(len, FILE_LEN);
	return len;
}

static int
copy(const void *data, size_t len, struct buf *out, struct image *image)
{
	buf_init(out, len);
	return image_copy(data, len, out, image);
}

/* What becomes of B, which is no more needed. */
static int
result(struct buf *b)
{
	buf_auto struct buf out = {0};
	struct image image;
	int r;

	ck_assert_int_eq(buf_error(b), 0);
	r = copy(b->data, b->len, &out, &image);
	buf_fini(b);
	return r;
}

/* ---- what other programs made ---------------------------------------- */

static const struct {
	const char *name;
	int result;
	enum picture_kind kind;
	bool whole; /* nothing is left behind */
} files[] = {
    {"baseline.jpg", 0, PICTURE_JPEG, true},
    {"progressive.jpg", 0, PICTURE_JPEG, true},
    {"grey.jpg", 0, PICTURE_JPEG, true},
    {"photo.jpg", 0, PICTURE_JPEG, false},
    {"arithmetic.jpg", IMAGE_BROKEN, 0, false},
    {"plain.png", 0, PICTURE_PNG, true},
    {"palette.png", 0, PICTURE_PNG, true},
    {"telling.png", 0, PICTURE_PNG, false},
    {"old.gif", IMAGE_UNKNOWN, 0, false},
    {"vector.svg", IMAGE_UNKNOWN, 0, false},
    {"page.html", IMAGE_UNKNOWN, 0, false},
};

START_TEST(files_are_known)
{
	uint8_t data[FILE_LEN];
	size_t len = read_image(files[_i].name, data);
	buf_auto struct buf out = {0};
	struct image image;

	ck_assert_int_eq(copy(data, len, &out, &image), files[_i].result);
	if (files[_i].result != 0)
		return;
	ck_assert_int_eq(image.kind, files[_i].kind);
	ck_assert_uint_eq(image.width, 32);
	ck_assert_uint_eq(image.height, 24);
	ck_assert_int_eq(out.len == len, files[_i].whole);
	if (files[_i].whole)
		ck_assert_mem_eq(out.data, data, len);
}
END_TEST

/* Whoever sends half a picture hears of it. */
START_TEST(one_cut_off_anywhere_is_refused)
{
	uint8_t data[FILE_LEN];
	size_t len = read_image(files[_i].name, data);
	buf_auto struct buf out = {0};
	struct image image;

	if (!files[_i].whole)
		return;
	for (size_t n = 0; n < len; n++) {
		ck_assert_int_gt(copy(data, n, &out, &image), 0);
		buf_fini(&out);
	}
}
END_TEST

static void
ck_without(const struct buf *b, const char *text)
{
	ck_assert_ptr_null(memmem(b->data, b->len, text, strlen(text)));
}

/* The same picture, with all that it told besides. */
static const struct {
	const char *name;
	const char *same; /* is all there, from START on */
	size_t start;
	const char *kept; /* of what it says about colours */
	const char *tells[10];
} telling[] = {
    {"photo.jpg", "baseline.jpg", 20, "ICC_PROFILE",
	{"Exif", "Lakeside Camera", "xmpmeta", "secret", "JFXX", "script"}},
    {"telling.png", "plain.png", 33, "sRGB",
	{"eXIf", "Lakeside Camera", "tEXt", "secret", "tIME", "acTL", "fcTL",
	    "fdAT", "script", "PK"}},
};

START_TEST(what_it_tells_besides_is_left_behind)
{
	uint8_t data[FILE_LEN], same[FILE_LEN];
	size_t len = read_image(telling[_i].name, data);
	size_t n = read_image(telling[_i].same, same) - telling[_i].start;
	buf_auto struct buf out = {0};
	struct image image;

	ck_assert_int_eq(copy(data, len, &out, &image), 0);
	for (size_t i = 0; i < 10 && telling[_i].tells[i] != NULL; i++) {
		const char *text = telling[_i].tells[i];

		ck_assert_ptr_nonnull(memmem(data, len, text, strlen(text)));
		ck_without(&out, text);
	}
	ck_assert_ptr_nonnull(memmem(
	    out.data, out.len, telling[_i].kept, strlen(telling[_i].kept)));
	ck_assert_uint_gt(out.len, n);
	ck_assert_mem_eq(out.data + out.len - n, same + telling[_i].start, n);
}
END_TEST

/* ---- PNG, chunk by chunk --------------------------------------------- */

static void
add_chunk(struct buf *b, const char *type, const void *data, size_t len)
{
	buf_add_u32(b, (uint32_t)len);
	buf_add(b, type, 4);
	buf_add(b, data, len);
	buf_add_u32(b, 0);
}

static void
add_ihdr(struct buf *b, uint32_t width, uint32_t height)
{
	buf_add_u32(b, 13);
	buf_add(b, "IHDR", 4);
	buf_add_u32(b, width);
	buf_add_u32(b, height);
	buf_add(b, "\10\2\0\0\0", 5);
	buf_add_u32(b, 0);
}

static void
start_png(struct buf *b)
{
	buf_init(b, 4096);
	buf_add(b, "\x89PNG\r\n\x1a\n", 8);
}

/* Chunks behind a good IHDR. */
static const struct {
	const char *types[4];
	int result;
} chunks[] = {
    {{"IDAT", "IEND"}, 0},
    {{"IDAT", "IDAT", "IEND"}, 0},
    {{"vpAg", "IDAT", "IEND"}, 0},
    {{"IEND"}, IMAGE_BROKEN},
    {{"IDAT"}, IMAGE_BROKEN},
    {{NULL}, IMAGE_BROKEN},
    {{"IHDR", "IDAT", "IEND"}, IMAGE_BROKEN},
    {{"IDAT", "IHDR", "IEND"}, IMAGE_BROKEN},
    {{"NEWs", "IDAT", "IEND"}, IMAGE_BROKEN},
};

START_TEST(chunks_have_an_order)
{
	buf_auto struct buf b = {0};

	start_png(&b);
	add_ihdr(&b, 20, 20);
	for (size_t i = 0; i < 4 && chunks[_i].types[i] != NULL; i++) {
		if (strcmp(chunks[_i].types[i], "IHDR") == 0)
			add_ihdr(&b, 20, 20);
		else
			add_chunk(&b, chunks[_i].types[i], "", 0);
	}
	ck_assert_int_eq(result(&b), chunks[_i].result);
}
END_TEST

START_TEST(a_png_begins_with_its_header)
{
	buf_auto struct buf b = {0};

	start_png(&b);
	ck_assert_int_eq(result(&b), IMAGE_BROKEN);
	start_png(&b);
	add_chunk(&b, "IDAT", "", 0);
	add_ihdr(&b, 20, 20);
	add_chunk(&b, "IEND", "", 0);
	ck_assert_int_eq(result(&b), IMAGE_BROKEN);
	start_png(&b);
	add_chunk(&b, "iHDR", "\0\0\0\24\0\0\0\24\10\2\0\0\0", 13);
	add_chunk(&b, "IDAT", "", 0);
	add_chunk(&b, "IEND", "", 0);
	ck_assert_int_eq(result(&b), IMAGE_BROKEN);
	for (size_t len = 12; len <= 14; len++) {
		start_png(&b);
		add_chunk(&b, "IHDR", "\0\0\0\24\0\0\0\24\10\2\0\0\0\0", len);
		add_chunk(&b, "IDAT", "", 0);
		add_chunk(&b, "IEND", "", 0);
		ck_assert_int_eq(result(&b), len == 13 ? 0 : IMAGE_BROKEN);
	}
}
END_TEST

/* Lengths that say more than there is, as far as to wrap around. */
static const uint32_t lengths[] = {9, 12, 0x7fffffff, 0x80000000, 0xfffffff0,
    0xfffffff4, 0xfffffffc, 0xffffffff};

START_TEST(a_chunk_ends_within_the_file)
{
	buf_auto struct buf b = {0};

	start_png(&b);
	add_ihdr(&b, 20, 20);
	buf_add_u32(&b, lengths[_i]);
	buf_add(&b, "IDAT", 4);
	add_chunk(&b, "IEND", "", 0);
	ck_assert_int_eq(result(&b), IMAGE_BROKEN);
}
END_TEST

START_TEST(an_end_is_empty)
{
	buf_auto struct buf b = {0};

	start_png(&b);
	add_ihdr(&b, 20, 20);
	add_chunk(&b, "IDAT", "", 0);
	add_chunk(&b, "IEND", "more", 4);
	ck_assert_int_eq(result(&b), IMAGE_BROKEN);
}
END_TEST

/* ---- JPEG, segment by segment ---------------------------------------- */

static void
add_segment(struct buf *b, uint8_t marker, const void *data, size_t len)
{
	buf_add_byte(b, 0xff);
	buf_add_byte(b, marker);
	buf_add_u16(b, (uint16_t)(len + 2));
	buf_add(b, data, len);
}

static void
add_frame(struct buf *b, uint8_t marker, uint16_t width, uint16_t height)
{
	buf_add_byte(b, 0xff);
	buf_add_byte(b, marker);
	buf_add_u16(b, 11);
	buf_add_byte(b, 8);
	buf_add_u16(b, height);
	buf_add_u16(b, width);
	buf_add(b, "\1\1\x11", 4);
}

/* What stands between the start and the end, made by parts. */
enum part {
	NOTHING,
	FRAME, /* baseline */
	PROGRESSIVE,
	LOSSLESS,
	DEEP,  /* 12 bits */
	SHORT, /* a frame that ends too soon */
	SCAN,
	TABLE,
	FILLED, /* a table behind fill bytes */
	COMMENT,
	RESTART, /* a marker that belongs into a scan */
	LINES,   /* DNL: the height comes later */
	GARBAGE, /* no marker */
	LONG,    /* a segment longer than the file */
	TINY,    /* a segment shorter than its length */
	END,
};

static void
add_part(struct buf *b, enum part part)
{
	switch (part) {
	case FRAME:
		add_frame(b, 0xc0, 20, 20);
		break;
	case PROGRESSIVE:
		add_frame(b, 0xc2, 20, 20);
		break;
	case LOSSLESS:
		add_frame(b, 0xc3, 20, 20);
		break;
	case DEEP:
		add_segment(b, 0xc1, "\14\0\24\0\24\1\1\x11\0", 9);
		break;
	case SHORT:
		add_segment(b, 0xc0, "\10\0\24\0", 4);
		break;
	case SCAN:
		add_segment(b, 0xda, "\1\1\0\0\77\0", 6);
		buf_add(b,
		    "data\xff\0data\xff\xd0"
		    "data\xff\xd7"
		    "data",
		    22);
		break;
	case TABLE:
		add_segment(b, 0xdb, "table", 5);
		break;
	case FILLED:
		buf_add(b, "\xff\xff\xff", 3);
		add_segment(b, 0xdb, "table", 5);
		break;
	case COMMENT:
		add_segment(b, 0xfe, "words", 5);
		break;
	case RESTART:
		buf_add(b, "\xff\xd0", 2);
		break;
	case LINES:
		add_segment(b, 0xdc, "\0\24", 2);
		break;
	case GARBAGE:
		buf_add(b, "\xfe\xdb\0\7table", 9);
		break;
	case LONG:
		buf_add(b, "\xff\xdb\xff\xff", 4);
		break;
	case TINY:
		buf_add(b, "\xff\xdb\0\1", 4);
		break;
	case END:
		buf_add(b, "\xff\xd9", 2);
		break;
	case NOTHING:
		break;
	}
}

static const struct {
	enum part parts[8];
	int result;
} parts[] = {
    {{TABLE, FRAME, TABLE, SCAN, END}, 0},
    {{COMMENT, TABLE, FRAME, COMMENT, SCAN, COMMENT, END}, 0},
    {{FILLED, FRAME, FILLED, SCAN, FILLED, SCAN, END}, 0},
    {{PROGRESSIVE, SCAN, TABLE, SCAN, SCAN, END}, 0},
    {{FRAME, SCAN, END, GARBAGE}, 0},
    {{NOTHING}, IMAGE_BROKEN},
    {{END}, IMAGE_BROKEN},
    {{TABLE}, IMAGE_BROKEN},
    {{FRAME, END}, IMAGE_BROKEN},
    {{FRAME, SCAN}, IMAGE_BROKEN},
    {{SCAN, FRAME, END}, IMAGE_BROKEN},
    {{SCAN, END}, IMAGE_BROKEN},
    {{FRAME, FRAME, SCAN, END}, IMAGE_BROKEN},
    {{FRAME, SCAN, FRAME, SCAN, END}, IMAGE_BROKEN},
    {{LOSSLESS, SCAN, END}, IMAGE_BROKEN},
    {{DEEP, SCAN, END}, IMAGE_BROKEN},
    {{SHORT, SCAN, END}, IMAGE_BROKEN},
    {{FRAME, RESTART, SCAN, END}, IMAGE_BROKEN},
    {{FRAME, SCAN, LINES, END}, IMAGE_BROKEN},
    {{GARBAGE, FRAME, SCAN, END}, IMAGE_BROKEN},
    {{FRAME, GARBAGE, SCAN, END}, IMAGE_BROKEN},
    {{LONG, FRAME, SCAN, END}, IMAGE_BROKEN},
    {{FRAME, SCAN, LONG, END}, IMAGE_BROKEN},
    {{TINY, FRAME, SCAN, END}, IMAGE_BROKEN},
};

START_TEST(segments_have_an_order)
{
	buf_auto struct buf b = {0};

	buf_init(&b, 4096);
	buf_add(&b, "\xff\xd8", 2);
	for (size_t i = 0; i < PN_ARRAY_LEN(parts[_i].parts); i++)
		add_part(&b, parts[_i].parts[i]);
	ck_assert_int_eq(result(&b), parts[_i].result);
}
END_TEST

static const struct {
	uint8_t marker;
	const char *data;
	size_t len;
	bool kept;
} applications[] = {
    {0xe0, "JFIF\0\1\1\0\0\1\0\1\0\0", 14, true},
    /* with a small picture in it, one pixel each way */
    {0xe0, "JFIF\0\1\1\0\0\1\0\1\1\1RGB", 17, false},
    {0xe0, "JFIX\0\1\1\0\0\1\0\1\0\0", 14, false},
    {0xe0, "JFXX\0\x10small", 11, false},
    {0xe1, "Exif\0\0where", 11, false},
    {0xe2, "ICC_PROFILE\0\1\1colours", 21, true},
    {0xe2, "MPF\0another", 11, false},
    {0xed, "Photoshop 3.0\0words", 19, false},
    {0xee, "Adobe\0\x64\0\0\0\0\1", 12, true},
    {0xee, "Adobo\0\x64\0\0\0\0\1", 12, false},
    {0xef, "anything", 8, false},
    {0xfe, "words", 5, false},
};

START_TEST(only_colours_are_kept)
{
	const size_t len = applications[_i].len;
	buf_auto struct buf b = {0}, out = {0};
	struct image image;

	buf_init(&b, 4096);
	buf_add(&b, "\xff\xd8", 2);
	add_segment(&b, applications[_i].marker, applications[_i].data, len);
	add_part(&b, FRAME);
	add_part(&b, SCAN);
	add_part(&b, END);
	ck_assert_int_eq(copy(b.data, b.len, &out, &image), 0);
	ck_assert_uint_eq(
	    out.len, applications[_i].kept ? b.len : b.len - len - 4);
}
END_TEST

START_TEST(scans_have_a_ceiling)
{
	for (size_t scans = 32; scans <= 33; scans++) {
		buf_auto struct buf b = {0};

		buf_init(&b, 4096);
		buf_add(&b, "\xff\xd8", 2);
		add_part(&b, PROGRESSIVE);
		for (size_t i = 0; i < scans; i++)
			add_part(&b, SCAN);
		add_part(&b, END);
		ck_assert_int_eq(result(&b), scans == 32 ? 0 : IMAGE_BROKEN);
	}
}
END_TEST

/* The first frame counts, wherever others stand. */
START_TEST(a_picture_inside_is_not_looked_at)
{
	uint8_t small[FILE_LEN];
	size_t len = read_image("grey.jpg", small);
	buf_auto struct buf b = {0}, out = {0};
	struct image image;

	buf_init(&b, 4096);
	buf_add(&b, "\xff\xd8", 2);
	add_segment(&b, 0xe1, small, len);
	add_frame(&b, 0xc0, 100, 200);
	add_part(&b, SCAN);
	add_part(&b, END);
	ck_assert_int_eq(copy(b.data, b.len, &out, &image), 0);
	ck_assert_uint_eq(image.width, 100);
	ck_assert_uint_eq(image.height, 200);
	ck_assert_uint_lt(out.len + len, b.len);
}
END_TEST

/* ---- sides ----------------------------------------------------------- */

static const struct {
	uint32_t width;
	uint32_t height;
	int result;
} sides[] = {
    {16, 16, 0},
    {1024, 1024, 0},
    {16, 1024, 0},
    {15, 16, IMAGE_DIMENSIONS},
    {16, 15, IMAGE_DIMENSIONS},
    {1025, 16, IMAGE_DIMENSIONS},
    {16, 1025, IMAGE_DIMENSIONS},
    {0, 100, IMAGE_DIMENSIONS},
    {100, 0, IMAGE_DIMENSIONS},
    {65535, 65535, IMAGE_DIMENSIONS},
    /* PNG only */
    {0x10010, 0x10010, IMAGE_DIMENSIONS},
    {0xffffffff, 0xffffffff, IMAGE_DIMENSIONS},
    {0x80000010, 0x80000010, IMAGE_DIMENSIONS},
};

START_TEST(sides_have_a_floor_and_a_ceiling)
{
	buf_auto struct buf b = {0};

	start_png(&b);
	add_ihdr(&b, sides[_i].width, sides[_i].height);
	add_chunk(&b, "IDAT", "", 0);
	add_chunk(&b, "IEND", "", 0);
	ck_assert_int_eq(result(&b), sides[_i].result);
	if (sides[_i].width > UINT16_MAX)
		return;
	buf_init(&b, 4096);
	buf_add(&b, "\xff\xd8", 2);
	add_frame(
	    &b, 0xc0, (uint16_t)sides[_i].width, (uint16_t)sides[_i].height);
	add_part(&b, SCAN);
	add_part(&b, END);
	ck_assert_int_eq(result(&b), sides[_i].result);
}
END_TEST

/* ---- base64 ---------------------------------------------------------- */

/* grey.jpg with something in the place of BYTES at AT of its base64. */
static const struct {
	size_t at; /* from the end */
	const char *bytes;
	int result;
} texts[] = {
    {4, "/9k=", 0},
    {4, "/9l=", IMAGE_ENCODING}, /* bits that mean nothing */
    {4, "/9k\n", IMAGE_ENCODING},
    {4, "/9 =", IMAGE_ENCODING},
    {4, "_9k=", IMAGE_ENCODING},
    {4, "/9k=\n", IMAGE_ENCODING},
    {4, "/9k=====", IMAGE_ENCODING},
    {4, "/9k=/9k=", IMAGE_ENCODING},
    {4, "/9k", IMAGE_ENCODING},
    {4, "/9k\xc3\xa9", IMAGE_ENCODING},
    {4, "", IMAGE_BROKEN},
};

START_TEST(base64_is_taken_by_the_letter)
{
	uint8_t data[FILE_LEN];
	char text[2 * FILE_LEN];
	size_t len = read_image("grey.jpg", data);
	buf_auto struct buf out = {0};
	struct image image;

	/* so that it ends in one = */
	while (len % 3 != 2) {
		memmove(data + len - 1, data + len - 2, 2);
		len++;
	}
	(void)sodium_bin2base64(
	    text, sizeof(text), data, len, sodium_base64_VARIANT_ORIGINAL);
	len = strlen(text);
	ck_assert_str_eq(text + len - 4, "/9k=");
	(void)snprintf(text + len - texts[_i].at,
	    sizeof(text) - len + texts[_i].at, "%s", texts[_i].bytes);
	buf_init(&out, FILE_LEN);
	ck_assert_int_eq(image_read(text, &out, &image), texts[_i].result);
}
END_TEST

START_TEST(an_image_has_a_ceiling)
{
	static char text[2 * PICTURE_MAX];

	for (size_t over = 0; over <= 1; over++) {
		buf_auto struct buf b = {0}, out = {0};
		struct image image;

		buf_init(&b, PICTURE_MAX + 1);
		buf_add(&b, "\x89PNG\r\n\x1a\n", 8);
		add_ihdr(&b, 20, 20);
		add_chunk(&b, "IDAT", "", 0);
		add_chunk(&b, "IEND", "", 0);
		while (b.len < PICTURE_MAX + over)
			buf_add_byte(&b, 'x');
		ck_assert_int_eq(buf_error(&b), 0);
		(void)sodium_bin2base64(text, sizeof(text), b.data, b.len,
		    sodium_base64_VARIANT_ORIGINAL);
		buf_init(&out, PICTURE_MAX);
		ck_assert_int_eq(image_read(text, &out, &image),
		    over == 0 ? 0 : IMAGE_TOO_LARGE);
	}
}
END_TEST

START_TEST(no_text_is_no_image)
{
	buf_auto struct buf out = {0};
	struct image image;

	buf_init(&out, PICTURE_MAX);
	ck_assert_int_eq(image_read("", &out, &image), IMAGE_UNKNOWN);
	ck_assert_int_eq(image_read("=", &out, &image), IMAGE_ENCODING);
	ck_assert_int_eq(image_read("AAA", &out, &image), IMAGE_ENCODING);
	ck_assert_int_eq(image_read("AAAA", &out, &image), IMAGE_UNKNOWN);
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(image_type(PICTURE_PNG), "image/png");
	ck_assert_str_eq(image_type(PICTURE_JPEG), "image/jpeg");
	ck_assert_str_eq(image_file_name(PICTURE_PNG), "picture.png");
	ck_assert_str_eq(image_file_name(PICTURE_JPEG), "picture.jpg");
	for (int a = IMAGE_UNKNOWN; a <= IMAGE_TOO_LARGE; a++) {
		for (int b = IMAGE_UNKNOWN; b < a; b++)
			ck_assert_str_ne(image_words(a), image_words(b));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("image");
	TCase *t = tcase_create("image");

	tcase_add_loop_test(t, files_are_known, 0, (int)PN_ARRAY_LEN(files));
	tcase_add_loop_test(
	    t, one_cut_off_anywhere_is_refused, 0, (int)PN_ARRAY_LEN(files));
	tcase_add_loop_test(t, what_it_tells_besides_is_left_behind, 0,
	    (int)PN_ARRAY_LEN(telling));
	tcase_add_loop_test(
	    t, chunks_have_an_order, 0, (int)PN_ARRAY_LEN(chunks));
	tcase_add_test(t, a_png_begins_with_its_header);
	tcase_add_loop_test(
	    t, a_chunk_ends_within_the_file, 0, (int)PN_ARRAY_LEN(lengths));
	tcase_add_test(t, an_end_is_empty);
	tcase_add_loop_test(
	    t, segments_have_an_order, 0, (int)PN_ARRAY_LEN(parts));
	tcase_add_loop_test(
	    t, only_colours_are_kept, 0, (int)PN_ARRAY_LEN(applications));
	tcase_add_test(t, scans_have_a_ceiling);
	tcase_add_test(t, a_picture_inside_is_not_looked_at);
	tcase_add_loop_test(
	    t, sides_have_a_floor_and_a_ceiling, 0, (int)PN_ARRAY_LEN(sides));
	tcase_add_loop_test(
	    t, base64_is_taken_by_the_letter, 0, (int)PN_ARRAY_LEN(texts));
	tcase_add_test(t, an_image_has_a_ceiling);
	tcase_add_test(t, no_text_is_no_image);
	tcase_add_test(t, names);
	suite_add_tcase(s, t);
	return run_suite(s);
}
