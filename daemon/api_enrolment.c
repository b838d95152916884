/* SPDX-License-Identifier: Apache-2.0 */

/*
 * POST /v1/enrolments: link and code, and with them login name, passphrase,
 * recovery codes, and a first session. Without a passphrase it only says
 * whether link and code are right, so that a page can ask one thing at a time.
 */

#include "daemon/api.h"

#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "base/public.h"
#include "base/settings.h"
#include "daemon/device.h"
#include "daemon/enrolment.h"
#include "daemon/grammar.h"
#include "daemon/guess.h"
#include "daemon/newpass.h"
#include "daemon/opening.h"
#include "daemon/posternd.h"
#include "daemon/recovery.h"
#include "daemon/request.h"
#include "daemon/strength.h"
#include "daemon/view.h"

#define ENROLMENT_BODY_MAX 16384
/* Of what was typed or comes from a mail's link. */
#define TYPED_MAX 64

/* Positive code. */
#define LOGIN_TAKEN 220

struct enrolling {
	struct opening opening;
	struct brake_try try;
	const char *link;
	const char *code;
	const char *passphrase;            /* NULL: only looks */
	char login[GRAMMAR_LOGIN_MAX + 1]; /* "" : it has one */
	bool refused;
	struct person person; /* as they were when the code was right */
	struct account account;
	struct newpass fresh;
	json_t *codes;
};

static void
enrolling_fini(void *state)
{
	struct enrolling *e = state;

	opening_fini(&e->opening);
	person_fini(&e->person);
	account_fini(&e->account);
	newpass_fini(&e->fresh);
	json_decref(e->codes);
}

/* ---- first, whether the code is right -------------------------------- */

/* A wrong code is no refusal: it takes a try, and that is written. */
static int
try_run(struct request *req, struct store_txn *txn)
{
	struct enrolling *e = request_state_get(req);
	struct audit audit = {.verb = AUDIT_ENROLMENT_TRIED};
	int r = authorise(&request_info(req)->actor, VERB_ACCOUNT_OPEN, NULL);

	if (r == 0)
		r = enrolment_find(
		    txn, e->link, clock_now(), &e->person, &e->account);
	if (r != 0)
		return r;
	e->refused =
	    !enrolment_try(store_txn_keyring(txn), e->code, &e->account);
	if (e->refused)
		r = account_put(txn, &e->account);
	if (r != 0)
		return r;
	audit.subject = e->person.id;
	audit.outcome = e->refused ? ENROLMENT_REFUSED : 0;
	return request_audit_add(req, txn, &audit);
}

static json_t *
view_invitation(const struct request *req, const struct enrolling *e)
{
	const struct settings *s = request_info(req)->d->settings;
	bool factor = opening_needs_factor(s, e->person.role);

	return json_pack("{s:o, s:s, s:s?, s:b, s:i}", "name",
	    view_text(&e->person.name), "role", view_role(e->person.role),
	    "login",
	    e->account.login.len > 0 ? secret_text(&e->account.login) : NULL,
	    "second_factor", (int)factor, "passphrase_min",
	    factor ? PUBLIC_PASSPHRASE_MIN_WITH_FACTOR : PUBLIC_PASSPHRASE_MIN);
}

static void go_on(struct request *req, struct enrolling *e);

static void
try_then(struct request *req, int result)
{
	struct enrolling *e = request_state_get(req);

	if (result == 0 && e->refused)
		result = ENROLMENT_REFUSED;
	guess_result(req, &e->try, result, ENROLMENT_REFUSED);
	if (result == ENROLMENT_REFUSED)
		request_problem(req, PROBLEM_ENROLMENT_REFUSED, NULL, NULL);
	else if (result != 0)
		request_refuse(req, result);
	else if (e->passphrase == NULL)
		request_reply(req, 200, view_invitation(req, e));
	else
		go_on(req, e);
}

/* ---- then the account ------------------------------------------------ */

static int
fill_account(struct store_txn *txn, struct enrolling *e, struct account *a)
{
	struct id other;
	int r = KV_NOT_FOUND;

	if (a->login.len == 0) {
		r = account_by_login(txn, e->login, &other);
		if (r == 0)
			return LOGIN_TAKEN;
		if (r == KV_NOT_FOUND)
			r = secret_replace(&a->login, e->login);
		if (r != 0)
			return r;
	}
	newpass_into(&e->fresh, a);
	memset(&a->enrolment, 0, sizeof(a->enrolment));
	json_decref(e->codes);
	e->codes = recovery_renew(store_txn_keyring(txn), a);
	return e->codes != NULL ? 0 : -ENOMEM;
}

