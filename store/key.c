/* SPDX-License-Identifier: Apache-2.0 */

#include "store/key.h"

#include <stdlib.h>
#include <string.h>

void
key_add(struct key *k, const void *data, size_t len)
{
	if (len > sizeof(k->b) - k->len)
		abort();
	memcpy(k->b + k->len, data, len);
	k->len += len;
}

void
key_add_byte(struct key *k, uint8_t v)
{
	key_add(k, &v, 1);
}

static void
key_add_be(struct key *k, uint64_t v, size_t len)
{
	for (size_t i = 0; i < len; i++)
		key_add_byte(k, (uint8_t)(v >> (8 * (len - 1 - i))));
}

void
key_add_u32(struct key *k, uint32_t v)
{
	key_add_be(k, v, 4);
}

void
key_add_u64(struct key *k, uint64_t v)
{
	key_add_be(k, v, 8);
}

void
key_add_id(struct key *k, const struct id *id)
{
	key_add(k, id->b, ID_LEN);
}

struct key
key_of_id(const struct id *id)
{
	struct key k = {.len = 0};

	key_add_id(&k, id);
	return k;
}

struct key
key_of_number(uint64_t number)
{
	struct key k = {.len = 0};

	key_add_u64(&k, number);
	return k;
}

struct kv_slice
key_slice(const struct key *k)
{
	return (struct kv_slice){.data = k->b, .len = k->len};
}

uint64_t
key_number(struct kv_slice key)
{
	const uint8_t *b = key.data;
	uint64_t v = 0;

	if (key.len != 8)
		return 0;
	for (size_t i = 0; i < 8; i++)
		v = v << 8 | b[i];
	return v;
}

struct key
key_past(const struct key *k)
{
	struct key past = *k;

	while (past.len > 0 && past.b[past.len - 1] == 0xff)
		past.len--;
	if (past.len > 0)
		past.b[past.len - 1]++;
	return past;
}
