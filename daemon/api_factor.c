/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The second step of signing in: a code of an app, a passkey, or one of the
 * recovery codes in their place.
 */

#include "daemon/api.h"

#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "daemon/factor.h"
#include "daemon/guess.h"
#include "daemon/opening.h"
#include "daemon/passkeys.h"
#include "daemon/posternd.h"
#include "daemon/recovery.h"
#include "daemon/request.h"
#include "daemon/self.h"

#define FACTOR_BODY_MAX 8192

struct factoring {
	struct opening opening;
	struct brake_try try;
	enum factor_kind kind;
	const char *code; /* either */
	/* FACTOR_PASSKEY: */
	bool wrong; /* not what was asked for here */
	uint8_t id[PASSKEY_ID_MAX];
	size_t id_len;
	struct proof_job job;
	struct proof_answer made;
};

static void
factoring_fini(void *state)
{
	struct factoring *f = state;

	opening_fini(&f->opening);
}

/* ---- what there is to be given --------------------------------------- */

static void
get_factor(struct request *req)
{
	const struct request_info *info = request_info(req);
	store_txn_auto struct store_txn *txn = NULL;
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	int r = authorise(&info->actor, VERB_FACTOR_CHECK, NULL);

	if (r == 0)
		r = store_begin(info->d->store, false, &txn);
	if (r == 0)
		r = self_get(req, txn, &p, &a);
	if (r != 0)
		request_refuse(req, r);
	else
		request_reply(req, 200,
		    json_pack("{s:b, s:o}", "totp", a.totp, "passkey",
			passkeys_view_get(req, &a)));
}

/* ---- giving it ------------------------------------------------------- */

/* The key that was asked is still theirs. */
static int
use_passkey(const struct factoring *f, struct account *a)
{
	struct passkey *k = passkeys_find(a, f->id, f->id_len);

	if (k == NULL || k->algorithm != f->job.algorithm ||
	    memcmp(k->key, f->job.key, sizeof(k->key)) != 0)
		return FACTOR_WRONG;
	return passkeys_count(k, f->made.count);
}

/* 0, and A is as it is to be then; FACTOR_WRONG, or PASSKEYS_COPIED. */
static int
use(struct request *req, const struct factoring *f, struct account *a)
{
	const struct keyring *k = store_keyring(request_info(req)->d->store);

	if (!account_guarded(a))
		return FACTOR_WRONG;
	switch (f->kind) {
	case FACTOR_CODE:
		if (!a->totp)
			return FACTOR_WRONG;
		return factor_check(a->totp_secret, f->code, clock_now(),
		    a->totp_step, &a->totp_step);
	case FACTOR_PASSKEY:
		return use_passkey(f, a);
	default:
		return recovery_use(k, f->code, a) ? 0 : FACTOR_WRONG;
	}
}

static int
factor_run(struct request *req, struct store_txn *txn)
{
	struct factoring *f = request_state_get(req);
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	struct audit audit = {.verb = AUDIT_FACTOR_CHECKED, .detail = f->kind};
	int r = authorise(&request_info(req)->actor, VERB_FACTOR_CHECK, NULL);

	if (r == 0)
		r = self_get(req, txn, &p, &a);
	if (r == 0)
		r = use(req, f, &a);
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
	    .outcome = (uint16_t)result,
	    .subject = request_info(req)->actor.person,
	    .detail = f->kind};
	const bool wrong = result == FACTOR_WRONG || result == PASSKEYS_COPIED;

	guess_result(req, &f->try, result, wrong ? result : FACTOR_WRONG);
	if (wrong)
		request_audit(req, &audit, factor_refused);
	else if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 201, opening_view(req, &f->opening));
}

static void
write_it(struct request *req)
{
	static const struct request_write write = {.run = factor_run,
	    .committed = factor_committed,
	    .then = factor_then,
	    .essential = true};
	struct factoring *f = request_state_get(req);

	opening_replace(req, &f->opening);
	opening_start(req, &f->opening);
	request_write(req, &write);
}

