/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Text as people compare it: without upper and lower case, beyond ASCII too.
 * Making one takes longer than many uses of it.
 */

#include "base/attr.h"
#include "base/buf.h"

struct fold;

int fold_open(struct fold **f_r) PN_NODISCARD;
void fold_close(struct fold **f);
/* Appends TEXT, which must be valid UTF-8, with all letters small. */
void fold_add(const struct fold *f, const char *text, struct buf *out);

#define fold_auto PN_CLEANUP(fold_close)
