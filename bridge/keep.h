/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Small files in the bridge's own directory (systemd.exec(5),
 * StateDirectory=), mode 0600. What was there before stays until what is to
 * replace it is on the disk, so that a crash leaves one of the two.
 */

#include <stddef.h>
#include "base/attr.h"
#include "base/secret.h"

#define KEEP_MAX 16384 /* bytes of a file */

/* DIRECTORY must exist. 0 or -errno. */
int keep_write(const char *directory, const char *name, const void *data,
    size_t len) PN_NODISCARD;
/* 0, -ENOENT, -EMSGSIZE, or -errno. S_R starts as {0}; "" for an empty file. */
int keep_read(
    const char *directory, const char *name, struct secret *s_r) PN_NODISCARD;
/* 0, also if there is none, or -errno. */
int keep_remove(const char *directory, const char *name) PN_NODISCARD;
