/* SPDX-License-Identifier: Apache-2.0 */

#include "base/id.h"

#include <string.h>
#include <sodium.h>
#include "base/base32.h"

struct id
id_new(void)
{
	struct id id;

	randombytes_buf(id.b, sizeof(id.b));
	return id;
}

bool
id_equal(const struct id *a, const struct id *b)
{
	return memcmp(a->b, b->b, ID_LEN) == 0;
}

bool
id_is_nil(const struct id *id)
{
	static const struct id nil;

	return id_equal(id, &nil);
}

void
id_text(const struct id *id, char text_r[static ID_TEXT_LEN + 1])
{
	base32_encode(id->b, ID_LEN, text_r);
}

int
id_parse(const char *text, struct id *id_r)
{
	return base32_decode(text, strlen(text), id_r->b, ID_LEN);
}
