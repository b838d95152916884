/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Preloaded into posternd, so that a test can move its clocks on while it
 * runs: the wall's and the boot clock. The file CLOCK_FILE holds by how many
 * milliseconds, as a 64-bit number. Compiled by the tests; no part of the
 * product.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *ahead;
static int (*real)(clockid_t clock, struct timespec *ts);

__attribute__((constructor)) static void
start(void)
{
	const char *path = getenv("CLOCK_FILE");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *map = MAP_FAILED;

	*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	if (fd >= 0)
		map = mmap(NULL, sizeof(*ahead), PROT_READ, MAP_SHARED, fd, 0);
	if (fd < 0 || map == MAP_FAILED)
		abort();
	(void)close(fd);
	ahead = map;
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	int r;

	if (real == NULL) /* before start() */
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	r = real(clock, ts);
	if (r == 0 && ahead != NULL &&
	    (clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME)) {
		int64_t ms = *ahead + ts->tv_nsec / 1000000;

		ts->tv_sec += ms / 1000;
		ts->tv_nsec = ms % 1000 * 1000000 + ts->tv_nsec % 1000000;
	}
	return r;
}
