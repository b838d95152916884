/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* When somebody last looked for people who were not reached. */

#include <stdint.h>
#include "base/attr.h"
#include "store/store.h"

struct rounds {
	int64_t looked;    /* up to here, whoever is overdue was told of */
	int64_t summed_up; /* the last summary; 0: none */
};

/* KV_NOT_FOUND: never. RECORD_*. */
int rounds_get(struct store_txn *txn, struct rounds *r_r) PN_NODISCARD;
int rounds_put(struct store_txn *txn, const struct rounds *r) PN_NODISCARD;
