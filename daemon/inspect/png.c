/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/inspect/format.h"

#include <string.h>

enum state {
	SIGNATURE,
	HEAD,   /* length and name of a chunk */
	HEADER, /* what is in IHDR */
	DATA,
	CHECK, /* CRC */
	AFTER, /* IEND */
};

#define HEAD_LEN 8
#define HEADER_LEN 13
#define CHUNK_MAX UINT32_C(0x7fffffff)

void
png_begin(struct png *p)
{
	p->state = SIGNATURE;
	gather_start(&p->g, HEAD_LEN);
}

/* Without these a picture looks otherwise; the rest only tells. */
static bool
draws(const uint8_t *name)
{
	static const char words[] = "PLTEIDATtRNSgAMAcHRMsRGBiCCPsBITpHYsbKGD";

	for (size_t i = 0; i + 4 < sizeof(words); i += 4) {
		if (memcmp(words + i, name, 4) == 0)
			return true;
	}
	return false;
}

static void
start_chunk(struct png *p, struct finding *f)
{
	const uint8_t *name = p->g.data + 4;
	bool header = memcmp(name, "IHDR", 4) == 0;
	/* an upper-case letter says that there is no drawing without it */
	bool critical = (name[0] & 0x20) == 0;

	p->left = be32(p->g.data);
	p->crc = (uint32_t)crc32(0, name, 4);
	p->end = memcmp(name, "IEND", 4) == 0;
	p->cut = !header && !p->end && !draws(name);
	if (p->left > CHUNK_MAX || header == p->header ||
	    (header && p->left != HEADER_LEN) || (critical && p->cut) ||
	    (p->end && (p->left != 0 || !p->data)))
		finding_refuse(f, INSPECT_BROKEN);
	if (memcmp(name, "IDAT", 4) == 0)
		p->data = true;
	p->header = true;
	p->state = header ? HEADER : DATA;
	gather_start(&p->g, HEADER_LEN);
}

static void
end_chunk(struct png *p, struct finding *f)
{
	if (be32(p->g.data) != p->crc)
		finding_refuse(f, INSPECT_BROKEN);
	if (p->cut)
		finding_cut(f, p->begun, f->at - p->begun);
	p->state = p->end ? AFTER : HEAD;
	gather_start(&p->g, HEAD_LEN);
}

static void
gathered(struct png *p, struct finding *f)
{
	switch (p->state) {
	case HEAD:
		start_chunk(p, f);
		break;
	case HEADER:
		p->crc = (uint32_t)crc32(p->crc, p->g.data, HEADER_LEN);
		finding_pixels(f, be32(p->g.data), be32(p->g.data + 4));
		p->state = CHECK;
		gather_start(&p->g, 4);
		break;
	case CHECK:
		end_chunk(p, f);
		break;
	default: /* the signature is how it was told */
		p->state = HEAD;
		gather_start(&p->g, HEAD_LEN);
	}
}

static size_t
skip_data(struct png *p, const uint8_t *data, size_t len)
{
	size_t n = p->left < len ? (size_t)p->left : len;

	p->crc = (uint32_t)crc32(p->crc, data, (uInt)n);
	p->left -= n;
	if (p->left == 0) {
		p->state = CHECK;
		gather_start(&p->g, 4);
	}
	return n;
}

void
png_feed(struct png *p, struct finding *f, const uint8_t *data, size_t len)
{
	const uint8_t *end = data + len;

	while (f->v.refusal == INSPECT_GOOD && data < end) {
		const uint8_t *from = data;
		size_t left = (size_t)(end - data);

		if (p->state == AFTER) {
			finding_cut(f, f->at, left);
			f->at += left;
			return;
		}
		if (p->state == HEAD && p->g.len == 0)
			p->begun = f->at;
		if (p->state == DATA) {
			size_t n = skip_data(p, data, left);

			data += n;
			f->at += n;
		} else {
			bool all = gather_take(&p->g, &data, &left);

			f->at += (uint64_t)(data - from);
			if (all)
				gathered(p, f);
		}
	}
}

void
png_end(const struct png *p, struct finding *f)
{
	if (p->state != AFTER)
		finding_refuse(f, INSPECT_BROKEN);
}
