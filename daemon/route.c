/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/route.h"

#include <string.h>
#include "base/utf8.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
route_decode(const char *from, size_t len, char *to, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)from[i];

		if (c == '%') {
			int hi = len - i > 2 ? hex(from[i + 1]) : -1;
			int lo = hi >= 0 ? hex(from[i + 2]) : -1;

			if (lo < 0)
				return ROUTE_MALFORMED;
			c = (unsigned char)(hi * 16 + lo);
			i += 2;
		} else if (c >= 0x7f) {
			return ROUTE_MALFORMED;
		}
		if (c < 0x20 || c == 0x7f || n + 1 >= cap)
			return ROUTE_MALFORMED;
		to[n++] = (char)c;
	}
	to[n] = '\0';
	return utf8_valid(to, n) ? 0 : ROUTE_MALFORMED;
}

/* 0, ROUTE_NONE or ROUTE_MALFORMED. */
static int
match_pattern(const char *pattern, const char *path, struct route_match *m)
{
	size_t param = 0;

	while (*pattern == '/' && *path == '/') {
		size_t want = strcspn(++pattern, "/");
		size_t have = strcspn(++path, "/");

		if (have == 0)
			return ROUTE_NONE;
		if (pattern[0] == '{') {
			if (param == ROUTE_PARAMS)
				return ROUTE_NONE;
			if (route_decode(path, have, m->params[param],
				sizeof(m->params[param])) != 0)
				return ROUTE_MALFORMED;
			param++;
		} else if (want != have || memcmp(pattern, path, have) != 0) {
			return ROUTE_NONE;
		}
		pattern += want;
		path += have;
	}
	return *pattern == '\0' && *path == '\0' ? 0 : ROUTE_NONE;
}

static void
add_allow(struct route_match *m, const char *method)
{
	size_t at = strlen(m->allow);
	size_t len = strlen(method);

	if (at + len + 3 > sizeof(m->allow))
		return;
	if (at > 0) {
		memcpy(m->allow + at, ", ", 2);
		at += 2;
	}
	memcpy(m->allow + at, method, len + 1);
}

int
route_find(const struct route *const *tables, const char *method,
    const char *path, struct route_match *m_r)
{
	m_r->allow[0] = '\0';
	for (; *tables != NULL; tables++) {
		for (const struct route *r = *tables; r->method != NULL; r++) {
			int code = match_pattern(r->pattern, path, m_r);

			if (code == ROUTE_MALFORMED)
				return code;
			if (code != 0)
				continue;
			if (strcmp(r->method, method) == 0) {
				m_r->route = r;
				return 0;
			}
			add_allow(m_r, r->method);
		}
	}
	return m_r->allow[0] != '\0' ? ROUTE_METHOD : ROUTE_NONE;
}
