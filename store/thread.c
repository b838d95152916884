/* SPDX-License-Identifier: Apache-2.0 */

#include "store/thread.h"

#include <string.h>
#include "base/clock.h"
#include "store/block.h"
#include "store/entry.h"
#include "store/head.h"
#include "store/key.h"
#include "store/record.h"
#include "store/relation.h"

#define MEMBER_FORMAT 1

void
thread_init(struct thread *t, const struct id *client,
    const struct id *counterpart, int64_t now)
{
	const uint8_t rights = MEMBER_MAY_READ | MEMBER_MAY_WRITE;

	*t = (struct thread){
	    .id = id_new(),
	    .client = *client,
	    .counterpart = *counterpart,
	    .created = now,
	    .generation = 1,
	    .generation_since = now,
	    .member_count = 2,
	};
	t->members[0] = (struct thread_member){
	    .person = *client,
	    .capacity = MEMBER_CLIENT,
	    .rights = rights,
	    .since = now,
	};
	t->members[1] = (struct thread_member){
	    .person = *counterpart,
	    .capacity = MEMBER_COUNTERPART,
	    .rights = rights,
	    .since = now,
	};
}

int
thread_get(struct store_txn *txn, const struct id *id, struct thread *t_r)
{
	return head_get(txn, id, t_r);
}

struct thread_member *
thread_member(struct thread *t, const struct id *person)
{
	for (size_t i = 0; i < t->member_count; i++) {
		if (id_equal(&t->members[i].person, person))
			return &t->members[i];
	}
	return NULL;
}

/* ---- whose threads --------------------------------------------------- */

static struct key
member_key(const struct id *person, const struct id *thread)
{
	struct key key = key_of_id(person);

	if (thread != NULL)
		key_add_id(&key, thread);
	return key;
}

static int
put_members(struct store_txn *txn, const struct thread *t)
{
	static const uint8_t val[] = {MEMBER_FORMAT};

	for (size_t i = 0; i < t->member_count; i++) {
		struct key key = member_key(&t->members[i].person, &t->id);
		struct kv_slice old;
		int err;

		err = kv_get(store_kv(txn), KV_MEMBER, key_slice(&key), &old);
		if (err == KV_NOT_FOUND)
			kv_put(store_kv(txn), KV_MEMBER, key_slice(&key),
			    (struct kv_slice){val, sizeof(val)});
		else if (err != 0)
			return err;
	}
	return 0;
}

int
thread_put(struct store_txn *txn, const struct thread *t)
{
	int err;

	err = head_put(txn, t);
	return err != 0 ? err : put_members(txn, t);
}

/* The pair's relation, if it has one, comes to name the thread. */
static int
thread_claim(
    struct store_txn *txn, const struct thread *t, struct relation *r_r)
{
	struct thread there;
	int err;

	err = head_get(txn, &t->id, &there);
	if (err != KV_NOT_FOUND)
		return err == 0 ? THREAD_EXISTS : err;
	err = relation_get(txn, &t->client, &t->counterpart, r_r);
	if (err == 0 && !id_is_nil(&r_r->thread) &&
	    !id_equal(&r_r->thread, &t->id))
		return THREAD_EXISTS;
	return err;
}

int
thread_create(
    struct store_txn *txn, const struct thread *t, const struct slot_key *key)
{
	struct relation r;
	int err;

	err = thread_claim(txn, t, &r);
	if (err != 0 && err != KV_NOT_FOUND)
		return err;
	if (err == 0) {
		r.thread = t->id;
		err = relation_put(txn, &r);
		if (err != 0)
			return err;
	}
	err = slot_put(txn, SLOT_THREAD, &t->id, t->generation, key);
	return err != 0 ? err : thread_put(txn, t);
}

struct walk {
	struct store_txn *txn;
	int (*each)(const struct thread *t, void *arg);
	void *arg;
};

static int
thread_walk(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct record r = {.at = key.data, .left = key.len};
	struct walk *w = arg;
	struct thread t;
	struct id id;
	int err;

	(void)val;
	(void)record_id(&r);
	id = record_id(&r);
	err = record_error(&r);
	if (err == 0)
		err = head_get(w->txn, &id, &t);
	return err != 0 ? err : w->each(&t, w->arg);
}

int
thread_list(struct store_txn *txn, const struct id *person,
    const struct id *after, size_t limit,
    int (*each)(const struct thread *t, void *arg), void *arg)
{
	struct key prefix = member_key(person, NULL), to = key_past(&prefix);
	struct key from = member_key(person, after);
	struct kv_range range = {.space = KV_MEMBER, .limit = limit};
	struct walk w = {txn, each, arg};

	if (after != NULL)
		key_add_byte(&from, 0);
	range.from = key_slice(&from);
	range.to = key_slice(&to);
	return kv_scan(store_kv(txn), &range, thread_walk, &w);
}

/* ---- what is unread -------------------------------------------------- */

static bool
is_client_side(const struct thread_member *m)
{
	return m->capacity == MEMBER_CLIENT || m->capacity == MEMBER_GUARDIAN;
}

/* Whether an entry is news to M. */
static bool
is_news(const struct thread_member *m, const struct entry_head *h)
{
	if (id_equal(&h->author, &m->person))
		return false;
	if (h->visibility != VISIBLE_ALL && is_client_side(m))
		return false;
	return m->until == 0 || h->at < m->until;
}

