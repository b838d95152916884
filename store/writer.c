/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include "store/writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define LOOK_AGAIN 1 /* seconds */

struct writer {
	struct store *st;
	void (*fatal)(int err, void *arg);
	void *arg;
	size_t queue_max;
	atomic_bool read_only;
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t work;
	struct writer_op *first;
	struct writer_op **last;
	size_t count;
	bool stopping;
};

/* Ends the writer: nothing is run or told any more. */
static void
fail(struct writer *w, int err)
{
	(void)pthread_mutex_lock(&w->lock);
	w->stopping = true;
	w->first = NULL;
	w->last = &w->first;
	w->count = 0;
	(void)pthread_mutex_unlock(&w->lock);
	w->fatal(err, w->arg);
}

/* Under the lock. On a full disk it is time to look again before long. */
static void
wait_for_work(struct writer *w)
{
	struct timespec ts;

	if (!atomic_load(&w->read_only)) {
		while (w->first == NULL && !w->stopping)
			(void)pthread_cond_wait(&w->work, &w->lock);
		return;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += LOOK_AGAIN;
	while (w->first == NULL && !w->stopping &&
	       pthread_cond_timedwait(&w->work, &w->lock, &ts) == 0)
		;
}

/*
 * Waits for work and takes up to a batch, or none on a full disk. False when
 * stopping and done.
 */
static bool
take_batch(struct writer *w, struct writer_op **batch_r)
{
	struct writer_op **end;
	bool go_on;
	size_t n;

	(void)pthread_mutex_lock(&w->lock);
	wait_for_work(w);
	go_on = w->first != NULL || !w->stopping;
	*batch_r = w->first;
	end = &w->first;
	for (n = 0; n < WRITER_BATCH && *end != NULL; n++)
		end = &(*end)->next;
	w->first = *end;
	if (w->first == NULL)
		w->last = &w->first;
	w->count -= n;
	*end = NULL;
	(void)pthread_mutex_unlock(&w->lock);
	return go_on;
}

static int
run_op(struct writer *w, struct writer_op *op, struct store_txn *txn)
{
	uint64_t before = store_changes(txn);

	if (!op->essential && atomic_load(&w->read_only)) {
		op->result = WRITER_READ_ONLY;
		return 0;
	}
	op->result = op->run(op, txn);
	if (op->result < 0)
		return op->result;
	if (op->result > 0 && store_changes(txn) != before)
		return -EPROTO;
	return 0;
}

static int
run_batch(struct writer *w, struct writer_op *batch)
{
	store_txn_auto struct store_txn *txn = NULL;
	int rc = store_begin(w->st, true, &txn);

	for (struct writer_op *op = batch; rc == 0 && op != NULL; op = op->next)
		rc = run_op(w, op, txn);
	return rc != 0 ? rc : store_commit(&txn);
}

static void
tell_batch(struct writer_op *batch)
{
	while (batch != NULL) {
		struct writer_op *op = batch;

		batch = op->next;
		op->done(op, op->result);
	}
}

/* Sets the state the next batch runs in. 0 or -errno. */
static int
look_at_disk(struct writer *w)
{
	int rc = store_reserve(w->st);

	if (rc < 0)
		return rc;
	atomic_store(&w->read_only, rc == KV_FULL);
	return 0;
}

static void *
writer_main(void *arg)
{
	struct writer *w = arg;
	struct writer_op *batch;
	int rc;

	(void)pthread_setname_np(pthread_self(), "writer");
	while (take_batch(w, &batch)) {
		rc = look_at_disk(w);
		if (rc == 0 && batch != NULL)
			rc = run_batch(w, batch);
		if (rc != 0) {
			fail(w, rc);
			break;
		}
		tell_batch(batch);
	}
	return NULL;
}

/* Signals are for the threads that wait for them. */
static int
start_thread(struct writer *w)
{
	sigset_t all, old;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&w->thread, NULL, writer_main, w);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -rc;
}

int
writer_start(struct store *st, size_t queue_max,
    void (*fatal)(int err, void *arg), void *arg, struct writer **w_r)
{
	struct writer *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;
	int rc;

	if (w == NULL)
		return -ENOMEM;
	w->st = st;
	w->fatal = fatal;
	w->arg = arg;
	w->queue_max = queue_max;
	w->last = &w->first;
	atomic_init(&w->read_only, false);
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&w->work, &attr);
	(void)pthread_condattr_destroy(&attr);
	rc = look_at_disk(w);
	if (rc == 0)
		rc = start_thread(w);
	if (rc != 0) {
		(void)pthread_cond_destroy(&w->work);
		(void)pthread_mutex_destroy(&w->lock);
		free(w);
		return rc;
	}
	*w_r = w;
	return 0;
}

int
writer_submit(struct writer *w, struct writer_op *op)
{
	int rc = 0;

	op->next = NULL;
	(void)pthread_mutex_lock(&w->lock);
	if (w->stopping) {
		rc = WRITER_STOPPING;
	} else if (w->count >= w->queue_max) {
		rc = WRITER_BUSY;
	} else {
		*w->last = op;
		w->last = &op->next;
		if (w->count++ == 0)
			(void)pthread_cond_signal(&w->work);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return rc;
}

bool
writer_read_only(struct writer *w)
{
	return atomic_load(&w->read_only);
}

void
writer_stop(struct writer **w_p)
{
	struct writer *w = *w_p;

	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->stopping = true;
	(void)pthread_cond_signal(&w->work);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
	(void)pthread_cond_destroy(&w->work);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
	*w_p = NULL;
}
