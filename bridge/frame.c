/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/frame.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

void
frame_allow(struct frame *f, uint64_t bytes)
{
	f->left = bytes;
}

/* "* 12 WORD" */
static bool
is_numbered(const char *head, const char *word)
{
	size_t digits;

	if (strncmp(head, "* ", 2) != 0)
		return false;
	digits = strspn(head + 2, "0123456789");
	head += 2 + digits;
	return digits > 0 && head[0] == ' ' &&
	       strncasecmp(head + 1, word, strlen(word)) == 0;
}

static bool
is_bye(const char *head)
{
	return strncasecmp(head, "* BYE", 5) == 0;
}

/* Behind the LF. A literal's line goes on behind it. */
static int
end_line(struct frame *f)
{
	bool announced = f->state == FRAME_CLOSED;

	f->state = FRAME_TEXT;
	if (is_bye(f->head))
		return -ECONNRESET;
	if (announced && !is_numbered(f->head, "FETCH "))
		return -EPROTO;
	if (announced) {
		f->literal = f->number;
		return 0;
	}
	if (is_numbered(f->head, "EXISTS"))
		f->exists++;
	f->line = 0;
	f->depth = 0;
	memset(f->head, 0, sizeof(f->head));
	return 0;
}

/* {123} CR LF; also {123+} and ~{123}, which no server should send. */
static int
follow_literal(struct frame *f, char c)
{
	if (c == '{') {
		f->state = FRAME_NUMBER;
		f->number = 0;
	} else if (f->state == FRAME_NUMBER && c >= '0' && c <= '9') {
		f->number = f->number * 10 + (uint32_t)(c - '0');
		if (f->number > FRAME_LITERAL_MAX)
			return -EMSGSIZE;
	} else if (f->state == FRAME_NUMBER && c == '}') {
		f->state = FRAME_CLOSED;
	} else if (f->state == FRAME_NUMBER && c == '+') {
		;
	} else if (f->state != FRAME_CLOSED || c != '\r') {
		f->state = FRAME_TEXT;
	}
	return 0;
}

static int
follow(struct frame *f, char c)
{
	if (f->line < sizeof(f->head) - 1)
		f->head[f->line] = c;
	if (++f->line > FRAME_LINE_MAX)
		return -EMSGSIZE;
	if (c == '\n')
		return end_line(f);
	if (c == '(' && ++f->depth > FRAME_DEPTH_MAX)
		return -EMSGSIZE;
	if (c == ')' && f->depth > 0)
		f->depth--;
	return follow_literal(f, c);
}

int
frame_feed(struct frame *f, const char *data, size_t len)
{
	int r = 0;

	if (len > f->left)
		return -EMSGSIZE;
	f->left -= len;
	for (size_t i = 0; r == 0 && i < len; i++) {
		if (f->literal > 0) {
			size_t n = f->literal < len - i ? f->literal : len - i;

			f->literal -= (uint32_t)n;
			i += n - 1;
			continue;
		}
		r = follow(f, data[i]);
	}
	return r;
}
