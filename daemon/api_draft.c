/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Drafts: of a thread, or of the first message to a contact. Sealed on the
 * server, so that a browser keeps nothing; only their writer sees them.
 */

#include "daemon/api.h"

#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "base/settings.h"
#include "daemon/grammar.h"
#include "daemon/once.h"
#include "daemon/posternd.h"
#include "daemon/rate.h"
#include "daemon/request.h"
#include "daemon/sessions.h"
#include "daemon/view.h"
#include "store/draft.h"
#include "store/relation.h"
#include "store/thread.h"

struct drafting {
	bool contact; /* about a contact; else a thread */
	struct id about;
	struct draft draft;
};

static void
drafting_fini(void *state)
{
	struct drafting *s = state;

	draft_fini(&s->draft);
}

/* Is it the actor's to write about, as TXN sees it? */
static int
may_draft(
    struct store_txn *txn, const struct actor *actor, const struct drafting *s)
{
	person_auto struct person p = {0};
	struct object object = {0};
	struct relation rel;
	struct thread t;
	int r;

	if (!s->contact) {
		r = thread_get(txn, &s->about, &t);
		object.thread = r == 0 ? &t : NULL;
	} else {
		r = person_get(txn, &s->about, &p);
		object.person = r == 0 ? &p : NULL;
		if (r == 0)
			r = relation_with(txn, &actor->person,
			    actor->role == ROLE_CLIENT, &s->about, &rel);
		object.relation = r == 0 ? &rel : NULL;
	}
	if (r != 0 && r != KV_NOT_FOUND)
		return r;
	return authorise(actor,
	    s->contact ? VERB_CONTACT_DRAFT : VERB_THREAD_DRAFT, &object);
}

/* The same before the writer. False: answered. */
static bool
may_begin(struct request *req, const struct drafting *s)
{
	const struct request_info *info = request_info(req);
	store_txn_auto struct store_txn *txn = NULL;
	int r = store_begin(info->d->store, false, &txn);

	if (r == 0)
		r = may_draft(txn, &info->actor, s);
	if (r != 0)
		request_refuse(req, r);
	return r == 0;
}

/* NULL: answered. */
static struct drafting *
new_drafting(struct request *req, bool contact)
{
	struct drafting *s = request_state(req, sizeof(*s), drafting_fini);

	if (s == NULL)
		return NULL;
	s->contact = contact;
	return request_param_id(req, 0, &s->about) ? s : NULL;
}

/* ---- reading --------------------------------------------------------- */

static int
read_work(struct request *req)
{
	const struct request_info *info = request_info(req);
	struct drafting *s = request_state_get(req);
	store_txn_auto struct store_txn *txn = NULL;
	int r = store_begin(info->d->store, false, &txn);

	if (r == 0)
		r = may_draft(txn, &info->actor, s);
	if (r != 0)
		return r;
	r = draft_get(txn, &info->actor.person, &s->about, &s->draft);
	return r == KV_NOT_FOUND ? 0 : r;
}

static void
read_durable(struct request *req, int result)
{
	const struct drafting *s = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 200,
		    json_pack("{s:o, s:s, s:o}", "body",
			view_text(&s->draft.body), "key", s->draft.key,
			"saved_at", view_time(s->draft.saved)));
}

static void
read_then(struct request *req, int result)
{
	const struct drafting *s = request_state_get(req);
	struct audit audit = {.verb = AUDIT_DRAFT_READ, .subject = s->about};

	if (result != 0)
		request_refuse(req, result);
	else if (s->draft.saved == 0) /* nothing is shown */
		read_durable(req, 0);
	else
		request_audit(req, &audit, read_durable);
}

static void
read_draft(struct request *req, bool contact)
{
	if (new_drafting(req, contact) != NULL)
		request_work(
		    req, request_info(req)->d->read_pool, read_work, read_then);
}

static void
get_thread_draft(struct request *req)
{
	read_draft(req, false);
}

static void
get_contact_draft(struct request *req)
{
	read_draft(req, true);
}

/* ---- writing --------------------------------------------------------- */

