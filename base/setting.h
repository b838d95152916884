/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One configuration key: where it stands, what it may be, where its value
 * goes. settings.c holds the table of them; this is what a row means.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/buf.h"

enum setting_type {
	SETTING_TEXT,     /* char *, by a rule */
	SETTING_NUMBER,   /* int64_t */
	SETTING_SIZE,     /* int64_t bytes; suffix K, M, G or T (1024) */
	SETTING_DURATION, /* int64_t milliseconds; suffix s, m, h or d */
	SETTING_CHOICE,   /* int64_t, one of words */
	SETTING_FLAGS,    /* int64_t, any of words or'ed, by blanks or commas */
};

/* What a text may be, and the same in words: "expected an e-mail address". */
struct setting_rule {
	bool (*holds)(const char *value);
	const char *expected;
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
	int64_t min;   /* of a number, size or duration */
	int64_t max;
	const struct setting_rule *rule; /* of a text */
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
void setting_clear(const struct setting *s, void *base);
/* Appends what the row expects, without the word "expected". */
void setting_expected(const struct setting *s, struct buf *b);

/* A text is at most this long. */
#define SETTING_TEXT_MAX 1000

extern const struct setting_rule setting_any_text;
extern const struct setting_rule setting_some_text;
extern const struct setting_rule setting_path;
extern const struct setting_rule setting_path_or_nothing;
extern const struct setting_rule setting_socket;
extern const struct setting_rule setting_domain;
extern const struct setting_rule setting_host;
extern const struct setting_rule setting_address;
extern const struct setting_rule setting_address_or_nothing;
extern const struct setting_rule setting_link;
extern const struct setting_rule setting_language;
extern const struct setting_rule setting_user;
extern const struct setting_rule setting_user_or_nothing;
