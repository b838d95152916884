/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Preloaded, it lets clamd delete nothing below the directory KEEP_BELOW: what
 * it wrote there for a moment can be looked at afterwards. Compiled by the
 * tests; no part of the product.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
keeps(const char *path)
{
	const char *below = getenv("KEEP_BELOW");

	return below != NULL && strncmp(path, below, strlen(below)) == 0;
}

int
unlink(const char *path)
{
	if (keeps(path))
		return 0;
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int
remove(const char *path)
{
	return unlink(path);
}

/* By a directory's descriptor whole trees are deleted, and nothing else. */
int
unlinkat(int dir, const char *path, int flags)
{
	if (dir != AT_FDCWD || keeps(path))
		return 0;
	return (int)syscall(SYS_unlinkat, dir, path, flags);
}

/* How the copy of a stream is emptied before it is deleted. */
int
ftruncate64(int fd, off64_t len)
{
	return len == 0 ? 0 : (int)syscall(SYS_ftruncate, fd, len);
}
