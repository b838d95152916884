/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Setting up a second factor, another one, or none. In a session that is open
 * already the passphrase is asked for once more.
 */

#include "daemon/api.h"

#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "base/settings.h"
#include "daemon/factor.h"
#include "daemon/guess.h"
#include "daemon/notices.h"
#include "daemon/opening.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/self.h"
#include "daemon/strength.h"

#define TOTP_BODY_MAX 8192

/* Positive code: without the second factor the passphrase is too short. */
#define TOTP_NEEDED 200

struct setup {
	struct self_confirm confirm; /* first */
	struct opening opening;
	struct brake_try try; /* of the code, when it is taken away */
	const char *code;
	bool was_open;
	uint64_t notice;
};

static void
setup_fini(void *state)
{
	struct setup *s = state;

	self_confirm_fini(&s->confirm);
	opening_fini(&s->opening);
}

/* ---- what to set up -------------------------------------------------- */

static void
get_totp(struct request *req)
{
	const struct request_info *info = request_info(req);
	store_txn_auto struct store_txn *txn = NULL;
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	uint8_t secret[ACCOUNT_TOTP_LEN];
	int r = authorise(&info->actor, VERB_FACTOR_SETUP, NULL);

	if (r == 0)
		r = store_begin(info->d->store, false, &txn);
	if (r == 0)
		r = self_get(req, txn, &p, &a);
	if (r != 0) {
		request_refuse(req, r);
		return;
	}
	factor_candidate(&info->d->keys, info->session, secret);
	request_reply(req, 200,
	    factor_view(secret, info->d->settings->practice.name,
		a.login.len > 0 ? secret_text(&a.login)
				: secret_text(&p.name)));
	sodium_memzero(secret, sizeof(secret));
}

/* ---- setting it up, and taking it away ------------------------------- */

/* Whom a frontend vouches for may have no account yet. */
static void
make_account(struct setup *s, const struct person *p, struct account *a)
{
	if (!id_is_nil(&a->id))
		return;
	a->id = id_new();
	a->person = p->id;
	a->active = true;
	s->opening.session.account = a->id;
}

static int
set_up(struct request *req, struct setup *s, const struct person *p,
    struct account *a)
{
	const struct request_info *info = request_info(req);
	uint8_t secret[ACCOUNT_TOTP_LEN];
	int r;

	factor_candidate(&info->d->keys, info->session, secret);
	r = factor_check(secret, s->code, clock_now(), 0, &a->totp_step);
	if (r == 0) {
		make_account(s, p, a);
		a->totp = true;
		memcpy(a->totp_secret, secret, sizeof(secret));
	}
	sodium_memzero(secret, sizeof(secret));
	return r;
}

static int
take_away(struct setup *s, struct account *a)
{
	int r;

	if (!a->totp)
		return FACTOR_WRONG;
	r = factor_check(
	    a->totp_secret, s->code, clock_now(), a->totp_step, &a->totp_step);
	if (r == 0 && a->short_passphrase)
		r = TOTP_NEEDED;
	if (r == 0) {
		a->totp = false;
		sodium_memzero(a->totp_secret, sizeof(a->totp_secret));
	}
	return r;
}

/* A is as it is to be: writes it, tells the person, opens a new session. */
static int
put(struct request *req, struct store_txn *txn, const struct person *p,
    const struct account *a, enum audit_verb verb)
{
	struct setup *s = request_state_get(req);
	struct audit audit = {.verb = verb, .subject = p->id};
	int r = account_put(txn, a);

	if (r != 0)
		return r;
	if (s->was_open)
		r = self_tell(txn, &p->id, clock_now(), &s->notice);
	if (r == 0)
		r = request_audit_add(req, txn, &audit);
	return r != 0 ? r : opening_put(req, txn, &s->opening, p);
}

static int
set_run(struct request *req, struct store_txn *txn)
{
	struct setup *s = request_state_get(req);
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	int r = authorise(&request_info(req)->actor, VERB_FACTOR_SETUP, NULL);

	if (r == 0)
		r = self_get(req, txn, &p, &a);
	/* set up meanwhile: a passphrase alone does not replace it */
	if (r == 0 && !s->was_open && a.totp)
		r = REQUEST_SESSION_ENDED;
	if (r == 0)
		r = set_up(req, s, &p, &a);
	return r != 0 ? r : put(req, txn, &p, &a, AUDIT_FACTOR_SET);
}

