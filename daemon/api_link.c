/* SPDX-License-Identifier: Apache-2.0 */

/*
 * GET /v1/links/{token}: the page that a mail's link chooses. It changes
 * nothing and signs nobody in, however often a scanner fetches it; without a
 * session it says no more than which form to show.
 */

#include "daemon/api.h"

#include "base/clock.h"
#include "daemon/enrolment.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/view.h"
#include "store/outbox.h"
#include "store/token.h"

/* 0, KV_NOT_FOUND where it leads nowhere, or -errno. */
static int
is_enrolment(struct store_txn *txn, const char *link)
{
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	int r = enrolment_find(txn, link, clock_now(), &p, &a);

	return r > 0 ? KV_NOT_FOUND : r;
}

/* The thread that LINK was about, if it is the actor's to see. */
static int
find_thread(struct store_txn *txn, const struct actor *actor, const char *link,
    struct id *thread_r)
{
	outbox_row_auto struct outbox_row row = {0};
	struct object object = {0};
	struct token token;
	struct thread t;
	int r;

	if (token_open(store_txn_keyring(txn), TOKEN_LINK, link, &token) != 0)
		return KV_NOT_FOUND;
	r = outbox_get(txn, token.number, &row);
	if (r == 0 &&
	    (row.salt != token.salt || !id_equal(&row.person, &actor->person)))
		r = KV_NOT_FOUND;
	if (r == 0)
		r = thread_get(txn, &row.thread, &t);
	if (r != 0)
		return r > 0 ? KV_NOT_FOUND : r;
	object.thread = &t;
	*thread_r = t.id;
	return authorise(actor, VERB_THREAD_SEE, &object) == 0 ? 0
							       : KV_NOT_FOUND;
}

static void
get_link(struct request *req)
{
	const struct request_info *info = request_info(req);
	bool open = info->actor.kind == ACTOR_PERSON &&
		    info->actor.state == SESSION_OPEN;
	store_txn_auto struct store_txn *txn = NULL;
	const char *link = request_param(req, 0);
	struct id thread;
	int r = store_begin(info->d->store, false, &txn);

	if (r == 0)
		r = is_enrolment(txn, link);
	if (r == 0) {
		request_reply(req, 200, json_pack("{s:s}", "kind", "enrol"));
		return;
	}
	if (r == KV_NOT_FOUND && open)
		r = find_thread(txn, &info->actor, link, &thread);
	if (r == 0)
		request_reply(req, 200,
		    json_pack("{s:s, s:o}", "kind", "thread", "thread",
			view_id(&thread)));
	else if (r == KV_NOT_FOUND)
		request_reply(req, 200,
		    json_pack("{s:s}", "kind", open ? "messages" : "sign-in"));
	else
		request_refuse(req, r);
}

const struct route api_link_routes[] = {
    {"GET", "/v1/links/{token}", ROUTE_OPEN | ROUTE_QUIET, NULL, 0, get_link},
    {0},
};
