/* SPDX-License-Identifier: Apache-2.0 */

#include "ctl/ask.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <sodium.h>

/* By read(2): stdio would keep a copy in its buffer. */
static int
read_line(int fd, struct secret *s_r)
{
	char text[ASK_LEN_MAX + 1];
	size_t len = 0;
	int r = 0;

	for (;;) {
		ssize_t n = read(fd, text + len, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			r = -errno;
		if (n <= 0 || text[len] == '\n')
			break;
		if (++len == sizeof(text)) {
			r = ASK_TOO_LONG;
			break;
		}
	}
	if (r == 0 && len == 0)
		r = ASK_NOTHING;
	if (r == 0)
		r = secret_set(s_r, text, len);
	sodium_memzero(text, sizeof(text));
	return r;
}

static int
read_twice(int fd, FILE *err, struct secret *s_r)
{
	secret_auto struct secret first = {0}, again = {0};
	int r;

	(void)fputs("Passphrase: ", err);
	(void)fflush(err);
	r = read_line(fd, &first);
	(void)fputs(r == 0 ? "\nAgain: " : "\n", err);
	(void)fflush(err);
	if (r != 0)
		return r;
	r = read_line(fd, &again);
	(void)fputc('\n', err);
	if (r != 0)
		return r;
	if (first.len != again.len ||
	    sodium_memcmp(first.data, again.data, first.len) != 0)
		return ASK_DIFFERENT;
	*s_r = secret_take(&first);
	return 0;
}

int
ask_passphrase(FILE *in, FILE *err, struct secret *s_r)
{
	int fd = fileno(in);
	struct termios before, quiet;
	int r;

	if (fd < 0)
		return -errno;
	if (isatty(fd) == 0)
		return read_line(fd, s_r);
	if (tcgetattr(fd, &before) != 0)
		return -errno;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	if (tcsetattr(fd, TCSAFLUSH, &quiet) != 0)
		return -errno;
	r = read_twice(fd, err, s_r);
	(void)tcsetattr(fd, TCSAFLUSH, &before);
	return r;
}
