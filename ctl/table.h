/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rows of cells for people to read, columns as wide as their widest cell.
 * Widths count characters, not what a terminal makes of them; the last column
 * is not padded, so put what others chose there. Every cell is made visible.
 */

#include <stddef.h>
#include <stdio.h>
#include "base/attr.h"

#define TABLE_COLUMNS_MAX 12

struct table;

/* NULL: out of memory. HEADS ends in NULL. */
struct table *table_new(const char *const *heads);
void table_free(struct table **t);
/* The row's next cell; NULL or "" is shown as "-". */
void table_add(struct table *t, const char *text);
void table_addf(struct table *t, const char *fmt, ...) PN_PRINTF(2, 3);
/* 0, -ENOMEM if a cell was lost, or -EIO. */
int table_print(const struct table *t, FILE *out) PN_NODISCARD;

#define table_auto PN_CLEANUP(table_free)
