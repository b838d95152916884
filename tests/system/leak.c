/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Control for test_canary.py: preloaded into posternd, it leaks what comes in
 * over its sockets, as LEAK says. A search that does not find that finds
 * nothing. Compiled by the test; no part of the product.
 *
 *	log	base64 on the standard error
 *	hex	hex digits on the standard error
 *	file	UTF-16 in a temporary file
 *	store	as it is, beside the database
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

static void
base64(FILE *out, const unsigned char *data, size_t len)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (; len >= 3; data += 3, len -= 3)
		fprintf(out, "%c%c%c%c", digit[data[0] >> 2],
		    digit[(data[0] & 3) << 4 | data[1] >> 4],
		    digit[(data[1] & 15) << 2 | data[2] >> 6],
		    digit[data[2] & 63]);
	fprintf(out, "\n");
}

static void
leak(const unsigned char *data, size_t len)
{
	const char *how = getenv("LEAK");
	const char *path = getenv("LEAK_FILE");
	FILE *out;

	if (how == NULL || path == NULL)
		return;
	if (strcmp(how, "log") == 0) {
		base64(stderr, data, len);
		return;
	}
	if (strcmp(how, "hex") == 0) {
		for (size_t i = 0; i < len; i++)
			fprintf(stderr, "%02x", data[i]);
		fprintf(stderr, "\n");
		return;
	}
	out = fopen(path, "a");
	if (out == NULL)
		return;
	for (size_t i = 0; i < len; i++) {
		fputc(data[i], out);
		if (strcmp(how, "file") == 0)
			fputc(0, out);
	}
	fclose(out);
}

ssize_t
recv(int fd, void *buf, size_t len, int flags)
{
	ssize_t (*real)(int, void *, size_t, int);
	ssize_t n;

	*(void **)&real = dlsym(RTLD_NEXT, "recv");
	n = real(fd, buf, len, flags);
	if (n > 0)
		leak(buf, (size_t)n);
	return n;
}
