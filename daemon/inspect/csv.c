/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include "base/attr.h"
#include "daemon/inspect/format.h"

#define START_LEN 5 /* of the longest start that tells something else */
#define DELETE 0x7f
#define NO_CHARACTER 0xfffe /* and the one behind it: UTF-16 has neither */

enum coding {
	CODING_BYTES, /* UTF-8, or any with ASCII in it: Windows-1252, ... */
	CODING_LE,    /* UTF-16 */
	CODING_BE,
};

struct text {
	enum coding coding;
	bool half; /* a surrogate waits for its other half */
	size_t start_n;
	uint8_t start[START_LEN]; /* of it, behind blanks */
};

/* With a mark, or ASCII in every other byte. */
static enum coding
tell_coding(struct source *s)
{
	const uint8_t *d;
	size_t n = source_peek(s, 4, &d);

	if (source_is(s, "\xef\xbb\xbf", 3)) {
		source_skip(s, 3);
		return CODING_BYTES;
	}
	if (source_is(s, "\xff\xfe", 2) || source_is(s, "\xfe\xff", 2)) {
		enum coding c = d[0] == 0xff ? CODING_LE : CODING_BE;

		source_skip(s, 2);
		return c;
	}
	if (n == 4 && d[0] != 0 && d[1] == 0 && d[2] != 0 && d[3] == 0)
		return CODING_LE;
	if (n == 4 && d[0] == 0 && d[1] != 0 && d[2] == 0 && d[3] != 0)
		return CODING_BE;
	return CODING_BYTES;
}

static bool
is_blank(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

/* A byte, or a unit of UTF-16. */
static bool
add_character(struct text *t, uint32_t c)
{
	bool second = c >= 0xdc00 && c <= 0xdfff;

	if ((c < ' ' && !is_blank(c)) || c == DELETE || c >= NO_CHARACTER ||
	    t->half != second)
		return false;
	t->half = c >= 0xd800 && c <= 0xdbff;
	if (t->start_n < START_LEN && (t->start_n > 0 || !is_blank(c)))
		t->start[t->start_n++] = c < DELETE ? (uint8_t)c : DELETE;
	return true;
}

static bool
add_units(struct text *t, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		if (!add_character(t, t->coding == CODING_LE
					  ? le16_at(data + i)
					  : be16_at(data + i)))
			return false;
	}
	return true;
}

static bool
add_bytes(struct text *t, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!add_character(t, data[i]))
			return false;
	}
	return true;
}

/* Markup of any kind; a value below a limit ("<5") is none. */
static bool
is_markup(const struct text *t)
{
	uint8_t c = t->start_n > 1 ? t->start[1] : 0;

	return t->start[0] == '<' &&
	       ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '!' ||
		   c == '?' || c == '%' || c == '/');
}

/* What some program would take for its own. */
static bool
is_other(const struct text *t)
{
	static const char *const starts[] = {"#!", "%PDF", "%!PS", "{\\rtf"};

	for (size_t i = 0; i < PN_ARRAY_LEN(starts); i++) {
		size_t len = strlen(starts[i]);

		if (t->start_n >= len && memcmp(t->start, starts[i], len) == 0)
			return true;
	}
	return is_markup(t);
}

enum inspect_refusal
csv_inspect(struct source *s)
{
	struct text t = {.coding = tell_coding(s)};
	const uint8_t *data;
	size_t n;

	if (t.coding != CODING_BYTES && source_left(s) % 2 != 0)
		return INSPECT_UNKNOWN;
	/* SOURCE_AHEAD is even: no unit is ever cut in two */
	while ((n = source_peek(s, SOURCE_AHEAD, &data)) > 0) {
		if (!(t.coding == CODING_BYTES ? add_bytes(&t, data, n)
					       : add_units(&t, data, n)))
			return INSPECT_UNKNOWN;
		source_skip(s, n);
	}
	return t.half || is_other(&t) ? INSPECT_UNKNOWN : INSPECT_GOOD;
}
