/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Requests that wait for something to happen (long polls). Everyone who
 * waits is woken at once and looks again.
 *
 * To lose no wake-up: take a stamp, look, and if there is nothing, wait with
 * that stamp; what happened in between wakes at once.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"

struct waiters;

struct waiter {
	void (*wake)(struct waiter *w); /* any thread; under no lock */
	int64_t deadline;               /* clock_boot() */
	struct waiter *next;
};

int waiters_new(struct waiters **w_r) PN_NODISCARD;
void waiters_free(struct waiters **w);
uint64_t waiters_stamp(struct waiters *w);
/* False if something happened since STAMP, or it stops: it was not added. */
bool waiters_add(struct waiters *w, struct waiter *one, uint64_t stamp);
void waiters_wake(struct waiters *w);
/* Wakes those whose deadline has passed. */
void waiters_tick(struct waiters *w, int64_t boot);
/* Wakes all, takes no more. */
void waiters_stop(struct waiters *w);
