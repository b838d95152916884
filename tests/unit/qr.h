/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reads a QR code (ISO/IEC 18004) that nobody had to photograph: one piece of
 * bytes, error correction level M, no module wrong. What its rows must not be
 * is mirrored, turned, inverted or framed.
 */

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define QR_VERSIONS 22
#define QR_WIDTH(version) ((version)*4 + 17)
#define QR_CODEWORDS 2048

struct qr {
	const char *const *rows; /* '1': dark */
	size_t width;
	size_t version;
};

/* Blocks, and correction codewords in each, at level M (table 9). */
static const uint8_t qr_blocks[QR_VERSIONS + 1] = {0, 1, 1, 1, 2, 2, 4, 4, 4, 5,
    5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17};
static const uint8_t qr_correction[QR_VERSIONS + 1] = {0, 10, 16, 26, 18, 24,
    16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28};

static inline bool
qr_dark(const struct qr *q, size_t x, size_t y)
{
	return q->rows[y][x] == '1';
}

/* A square of dark modules, a light ring in it, and a dark heart. */
static inline void
qr_check_finder(const struct qr *q, size_t x, size_t y)
{
	for (size_t i = 0; i < 49; i++) {
		size_t dx = i % 7, dy = i / 7;
		bool edge = dx == 0 || dx == 6 || dy == 0 || dy == 6;
		bool heart = dx >= 2 && dx <= 4 && dy >= 2 && dy <= 4;

		ck_assert(qr_dark(q, x + dx, y + dy) == (edge || heart));
	}
}

/* Level and mask (7.9), from the copy at the first corner. */
static inline unsigned
qr_format(const struct qr *q)
{
	unsigned bits = 0;

	for (size_t i = 0; i < 15; i++) {
		size_t x = 8, y = 8;

		if (i < 8)
			y = i < 6 ? i : i + 1;
		else
			x = i == 8 ? 7 : 14 - i;
		bits |= (unsigned)qr_dark(q, x, y) << i;
	}
	return (bits ^ 0x5412U) >> 10;
}

/* Whether AT is the centre line of a row of alignment patterns (annex E). */
static inline bool
qr_aligned(const struct qr *q, size_t at)
{
	size_t n = q->version / 7 + 2;
	size_t step = (q->version * 4 + n * 2 + 1) / (n * 2 - 2) * 2;
	size_t line = q->width - 7;

	if (at == 6)
		return true;
	for (size_t i = 1; i < n; i++, line -= step) {
		if (at == line)
			return true;
	}
	return false;
}

static inline bool
qr_in_alignment(const struct qr *q, size_t x, size_t y)
{
	const size_t far = q->width - 7;

	for (size_t i = 0; q->version > 1 && i < 25; i++) {
		size_t cx = x + i % 5 - 2, cy = y + i / 5 - 2;

		if (qr_aligned(q, cx) && qr_aligned(q, cy) &&
		    !(cx == 6 && cy == 6) && !(cx == 6 && cy == far) &&
		    !(cx == far && cy == 6))
			return true;
	}
	return false;
}

static inline bool
qr_holds_data(const struct qr *q, size_t x, size_t y)
{
	const size_t w = q->width;

	if (x == 6 || y == 6 || (x < 9 && y < 9) || (x < 9 && y >= w - 8) ||
	    (x >= w - 8 && y < 9))
		return false;
	if (q->version >= 7 &&
	    ((x < 6 && y >= w - 11) || (y < 6 && x >= w - 11)))
		return false;
	return !qr_in_alignment(q, x, y);
}

static inline bool
qr_masked(unsigned mask, size_t x, size_t y)
{
	switch (mask) {
	case 0:
		return (x + y) % 2 == 0;
	case 1:
		return y % 2 == 0;
	case 2:
		return x % 3 == 0;
	case 3:
		return (x + y) % 3 == 0;
	case 4:
		return (x / 3 + y / 2) % 2 == 0;
	case 5:
		return x * y % 2 + x * y % 3 == 0;
	case 6:
		return (x * y % 2 + x * y % 3) % 2 == 0;
	default:
		return ((x + y) % 2 + x * y % 3) % 2 == 0;
	}
}

/* All codewords, in the order in which they stand (7.7.3). */
static inline size_t
qr_codewords(const struct qr *q, unsigned mask, uint8_t *to)
{
	size_t bits = 0;

	for (size_t right = q->width - 1; right < q->width; right -= 2) {
		if (right == 6)
			right--;
		for (size_t i = 0; i < 2 * q->width; i++) {
			bool up = ((right + 1) & 2) == 0;
			size_t x = right - i % 2;
			size_t y = up ? q->width - 1 - i / 2 : i / 2;

			if (!qr_holds_data(q, x, y))
				continue;
			ck_assert_uint_lt(bits / 8, QR_CODEWORDS);
			to[bits / 8] = (uint8_t)(to[bits / 8] << 1 |
						 (qr_dark(q, x, y) !=
						     qr_masked(mask, x, y)));
			bits++;
		}
	}
	return bits / 8;
}

/* Those of the text, block by block (7.6). */
static inline void
qr_sort(const struct qr *q, const uint8_t *all, size_t n, uint8_t *to)
{
	const size_t blocks = qr_blocks[q->version];
	const size_t least = n / blocks - qr_correction[q->version];
	const size_t less = blocks - n % blocks; /* blocks that are shorter */

	for (size_t i = 0; i <= least; i++) {
		for (size_t j = i < least ? 0 : less; j < blocks; j++)
			to[j * least + (j > less ? j - less : 0) + i] = *all++;
	}
}

/* What ROWS say, with a NUL. */
static inline void
qr_read(const char *const *rows, size_t width, char *text_r, size_t size)
{
	const struct qr q = {rows, width, (width - 17) / 4};
	uint8_t all[QR_CODEWORDS] = {0}, data[QR_CODEWORDS] = {0};
	unsigned format;
	size_t len, at;

	ck_assert_uint_ge(width, QR_WIDTH(1));
	ck_assert_uint_le(width, QR_WIDTH(QR_VERSIONS));
	ck_assert_uint_eq(width, QR_WIDTH(q.version));
	qr_check_finder(&q, 0, 0);
	qr_check_finder(&q, width - 7, 0);
	qr_check_finder(&q, 0, width - 7);
	format = qr_format(&q);
	ck_assert_uint_eq(format >> 3, 0); /* M */
	qr_sort(&q, all, qr_codewords(&q, format & 7, all), data);
	ck_assert_uint_eq(data[0] >> 4, 4); /* bytes */
	at = q.version < 10 ? 1 : 2;
	len = (data[0] & 15U) << 4 | data[1] >> 4;
	if (at == 2)
		len = len << 8 | (data[1] & 15U) << 4 | data[2] >> 4;
	ck_assert_uint_lt(len, size);
	for (size_t i = 0; i < len; i++)
		text_r[i] =
		    (char)((data[at + i] & 15U) << 4 | data[at + i + 1] >> 4);
	text_r[len] = '\0';
}
