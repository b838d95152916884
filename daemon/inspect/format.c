/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/inspect/format.h"

#include <string.h>

void
finding_refuse(struct finding *f, enum inspect_refusal why)
{
	if (f->v.refusal == INSPECT_GOOD)
		f->v.refusal = (uint8_t)why;
}

void
finding_cut(struct finding *f, uint64_t at, uint64_t len)
{
	struct inspect_cut *last;

	if (len == 0)
		return;
	last = f->v.cuts_n > 0 ? &f->v.cuts[f->v.cuts_n - 1] : NULL;
	if (last != NULL && last->at + last->len == at) {
		last->len += len;
	} else if (f->v.cuts_n == INSPECT_CUTS) {
		finding_refuse(f, INSPECT_BROKEN);
	} else {
		f->v.cuts[f->v.cuts_n].at = at;
		f->v.cuts[f->v.cuts_n++].len = len;
	}
}

void
finding_pixels(struct finding *f, uint32_t width, uint32_t height)
{
	if (width == 0 || height == 0)
		finding_refuse(f, INSPECT_BROKEN);
	else if (width > INSPECT_SIDE_MAX || height > INSPECT_SIDE_MAX ||
		 (uint64_t)width * height > INSPECT_PIXELS_MAX)
		finding_refuse(f, INSPECT_PIXELS);
	f->v.width = width;
	f->v.height = height;
}

void
gather_start(struct gather *g, size_t want)
{
	g->want = want < sizeof(g->data) ? want : sizeof(g->data);
	g->len = 0;
}

bool
gather_take(struct gather *g, const uint8_t **data, size_t *len)
{
	size_t n = g->want - g->len;

	if (n > *len)
		n = *len;
	memcpy(g->data + g->len, *data, n);
	g->len += n;
	*data += n;
	*len -= n;
	return g->len == g->want;
}

uint16_t
le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

uint32_t
le32(const uint8_t *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

uint16_t
be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}
