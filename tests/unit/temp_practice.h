/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A store with a client, a provider and their thread, for one test. */

#include "base/clock.h"
#include "store/outbox.h"
#include "store/person.h"
#include "store/relation.h"
#include "store/thread.h"
#include "tests/unit/temp_store.h"

#define NOW INT64_C(1795379340123)

struct practice {
	struct temp_store s;
	struct id client;
	struct id provider;
	struct id thread;
};

static inline struct id
practice_person(
    struct practice *p, enum person_role role, const char *external_id)
{
	person_auto struct person one = {
	    .id = id_new(),
	    .role = role,
	    .active = true,
	    .created = NOW,
	};

	one.external_id = text_secret(external_id);
	one.name = text_secret("A Name");
	one.credentials = text_secret("");
	one.language = text_secret("en");
	one.time_zone = text_secret("UTC");
	ck_assert_int_eq(person_put(p->s.txn, &one), 0);
	return one.id;
}

static inline struct id
practice_address(struct practice *p, const struct id *person, const char *text,
    enum address_state state)
{
	address_auto struct address a = {
	    .id = id_new(),
	    .person = *person,
	    .state = state,
	};

	a.text = text_secret(text);
	ck_assert_int_eq(address_put(p->s.txn, &a), 0);
	return a.id;
}

static inline struct id
practice_thread(
    struct practice *p, const struct id *client, const struct id *provider)
{
	struct relation r = {
	    .client = *client,
	    .provider = *provider,
	    .since = NOW,
	    .writable = true,
	};
	slot_key_auto struct slot_key key = slot_key_new();
	struct thread t;

	ck_assert_int_eq(relation_put(p->s.txn, &r), 0);
	thread_init(&t, client, provider, NOW);
	ck_assert_int_eq(thread_create(p->s.txn, &t, &key), 0);
	return t.id;
}

/* An open write transaction, too. */
static inline void
practice_make(struct practice *p)
{
	temp_make(&p->s);
	temp_begin(&p->s);
	p->client = practice_person(p, ROLE_CLIENT, "c-1");
	p->provider = practice_person(p, ROLE_PROVIDER, "p-1");
	p->thread = practice_thread(p, &p->client, &p->provider);
}

static inline void
practice_set_active(struct practice *p, const struct id *id, bool active)
{
	person_auto struct person one = {0};

	ck_assert_int_eq(person_get(p->s.txn, id, &one), 0);
	one.active = active;
	ck_assert_int_eq(person_put(p->s.txn, &one), 0);
}

/* A notification about the thread, made at AT. */
static inline uint64_t
practice_notice(struct practice *p, const struct id *person, int64_t at)
{
	struct outbox_row row = {
	    .number = store_number(p->s.txn),
	    .salt = 4711,
	    .kind = OUTBOX_MESSAGE,
	    .state = OUTBOX_PENDING,
	    .created = at,
	    .due = at,
	    .person = *person,
	    .thread = p->thread,
	};

	ck_assert_int_eq(outbox_add(p->s.txn, &row), 0);
	return row.number;
}

static inline enum outbox_state
practice_state(struct practice *p, uint64_t number)
{
	outbox_row_auto struct outbox_row row = {0};

	ck_assert_int_eq(outbox_get(p->s.txn, number, &row), 0);
	return row.state;
}

struct practice_events {
	size_t count;
	enum entry_event newest;
	struct id about;
};

static inline int
practice_count_event(const struct entry *e, void *arg)
{
	struct practice_events *seen = arg;

	if (seen->count++ == 0) {
		seen->newest = e->event;
		seen->about = e->about;
	}
	return 0;
}

/* What the practice's side, or the client, sees on the thread. */
static inline struct practice_events
practice_look(struct practice *p, bool practice)
{
	struct thread_page page = {.limit = 50, .practice = practice};
	struct practice_events seen = {0};
	struct thread t;

	ck_assert_int_eq(thread_get(p->s.txn, &p->thread, &t), 0);
	ck_assert_int_eq(
	    thread_page(p->s.txn, &t, &page, practice_count_event, &seen), 0);
	return seen;
}
