/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The second step of signing in: a code of the authenticator, or one of the
 * recovery codes in its place.
 */

#include "daemon/api.h"

#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "daemon/factor.h"
#include "daemon/guess.h"
#include "daemon/opening.h"
#include "daemon/posternd.h"
#include "daemon/recovery.h"
#include "daemon/request.h"
#include "daemon/self.h"

#define FACTOR_BODY_MAX 1024

struct factoring {
	struct opening opening;
	struct brake_try try;
	const char *code; /* or NULL, and */
	const char *recovery;
};

static void
factoring_fini(void *state)
{
	struct factoring *f = state;

	opening_fini(&f->opening);
}

/* 0, and A is as it is to be then; or FACTOR_WRONG. */
static int
use_code(struct request *req, const struct factoring *f, struct account *a)
{
	if (!account_guarded(a) || (f->code != NULL && !a->totp))
		return FACTOR_WRONG;
	if (f->code != NULL)
		return factor_check(a->totp_secret, f->code, clock_now(),
		    a->totp_step, &a->totp_step);
	return recovery_use(
		   store_keyring(request_info(req)->d->store), f->recovery, a)
		   ? 0
		   : FACTOR_WRONG;
}

static int
factor_run(struct request *req, struct store_txn *txn)
{
	struct factoring *f = request_state_get(req);
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	struct audit audit = {
	    .verb = AUDIT_FACTOR_CHECKED, .detail = f->code == NULL};
	int r = authorise(&request_info(req)->actor, VERB_FACTOR_CHECK, NULL);

	if (r == 0)
		r = self_get(req, txn, &p, &a);
	if (r == 0)
		r = use_code(req, f, &a);
	if (r == 0)
		r = account_put(txn, &a);
	if (r != 0)
		return r;
	audit.subject = p.id;
	r = request_audit_add(req, txn, &audit);
	return r != 0 ? r : opening_put(req, txn, &f->opening, &p);
}

static void
factor_committed(struct request *req)
{
	struct factoring *f = request_state_get(req);

	opening_committed(req, &f->opening);
}

static void
factor_refused(struct request *req, int result)
{
	if (result != 0)
		request_refuse(req, result);
	else
		request_problem(req, PROBLEM_FACTOR_REFUSED, NULL, NULL);
}

static void
factor_then(struct request *req, int result)
{
	struct factoring *f = request_state_get(req);
	struct audit audit = {.verb = AUDIT_FACTOR_CHECKED,
	    .outcome = FACTOR_WRONG,
	    .subject = request_info(req)->actor.person};

	guess_result(req, &f->try, result, FACTOR_WRONG);
	if (result == FACTOR_WRONG)
		request_audit(req, &audit, factor_refused);
	else if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 201, opening_view(req, &f->opening));
}

static void
post_factor(struct request *req)
{
	static const struct json_field fields[] = {
	    {"code", JSON_IS_STRING, false, 1, 16},
	    {"recovery_code", JSON_IS_STRING, false, 1, RECOVERY_TEXT_MAX},
	};
	static const struct request_write write = {.run = factor_run,
	    .committed = factor_committed,
	    .then = factor_then,
	    .essential = true};
	const struct request_info *info = request_info(req);
	struct factoring *f;
	json_t *body;
	int r = authorise(&info->actor, VERB_FACTOR_CHECK, NULL);

	if (r != 0) {
		request_refuse(req, r);
		return;
	}
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	f = body != NULL ? request_state(req, sizeof(*f), factoring_fini)
			 : NULL;
	if (f == NULL)
		return;
	f->code = json_get_text(body, "code");
	f->recovery = json_get_text(body, "recovery_code");
	if ((f->code == NULL) == (f->recovery == NULL)) {
		request_problem(req, PROBLEM_INVALID_FIELD,
		    "either code or recovery_code", NULL);
		return;
	}
	guess_account(req, GUESS_FACTOR, &info->found.session.account, &f->try);
	if (!guess_take(req, &f->try))
		return;
	opening_replace(req, &f->opening);
	opening_start(req, &f->opening);
	request_write(req, &write);
}

const struct route api_factor_routes[] = {
    {"POST", "/v1/sessions/current/factor", ROUTE_SESSION, NULL,
	FACTOR_BODY_MAX, post_factor},
    {0},
};
