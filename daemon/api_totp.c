/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Codes as a second factor: setting them up, others, or none.
 */

#include "daemon/api.h"

#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "base/settings.h"
#include "daemon/factor.h"
#include "daemon/guess.h"
#include "daemon/posternd.h"
#include "daemon/setup.h"
#include "daemon/strength.h"

#define TOTP_BODY_MAX 8192

struct totp {
	struct setup setup;   /* first */
	struct brake_try try; /* of the code, when it is taken away */
	const char *code;
};

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

static int
set_up(struct request *req, const struct totp *t, const struct person *p,
    struct account *a)
{
	const struct request_info *info = request_info(req);
	uint8_t secret[ACCOUNT_TOTP_LEN];
	int r;

	factor_candidate(&info->d->keys, info->session, secret);
	r = factor_check(secret, t->code, clock_now(), 0, &a->totp_step);
	if (r == 0) {
		setup_account(req, p, a);
		a->totp = true;
		memcpy(a->totp_secret, secret, sizeof(secret));
	}
	sodium_memzero(secret, sizeof(secret));
	return r;
}

static int
lose(struct request *req, struct account *a)
{
	(void)req;
	a->totp = false;
	sodium_memzero(a->totp_secret, sizeof(a->totp_secret));
	return 0;
}

static int
take_away(struct request *req, struct account *a)
{
	const struct totp *t = request_state_get(req);
	int r;

	if (!a->totp)
		return FACTOR_WRONG;
	r = factor_check(
	    a->totp_secret, t->code, clock_now(), a->totp_step, &a->totp_step);
	return r != 0 ? r : lose(req, a);
}

static int
set_run(struct request *req, struct store_txn *txn)
{
	const struct totp *t = request_state_get(req);
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	struct audit audit = {.verb = AUDIT_FACTOR_SET};
	int r = setup_get(req, txn, VERB_FACTOR_SETUP, &p, &a);

	if (r == 0)
		r = set_up(req, t, &p, &a);
	return r != 0 ? r : setup_put(req, txn, &p, &a, &audit);
}

static int
remove_run(struct request *req, struct store_txn *txn)
{
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	struct audit audit = {.verb = AUDIT_FACTOR_REMOVED};
	int r = setup_get(req, txn, VERB_SELF_CHANGE, &p, &a);

	if (r == 0)
		r = take_away(req, &a);
	if (r == 0)
		r = setup_spare(req, &p, &a);
	return r != 0 ? r : setup_put(req, txn, &p, &a, &audit);
}

static void
totp_then(struct request *req, int result)
{
	if (result == FACTOR_WRONG)
		request_problem(req, PROBLEM_FACTOR_REFUSED, NULL, "code");
	else
		setup_then(req, result);
}

static void
set_confirmed(struct request *req)
{
	static const struct request_write write = {.run = set_run,
	    .committed = setup_committed,
	    .then = totp_then,
	    .essential = true};

	setup_write(req, &write);
}

static void
remove_then(struct request *req, int result)
{
	const struct totp *t = request_state_get(req);

	guess_result(req, &t->try, result, FACTOR_WRONG);
	totp_then(req, result);
}

static void
remove_confirmed(struct request *req)
{
	static const struct request_write write = {.run = remove_run,
	    .committed = setup_committed,
	    .then = remove_then};
	const struct request_info *info = request_info(req);
	struct totp *t = request_state_get(req);

	guess_account(req, GUESS_FACTOR, &info->found.session.account, &t->try);
	if (guess_take(req, &t->try))
		setup_write(req, &write);
}

/* NULL: answered. */
static json_t *
read_totp(struct request *req, enum verb verb)
{
	static const struct json_field fields[] = {
	    {"code", JSON_IS_STRING, true, 1, 16},
	    {"passphrase", JSON_IS_STRING, false, 1, STRENGTH_BYTES},
	};
	json_t *body = NULL;
	struct totp *t = setup_read(req, verb, fields, PN_ARRAY_LEN(fields),
	    sizeof(*t), setup_fini, &body);

	if (t == NULL)
		return NULL;
	t->code = json_get_text(body, "code");
	return body;
}

static void
put_totp(struct request *req)
{
	json_t *body = read_totp(req, VERB_FACTOR_SETUP);

	if (body != NULL)
		setup_confirm(req, body, set_confirmed);
}

static void
post_removal(struct request *req)
{
	json_t *body = read_totp(req, VERB_SELF_CHANGE);

	if (body != NULL && setup_may_lose(req, lose))
		setup_confirm(req, body, remove_confirmed);
}

const struct route api_totp_routes[] = {
    {"GET", "/v1/me/totp", ROUTE_SESSION, NULL, 0, get_totp},
    {"PUT", "/v1/me/totp", ROUTE_SESSION, NULL, TOTP_BODY_MAX, put_totp},
    {"POST", "/v1/me/totp/removal", ROUTE_SESSION, NULL, TOTP_BODY_MAX,
	post_removal},
    {0},
};
