/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What files on disk come to, by a child as posternd has it. For each PATH a
 * line of JSON: its path, what it is or why it is refused, and of a picture
 * its pixels, how it is held, and what is to be left out.
 *   inspect_files PATH...
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jansson.h>
#include "daemon/inspect/inspect.h"

static const char *const kinds[] = {
    NULL, "pdf", "jpeg", "png", "doc", "docx", "csv"};
static const char *const refusals[] = {NULL, "unknown", "broken", "encrypted",
    "macros", "program", "pixels", "bomb", "mixed"};

struct file {
	int fd;
	uint8_t piece[65536];
};

static int
next_piece(void *arg, bool first, struct iovec *piece_r)
{
	struct file *f = arg;
	ssize_t n;

	if (first && lseek(f->fd, 0, SEEK_SET) < 0)
		return -errno;
	n = read(f->fd, f->piece, sizeof(f->piece));
	if (n < 0)
		return -errno;
	*piece_r = (struct iovec){f->piece, (size_t)n};
	return 0;
}

static json_t *
cuts_of(const struct inspect_verdict *v)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < v->cuts_n; i++)
		(void)json_array_append_new(
		    all, json_pack("[I,I]", (json_int_t)v->cuts[i].at,
			     (json_int_t)v->cuts[i].len));
	return all;
}

static int
tell(const char *path, const struct inspect_verdict *v)
{
	json_t *line = json_pack("{s:s,s:s,s:i,s:i,s:i,s:o}", "path", path,
	    "verdict",
	    v->refusal == INSPECT_GOOD ? kinds[v->kind] : refusals[v->refusal],
	    "width", (int)v->width, "height", (int)v->height, "orientation",
	    (int)v->orientation, "cuts", cuts_of(v));
	int r = line == NULL || json_dumpf(line, stdout, JSON_COMPACT) != 0;

	(void)putchar('\n');
	json_decref(line);
	return r == 0 ? 0 : -EIO;
}

static int
look(struct children *c, const char *path)
{
	struct file f = {.fd = open(path, O_RDONLY | O_CLOEXEC)};
	struct inspect_verdict v;
	struct stat st;
	int r;

	if (f.fd < 0)
		return -errno;
	r = fstat(f.fd, &st) == 0 ? 0 : -errno;
	if (r == 0)
		r = inspect_ask(c, (uint64_t)st.st_size, next_piece, &f, &v);
	(void)close(f.fd);
	return r != 0 ? r : tell(path, &v);
}

int
main(int argc, char **argv)
{
	struct children *c = NULL;
	int failed = 0;

	if (children_start(&inspect_nursery, INSPECT_TIMEOUT, &c) < 0)
		return EXIT_FAILURE;
	for (int i = 1; i < argc; i++) {
		int r = look(c, argv[i]);

		if (r == 0)
			continue;
		(void)fprintf(stderr, "%s: %d\n", argv[i], r);
		failed = 1;
	}
	children_stop(&c);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
