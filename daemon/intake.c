/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/intake.h"

#include <errno.h>
#include <string.h>
#include <sodium.h>
#include "base/children.h"
#include "base/log.h"
#include "base/secret.h"
#include "daemon/inspect/inspect.h"

_Static_assert((int)ATTACHMENT_PDF == INSPECT_PDF &&
		   (int)ATTACHMENT_JPEG == INSPECT_JPEG &&
		   (int)ATTACHMENT_PNG == INSPECT_PNG &&
		   (int)ATTACHMENT_DOC == INSPECT_DOC &&
		   (int)ATTACHMENT_DOCX == INSPECT_DOCX &&
		   (int)ATTACHMENT_CSV == INSPECT_CSV,
    "one list of types");

/* ---- looking at it --------------------------------------------------- */

/* The sealed file, read back piece by piece. */
struct reading {
	struct blob_reader *blob;
	uint8_t piece[BLOB_CHUNK];
};

static int
next_piece(void *arg, bool first, struct iovec *part_r)
{
	struct reading *rd = arg;
	int r = first ? blob_rewind(rd->blob) : 0;

	part_r->iov_base = rd->piece;
	return r == 0 ? blob_read(rd->blob, rd->piece, &part_r->iov_len) : r;
}

static int
inspect_upload(const struct intake *in, const struct upload *up,
    struct reading *rd, struct inspect_verdict *v)
{
	int r = blob_open(
	    in->st, &up->file.id, up->file.key, up->file.size, &rd->blob);

	if (r == 0)
		r = inspect_ask(
		    in->inspectors, up->file.size, next_piece, rd, v);
	if (r != CHILDREN_FAILED)
		return r;
	log_warning("files", "one was refused, as no child survives it");
	memset(v, 0, sizeof(*v));
	v->refusal = INSPECT_BROKEN;
	return 0;
}

/* ---- leaving out what nobody meant to tell --------------------------- */

/* Exif 2.32, 4.5: an APP1 segment that says how to turn the picture. */
#define TURN_AT 29

static const uint8_t turned[] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,
    'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 1, 0, 0,
    0, 0, 0, 0};

/* A new blob, filled up to whole chunks. */
struct copy {
	struct blob_writer *to;
	uint8_t piece[BLOB_CHUNK];
	size_t len;
	uint64_t left; /* bytes to come */
};

static int
copy_add(struct copy *c, const uint8_t *data, size_t len)
{
	int r = 0;

	while (r == 0 && len > 0) {
		size_t n = BLOB_CHUNK - c->len;

		if (n > len)
			n = len;
		memcpy(c->piece + c->len, data, n);
		c->len += n;
		c->left -= n;
		data += n;
		len -= n;
		if (c->len < BLOB_CHUNK && c->left > 0)
			continue;
		r = blob_append(c->to, c->piece, c->len, c->left == 0);
		c->len = 0;
	}
	return r;
}

static bool
has_turn(const struct inspect_verdict *v)
{
	return v->kind == INSPECT_JPEG && v->cuts_n > 0 && v->orientation > 1;
}

static uint64_t
size_left(const struct inspect_verdict *v, uint64_t size)
{
	for (size_t i = 0; i < v->cuts_n; i++)
		size -= v->cuts[i].len;
	return has_turn(v) ? size + sizeof(turned) : size;
}

/*
 * What of DATA, which stands AT, lies in no cut. The first cut of a turned
 * picture is where a segment begins, and so another may.
 */
static int
copy_kept(struct copy *c, const struct inspect_verdict *v, uint64_t at,
    const uint8_t *data, size_t len)
{
	const uint64_t end = at + len;
	uint8_t turn[sizeof(turned)];
	uint64_t from = at;
	int r = 0;

	for (size_t i = 0; r == 0 && i < v->cuts_n && from < end; i++) {
		uint64_t cut = v->cuts[i].at;

		if (cut + v->cuts[i].len <= from || cut >= end)
			continue;
		if (cut > from)
			r = copy_add(c, data + (from - at), cut - from);
		if (r == 0 && i == 0 && cut >= at && has_turn(v)) {
			memcpy(turn, turned, sizeof(turn));
			turn[TURN_AT] = v->orientation;
			r = copy_add(c, turn, sizeof(turn));
		}
		from = cut + v->cuts[i].len;
	}
	if (r == 0 && from < end)
		r = copy_add(c, data + (from - at), end - from);
	return r;
}

