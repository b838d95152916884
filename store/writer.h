/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Group commit: one thread owns the write transaction. It runs all that
 * waits (at most WRITER_BATCH) inside one transaction, commits, then tells
 * each. No timer.
 *
 * An operation checks everything before its first put. A positive return is
 * a refusal: it must have left no trace, and its neighbours commit. A
 * negative return, or a failed commit, ends the process through FATAL: what
 * was not told durable was not acknowledged, and a restart finds the last
 * commit.
 */

#include <stdbool.h>
#include "base/attr.h"
#include "store/store.h"

#define WRITER_BATCH 256

/* Positive codes. */
enum writer_code {
	WRITER_BUSY = 50, /* the queue is full: try later */
	WRITER_STOPPING,
	WRITER_READ_ONLY, /* result of an operation on a full disk */
};

/*
 * Embedded in the caller's own struct; the caller's until submitted. RESULT
 * and NEXT are the writer's.
 */
struct writer_op {
	/* On the writer's thread. */
	int (*run)(struct writer_op *op, struct store_txn *txn);
	/* On the writer's thread, after the commit; RESULT is what run()
	 * returned, or WRITER_READ_ONLY without a run. May free the op. */
	void (*done)(struct writer_op *op, int result);
	/* Runs on a full disk too (the audit entry of a read, erasure). */
	bool essential;
	int result;
	struct writer_op *next;
};

struct writer;

/*
 * FATAL is called once, on the writer's thread, with -errno, KV_FULL or
 * -EPROTO for a refusal that left a trace. Where it returns, no operation is
 * run or told any more and submitting gives WRITER_STOPPING.
 */
int writer_start(struct store *st, size_t queue_max,
    void (*fatal)(int err, void *arg), void *arg,
    struct writer **w_r) PN_NODISCARD;
/* 0, WRITER_BUSY or WRITER_STOPPING; done() is called only after 0. */
int writer_submit(struct writer *w, struct writer_op *op) PN_NODISCARD;
/*
 * As it was found last: it is looked at before every batch, and while it is
 * full every second.
 */
bool writer_read_only(struct writer *w);
/* Commits what is queued, then stops. Not from done() or run(). */
void writer_stop(struct writer **w);
