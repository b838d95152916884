/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/inspect/inspect.h"

#include <string.h>
#include "daemon/inspect/compound.h"
#include "daemon/inspect/format.h"

const size_t inspect_room = sizeof(struct inspect_room);

static const uint8_t png_start[] = {0x89, 'P', 'N', 'G', '\r', '\n', 26, '\n'};

static enum inspect_kind
tell_kind(struct source *s)
{
	if (source_is(s, "%PDF-", 5))
		return INSPECT_PDF;
	if (source_is(s, "\xff\xd8\xff", 3))
		return INSPECT_JPEG;
	if (source_is(s, png_start, sizeof(png_start)))
		return INSPECT_PNG;
	if (source_is(s, compound_start, sizeof(compound_start)))
		return INSPECT_DOC;
	if (source_is(s, "PK\3\4", 4))
		return INSPECT_DOCX;
	return INSPECT_CSV;
}

static enum inspect_refusal
look(struct inspect_room *room, enum inspect_kind kind,
    struct inspect_verdict *v)
{
	struct source *s = &room->source;

	switch (kind) {
	case INSPECT_PDF:
		return pdf_inspect(s);
	case INSPECT_JPEG:
		return jpeg_inspect(s, v);
	case INSPECT_PNG:
		return png_inspect(s, v);
	case INSPECT_DOC:
		return doc_inspect(s);
	case INSPECT_DOCX:
		return docx_inspect(s, &room->zip);
	case INSPECT_CSV:
		return csv_inspect(s);
	}
	return INSPECT_UNKNOWN;
}

void
inspect(const struct inspect_source *source, void *room,
    struct inspect_verdict *v_r)
{
	struct inspect_room *r = room;
	struct inspect_verdict v;
	enum inspect_refusal why = INSPECT_UNKNOWN;

	/* all of it, as it is sent on: there is padding in some */
	memset(&v, 0, sizeof(v));
	memset(v_r, 0, sizeof(*v_r));
	source_init(&r->source, source);
	if (source->size > 0) {
		v.kind = (uint8_t)tell_kind(&r->source);
		why = look(r, (enum inspect_kind)v.kind, &v);
	}
	if (why == INSPECT_GOOD)
		memcpy(v_r, &v, sizeof(v));
	v_r->refusal = (uint8_t)why;
}

enum inspect_refusal
pixels_check(const struct inspect_verdict *v)
{
	if (v->width == 0 || v->height == 0)
		return INSPECT_BROKEN;
	return v->width > INSPECT_SIDE_MAX || v->height > INSPECT_SIDE_MAX ||
		       (uint64_t)v->width * v->height > INSPECT_PIXELS_MAX
		   ? INSPECT_PIXELS
		   : INSPECT_GOOD;
}

bool
cut_add(struct inspect_verdict *v, uint64_t at, uint64_t len)
{
	struct inspect_cut *last = v->cuts + v->cuts_n - 1;

	if (len == 0)
		return true;
	if (v->cuts_n > 0 && last->at + last->len == at) {
		last->len += len;
		return true;
	}
	if (v->cuts_n == INSPECT_CUTS)
		return false;
	v->cuts[v->cuts_n++] = (struct inspect_cut){at, len};
	return true;
}
