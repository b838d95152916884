/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Events on a thread that the system itself adds: what happened to a
 * notification, or to its answer. Inside a write transaction.
 *
 * An event is prepared (everything that can be refused, no trace) and then
 * added (only fatal errors are left).
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/store.h"
#include "store/thread.h"

/* Zero before event_prepare(), released by event_fini(). */
struct event {
	struct thread thread;
	struct entry_sealed sealed;
	bool ready; /* there is something to add */
};

/*
 * Seals EVENT about ABOUT for the thread ID. 0, KV_NOT_FOUND, or any code
 * that says the thread cannot be read: nothing can be added to it then.
 */
int event_prepare(struct store_txn *txn, const struct id *id,
    enum entry_event event, enum entry_visibility visibility,
    const struct id *about, int64_t now, struct event *e_r) PN_NODISCARD;
/*
 * EVENT_NOT_NOTIFIED about ABOUT for the practice's side, if ABOUT is the
 * client of the thread, and the newest entry does not say so already: what
 * is added is worth a look, not a heap. e_r->ready says whether.
 */
int event_prepare_not_notified(struct store_txn *txn, const struct id *id,
    const struct id *about, int64_t now, struct event *e_r) PN_NODISCARD;
/* Adds what is ready. 0 or -errno. */
int event_add(struct store_txn *txn, struct event *e) PN_NODISCARD;
void event_fini(struct event *e);

#define event_auto PN_CLEANUP(event_fini)
