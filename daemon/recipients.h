/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who gets a notification of a message: the other side of the thread. What
 * the client's side writes goes to the practice's, and the other way round;
 * never to the author.
 */

#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/store.h"
#include "store/thread.h"

struct recipients {
	size_t n;
	struct id persons[THREAD_MEMBERS];
};

void recipients_of(
    const struct thread *t, const struct id *author, struct recipients *r_r);

/* The rows made, to be made due after the commit. */
struct recipients_rows {
	size_t n;
	uint64_t numbers[THREAD_MEMBERS];
};

/*
 * One outbox row each: the first under NUMBER, which is the entry's, each
 * further one under a number of its own.
 */
int recipients_notify(struct store_txn *txn, const struct thread *t,
    const struct recipients *to, uint64_t number, int64_t now,
    struct recipients_rows *rows_r) PN_NODISCARD;
