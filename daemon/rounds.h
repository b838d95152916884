/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Once an hour posternd looks whom mail did not reach (daemon/unreached.h).
 * Where somebody has not read for a day what they could not be told of, the
 * practice's side of that thread gets a mail; and the person of
 * practice.summary-to a summary of counts, then, and else once a day if there
 * is anything to say. Addresses whose code was not typed in while it was good
 * are dropped.
 */

#include <stdatomic.h>
#include <stdint.h>
#include "base/clock.h"
#include "store/outbox.h"

#define ROUNDS_EVERY CLOCK_HOUR
#define ROUNDS_FIRST CLOCK_MINUTE /* after the start */
#define ROUNDS_SUMMARY CLOCK_DAY
/* So many mails that nobody can read are worth a line of a summary. */
#define ROUNDS_UNREADABLE 10

struct posternd;

/* Of the last round, for the status. */
struct rounds_seen {
	_Atomic uint32_t counts[OUTBOX_COUNTS];
};

/* Begins a round on another thread, if one is due by BOOT. */
void rounds_tick(struct posternd *d, int64_t boot);