static int
open_run(struct request *req, struct store_txn *txn)
{
	struct enrolling *e = request_state_get(req);
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	struct audit audit = {.verb = AUDIT_ACCOUNT_OPENED};
	int r = enrolment_find(txn, e->link, clock_now(), &p, &a);

	if (r == 0 && !enrolment_try(store_txn_keyring(txn), e->code, &a))
		r = ENROLMENT_REFUSED;
	if (r == 0)
		r = fill_account(txn, e, &a);
	if (r == 0)
		r = account_put(txn, &a);
	if (r != 0)
		return r;
	audit.subject = p.id;
	r = request_audit_add(req, txn, &audit);
	return r != 0 ? r : opening_put(req, txn, &e->opening, &p);
}

static void
open_committed(struct request *req)
{
	struct enrolling *e = request_state_get(req);

	opening_committed(req, &e->opening);
}

static void
open_then(struct request *req, int result)
{
	struct enrolling *e = request_state_get(req);

	if (result == ENROLMENT_REFUSED)
		request_problem(req, PROBLEM_ENROLMENT_REFUSED, NULL, NULL);
	else if (result == LOGIN_TAKEN)
		request_problem(req, PROBLEM_CONFLICT,
		    "this login name is taken, please choose another", "login");
	else if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 201,
		    json_pack("{s:O, s:o}", "recovery_codes", e->codes,
			"session", opening_view(req, &e->opening)));
}

static int
hash_work(struct request *req)
{
	struct enrolling *e = request_state_get(req);

	return newpass_hash(
	    store_keyring(request_info(req)->d->store), &e->fresh);
}

static void
hash_then(struct request *req, int result)
{
	static const struct request_write write = {
	    .run = open_run, .committed = open_committed, .then = open_then};
	const struct request_info *info = request_info(req);
	struct enrolling *e = request_state_get(req);

	if (result != 0) {
		request_refuse(req, result);
		return;
	}
	e->opening.session.account = e->account.id;
	e->opening.session.state =
	    opening_state(info->d->settings, e->person.role, &e->account);
	e->opening.others = true;
	/* whoever opens an account in a browser is done with what was there */
	e->opening.has_old = request_cookie(req, e->opening.old);
	if (info->browser)
		device_new(&info->d->keys, &e->account.id, e->opening.device);
	opening_start(req, &e->opening);
	request_write(req, &write);
}

static void
go_on(struct request *req, struct enrolling *e)
{
	bool named = e->account.login.len > 0;

	if (!named && e->login[0] == '\0')
		request_bad_field(req, "login", "choose one");
	else if (newpass_take(req, &e->fresh, e->passphrase, &e->person,
		     &e->account,
		     named ? secret_text(&e->account.login) : e->login,
		     "passphrase"))
		request_work(req, request_info(req)->d->login_pool, hash_work,
		    hash_then);
}

static void
post_enrolment(struct request *req)
{
	static const struct json_field fields[] = {
	    {"link", JSON_IS_STRING, true, 1, TYPED_MAX},
	    {"code", JSON_IS_STRING, true, 1, TYPED_MAX},
	    {"passphrase", JSON_IS_STRING, false, 1, STRENGTH_BYTES},
	    {"login", JSON_IS_STRING, false, 1, GRAMMAR_LOGIN_MAX},
	};
	static const struct request_write write = {
	    .run = try_run, .then = try_then};
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	const char *login;
	struct enrolling *e;

	e = body != NULL ? request_state(req, sizeof(*e), enrolling_fini)
			 : NULL;
	if (e == NULL)
		return;
	e->link = json_get_text(body, "link");
	e->code = json_get_text(body, "code");
	e->passphrase = json_get_text(body, "passphrase");
	login = json_get_text(body, "login");
	if (login != NULL && !grammar_login(login, e->login)) {
		request_bad_field(
		    req, "login", "expected letters, digits and ._@+-");
		return;
	}
	guess_at(req, GUESS_ENROLMENT, e->link, &e->try);
	if (guess_take(req, &e->try))
		request_write(req, &write);
}

const struct route api_enrolment_routes[] = {
    {"POST", "/v1/enrolments", 0, NULL, ENROLMENT_BODY_MAX, post_enrolment},
    {0},
};
