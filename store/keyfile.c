/* SPDX-License-Identifier: Apache-2.0 */

#include "store/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "store/dir.h"

#define NAME "keyring"
#define NEW_NAME "keyring.new"

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

#define fd_auto PN_CLEANUP(close_fd)

static int
open_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int
read_all(int fd, struct buf *out)
{
	uint8_t part[512];
	ssize_t n;

	for (;;) {
		n = read(fd, part, sizeof(part));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return buf_error(out) == -EMSGSIZE ? -EFBIG
							   : buf_error(out);
		buf_add(out, part, (size_t)n);
		if (buf_error(out) == -EMSGSIZE)
			return -EFBIG;
	}
}

int
keyfile_read(const char *directory, struct buf *out)
{
	fd_auto int dir = open_directory(directory);
	fd_auto int fd = -1;

	if (dir < 0)
		return dir;
	/* a FIFO in its place must not hang the start */
	fd = openat(dir, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return fd < 0 ? -errno : read_all(fd, out);
}

static int
write_all(int fd, const uint8_t *at, size_t left)
{
	while (left > 0) {
		ssize_t n = write(fd, at, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		left -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* link() refuses to replace, rename() does not. */
static int
put_in_place(int dir, bool create)
{
	int rc;

	if (create)
		rc = linkat(dir, NEW_NAME, dir, NAME, 0);
	else
		rc = renameat(dir, NEW_NAME, dir, NAME);
	rc = rc < 0 ? -errno : 0;
	if (create || rc != 0)
		(void)unlinkat(dir, NEW_NAME, 0);
	return rc;
}

int
keyfile_write(const char *directory, const struct buf *in, bool create)
{
	fd_auto int dir = open_directory(directory);
	fd_auto int fd = -1;
	int rc;

	if (dir < 0)
		return dir;
	if (in->len > KEYFILE_MAX)
		return -EFBIG;
	/* left by a program that was stopped here */
	(void)unlinkat(dir, NEW_NAME, 0);
	fd = openat(dir, NEW_NAME,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    S_IRUSR | S_IWUSR);
	if (fd < 0)
		return -errno;
	rc = write_all(fd, in->data, in->len);
	if (rc != 0) {
		(void)unlinkat(dir, NEW_NAME, 0);
		return rc;
	}
	rc = put_in_place(dir, create);
	return rc != 0 ? rc : dir_sync(directory);
}
