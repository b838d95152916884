/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "daemon/clamd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <sodium.h>
#include "base/clock.h"
#include "base/fdpass.h"

/* One line, of which a signature's name is the longest part. */
#define ANSWER_MAX 1024
#define EXCEEDED "Heuristics.Limits.Exceeded"
/* clamd looks at nothing of 2 GiB or more, whatever its configuration. */
#define PROBE_SIZE (INT64_C(1) << 32)
/* What clamd's own log calls the two. */
#define FILE_NAME "postern"
#define PROBE_NAME "postern-asks-for-AlertExceedsMax"

struct clamd_file {
	int fd;
	uint8_t *bytes; /* the memory itself, mapped */
	size_t size;
	size_t len;
};

/* ---- a file in memory ------------------------------------------------ */

static int
memory_new(const char *name, int64_t size, int *fd_r)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, size) != 0) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	*fd_r = fd;
	return 0;
}

/* Nobody can write to it any more, but for who has it mapped: us. */
static int
memory_seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS,
		   F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE |
		       F_SEAL_SEAL) == 0
		   ? 0
		   : -errno;
}

int
clamd_file_new(size_t size, struct clamd_file **f_r)
{
	clamd_file_auto struct clamd_file *f = calloc(1, sizeof(*f));
	void *bytes;
	int r;

	if (f == NULL)
		return -ENOMEM;
	f->fd = -1;
	if (size == 0 || size > INT64_MAX)
		return -EINVAL;
	r = memory_new(FILE_NAME, (int64_t)size, &f->fd);
	if (r != 0)
		return r;
	bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	f->bytes = bytes;
	f->size = size;
	*f_r = f;
	f = NULL;
	return 0;
}

int
clamd_file_add(struct clamd_file *f, const void *data, size_t len)
{
	if (len > f->size - f->len)
		return -EOVERFLOW;
	memcpy(f->bytes + f->len, data, len);
	f->len += len;
	return 0;
}

void
clamd_file_free(struct clamd_file **fp)
{
	struct clamd_file *f = *fp;

	if (f == NULL)
		return;
	if (f->bytes != NULL) {
		sodium_memzero(f->bytes, f->len);
		(void)munmap(f->bytes, f->size);
	}
	if (f->fd >= 0)
		(void)close(f->fd);
	free(f);
	*fp = NULL;
}

/* ---- one question ---------------------------------------------------- */

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* Never waits: where too many others do, it is not to be reached. */
static int
ask_connect(const char *path, int *fd_r)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	size_t len = strlen(path);

	if (len >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, len);
	*fd_r = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd_r < 0)
		return -errno;
	if (connect(*fd_r, (struct sockaddr *)&addr, sizeof(addr)) != 0)
		return CLAMD_UNREACHABLE;
	return 0;
}

/* Until FD can be read: 0, CLAMD_SILENT, -ECANCELED or -errno. */
static int
ask_wait(int fd, int stop, int64_t deadline)
{
	struct pollfd fds[] = {
	    {.fd = fd, .events = POLLIN}, {.fd = stop, .events = POLLIN}};

	for (;;) {
		int64_t left = deadline - clock_boot();
		int n;

		if (left <= 0)
			return CLAMD_SILENT;
		n = poll(fds, PN_ARRAY_LEN(fds),
		    left > INT32_MAX ? INT32_MAX : (int)left);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && fds[1].revents != 0)
			return -ECANCELED;
		if (n > 0)
			return 0;
	}
}

/* All of the one line that ends in NUL, and nothing behind it. */
static int
ask_read(const struct clamd *c, int fd, char answer_r[static ANSWER_MAX])
{
	int64_t deadline = clock_boot() + c->timeout;
	size_t len = 0;

	for (;;) {
		int r = ask_wait(fd, c->stop, deadline);
		const char *end;
		ssize_t n;

		if (r != 0)
			return r;
		n = recv(fd, answer_r + len, ANSWER_MAX - len, 0);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return CLAMD_SILENT;
		len += (size_t)n;
		end = memchr(answer_r, '\0', len);
		if (end != NULL)
			return end + 1 == answer_r + len ? 0 : CLAMD_UNCLEAR;
		if (len == ANSWER_MAX)
			return CLAMD_UNCLEAR;
	}
}

