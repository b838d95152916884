/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who takes part, for staff and for frontends with the right "provision":
 * names, addresses, relations and how far an account is; never a thread.
 * Reading it is recorded, and the record durable, before it is shown.
 */

#include "daemon/api.h"

#include <errno.h>
#include <string.h>
#include "base/settings.h"
#include "daemon/enrolment.h"
#include "daemon/outcome.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/roster.h"
#include "daemon/view.h"
#include "store/outbox.h"
#include "store/picture.h"
#include "store/relation.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX 100
#define SEARCH_MAX 64
#define SEARCH_BODY_MAX 1024
#define RELATIONS_MAX 5000

struct people {
	bool have_after;
	struct id after;
	size_t limit;
	const char *search; /* NULL: all */
	struct store_txn *txn;
	json_t *items;
	struct id person; /* of the one that is looked at */
	json_t *answer;
};

static void
people_fini(void *state)
{
	struct people *p = state;

	json_decref(p->items);
	json_decref(p->answer);
}

/* KV_NOT_FOUND becomes none: its id is nil then. */
static int
get_account(struct store_txn *txn, const struct id *person, struct account *a)
{
	struct id id;
	int r = account_by_person(txn, person, &id);

	if (r == 0)
		r = account_get(txn, &id, a);
	return r == KV_NOT_FOUND ? 0 : r;
}

/* ---- the list -------------------------------------------------------- */

static int
add_person(struct people *l, const struct id *id)
{
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	int64_t pictured;
	json_t *item;
	int r = person_get(l->txn, id, &p);

	if (r == 0)
		r = picture_changed(l->txn, id, &pictured);
	if (r >= 0)
		r = get_account(l->txn, id, &a);
	if (r != 0)
		return r;
	item = json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:b, s:s}", "id",
	    view_id(&p.id), "external_id", view_text(&p.external_id), "name",
	    view_text(&p.name), "role", view_role(p.role), "credentials",
	    view_text(&p.credentials), "picture", view_picture(&p.id, pictured),
	    "active", (int)p.active, "account",
	    enrolment_word(id_is_nil(&a.id) ? NULL : &a));
	return json_array_append_new(l->items, item) == 0 ? 0 : -ENOMEM;
}

static int
list_work(struct request *req)
{
	const struct request_info *info = request_info(req);
	struct people *l = request_state_get(req);
	store_txn_auto struct store_txn *txn = NULL;
	roster_auto struct roster *roster = NULL;
	char next[ID_TEXT_LEN + 1] = "";
	size_t i, count;
	int r = store_begin(info->d->store, false, &txn);

	l->txn = txn;
	l->items = json_array();
	if (r == 0)
		r = roster_make(txn, l->search, &roster);
	if (r != 0)
		return r;
	count = roster_count(roster);
	i = l->have_after ? roster_after(roster, &l->after) : 0;
	for (size_t n = 0; r == 0 && n < l->limit && i < count; n++)
		r = add_person(l, roster_at(roster, i++));
	if (r != 0)
		return r;
	if (i < count)
		id_text(roster_at(roster, i - 1), next);
	l->answer =
	    view_list(json_incref(l->items), next[0] != '\0' ? next : NULL);
	return l->answer != NULL ? 0 : -ENOMEM;
}

static void
shown_then(struct request *req, int result)
{
	const struct people *l = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 200, json_incref(l->answer));
}

static void
list_then(struct request *req, int result)
{
	const struct people *l = request_state_get(req);
	struct audit audit = {
	    .verb = AUDIT_PERSON_LIST, .detail = json_array_size(l->items)};

	if (result != 0)
		request_refuse(req, result);
	else
		request_audit(req, &audit, shown_then);
}

/* NULL: answered. */
static struct people *
new_people(struct request *req)
{
	int r = authorise(&request_info(req)->actor, VERB_PEOPLE_READ, NULL);

	if (r == 0)
		return request_state(req, sizeof(struct people), people_fini);
	request_refuse(req, r);
	return NULL;
}

static void
get_people(struct request *req)
{
	struct people *l = new_people(req);

	if (l == NULL ||
	    !request_limit(req, PAGE_DEFAULT, PAGE_MAX, &l->limit) ||
	    !request_cursor_id(req, &l->have_after, &l->after))
		return;
	request_work(
	    req, request_info(req)->d->read_pool, list_work, list_then);
}

/* The same for what a name or an external id holds: no part of a URL. */
static void
post_search(struct request *req)
{
	static const struct json_field fields[] = {
	    {"q", JSON_IS_STRING, true, 1, SEARCH_MAX},
	    {"cursor", JSON_IS_STRING, false, ID_TEXT_LEN, ID_TEXT_LEN},
	    {"limit", JSON_IS_INTEGER, false, 1, PAGE_MAX},
	};
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	struct people *l = body != NULL ? new_people(req) : NULL;
	const char *cursor;

	if (l == NULL)
		return;
	cursor = json_get_text(body, "cursor");
	l->have_after = cursor != NULL;
	l->limit = (size_t)json_get_integer(body, "limit", PAGE_DEFAULT);
	l->search = json_get_text(body, "q");
	if (cursor != NULL && id_parse(cursor, &l->after) != 0)
		request_bad_field(req, "cursor", "not one that was given");
	else
		request_work(
		    req, request_info(req)->d->read_pool, list_work, list_then);
}

