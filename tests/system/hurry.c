/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Preloaded into posternd for tests that would only wait otherwise; no part
 * of the product, and compiled by the tests.
 *
 *   - Its clocks, the wall's and the boot clock, can be moved on while it
 *     runs, and stand still but for that: the file CLOCK_FILE holds three
 *     64-bit numbers of milliseconds, by how much they are ahead, and where
 *     the wall's and the boot clock stand; 0: they run.
 *   - Passphrases are hashed with the least of Argon2id that there is. Tests
 *     of what that work is for do without this.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LEAST_OPS 1
#define LEAST_MEMORY ((size_t)8192)

struct clocks {
	int64_t ahead;
	int64_t wall;
	int64_t boot;
};

static const volatile struct clocks *clocks;
static int (*real_clock)(clockid_t clock, struct timespec *ts);

__attribute__((constructor)) static void
start(void)
{
	const char *path = getenv("CLOCK_FILE");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *map = MAP_FAILED;

	if (fd >= 0)
		map = mmap(NULL, sizeof(*clocks), PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		abort();
	(void)close(fd);
	clocks = map;
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	int r;

	if (real_clock == NULL)
		*(void **)&real_clock = dlsym(RTLD_NEXT, "clock_gettime");
	r = real_clock(clock, ts);
	if (r == 0 && clocks != NULL &&
	    (clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME)) {
		int64_t stands =
		    clock == CLOCK_REALTIME ? clocks->wall : clocks->boot;
		int64_t ms = clocks->ahead + ts->tv_nsec / 1000000;

		if (stands != 0) {
			*ts = (struct timespec){0};
			ms = clocks->ahead + stands;
		}
		ts->tv_sec += ms / 1000;
		ts->tv_nsec = ms % 1000 * 1000000 + ts->tv_nsec % 1000000;
	}
	return r;
}

int
crypto_pwhash_str_alg(char *out, const char *passphrase, unsigned long long len,
    unsigned long long ops, size_t memory, int alg)
{
	int (*real)(char *, const char *, unsigned long long,
	    unsigned long long, size_t, int);

	(void)ops;
	(void)memory;
	*(void **)&real = dlsym(RTLD_NEXT, "crypto_pwhash_str_alg");
	return real(out, passphrase, len, LEAST_OPS, LEAST_MEMORY, alg);
}

int
crypto_pwhash(unsigned char *out, unsigned long long out_len,
    const char *passphrase, unsigned long long len, const unsigned char *salt,
    unsigned long long ops, size_t memory, int alg)
{
	int (*real)(unsigned char *, unsigned long long, const char *,
	    unsigned long long, const unsigned char *, unsigned long long,
	    size_t, int);

	(void)ops;
	(void)memory;
	*(void **)&real = dlsym(RTLD_NEXT, "crypto_pwhash");
	return real(
	    out, out_len, passphrase, len, salt, LEAST_OPS, LEAST_MEMORY, alg);
}
