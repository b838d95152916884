/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Identifiers: 16 random bytes, 26 characters of lower-case base32 in the
 * API. An id carries no meaning and grants nothing.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"

#define ID_LEN 16
#define ID_TEXT_LEN 26

struct id {
	uint8_t b[ID_LEN];
};

struct id id_new(void);
bool id_equal(const struct id *a, const struct id *b);
bool id_is_nil(const struct id *id);
void id_text(const struct id *id, char text_r[static ID_TEXT_LEN + 1]);
/* TEXT is NUL-terminated. 0 or -EINVAL. */
int id_parse(const char *text, struct id *id_r) PN_NODISCARD;
