/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The disk's own limit: 4 KiB appends with fdatasync(2), and overwrites of
 * allocated space, each for SECONDS. Prints "append_per_s overwrite_per_s".
 *
 * syncrate DIRECTORY SECONDS
 */

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

static double
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double
rate(int fd, double seconds, bool append)
{
	static uint8_t page[PAGE];
	double began = now();
	unsigned long n = 0;

	while (now() - began < seconds) {
		off_t at = append ? (off_t)n * PAGE : (off_t)(n % 256) * PAGE;

		memset(page, (int)n, sizeof(page));
		if (pwrite(fd, page, PAGE, at) != PAGE || fdatasync(fd) != 0) {
			perror("syncrate");
			exit(1);
		}
		n++;
	}
	return (double)n / (now() - began);
}

int
main(int argc, char **argv)
{
	char path[4096];
	double seconds, append;
	int fd;

	if (argc != 3 || (seconds = strtod(argv[2], NULL)) <= 0) {
		(void)fputs("usage: syncrate DIRECTORY SECONDS\n", stderr);
		return 64;
	}
	(void)snprintf(path, sizeof(path), "%s/syncrate.tmp", argv[1]);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		perror(path);
		return 1;
	}
	append = rate(fd, seconds, true);
	printf("%.0f %.0f\n", append, rate(fd, seconds, false));
	(void)close(fd);
	(void)unlink(path);
	return 0;
}
