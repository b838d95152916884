/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What of clamd's configuration (clamd.conf(5)) matters to files that nobody
 * else may see. posternd cannot look: its sandbox does not show it what clamd
 * sees. Here a key is good where it stands first, as clamd takes it.
 */

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include "base/attr.h"

#define CLAMAV_CONFIG "/etc/clamav/clamd.conf"
/*
 * What is larger inside of a container is passed over, and that is not told,
 * whatever AlertExceedsMax says: no less than clamd's own default.
 */
#define CLAMAV_FILE_MAX (INT64_C(100) << 20)

struct clamav {
	char directory[PATH_MAX]; /* where it unpacks to */
	int64_t file_max;         /* bytes */
};

/* 0, or -EINVAL for a value of these that clamd would not take, either. */
int clamav_read(FILE *f, struct clamav *c_r) PN_NODISCARD;
/* Is DIRECTORY in memory? 1, 0 or -errno. */
int clamav_in_memory(const char *directory) PN_NODISCARD;
/* A line to OUT for each thing that is wrong with what FILE says. */
void clamav_check(FILE *out, const char *file);
