/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "bridge/starttls.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include "bridge/channel.h"

#define LINES_MAX 64 /* in one answer */
#define LINE_LEN 8192

/*
 * A line of the time before TLS, without its end; what follows it stays in
 * TEXT. Nobody vouches for a byte of it, so libetpan sees none.
 */
struct plain {
	char text[LINE_LEN + 1];
	size_t len;
	size_t used; /* of the line that was returned last */
};

static int
plain_line(struct channel *c, struct plain *p, char **line_r)
{
	memmove(p->text, p->text + p->used, p->len - p->used);
	p->len -= p->used;
	p->used = 0;
	for (;;) {
		char *end = memchr(p->text, '\n', p->len);
		size_t n;
		int r;

		if (end != NULL) {
			p->used = (size_t)(end - p->text) + 1;
			if (end > p->text && end[-1] == '\r')
				end--;
			*end = '\0';
			*line_r = p->text;
			return 0;
		}
		if (p->len == LINE_LEN)
			return -EMSGSIZE;
		r = channel_read(c, p->text + p->len, LINE_LEN - p->len, &n);
		if (r < 0)
			return r;
		p->len += n;
	}
}

/* COMMAND with TAG, up to its answer; *FOUND_R if WORD was in between. */
static int
plain_command(struct channel *c, struct plain *p, const char *command,
    const char *word, bool *found_r)
{
	char *line;
	int r = channel_write(c, command, strlen(command));

	for (unsigned n = 0; r == 0 && n < LINES_MAX; n++) {
		r = plain_line(c, p, &line);
		if (r == 0 && strncmp(line, "* ", 2) == 0 &&
		    strcasestr(line, word) != NULL)
			*found_r = true;
		/* the tag is of four characters, and a blank */
		if (r == 0 && strncmp(line, command, 5) == 0)
			return strncasecmp(line + 5, "OK", 2) == 0
				   ? 0
				   : STARTTLS_UNSAFE;
	}
	return r == 0 ? -EPROTO : r;
}

int
starttls(struct channel *c)
{
	struct plain p = {0};
	bool offered = false, ignored = false;
	char *line;
	int r = plain_line(c, &p, &line);

	/* PREAUTH: whoever says that wants no TLS to follow */
	if (r == 0 && strncasecmp(line, "* PREAUTH", 9) == 0)
		return STARTTLS_UNSAFE;
	if (r == 0 && strncasecmp(line, "* OK", 4) != 0)
		return -EPROTO;
	if (r == 0)
		r = plain_command(
		    c, &p, "tls1 CAPABILITY\r\n", " STARTTLS", &offered);
	if (r == 0 && !offered)
		return STARTTLS_UNSAFE;
	if (r == 0)
		r = plain_command(c, &p, "tls2 STARTTLS\r\n", "", &ignored);
	/* said by anyone on the way, to be taken for the server's own word */
	if (r == 0 && p.used != p.len)
		return STARTTLS_UNSAFE;
	return r;
}
