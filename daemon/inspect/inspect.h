/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a file is, told by its content and by nothing else: PDF (ISO 32000),
 * JPEG (ITU-T T.81), PNG (ISO/IEC 15948), Word 97 ([MS-CFB], [MS-DOC]), Word
 * (ECMA-376, in APPNOTE.TXT's zip) and CSV (RFC 4180, but in whatever encoding
 * and with whatever separator). All else is refused.
 *
 * SECURITY: hostile bytes, so it happens in a child of inspect_nursery
 * (base/nursery.h), which answers with numbers only. A file is read once, from
 * front to back, within a fixed room; nothing is asked of the kernel, and
 * no memory by what a file claims. A child does one file and leaves.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include "base/attr.h"
#include "base/children.h"
#include "base/nursery.h"

#define INSPECT_TIMEOUT 20000 /* milliseconds, for children_start() */

#define INSPECT_SIDE_MAX 30000       /* pixels of a picture, either way, */
#define INSPECT_PIXELS_MAX 50000000U /* and of all of it */

/* The numbers are those of enum attachment_type in store/. */
enum inspect_kind {
	INSPECT_PDF = 1,
	INSPECT_JPEG,
	INSPECT_PNG,
	INSPECT_DOC,
	INSPECT_DOCX,
	INSPECT_CSV,
};

enum inspect_refusal {
	INSPECT_GOOD = 0,
	INSPECT_UNKNOWN,   /* none of these formats */
	INSPECT_BROKEN,    /* begins as one, and is damaged or cut off */
	INSPECT_ENCRYPTED, /* a Word document: nobody can look inside */
	INSPECT_MACROS,
	INSPECT_PROGRAM, /* holds a program, or an archive in an archive */
	INSPECT_PIXELS,  /* more than INSPECT_SIDE_MAX, INSPECT_PIXELS_MAX */
	INSPECT_BOMB,    /* unpacks to more than it may */
	INSPECT_MIXED,   /* two kinds of file at once */
};

/* Bytes of the file that are better left out. */
struct inspect_cut {
	uint64_t at;
	uint64_t len; /* > 0 */
};

#define INSPECT_CUTS 64

struct inspect_verdict {
	uint8_t refusal;        /* enum inspect_refusal; if not good, */
	uint8_t kind;           /* enum inspect_kind; all from here on is 0 */
	uint8_t orientation;    /* of a JPEG as its EXIF has it, 1..8, or 0 */
	uint8_t cuts_n;         /* pictures: metadata, and what is behind */
	uint32_t width, height; /* pixels of a picture as it is stored, or 0 */
	struct inspect_cut cuts[INSPECT_CUTS]; /* in order, apart, inside */
};

/*
 * Reads up to ROOM bytes of the file into TO; 0: there are no more. SIZE is
 * how many there should be. Without a child: for tests, and for the child.
 */
struct inspect_source {
	size_t (*read)(void *arg, uint8_t *to, size_t room);
	void *arg;
	uint64_t size;
};

struct inspect;

/* ROOM: inspect_room bytes, whose content does not matter. */
extern const size_t inspect_room;
void inspect(const struct inspect_source *source, void *room,
    struct inspect_verdict *v_r);

/* Whether V can be one of a file of SIZE bytes. */
bool inspect_verdict_valid(const struct inspect_verdict *v, uint64_t size);

/* For children_start(); the process need not know of files yet. */
extern const struct nursery inspect_nursery;

/*
 * Has a child look at a file of SIZE bytes, which NEXT gives piece by piece
 * (struct children_job). 0 and a verdict, or as children_ask(): CHILDREN_FAILED
 * (treat the file as INSPECT_BROKEN), what NEXT returned, or -errno: try
 * later. -EBADMSG if NEXT gives more or less than SIZE.
 */
int inspect_ask(struct children *c, uint64_t size,
    int (*next)(void *arg, bool first, struct iovec *piece_r), void *arg,
    struct inspect_verdict *v_r) PN_NODISCARD;