/* ---- one of them ----------------------------------------------------- */

static int
add_relation(const struct relation *rel, void *arg)
{
	struct people *l = arg;
	const struct id *other =
	    id_equal(&rel->client, &l->person) ? &rel->provider : &rel->client;
	person_auto struct person p = {0};
	json_t *item;
	int r = person_get(l->txn, other, &p);

	if (r != 0)
		return r == KV_NOT_FOUND ? 0 : r;
	item = json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:b}", "id",
	    view_id(&p.id), "external_id", view_text(&p.external_id), "name",
	    view_text(&p.name), "role", view_role(p.role), "since",
	    view_time(rel->since), "until", view_time(rel->until), "writable",
	    (int)rel->writable);
	return json_array_append_new(l->items, item) == 0 ? 0 : -ENOMEM;
}

/* An enrolment under way, or null. */
static int
view_enrolment(struct store_txn *txn, const struct account *a, json_t **view_r)
{
	outbox_row_auto struct outbox_row row = {0};
	int r;

	*view_r = json_null();
	if (a->enrolment.expires == 0)
		return 0;
	r = outbox_get(txn, a->enrolment.number, &row);
	if (r < 0)
		return r;
	*view_r = json_pack("{s:o, s:i, s:s}", "expires_at",
	    view_time(a->enrolment.expires), "tries_left",
	    (int)a->enrolment.tries, "mail",
	    outcome_state_word(r == 0 ? row.state : OUTBOX_FAILED));
	return *view_r != NULL ? 0 : -ENOMEM;
}

static int
view_person(const struct settings *s, struct people *l, const struct person *p,
    json_t *addresses)
{
	account_auto struct account a = {0};
	json_t *enrolment = NULL;
	int64_t pictured;
	int r = picture_changed(l->txn, &p->id, &pictured);

	if (r >= 0)
		r = get_account(l->txn, &p->id, &a);
	if (r == 0)
		r = view_enrolment(l->txn, &a, &enrolment);
	if (r != 0)
		return r;
	l->answer = json_pack(
	    "{s:o, s:o, s:o, s:s, s:o, s:o, s:s, s:s, s:b, s:s,"
	    " s:s?, s:b, s:o, s:O, s:O}",
	    "id", view_id(&p->id), "external_id", view_text(&p->external_id),
	    "name", view_text(&p->name), "role", view_role(p->role),
	    "credentials", view_text(&p->credentials), "picture",
	    view_picture(&p->id, pictured), "language", view_language(s, p),
	    "time_zone", view_time_zone(p), "active", (int)p->active, "account",
	    enrolment_word(id_is_nil(&a.id) ? NULL : &a), "login",
	    a.login.len > 0 ? secret_text(&a.login) : NULL, "second_factor",
	    (int)account_guarded(&a), "enrolment", enrolment, "addresses",
	    addresses, "relations", l->items);
	return l->answer != NULL ? 0 : -ENOMEM;
}

static int
person_work(struct request *req)
{
	const struct request_info *info = request_info(req);
	struct people *l = request_state_get(req);
	store_txn_auto struct store_txn *txn = NULL;
	json_auto json_t *addresses = NULL;
	person_auto struct person p = {0};
	int r = store_begin(info->d->store, false, &txn);

	l->txn = txn;
	l->items = json_array();
	if (r == 0)
		r = person_by_external(txn, request_param(req, 0), &l->person);
	if (r == 0)
		r = person_get(txn, &l->person, &p);
	if (r == 0)
		r = view_addresses(txn, &p.id, false, &addresses);
	if (r == 0 && p.role != ROLE_STAFF)
		r = relation_list(txn, &p.id, p.role == ROLE_CLIENT,
		    RELATIONS_MAX, add_relation, l);
	return r != 0 ? r : view_person(info->d->settings, l, &p, addresses);
}

static void
person_then(struct request *req, int result)
{
	const struct people *l = request_state_get(req);
	struct audit audit = {.verb = AUDIT_PERSON_READ, .subject = l->person};

	if (result != 0)
		request_refuse(req, result);
	else
		request_audit(req, &audit, shown_then);
}

static void
get_person(struct request *req)
{
	if (new_people(req) != NULL)
		request_work(req, request_info(req)->d->read_pool, person_work,
		    person_then);
}

const struct route api_people_routes[] = {
    {"GET", "/v1/participants", ROUTE_RIGHT, "cursor limit", 0, get_people},
    {"POST", "/v1/participants/search", ROUTE_RIGHT, NULL, SEARCH_BODY_MAX,
	post_search},
    {"GET", "/v1/participants/{external-id}", ROUTE_RIGHT, NULL, 0, get_person},
    {0},
};
