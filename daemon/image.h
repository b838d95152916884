/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Images that are handed in: PNG (ISO/IEC 15948) and JPEG (ITU-T T.81).
 *
 * SECURITY: bytes from outside, in the process that holds the keys. They are
 * told by their own first bytes and walked part by part, by lengths that stay
 * within what has come; nothing is decoded or decompressed. What a browser
 * needs to draw the picture is copied, all else is left behind, as it is of no
 * use and may tell what nobody meant to: where, when and by what it was taken,
 * what was there before it was cropped, comments, and whatever else somebody
 * has put into an image or behind its end.
 */

#include <stddef.h>
#include "base/attr.h"
#include "base/buf.h"
#include "store/picture.h"

/* Pixels, either way. */
#define IMAGE_SIDE_MIN 16
#define IMAGE_SIDE_MAX 1024

/* Positive codes. */
enum image_code {
	IMAGE_UNKNOWN = 200, /* neither PNG nor JPEG */
	IMAGE_BROKEN,        /* cut off, out of order, or a rare kind */
	IMAGE_DIMENSIONS,    /* too few pixels or too many */
	IMAGE_ENCODING,      /* not base64 */
	IMAGE_TOO_LARGE,     /* more than PICTURE_MAX bytes */
};

struct image {
	enum picture_kind kind;
	unsigned width;
	unsigned height;
};

/* Appends the copy, which is never longer, to OUT. 0, IMAGE_*, OUT's error. */
int image_copy(const void *data, size_t len, struct buf *out,
    struct image *image_r) PN_NODISCARD;
/*
 * The same of at most PICTURE_MAX bytes in base64 (RFC 4648, 4), with padding
 * and nothing else.
 */
int image_read(
    const char *base64, struct buf *out, struct image *image_r) PN_NODISCARD;
/* What is wrong, in words that a person may read. */
const char *image_words(int code);
/* image/png, and what a file of it would be called. */
const char *image_type(enum picture_kind kind);
const char *image_file_name(enum picture_kind kind);
