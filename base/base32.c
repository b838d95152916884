/* SPDX-License-Identifier: Apache-2.0 */

#include "base/base32.h"

#include <errno.h>

void
base32_encode(const uint8_t *data, size_t len, char *text_r)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint32_t acc = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < len; i++) {
		acc = (acc << 8 | data[i]) & 0xffff;
		for (bits += 8; bits >= 5; bits -= 5)
			*text_r++ = alphabet[acc >> (bits - 5) & 31];
	}
	if (bits > 0)
		*text_r++ = alphabet[acc << (5 - bits) & 31];
	*text_r = '\0';
}

static int
base32_value(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= '2' && c <= '7')
		return c - '2' + 26;
	return -1;
}

int
base32_decode(const char *text, size_t text_len, uint8_t *data_r, size_t len)
{
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t done = 0;

	if (text_len != BASE32_LEN(len))
		return -EINVAL;
	for (size_t i = 0; i < text_len; i++) {
		int v = base32_value(text[i]);

		if (v < 0)
			return -EINVAL;
		acc = (acc << 5 | (uint32_t)v) & 0xffff;
		bits += 5;
		if (bits >= 8 && done < len) {
			bits -= 8;
			data_r[done++] = (uint8_t)(acc >> bits);
		}
	}
	return (acc & ((1U << bits) - 1)) == 0 ? 0 : -EINVAL;
}
