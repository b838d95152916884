/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/unreached.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include "daemon/correction.h"
#include "daemon/health.h"
#include "store/attachment.h"
#include "store/person.h"
#include "store/thread.h"

#define ALL ((size_t)100 * 1000 * 1000)

struct walk {
	struct store_txn *txn;
	struct unreached *u;
};

void
unreached_fini(struct unreached *u)
{
	free(u->overdue);
	free(u->over);
	u->overdue = NULL;
	u->over = NULL;
	u->n = 0;
	u->over_n = 0;
}

/* ---- people ---------------------------------------------------------- */

struct reach {
	struct unreached *over; /* where those are noted, or NULL */
	bool usable;
	bool stopped;
};

static int
add_over(struct unreached *u, const struct address *a)
{
	if (u->over == NULL)
		u->over = calloc(UNREACHED_OVER_MAX, sizeof(*u->over));
	if (u->over == NULL)
		return -ENOMEM;
	if (u->over_n < UNREACHED_OVER_MAX)
		u->over[u->over_n++] =
		    (struct unreached_over){a->person, a->id};
	return 0;
}

static int
look_at_address(const struct address *a, void *arg)
{
	struct reach *r = arg;

	if (r->over != NULL && correction_is_over(a, r->over->now))
		return add_over(r->over, a);
	r->usable |= health_usable(a);
	r->stopped |= a->state == ADDRESS_STOPPED;
	return 0;
}

/* ---- threads --------------------------------------------------------- */

/*
 * Since when somebody has not read what they were not told of; 0: nobody.
 * Clients are marked so in the head; of the practice's side it is whoever has
 * no address in use while a client waits.
 */
static int
waits_since(struct walk *w, const struct thread *t, int64_t *since_r)
{
	*since_r = 0;
	for (size_t i = 0; i < t->member_count; i++) {
		const struct thread_member *m = &t->members[i];
		struct reach reach = {0};
		int64_t since = t->unnotified.since;
		int r;

		if (m->until != 0 || m->unread == 0)
			continue;
		if (m->capacity != MEMBER_CLIENT) {
			r = address_list(
			    w->txn, &m->person, look_at_address, &reach);
			if (r != 0)
				return r;
			since = reach.usable ? 0 : t->waiting;
		}
		if (since != 0 && (*since_r == 0 || since < *since_r))
			*since_r = since;
	}
	return 0;
}

static int
add_overdue(struct unreached *u, const struct id *thread)
{
	struct id *more = u->overdue;

	/* grows at the powers of two */
	if ((u->n & (u->n - 1)) == 0)
		more = reallocarray(
		    u->overdue, u->n == 0 ? 1 : 2 * u->n, sizeof(*more));
	if (more == NULL)
		return -ENOMEM;
	u->overdue = more;
	u->overdue[u->n++] = *thread;
	return 0;
}

static int
look_at_thread(const struct thread *t, void *arg)
{
	struct walk *w = arg;
	struct unreached *u = w->u;
	int64_t since;
	int r;

	if (t->closed != 0)
		return 0;
	r = waits_since(w, t, &since);
	if (r != 0 || since == 0 || u->now - since < UNREACHED_OVERDUE)
		return r;
	u->counts[OUTBOX_WAITING]++;
	return since + UNREACHED_OVERDUE > u->looked ? add_overdue(u, &t->id)
						     : 0;
}

/* A thread has one client, so all are met once. */
static int
look_at_person(const struct person *p, void *arg)
{
	struct walk *w = arg;
	struct reach reach = {.over = w->u};
	int r = address_list(w->txn, &p->id, look_at_address, &reach);

	if (r != 0 || !p->active)
		return r;
	if (reach.stopped && !reach.usable)
		w->u->counts[OUTBOX_UNREACHED]++;
	return p->role == ROLE_CLIENT
		   ? thread_list(w->txn, &p->id, NULL, ALL, look_at_thread, w)
		   : 0;
}

/* ---- files ----------------------------------------------------------- */

static int
look_at_file(const struct attachment_row *row, void *arg)
{
	struct walk *w = arg;

	if (row->state == ATTACHMENT_INFECTED && row->changed > w->u->summed_up)
		w->u->counts[OUTBOX_WITHHELD]++;
	return 0;
}

int
unreached_look(struct store_txn *txn, struct unreached *u)
{
	struct walk w = {txn, u};
	int r = person_list(txn, NULL, ALL, look_at_person, &w);

	return r != 0 ? r : attachment_list(txn, NULL, ALL, look_at_file, &w);
}
