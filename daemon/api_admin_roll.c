/* SPDX-License-Identifier: Apache-2.0 */

/*
 * admin.sock: who takes part.
 */

#include "daemon/api_admin.h"

#include <errno.h>
#include <string.h>
#include "daemon/enrolment.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/view.h"
#include "store/account.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX 100

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
roll_person(const struct person *p, void *arg)
{
	struct roll *roll = arg;
	json_auto json_t *addresses = NULL;
	account_auto struct account a = {0};
	struct id account;
	char id[ID_TEXT_LEN + 1];
	json_t *item;
	int r;

	if (json_array_size(roll->items) == roll->limit) {
		roll->more = true;
		return 0;
	}
	r = view_addresses(roll->txn, &p->id, false, &addresses);
	if (r != 0)
		return r;
	r = account_by_person(roll->txn, &p->id, &account);
	if (r == 0)
		r = account_get(roll->txn, &account, &a);
	if (r != 0 && r != KV_NOT_FOUND)
		return r;
	id_text(&p->id, id);
	item = json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:o}", "id", id,
	    "external_id", secret_text(&p->external_id), "role",
	    view_role(p->role), "name", secret_text(&p->name), "active",
	    (int)p->active, "account", enrolment_word(r == 0 ? &a : NULL),
	    "addresses",
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