/* COMMAND with its NUL, the descriptor HAND if it is not -1, the answer. */
static int
ask(const struct clamd *c, int fd, const char *command, int hand,
    char answer_r[static ANSWER_MAX])
{
	size_t len = strlen(command) + 1;

	/* a few bytes into an empty socket: all of them, or it has gone */
	if (send(fd, command, len, MSG_NOSIGNAL) != (ssize_t)len)
		return CLAMD_SILENT;
	if (hand >= 0 && fdpass_send(fd, 0, hand) != 0)
		return CLAMD_SILENT;
	return ask_read(c, fd, answer_r);
}

/* ---- a scan ---------------------------------------------------------- */

static bool
ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len > end_len && strcmp(text + len - end_len, end) == 0;
}

/* "fd[10]: OK", "fd[10]: NAME FOUND", "fd[10]: WORDS ERROR" */
static int
judge(const char *answer)
{
	static const char start[] = "fd[";
	const char *at = answer + strlen(start);

	if (strncmp(answer, start, strlen(start)) != 0)
		return CLAMD_UNCLEAR;
	at += strspn(at, "0123456789");
	if (strncmp(at, "]: ", 3) != 0)
		return CLAMD_UNCLEAR;
	at += 3;
	if (strcmp(at, "OK") == 0)
		return 0;
	if (!ends_in(at, " FOUND"))
		return CLAMD_UNCLEAR;
	return strncmp(at, EXCEEDED, strlen(EXCEEDED)) == 0 ? CLAMD_EXCEEDED
							    : CLAMD_INFECTED;
}

int
clamd_ready(struct clamd *c)
{
	struct pollfd held = {.fd = c->held, .events = POLLIN};

	/* an answer, late, or its end: either way it has let go */
	if (c->held >= 0 && poll(&held, 1, 0) <= 0)
		return CLAMD_SILENT;
	clamd_fini(c);
	return 0;
}

void
clamd_fini(struct clamd *c)
{
	close_fd(&c->held);
	c->held = -1;
}

/* Nobody changes MEMORY's bytes from here on. */
static int
scan(struct clamd *c, int memory)
{
	PN_CLEANUP(close_fd) int fd = -1;
	char answer[ANSWER_MAX];
	int r = clamd_ready(c);

	if (r == 0)
		r = memory_seal(memory);
	if (r == 0)
		r = ask_connect(c->path, &fd);
	if (r != 0)
		return r;
	r = ask(c, fd, "zFILDES", memory, answer);
	if (r == CLAMD_SILENT) {
		c->held = fd;
		fd = -1;
	}
	return r == 0 ? judge(answer) : r;
}

int
clamd_scan(struct clamd *c, struct clamd_file *f)
{
	return f->len == f->size ? scan(c, f->fd) : -EINVAL;
}

int
clamd_probe(struct clamd *c)
{
	PN_CLEANUP(close_fd) int fd = -1;
	int r = memory_new(PROBE_NAME, PROBE_SIZE, &fd);

	if (r == 0)
		r = scan(c, fd);
	if (r == CLAMD_EXCEEDED)
		return 0;
	/* found something in a hole? then it is no clamd */
	return r == 0 ? CLAMD_LENIENT : r == CLAMD_INFECTED ? CLAMD_UNCLEAR : r;
}

int
clamd_version(
    const struct clamd *c, char version_r[static CLAMD_VERSION_MAX + 1])
{
	PN_CLEANUP(close_fd) int fd = -1;
	char answer[ANSWER_MAX];
	int r = ask_connect(c->path, &fd);
	size_t len;

	if (r == 0)
		r = ask(c, fd, "zVERSION", -1, answer);
	if (r != 0)
		return r;
	len = strlen(answer);
	if (strncmp(answer, "ClamAV ", 7) != 0 || len > CLAMD_VERSION_MAX)
		return CLAMD_UNCLEAR;
	for (size_t i = 0; i < len; i++)
		if (answer[i] < ' ' || answer[i] > '~')
			return CLAMD_UNCLEAR;
	memcpy(version_r, answer, len + 1);
	return 0;
}
