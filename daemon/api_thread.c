/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api.h"

#include <errno.h>
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/sessions.h"
#include "daemon/view.h"
#include "store/thread.h"

#define PAGE_DEFAULT 50
#define READ_BODY_MAX 1024

/* ---- the list -------------------------------------------------------- */

struct listing {
	bool have_after;
	struct id after;
	size_t limit;
	size_t seen;
	struct id last;
	const struct actor *me;
	struct store_txn *txn;
	json_t *items;
	json_t *answer;
};

static void
listing_fini(void *state)
{
	struct listing *l = state;

	json_decref(l->items);
	json_decref(l->answer);
}

static int
add_thread(const struct thread *t, void *arg)
{
	struct listing *l = arg;
	struct object object = {.thread = t};
	json_t *item = NULL;
	int r;

	/* one more than asked for, to know whether there is more */
	if (l->seen++ == l->limit)
		return 0;
	l->last = t->id;
	if (authorise(l->me, VERB_THREAD_SEE, &object) != 0)
		return 0;
	r = view_thread(l->txn, t, &l->me->person, &item);
	if (r != 0)
		return r;
	return json_array_append_new(l->items, item) == 0 ? 0 : -ENOMEM;
}

static int
list_work(struct request *req)
{
	const struct request_info *info = request_info(req);
	struct listing *l = request_state_get(req);
	store_txn_auto struct store_txn *txn = NULL;
	char next[ID_TEXT_LEN + 1];
	int r = authorise(&info->actor, VERB_THREADS_LIST, NULL);

	if (r == 0)
		r = store_begin(info->d->store, false, &txn);
	l->txn = txn;
	l->me = &info->actor;
	l->items = json_array();
	if (r == 0)
		r = thread_list(txn, &l->me->person,
		    l->have_after ? &l->after : NULL, l->limit + 1, add_thread,
		    l);
	if (r != 0)
		return r;
	id_text(&l->last, next);
	l->answer =
	    view_list(json_incref(l->items), l->seen > l->limit ? next : NULL);
	return l->answer != NULL ? 0 : -ENOMEM;
}

static void
list_then(struct request *req, int result)
{
	const struct listing *l = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 200, json_incref(l->answer));
}

static void
get_threads(struct request *req)
{
	struct listing *l = request_state(req, sizeof(*l), listing_fini);

	if (l != NULL && request_limit(req, PAGE_DEFAULT, 100, &l->limit) &&
	    request_cursor_id(req, &l->have_after, &l->after))
		request_work(
		    req, request_info(req)->d->read_pool, list_work, list_then);
}

/* ---- one ------------------------------------------------------------- */

static void
get_thread(struct request *req)
{
	const struct request_info *info = request_info(req);
	store_txn_auto struct store_txn *txn = NULL;
	struct thread t;
	struct object object = {0};
	json_t *answer = NULL;
	struct id id;
	int r;

	if (!request_param_id(req, 0, &id))
		return;
	r = store_begin(info->d->store, false, &txn);
	if (r == 0)
		r = thread_get(txn, &id, &t);
	if (r == 0 || r == KV_NOT_FOUND) {
		object.thread = r == 0 ? &t : NULL;
		r = authorise(&info->actor, VERB_THREAD_SEE, &object);
	}
	if (r == 0)
		r = view_thread(txn, &t, &info->actor.person, &answer);
	if (r != 0)
		request_refuse(req, r);
	else
		request_reply(req, 200, answer);
}

/* ---- marking read ---------------------------------------------------- */

struct marking {
	struct id thread;
	uint64_t up_to;
	uint32_t unread;
};

static int
mark_run(struct request *req, struct store_txn *txn)
{
	const struct request_info *info = request_info(req);
	struct marking *m = request_state_get(req);
	struct audit audit = {
	    .verb = AUDIT_MARK_READ, .subject = m->thread, .detail = m->up_to};
	struct thread t;
	struct object object = {0};
	int r = sessions_check(txn, info->session);

	if (r != 0)
		return r == KV_NOT_FOUND ? REQUEST_SESSION_ENDED : r;
	r = thread_get(txn, &m->thread, &t);
	if (r != 0 && r != KV_NOT_FOUND)
		return r;
	object.thread = r == 0 ? &t : NULL;
	r = authorise(&info->actor, VERB_MARK_READ, &object);
	if (r == 0)
		r = thread_read(txn, &t, &info->actor.person, m->up_to);
	if (r != 0)
		return r;
	m->unread = view_unread(&t, &info->actor.person);
	return request_audit_add(req, txn, &audit);
}

static void
mark_then(struct request *req, int result)
{
	const struct marking *m = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 200,
		    json_pack("{s:I}", "unread", (json_int_t)m->unread));
}

static void
put_read(struct request *req)
{
	static const struct json_field fields[] = {
	    {"up_to", JSON_IS_INTEGER, true, 0, INT64_MAX},
	};
	static const struct request_write write = {
	    .run = mark_run, .then = mark_then};
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	struct marking *m;

	if (body == NULL)
		return;
	m = request_state(req, sizeof(*m), NULL);
	if (m == NULL || !request_param_id(req, 0, &m->thread))
		return;
	m->up_to = (uint64_t)json_get_integer(body, "up_to", 0);
	request_write(req, &write);
}

const struct route api_thread_routes[] = {
    {"GET", "/v1/threads", ROUTE_SESSION, "cursor limit", 0, get_threads},
    {"GET", "/v1/threads/{id}", ROUTE_SESSION, NULL, 0, get_thread},
    {"PUT", "/v1/threads/{id}/read", ROUTE_SESSION, NULL, READ_BODY_MAX,
	put_read},
    {0},
};
