/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A notification that did not arrive, or was not welcome. Inside a write
 * transaction: its address fares worse; if that is stopped and its
 * participant has another, the notification goes there, under a number and
 * tokens of its own; else it has failed, and the practice's side is told.
 */

#include <stdint.h>
#include "base/attr.h"
#include "daemon/health.h"
#include "store/outbox.h"
#include "store/store.h"

struct undelivered {
	enum health_news news; /* of the address it went to */
	uint16_t code;         /* mailcode, or 0 */
	const struct health_limits *limits;
};

/*
 * Writes ROW and what follows. AGAIN_R: the notification that goes out in its
 * stead, for notices_due() after the commit, or 0. 0 or -errno.
 */
int undelivered(struct store_txn *txn, struct outbox_row *row,
    const struct undelivered *u, int64_t now, uint64_t *again_r) PN_NODISCARD;
