/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Participants in the order of their names. Names are sealed, so that no
 * index has it: all of them are opened for each list.
 */

#include <stddef.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/store.h"

struct roster;

/* Those whose name or external id holds SEARCH in either case; NULL: all. */
int roster_make(struct store_txn *txn, const char *search,
    struct roster **r_r) PN_NODISCARD;
void roster_free(struct roster **r);
size_t roster_count(const struct roster *r);
const struct id *roster_at(const struct roster *r, size_t i);
/* The place behind ID; the end, if it is not there. */
size_t roster_after(const struct roster *r, const struct id *id);

#define roster_auto PN_CLEANUP(roster_free)
