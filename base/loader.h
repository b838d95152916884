/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Configuration files on their way into struct settings: their values, where
 * each of them was set, and everything that is wrong with them.
 */

#include "base/attr.h"
#include "base/schema.h"
#include "base/settings.h"

#define LOADER_FILES_MAX 256

/* Where something stands; line 0: nowhere, it is the default. */
struct origin {
	const char *file;
	unsigned line;
};

/* Where the keys of the section being read go; rows NULL: nowhere. */
struct loader_place {
	const struct setting *rows;
	size_t n_rows;
	const char *section; /* in the rows */
	void *base;
	struct origin *origins; /* beside the rows */
};

struct loader_item {
	struct origin section; /* its first line */
	struct origin keys[SCHEMA_KEYS_MAX];
};

/* Begins as {.errors = ...} and is released by loader_fini(). */
struct loader {
	struct settings *s;
	struct settings_errors *errors;
	char *files[LOADER_FILES_MAX];
	size_t n_files;
	struct loader_place place;
	struct origin origins[SCHEMA_SETTINGS];
	struct loader_item items[SCHEMA_KINDS][SETTINGS_NAMED_MAX];
};

/*
 * Makes settings of defaults and reads FILE and its drop-ins into them. What
 * is wrong in them is an error in the list and a good return. 0 or -ENOMEM.
 */
int loader_read(struct loader *l, const char *file) PN_NODISCARD;
/* One more error; AT without a file: the first one. 0 or -ENOMEM. */
int loader_error(struct loader *l, struct origin at, const char *fmt, ...)
    PN_PRINTF(3, 4) PN_NODISCARD;
/* Where a key of [SECTION] was set. */
struct origin loader_origin(
    const struct loader *l, const char *section, const char *key);
void loader_fini(struct loader *l);
