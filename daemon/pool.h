/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A few threads for what is slow by nature (Argon2id, long reads), with a
 * bounded queue, so that a flood of it stalls neither writes nor events.
 */

#include <stddef.h>
#include "base/attr.h"

struct pool;

/* Embedded in the caller's own struct; the pool's until RUN is called. */
struct pool_job {
	void (*run)(struct pool_job *job);
	struct pool_job *next;
};

/* Positive codes. */
enum pool_code {
	POOL_BUSY = 120, /* the queue is full: try later */
	POOL_STOPPING,
};

int pool_start(
    size_t workers, size_t queue_max, struct pool **p_r) PN_NODISCARD;
/* 0, POOL_BUSY or POOL_STOPPING. */
int pool_submit(struct pool *p, struct pool_job *job) PN_NODISCARD;
/*
 * The next part of what was let in before, which is not turned away half done.
 * 0 or POOL_STOPPING.
 */
int pool_go_on(struct pool *p, struct pool_job *job) PN_NODISCARD;
/* Runs what is queued, takes no more, joins. The pool stays until freed. */
void pool_stop(struct pool *p);
/* Stops first, if need be. */
void pool_free(struct pool **p);
