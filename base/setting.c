/* SPDX-License-Identifier: Apache-2.0 */

#include "base/setting.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/socket.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
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

static int
set_words(const struct setting *s, const char *value, int64_t *n_r)
{
	const struct setting_word *w;
	int64_t flags = 0;

	if (s->type == SETTING_CHOICE) {
		w = find_word(s->words, value, strlen(value));
		if (w == NULL)
			return SETTING_REFUSED;
		*n_r = w->value;
		return 0;
	}
	for (;;) {
		size_t len;

		value += strspn(value, " ,");
		len = strcspn(value, " ,");
		if (len == 0)
			break;
		w = find_word(s->words, value, len);
		if (w == NULL)
			return SETTING_REFUSED;
		flags |= w->value;
		value += len;
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
	case SETTING_CHOICE:
	case SETTING_FLAGS:
		return set_words(s, value, place_of(s, base));
	default:
		return set_number(s, value, place_of(s, base));
	}
}

void
setting_clear(const struct setting *s, void *base)
{
	char **text = place_of(s, base);

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

static bool
is_any(const char *value)
{
	(void)value;
	return true;
}

static bool
is_some(const char *value)
{
	return value[0] != '\0';
}

static bool
is_path(const char *value)
{
	return value[0] == '/';
}

static bool
is_path_or_nothing(const char *value)
{
	return value[0] == '\0' || is_path(value);
}

static bool
is_socket(const char *value)
{
	return is_path(value) && strlen(value) <= SOCKET_PATH_MAX;
}

/* RFC 1123, section 2.1; a final dot would not be one name in every MTA. */
static bool
is_domain(const char *value)
{
	size_t all = strlen(value);

	if (all == 0 || all > 253)
		return false;
	for (;;) {
		size_t len = strcspn(value, ".");

		if (len == 0 || len > 63 || value[0] == '-' ||
		    value[len - 1] == '-' ||
		    strspn(value, LOWER UPPER DIGITS "-") < len)
			return false;
		if (value[len] == '\0')
			return true;
		value += len + 1;
	}
}

static bool
is_host(const char *value)
{
	struct in6_addr addr;

	return is_domain(value) || inet_pton(AF_INET6, value, &addr) == 1;
}

/* A dot-atom and a domain (RFC 5321, section 4.1.2), ASCII. */
static bool
is_address(const char *value)
{
	static const char atom[] = LOWER UPPER DIGITS "!#$%&'*+-/=?^_`{|}~.";
	size_t len = strcspn(value, "@");
	char local[65];

	if (len == 0 || len > 64 || value[len] == '\0')
		return false;
	memcpy(local, value, len);
	local[len] = '\0';
	return strspn(local, atom) == len && local[0] != '.' &&
	       local[len - 1] != '.' && strstr(local, "..") == NULL &&
	       is_domain(value + len + 1);
}

static bool
is_address_or_nothing(const char *value)
{
	return value[0] == '\0' || is_address(value);
}

static bool
has_prefix(const char *value, const char *prefix)
{
	return strncmp(value, prefix, strlen(prefix)) == 0;
}

/* What may follow a host name in the link: a port, or the path. */
static bool
is_loopback_link(const char *value)
{
	static const char *const hosts[] = {
	    "http://127.0.0.1", "http://localhost"};

	for (size_t i = 0; i < PN_ARRAY_LEN(hosts); i++) {
		const char *rest = value + strlen(hosts[i]);

		if (has_prefix(value, hosts[i]) &&
		    (*rest == ':' || *rest == '/') &&
		    strcspn(rest, "@") == strlen(rest))
			return true;
	}
	return false;
}

static bool
is_link(const char *value)
{
	static const char plain[] = LOWER UPPER DIGITS "-._~:/?#@!$&()*+,;=%{}";
	const char *id = strstr(value, "{id}");
	const char *host = value + strlen("https://");

	if (id == NULL || strspn(value, plain) != strlen(value) ||
	    strchr(value, '{') != id || strchr(id, '}') != id + 3 ||
	    strpbrk(id + 4, "{}") != NULL)
		return false;
	/* the id may not choose the host */
	return (has_prefix(value, "https://") && strchr(host, '/') != NULL &&
		   strchr(host, '/') < id && *host != '/' &&
		   strchr(host, '@') == NULL) ||
	       is_loopback_link(value);
}

/* The simple shape of BCP 47: "en", "pt-BR"; it also names a directory. */
static bool
is_language(const char *value)
{
	size_t len = strspn(value, LOWER);

	if (len < 2 || len > 3)
		return false;
	for (value += len; *value == '-'; value += len + 1) {
		len = strspn(value + 1, LOWER UPPER DIGITS);
		if (len < 2 || len > 8)
			return false;
	}
	return *value == '\0';
}

static bool
is_user(const char *value)
{
	size_t len = strlen(value);

	if (len == 0 || len > 32)
		return false;
	if (strspn(value, DIGITS) == len)
		return true;
	return strchr(DIGITS "-", value[0]) == NULL &&
	       strspn(value, LOWER UPPER DIGITS "_-.") == len;
}

static bool
is_user_or_nothing(const char *value)
{
	return value[0] == '\0' || is_user(value);
}

const struct setting_rule setting_any_text = {
    is_any, "text of at most 1000 bytes, or nothing"};
const struct setting_rule setting_some_text = {
    is_some, "text of 1 to 1000 bytes"};
const struct setting_rule setting_path = {is_path, "an absolute path"};
const struct setting_rule setting_path_or_nothing = {
    is_path_or_nothing, "an absolute path, or nothing"};
const struct setting_rule setting_socket = {
    is_socket, "an absolute path of at most 107 bytes"};
const struct setting_rule setting_domain = {is_domain, "a domain name"};
const struct setting_rule setting_host = {
    is_host, "a host name or an IP address"};
const struct setting_rule setting_address = {is_address, "an e-mail address"};
const struct setting_rule setting_address_or_nothing = {
    is_address_or_nothing, "an e-mail address, or nothing"};
const struct setting_rule setting_link = {is_link,
    "an https:// address (http:// only on 127.0.0.1 or localhost) with {id} "
    "once, in its path"};
const struct setting_rule setting_language = {
    is_language, "a language tag such as en or pt-BR"};
const struct setting_rule setting_user = {is_user, "a user's name or number"};
const struct setting_rule setting_user_or_nothing = {
    is_user_or_nothing, "a user's name or number, or nothing"};
