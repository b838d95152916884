/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/cookie.h"

#include <stdio.h>
#include <string.h>

static bool
is_base32(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!(text[i] >= 'a' && text[i] <= 'z') &&
		    !(text[i] >= '2' && text[i] <= '7'))
			return false;
	}
	return true;
}

bool
cookie_find(
    const char *header, size_t len, const char *name, size_t size, char *to)
{
	const char *end = header + len;
	size_t name_len = strlen(name);
	unsigned found = 0;
	bool good = false;

	while (header < end) {
		const char *stop = memchr(header, ';', (size_t)(end - header));
		size_t n = (size_t)((stop != NULL ? stop : end) - header);

		if (n > name_len && memcmp(header, name, name_len) == 0 &&
		    header[name_len] == '=') {
			found++;
			good = n == name_len + 1 + size &&
			       is_base32(header + name_len + 1, size);
			if (good)
				memcpy(to, header + name_len + 1, size);
		}
		header += n + 1;
		while (header < end && *header == ' ')
			header++;
	}
	/* of two nobody knows which is meant */
	good = good && found == 1;
	to[good ? size : 0] = '\0';
	return good;
}

void
cookie_text(const char *name, const char *value, long seconds,
    char text_r[static COOKIE_TEXT_MAX])
{
	char age[32] = "";

	if (seconds >= 0)
		(void)snprintf(age, sizeof(age), "; Max-Age=%ld", seconds);
	(void)snprintf(text_r, COOKIE_TEXT_MAX,
	    "%s=%s; Path=/; Secure; HttpOnly; SameSite=Lax%s", name, value,
	    age);
}
