/* SPDX-License-Identifier: Apache-2.0 */

#include "base/ini.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/utf8.h"

struct ini {
	ini_handler *handler;
	void *arg;
	unsigned line;
	bool lost; /* below a section line that made no sense */
	char section[INI_LINE_MAX];
};

static int
ini_tell(
    struct ini *ini, enum ini_event event, const char *key, const char *value)
{
	struct ini_item item = {.event = event,
	    .line = ini->line,
	    .section = ini->section,
	    .key = key,
	    .value = value};

	return ini->handler(&item, ini->arg);
}

/* Cuts blanks off both ends, in place. */
static char *
trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL)
		len--;
	text[len] = '\0';
	return text;
}

static int
ini_section(struct ini *ini, char *text)
{
	size_t len = strlen(text);
	char *name;

	ini->lost = true;
	if (text[len - 1] != ']')
		return ini_tell(ini, INI_ERROR, NULL,
		    "expected ']' at the end of the section's line");
	text[len - 1] = '\0';
	name = trim(text + 1);
	if (*name == '\0' || strpbrk(name, "[]") != NULL)
		return ini_tell(ini, INI_ERROR, NULL,
		    "expected a section's name in the brackets");
	ini->lost = false;
	(void)snprintf(ini->section, sizeof(ini->section), "%s", name);
	return ini_tell(ini, INI_SECTION, NULL, NULL);
}

static int
ini_pair(struct ini *ini, char *text)
{
	char *equals = strchr(text, '=');
	char *key, *value;
	size_t len;

	if (equals == NULL)
		return ini_tell(ini, INI_ERROR, NULL,
		    "expected \"key = value\", found no '='");
	*equals = '\0';
	key = trim(text);
	value = trim(equals + 1);
	if (*key == '\0')
		return ini_tell(ini, INI_ERROR, NULL,
		    "expected \"key = value\", found no key before '='");
	len = strlen(value);
	if (value[0] != '"')
		return ini_tell(ini, INI_VALUE, key, value);
	if (len < 2 || value[len - 1] != '"')
		return ini_tell(ini, INI_ERROR, key,
		    "expected '\"' at the end of a value that begins with one");
	value[len - 1] = '\0';
	return ini_tell(ini, INI_VALUE, key, value + 1);
}

static int
ini_line(struct ini *ini, const char *data, size_t len)
{
	char copy[INI_LINE_MAX];
	char *text;

	if (len >= sizeof(copy))
		return ini_tell(ini, INI_ERROR, NULL,
		    "expected a line of less than 4096 bytes");
	memcpy(copy, data, len);
	copy[len] = '\0';
	for (size_t i = 0; i < len; i++)
		if (copy[i] == '\t' || (copy[i] == '\r' && i + 1 == len))
			copy[i] = ' ';
	if (!utf8_valid(copy, len))
		return ini_tell(ini, INI_ERROR, NULL,
		    "expected UTF-8 text, found other bytes");
	if (utf8_has_control(copy, len))
		return ini_tell(ini, INI_ERROR, NULL,
		    "expected plain text, found a control character");
	text = trim(copy);
	if (*text == '\0' || *text == '#' || *text == ';')
		return 0;
	if (*text == '[')
		return ini_section(ini, text);
	return ini->lost ? 0 : ini_pair(ini, text);
}

static int
ini_slurp(const char *file, struct buf *b)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char chunk[8192];
	ssize_t n;
	int r = 0;

	if (fd < 0)
		return -errno;
	while (r == 0 && (n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n > 0)
			buf_add(b, chunk, (size_t)n);
		else if (errno != EINTR)
			r = -errno;
		if (r == 0)
			r = buf_error(b);
	}
	(void)close(fd);
	return r == -EMSGSIZE ? -EFBIG : r;
}

int
ini_read(const char *file, ini_handler *handler, void *arg)
{
	struct ini ini = {.handler = handler, .arg = arg};
	buf_auto struct buf b = {0};
	const char *at;
	size_t left;
	int r;

	buf_init(&b, INI_FILE_MAX);
	r = ini_slurp(file, &b);
	at = (const char *)b.data;
	left = b.len;
	while (r == 0 && left > 0) {
		const char *end = memchr(at, '\n', left);
		size_t len = end == NULL ? left : (size_t)(end - at);

		ini.line++;
		r = ini_line(&ini, at, len);
		len += end == NULL ? 0 : 1;
		at += len;
		left -= len;
	}
	return r;
}
