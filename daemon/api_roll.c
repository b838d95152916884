/* SPDX-License-Identifier: Apache-2.0 */

/*
 * admin.sock: who is enrolled, and who works with whom.
 */

#include "daemon/api_admin.h"

#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "daemon/enrol.h"
#include "daemon/grammar.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/sessions.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX 100

/* ---- list ------------------------------------------------------------ */

struct roll {
	json_t *items;
	struct store_txn *txn; /* while it is read */
	size_t limit;
	bool addresses;
	bool more;
	struct id last;
};

static void
roll_fini(void *state)
{
	struct roll *roll = state;

	json_drop(&roll->items);
}

static int
roll_address(const struct address *a, void *arg)
{
	json_t *item = json_pack("{s:s, s:s}", "address", secret_text(&a->text),
	    "state", a->state == ADDRESS_GOOD ? "good" : "stopped");

	return json_array_append_new(arg, item) != 0 ? -ENOMEM : 0;
}

static int
roll_person(const struct person *p, void *arg)
{
	struct roll *roll = arg;
	json_auto json_t *addresses = json_array();
	struct id account;
	char id[ID_TEXT_LEN + 1];
	json_t *item;
	int r;

	if (json_array_size(roll->items) == roll->limit) {
		roll->more = true;
		return 0;
	}
	r = address_list(roll->txn, &p->id, roll_address, addresses);
	if (r != 0)
		return r;
	r = account_by_person(roll->txn, &p->id, &account);
	if (r != 0 && r != KV_NOT_FOUND)
		return r;
	id_text(&p->id, id);
	item = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:o}", "id", id,
	    "external_id", secret_text(&p->external_id), "role",
	    enrol_role_word(p->role), "name", secret_text(&p->name), "active",
	    (int)p->active, "login", r == 0, "addresses",
	    roll->addresses
		? json_incref(addresses)
		: json_integer((json_int_t)json_array_size(addresses)));
	if (json_array_append_new(roll->items, item) != 0)
		return -ENOMEM;
	roll->last = p->id;
	return 0;
}

static void
roll_done(struct request *req, int result)
{
	struct roll *roll = request_state_get(req);
	char next[ID_TEXT_LEN + 1];

	if (result != 0) {
		request_refuse(req, result);
		return;
	}
	id_text(&roll->last, next);
	request_reply(req, 200,
	    json_pack("{s:O, s:s?}", "items", roll->items, "next",
		roll->more ? next : NULL));
}

/* False: answered. */
static bool
roll_options(
    struct request *req, struct roll *roll, bool *have_r, struct id *after_r)
{
	const char *addresses = request_query(req, "addresses");

	if (addresses != NULL && strcmp(addresses, "0") != 0 &&
	    strcmp(addresses, "1") != 0) {
		request_problem(
		    req, PROBLEM_INVALID_QUERY, "expected 0 or 1", "addresses");
		return false;
	}
	roll->addresses = addresses != NULL && addresses[0] == '1';
	return request_limit(req, PAGE_DEFAULT, PAGE_MAX, &roll->limit) &&
	       request_cursor_id(req, have_r, after_r);
}

void
api_admin_people(struct request *req)
{
	store_txn_auto struct store_txn *txn = NULL;
	struct audit audit = {.verb = AUDIT_PERSON_LIST};
	struct roll *roll;
	struct id after;
	bool have;
	int r;

	if (!api_admin_admits(req))
		return;
	roll = request_state(req, sizeof(*roll), roll_fini);
	if (roll == NULL || !roll_options(req, roll, &have, &after))
		return;
	roll->items = json_array();
	r = store_begin(request_info(req)->d->store, false, &txn);
	if (r == 0) {
		roll->txn = txn;
		r = person_list(txn, have ? &after : NULL, roll->limit + 1,
		    roll_person, roll);
		roll->txn = NULL;
	}
	if (r != 0) {
		request_refuse(req, r);
		return;
	}
	audit.detail = json_array_size(roll->items);
	request_audit(req, &audit, roll_done);
}

/* ---- disable --------------------------------------------------------- */

struct disabling {
	struct id id;
};

