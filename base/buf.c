/* SPDX-License-Identifier: Apache-2.0 */

#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void
buf_fini(struct buf *b)
{
	if (b->data != NULL)
		sodium_memzero(b->data, b->cap);
	free(b->data);
	*b = (struct buf){.max = b->max};
}

void
buf_reset(struct buf *b)
{
	if (b->data != NULL)
		sodium_memzero(b->data, b->cap);
	b->len = 0;
	b->err = 0;
}

/* realloc() would leave an unwiped copy behind. */
static int
buf_reserve(struct buf *b, size_t need)
{
	size_t cap = b->cap == 0 ? 128 : b->cap;
	uint8_t *data;

	if (need < b->cap)
		return 0;
	while (cap <= need)
		cap *= 2;
	data = malloc(cap);
	if (data == NULL)
		return -ENOMEM;
	if (b->data != NULL) {
		memcpy(data, b->data, b->len);
		sodium_memzero(b->data, b->cap);
		free(b->data);
	}
	b->data = data;
	b->cap = cap;
	return 0;
}

uint8_t *
buf_grow(struct buf *b, size_t len)
{
	uint8_t *at;

	if (b->err != 0)
		return NULL;
	if (len > b->max || b->len > b->max - len) {
		b->err = -EMSGSIZE;
		return NULL;
	}
	b->err = buf_reserve(b, b->len + len);
	if (b->err != 0)
		return NULL;
	at = b->data + b->len;
	b->len += len;
	b->data[b->len] = '\0';
	return at;
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	uint8_t *at = buf_grow(b, len);

	if (at != NULL && len > 0)
		memcpy(at, data, len);
}

void
buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_add_byte(struct buf *b, uint8_t v)
{
	buf_add(b, &v, 1);
}

static void
buf_add_be(struct buf *b, uint64_t v, size_t len)
{
	uint8_t *at = buf_grow(b, len);

	for (size_t i = 0; at != NULL && i < len; i++)
		at[i] = (uint8_t)(v >> (8 * (len - 1 - i)));
}

void
buf_add_u16(struct buf *b, uint16_t v)
{
	buf_add_be(b, v, 2);
}

void
buf_add_u32(struct buf *b, uint32_t v)
{
	buf_add_be(b, v, 4);
}

void
buf_add_u64(struct buf *b, uint64_t v)
{
	buf_add_be(b, v, 8);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	uint8_t *at;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	at = buf_grow(b, (size_t)n);
	if (at == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf((char *)at, (size_t)n + 1, fmt, ap);
	va_end(ap);
}

int
buf_error(const struct buf *b)
{
	return b->err;
}
