/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "base/secret.h"
#include "base/settings.h"
#include "daemon/grammar.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/sessions.h"
#include "daemon/view.h"
#include "store/account.h"

#define LOGIN_BODY_MAX 8192

/* A session on its way: asserted by a frontend, or opened by passphrase. */
struct opening {
	enum verb verb;
	struct session session;
	enum person_role role;
	char token[SESSION_TEXT_LEN + 1];
	char hash[PASSPHRASE_HASH_LEN]; /* "" : nobody can log in with this */
	struct secret passphrase;
	bool crowded; /* ends the session of HASH_OUT */
	uint8_t hash_out[SESSION_HASH_LEN];
	bool kept;   /* in the table, too */
	int refusal; /* told once it is recorded; 0: none yet */
	json_t *answer;
};

static void
opening_fini(void *state)
{
	struct opening *o = state;

	secret_fini(&o->passphrase);
	json_decref(o->answer);
}

/* May this session be opened, as TXN sees it? Fills in the role. */
static int
may_open(struct request *req, struct store_txn *txn, struct opening *o,
    struct person *p)
{
	struct object object = {0};
	account_auto struct account account = {0};
	int r = 0;

	if (!id_is_nil(&o->session.account)) {
		r = account_get(txn, &o->session.account, &account);
		if (r == 0 && !account.active)
			r = KV_NOT_FOUND;
	}
	if (r == 0 && !id_is_nil(&o->session.person))
		r = person_get(txn, &o->session.person, p);
	else if (r == 0)
		r = KV_NOT_FOUND;
	if (r != 0 && r != KV_NOT_FOUND)
		return r;
	object.person = r == 0 ? p : NULL;
	o->role = p->role;
	return authorise(&request_info(req)->actor, o->verb, &object);
}

static json_t *
view_opened(
    const struct request *req, const struct opening *o, const struct person *p)
{
	const struct settings *s = request_info(req)->d->settings;

	return json_pack("{s:s, s:{s:o, s:s, s:o, s:s, s:s}, s:I, s:o}",
	    "token", o->token, "participant", "id", view_id(&p->id), "role",
	    view_role(p->role), "name", view_text(&p->name), "language",
	    p->language.len > 0 ? secret_text(&p->language)
				: s->practice.language,
	    "time_zone",
	    p->time_zone.len > 0 ? secret_text(&p->time_zone) : "UTC",
	    "idle_seconds", (json_int_t)(s->limits.session_idle / CLOCK_SECOND),
	    "expires_at", view_time(o->session.expires));
}

static int
open_run(struct request *req, struct store_txn *txn)
{
	struct opening *o = request_state_get(req);
	person_auto struct person p = {0};
	struct audit audit = {
	    .verb = AUDIT_SESSION_NEW, .subject = o->session.person};
	int r = may_open(req, txn, o, &p);

	if (r != 0)
		return r;
	o->answer = view_opened(req, o, &p);
	if (o->answer == NULL)
		return -ENOMEM;
	o->crowded = sessions_full(
	    request_info(req)->d->sessions, &o->session.person, o->hash_out);
	if (o->crowded)
		session_del(txn, o->hash_out);
	audit.detail = o->crowded;
	r = session_put(txn, &o->session);
	return r != 0 ? r : request_audit_add(req, txn, &audit);
}

static void
open_committed(struct request *req)
{
	struct opening *o = request_state_get(req);

	o->kept = sessions_add(request_info(req)->d->sessions, &o->session,
		      o->role, sessions_time()) == 0;
	if (o->crowded)
		sessions_end(request_info(req)->d->sessions, o->hash_out);
}

static void refuse_session(struct request *req, struct opening *o, int code);

static void
open_then(struct request *req, int result)
{
	struct opening *o = request_state_get(req);

	/* disabled since we looked */
	if (result == AUTH_HIDDEN || result == AUTH_FORBIDDEN)
		refuse_session(req, o, result);
	else if (result != 0)
		request_refuse(req, result);
	else if (!o->kept)
		request_refuse(req, -ENOMEM);
	else
		request_reply(req, 201, json_incref(o->answer));
}

static void
open_session(struct request *req, struct opening *o)
{
	/* on a full disk, too: what is there can be read, by whoever may */
	static const struct request_write write = {.run = open_run,
	    .committed = open_committed,
	    .then = open_then,
	    .essential = true};
	const struct request_info *info = request_info(req);
	int64_t now = clock_now();

	session_token_new(o->token, o->session.hash);
	o->session.created = now;
	o->session.used = now;
	o->session.expires = now + info->d->settings->limits.session_absolute;
	(void)snprintf(
	    o->session.frontend, sizeof(o->session.frontend), "%s", info->via);
	request_write(req, &write);
}

/* ---- refusals, which are recorded too -------------------------------- */

static void
refused_then(struct request *req, int result)
{
	const struct opening *o = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else if (o->verb == VERB_SESSION_LOGIN)
		request_problem(req, PROBLEM_LOGIN_REFUSED, NULL, NULL);
	else
		request_refuse(req, o->refusal);
}

static void
refuse_session(struct request *req, struct opening *o, int code)
{
	struct audit audit = {.verb = AUDIT_SESSION_REFUSED,
	    .outcome = (uint16_t)code,
	    .subject = o->session.person};

	o->refusal = code;
	request_audit(req, &audit, refused_then);
}

/* ---- by assertion ---------------------------------------------------- */

