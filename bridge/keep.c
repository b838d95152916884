/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sodium.h>
#include <sys/stat.h>

#define NAME_MAX_LEN 64

static int
open_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0 ? 0 : -errno;
}

int
keep_write(
    const char *directory, const char *name, const void *data, size_t len)
{
	char fresh[NAME_MAX_LEN + 8];
	int dir = open_directory(directory);
	int fd, r;

	if (dir < 0)
		return dir;
	if (snprintf(fresh, sizeof(fresh), "%.64s.new", name) < 0)
		return -EINVAL;
	/* of a life that ended in the middle of this */
	(void)unlinkat(dir, fresh, 0);
	fd = openat(dir, fresh,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : write_all(fd, data, len);
	if (fd >= 0)
		(void)close(fd);
	if (r == 0 && renameat(dir, fresh, dir, name) != 0)
		r = -errno;
	if (r == 0 && fsync(dir) != 0)
		r = -errno;
	(void)close(dir);
	return r;
}

int
keep_read(const char *directory, const char *name, struct secret *s_r)
{
	char text[KEEP_MAX + 1];
	int dir = open_directory(directory);
	int fd, r = 0;
	ssize_t n;

	if (dir < 0)
		return dir;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		r = -errno;
	(void)close(dir);
	if (r < 0)
		return r;
	n = read(fd, text, sizeof(text));
	if (n < 0)
		r = -errno;
	else if (n > KEEP_MAX)
		r = -EMSGSIZE;
	else
		r = secret_set(s_r, text, (size_t)n);
	(void)close(fd);
	sodium_memzero(text, sizeof(text));
	return r;
}

int
keep_remove(const char *directory, const char *name)
{
	int dir = open_directory(directory);
	int r;

	if (dir < 0)
		return dir;
	r = unlinkat(dir, name, 0) == 0 || errno == ENOENT ? 0 : -errno;
	if (r == 0 && fsync(dir) != 0)
		r = -errno;
	(void)close(dir);
	return r;
}
