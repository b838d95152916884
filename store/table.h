/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A table in memory from a 64-bit key to 64-bit values: open addressing,
 * 16 bytes a slot. A key may have several values. Not thread-safe.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"

struct table;

/* 0 or -ENOMEM. */
int table_new(struct table **t_r) PN_NODISCARD;
void table_free(struct table **t);
/* VALUE must not be UINT64_MAX. 0 or -ENOMEM. */
int table_add(struct table *t, uint64_t key, uint64_t value) PN_NODISCARD;
/*
 * KEY's values one by one: *AT is 0 at first, and kept by the caller. False
 * after the last. No change may come in between.
 */
bool table_next(
    const struct table *t, uint64_t key, size_t *at, uint64_t *value_r);
/* KEY's only value becomes VALUE; false if it has none. */
bool table_set(struct table *t, uint64_t key, uint64_t value);
/* No error when there is nothing to delete. */
void table_del(struct table *t, uint64_t key, uint64_t value);
size_t table_count(const struct table *t);
