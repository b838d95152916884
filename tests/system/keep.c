/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Preloaded into clamd, it gives each file that is deleted another name in the
 * directory KEEP first: what was written for a moment can be looked at
 * afterwards. Compiled by the tests; no part of the product.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
keep(int dir, const char *path)
{
	static unsigned count;
	const char *where = getenv("KEEP");
	char name[PATH_MAX];

	if (where == NULL)
		return;
	snprintf(name, sizeof(name), "%s/%u", where,
	    __sync_fetch_and_add(&count, 1));
	/* what is on another file system, or no file, is not meant */
	(void)!linkat(dir, path, AT_FDCWD, name, 0);
}

int
unlinkat(int dir, const char *path, int flags)
{
	if ((flags & AT_REMOVEDIR) == 0)
		keep(dir, path);
	return (int)syscall(SYS_unlinkat, dir, path, flags);
}

int
unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int
remove(const char *path)
{
	return unlink(path) == 0 ? 0 : rmdir(path);
}

/* How the copy of a stream is emptied before it is deleted. */
int
ftruncate64(int fd, off64_t len)
{
	return len == 0 ? 0 : (int)syscall(SYS_ftruncate, fd, len);
}
