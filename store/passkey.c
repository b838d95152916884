/* SPDX-License-Identifier: Apache-2.0 */

#include "store/passkey.h"

#include <string.h>
#include "store/record.h"

size_t
passkey_key_len(unsigned algorithm)
{
	switch (algorithm) {
	case PASSKEY_ES256:
		return 64;
	case PASSKEY_EDDSA:
		return 32;
	case PASSKEY_RS256:
		return 259;
	default:
		return 0;
	}
}

bool
passkey_sound(const struct passkey *p)
{
	return passkey_key_len(p->algorithm) > 0 && p->id_len > 0 &&
	       p->label[0] != '\0';
}

size_t
passkey_len(const struct passkey *p)
{
	return 8 + 4 + 1 + 1 + p->id_len + passkey_key_len(p->algorithm) +
	       strnlen(p->label, PASSKEY_LABEL_MAX);
}

void
passkey_pack(const struct passkey *p, struct buf *b)
{
	buf_add_u64(b, (uint64_t)p->created);
	buf_add_u32(b, p->count);
	buf_add_byte(b, p->algorithm);
	buf_add_byte(b, p->id_len);
	buf_add(b, p->id, p->id_len);
	buf_add(b, p->key, passkey_key_len(p->algorithm));
	buf_add(b, p->label, strnlen(p->label, PASSKEY_LABEL_MAX));
}

int
passkey_open(struct kv_slice val, struct passkey *p_r)
{
	struct record r = {.at = val.data, .left = val.len};

	*p_r = (struct passkey){.created = record_i64(&r)};
	p_r->count = record_u32(&r);
	p_r->algorithm = record_u8(&r);
	p_r->id_len = record_u8(&r);
	record_bytes(&r, p_r->id, p_r->id_len);
	if (record_error(&r) != 0)
		return record_error(&r);
	/* whoever wrote it knew one more */
	if (passkey_key_len(p_r->algorithm) == 0)
		return RECORD_NEWER;
	record_bytes(&r, p_r->key, passkey_key_len(p_r->algorithm));
	if (record_error(&r) != 0 || r.left > PASSKEY_LABEL_MAX)
		return RECORD_CORRUPT;
	record_bytes(&r, p_r->label, r.left);
	return passkey_sound(p_r) ? 0 : RECORD_CORRUPT;
}
