/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/event.h"

#include <errno.h>

static int
event_seal(struct store_txn *txn, struct event *e, enum entry_event event,
    enum entry_visibility visibility, const struct id *about, int64_t now)
{
	slot_key_auto struct slot_key key = {0};
	struct entry_head head = {
	    .id = id_new(),
	    .thread = e->thread.id,
	    .generation = e->thread.generation,
	    .kind = ENTRY_EVENT,
	    .visibility = visibility,
	    .at = now,
	};
	int r;

	r = slot_get(txn, SLOT_THREAD, &e->thread.id, head.generation, &key);
	if (r != 0)
		return r;
	r = entry_seal_event(
	    store_txn_keyring(txn), &key, &head, event, about, &e->sealed);
	if (r == 0)
		e->ready = true;
	return r;
}

int
event_prepare(struct store_txn *txn, const struct id *id,
    enum entry_event event, enum entry_visibility visibility,
    const struct id *about, int64_t now, struct event *e_r)
{
	int r = thread_get(txn, id, &e_r->thread);

	if (r != 0)
		return r;
	return event_seal(txn, e_r, event, visibility, about, now);
}

struct newest {
	const struct id *about;
	bool said;
};

static int
look_at_newest(const struct entry *e, void *arg)
{
	struct newest *n = arg;

	n->said = !e->erased && e->head.kind == ENTRY_EVENT &&
		  e->event == EVENT_NOT_NOTIFIED &&
		  id_equal(&e->about, n->about);
	return 0;
}

int
event_prepare_not_notified(struct store_txn *txn, const struct id *id,
    const struct id *about, int64_t now, struct event *e_r)
{
	struct thread_page page = {.limit = 1, .practice = true};
	struct newest newest = {.about = about};
	struct thread_member *member;
	int r;

	r = thread_get(txn, id, &e_r->thread);
	if (r != 0)
		return r;
	member = thread_member(&e_r->thread, about);
	if (member == NULL || member->capacity != MEMBER_CLIENT)
		return 0;
	r = thread_page(txn, &e_r->thread, &page, look_at_newest, &newest);
	if (r != 0 || newest.said)
		return r;
	return event_seal(
	    txn, e_r, EVENT_NOT_NOTIFIED, VISIBLE_PRACTICE, about, now);
}

int
event_add(struct store_txn *txn, struct event *e)
{
	uint64_t seq;
	int r;

	if (!e->ready)
		return 0;
	e->ready = false;
	r = thread_append(txn, &e->thread, &e->sealed, store_number(txn), &seq);
	/* all that can be refused was seen when it was prepared */
	return r > 0 ? -EIO : r;
}

void
event_fini(struct event *e)
{
	entry_sealed_fini(&e->sealed);
	e->ready = false;
}
