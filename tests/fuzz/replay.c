/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Runs a fuzz target without a fuzzer: every file of its corpus (CORPUS,
 * below the source tree), and DAMAGED copies of each with bytes changed, cut
 * out and doubled by a fixed series of numbers.
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/fuzz/fuzz.h"

#define DAMAGED 200
#define INPUT_MAX ((size_t)1024 * 1024)
#define PATH_LEN 1024

static uint32_t
next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Exactly LEN bytes, so that a sanitizer sees one read too many. */
static void
run(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);

	if (copy == NULL)
		abort();
	memcpy(copy, data, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static size_t
damage(uint8_t *data, size_t len, uint32_t *state)
{
	size_t at = next(state) % (len + 1);
	size_t n = next(state) % 64;

	if (n > len - at)
		n = len - at;
	switch (next(state) % 4) {
	case 0:
		for (size_t i = 0; i < n; i += 7)
			data[at + i] = (uint8_t)next(state);
		return len;
	case 1:
		memmove(data + at, data + at + n, len - at - n);
		return len - n;
	case 2:
		if (len + n > INPUT_MAX)
			return len;
		memmove(data + at + n, data + at, len - at);
		return len + n;
	default:
		return at;
	}
}

static int
run_file(const char *path)
{
	static uint8_t whole[INPUT_MAX];
	static uint8_t broken[INPUT_MAX];
	uint32_t state = 2463534242U;
	FILE *f = fopen(path, "r");
	size_t len;

	if (f == NULL)
		return 0;
	len = fread(whole, 1, sizeof(whole), f);
	(void)fclose(f);
	run(whole, len);
	for (unsigned i = 0; i < DAMAGED; i++) {
		size_t n = len;

		memcpy(broken, whole, len);
		for (uint32_t k = next(&state) % 4; n > 0 && k > 0; k--)
			n = damage(broken, n, &state);
		run(broken, n);
	}
	return 1;
}

int
main(int argc, char **argv)
{
	const char *src = getenv("POSTERN_SRCDIR");
	char path[PATH_LEN];
	struct dirent *e;
	DIR *d;
	int n = 0;

	(void)LLVMFuzzerInitialize(&argc, &argv);
	(void)snprintf(
	    path, sizeof(path), "%s/%s", src == NULL ? "." : src, CORPUS);
	d = opendir(path);
	if (d == NULL) {
		perror(path);
		return EXIT_FAILURE;
	}
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s/%s",
		    src == NULL ? "." : src, CORPUS, e->d_name);
		n += run_file(path);
	}
	(void)closedir(d);
	(void)printf("%d files of %s\n", n, CORPUS);
	return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
