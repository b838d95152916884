/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/view.h"
#include "store/thread.h"

#define PAGE_DEFAULT 50

/* A page of entries: made by a worker, shown once its audit is durable. */
struct page {
	struct id thread;
	uint64_t before;
	size_t limit;
	size_t count;
	uint64_t last; /* the oldest shown */
	struct store_txn *txn;
	json_t *items;
	json_t *authors; /* by id, so that each name is opened once */
};

static void
page_fini(void *state)
{
	struct page *p = state;

	json_decref(p->items);
	json_decref(p->authors);
}

static const char *
event_name(enum entry_event event)
{
	switch (event) {
	case EVENT_ANSWERED_BY_MAIL:
		return "answered-by-mail";
	case EVENT_NOT_NOTIFIED:
		return "not-notified";
	case EVENT_MEMBERS_CHANGED:
		return "membership-changed";
	case EVENT_CLOSED:
		return "closed";
	case EVENT_FILE_WITHHELD:
		return "file-withheld";
	}
	return NULL;
}

static int
add_author(struct page *p, const struct id *author, json_t *item)
{
	char key[ID_TEXT_LEN + 1];
	json_t *known;
	json_t *party;
	int r;

	if (id_is_nil(author))
		return json_object_set_new(item, "author", json_null()) == 0
			   ? 0
			   : -ENOMEM;
	id_text(author, key);
	known = json_object_get(p->authors, key);
	if (known == NULL) {
		r = view_party(p->txn, author, true, &party);
		if (r != 0)
			return r;
		if (json_object_set_new(p->authors, key, party) != 0)
			return -ENOMEM;
		known = party;
	}
	return json_object_set(item, "author", known) == 0 ? 0 : -ENOMEM;
}

static int
add_attachments(const struct page *p, const struct entry *e, json_t *item)
{
	json_t *list = json_array();

	if (list == NULL || json_object_set_new(item, "attachments", list) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < e->attachments_n; i++) {
		json_t *one;
		int r = view_attachment(p->txn, &e->attachments[i], &one);

		if (r != 0)
			return r;
		if (json_array_append_new(list, one) != 0)
			return -ENOMEM;
	}
	return 0;
}

static int
fill(struct page *p, const struct entry *e, json_t *item)
{
	const char *event = event_name(e->event);
	int r = 0;

	if (e->head.kind == ENTRY_MESSAGE) {
		r = add_author(p, &e->head.author, item);
		if (r == 0 && !e->erased &&
		    json_object_set_new(item, "body", view_text(&e->body)) != 0)
			r = -ENOMEM;
		if (r == 0 && !e->erased)
			r = add_attachments(p, e, item);
	} else if (event != NULL && json_object_set_new(item, "event",
					json_string(event)) != 0) {
		r = -ENOMEM;
	}
	return r;
}

static int
add_entry(const struct entry *e, void *arg)
{
	struct page *p = arg;
	json_t *item =
	    view_entry_place(e->seq, &e->head.id, e->head.kind, e->head.at);
	int r = item != NULL ? fill(p, e, item) : -ENOMEM;

	if (r != 0) {
		json_decref(item);
		return r;
	}
	p->count++;
	p->last = e->seq;
	return json_array_append_new(p->items, item) == 0 ? 0 : -ENOMEM;
}

static int
page_work(struct request *req)
{
	const struct request_info *info = request_info(req);
	struct page *p = request_state_get(req);
	store_txn_auto struct store_txn *txn = NULL;
	struct thread_page range = {.before = p->before, .limit = p->limit};
	struct thread t;
	struct object object = {0};
	int r = store_begin(info->d->store, false, &txn);

	p->txn = txn;
	p->items = json_array();
	p->authors = json_object();
	if (r == 0)
		r = thread_get(txn, &p->thread, &t);
	if (r != 0 && r != KV_NOT_FOUND)
		return r;
	object.thread = r == 0 ? &t : NULL;
	r = authorise(&info->actor, VERB_ENTRIES_READ, &object);
	if (r != 0)
		return r;
	range.practice = authorise_practice_side(&t, &info->actor.person);
	return thread_page(txn, &t, &range, add_entry, p);
}

static void
page_durable(struct request *req, int result)
{
	struct page *p = request_state_get(req);
	char next[24];

	if (result != 0) {
		request_refuse(req, result);
		return;
	}
	(void)snprintf(next, sizeof(next), "%" PRIu64, p->last);
	request_reply(req, 200,
	    view_list(json_incref(p->items),
		p->count == p->limit && p->last > 1 ? next : NULL));
}

static void
page_then(struct request *req, int result)
{
	const struct page *p = request_state_get(req);
	struct audit audit = {.verb = AUDIT_ENTRIES_READ,
	    .subject = p->thread,
	    .detail = p->last};

	if (result != 0)
		request_refuse(req, result);
	else
		request_audit(req, &audit, page_durable);
}

static void
get_entries(struct request *req)
{
	struct page *p = request_state(req, sizeof(*p), page_fini);
	const char *order = request_query(req, "order");

	if (p == NULL || !request_param_id(req, 0, &p->thread) ||
	    !request_limit(req, PAGE_DEFAULT, THREAD_PAGE, &p->limit) ||
	    !request_cursor(req, &p->before))
		return;
	if (order != NULL && strcmp(order, "newest") != 0) {
		request_problem(
		    req, PROBLEM_INVALID_QUERY, "must be newest", "order");
		return;
	}
	request_work(
	    req, request_info(req)->d->read_pool, page_work, page_then);
}

const struct route api_entry_routes[] = {
    {"GET", "/v1/threads/{id}/entries", ROUTE_SESSION, "cursor limit order", 0,
	get_entries},
    {0},
};