/* ---- a passkey ------------------------------------------------------- */

/* Whose key it has to be; FACTOR_WRONG if none of theirs. */
static int
find_key(struct request *req, struct factoring *f)
{
	store_txn_auto struct store_txn *txn = NULL;
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	struct passkey *k = NULL;
	int r = store_begin(request_info(req)->d->store, false, &txn);

	if (r == 0)
		r = self_get(req, txn, &p, &a);
	if (r == 0)
		k = passkeys_find(&a, f->id, f->id_len);
	if (r != 0 || k == NULL)
		return r != 0 ? r : FACTOR_WRONG;
	f->job.algorithm = k->algorithm;
	memcpy(f->job.key, k->key, sizeof(f->job.key));
	return 0;
}

static int
passkey_work(struct request *req)
{
	struct factoring *f = request_state_get(req);
	int r = find_key(req, f);

	if (r == 0 && f->wrong)
		r = FACTOR_WRONG;
	if (r == 0)
		r = passkeys_judge(req, &f->job, &f->made);
	return r == PROOF_REFUSED ? FACTOR_WRONG : r;
}

static void
passkey_judged(struct request *req, int result)
{
	if (result != 0)
		factor_then(req, result);
	else
		write_it(req);
}

/* False: answered. */
static bool
take_passkey(struct request *req, json_t *body, struct factoring *f)
{
	size_t len;

	if (!passkeys_take(req, body, PROOF_GET, &f->job, &f->wrong) ||
	    !passkeys_bytes(
		req, body, "passkey", f->id, sizeof(f->id), &f->id_len) ||
	    !passkeys_bytes(req, body, "signature", f->job.signature,
		sizeof(f->job.signature), &len))
		return false;
	f->job.signature_len = (uint16_t)len;
	return true;
}

/* ---- the request ----------------------------------------------------- */

static const struct json_field fields[] = {
    {"code", JSON_IS_STRING, false, 1, 16},
    {"recovery_code", JSON_IS_STRING, false, 1, RECOVERY_TEXT_MAX},
    /* these together */
    {"passkey", JSON_IS_STRING, false, 1, 0},
    {"client_data", JSON_IS_STRING, false, 1, 0},
    {"authenticator_data", JSON_IS_STRING, false, 1, 0},
    {"signature", JSON_IS_STRING, false, 1, 0},
};

/* Exactly one of three. False: answered. */
static bool
take(struct request *req, json_t *body, struct factoring *f)
{
	size_t given = 0;
	const char *code = json_get_text(body, "code");
	const char *recovery = json_get_text(body, "recovery_code");

	f->kind = code != NULL       ? FACTOR_CODE
		  : recovery != NULL ? FACTOR_RECOVERY
				     : FACTOR_PASSKEY;
	f->code = code != NULL ? code : recovery;
	for (size_t i = 0; i < PN_ARRAY_LEN(fields); i++)
		given += json_get_text(body, fields[i].name) != NULL;
	if (given == (f->kind == FACTOR_PASSKEY ? 4 : 1))
		return f->kind != FACTOR_PASSKEY || take_passkey(req, body, f);
	request_problem(req, PROBLEM_INVALID_FIELD,
	    "either code, recovery_code, or passkey and what belongs to it",
	    NULL);
	return false;
}

static void
post_factor(struct request *req)
{
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
	if (!take(req, body, f))
		return;
	guess_account(req, GUESS_FACTOR, &info->found.session.account, &f->try);
	if (!guess_take(req, &f->try))
		return;
	if (f->kind == FACTOR_PASSKEY)
		request_work(
		    req, info->d->login_pool, passkey_work, passkey_judged);
	else
		write_it(req);
}

const struct route api_factor_routes[] = {
    {"GET", "/v1/sessions/current/factor", ROUTE_SESSION, NULL, 0, get_factor},
    {"POST", "/v1/sessions/current/factor", ROUTE_SESSION, NULL,
	FACTOR_BODY_MAX, post_factor},
    {0},
};
