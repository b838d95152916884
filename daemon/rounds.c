/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/rounds.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "daemon/correction.h"
#include "daemon/notices.h"
#include "daemon/pool.h"
#include "daemon/posternd.h"
#include "daemon/unreached.h"
#include "store/audit.h"
#include "store/person.h"
#include "store/rounds.h"
#include "store/thread.h"

/* One round, on its way through the pool and the writer. */
struct round {
	struct pool_job job;
	struct writer_op op;
	struct posternd *d;
	struct unreached found;
	struct rounds next;
	uint64_t *made; /* notifications, due at once */
	size_t n;
};

static struct round *
round_of(struct writer_op *op)
{
	return (struct round *)((char *)op - offsetof(struct round, op));
}

static void
round_free(struct round *r)
{
	unreached_fini(&r->found);
	free(r->made);
	free(r);
}

/* ---- what follows, on the writer's thread ---------------------------- */

static int
make(struct round *r, struct store_txn *txn, struct outbox_row *row)
{
	uint64_t *more = reallocarray(r->made, r->n + 1, sizeof(*more));
	int err;

	if (more == NULL)
		return -ENOMEM;
	r->made = more;
	err = notices_make(txn, row, r->found.now);
	if (err == 0)
		r->made[r->n++] = row->number;
	return err > 0 ? -EIO : err;
}

/* A thread that cannot be read is told of by "posternd verify". */
static int
tell_side(struct round *r, struct store_txn *txn, const struct id *id)
{
	struct thread t;
	int err = thread_get(txn, id, &t);

	for (size_t i = 0; err == 0 && i < t.member_count; i++) {
		const struct thread_member *m = &t.members[i];
		struct outbox_row row = {
		    .kind = OUTBOX_OVERDUE,
		    .person = m->person,
		    .thread = *id,
		};

		if (m->until == 0 && (m->capacity == MEMBER_COUNTERPART ||
					 m->capacity == MEMBER_COVER))
			err = make(r, txn, &row);
	}
	return err < 0 ? err : 0;
}

static bool
is_summary_due(const struct round *r)
{
	bool any = false;

	for (size_t i = 0; i < OUTBOX_COUNTS; i++)
		any = any || r->found.counts[i] > 0;
	if (!any || r->d->settings->practice.summary_to[0] == '\0')
		return false;
	return r->found.n > 0 || r->next.summed_up == 0 ||
	       r->found.now - r->next.summed_up >= ROUNDS_SUMMARY;
}

static bool
has_to_tell(const struct round *r)
{
	return r->found.n > 0 || is_summary_due(r);
}

static int
sum_up(struct round *r, struct store_txn *txn)
{
	outbox_row_auto struct outbox_row row = {.kind = OUTBOX_SUMMARY};
	int err = secret_replace(&row.to, r->d->settings->practice.summary_to);

	memcpy(row.counts, r->found.counts, sizeof(row.counts));
	if (err == 0)
		err = make(r, txn, &row);
	r->next.summed_up = r->found.now;
	return err;
}

/* Unless it was confirmed or is gone since it was found. */
static int
drop(struct round *r, struct store_txn *txn, const struct unreached_over *over)
{
	address_auto struct address a = {0};
	struct audit audit = {
	    .at = r->found.now,
	    .verb = AUDIT_ADDRESS_EXPIRED,
	    .subject = over->person,
	    .via = "posternd",
	};
	int err = address_get(txn, &over->person, &over->address, &a);

	if (err != 0 || !correction_is_over(&a, r->found.now))
		return err == KV_NOT_FOUND ? 0 : err;
	err = address_del(txn, &over->person, &over->address);
	if (err != 0)
		return err;
	audit.number = store_number(txn);
	return audit_add(txn, &audit);
}

static int
round_write(struct writer_op *op, struct store_txn *txn)
{
	struct round *r = round_of(op);
	struct audit audit = {
	    .at = r->found.now,
	    .verb = AUDIT_ROUNDS,
	    .detail = r->found.n,
	    .via = "posternd",
	};
	int err = 0;

	for (size_t i = 0; err == 0 && i < r->found.over_n; i++)
		err = drop(r, txn, &r->found.over[i]);
	if (err != 0 || !has_to_tell(r))
		return err > 0 ? -EIO : err;
	for (size_t i = 0; err == 0 && i < r->found.n; i++)
		err = tell_side(r, txn, &r->found.overdue[i]);
	if (err == 0 && is_summary_due(r))
		err = sum_up(r, txn);
	r->next.looked = r->found.now;
	if (err == 0)
		err = rounds_put(txn, &r->next);
	if (err != 0)
		return err > 0 ? -EIO : err;
	audit.number = store_number(txn);
	return audit_add(txn, &audit);
}

static void
round_done(struct writer_op *op, int result)
{
	struct round *r = round_of(op);

	if (result == 0 && r->next.summed_up == r->found.now)
		(void)atomic_fetch_sub(
		    &r->d->unreadable, r->found.counts[OUTBOX_UNREADABLE]);
	for (size_t i = 0; result == 0 && i < r->n; i++)
		notices_due(r->d->notices, r->made[i], r->found.now);
	if (result != 0)
		log_warning(
		    "rounds", "not written down (%d): again later", result);
	round_free(r);
}

/* ---- looking, on a worker's thread ----------------------------------- */

static int
look(struct round *r)
{
	store_txn_auto struct store_txn *txn = NULL;
	int err = store_begin(r->d->store, false, &txn);

	if (err == 0)
		err = rounds_get(txn, &r->next);
	if (err != 0 && err != KV_NOT_FOUND)
		return err;
	/* the clock was set back: rather told twice than not at all */
	if (r->next.looked > r->found.now)
		r->next.looked = 0;
	if (r->next.summed_up > r->found.now)
		r->next.summed_up = r->found.now - ROUNDS_SUMMARY;
	r->found.counts[OUTBOX_UNREADABLE] = atomic_load(&r->d->unreadable);
	if (r->found.counts[OUTBOX_UNREADABLE] < ROUNDS_UNREADABLE)
		r->found.counts[OUTBOX_UNREADABLE] = 0;
	r->found.looked = r->next.looked;
	r->found.summed_up = r->next.summed_up;
	return unreached_look(txn, &r->found);
}

static void
round_run(struct pool_job *job)
{
	struct round *r = (struct round *)(void *)job;
	struct rounds_seen *seen = &r->d->rounds_seen;
	int err;

	r->found.now = clock_now();
	err = look(r);
	if (err == 0) {
		for (size_t i = 0; i < OUTBOX_COUNTS; i++)
			atomic_store(&seen->counts[i], r->found.counts[i]);
		if (r->found.over_n > 0 || has_to_tell(r)) {
			err = posternd_submit(r->d, &r->op);
			if (err == 0)
				return;
		}
	}
	if (err != 0)
		log_warning("rounds", "broken off (%d): again later", err);
	round_free(r);
}

void
rounds_tick(struct posternd *d, int64_t boot)
{
	struct round *r;

	if (boot < d->rounds_due)
		return;
	d->rounds_due = boot + ROUNDS_EVERY;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return;
	r->d = d;
	r->job = (struct pool_job){.run = round_run};
	r->op = (struct writer_op){.run = round_write, .done = round_done};
	if (pool_submit(d->read_pool, &r->job) != 0)
		round_free(r);
}
