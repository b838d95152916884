/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A directory for one test, removed with what is in it. */

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
	char path[64];
};

static inline void
place_make_in(struct place *p, const char *top)
{
	(void)snprintf(p->path, sizeof(p->path), "%s/postern-unit-XXXXXX", top);
	ck_assert_ptr_nonnull(mkdtemp(p->path));
}

static inline void
place_make(struct place *p)
{
	place_make_in(p, "/tmp");
}

static inline void
place_empty(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		(void)closedir(d);
}

/* Files, and those in a store's directory of sealed files. */
static inline void
place_remove(struct place *p)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/attachments", p->path);
	place_empty(path);
	(void)rmdir(path);
	place_empty(p->path);
	(void)rmdir(p->path);
}

static inline size_t
place_read(const struct place *p, const char *name, uint8_t *to, size_t max)
{
	char path[PATH_MAX];
	FILE *f;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", p->path, name);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	n = fread(to, 1, max, f);
	(void)fclose(f);
	return n;
}

static inline void
place_write(
    const struct place *p, const char *name, const void *data, size_t len)
{
	char path[PATH_MAX];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", p->path, name);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}
