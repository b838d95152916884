/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"

#include "daemon/inspect/inspect.h"

#include <string.h>
#include "daemon/inspect/format.h"

/* As much as tells kinds apart, and encodings. */
#define HEAD_LEN 32

/* APPNOTE.TXT 4.3.16: how a ZIP ends, wherever it begins. */
#define ZIP_END_LEN 22
#define ZIP_END_COMMENT 20

struct inspect {
	struct finding f;
	uint8_t head[HEAD_LEN];
	size_t head_len;
	bool told; /* its kind */
	uint64_t at;
	uint8_t tail[ZIP_END_LEN - 1];
	size_t tail_len;
	uint64_t zip_end; /* where it says that it does; 0: none */
	union {
		struct pdf pdf;
		struct png png;
		struct jpeg jpeg;
		struct cfb cfb;
		struct zip zip;
		struct csv csv;
	} as;
};

_Static_assert(sizeof(struct inspect) <= INSPECT_STATE_MAX, "its room");

void
inspect_begin(struct inspect *in)
{
	memset(in, 0, sizeof(*in));
}

static bool
starts(const struct inspect *in, const char *with, size_t len)
{
	return in->head_len >= len && memcmp(in->head, with, len) == 0;
}

#define STARTS(in, with) starts(in, with, sizeof(with) - 1)

static enum inspect_kind
kind_of(const struct inspect *in)
{
	if (STARTS(in, "%PDF-1.") || STARTS(in, "%PDF-2."))
		return INSPECT_PDF;
	if (STARTS(in, "\xff\xd8\xff"))
		return INSPECT_JPEG;
	if (STARTS(in, "\x89PNG\r\n\x1a\n"))
		return INSPECT_PNG;
	if (STARTS(in, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
		return INSPECT_DOC;
	if (STARTS(in, "PK\3\4"))
		return INSPECT_DOCX;
	return INSPECT_CSV;
}

static void
begin_kind(struct inspect *in)
{
	in->told = true;
	in->f.v.kind = (uint8_t)kind_of(in);
	switch (in->f.v.kind) {
	case INSPECT_JPEG:
		jpeg_begin(&in->as.jpeg);
		break;
	case INSPECT_PNG:
		png_begin(&in->as.png);
		break;
	case INSPECT_DOC:
		cfb_begin(&in->as.cfb);
		break;
	case INSPECT_DOCX:
		zip_begin(&in->as.zip);
		break;
	case INSPECT_CSV:
		if (STARTS(in, "MZ") ||
		    STARTS(in, "\x7f"
			       "ELF") ||
		    STARTS(in, "#!"))
			finding_refuse(&in->f, INSPECT_PROGRAM);
		csv_begin(&in->as.csv, in->head, in->head_len);
		break;
	default:
		break;
	}
}

static void
feed_kind(struct inspect *in, const uint8_t *data, size_t len)
{
	if (in->f.v.refusal != INSPECT_GOOD)
		return;
	switch (in->f.v.kind) {
	case INSPECT_PDF:
		pdf_feed(&in->as.pdf, &in->f, data, len);
		break;
	case INSPECT_JPEG:
		jpeg_feed(&in->as.jpeg, &in->f, data, len);
		break;
	case INSPECT_PNG:
		png_feed(&in->as.png, &in->f, data, len);
		break;
	case INSPECT_DOC:
		cfb_feed(&in->as.cfb, &in->f, data, len);
		break;
	case INSPECT_DOCX:
		zip_feed(&in->as.zip, &in->f, data, len);
		break;
	default:
		csv_feed(&in->as.csv, &in->f, data, len);
	}
}

static void
end_kind(struct inspect *in)
{
	switch (in->f.v.kind) {
	case INSPECT_PDF:
		pdf_end(&in->as.pdf, &in->f);
		break;
	case INSPECT_JPEG:
		jpeg_end(&in->as.jpeg, &in->f);
		break;
	case INSPECT_PNG:
		png_end(&in->as.png, &in->f);
		break;
	case INSPECT_DOC:
		cfb_end(&in->as.cfb, &in->f);
		break;
	case INSPECT_DOCX:
		zip_end(&in->as.zip, &in->f);
		break;
	default:
		csv_end(&in->as.csv, &in->f);
	}
}

/* ---- a ZIP behind something else --------------------------------------- */

/* In LEN bytes that stand AT; only such ends as lie in them whole. */
static void
note_ends(struct inspect *in, const uint8_t *data, size_t len, uint64_t at)
{
	const uint8_t *end = data + len;
	const uint8_t *p = data;

	while ((size_t)(end - p) >= ZIP_END_LEN &&
	       (p = memmem(p, (size_t)(end - p), "PK\5\6", 4)) != NULL &&
	       (size_t)(end - p) >= ZIP_END_LEN) {
		in->zip_end = at + (uint64_t)(p - data) + ZIP_END_LEN +
			      le16(p + ZIP_END_COMMENT);
		p++;
	}
}

/* Its readers look for its end from the file's end on. */
static void
look_for_zip(struct inspect *in, const uint8_t *data, size_t len)
{
	uint8_t seam[2 * (ZIP_END_LEN - 1)];
	size_t more = len < ZIP_END_LEN - 1 ? len : ZIP_END_LEN - 1;
	size_t all = in->tail_len + more;
	size_t keep = all < ZIP_END_LEN - 1 ? all : ZIP_END_LEN - 1;

	memcpy(seam, in->tail, in->tail_len);
	memcpy(seam + in->tail_len, data, more);
	note_ends(in, seam, all, in->at - in->tail_len);
	note_ends(in, data, len, in->at);
	/* the last bytes of either, as there may be few */
	if (len > more)
		memcpy(in->tail, data + len - keep, keep);
	else
		memcpy(in->tail, seam + all - keep, keep);
	in->tail_len = keep;
	in->at += len;
}

/* ---- all of it --------------------------------------------------------- */

void
inspect_feed(struct inspect *in, const void *data, size_t len)
{
	const uint8_t *at = data;
	size_t n = HEAD_LEN - in->head_len;

	look_for_zip(in, at, len);
	if (!in->told) {
		if (n > len)
			n = len;
		memcpy(in->head + in->head_len, at, n);
		in->head_len += n;
		if (in->head_len < HEAD_LEN)
			return;
		begin_kind(in);
		feed_kind(in, in->head, in->head_len);
		at += n;
		len -= n;
	}
	feed_kind(in, at, len);
}

void
inspect_end(struct inspect *in, struct inspect_verdict *v_r)
{
	if (!in->told) {
		begin_kind(in);
		feed_kind(in, in->head, in->head_len);
	}
	end_kind(in);
	if (in->f.v.kind != INSPECT_DOCX && in->zip_end == in->at && in->at > 0)
		finding_refuse(&in->f, INSPECT_MIXED);
	memset(v_r, 0, sizeof(*v_r));
	if (in->f.v.refusal == INSPECT_GOOD)
		*v_r = in->f.v;
	v_r->refusal = in->f.v.refusal;
}
