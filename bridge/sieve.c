/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "bridge/sieve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sodium.h>

#define GREETING "* OK ready\r\n"
#define DIGITS "0123456789"
#define LITERAL_DIGITS 6 /* more is more than a frame lets through */

/* ---- what goes out ------------------------------------------------------- */

/* Never longer than the line it is made from and a few bytes: it fits. */
static void
put(struct sieve *s, const char *text, size_t len)
{
	if (len > sizeof(s->out) - s->out_len)
		len = sizeof(s->out) - s->out_len;
	memcpy(s->out + s->out_len, text, len);
	s->out_len += len;
}

static void
put_text(struct sieve *s, const char *text)
{
	put(s, text, strlen(text));
}

/* ---- reading a line ------------------------------------------------------ */

/* Moves *AT behind WORD if that is there, in capitals or not. */
static bool
skip(const char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncasecmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

/* Digits, at least one. */
static bool
skip_number(const char **at)
{
	size_t n = strspn(*at, DIGITS);

	*at += n;
	return n > 0;
}

static bool
is_end(const char *at)
{
	return strcmp(at, "\r\n") == 0 || strcmp(at, "\n") == 0;
}

/* {123} at the line's end. */
static bool
is_literal(const char *at)
{
	size_t n = at[0] == '{' ? strspn(at + 1, DIGITS) : 0;

	return n > 0 && n <= LITERAL_DIGITS && at[n + 1] == '}' &&
	       is_end(at + n + 2);
}

/* Past END, if it is there. */
static bool
skip_past(const char **at, char end)
{
	const char *found = strchr(*at, end);

	if (found == NULL)
		return false;
	*at = found + 1;
	return true;
}

/* ---- FETCH --------------------------------------------------------------- */

/* What may come along unasked, or as a change of another mail. */
static bool
skip_item(const char **at)
{
	if (skip(at, "FLAGS (") || skip(at, "MODSEQ ("))
		return skip_past(at, ')');
	if (skip(at, "INTERNALDATE \""))
		return skip_past(at, '"');
	return skip(at, "RFC822.SIZE ") && skip_number(at);
}

/* Of BODY[]: a literal, or what a server may say for a very short mail. */
static bool
skip_value(const char **at)
{
	size_t n;

	if (is_literal(*at)) {
		*at += strcspn(*at, "\r\n");
		return true;
	}
	if (skip(at, "NIL"))
		return true;
	n = **at == '"' ? strcspn(*at + 1, "\"\\\r\n") : 0;
	if (**at != '"' || (*at)[n + 1] != '"')
		return false;
	*at += n + 2;
	return true;
}

/* UID and BODY[] go through. */
static bool
take_item(struct sieve *s, const char **at)
{
	const char *begin = *at;

	if (skip(at, "UID ")) {
		if (!skip_number(at))
			return false;
	} else if (skip(at, "BODY[]")) {
		if (skip(at, "<") && (!skip_number(at) || !skip(at, ">")))
			return false;
		if (!skip(at, " ") || !skip_value(at))
			return false;
		s->keep = true;
	} else {
		return skip_item(at);
	}
	if (s->out_len == 0 || s->out[s->out_len - 1] != '(')
		put_text(s, " ");
	put(s, begin, (size_t)(*at - begin));
	return true;
}

/* The items from AT on, up to the line's end. False: it cannot be read. */
static bool
take_items(struct sieve *s, const char *at)
{
	for (;;) {
		at += strspn(at, " ");
		if (at[0] == ')' && is_end(at + 1)) {
			put_text(s, ")\r\n");
			return true;
		}
		if (!take_item(s, &at))
			return false;
		if (is_end(at)) {
			put_text(s, "\r\n");
			return true;
		}
		if (at[0] != ' ' && at[0] != ')')
			return false;
	}
}

static int
take_fetch(struct sieve *s, const char *line, const char *at)
{
	put(s, line, (size_t)(at - line));
	if (!take_items(s, at) && strcasestr(line, "BODY[]") != NULL)
		return -EPROTO;
	if (!s->keep)
		s->out_len = 0;
	return 0;
}

/* ---- others -------------------------------------------------------------- */

/* Numbers, and perhaps in parentheses how new they are (RFC 7162). */
static void
take_search(struct sieve *s, const char *at)
{
	size_t n = strspn(at, " " DIGITS);
	const char *rest = at + n;

	while (n > 0 && at[n - 1] == ' ')
		n--;
	if (!is_end(rest) && !skip(&rest, "(MODSEQ "))
		return;
	put_text(s, "* SEARCH");
	put(s, at, n);
	put_text(s, "\r\n");
}

static void
take_ok(struct sieve *s, const char *line, const char *at)
{
	if (!s->greeted) {
		put_text(s, GREETING);
	} else if ((skip(&at, "[UIDVALIDITY ") || skip(&at, "[UIDNEXT ")) &&
		   skip_number(&at) && skip(&at, "]")) {
		put(s, line, (size_t)(at - line));
		put_text(s, " so\r\n");
	}
}

static int
take_untagged(struct sieve *s, const char *line)
{
	const char *at = line + 2;
	bool first = !s->greeted;
	int r = 0;

	if (skip(&at, "OK "))
		take_ok(s, line, at);
	else if (first && skip(&at, "PREAUTH "))
		put_text(s, "* PREAUTH ready\r\n");
	else if (first)
		r = -EPROTO;
	else if (skip(&at, "SEARCH"))
		take_search(s, at);
	else if (skip_number(&at) && skip(&at, " FETCH ("))
		r = take_fetch(s, line, at);
	s->greeted = true;
	return r;
}

static int
take_tagged(struct sieve *s, const char *line)
{
	const char *at = line + strspn(line, DIGITS);

	if (at == line ||
	    !(skip(&at, " OK") || skip(&at, " NO") || skip(&at, " BAD")))
		return -EPROTO;
	if (at[0] != ' ' && !is_end(at))
		return -EPROTO;
	put(s, line, (size_t)(at - line));
	put_text(s, " so\r\n");
	return 0;
}

static int
sift(struct sieve *s, const char *line)
{
	if (s->inside)
		return !s->keep || take_items(s, line) ? 0 : -EPROTO;
	s->keep = false;
	if (line[0] == '*' && line[1] == ' ')
		return take_untagged(s, line);
	if (!s->greeted)
		return -EPROTO;
	if (line[0] != '+')
		return take_tagged(s, line);
	put_text(s, "+ so\r\n");
	return 0;
}

/* ---- bytes --------------------------------------------------------------- */

void
sieve_greet(struct sieve *s)
{
	put_text(s, GREETING);
	s->greeted = true;
}

char *
sieve_room(struct sieve *s, size_t *room_r)
{
	if (s->in_used > 0) {
		memmove(s->in, s->in + s->in_used, s->in_len - s->in_used);
		sodium_memzero(s->in + s->in_len - s->in_used, s->in_used);
		s->in_len -= s->in_used;
		s->in_used = 0;
	}
	*room_r = SIEVE_MAX - s->in_len;
	return s->in + s->in_len;
}

void
sieve_add(struct sieve *s, size_t len)
{
	s->in_len += len;
}

bool
sieve_holds(const struct sieve *s)
{
	return s->out_used < s->out_len || s->in_used < s->in_len;
}

/* LINE has its end, and a NUL behind it. */
static int
take_line(struct sieve *s, bool whole, const char *line, size_t len)
{
	const char *brace = strrchr(line, '{');
	int r = 0;

	if (strlen(line) != len)
		return -EPROTO;
	if (!whole) {
		r = sift(s, line);
	} else if (!s->inside) {
		s->keep = false;
		put(s, line, len);
	}
	s->inside = brace != NULL && is_literal(brace);
	if (s->inside)
		s->literal = (uint32_t)strtoul(brace + 1, NULL, 10);
	return r;
}

/* The next line, if all of it is there. */
static int
next_line(struct sieve *s, bool whole)
{
	char *line = s->in + s->in_used;
	char *end = memchr(line, '\n', s->in_len - s->in_used);
	size_t len;
	char after;
	int r;

	if (end == NULL)
		return s->in_len - s->in_used < SIEVE_MAX ? 0 : -EMSGSIZE;
	len = (size_t)(end - line) + 1;
	after = line[len];
	line[len] = '\0';
	s->out_len = 0;
	s->out_used = 0;
	r = take_line(s, whole, line, len);
	line[len] = after;
	s->in_used += len;
	return r;
}

static size_t
at_most(size_t a, size_t b)
{
	return a < b ? a : b;
}

int
sieve_read(struct sieve *s, bool whole, char *data, size_t max, size_t *n_r)
{
	size_t before;
	int r = 0;

	*n_r = 0;
	do {
		before = s->in_used;
		if (s->out_used < s->out_len) {
			*n_r = at_most(max, s->out_len - s->out_used);
			memcpy(data, s->out + s->out_used, *n_r);
			s->out_used += *n_r;
			return 0;
		}
		if (s->literal > 0) {
			size_t n = at_most(s->literal, s->in_len - s->in_used);

			if (s->keep) {
				n = at_most(n, max);
				memcpy(data, s->in + s->in_used, n);
				*n_r = n;
			}
			s->in_used += n;
			s->literal -= (uint32_t)n;
		} else {
			r = next_line(s, whole);
		}
	} while (r == 0 && *n_r == 0 && s->in_used > before);
	return r;
}

void
sieve_wipe(struct sieve *s)
{
	size_t n = s->in_used;

	sodium_memzero(s->in, n);
	if (s->out_used == s->out_len)
		sodium_memzero(s->out, s->out_len);
}
