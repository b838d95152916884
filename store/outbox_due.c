/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A binary heap by due time, and a table from number to place in the heap.
 */

#include "store/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include "store/table.h"

struct item {
	int64_t due;
	uint64_t number;
};

struct outbox_due {
	struct item *heap;
	size_t count;
	size_t cap;
	struct table *places;
};

/* Equal times go out in the order they came in. */
static bool
earlier(const struct item *a, const struct item *b)
{
	if (a->due != b->due)
		return a->due < b->due;
	return a->number < b->number;
}

static void
place(struct outbox_due *d, size_t i, struct item item)
{
	d->heap[i] = item;
	(void)table_set(d->places, item.number, i);
}

/* Puts ITEM where it belongs, beginning at the free place I. */
static void
settle(struct outbox_due *d, size_t i, struct item item)
{
	while (i > 0 && earlier(&item, &d->heap[(i - 1) / 2])) {
		place(d, i, d->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= d->count)
			break;
		if (child + 1 < d->count &&
		    earlier(&d->heap[child + 1], &d->heap[child]))
			child++;
		if (!earlier(&d->heap[child], &item))
			break;
		place(d, i, d->heap[child]);
		i = child;
	}
	place(d, i, item);
}

static int
make_room(struct outbox_due *d)
{
	size_t cap = d->cap == 0 ? 64 : d->cap * 2;
	struct item *heap;

	if (d->count < d->cap)
		return 0;
	heap = reallocarray(d->heap, cap, sizeof(*heap));
	if (heap == NULL)
		return -ENOMEM;
	d->heap = heap;
	d->cap = cap;
	return 0;
}

static void
take_out(struct outbox_due *d, size_t i)
{
	struct item last = d->heap[--d->count];

	table_del(d->places, d->heap[i].number, i);
	if (i < d->count)
		settle(d, i, last);
}

int
outbox_due_set(struct outbox_due *d, uint64_t number, int64_t due)
{
	size_t at = 0;
	uint64_t i;
	int err;

	if (table_next(d->places, number, &at, &i)) {
		if (due == 0)
			take_out(d, (size_t)i);
		else
			settle(d, (size_t)i, (struct item){due, number});
		return 0;
	}
	if (due == 0)
		return 0;
	err = make_room(d);
	if (err == 0)
		err = table_add(d->places, number, d->count);
	if (err == 0) {
		d->count++;
		settle(d, d->count - 1, (struct item){due, number});
	}
	return err;
}

bool
outbox_due_first(const struct outbox_due *d, uint64_t *number_r, int64_t *due_r)
{
	if (d->count == 0)
		return false;
	*number_r = d->heap[0].number;
	*due_r = d->heap[0].due;
	return true;
}

size_t
outbox_due_count(const struct outbox_due *d)
{
	return d->count;
}

void
outbox_due_free(struct outbox_due **d)
{
	if (*d == NULL)
		return;
	table_free(&(*d)->places);
	free((*d)->heap);
	free(*d);
	*d = NULL;
}

static bool
still_wants_sending(enum outbox_state state)
{
	switch (state) {
	case OUTBOX_PENDING:
	case OUTBOX_LEASED:
	case OUTBOX_DEFERRED:
	case OUTBOX_AMBIGUOUS:
		return true;
	case OUTBOX_SENT:
	case OUTBOX_FAILED:
	case OUTBOX_CANCELLED:
		break;
	}
	return false;
}

struct load {
	struct outbox_due *due;
	int64_t (*when)(const struct outbox_row *row, void *arg);
	void *arg;
};

static int
load_row(const struct outbox_row *r, void *arg)
{
	struct load *l = arg;
	int64_t due = r->due;

	if (!still_wants_sending(r->state))
		return 0;
	if (l->when != NULL)
		due = l->when(r, l->arg);
	/* a time of 0 would mean none */
	return outbox_due_set(l->due, r->number, due == 0 ? 1 : due);
}

int
outbox_due_load(struct store_txn *txn,
    int64_t (*when)(const struct outbox_row *row, void *arg), void *arg,
    struct outbox_due **d_r)
{
	PN_CLEANUP(outbox_due_free)
	struct outbox_due *d = calloc(1, sizeof(*d));
	struct load l = {d, when, arg};
	int err;

	if (d == NULL)
		return -ENOMEM;
	err = table_new(&d->places);
	if (err == 0)
		err = outbox_list(txn, 0, SIZE_MAX, load_row, &l);
	if (err != 0)
		return err;
	*d_r = d;
	d = NULL;
	return 0;
}
