/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One's sessions: the one a request comes in, and the others.
 */

#include "daemon/api.h"

#include <errno.h>
#include <string.h>
#include "base/public.h"
#include "daemon/cookie.h"
#include "daemon/live.h"
#include "daemon/opening.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/sessions.h"
#include "daemon/view.h"

#define EMPTY_BODY_MAX 64

/* ---- this one -------------------------------------------------------- */

static void
reply_current(struct request *req)
{
	const struct request_info *info = request_info(req);
	store_txn_auto struct store_txn *txn = NULL;
	person_auto struct person p = {0};
	int r = authorise(&info->actor, VERB_SESSION_SEE, NULL);

	if (r == 0)
		r = store_begin(info->d->store, false, &txn);
	if (r == 0)
		r = person_get(txn, &info->actor.person, &p);
	if (r != 0)
		request_refuse(req, r);
	else
		request_reply(req, 200, opening_view_current(req, &p));
}

/* A sign of life, which the look-up of the session has noted. */
static void
put_current(struct request *req)
{
	if (request_fields(req, NULL, 0) != NULL)
		reply_current(req);
}

/* ---- the end --------------------------------------------------------- */

/* What is to end: one session, or all but the one that asks. */
struct ending {
	bool others;
	uint8_t hash[SESSION_HASH_LEN];
};

static int
end_run(struct request *req, struct store_txn *txn)
{
	const struct request_info *info = request_info(req);
	const struct ending *e = request_state_get(req);
	struct audit audit = {.verb = AUDIT_SESSION_END,
	    .subject = info->actor.person,
	    .detail = e->others};
	int r = 0;

	if (e->others)
		r = sessions_del_person(
		    txn, &info->actor.person, info->session);
	else
		session_del(txn, e->hash);
	return r != 0 ? r : request_audit_add(req, txn, &audit);
}

static void
end_committed(struct request *req)
{
	const struct request_info *info = request_info(req);
	const struct ending *e = request_state_get(req);

	if (e->others)
		sessions_end_person(
		    info->d->sessions, &info->actor.person, info->session);
	else
		sessions_end(info->d->sessions, e->hash);
	live_poke(info->d->live, &info->actor.person);
}

static void
end_then(struct request *req, int result)
{
	const struct request_info *info = request_info(req);
	const struct ending *e = request_state_get(req);
	char text[COOKIE_TEXT_MAX];

	if (result != 0) {
		request_refuse(req, result);
		return;
	}
	if (info->browser && !e->others &&
	    memcmp(e->hash, info->session, sizeof(e->hash)) == 0) {
		cookie_text(COOKIE_SESSION, "", 0, text);
		request_set_cookie(req, text);
	}
	request_empty(req);
}

static struct ending *
new_ending(struct request *req, enum verb verb)
{
	int r = authorise(&request_info(req)->actor, verb, NULL);

	if (r == 0)
		return request_state(req, sizeof(struct ending), NULL);
	request_refuse(req, r);
	return NULL;
}

static void
end(struct request *req)
{
	static const struct request_write write = {.run = end_run,
	    .committed = end_committed,
	    .then = end_then,
	    .essential = true};

	request_write(req, &write);
}

static void
delete_current(struct request *req)
{
	struct ending *e = new_ending(req, VERB_SESSION_END);

	if (e == NULL)
		return;
	memcpy(e->hash, request_info(req)->session, sizeof(e->hash));
	end(req);
}

static void
delete_others(struct request *req)
{
	struct ending *e = new_ending(req, VERB_SESSIONS);

	if (e == NULL)
		return;
	e->others = true;
	end(req);
}

struct search {
	struct id id;
	struct ending *found;
	int code;
};

static int
match(const struct session *session, void *arg)
{
	struct search *s = arg;
	struct id id = sessions_id(session->hash);

	if (id_equal(&id, &s->id)) {
		memcpy(s->found->hash, session->hash, SESSION_HASH_LEN);
		s->code = 0;
	}
	return 0;
}

static void
delete_one(struct request *req)
{
	const struct request_info *info = request_info(req);
	struct search s = {.code = KV_NOT_FOUND};
	int r;

	if (!request_param_id(req, 0, &s.id))
		return;
	s.found = new_ending(req, VERB_SESSIONS);
	if (s.found == NULL)
		return;
	r = sessions_list(
	    info->d->sessions, &info->actor.person, sessions_time(), match, &s);
	if (r == 0)
		r = s.code;
	if (r != 0)
		request_refuse(req, r);
	else
		end(req);
}

/* ---- all of them ----------------------------------------------------- */

struct listing {
	const uint8_t *current;
	json_t *items;
};

static int
add_session(const struct session *session, void *arg)
{
	struct listing *l = arg;
	struct id id = sessions_id(session->hash);
	json_t *item;

	if (session->state != SESSION_OPEN)
		return 0;
	item = json_pack("{s:o, s:s, s:s, s:o, s:o, s:b}", "id", view_id(&id),
	    "label", session->label, "via", session->frontend, "created_at",
	    view_time(session->created), "used_at", view_time(session->used),
	    "current",
	    memcmp(session->hash, l->current, SESSION_HASH_LEN) == 0);
	return json_array_append_new(l->items, item) == 0 ? 0 : -ENOMEM;
}

static void
get_sessions(struct request *req)
{
	const struct request_info *info = request_info(req);
	struct listing l = {.current = info->session};
	int r = authorise(&info->actor, VERB_SESSIONS, NULL);

	if (r == 0) {
		l.items = json_array();
		r = sessions_list(info->d->sessions, &info->actor.person,
		    sessions_time(), add_session, &l);
	}
	if (r == 0) {
		request_reply(req, 200, view_list(l.items, NULL));
		return;
	}
	json_decref(l.items);
	request_refuse(req, r);
}

/* ---- what anybody may know ------------------------------------------- */

static void
get_settings(struct request *req)
{
	request_reply(
	    req, 200, public_settings(request_info(req)->d->settings));
}

const struct route api_session_routes[] = {
    {"GET", "/v1/sessions", ROUTE_SESSION, NULL, 0, get_sessions},
    {"DELETE", "/v1/sessions", ROUTE_SESSION, NULL, 0, delete_others},
    {"GET", "/v1/sessions/current", ROUTE_SESSION | ROUTE_QUIET, NULL, 0,
	reply_current},
    {"PUT", "/v1/sessions/current", ROUTE_SESSION, NULL, EMPTY_BODY_MAX,
	put_current},
    {"DELETE", "/v1/sessions/current", ROUTE_SESSION, NULL, 0, delete_current},
    {"DELETE", "/v1/sessions/{id}", ROUTE_SESSION, NULL, 0, delete_one},
    {"GET", "/v1/settings", 0, NULL, 0, get_settings},
    {0},
};
