/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"

#include "daemon/inspect/format.h"

#include <string.h>

#define END "%%EOF"

/* Readers look for the end among the last 1,024 bytes. */
void
pdf_feed(struct pdf *p, struct finding *f, const uint8_t *data, size_t len)
{
	size_t keep;

	(void)f;
	if (len > sizeof(p->tail)) {
		data += len - sizeof(p->tail);
		len = sizeof(p->tail);
	}
	keep = sizeof(p->tail) - len;
	if (keep > p->len)
		keep = p->len;
	memmove(p->tail, p->tail + p->len - keep, keep);
	memcpy(p->tail + keep, data, len);
	p->len = keep + len;
}

void
pdf_end(struct pdf *p, struct finding *f)
{
	if (memmem(p->tail, p->len, END, sizeof(END) - 1) == NULL)
		finding_refuse(f, INSPECT_BROKEN);
}
