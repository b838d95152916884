/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/offline.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sodium.h>

static void
print_line(const char *path, const struct verdict *v)
{
	const char *hard = "-";
	char status[VERDICT_STATUS_LEN + 1];

	if (v->kind == VERDICT_BOUNCE)
		hard = v->hard ? "hard" : "soft";
	verdict_status(v, status);
	(void)printf("%s\t%s\t%s\t%s\t%s\n", path, verdict_kind_name(v->kind),
	    hard, status[0] == '\0' ? "-" : status, classify_rule_id(v->rule));
}

static int
read_file(const char *path, uint8_t *data, size_t *len_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	*len_r = 0;
	if (fd < 0)
		return -errno;
	while (n > 0 && *len_r < CLASSIFY_MAIL_MAX) {
		n = read(fd, data + *len_r, CLASSIFY_MAIL_MAX - *len_r);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			*len_r += (size_t)n;
	}
	(void)close(fd);
	return n < 0 ? -errno : 0;
}

static int
classify_file(struct parser *p, const char *path, uint8_t *data)
{
	const struct classify_envelope envelope = {.unknown = true};
	struct verdict v;
	size_t len;
	int r = read_file(path, data, &len);

	if (r == 0)
		r = parser_judge(p, &envelope, data, len, &v);
	if (r < 0) {
		(void)fprintf(
		    stderr, "postern-bridge: %s: %s\n", path, strerror(-r));
		return 1;
	}
	print_line(path, &v);
	return 0;
}

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

int
offline_classify(struct parser *p, char *const *paths)
{
	uint8_t *data = malloc(CLASSIFY_MAIL_MAX);
	FTS *tree = fts_open(
	    paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	FTSENT *e;
	int result = 0;

	while (data != NULL && tree != NULL && (e = fts_read(tree)) != NULL) {
		if (e->fts_info == FTS_F) {
			result |= classify_file(p, e->fts_path, data);
		} else if (e->fts_info == FTS_NS || e->fts_info == FTS_ERR ||
			   e->fts_info == FTS_DNR) {
			(void)fprintf(stderr, "postern-bridge: %s: %s\n",
			    e->fts_path, strerror(e->fts_errno));
			result = 1;
		}
	}
	if (data == NULL || tree == NULL)
		result = 1;
	if (tree != NULL)
		(void)fts_close(tree);
	if (data != NULL)
		sodium_memzero(data, CLASSIFY_MAIL_MAX);
	free(data);
	return result;
}