/* News to M among the entries FROM..TO. */
static int
count_news(struct store_txn *txn, const struct thread *t,
    const struct thread_member *m, uint64_t from, uint64_t to, uint32_t *n_r)
{
	struct block block = {0};
	uint32_t n = 0;

	for (uint64_t seq = from; seq <= to; seq++) {
		struct entry_row row;
		uint64_t number;
		int err;

		err = block_number(txn, t, seq, &block, &number);
		if (err == 0)
			err = entry_get(txn, number, &row);
		if (err != 0)
			return err == KV_NOT_FOUND ? THREAD_BROKEN : err;
		if (is_news(m, &row.head))
			n++;
	}
	*n_r = n;
	return 0;
}

/* News to M after UP_TO: counts what is passed or what is left, the shorter. */
static int
count_left(struct store_txn *txn, const struct thread *t,
    const struct thread_member *m, uint64_t up_to, uint32_t *left_r)
{
	uint32_t passed = 0;
	int err;

	if (up_to - m->read_up_to >= t->count - up_to)
		return count_news(txn, t, m, up_to + 1, t->count, left_r);
	err = count_news(txn, t, m, m->read_up_to + 1, up_to, &passed);
	*left_r = m->unread > passed ? m->unread - passed : 0;
	return err;
}

int
thread_read(struct store_txn *txn, struct thread *t, const struct id *person,
    uint64_t up_to)
{
	struct thread_member *m = thread_member(t, person);
	bool told;

	if (m == NULL)
		return KV_NOT_FOUND;
	up_to = up_to > t->count ? t->count : up_to;
	told = m->capacity == MEMBER_CLIENT && up_to > 0 &&
	       t->unnotified.since != 0;
	if (up_to <= m->read_up_to && !told)
		return 0;
	if (up_to > m->read_up_to) {
		uint32_t left = 0;
		int err = count_left(txn, t, m, up_to, &left);

		if (err != 0)
			return err;
		m->read_up_to = up_to;
		m->unread = left;
	}
	if (told)
		t->unnotified = (struct thread_unnotified){0};
	return head_put(txn, t);
}

/* ---- appending ------------------------------------------------------- */

static int
check_append(
    struct store_txn *txn, const struct thread *t, const struct entry_head *h)
{
	slot_key_auto struct slot_key key = {0};
	int err;

	if (!id_equal(&h->thread, &t->id) || h->generation > t->generation)
		return THREAD_STALE;
	err = slot_get(txn, SLOT_THREAD, &t->id, h->generation, &key);
	return err == KV_NOT_FOUND ? THREAD_STALE : err;
}

/* A note among the practice's side answers nobody. */
static void
count_waiting(struct thread *t, const struct entry_head *h)
{
	const struct thread_member *m = thread_member(t, &h->author);

	if (m == NULL || h->kind != ENTRY_MESSAGE ||
	    h->visibility != VISIBLE_ALL)
		return;
	if (!is_client_side(m))
		t->waiting = 0;
	else if (t->waiting == 0)
		t->waiting = h->at;
}

static void
count_entry(struct thread *t, const struct entry_sealed *e, uint64_t number)
{
	t->recent[t->count % THREAD_BLOCK] = number;
	t->count++;
	t->generation_count++;
	if (e->head.visibility == VISIBLE_ALL && e->head.at > t->last_at)
		t->last_at = e->head.at;
	if (e->event == EVENT_ANSWERED_BY_MAIL)
		t->mailed = e->head.at;
	count_waiting(t, &e->head);
	for (size_t i = 0; i < t->member_count; i++) {
		struct thread_member *m = &t->members[i];

		if (is_news(m, &e->head) && m->unread < UINT32_MAX)
			m->unread++;
	}
}

/* A key of its own for each month or so many entries: what can be erased. */
static int
roll_generation(struct store_txn *txn, struct thread *t, int64_t at)
{
	const int64_t age = THREAD_GENERATION_DAYS * CLOCK_DAY;
	slot_key_auto struct slot_key key = slot_key_new();

	if (t->generation_count < THREAD_GENERATION_ENTRIES &&
	    at - t->generation_since < age)
		return 0;
	t->generation++;
	t->generation_count = 0;
	t->generation_since = at;
	return slot_put(txn, SLOT_THREAD, &t->id, t->generation, &key);
}

int
thread_append(struct store_txn *txn, struct thread *t, struct entry_sealed *e,
    uint64_t number, uint64_t *seq_r)
{
	const struct keyring *k = store_txn_keyring(txn);
	struct key key = key_of_number(number);
	chain_auto struct chain chain = {0};
	int err;

	chain_init(&chain, k, &t->id);
	err = check_append(txn, t, &e->head);
	if (err == 0)
		err = entry_place(k, &chain, e, t->count + 1, t->chain);
	if (err != 0)
		return err;
	kv_append(store_kv(txn), KV_ENTRY, key_slice(&key),
	    (struct kv_slice){e->record.data, e->record.len});
	count_entry(t, e, number);
	if (t->count % THREAD_BLOCK == 0)
		err = block_put(txn, t);
	if (err == 0)
		err = roll_generation(txn, t, e->head.at);
	if (err == 0)
		err = head_put(txn, t);
	*seq_r = t->count;
	return err;
}
