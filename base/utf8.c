/* SPDX-License-Identifier: Apache-2.0 */

#include "base/utf8.h"

#include <stdint.h>

size_t
utf8_next(const char *text, size_t len, uint32_t *code_r)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t first = (uint8_t)text[0];
	size_t n;
	uint32_t code;

	if (first < 0x80) {
		*code_r = first;
		return 1;
	}
	if (first >= 0xc2 && first <= 0xdf)
		n = 2;
	else if (first >= 0xe0 && first <= 0xef)
		n = 3;
	else if (first >= 0xf0 && first <= 0xf4)
		n = 4;
	else
		return 0;
	if (n > len)
		return 0;
	code = first & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		uint8_t c = (uint8_t)text[i];

		if ((c & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (c & 0x3fU);
	}
	if (code < least[n] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*code_r = code;
	return n;
}

void
utf8_add(struct buf *b, uint32_t code)
{
	unsigned more = code < 0x80      ? 0
			: code < 0x800   ? 1
			: code < 0x10000 ? 2
					 : 3;
	static const uint8_t first[] = {0, 0xc0, 0xe0, 0xf0};

	buf_add_byte(b, (uint8_t)(first[more] | code >> (6 * more)));
	while (more-- > 0)
		buf_add_byte(b, (uint8_t)(0x80 | (code >> (6 * more) & 0x3f)));
}

static bool
utf8_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) ||
	       code == 0x061c || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

bool
utf8_valid(const char *text, size_t len)
{
	uint32_t code;

	while (len > 0) {
		size_t n = utf8_next(text, len, &code);

		if (n == 0)
			return false;
		text += n;
		len -= n;
	}
	return true;
}

bool
utf8_has_control(const char *text, size_t len)
{
	uint32_t code;

	while (len > 0) {
		size_t n = utf8_next(text, len, &code);

		if (n == 0 || utf8_is_control(code))
			return true;
		text += n;
		len -= n;
	}
	return false;
}

void
utf8_add_visible(struct buf *b, const char *text, size_t len)
{
	uint32_t code;

	while (len > 0) {
		size_t n = utf8_next(text, len, &code);
		bool plain = n > 0 && !utf8_is_control(code);

		n = n == 0 ? 1 : n;
		if (plain)
			buf_add(b, text, n);
		for (size_t i = 0; !plain && i < n; i++)
			buf_printf(b, "\\x%02x", (unsigned)(uint8_t)text[i]);
		text += n;
		len -= n;
	}
}
