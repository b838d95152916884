/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What kind of file somebody's bytes are, and whether they can be sent.
 *
 * SECURITY: bytes from outside. They are looked at in a sandboxed child that
 * holds nothing (base/nursery.h), as a stream, with a state of fixed size: no
 * recursion, and nothing is allocated by what a file claims. The kind is told
 * by the content alone, from a short list; what is on no list is refused.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include "base/attr.h"

struct children;
struct inspect;
struct nursery;

enum inspect_kind {
	INSPECT_PDF = 1, /* ISO 32000 */
	INSPECT_JPEG,    /* ITU-T T.81: baseline, extended, progressive */
	INSPECT_PNG,     /* ISO/IEC 15948 */
	INSPECT_DOC,     /* [MS-DOC] in [MS-CFB] */
	INSPECT_DOCX,    /* ISO/IEC 29500 in a ZIP */
	INSPECT_CSV,     /* text of lines, in any common encoding */
};

enum inspect_refusal {
	INSPECT_GOOD,
	INSPECT_UNKNOWN,   /* none of these kinds */
	INSPECT_BROKEN,    /* begins as one, and is damaged or cut off */
	INSPECT_ENCRYPTED, /* a document that nobody could look into */
	INSPECT_MACROS,
	INSPECT_PROGRAM, /* holds one */
	INSPECT_PIXELS,  /* more than INSPECT_PIXELS_MAX, or a long side */
	INSPECT_BOMB,    /* unpacks to more than INSPECT_UNPACKED_MAX, or to
			  * more than it could for its size */
	INSPECT_MIXED,   /* two kinds of file at once */
	INSPECT_REFUSALS,
};

#define INSPECT_PIXELS_MAX 50000000
#define INSPECT_SIDE_MAX 30000
#define INSPECT_UNPACKED_MAX (UINT64_C(500) << 20)
#define INSPECT_CUTS 64

/* Bytes of a picture that draw nothing. */
struct inspect_cut {
	uint64_t at;
	uint64_t len;
};

/* What follows a refusal is zero. */
struct inspect_verdict {
	uint8_t refusal;     /* enum inspect_refusal */
	uint8_t kind;        /* enum inspect_kind */
	uint8_t orientation; /* Exif's, 1..8; 0: it does not say */
	uint8_t cuts_n;
	uint32_t width; /* pixels, as they lie */
	uint32_t height;
	struct inspect_cut cuts[INSPECT_CUTS]; /* in order, apart */
};

/* What a struct inspect takes at most; zlib's memory comes to it. */
#define INSPECT_STATE_MAX 131072

/* The file as it comes, in pieces of any length. IN has room for the state. */
void inspect_begin(struct inspect *in);
void inspect_feed(struct inspect *in, const void *data, size_t len);
void inspect_end(struct inspect *in, struct inspect_verdict *v_r);

extern const struct nursery inspect_nursery;

/*
 * Has a child look at SIZE bytes, which NEXT gives piece by piece, from the
 * start if AGAIN. What NEXT returns, if it is not 0, is returned; else 0 and a
 * verdict, or -errno when no child could be had. A file that no child survives
 * is INSPECT_BROKEN.
 */
int inspect_ask(struct children *c, uint64_t size,
    int (*next)(void *arg, bool again, struct iovec *part_r), void *arg,
    struct inspect_verdict *v_r) PN_NODISCARD;
