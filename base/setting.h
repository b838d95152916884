/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One configuration key: where it stands, what it may be, where its value
 * goes. schema.c holds the tables of them; this is what a row means.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/buf.h"
#include "base/rule.h"

enum setting_type {
	SETTING_TEXT,     /* char *, by a rule */
	SETTING_LIST,     /* char ** that ends in NULL: different texts */
	SETTING_NUMBER,   /* int64_t */
	SETTING_SIZE,     /* int64_t bytes; suffix K, M, G or T (1024) */
	SETTING_DURATION, /* int64_t milliseconds; suffix s, m, h or d */
	SETTING_CHOICE,   /* int64_t, one of words */
	SETTING_FLAGS,    /* int64_t, any of words or'ed, by blanks or commas */
};

struct setting_word {
	const char *word;
	int64_t value;
};

struct setting {
	const char *section;
	const char *key;
	enum setting_type type;
	size_t offset; /* of the value in its struct */
	int64_t min;   /* of a number, size or duration; a list's items */
	int64_t max;
	const struct rule *rule; /* of a text, or a list's each */
	const struct setting_word
	    *words; /* of a choice or flags; ends in NULL */
	const char *def;
	const char *help;
};

/* Positive code of setting_set(): VALUE is not what the row expects. */
enum { SETTING_REFUSED = 1 };

/* Puts VALUE into the struct at BASE: 0, SETTING_REFUSED or -ENOMEM. */
int setting_set(
    const struct setting *s, void *base, const char *value) PN_NODISCARD;
/* Puts its default there, or "" for a text that has none. 0 or -ENOMEM. */
int setting_start(const struct setting *s, void *base) PN_NODISCARD;
/* Must the configuration set it? Then it is a text, and "" until it does. */
bool setting_required(const struct setting *s);
void setting_clear(const struct setting *s, void *base);
/* Appends what the row expects, without the word "expected". */
void setting_expected(const struct setting *s, struct buf *b);

/* A text is at most this long. */
#define SETTING_TEXT_MAX 1000
