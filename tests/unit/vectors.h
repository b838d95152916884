/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The test vectors of docs/formats.md, by name. */

#include <check.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#define VECTOR_MAX 8192

/* The value as text. */
static inline void
vector_text(const char *name, char text_r[static VECTOR_MAX])
{
	const char *top = getenv("POSTERN_SRCDIR");
	char path[PATH_MAX], line[VECTOR_MAX], start[64];
	FILE *f;

	(void)snprintf(
	    path, sizeof(path), "%s/docs/formats.md", top == NULL ? "." : top);
	(void)snprintf(start, sizeof(start), "    %s = ", name);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	text_r[0] = '\0';
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, start, strlen(start)) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		(void)snprintf(text_r, VECTOR_MAX, "%s", line + strlen(start));
		break;
	}
	(void)fclose(f);
	ck_assert_msg(text_r[0] != '\0', "no vector %s", name);
}

/* The value as bytes; their number is returned. */
static inline size_t
vector_bytes(const char *name, uint8_t bytes_r[static VECTOR_MAX / 2])
{
	char text[VECTOR_MAX];
	size_t len;

	vector_text(name, text);
	ck_assert_int_eq(sodium_hex2bin(bytes_r, VECTOR_MAX / 2, text,
			     strlen(text), NULL, &len, NULL),
	    0);
	return len;
}
