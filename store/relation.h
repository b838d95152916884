/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who works or has worked with whom: client and provider, from and until.
 * A past relation stays; it may be written to unless closed. The row also
 * names the pair's open thread, so that there is only ever one.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/store.h"

struct relation {
	struct id client;
	struct id provider;
	int64_t since;
	int64_t until; /* 0: current */
	bool writable;
	struct id thread; /* nil: none open */
};

int relation_put(struct store_txn *txn, const struct relation *r) PN_NODISCARD;
int relation_get(struct store_txn *txn, const struct id *client,
    const struct id *provider, struct relation *r_r) PN_NODISCARD;
/* PERSON's with OTHER; PERSON is the CLIENT of the two, or the provider. */
int relation_with(struct store_txn *txn, const struct id *person, bool client,
    const struct id *other, struct relation *r_r) PN_NODISCARD;
/* All of a client's or provider's, in order of the other's id. */
int relation_list(struct store_txn *txn, const struct id *person, bool client,
    size_t limit, int (*each)(const struct relation *r, void *arg),
    void *arg) PN_NODISCARD;
