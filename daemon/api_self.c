/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Me: who acts, and what one may change about oneself.
 */

#include "daemon/api.h"

#include <errno.h>
#include <string.h>
#include "base/settings.h"
#include "daemon/grammar.h"
#include "daemon/opening.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/self.h"
#include "daemon/telling.h"
#include "daemon/view.h"
#include "store/thread.h"

#define SELF_BODY_MAX 4096
#define THREADS_MAX 100000
#define RESPONSE_DAYS_MAX 60

struct self {
	/* what is to change; NULL: it stays */
	const char *language;
	const char *time_zone;
	bool set_response;
	uint8_t response_from;
	uint8_t response_to;
	json_t *answer;
};

static void
self_fini(void *state)
{
	struct self *s = state;

	json_decref(s->answer);
}

/* ---- how it looks ---------------------------------------------------- */

struct unread {
	const struct id *me;
	uint64_t sum;
};

static int
add_unread(const struct thread *t, void *arg)
{
	struct unread *u = arg;

	u->sum += view_unread(t, u->me);
	return 0;
}

static json_t *
view_self(const struct settings *s, const struct person *p,
    const struct account *a, uint64_t unread, json_t *addresses)
{
	return json_pack("{s:o, s:o, s:s, s:o, s:s, s:s, s:I, s:s?, s:b, s:b,"
			 " s:b, s:I, s:o, s:O}",
	    "id", view_id(&p->id), "external_id", view_text(&p->external_id),
	    "role", view_role(p->role), "name", view_text(&p->name), "language",
	    view_language(s, p), "time_zone", view_time_zone(p), "unread",
	    (json_int_t)unread, "login",
	    a->login.len > 0 ? secret_text(&a->login) : NULL, "second_factor",
	    account_guarded(a), "totp", a->totp, "second_factor_required",
	    opening_needs_factor(s, p->role), "recovery_codes",
	    (json_int_t)a->recovery_count, "response_days",
	    view_own_response(p), "addresses", addresses);
}

static int
get_work(struct request *req)
{
	const struct request_info *info = request_info(req);
	struct self *s = request_state_get(req);
	struct unread u = {.me = &info->actor.person};
	store_txn_auto struct store_txn *txn = NULL;
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	json_auto json_t *addresses = NULL;
	int r = authorise(&info->actor, VERB_SELF_READ, NULL);

	if (r == 0)
		r = store_begin(info->d->store, false, &txn);
	if (r == 0)
		r = self_get(req, txn, &p, &a);
	if (r == 0)
		r = thread_list(txn, u.me, NULL, THREADS_MAX, add_unread, &u);
	if (r == 0)
		r = view_addresses(txn, u.me, true, &addresses);
	if (r != 0)
		return r;
	s->answer = view_self(info->d->settings, &p, &a, u.sum, addresses);
	return s->answer != NULL ? 0 : -ENOMEM;
}

static void
self_then(struct request *req, int result)
{
	const struct self *s = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 200, json_incref(s->answer));
}

static void
show(struct request *req)
{
	request_work(req, request_info(req)->d->read_pool, get_work, self_then);
}

static void
get_me(struct request *req)
{
	if (request_state(req, sizeof(struct self), self_fini) != NULL)
		show(req);
}

/* ---- changing it ----------------------------------------------------- */

static int
change(const struct self *s, struct person *p)
{
	int r = secret_replace(&p->language, s->language);

	if (r == 0)
		r = secret_replace(&p->time_zone, s->time_zone);
	if (s->set_response) {
		p->response_from = s->response_from;
		p->response_to = s->response_to;
	}
	return r;
}

static int
put_run(struct request *req, struct store_txn *txn)
{
	const struct request_info *info = request_info(req);
	const struct self *s = request_state_get(req);
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	struct audit audit = {
	    .verb = AUDIT_SELF_PUT, .subject = info->actor.person};
	int r = authorise(&info->actor, VERB_SELF_CHANGE, NULL);

	if (r == 0)
		r = self_get(req, txn, &p, &a);
	if (r == 0)
		r = change(s, &p);
	if (r == 0)
		r = person_put(txn, &p);
	return r != 0 ? r : request_audit_add(req, txn, &audit);
}

static void
put_committed(struct request *req)
{
	const struct actor *me = &request_info(req)->actor;

	if (((const struct self *)request_state_get(req))->set_response)
		tell_contacts_of(request_info(req)->d, &me->person, me->role);
}

static void
put_then(struct request *req, int result)
{
	if (result != 0)
		request_refuse(req, result);
	else
		show(req);
}

/* {from, to} in days, or null for the practice's own. False: answered. */
static bool
read_response(struct request *req, json_t *body, struct self *s)
{
	json_t *days = json_object_get(body, "response_days");
	json_t *from = json_object_get(days, "from");
	json_t *to = json_object_get(days, "to");

	if (days == NULL)
		return true;
	s->set_response = true;
	if (request_info(req)->actor.role != ROLE_PROVIDER) {
		request_bad_field(
		    req, "response_days", "only providers have one");
		return false;
	}
	if (json_is_null(days))
		return true;
	if (!json_is_integer(from) || !json_is_integer(to) ||
	    json_object_size(days) != 2 || json_integer_value(from) < 0 ||
	    json_integer_value(to) < 1 ||
	    json_integer_value(to) > RESPONSE_DAYS_MAX ||
	    json_integer_value(from) > json_integer_value(to)) {
		request_bad_field(req, "response_days",
		    "expected from and to, in days, up to 60");
		return false;
	}
	s->response_from = (uint8_t)json_integer_value(from);
	s->response_to = (uint8_t)json_integer_value(to);
	return true;
}

static void
put_me(struct request *req)
{
	static const struct json_field fields[] = {
	    {"language", JSON_IS_STRING, false, 1, GRAMMAR_LANGUAGE_MAX},
	    {"time_zone", JSON_IS_STRING, false, 1, GRAMMAR_TIME_ZONE_MAX},
	    {"response_days", JSON_IS_OBJECT, false, 0, 0},
	};
	static const struct request_write write = {
	    .run = put_run,
	    .committed = put_committed,
	    .then = put_then,
	};
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	struct self *s;

	if (body == NULL)
		return;
	s = request_state(req, sizeof(*s), self_fini);
	if (s == NULL)
		return;
	s->language = json_get_text(body, "language");
	s->time_zone = json_get_text(body, "time_zone");
	if (s->language != NULL && !grammar_language(s->language))
		request_bad_field(
		    req, "language", "expected a language tag, as en or pt-BR");
	else if (s->time_zone != NULL && !grammar_time_zone(s->time_zone))
		request_bad_field(req, "time_zone",
		    "expected a time zone's name, as America/New_York");
	else if (read_response(req, body, s))
		request_write(req, &write);
}

const struct route api_self_routes[] = {
    {"GET", "/v1/me", ROUTE_SESSION, NULL, 0, get_me},
    {"PUT", "/v1/me", ROUTE_SESSION, NULL, SELF_BODY_MAX, put_me},
    {0},
};
