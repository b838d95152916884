/* SPDX-License-Identifier: Apache-2.0 */

#include "store/keep.h"

#include <string.h>
#include "store/record.h"

int
keep_fields(struct kv_slice old, struct kv_slice known, struct buf *out)
{
	struct record r = {.at = old.data, .left = old.len};
	struct kv_slice val;
	uint8_t tag;
	int err;

	while (!record_padded(&r) && record_field(&r, &tag, &val)) {
		if (known.len == 0 ||
		    memchr(known.data, tag, known.len) == NULL)
			record_unknown(&r, tag, val, out);
	}
	err = record_error(&r);
	return err != 0 ? err : buf_error(out);
}

int
keep_unknown(
    struct kv_slice old, size_t header, struct kv_slice known, struct buf *out)
{
	struct record r;
	int err;

	record_open(&r, old, 1);
	err = record_error(&r);
	if (err != 0)
		return err;
	if (old.len < header)
		return RECORD_CORRUPT;
	old.data = (const uint8_t *)old.data + header;
	old.len -= header;
	return keep_fields(old, known, out);
}
