/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include "base/attr.h"
#include "daemon/inspect/format.h"
#include "daemon/inspect/tail.h"

#define END_WITHIN 1024 /* bytes of the end: what readers look through */

static const char end_mark[] = "%%EOF";
#define END_LEN (sizeof(end_mark) - 1)

/* Where the last end mark in the first LEN of AHEAD bytes is; -1: nowhere. */
static int64_t
find_end(const uint8_t *data, size_t len, size_t ahead)
{
	const uint8_t *p = data;
	int64_t found = -1;

	while ((p = memchr(p, '%', len - (size_t)(p - data))) != NULL) {
		if (ahead - (size_t)(p - data) >= END_LEN &&
		    memcmp(p, end_mark, END_LEN) == 0)
			found = p - data;
		p++;
	}
	return found;
}

/*
 * Nothing inside is looked at: a reader of PDF is far more than this child
 * could be, and an encrypted one is as good as any.
 */
enum inspect_refusal
pdf_inspect(struct source *s)
{
	uint64_t size = s->from.size;
	uint64_t end = 0;
	bool zip = false;
	uint8_t version[8]; /* %PDF-1.4 */

	source_take(s, version, sizeof(version));
	if (source_short(s) || (version[5] != '1' && version[5] != '2') ||
	    version[6] != '.' || version[7] < '0' || version[7] > '9')
		return INSPECT_BROKEN;
	for (;;) {
		const uint8_t *data;
		size_t ahead = source_peek(s, SOURCE_AHEAD, &data);
		size_t len =
		    ahead < SOURCE_AHEAD ? ahead : ahead - TAIL_OVERLAP;
		int64_t found = find_end(data, len, ahead);

		if (ahead == 0)
			break;
		if (found >= 0)
			end = s->at + (uint64_t)found;
		zip = zip || tail_has_zip(data, len, ahead, s->at, size, false);
		source_skip(s, len);
	}
	if (zip)
		return INSPECT_MIXED;
	return end > 0 && size - end <= END_WITHIN ? INSPECT_GOOD
						   : INSPECT_BROKEN;
}
