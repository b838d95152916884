/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The bytes of the keyring file: read whole and bounded, written to a new
 * name, synced, put in place, directory synced.
 */

#include <stdbool.h>
#include "base/attr.h"
#include "base/buf.h"

#define KEYFILE_MAX 4096

/* 0; -ENOENT; -EFBIG; -errno. */
int keyfile_read(const char *directory, struct buf *out) PN_NODISCARD;
/* CREATE: -EEXIST when there is one. Otherwise the old one is replaced. */
int keyfile_write(
    const char *directory, const struct buf *in, bool create) PN_NODISCARD;