static int
remove_run(struct request *req, struct store_txn *txn)
{
	struct setup *s = request_state_get(req);
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	int r = authorise(&request_info(req)->actor, VERB_SELF_CHANGE, NULL);

	if (r == 0)
		r = self_get(req, txn, &p, &a);
	if (r == 0)
		r = take_away(s, &a);
	return r != 0 ? r : put(req, txn, &p, &a, AUDIT_FACTOR_REMOVED);
}

static void
setup_committed(struct request *req)
{
	struct setup *s = request_state_get(req);

	opening_committed(req, &s->opening);
	if (s->notice != 0)
		notices_due(
		    request_info(req)->d->notices, s->notice, clock_now());
}

static void
setup_then(struct request *req, int result)
{
	struct setup *s = request_state_get(req);

	if (result == FACTOR_WRONG)
		request_problem(req, PROBLEM_FACTOR_REFUSED, NULL, "code");
	else if (result == TOTP_NEEDED)
		request_problem(req, PROBLEM_WEAK_PASSPHRASE,
		    "without a second factor it must have at least 15 "
		    "characters: change it first",
		    "passphrase");
	else if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 201, opening_view(req, &s->opening));
}

static void
set_confirmed(struct request *req)
{
	static const struct request_write write = {.run = set_run,
	    .committed = setup_committed,
	    .then = setup_then,
	    .essential = true};
	struct setup *s = request_state_get(req);

	opening_replace(req, &s->opening);
	opening_start(req, &s->opening);
	request_write(req, &write);
}

static void
remove_then(struct request *req, int result)
{
	const struct setup *s = request_state_get(req);

	guess_result(req, &s->try, result, FACTOR_WRONG);
	setup_then(req, result);
}

static void
remove_confirmed(struct request *req)
{
	static const struct request_write write = {.run = remove_run,
	    .committed = setup_committed,
	    .then = remove_then};
	const struct request_info *info = request_info(req);
	struct setup *s = request_state_get(req);

	guess_account(req, GUESS_FACTOR, &info->found.session.account, &s->try);
	if (!guess_take(req, &s->try))
		return;
	opening_replace(req, &s->opening);
	opening_start(req, &s->opening);
	request_write(req, &write);
}

/* NULL: answered. */
static struct setup *
read_setup(struct request *req, enum verb verb, const char **passphrase_r)
{
	static const struct json_field fields[] = {
	    {"code", JSON_IS_STRING, true, 1, 16},
	    {"passphrase", JSON_IS_STRING, false, 1, STRENGTH_BYTES},
	};
	const struct request_info *info = request_info(req);
	struct setup *s;
	json_t *body;
	int r = authorise(&info->actor, verb, NULL);

	if (r != 0) {
		request_refuse(req, r);
		return NULL;
	}
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	s = body != NULL ? request_state(req, sizeof(*s), setup_fini) : NULL;
	if (s == NULL)
		return NULL;
	s->code = json_get_text(body, "code");
	s->was_open = info->actor.state == SESSION_OPEN;
	*passphrase_r = json_get_text(body, "passphrase");
	if (s->was_open && *passphrase_r == NULL) {
		request_bad_field(req, "passphrase", "missing");
		return NULL;
	}
	return s;
}

static void
put_totp(struct request *req)
{
	const char *passphrase;
	struct setup *s = read_setup(req, VERB_FACTOR_SETUP, &passphrase);

	if (s == NULL)
		return;
	if (s->was_open)
		self_confirm(req, passphrase, set_confirmed);
	else
		set_confirmed(req);
}

static void
post_removal(struct request *req)
{
	const struct request_info *info = request_info(req);
	const char *passphrase;

	if (read_setup(req, VERB_SELF_CHANGE, &passphrase) == NULL)
		return;
	if (opening_needs_factor(info->d->settings, info->actor.role))
		request_problem(req, PROBLEM_FORBIDDEN,
		    "a second factor is required here", NULL);
	else
		self_confirm(req, passphrase, remove_confirmed);
}

const struct route api_totp_routes[] = {
    {"GET", "/v1/me/totp", ROUTE_SESSION, NULL, 0, get_totp},
    {"PUT", "/v1/me/totp", ROUTE_SESSION, NULL, TOTP_BODY_MAX, put_totp},
    {"POST", "/v1/me/totp/removal", ROUTE_SESSION, NULL, TOTP_BODY_MAX,
	post_removal},
    {0},
};
