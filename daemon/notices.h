/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The notifications that still want sending: when each is due, under a
 * lock, and who to wake when one comes up. The rows are in the store; this
 * is their timetable, by the boot clock: a wall clock set back delays no mail
 * for longer than a try that failed does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/clock.h"
#include "store/outbox.h"
#include "store/store.h"

#define NOTICES_GRACE (10 * CLOCK_SECOND)
/* The longest wait between two tries, with room for its spread. */
#define NOTICES_LONGEST (70 * CLOCK_MINUTE)

struct notices;
struct waiters;

/*
 * Reads the due times from the store. WAKE outlives it. A lease of the time
 * before may never have reached the bridge: it ends NOTICES_GRACE from now,
 * in which a bridge that does send it reports the outcome.
 */
int notices_load(struct store_txn *txn, struct waiters *wake,
    struct notices **n_r) PN_NODISCARD;
void notices_free(struct notices **n);
/*
 * Inside a write transaction: adds ROW, whose kind and ids are set, to be
 * sent at once. It takes a number of its own unless it has one.
 */
int notices_make(
    struct store_txn *txn, struct outbox_row *row, int64_t now) PN_NODISCARD;
/*
 * After the commit that wrote the row: NUMBER is due at DUE, by the wall
 * clock (0: no more).
 * Without memory the row is found again at the next start. Any thread.
 */
void notices_due(struct notices *n, uint64_t number, int64_t due);
/*
 * Inside a lease's write transaction: takes the earliest that is due by BOOT
 * and puts it down for UNTIL instead, both clock_boot(). False: there is none.
 */
bool notices_take(
    struct notices *n, int64_t boot, int64_t until, uint64_t *number_r);
/* When the earliest is due, by clock_boot(), or INT64_MAX. Any thread. */
int64_t notices_next(struct notices *n);
