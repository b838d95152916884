/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which mail system's bounce this is, by the families' signs. */

#include <stdbool.h>
#include <stddef.h>
#include "bridge/facts.h"

/*
 * I_R: the family's number. Words count only where no person can have written
 * them: from a daemon, or without a sender. False: no one's.
 */
bool signs_find(const struct facts *f, size_t *i_r);
