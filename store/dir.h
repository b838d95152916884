/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Makes names durable: a new or renamed file is only safe once its directory
 * is synced too. */

#include "base/attr.h"

/* Syncs the directory PATH. 0 or -errno. */
int dir_sync(const char *path) PN_NODISCARD;
/* Syncs the directory that PATH itself stands in. */
int dir_sync_parent(const char *path) PN_NODISCARD;
