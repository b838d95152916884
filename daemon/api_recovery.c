/* SPDX-License-Identifier: Apache-2.0 */

/*
 * POST /v1/recoveries: a lost passphrase becomes another one with a recovery
 * code. Signing in comes after that, with its second step where there is one.
 *
 * SECURITY: a login that is nobody's and a wrong code are answered alike.
 */

#include "daemon/api.h"

#include <string.h>
#include "base/clock.h"
#include "daemon/grammar.h"
#include "daemon/guess.h"
#include "daemon/live.h"
#include "daemon/newpass.h"
#include "daemon/notices.h"
#include "daemon/posternd.h"
#include "daemon/recovery.h"
#include "daemon/request.h"
#include "daemon/self.h"
#include "daemon/sessions.h"
#include "daemon/strength.h"

#define RECOVERY_BODY_MAX 8192

/* Positive code. */
#define RECOVERY_WRONG 230

struct recovering {
	struct brake_try try;
	const char *code;
	const char *passphrase;
	struct person person; /* as they were when the code was right */
	struct account account;
	struct newpass fresh;
	uint64_t notice;
};

static void
recovering_fini(void *state)
{
	struct recovering *r = state;

	person_fini(&r->person);
	account_fini(&r->account);
	newpass_fini(&r->fresh);
}

static void
refused_then(struct request *req, int result)
{
	if (result != 0)
		request_refuse(req, result);
	else
		request_problem(req, PROBLEM_RECOVERY_REFUSED, NULL, NULL);
}

static void
refuse(struct request *req, struct recovering *s)
{
	struct audit audit = {.verb = AUDIT_RECOVERED,
	    .outcome = RECOVERY_WRONG,
	    .subject = s->person.id};

	request_audit(req, &audit, refused_then);
}

/* Uses CODE up, in memory; 0, RECOVERY_WRONG or a code of the store. */
static int
use_code(struct store_txn *txn, const char *code, struct person *p,
    struct account *a)
{
	int r = account_get(txn, &a->id, a);

	if (r == 0)
		r = person_get(txn, &a->person, p);
	if (r != 0)
		return r == KV_NOT_FOUND ? RECOVERY_WRONG : r;
	return p->active && a->active &&
		       recovery_use(store_txn_keyring(txn), code, a)
		   ? 0
		   : RECOVERY_WRONG;
}

static int
recover_run(struct request *req, struct store_txn *txn)
{
	struct recovering *s = request_state_get(req);
	account_auto struct account a = {.id = s->account.id};
	person_auto struct person p = {0};
	struct audit audit = {.verb = AUDIT_RECOVERED};
	int r = authorise(&request_info(req)->actor, VERB_ACCOUNT_OPEN, NULL);

	if (r == 0)
		r = use_code(txn, s->code, &p, &a);
	if (r == 0) {
		newpass_into(&s->fresh, &a);
		r = account_put(txn, &a);
	}
	if (r != 0)
		return r;
	audit.subject = p.id;
	r = sessions_del_person(txn, &p.id, NULL);
	if (r == 0)
		r = self_tell(txn, &p.id, clock_now(), &s->notice);
	return r != 0 ? r : request_audit_add(req, txn, &audit);
}

static void
recover_committed(struct request *req)
{
	struct recovering *s = request_state_get(req);
	struct posternd *d = request_info(req)->d;

	sessions_end_person(d->sessions, &s->person.id, NULL);
	live_poke(d->live, &s->person.id);
	notices_due(d->notices, s->notice, clock_now());
}

static void
recover_then(struct request *req, int result)
{
	if (result == RECOVERY_WRONG)
		refuse(req, request_state_get(req));
	else if (result != 0)
		request_refuse(req, result);
	else
		request_empty(req);
}

static int
hash_work(struct request *req)
{
	struct recovering *s = request_state_get(req);

	return newpass_hash(
	    store_keyring(request_info(req)->d->store), &s->fresh);
}

static void
hash_then(struct request *req, int result)
{
	static const struct request_write write = {.run = recover_run,
	    .committed = recover_committed,
	    .then = recover_then};

	if (result != 0)
		request_refuse(req, result);
	else
		request_write(req, &write);
}

static int
find_account(struct request *req, struct recovering *s, const char *login,
    struct store_txn **txn)
{
	int r = store_begin(request_info(req)->d->store, false, txn);

	if (r == 0)
		r = account_by_login(*txn, login, &s->account.id);
	if (r == 0)
		guess_device(req, &s->account.id, &s->try);
	return r == KV_NOT_FOUND ? 0 : r;
}

static void
recover(struct request *req, struct recovering *s, const char *login)
{
	store_txn_auto struct store_txn *txn = NULL;
	char norm[GRAMMAR_LOGIN_MAX + 1];
	bool good = grammar_login(login, norm);
	int r;

	guess_at(req, GUESS_LOGIN, good ? norm : login, &s->try);
	r = find_account(req, s, good ? norm : "", &txn);
	if (r != 0) {
		request_refuse(req, r);
		return;
	}
	if (!guess_take(req, &s->try))
		return;
	r = use_code(txn, s->code, &s->person, &s->account);
	guess_result(req, &s->try, r, RECOVERY_WRONG);
	store_abort(&txn);
	if (r == RECOVERY_WRONG)
		refuse(req, s);
	else if (r != 0)
		request_refuse(req, r);
	else if (newpass_take(req, &s->fresh, s->passphrase, &s->person,
		     &s->account, norm, "passphrase"))
		request_work(req, request_info(req)->d->login_pool, hash_work,
		    hash_then);
}

static void
post_recovery(struct request *req)
{
	static const struct json_field fields[] = {
	    {"login", JSON_IS_STRING, true, 1, GRAMMAR_LOGIN_MAX},
	    {"code", JSON_IS_STRING, true, 1, RECOVERY_TEXT_MAX},
	    {"passphrase", JSON_IS_STRING, true, 1, STRENGTH_BYTES},
	};
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	struct recovering *s;

	s = body != NULL ? request_state(req, sizeof(*s), recovering_fini)
			 : NULL;
	if (s == NULL)
		return;
	s->code = json_get_text(body, "code");
	s->passphrase = json_get_text(body, "passphrase");
	recover(req, s, json_get_text(body, "login"));
}

const struct route api_recovery_routes[] = {
    {"POST", "/v1/recoveries", 0, NULL, RECOVERY_BODY_MAX, post_recovery},
    {0},
};
