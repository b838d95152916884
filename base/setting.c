/* SPDX-License-Identifier: Apache-2.0 */

#include "base/setting.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/clock.h"

#define DIGITS "0123456789"

struct unit {
	char suffix;
	int64_t factor;
};

/* Largest first, so that a value is written with the first that divides it. */
static const struct unit size_units[] = {
    {'T', INT64_C(1) << 40},
    {'G', 1 << 30},
    {'M', 1 << 20},
    {'K', 1 << 10},
    {'\0', 1},
};
static const struct unit duration_units[] = {
    {'d', CLOCK_DAY},
    {'h', CLOCK_HOUR},
    {'m', CLOCK_MINUTE},
    {'s', CLOCK_SECOND},
};
static const struct unit plain_units[] = {{'\0', 1}};

static const struct unit *
units_of(enum setting_type type, size_t *n_r)
{
	switch (type) {
	case SETTING_SIZE:
		*n_r = PN_ARRAY_LEN(size_units);
		return size_units;
	case SETTING_DURATION:
		*n_r = PN_ARRAY_LEN(duration_units);
		return duration_units;
	default:
		*n_r = PN_ARRAY_LEN(plain_units);
		return plain_units;
	}
}

static int
set_number(const struct setting *s, const char *value, int64_t *n_r)
{
	size_t digits = strspn(value, DIGITS);
	size_t n_units;
	const struct unit *units = units_of(s->type, &n_units);
	long long n;

	if (digits == 0 || digits > 18 || strlen(value) > digits + 1)
		return SETTING_REFUSED;
	n = strtoll(value, NULL, 10);
	for (size_t i = 0; i < n_units; i++) {
		if (units[i].suffix != value[digits])
			continue;
		if (n > s->max / units[i].factor)
			return SETTING_REFUSED;
		n *= units[i].factor;
		if (n < s->min || n > s->max)
			return SETTING_REFUSED;
		*n_r = n;
		return 0;
	}
	return SETTING_REFUSED;
}

static const struct setting_word *
find_word(const struct setting_word *words, const char *text, size_t len)
{
	for (; words->word != NULL; words++)
		if (strlen(words->word) == len &&
		    strncmp(words->word, text, len) == 0)
			return words;
	return NULL;
}

/* The next word at *AT, between blanks and commas; its length, 0 at the end. */
static size_t
next_word(const char **at)
{
	*at += strspn(*at, " ,");
	return strcspn(*at, " ,");
}

static int
set_choice(const struct setting *s, const char *value, int64_t *n_r)
{
	const struct setting_word *w =
	    find_word(s->words, value, strlen(value));

	if (w == NULL)
		return SETTING_REFUSED;
	*n_r = w->value;
	return 0;
}

static int
set_flags(const struct setting *s, const char *value, int64_t *n_r)
{
	int64_t flags = 0;
	size_t len;

	for (; (len = next_word(&value)) > 0; value += len) {
		const struct setting_word *w = find_word(s->words, value, len);

		if (w == NULL)
			return SETTING_REFUSED;
		flags |= w->value;
	}
	*n_r = flags;
	return 0;
}

static int
set_text(const struct setting *s, const char *value, char **text_r)
{
	char *copy;

	if (strlen(value) > SETTING_TEXT_MAX || !s->rule->holds(value))
		return SETTING_REFUSED;
	copy = strdup(value);
	if (copy == NULL)
		return -ENOMEM;
	free(*text_r);
	*text_r = copy;
	return 0;
}

static void
list_free(char ***list)
{
	for (char **at = *list; at != NULL && *at != NULL; at++)
		free(*at);
	free(*list);
	*list = NULL;
}

static bool
list_has(char *const *list, const char *text)
{
	for (; *list != NULL; list++)
		if (strcasecmp(*list, text) == 0)
			return true;
	return false;
}

static int
set_list(const struct setting *s, const char *value, char ***list_r)
{
	PN_CLEANUP(list_free)
	char **list = calloc((size_t)s->max + 1, sizeof(*list));
	int64_t n = 0;
	size_t len;

	if (list == NULL)
		return -ENOMEM;
	for (; (len = next_word(&value)) > 0; value += len) {
		char *item = strndup(value, len);
		bool good = item != NULL && n < s->max &&
			    s->rule->holds(item) && !list_has(list, item);

		if (!good) {
			free(item);
			return item == NULL ? -ENOMEM : SETTING_REFUSED;
		}
		list[n++] = item;
	}
	if (n < s->min)
		return SETTING_REFUSED;
	list_free(list_r);
	*list_r = list;
	list = NULL;
	return 0;
}

static void *
place_of(const struct setting *s, void *base)
{
	return (char *)base + s->offset;
}

int
setting_set(const struct setting *s, void *base, const char *value)
{
	switch (s->type) {
	case SETTING_TEXT:
		return set_text(s, value, place_of(s, base));
	case SETTING_LIST:
		return set_list(s, value, place_of(s, base));
	case SETTING_CHOICE:
		return set_choice(s, value, place_of(s, base));
	case SETTING_FLAGS:
		return set_flags(s, value, place_of(s, base));
	default:
		return set_number(s, value, place_of(s, base));
	}
}

int
setting_start(const struct setting *s, void *base)
{
	char **text = place_of(s, base);
	int r;

	if (!setting_required(s)) {
		r = setting_set(s, base, s->def);
		assert(r != SETTING_REFUSED);
		return r;
	}
	*text = strdup("");
	return *text == NULL ? -ENOMEM : 0;
}

bool
setting_required(const struct setting *s)
{
	return s->type == SETTING_TEXT && s->def[0] == '\0' &&
	       !s->rule->holds("");
}

void
setting_clear(const struct setting *s, void *base)
{
	char **text = place_of(s, base);

	if (s->type == SETTING_LIST)
		list_free(place_of(s, base));
	if (s->type != SETTING_TEXT)
		return;
	free(*text);
	*text = NULL;
}

static void
add_amount(struct buf *b, enum setting_type type, int64_t amount)
{
	size_t n;
	const struct unit *units = units_of(type, &n);

	for (size_t i = 0; i < n; i++) {
		bool fits =
		    amount >= units[i].factor && amount % units[i].factor == 0;

		if (!fits && i + 1 < n)
			continue;
		buf_printf(b, "%" PRId64, amount / units[i].factor);
		if (units[i].suffix != '\0')
			buf_add_byte(b, (uint8_t)units[i].suffix);
		return;
	}
}

void
setting_expected(const struct setting *s, struct buf *b)
{
	switch (s->type) {
	case SETTING_TEXT:
		buf_add_str(b, s->rule->expected);
		return;
	case SETTING_LIST:
		buf_printf(b,
		    "%" PRId64 " to %" PRId64 " different ones of: %s", s->min,
		    s->max, s->rule->expected);
		return;
	case SETTING_CHOICE:
	case SETTING_FLAGS:
		buf_add_str(b, s->type == SETTING_CHOICE ? "one of" : "any of");
		for (const struct setting_word *w = s->words; w->word != NULL;
		     w++)
			buf_printf(
			    b, "%s %s", w == s->words ? "" : ",", w->word);
		return;
	case SETTING_NUMBER:
		buf_add_str(b, "a number from ");
		break;
	case SETTING_SIZE:
		buf_add_str(b, "a size (bytes, or with K, M, G, T) from ");
		break;
	case SETTING_DURATION:
		buf_add_str(b, "a duration (with s, m, h or d) from ");
		break;
	}
	add_amount(b, s->type, s->min);
	buf_add_str(b, " to ");
	add_amount(b, s->type, s->max);
}
