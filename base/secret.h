/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Bytes that must not outlive their use: message bodies, names, addresses,
 * passphrases, session tokens. Wiped when released; no log call takes one.
 * Keys of fixed size live in plain arrays inside sodium_malloc()ed structs.
 */

#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"

/* data is NULL when empty, else len bytes followed by a NUL. */
struct secret {
	uint8_t *data;
	size_t len;
};

/* 0 or -ENOMEM. S must be empty. */
int secret_set(struct secret *s, const void *data, size_t len) PN_NODISCARD;
/*
 * S becomes TEXT, which may be a part of it; with NULL, or without memory
 * (-ENOMEM), it stays as it is.
 */
int secret_replace(struct secret *s, const char *text) PN_NODISCARD;
/* Takes the value out of FROM, which is empty afterwards. */
struct secret secret_take(struct secret *from);
void secret_fini(struct secret *s);
/* As a C string; "" when empty. */
const char *secret_text(const struct secret *s);
/* Allocators for libraries that handle bodies: free() that wipes first. */
void *secret_malloc(size_t len);
void secret_free(void *p);

#define secret_auto PN_CLEANUP(secret_fini)
