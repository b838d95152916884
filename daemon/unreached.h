/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whom mail did not reach: the walk over people and threads that finds them,
 * and the addresses on its way that nobody confirmed. In a read transaction.
 */

#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/clock.h"
#include "base/id.h"
#include "store/outbox.h"
#include "store/store.h"

/* Unread for so long, and not told by mail: then a person has to know. */
#define UNREACHED_OVERDUE CLOCK_DAY
/* The others are found the next time. */
#define UNREACHED_OVER_MAX 256

/* An address whose code was never typed in: correction_is_over(). */
struct unreached_over {
	struct id person;
	struct id address;
};

struct unreached {
	int64_t now;
	int64_t looked;    /* whoever was overdue by then is known of */
	int64_t summed_up; /* files withheld since then count */
	/* found: */
	uint32_t counts[OUTBOX_COUNTS];
	struct id *overdue; /* threads, since LOOKED */
	size_t n;
	struct unreached_over *over; /* at most UNREACHED_OVER_MAX */
	size_t over_n;
};

/* NOW, LOOKED and SUMMED_UP are set. Release it in any case. */
int unreached_look(struct store_txn *txn, struct unreached *u) PN_NODISCARD;
void unreached_fini(struct unreached *u);

#define unreached_auto PN_CLEANUP(unreached_fini)
