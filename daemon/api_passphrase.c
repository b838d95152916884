/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What whoever knows the passphrase may change: the passphrase itself, and
 * the recovery codes.
 */

#include "daemon/api.h"

#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "daemon/live.h"
#include "daemon/newpass.h"
#include "daemon/notices.h"
#include "daemon/opening.h"
#include "daemon/posternd.h"
#include "daemon/recovery.h"
#include "daemon/request.h"
#include "daemon/self.h"
#include "daemon/strength.h"

#define PASSPHRASE_BODY_MAX 16384

struct changing {
	struct self_confirm confirm; /* first */
	struct opening opening;
	struct newpass fresh;
	uint64_t notice;
	json_t *codes;
};

static void
changing_fini(void *state)
{
	struct changing *c = state;

	self_confirm_fini(&c->confirm);
	opening_fini(&c->opening);
	newpass_fini(&c->fresh);
	json_decref(c->codes);
}

/*
 * As it is now; REQUEST_SESSION_ENDED if the passphrase that was confirmed
 * is the account's no more.
 */
static int
get_confirmed(struct request *req, struct store_txn *txn, struct person *p,
    struct account *a)
{
	const struct changing *c = request_state_get(req);
	int r = authorise(&request_info(req)->actor, VERB_SELF_CHANGE, NULL);

	if (r == 0)
		r = self_get(req, txn, p, a);
	if (r == 0 && strcmp(a->passphrase, c->confirm.hash) != 0)
		r = REQUEST_SESSION_ENDED;
	return r;
}

static void
changed_committed(struct request *req)
{
	struct changing *c = request_state_get(req);

	if (c->opening.session.created != 0)
		opening_committed(req, &c->opening);
	if (c->notice != 0)
		notices_due(
		    request_info(req)->d->notices, c->notice, clock_now());
}

/* ---- another passphrase ---------------------------------------------- */

static int
passphrase_run(struct request *req, struct store_txn *txn)
{
	struct changing *c = request_state_get(req);
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	struct audit audit = {.verb = AUDIT_PASSPHRASE_CHANGED};
	int r = get_confirmed(req, txn, &p, &a);

	if (r == 0) {
		newpass_into(&c->fresh, &a);
		r = account_put(txn, &a);
	}
	if (r != 0)
		return r;
	audit.subject = p.id;
	r = self_tell(txn, &p.id, clock_now(), &c->notice);
	if (r == 0)
		r = request_audit_add(req, txn, &audit);
	return r != 0 ? r : opening_put(req, txn, &c->opening, &p);
}

static void
passphrase_then(struct request *req, int result)
{
	struct changing *c = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 201, opening_view(req, &c->opening));
}

static int
hash_work(struct request *req)
{
	struct changing *c = request_state_get(req);

	return newpass_hash(
	    store_keyring(request_info(req)->d->store), &c->fresh);
}

static void
hash_then(struct request *req, int result)
{
	static const struct request_write write = {.run = passphrase_run,
	    .committed = changed_committed,
	    .then = passphrase_then};
	struct changing *c = request_state_get(req);

	if (result != 0) {
		request_refuse(req, result);
		return;
	}
	opening_replace(req, &c->opening);
	c->opening.others = true;
	opening_start(req, &c->opening);
	request_write(req, &write);
}

static void
passphrase_confirmed(struct request *req)
{
	request_work(
	    req, request_info(req)->d->login_pool, hash_work, hash_then);
}

/* Whether the new one will do. False: answered. */
static bool
take_new(struct request *req, struct changing *c, const char *text)
{
	const struct request_info *info = request_info(req);
	store_txn_auto struct store_txn *txn = NULL;
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	int r = store_begin(info->d->store, false, &txn);

	if (r == 0)
		r = self_get(req, txn, &p, &a);
	if (r != 0) {
		request_refuse(req, r);
		return false;
	}
	return newpass_take(
	    req, &c->fresh, text, &p, &a, secret_text(&a.login), "new");
}

/* NULL: answered. */
static struct changing *
new_changing(struct request *req)
{
	int r = authorise(&request_info(req)->actor, VERB_SELF_CHANGE, NULL);

	if (r == 0)
		return request_state(
		    req, sizeof(struct changing), changing_fini);
	request_refuse(req, r);
	return NULL;
}

static void
put_passphrase(struct request *req)
{
	static const struct json_field fields[] = {
	    {"old", JSON_IS_STRING, true, 1, STRENGTH_BYTES},
	    {"new", JSON_IS_STRING, true, 1, STRENGTH_BYTES},
	};
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	struct changing *c = body != NULL ? new_changing(req) : NULL;

	if (c != NULL && take_new(req, c, json_get_text(body, "new")))
		self_confirm(
		    req, json_get_text(body, "old"), passphrase_confirmed);
}

/* ---- other recovery codes -------------------------------------------- */

static int
codes_run(struct request *req, struct store_txn *txn)
{
	struct changing *c = request_state_get(req);
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	struct audit audit = {.verb = AUDIT_RECOVERY_CODES};
	int r = get_confirmed(req, txn, &p, &a);

	if (r != 0)
		return r;
	c->codes = recovery_renew(store_txn_keyring(txn), &a);
	r = c->codes != NULL ? account_put(txn, &a) : -ENOMEM;
	if (r != 0)
		return r;
	audit.subject = p.id;
	r = self_tell(txn, &p.id, clock_now(), &c->notice);
	return r != 0 ? r : request_audit_add(req, txn, &audit);
}

static void
codes_then(struct request *req, int result)
{
	const struct changing *c = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else
		request_reply(
		    req, 201, json_pack("{s:O}", "recovery_codes", c->codes));
}

static void
codes_confirmed(struct request *req)
{
	static const struct request_write write = {.run = codes_run,
	    .committed = changed_committed,
	    .then = codes_then};

	request_write(req, &write);
}

static void
post_codes(struct request *req)
{
	static const struct json_field fields[] = {
	    {"passphrase", JSON_IS_STRING, true, 1, STRENGTH_BYTES},
	};
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	struct changing *c = body != NULL ? new_changing(req) : NULL;

	if (c != NULL)
		self_confirm(
		    req, json_get_text(body, "passphrase"), codes_confirmed);
}

const struct route api_passphrase_routes[] = {
    {"PUT", "/v1/me/passphrase", ROUTE_SESSION, NULL, PASSPHRASE_BODY_MAX,
	put_passphrase},
    {"POST", "/v1/me/recovery-codes", ROUTE_SESSION, NULL, PASSPHRASE_BODY_MAX,
	post_codes},
    {0},
};