/*
 * What was sent is a message: a draft of it that comes late, from a page that
 * was being closed, is not kept.
 */
static int
forget_sent(struct request *req, struct store_txn *txn, struct drafting *s)
{
	const struct request_info *info = request_info(req);
	int r;

	if (s->draft.saved == 0)
		return 0;
	r = once_used(txn, info->d->idem, &info->d->keys, &info->actor.person,
	    s->draft.key);
	if (r == 0)
		s->draft.saved = 0;
	return r == KV_NOT_FOUND ? 0 : r;
}

static int
write_run(struct request *req, struct store_txn *txn)
{
	const struct request_info *info = request_info(req);
	struct drafting *s = request_state_get(req);
	struct audit audit = {.verb = AUDIT_DRAFT_PUT, .subject = s->about};
	int r = sessions_check(txn, info->session);

	if (r != 0)
		return r == KV_NOT_FOUND ? REQUEST_SESSION_ENDED : r;
	r = may_draft(txn, &info->actor, s);
	if (r == 0)
		r = forget_sent(req, txn, s);
	if (r != 0)
		return r;
	if (s->draft.saved != 0)
		r = draft_put(txn, &s->draft);
	else
		draft_del(txn, &info->actor.person, &s->about);
	return r != 0 ? r : request_audit_add(req, txn, &audit);
}

static void
write_then(struct request *req, int result)
{
	const struct drafting *s = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 200,
		    json_pack("{s:o}", "saved_at", view_time(s->draft.saved)));
}

/* False: answered. An empty text deletes. */
static bool
take_text(struct request *req, struct drafting *s, json_t *body)
{
	const struct request_info *info = request_info(req);
	const char *text = json_get_text(body, "body");
	const char *key = json_get_text(body, "key");
	size_t len = strlen(text);

	if (len > (size_t)info->d->settings->limits.message_bytes) {
		request_problem(req, PROBLEM_TOO_LARGE, NULL, "body");
		return false;
	}
	if (len > 0 && !grammar_body(text, len)) {
		request_bad_field(
		    req, "body", "no control characters but tab and line feed");
		return false;
	}
	s->draft.person = info->actor.person;
	s->draft.about = s->about;
	s->draft.saved = len > 0 ? clock_now() : 0;
	memcpy(s->draft.key, key, strlen(key) + 1);
	if (secret_set(&s->draft.body, text, len) == 0)
		return true;
	request_refuse(req, -ENOMEM);
	return false;
}

static void
write_draft(struct request *req, bool contact)
{
	static const struct json_field fields[] = {
	    {"body", JSON_IS_STRING, true, 0, 0},
	    {"key", JSON_IS_STRING, true, 0, DRAFT_KEY_MAX},
	};
	static const struct request_write write = {
	    .run = write_run, .then = write_then};
	const struct request_info *info = request_info(req);
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	struct drafting *s = body != NULL ? new_drafting(req, contact) : NULL;

	if (s == NULL || !take_text(req, s, body) || !may_begin(req, s))
		return;
	if (rate_take(info->d->draft_rate, &info->actor.person, clock_boot()))
		request_write(req, &write);
	else
		request_problem(req, PROBLEM_TOO_MANY_REQUESTS, NULL, NULL);
}

static void
put_thread_draft(struct request *req)
{
	write_draft(req, false);
}

static void
put_contact_draft(struct request *req)
{
	write_draft(req, true);
}

const struct route api_draft_routes[] = {
    {"GET", "/v1/threads/{id}/draft", ROUTE_SESSION, NULL, 0, get_thread_draft},
    {"PUT", "/v1/threads/{id}/draft", ROUTE_SESSION | ROUTE_MESSAGE, NULL, 1,
	put_thread_draft},
    {"GET", "/v1/contacts/{id}/draft", ROUTE_SESSION, NULL, 0,
	get_contact_draft},
    {"PUT", "/v1/contacts/{id}/draft", ROUTE_SESSION | ROUTE_MESSAGE, NULL, 1,
	put_contact_draft},
    {0},
};
