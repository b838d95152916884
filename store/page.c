/* SPDX-License-Identifier: Apache-2.0 */

#include "store/thread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "store/block.h"
#include "store/entry.h"

/* A walk down a thread, newest first, each entry held against the next. */
struct descent {
	struct store_txn *txn;
	const struct thread *t;
	struct chain chain;
	struct block block;
	struct slot_key key;
	uint32_t generation; /* of KEY; 0: none */
	bool erased;         /* KEY is gone */
};

static void
descent_init(struct descent *d, struct store_txn *txn, const struct thread *t)
{
	*d = (struct descent){.txn = txn, .t = t};
	chain_init(&d->chain, store_txn_keyring(txn), &t->id);
}

static void
descent_fini(struct descent *d)
{
	chain_fini(&d->chain);
	slot_key_fini(&d->key);
}

#define descent_auto PN_CLEANUP(descent_fini)

/* The row at SEQ, or THREAD_BROKEN when there is another or none. */
static int
descent_row(struct descent *d, uint64_t seq, struct entry_row *row)
{
	uint64_t number;
	int err;

	err = block_number(d->txn, d->t, seq, &d->block, &number);
	if (err == 0)
		err = entry_get(d->txn, number, row);
	if (err < 0)
		return err;
	if (err != 0 || row->seq != seq ||
	    !id_equal(&row->head.thread, &d->t->id))
		return THREAD_BROKEN;
	return 0;
}

/*
 * What must stand above the row at SEQ: the head for the newest, else the
 * entry that follows it.
 */
static int
descent_anchor(struct descent *d, const struct entry_row *row)
{
	struct entry_row next;
	int err;

	if (row->seq == d->t->count)
		return sodium_memcmp(row->mac, d->t->chain, CHAIN_LEN) == 0
			   ? 0
			   : THREAD_BROKEN;
	err = descent_row(d, row->seq + 1, &next);
	return err != 0 ? err : entry_follows(&d->chain, &next, row->mac);
}

/* Holds ROW against its predecessor, which it then becomes. */
static int
descent_step(struct descent *d, struct entry_row *row)
{
	struct entry_row before = {0};
	int err = 0;

	if (row->seq > 1)
		err = descent_row(d, row->seq - 1, &before);
	if (err == 0)
		err = entry_follows(&d->chain, row, before.mac);
	*row = before;
	return err;
}

static int
descent_key(struct descent *d, uint32_t generation)
{
	int err;

	if (d->generation == generation)
		return 0;
	err = slot_get(d->txn, SLOT_THREAD, &d->t->id, generation, &d->key);
	d->erased = err == KV_NOT_FOUND;
	if (err != 0 && !d->erased)
		return err;
	d->generation = generation;
	return 0;
}

static int
descent_open(struct descent *d, const struct entry_row *row, struct entry *e)
{
	int err;

	err = descent_key(d, row->head.generation);
	if (err != 0 || !d->erased)
		return err != 0 ? err : entry_open(&d->key, row, e);
	*e = (struct entry){
	    .head = row->head,
	    .seq = row->seq,
	    .number = row->number,
	    .erased = true,
	};
	return 0;
}

/* Opened entries, held back until all of them are verified. */
struct shelf {
	struct entry *entries;
	size_t count;
};

static void
shelf_fini(struct shelf *s)
{
	for (size_t i = 0; i < s->count; i++)
		entry_fini(&s->entries[i]);
	free(s->entries);
}

static int
fill_shelf(struct descent *d, const struct thread_page *page, size_t limit,
    struct shelf *shelf)
{
	struct entry_row row;
	uint64_t seq = d->t->count;
	int err;

	if (page->before != 0 && page->before <= seq)
		seq = page->before - 1;
	if (seq == 0)
		return 0;
	err = descent_row(d, seq, &row);
	if (err == 0)
		err = descent_anchor(d, &row);
	while (err == 0 && row.seq > 0 && shelf->count < limit) {
		if (page->practice || row.head.visibility == VISIBLE_ALL) {
			/* a failed one is on the shelf too, to be wiped */
			struct entry *e = &shelf->entries[shelf->count++];

			err = descent_open(d, &row, e);
		}
		if (err == 0)
			err = descent_step(d, &row);
	}
	return err;
}

int
thread_page(struct store_txn *txn, const struct thread *t,
    const struct thread_page *page,
    int (*each)(const struct entry *e, void *arg), void *arg)
{
	PN_CLEANUP(shelf_fini) struct shelf shelf = {0};
	descent_auto struct descent d = {0};
	size_t limit = page->limit > THREAD_PAGE ? THREAD_PAGE : page->limit;
	int err;

	descent_init(&d, txn, t);
	if (t->count == 0 || limit == 0)
		return 0;
	shelf.entries = calloc(limit, sizeof(*shelf.entries));
	if (shelf.entries == NULL)
		return -ENOMEM;
	err = fill_shelf(&d, page, limit, &shelf);
	for (size_t i = 0; err == 0 && i < shelf.count; i++)
		err = each(&shelf.entries[i], arg);
	return err;
}

int
thread_entry(struct store_txn *txn, const struct thread *t, uint64_t number,
    struct entry *e_r)
{
	descent_auto struct descent d = {0};
	struct entry_row named, row;
	int err;

	descent_init(&d, txn, t);
	err = entry_get(txn, number, &named);
	if (err != 0)
		return err;
	if (!id_equal(&named.head.thread, &t->id))
		return KV_NOT_FOUND;
	/* the row says where it belongs; whether the thread agrees */
	if (named.seq == 0 || named.seq > t->count)
		return THREAD_BROKEN;
	err = descent_row(&d, named.seq, &row);
	if (err == 0 && row.number != number)
		err = THREAD_BROKEN;
	if (err == 0)
		err = descent_anchor(&d, &row);
	if (err == 0)
		err = descent_step(&d, &row);
	if (err == 0)
		err = descent_open(&d, &named, e_r);
	if (err == 0 && e_r->erased)
		err = THREAD_ERASED;
	return err;
}

int
thread_verify(struct store_txn *txn, const struct thread *t,
    int (*each)(const struct entry *e, void *arg), void *arg)
{
	descent_auto struct descent d = {0};
	struct entry_row row;
	int err;

	descent_init(&d, txn, t);
	if (t->count == 0)
		return sodium_is_zero(t->chain, CHAIN_LEN) ? 0 : THREAD_BROKEN;
	err = descent_row(&d, t->count, &row);
	if (err == 0)
		err = descent_anchor(&d, &row);
	while (err == 0 && row.seq > 0) {
		entry_auto struct entry e = {0};

		err = descent_open(&d, &row, &e);
		if (err == 0)
			err = descent_step(&d, &row);
		if (err == 0 && each != NULL)
			err = each(&e, arg);
	}
	return err;
}
