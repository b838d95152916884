/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The tables of all configuration keys: a new one is a row here and a member
 * in settings.h. Rows of one section stand together.
 */

#include <stddef.h>
#include "base/rule.h"
#include "base/setting.h"
#include "base/settings.h"

#define SCHEMA_SETTINGS 82
/* The most keys a section with a name has. */
#define SCHEMA_KEYS_MAX 4

/* Into struct settings. */
extern const struct setting schema_settings[SCHEMA_SETTINGS];

/*
 * A kind of section that stands once for each name: [frontend NAME]. Its
 * items are an array in struct settings, in order of first appearance; an
 * item begins with its name, a char *.
 */
struct schema_kind {
	const char *word;
	const char *name;        /* what the name is, for people: "NAME" */
	const struct rule *rule; /* of the name */
	const char *help;
	const struct setting *rows; /* into one item */
	size_t n_rows;
	size_t items; /* offset of the array, and of its size_t, */
	size_t count; /*  in struct settings */
	size_t size;  /* of one item */
};

enum {
	SCHEMA_FRONTEND,
	SCHEMA_MENU,
	SCHEMA_WORDS,
	SCHEMA_KINDS,
};

extern const struct schema_kind schema_kinds[SCHEMA_KINDS];

/* The row SECTION.KEY, or with KEY NULL the section's first; NULL: none. */
const struct setting *schema_find(
    const struct setting *rows, size_t n, const char *section, const char *key);

size_t schema_count(const struct schema_kind *kind, const struct settings *s);
/* I below schema_count(). */
void *schema_item(const struct schema_kind *kind, struct settings *s, size_t i);
const char *schema_name(
    const struct schema_kind *kind, const struct settings *s, size_t i);
/*
 * One more item NAME with its defaults, behind the others; there must be
 * fewer than SETTINGS_NAMED_MAX. 0 or -ENOMEM.
 */
int schema_add(const struct schema_kind *kind, struct settings *s,
    const char *name) PN_NODISCARD;
/* Releases all items. */
void schema_clear(const struct schema_kind *kind, struct settings *s);
