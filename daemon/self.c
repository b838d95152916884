/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/self.h"

#include <string.h>
#include <sodium.h>
#include "daemon/guess.h"
#include "daemon/notices.h"
#include "daemon/posternd.h"
#include "daemon/sessions.h"

int
self_get(struct request *req, struct store_txn *txn, struct person *p_r,
    struct account *a_r)
{
	const struct request_info *info = request_info(req);
	struct id account = info->found.session.account;
	int r = sessions_check(txn, info->session);

	if (r != 0)
		return r == KV_NOT_FOUND ? REQUEST_SESSION_ENDED : r;
	r = person_get(txn, &info->actor.person, p_r);
	if (r == 0 && id_is_nil(&account))
		r = account_by_person(txn, &info->actor.person, &account);
	if (r == 0)
		r = account_get(txn, &account, a_r);
	/* the person is there, as the session is */
	return r == KV_NOT_FOUND ? 0 : r;
}

/* ---- the passphrase once more ---------------------------------------- */

void
self_confirm_fini(struct self_confirm *c)
{
	secret_fini(&c->passphrase);
	sodium_memzero(c, sizeof(*c));
}

static int
confirm_work(struct request *req)
{
	struct self_confirm *c = request_state_get(req);

	return passphrase_check(store_keyring(request_info(req)->d->store),
	    &c->passphrase, c->hash);
}

static void
confirm_refused(struct request *req, int result)
{
	if (result != 0)
		request_refuse(req, result);
	else
		request_problem(req, PROBLEM_LOGIN_REFUSED, NULL, NULL);
}

static void
confirm_then(struct request *req, int result)
{
	struct self_confirm *c = request_state_get(req);
	struct audit audit = {.verb = AUDIT_SESSION_REFUSED,
	    .outcome = PASSPHRASE_WRONG,
	    .subject = request_info(req)->actor.person};

	secret_fini(&c->passphrase);
	guess_result(req, &c->try, result, PASSPHRASE_WRONG);
	if (result == 0)
		c->then(req);
	else if (result == PASSPHRASE_WRONG)
		request_audit(req, &audit, confirm_refused);
	else
		request_refuse(req, result);
}

void
self_confirm(struct request *req, const char *passphrase,
    void (*then)(struct request *req))
{
	struct self_confirm *c = request_state_get(req);
	store_txn_auto struct store_txn *txn = NULL;
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	int r = store_begin(request_info(req)->d->store, false, &txn);

	c->then = then;
	if (r == 0)
		r = self_get(req, txn, &p, &a);
	if (r == 0)
		r = secret_set(&c->passphrase, passphrase, strlen(passphrase));
	if (r != 0) {
		request_refuse(req, r);
		return;
	}
	memcpy(c->hash, a.passphrase, sizeof(c->hash));
	guess_at(req, GUESS_LOGIN, secret_text(&a.login), &c->try);
	guess_device(req, &a.id, &c->try);
	if (guess_take(req, &c->try))
		request_work(req, request_info(req)->d->login_pool,
		    confirm_work, confirm_then);
}

/* ---- telling --------------------------------------------------------- */

int
self_tell(struct store_txn *txn, const struct id *person, int64_t now,
    uint64_t *number_r)
{
	struct outbox_row row = {.kind = OUTBOX_ACCOUNT, .person = *person};
	int r = notices_make(txn, &row, now);

	*number_r = row.number;
	return r;
}