static void
assert_session(struct request *req, struct opening *o, const char *external_id)
{
	store_txn_auto struct store_txn *txn = NULL;
	person_auto struct person p = {0};
	int r;

	o->verb = VERB_SESSION_ASSERT;
	r = store_begin(request_info(req)->d->store, false, &txn);
	if (r == 0)
		r = person_by_external(txn, external_id, &o->session.person);
	if (r == 0 || r == KV_NOT_FOUND)
		r = may_open(req, txn, o, &p);
	store_abort(&txn);
	if (r == 0)
		open_session(req, o);
	else if (r == AUTH_HIDDEN || r == AUTH_FORBIDDEN)
		refuse_session(req, o, r);
	else
		request_refuse(req, r);
}

/* ---- by passphrase --------------------------------------------------- */

/*
 * Fills in whose account it is. Without one, or where it may not be used, no
 * passphrase fits, and finding that out takes as long.
 */
static int
find_account(struct request *req, struct opening *o, const char *login)
{
	store_txn_auto struct store_txn *txn = NULL;
	account_auto struct account account = {0};
	person_auto struct person p = {0};
	char norm[GRAMMAR_LOGIN_MAX + 1];
	struct id id;
	int r;

	if (!grammar_login(login, norm))
		return 0;
	r = store_begin(request_info(req)->d->store, false, &txn);
	if (r == 0)
		r = account_by_login(txn, norm, &id);
	if (r == 0)
		r = account_get(txn, &id, &account);
	if (r != 0)
		return r == KV_NOT_FOUND ? 0 : r;
	o->session.account = account.id;
	o->session.person = account.person;
	r = may_open(req, txn, o, &p);
	if (r == 0)
		memcpy(o->hash, account.passphrase, sizeof(o->hash));
	if (r != AUTH_HIDDEN && r != AUTH_FORBIDDEN)
		return r;
	o->refusal = r;
	return 0;
}

static int
login_work(struct request *req)
{
	struct opening *o = request_state_get(req);

	return passphrase_check(store_keyring(request_info(req)->d->store),
	    &o->passphrase, o->hash);
}

static void
login_then(struct request *req, int result)
{
	struct opening *o = request_state_get(req);

	secret_fini(&o->passphrase);
	if (result == 0)
		open_session(req, o);
	else if (result == PASSPHRASE_WRONG)
		refuse_session(req, o, o->refusal != 0 ? o->refusal : result);
	else
		request_refuse(req, result);
}

static void
login_session(struct request *req, struct opening *o, const char *login,
    const char *passphrase)
{
	int r;

	o->verb = VERB_SESSION_LOGIN;
	r = secret_set(&o->passphrase, passphrase, strlen(passphrase));
	if (r == 0)
		r = find_account(req, o, login);
	if (r != 0)
		request_refuse(req, r);
	else
		request_work(req, request_info(req)->d->login_pool, login_work,
		    login_then);
}

static void
post_session(struct request *req)
{
	static const struct json_field fields[] = {
	    {"assert", JSON_IS_STRING, false, 1, GRAMMAR_EXTERNAL_MAX},
	    {"login", JSON_IS_STRING, false, 1, 128},
	    {"passphrase", JSON_IS_STRING, false, 1, 1024},
	};
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	const char *external_id, *login, *passphrase;
	struct opening *o;

	if (body == NULL)
		return;
	external_id = json_get_text(body, "assert");
	login = json_get_text(body, "login");
	passphrase = json_get_text(body, "passphrase");
	if (external_id != NULL ? login != NULL || passphrase != NULL
				: login == NULL || passphrase == NULL) {
		request_problem(req, PROBLEM_INVALID_FIELD,
		    "either assert, or login and passphrase", NULL);
		return;
	}
	o = request_state(req, sizeof(*o), opening_fini);
	if (o == NULL)
		return;
	if (external_id != NULL)
		assert_session(req, o, external_id);
	else
		login_session(req, o, login, passphrase);
}

/* ---- the end of one -------------------------------------------------- */

static int
end_run(struct request *req, struct store_txn *txn)
{
	const struct request_info *info = request_info(req);
	struct audit audit = {
	    .verb = AUDIT_SESSION_END, .subject = info->actor.person};
	int r = authorise(&info->actor, VERB_SESSION_END, NULL);

	if (r != 0)
		return r;
	session_del(txn, info->session);
	return request_audit_add(req, txn, &audit);
}

static void
end_committed(struct request *req)
{
	sessions_end(
	    request_info(req)->d->sessions, request_info(req)->session);
}

static void
end_then(struct request *req, int result)
{
	if (result != 0)
		request_refuse(req, result);
	else
		request_empty(req);
}

static void
delete_session(struct request *req)
{
	static const struct request_write write = {.run = end_run,
	    .committed = end_committed,
	    .then = end_then,
	    .essential = true};

	request_write(req, &write);
}

static void
get_settings(struct request *req)
{
	const struct request_info *info = request_info(req);
	const struct settings *s = info->d->settings;
	int r = authorise(&info->actor, VERB_SETTINGS_READ, NULL);

	if (r != 0) {
		request_refuse(req, r);
		return;
	}
	request_reply(req, 200,
	    json_pack("{s:{s:s, s:s, s:s}, s:{s:I}}", "practice", "name",
		s->practice.name, "phone", s->practice.phone, "emergency",
		s->practice.emergency, "limits", "message_bytes",
		(json_int_t)s->limits.message_bytes));
}

const struct route api_session_routes[] = {
    {"POST", "/v1/sessions", 0, NULL, LOGIN_BODY_MAX, post_session},
    {"DELETE", "/v1/sessions/current", ROUTE_SESSION, NULL, 0, delete_session},
    {"GET", "/v1/settings", ROUTE_SESSION, NULL, 0, get_settings},
    {0},
};