static int
disable_run(struct request *req, struct store_txn *txn)
{
	struct disabling *dis = request_state_get(req);
	struct audit audit = {.verb = AUDIT_PERSON_DISABLE};
	person_auto struct person p = {0};
	int r;

	r = enrol_find(txn, request_param(req, 0), &dis->id);
	if (r == 0)
		r = person_get(txn, &dis->id, &p);
	if (r != 0)
		return r;
	p.active = false;
	r = person_put(txn, &p);
	if (r == 0)
		r = sessions_del_person(txn, &dis->id);
	audit.subject = dis->id;
	if (r == 0)
		r = request_audit_add(req, txn, &audit);
	return r > 0 ? -EIO : r;
}

static void
disable_committed(struct request *req)
{
	const struct disabling *dis = request_state_get(req);

	sessions_end_person(request_info(req)->d->sessions, &dis->id);
}

static void
disable_done(struct request *req, int result)
{
	const struct disabling *dis = request_state_get(req);
	char id[ID_TEXT_LEN + 1];

	if (result != 0) {
		request_refuse(req, result);
		return;
	}
	id_text(&dis->id, id);
	request_reply(req, 200, json_pack("{s:s, s:b}", "id", id, "active", 0));
}

void
api_admin_disable(struct request *req)
{
	static const struct request_write write = {
	    .run = disable_run,
	    .committed = disable_committed,
	    .then = disable_done,
	};

	if (api_admin_admits(req) && request_fields(req, NULL, 0) != NULL &&
	    request_state(req, sizeof(struct disabling), NULL) != NULL)
		request_write(req, &write);
}

/* ---- relate ---------------------------------------------------------- */

struct relate {
	struct relating want;
	struct relation relation;
};

static int
relate_run(struct request *req, struct store_txn *txn)
{
	struct relate *rel = request_state_get(req);
	struct audit audit = {.verb = AUDIT_RELATION_PUT};
	int r = enrol_relate(txn, &rel->want, clock_now(), &rel->relation);

	if (r != 0)
		return r;
	audit.subject = rel->relation.client;
	audit.detail = rel->relation.until == 0;
	r = request_audit_add(req, txn, &audit);
	return r > 0 ? -EIO : r;
}

static void
relate_reply(struct request *req, const struct relation *rel)
{
	char client[ID_TEXT_LEN + 1], provider[ID_TEXT_LEN + 1];
	char since[CLOCK_TEXT_LEN + 1], until[CLOCK_TEXT_LEN + 1];

	id_text(&rel->client, client);
	id_text(&rel->provider, provider);
	clock_text(rel->since, since);
	clock_text(rel->until, until);
	request_reply(req, 200,
	    json_pack("{s:s, s:s, s:s, s:s?, s:b}", "client", client,
		"provider", provider, "since", since, "until",
		rel->until == 0 ? NULL : until, "writable",
		(int)rel->writable));
}

static void
relate_done(struct request *req, int result)
{
	const struct relate *rel = request_state_get(req);

	switch (result) {
	case 0:
		relate_reply(req, &rel->relation);
		break;
	case ENROL_NO_CLIENT:
		request_problem(req, PROBLEM_NOT_FOUND,
		    "there is no such client", "client");
		break;
	case ENROL_NO_PROVIDER:
		request_problem(req, PROBLEM_NOT_FOUND,
		    "there is no such provider", "provider");
		break;
	case ENROL_NO_RELATION:
		request_problem(req, PROBLEM_NOT_FOUND,
		    "they are not related, so there is nothing to end", NULL);
		break;
	default:
		request_refuse(req, result);
	}
}

void
api_admin_relate(struct request *req)
{
	static const struct json_field fields[] = {
	    {"client", JSON_IS_STRING, true, 1, GRAMMAR_EXTERNAL_MAX},
	    {"provider", JSON_IS_STRING, true, 1, GRAMMAR_EXTERNAL_MAX},
	    {"active", JSON_IS_BOOLEAN, true, 0, 0},
	    {"writable", JSON_IS_BOOLEAN, false, 0, 0},
	};
	static const struct request_write write = {
	    .run = relate_run,
	    .then = relate_done,
	};
	struct relate *rel;
	json_t *body;

	if (!api_admin_admits(req))
		return;
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	if (body == NULL)
		return;
	rel = request_state(req, sizeof(*rel), NULL);
	if (rel == NULL)
		return;
	rel->want = (struct relating){
	    .client = json_get_text(body, "client"),
	    .provider = json_get_text(body, "provider"),
	    .active = json_get_flag(body, "active", false),
	    .set_writable = json_is_boolean(json_object_get(body, "writable")),
	    .writable = json_get_flag(body, "writable", false),
	};
	request_write(req, &write);
}
