/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Preloaded into posternd for a test: a disk that takes its time to read. No
 * part of the product, and compiled by the test.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>

#define SMALL 60000 /* bytes: less is no piece of a file */

static ssize_t (*real_pread)(int fd, void *to, size_t len, off_t at);

ssize_t
pread(int fd, void *to, size_t len, off_t at)
{
	const struct timespec while_it_turns = {.tv_nsec = 20000000};

	if (real_pread == NULL)
		*(void **)&real_pread = dlsym(RTLD_NEXT, "pread");
	if (len > SMALL)
		(void)nanosleep(&while_it_turns, NULL);
	return real_pread(fd, to, len, at);
}

ssize_t
pread64(int fd, void *to, size_t len, off_t at)
{
	return pread(fd, to, len, at);
}
