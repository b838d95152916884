/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A store with one thread between a client and a provider, and ways to write
 * into it and to look at it. */

#include <stdio.h>
#include <string.h>
#include "store/key.h"
#include "store/thread.h"
#include "tests/unit/temp_store.h"

#define NOW (INT64_C(1800000000000))

static struct temp_store s;
static struct thread t;
static struct id client, provider;

static inline void
make_thread(struct thread *made)
{
	slot_key_auto struct slot_key key = slot_key_new();

	thread_init(made, &client, &provider, NOW);
	ck_assert_int_eq(thread_create(s.txn, made, &key), 0);
}

static inline void
setup(void)
{
	temp_make(&s);
	temp_begin(&s);
	client = id_new();
	provider = id_new();
	make_thread(&t);
}

static inline void
teardown(void)
{
	temp_remove(&s);
}

static inline struct entry_head
head_by(const struct thread *th, const struct id *author)
{
	return (struct entry_head){
	    .id = id_new(),
	    .thread = th->id,
	    .generation = th->generation,
	    .kind = ENTRY_MESSAGE,
	    .visibility = VISIBLE_ALL,
	    .author = *author,
	    .at = NOW + (int64_t)th->count,
	};
}

static inline void
seal_text(const struct thread *th, const struct entry_head *h, const char *text,
    struct entry_sealed *e)
{
	slot_key_auto struct slot_key key = {0};
	secret_auto struct secret body = text_secret(text);

	ck_assert_int_eq(
	    slot_get(s.txn, SLOT_THREAD, &th->id, h->generation, &key), 0);
	ck_assert_int_eq(
	    entry_seal(store_keyring(s.st), &key, h, &body, NULL, 0, e), 0);
}

static inline uint64_t
append(struct thread *th, struct entry_sealed *e)
{
	uint64_t number = store_number(s.txn), seq = 0;

	ck_assert_int_eq(thread_append(s.txn, th, e, number, &seq), 0);
	ck_assert_uint_eq(seq, th->count);
	return number;
}

static inline uint64_t
post(struct thread *th, const struct id *author, const char *text)
{
	entry_sealed_auto struct entry_sealed e = {0};
	struct entry_head h = head_by(th, author);

	seal_text(th, &h, text, &e);
	return append(th, &e);
}

static inline uint64_t
event(struct thread *th, enum entry_visibility v, enum entry_event what)
{
	static const struct id nobody;
	entry_sealed_auto struct entry_sealed e = {0};
	slot_key_auto struct slot_key key = {0};
	struct entry_head h = head_by(th, &nobody);

	h.kind = ENTRY_EVENT;
	h.visibility = v;
	ck_assert_int_eq(
	    slot_get(s.txn, SLOT_THREAD, &th->id, h.generation, &key), 0);
	ck_assert_int_eq(entry_seal_event(store_keyring(s.st), &key, &h, what,
			     &th->client, &e),
	    0);
	return append(th, &e);
}

struct seen {
	size_t count;
	uint64_t seqs[THREAD_PAGE];
	char first[64];
	bool erased;
	enum entry_event event;
	struct id about;
};

static inline int
see(const struct entry *e, void *arg)
{
	struct seen *seen = arg;

	if (seen->count == 0) {
		(void)snprintf(seen->first, sizeof(seen->first), "%s",
		    secret_text(&e->body));
		seen->event = e->event;
		seen->about = e->about;
	}
	seen->erased = seen->erased || e->erased;
	seen->seqs[seen->count++] = e->seq;
	return 0;
}

static inline int
page(const struct thread *th, uint64_t before, size_t limit, bool practice,
    struct seen *seen)
{
	struct thread_page p = {before, limit, practice};

	*seen = (struct seen){0};
	return thread_page(s.txn, th, &p, see, seen);
}
