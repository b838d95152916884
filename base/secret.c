/* SPDX-License-Identifier: Apache-2.0 */

#include "base/secret.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

int
secret_set(struct secret *s, const void *data, size_t len)
{
	uint8_t *copy;

	if (len == SIZE_MAX)
		return -ENOMEM;
	copy = malloc(len + 1);
	if (copy == NULL)
		return -ENOMEM;
	if (len > 0)
		memcpy(copy, data, len);
	copy[len] = '\0';
	s->data = copy;
	s->len = len;
	return 0;
}

int
secret_replace(struct secret *s, const char *text)
{
	struct secret fresh = {0};
	int r;

	if (text == NULL)
		return 0;
	r = secret_set(&fresh, text, strlen(text));
	if (r != 0)
		return r;
	secret_fini(s);
	*s = fresh;
	return 0;
}

struct secret
secret_take(struct secret *from)
{
	struct secret taken = *from;

	*from = (struct secret){0};
	return taken;
}

void
secret_fini(struct secret *s)
{
	if (s->data != NULL)
		sodium_memzero(s->data, s->len);
	free(s->data);
	*s = (struct secret){0};
}

const char *
secret_text(const struct secret *s)
{
	return s->data == NULL ? "" : (const char *)s->data;
}

void *
secret_malloc(size_t len)
{
	return malloc(len);
}

void
secret_free(void *p)
{
	if (p == NULL)
		return;
	sodium_memzero(p, malloc_usable_size(p));
	free(p);
}