static int
copy_all(struct reading *rd, const struct inspect_verdict *v, struct copy *c)
{
	uint64_t at = 0;
	size_t len;
	int r = blob_rewind(rd->blob);

	while (r == 0) {
		r = blob_read(rd->blob, rd->piece, &len);
		if (r != 0 || len == 0)
			break;
		r = copy_kept(c, v, at, rd->piece, len);
		at += len;
	}
	return r;
}

/* Under an id and a key of its own: the old one opens nothing any more. */
static int
cut_out(const struct intake *in, struct upload *up, struct reading *rd,
    const struct inspect_verdict *v)
{
	struct copy *c = secret_malloc(sizeof(*c));
	struct id id = id_new();
	uint64_t size = size_left(v, up->file.size);
	int r;

	if (c == NULL)
		return -ENOMEM;
	memset(c, 0, sizeof(*c));
	c->left = size;
	r = blob_create(in->st, &id, &c->to);
	if (r == 0)
		r = copy_all(rd, v, c);
	if (r == 0)
		r = blob_delete(in->st, &up->file.id);
	if (r == 0) {
		blob_writer_free(&up->writer);
		up->writer = c->to;
		c->to = NULL;
		up->file.id = id;
		up->file.size = size;
		blob_key(up->writer, up->file.key);
	}
	/* what could not be finished is the next start's to sweep */
	if (c->to != NULL && blob_delete(in->st, &id) != 0)
		log_warning("files", "one that is not needed stays until the "
				     "next start");
	blob_writer_free(&c->to);
	secret_free(c);
	return r;
}

/* ---- all of it ------------------------------------------------------- */

/*
 * Metadata stays, and with it which way up the picture is; what stands behind
 * its end is none, but another file perhaps.
 */
static void
keep_metadata(struct inspect_verdict *v, uint64_t size)
{
	const struct inspect_cut last =
	    v->cuts_n > 0 ? v->cuts[v->cuts_n - 1] : (struct inspect_cut){0};

	v->cuts_n = last.len > 0 && last.at + last.len == size ? 1 : 0;
	v->cuts[0] = last;
	v->orientation = 0;
}

static int
look(struct intake *in, struct upload *up, struct reading *rd)
{
	struct inspect_verdict v;
	int r = inspect_upload(in, up, rd, &v);

	if (r != 0)
		return r;
	in->refusal = v.refusal;
	if (v.refusal != INSPECT_GOOD)
		return INTAKE_REFUSED;
	if (v.kind != (uint8_t)up->file.type)
		return INTAKE_MISMATCH;
	/* as it is seen, not as it lies */
	up->file.width = v.orientation > 4 ? v.height : v.width;
	up->file.height = v.orientation > 4 ? v.width : v.height;
	if (!in->strip)
		keep_metadata(&v, up->file.size);
	return v.cuts_n > 0 ? cut_out(in, up, rd, &v) : 0;
}

int
intake_finish(
    struct intake *in, struct upload *up, const void *data, size_t len)
{
	struct reading *rd = secret_malloc(sizeof(*rd));
	int r;

	if (rd == NULL)
		return -ENOMEM;
	memset(rd, 0, sizeof(*rd));
	r = blob_append(up->writer, data, len, true);
	if (r == 0) {
		up->received += len;
		r = look(in, up, rd);
	}
	blob_reader_free(&rd->blob);
	secret_free(rd);
	if (r == 0)
		r = blob_sync(up->writer);
	if (r != 0)
		return r;
	blob_writer_free(&up->writer);
	up->received = up->file.size;
	up->complete = true;
	return 0;
}

/* ---- words ----------------------------------------------------------- */

static const struct {
	const char *reason;
	const char *words;
} refusals[] = {
    [INSPECT_UNKNOWN] = {"unknown",
	"This is not a file of a kind that can be sent here."},
    [INSPECT_BROKEN] = {"broken", "This file is damaged or incomplete."},
    [INSPECT_ENCRYPTED] = {"encrypted",
	"This document is locked with a password. Please save it without one."},
    [INSPECT_MACROS] = {"macros",
	"This document holds macros. Please save it without them."},
    [INSPECT_PROGRAM] = {"program", "This file holds a program."},
    [INSPECT_PIXELS] = {"pixels", "This picture has too many pixels."},
    [INSPECT_BOMB] = {"bomb", "This file unpacks to far more than it seems."},
    [INSPECT_MIXED] = {"mixed", "This file is two kinds of file at once."},
};

const char *
intake_reason(const struct intake *in, int code)
{
	return code == INTAKE_MISMATCH ? "mismatch"
				       : refusals[in->refusal].reason;
}

const char *
intake_words(const struct intake *in, int code)
{
	return code == INTAKE_MISMATCH
		   ? "What is in this file is not what its name says."
		   : refusals[in->refusal].words;
}
