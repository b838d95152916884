/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What hostile bytes come to, from children of a nursery (base/nursery.h). Any
 * thread may ask; each has a child to itself meanwhile, and waits for one if
 * all are busy. A child that is too slow, dies or talks nonsense is killed,
 * and the next job gets a fresh one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include "base/attr.h"
#include "base/nursery.h"

#define CHILDREN_MAX 4 /* at the same time */

struct children;

/* Positive code. */
enum children_code {
	CHILDREN_FAILED = 160, /* not even a fresh child could do it */
};

struct children_rules {
	unsigned jobs;   /* a child is asked for no more than so many */
	int64_t timeout; /* milliseconds for one job, all its pieces told */
};

/*
 * Forks the server: call while the process has one thread and has read no
 * secret. N, and what it points to, must stay. 0 or -errno.
 */
int children_start(const struct nursery *n, int64_t timeout,
    struct children **c_r) PN_NODISCARD;
/*
 * Runs the program PATH, which becomes the server with its socket for
 * standard input, no other descriptor but standard output and error, and an
 * empty environment. 0 once it has made a child; else -errno, -EPIPE if it
 * ended instead.
 */
int children_exec(const char *path, const struct children_rules *rules,
    struct children **c_r) PN_NODISCARD;
/*
 * Hung up (POLLHUP) once the server is gone for good, and with it all hope of
 * an answer: the process should end, to be started anew.
 */
int children_fd(const struct children *c);
/* Nobody may be asking any more. */
void children_stop(struct children **c);

struct children_job {
	struct iovec parts[2]; /* sent one after the other */
	/*
	 * What comes behind them, piece by piece, so that it need not be in
	 * memory at once; NULL: nothing does. Called for the next piece, which
	 * stays until the next call; one of no bytes ends it. FIRST: for the
	 * first one, which may be asked for once more, for a fresh child. 0;
	 * anything else ends the job, and is what children_ask() returns.
	 */
	int (*next)(void *arg, bool first, struct iovec *piece_r);
	void *next_arg;
	void *answer;
	size_t answer_len;
	/* Whether the answer can be one: a broken child may send anything. */
	bool (*valid)(const struct children_job *job);
};

/*
 * 0 and a valid answer; CHILDREN_FAILED; what next() returned; or -errno if no
 * child could be had: try later. If it is not 0 the answer's bytes mean
 * nothing. A child may answer before it has read all that next() gives, and
 * leave; the rest is not asked for then.
 */
int children_ask(
    struct children *c, const struct children_job *job) PN_NODISCARD;

#define children_auto PN_CLEANUP(children_stop)
