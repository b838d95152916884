/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api.h"

#include <errno.h>
#include <stdlib.h>
#include "base/settings.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/view.h"
#include "store/picture.h"
#include "store/relation.h"
#include "store/thread.h"

#define CONTACTS_MAX 5000

/* What a worker made, until it is sent. */
struct made {
	json_t *answer;
};

static void
made_fini(void *state)
{
	json_decref(((struct made *)state)->answer);
}

static void
made_then(struct request *req, int result)
{
	const struct made *m = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 200, json_incref(m->answer));
}

static void
make(struct request *req, int (*work)(struct request *req))
{
	if (request_state(req, sizeof(struct made), made_fini) != NULL)
		request_work(
		    req, request_info(req)->d->read_pool, work, made_then);
}

/* ---- contacts -------------------------------------------------------- */

struct contacts {
	const struct actor *me;
	struct store_txn *txn;
	json_t *items;
};

/* The pair's thread as ME sees it, or null. */
static int
view_contact_thread(
    struct contacts *c, const struct relation *rel, json_t **thread_r)
{
	struct thread t;
	struct object object = {.thread = &t};
	int r = KV_NOT_FOUND;

	*thread_r = json_null();
	if (!id_is_nil(&rel->thread))
		r = thread_get(c->txn, &rel->thread, &t);
	if (r == 0)
		r = authorise(c->me, VERB_THREAD_SEE, &object);
	if (r != 0)
		return r < 0 ? r : 0;
	*thread_r =
	    json_pack("{s:o, s:I, s:I, s:o, s:o, s:o}", "id", view_id(&t.id),
		"unread", (json_int_t)view_unread(&t, &c->me->person),
		"entries", (json_int_t)t.count, "last_at", view_last_at(&t),
		"waiting_since", view_waiting(&t, &c->me->person),
		"not_notified", view_unnotified(&t, &c->me->person));
	return *thread_r != NULL ? 0 : -ENOMEM;
}

static int
add_contact(const struct relation *rel, void *arg)
{
	struct contacts *c = arg;
	const struct id *other = id_equal(&rel->client, &c->me->person)
				     ? &rel->provider
				     : &rel->client;
	person_auto struct person p = {0};
	struct object object = {.relation = rel, .person = &p};
	int64_t pictured;
	enum problem why;
	json_t *thread;
	json_t *item;
	int r = person_get(c->txn, other, &p);

	if (r != 0)
		return r == KV_NOT_FOUND ? 0 : r;
	/* one that is damaged costs nobody their contacts */
	r = picture_changed(c->txn, other, &pictured);
	if (r >= 0)
		r = view_contact_thread(c, rel, &thread);
	if (r != 0)
		return r;
	r = authorise(c->me, VERB_THREAD_START, &object);
	why = r != 0 ? authorise_problem(r) : PROBLEM_NONE;
	item = json_pack("{s:o, s:s*, s:o, s:s, s:o, s:o, s:o, s:b, s:b, s:s?,"
			 " s:o, s:o, s:o}",
	    "id", view_id(&p.id), "external_id",
	    p.external_id.len > 0 ? secret_text(&p.external_id) : NULL, "name",
	    view_text(&p.name), "role", view_role(p.role), "credentials",
	    view_text(&p.credentials), "since", view_time(rel->since), "until",
	    view_time(rel->until), "current", rel->until == 0, "may_write",
	    r == 0, "why_not", r != 0 ? problem_slug(why) : NULL,
	    "response_days", view_response(&p), "picture",
	    view_picture(&p.id, pictured), "thread", thread);
	return json_array_append_new(c->items, item) == 0 ? 0 : -ENOMEM;
}

static int
contacts_work(struct request *req)
{
	const struct request_info *info = request_info(req);
	struct made *m = request_state_get(req);
	store_txn_auto struct store_txn *txn = NULL;
	struct contacts c = {.me = &info->actor, .items = json_array()};
	int r = authorise(c.me, VERB_CONTACTS_LIST, NULL);

	if (r == 0)
		r = store_begin(info->d->store, false, &txn);
	c.txn = txn;
	if (r == 0)
		r = relation_list(txn, &c.me->person, c.me->role == ROLE_CLIENT,
		    CONTACTS_MAX, add_contact, &c);
	if (r != 0) {
		json_decref(c.items);
		return r;
	}
	m->answer = view_list(c.items, NULL);
	return m->answer != NULL ? 0 : -ENOMEM;
}

static void
get_contacts(struct request *req)
{
	make(req, contacts_work);
}

const struct route api_contact_routes[] = {
    {"GET", "/v1/contacts", ROUTE_SESSION, NULL, 0, get_contacts},
    {0},
};
