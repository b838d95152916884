/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A thread's head as a stamped row: the one page that every message of the
 * thread touches.
 */

#include "base/attr.h"
#include "store/store.h"
#include "store/thread.h"

/* KV_NOT_FOUND; THREAD_BROKEN for a row that this store did not write. */
int head_get(struct store_txn *txn, const struct id *id,
    struct thread *t_r) PN_NODISCARD;
/* The head alone, without members' rows. As head_get()'s codes. */
int head_put(struct store_txn *txn, const struct thread *t) PN_NODISCARD;
