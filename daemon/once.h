/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The keys that requests may be repeated under, as they are kept: what a page
 * makes up is its own affair, so only a hash is.
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "daemon/keys.h"
#include "store/idem.h"

void once_key(const struct keys *keys, const char *key,
    uint8_t hash_r[static IDEM_HASH_LEN]);
/*
 * 0: PERSON has sent something under KEY, not longer ago than IDEM_HOURS.
 * KV_NOT_FOUND. In the writer.
 */
int once_used(struct store_txn *txn, const struct idem_table *t,
    const struct keys *keys, const struct id *person,
    const char *key) PN_NODISCARD;
