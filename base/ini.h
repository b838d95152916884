/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Lines of a configuration file in the manner of systemd.syntax(7), without
 * its continuation lines: sections in brackets, "key = value", comments on
 * lines of their own. A value is the rest of its line; double quotes around
 * all of it are taken off. Text is UTF-8 without control characters; a line
 * has at most INI_LINE_MAX bytes, a file INI_FILE_MAX.
 *
 * Why not libeconf: docs/architecture.md, "Choices".
 */

#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"

#define INI_LINE_MAX 4096
#define INI_FILE_MAX (1 << 20)

enum ini_event {
	INI_SECTION, /* key and value are NULL */
	INI_VALUE,
	INI_ERROR, /* value says what was expected and found; reading goes on */
};

struct ini_item {
	enum ini_event event;
	unsigned line;
	const char *section; /* "" before the first one */
	const char *key;
	const char *value;
};

/* Called once per line that means something; texts live until it returns. */
typedef int ini_handler(const struct ini_item *item, void *arg);

/*
 * 0, the handler's first non-zero return, or -errno of opening or reading
 * (-EFBIG beyond INI_FILE_MAX).
 */
int ini_read(const char *file, ini_handler *handler, void *arg) PN_NODISCARD;
