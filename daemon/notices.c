/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/notices.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sodium.h>
#include "base/clock.h"
#include "base/log.h"
#include "daemon/waiters.h"

struct notices {
	pthread_mutex_t lock;
	struct outbox_due *due;
	struct waiters *wake;
};

/* Both clocks, read once: what is due together stays so. */
struct moment {
	int64_t now;
	int64_t boot;
};

static struct moment
moment_now(void)
{
	return (struct moment){.now = clock_now(), .boot = clock_boot()};
}

/* A row's time by the boot clock. */
static int64_t
to_boot(const struct moment *m, int64_t due)
{
	int64_t left = due - m->now;
	int64_t boot;

	/* nothing is put off for longer, unless a clock was set back */
	if (left > NOTICES_LONGEST)
		left = NOTICES_LONGEST;
	boot = m->boot + left;
	return boot == 0 ? 1 : boot;
}

static int64_t
when_due(const struct outbox_row *row, void *arg)
{
	const struct moment *m = arg;
	const int64_t grace = m->boot + NOTICES_GRACE;
	int64_t boot = to_boot(m, row->due);

	return row->state == OUTBOX_LEASED && boot > grace ? grace : boot;
}

int
notices_load(struct store_txn *txn, struct waiters *wake, struct notices **n_r)
{
	struct notices *n = calloc(1, sizeof(*n));
	struct moment m = moment_now();
	int r;

	if (n == NULL)
		return -ENOMEM;
	pthread_mutex_init(&n->lock, NULL);
	n->wake = wake;
	r = outbox_due_load(txn, when_due, &m, &n->due);
	if (r != 0) {
		notices_free(&n);
		return r;
	}
	*n_r = n;
	return 0;
}

void
notices_free(struct notices **n)
{
	if (*n == NULL)
		return;
	if ((*n)->due != NULL)
		outbox_due_free(&(*n)->due);
	pthread_mutex_destroy(&(*n)->lock);
	free(*n);
	*n = NULL;
}

int
notices_make(struct store_txn *txn, struct outbox_row *row, int64_t now)
{
	if (row->number == 0)
		row->number = store_number(txn);
	row->salt = randombytes_random();
	row->state = OUTBOX_PENDING;
	row->created = now;
	row->due = now;
	return outbox_add(txn, row);
}

void
notices_due(struct notices *n, uint64_t number, int64_t due)
{
	const struct moment m = moment_now();
	int64_t boot = due != 0 ? to_boot(&m, due) : 0;
	int r;

	pthread_mutex_lock(&n->lock);
	r = outbox_due_set(n->due, number, boot);
	pthread_mutex_unlock(&n->lock);
	if (r != 0)
		log_error("outbox", "no memory for a due time");
	if (due != 0 && boot <= clock_boot())
		waiters_wake(n->wake);
}

bool
notices_take(struct notices *n, int64_t boot, int64_t until, uint64_t *number_r)
{
	int64_t due;
	bool found;

	pthread_mutex_lock(&n->lock);
	found = outbox_due_first(n->due, number_r, &due) && due <= boot;
	/* moving what is there takes no memory */
	if (found && outbox_due_set(n->due, *number_r, until) != 0)
		found = false;
	pthread_mutex_unlock(&n->lock);
	return found;
}

int64_t
notices_next(struct notices *n)
{
	uint64_t number;
	int64_t due;

	pthread_mutex_lock(&n->lock);
	if (!outbox_due_first(n->due, &number, &due))
		due = INT64_MAX;
	pthread_mutex_unlock(&n->lock);
	return due;
}
