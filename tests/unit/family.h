/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The processes that a test has made, and what those have; zombies do not
 * count.
 */

#include <check.h>
#include <dirent.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define FAMILY_MAX 16

static inline size_t
family_children(pid_t parent, pid_t pids[static FAMILY_MAX])
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	size_t n = 0;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL && n < FAMILY_MAX) {
		char path[300];
		FILE *f;
		int pid, ppid;
		char state;

		(void)snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		if (strspn(e->d_name, "0123456789") != strlen(e->d_name) ||
		    (f = fopen(path, "r")) == NULL)
			continue;
		if (fscanf(f, "%d (%*[^)]) %c %d", &pid, &state, &ppid) == 3 &&
		    ppid == parent && state != 'Z')
			pids[n++] = pid;
		(void)fclose(f);
	}
	(void)closedir(d);
	return n;
}

/* Those of the one child there is: a nursery. */
static inline size_t
family_grandchildren(pid_t pids[static FAMILY_MAX])
{
	pid_t server[FAMILY_MAX];

	ck_assert_uint_eq(family_children(getpid(), server), 1);
	return family_children(server[0], pids);
}

/* Waits until there are N of these: one that was replaced takes a moment. */
static inline void
family_settle(pid_t pids[static FAMILY_MAX], size_t n)
{
	size_t now = family_grandchildren(pids);

	for (unsigned i = 0; i < 500 && now != n; i++) {
		(void)poll(NULL, 0, 10);
		now = family_grandchildren(pids);
	}
	ck_assert_uint_eq(now, n);
}
