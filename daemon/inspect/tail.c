/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/inspect/tail.h"

#include <string.h>
#include "daemon/inspect/source.h"

#define COMMENT_MAX 65535
#define COMMENT_LEN_AT 20

bool
tail_has_zip(const uint8_t *data, size_t len, size_t ahead, uint64_t at,
    uint64_t size, bool exact)
{
	static const uint8_t start[] = {'P', 'K', 5, 6};
	const uint8_t *p = data;

	while ((p = memchr(p, 'P', len - (size_t)(p - data))) != NULL) {
		size_t off = (size_t)(p - data);
		uint64_t behind = size - (at + off);

		if (ahead - off >= TAIL_OVERLAP &&
		    memcmp(p, start, sizeof(start)) == 0 &&
		    (exact ? behind == TAIL_OVERLAP +
					   (uint64_t)le16_at(p + COMMENT_LEN_AT)
			   : behind <= TAIL_OVERLAP + COMMENT_MAX))
			return true;
		p++;
	}
	return false;
}
