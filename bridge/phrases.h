/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a text says of an address, in the phrases of all families. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "bridge/family.h"

#define PHRASES_MAX 1024

/* By their first byte, so that one pass over a text meets them all. */
struct phrases {
	const struct phrase *all[PHRASES_MAX];
	uint16_t next[PHRASES_MAX]; /* 0: none, else one more */
	uint16_t first[UINT8_MAX + 1];
	uint16_t n;
};

void phrases_fill(struct phrases *s);
/* Are there phrases of one of MEANINGS in TEXT? */
bool phrases_say(const struct phrases *s, const char *text, unsigned meanings);
/* The first one at or behind *AT, which is moved behind its beginning. */
const char *phrases_next(const struct phrases *s, const char *text, size_t *at,
    unsigned meanings, size_t *len_r);
