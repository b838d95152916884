/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/caps.h"

#include <string.h>
#include <strings.h>
#include "base/attr.h"

#define PREFACE_LINES 10
#define BOUNDARY_LINES (2 * CAPS_PARTS_MAX)
#define FIELDS_MAX (CAPS_HEADER_LINES + 100)
#define COLONS_MAX 250
#define LONG_FIELD 1000
#define LONG_FIELDS_MAX ((size_t)64 * 1024)

static unsigned
colons(const uint8_t *line, size_t n)
{
	unsigned found = 0;

	for (size_t i = 0; i < n; i++)
		found += line[i] == ':' ? 1 : 0;
	return found;
}

static size_t
line_length(const uint8_t *data, size_t len)
{
	const uint8_t *end = memchr(data, '\n', len);

	return end == NULL ? len : (size_t)(end - data) + 1;
}

/*
 * GMime's address parser recurses without limit, by groups in groups, so no
 * field may be long, not even folded over many lines, or have many colons.
 */
bool
caps_header_fits(const uint8_t *data, size_t len)
{
	size_t lines = 0;
	size_t field = 0;
	unsigned groups = 0;

	for (size_t i = 0; i < len;) {
		size_t n = line_length(data + i, len - i);

		if (data[i] == '\n' || (data[i] == '\r' && n == 2))
			return true;
		if (data[i] != ' ' && data[i] != '\t') {
			field = 0;
			groups = 0;
		}
		field += n;
		groups += colons(data + i, n);
		i += n;
		if (groups > COLONS_MAX || field > CAPS_LINE_MAX ||
		    i > CAPS_HEADER_MAX || ++lines > CAPS_HEADER_LINES)
			return false;
	}
	return true;
}

/* Is the line of N bytes "name: ..."? */
static bool
is_field(const uint8_t *line, size_t n)
{
	size_t i = 0;

	while (i < n && line[i] > ' ' && line[i] < 0x7f && line[i] != ':')
		i++;
	return i > 0 && i < n && line[i] == ':';
}

static bool
line_says(const uint8_t *line, size_t n, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= n; i++)
		if (strncasecmp((const char *)line + i, word, len) == 0)
			return true;
	return false;
}

/* Where GMime reads a header, or more than that. */
struct headers {
	unsigned left; /* before a body comes */
	bool digest;
};

static void
headers_step(struct headers *h, const uint8_t *line, size_t n)
{
	if (n > 2 && line[0] == '-' && line[1] == '-') {
		h->left = h->digest ? 2 : 1;
	} else if (h->left > 0) {
		if (line[0] == '\n' || (line[0] == '\r' && n == 2))
			h->left--;
		else if (line_says(line, n, "message/"))
			h->left = 2;
		else if (line_says(line, n, "digest"))
			h->digest = true;
	}
}

/*
 * LEN up to where no mail that can be read goes on. GMime makes parts out of
 * all boundaries there are, and addresses out of all fields, those of returned
 * mails too: both cost it much more than their bytes. What it gathers of one
 * field, or of a line that is none, costs the square of its length.
 */
size_t
caps_cut(const uint8_t *data, size_t len)
{
	struct headers headers = {.left = 1};
	unsigned boundaries = 0;
	unsigned fields = 0;
	size_t begin = 0; /* of what may go on here */
	size_t spent = 0;
	size_t field = 0;
	unsigned groups = 0;

	for (size_t i = 0; i < len;) {
		size_t n = line_length(data + i, len - i);

		if (data[i] != ' ' && data[i] != '\t') {
			spent += field > LONG_FIELD ? field : 0;
			field = 0;
			groups = 0;
			begin = i;
		}
		if (i == begin ? is_field(data + i, n) : field > 0) {
			fields += i == begin ? 1 : 0;
			field += n;
			groups += colons(data + i, n);
		}
		if (spent + field > LONG_FIELDS_MAX || groups > COLONS_MAX ||
		    fields > FIELDS_MAX ||
		    (headers.left > 0 && i + n - begin > CAPS_LINE_MAX))
			return begin;
		headers_step(&headers, data + i, n);
		if (n > 2 && data[i] == '-' && data[i + 1] == '-' &&
		    ++boundaries > BOUNDARY_LINES)
			return i;
		i += n;
	}
	return len;
}

/*
 * mbox files put a line of their own before the header, and some programs a
 * few more; GMime takes none of them. If no header comes, all stays.
 */
void
caps_skip_preface(const uint8_t **data, size_t *len)
{
	const uint8_t *at = *data;
	size_t left = *len;

	for (unsigned i = 0; i < PREFACE_LINES; i++) {
		const uint8_t *end = memchr(at, '\n', left);

		if (end == NULL)
			return;
		if (is_field(at, (size_t)(end - at))) {
			*data = at;
			*len = left;
			return;
		}
		left -= (size_t)(end + 1 - at);
		at = end + 1;
	}
}

/* mbox(5): the line before the header names the envelope sender. */
bool
caps_mbox_null(const uint8_t *data, size_t len)
{
	static const char *const lines[] = {"From MAILER-DAEMON", "From <>"};

	for (size_t i = 0; i < PN_ARRAY_LEN(lines); i++)
		if (len > strlen(lines[i]) &&
		    memcmp(data, lines[i], strlen(lines[i])) == 0)
			return true;
	return false;
}

/* Some old systems end lines with CR alone. */
bool
caps_cr_only(const uint8_t *data, size_t len)
{
	const uint8_t *cr = memchr(data, '\r', len);

	return cr != NULL && memchr(data, '\n', len) == NULL;
}

void
caps_cr_to_lf(struct buf *copy, const uint8_t *data, size_t len)
{
	buf_init(copy, len);
	buf_add(copy, data, len);
	for (size_t i = 0; i < copy->len; i++)
		if (copy->data[i] == '\r')
			copy->data[i] = '\n';
}
