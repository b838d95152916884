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
	int64_t timeout; /* milliseconds for one job */
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
	 * What is sent behind them, piece by piece, if not NULL: the next one,
	 * of length 0 at the end. AGAIN: from the start, as another child is
	 * asked. Not 0: children_ask() returns it.
	 */
	int (*more)(void *arg, bool again, struct iovec *part_r);
	void *arg;
	void *answer;
	size_t answer_len;
	/* Whether the answer can be one: a broken child may send anything. */
	bool (*valid)(const struct children_job *job);
};

/*
 * 0 and a valid answer; CHILDREN_FAILED; what MORE has returned; or -errno if
 * no child could be had: try later. If the answer is not 0 its bytes mean
 * nothing.
 */
int children_ask(
    struct children *c, const struct children_job *job) PN_NODISCARD;

#define children_auto PN_CLEANUP(children_stop)
