/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What no key can know by itself: those that must be set, and those that do
 * not go together.
 */

#include "base/attr.h"
#include "base/loader.h"

/* Adds an error for each. 0 or -ENOMEM. */
int conflict_check(struct loader *l) PN_NODISCARD;
