/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Opening a session: by a frontend's word, or by login name and passphrase.
 *
 * SECURITY: a login that is nobody's, one that may not be used and a wrong
 * passphrase are answered alike, and finding out takes as long.
 */

#include "daemon/api.h"

#include <string.h>
#include "base/secret.h"
#include "base/settings.h"
#include "daemon/grammar.h"
#include "daemon/guess.h"
#include "daemon/opening.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/strength.h"

#define LOGIN_BODY_MAX 8192
#define LOGIN_TEXT_MAX 128

struct login {
	struct opening opening;
	enum verb verb;
	struct brake_try try;           /* VERB_SESSION_LOGIN */
	char hash[PASSPHRASE_HASH_LEN]; /* "" : nobody can log in with this */
	struct secret passphrase;
	int refusal; /* told once it is recorded; 0: none yet */
};

static void
login_fini(void *state)
{
	struct login *l = state;

	opening_fini(&l->opening);
	secret_fini(&l->passphrase);
}

/* A frontend's word stands for a passphrase, and for more if it is said so. */
static enum session_state
state_of(const struct request *req, const struct login *l,
    const struct person *p, const struct account *a)
{
	const struct request_info *info = request_info(req);

	if (l->verb == VERB_SESSION_ASSERT &&
	    (p->role == ROLE_CLIENT ||
		(info->actor.rights & SETTINGS_RIGHT_FACTOR) != 0))
		return SESSION_OPEN;
	return opening_state(info->d->settings, p->role, a);
}

static int
or_none(int r)
{
	return r == KV_NOT_FOUND ? 0 : r;
}

/* May this session be opened, as TXN sees it, and how far? */
static int
may_open(struct request *req, struct store_txn *txn, struct login *l,
    struct person *p)
{
	struct session *s = &l->opening.session;
	account_auto struct account a = {0};
	struct object object = {0};
	bool account = false;
	int r = 0;

	if (!id_is_nil(&s->account)) {
		r = account_get(txn, &s->account, &a);
		account = r == 0 && a.active;
	}
	if (or_none(r) == 0 && !id_is_nil(&s->person))
		r = person_get(txn, &s->person, p);
	if (or_none(r) != 0)
		return r;
	if (!id_is_nil(&p->id) && (account || l->verb == VERB_SESSION_ASSERT))
		object.person = p;
	r = authorise(&request_info(req)->actor, l->verb, &object);
	if (r == 0)
		s->state = state_of(req, l, p, account ? &a : NULL);
	return r;
}

static bool
is_refused(int code)
{
	return code == AUTH_HIDDEN || code == AUTH_FORBIDDEN;
}

/* ---- refusals, which are recorded too -------------------------------- */

static void
refused_then(struct request *req, int result)
{
	const struct login *l = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else if (l->verb == VERB_SESSION_LOGIN)
		request_problem(req, PROBLEM_LOGIN_REFUSED, NULL, NULL);
	else
		request_refuse(req, l->refusal);
}

static void
refuse(struct request *req, struct login *l, int code)
{
	struct audit audit = {.verb = AUDIT_SESSION_REFUSED,
	    .outcome = (uint16_t)code,
	    .subject = l->opening.session.person};

	l->refusal = code;
	request_audit(req, &audit, refused_then);
}

/* ---- the session ----------------------------------------------------- */

static int
open_run(struct request *req, struct store_txn *txn)
{
	struct login *l = request_state_get(req);
	person_auto struct person p = {0};
	int r = may_open(req, txn, l, &p);

	return r != 0 ? r : opening_put(req, txn, &l->opening, &p);
}

static void
open_committed(struct request *req)
{
	struct login *l = request_state_get(req);

	opening_committed(req, &l->opening);
}

static void
open_then(struct request *req, int result)
{
	struct login *l = request_state_get(req);

	if (is_refused(result)) /* disabled since we looked */
		refuse(req, l, result);
	else if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 201, opening_view(req, &l->opening));
}

static void
open_session(struct request *req, struct login *l)
{
	/* on a full disk, too: what is there can be read, by whoever may */
	static const struct request_write write = {.run = open_run,
	    .committed = open_committed,
	    .then = open_then,
	    .essential = true};

	opening_start(req, &l->opening);
	request_write(req, &write);
}

/* ---- by assertion ---------------------------------------------------- */

static void
assert_session(struct request *req, struct login *l, const char *external_id)
{
	struct session *s = &l->opening.session;
	store_txn_auto struct store_txn *txn = NULL;
	person_auto struct person p = {0};
	int r;

	l->verb = VERB_SESSION_ASSERT;
	r = store_begin(request_info(req)->d->store, false, &txn);
	if (r == 0)
		r = or_none(person_by_external(txn, external_id, &s->person));
	if (r == 0 && !id_is_nil(&s->person))
		r = or_none(account_by_person(txn, &s->person, &s->account));
	if (r == 0)
		r = may_open(req, txn, l, &p);
	store_abort(&txn);
	if (r == 0)
		open_session(req, l);
	else if (is_refused(r))
		refuse(req, l, r);
	else
		request_refuse(req, r);
}

/* ---- by passphrase --------------------------------------------------- */

/*
 * Fills in whose account it is. Without one, or where it may not be used, no
 * passphrase fits, and finding that out takes as long.
 */
static int
find_account(struct request *req, struct login *l, const char *login)
{
	struct session *s = &l->opening.session;
	store_txn_auto struct store_txn *txn = NULL;
	account_auto struct account account = {0};
	person_auto struct person p = {0};
	int r;

	r = store_begin(request_info(req)->d->store, false, &txn);
	if (r == 0)
		r = account_by_login(txn, login, &s->account);
	if (r == 0)
		r = account_get(txn, &s->account, &account);
	if (r != 0)
		return or_none(r);
	s->person = account.person;
	guess_device(req, &s->account, &l->try);
	r = may_open(req, txn, l, &p);
	if (r == 0)
		memcpy(l->hash, account.passphrase, sizeof(l->hash));
	if (!is_refused(r))
		return r;
	l->refusal = r;
	return 0;
}

static int
login_work(struct request *req)
{
	struct login *l = request_state_get(req);

	return passphrase_check(store_keyring(request_info(req)->d->store),
	    &l->passphrase, l->hash);
}

static void
login_then(struct request *req, int result)
{
	struct login *l = request_state_get(req);
	const struct request_info *info = request_info(req);

	secret_fini(&l->passphrase);
	guess_result(req, &l->try, result, PASSPHRASE_WRONG);
	if (result == PASSPHRASE_WRONG) {
		refuse(req, l, l->refusal != 0 ? l->refusal : result);
		return;
	}
	if (result != 0) {
		request_refuse(req, result);
		return;
	}
	if (info->browser && !l->try.known)
		device_new(&info->d->keys, &l->opening.session.account,
		    l->opening.device);
	/* whoever signs in anew in a browser is done with what was there */
	l->opening.has_old = request_cookie(req, l->opening.old);
	open_session(req, l);
}

static void
login_session(struct request *req, struct login *l, const char *login,
    const char *passphrase)
{
	char norm[GRAMMAR_LOGIN_MAX + 1];
	bool good = grammar_login(login, norm);
	int r;

	l->verb = VERB_SESSION_LOGIN;
	guess_at(req, GUESS_LOGIN, good ? norm : login, &l->try);
	r = secret_set(&l->passphrase, passphrase, strlen(passphrase));
	if (r == 0 && good)
		r = find_account(req, l, norm);
	if (r != 0)
		request_refuse(req, r);
	else if (guess_take(req, &l->try))
		request_work(req, request_info(req)->d->login_pool, login_work,
		    login_then);
}

/* ---- the request ----------------------------------------------------- */

/* Shown in the list of one's sessions; printable ASCII. */
static bool
take_label(struct session *s, const char *label)
{
	size_t len = label != NULL ? strlen(label) : 0;

	for (size_t i = 0; i < len; i++) {
		if (label[i] < ' ' || label[i] > '~')
			return false;
	}
	if (len > 0)
		memcpy(s->label, label, len + 1);
	return true;
}

static void
post_session(struct request *req)
{
	static const struct json_field fields[] = {
	    {"assert", JSON_IS_STRING, false, 1, GRAMMAR_EXTERNAL_MAX},
	    {"login", JSON_IS_STRING, false, 1, LOGIN_TEXT_MAX},
	    {"passphrase", JSON_IS_STRING, false, 1, STRENGTH_BYTES},
	    {"label", JSON_IS_STRING, false, 0, SESSION_LABEL_LEN},
	};
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	const char *external_id, *login, *passphrase;
	struct login *l;

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
	l = request_state(req, sizeof(*l), login_fini);
	if (l == NULL)
		return;
	if (!take_label(&l->opening.session, json_get_text(body, "label")))
		request_bad_field(req, "label", "expected printable ASCII");
	else if (external_id != NULL)
		assert_session(req, l, external_id);
	else
		login_session(req, l, login, passphrase);
}

const struct route api_login_routes[] = {
    {"POST", "/v1/sessions", 0, NULL, LOGIN_BODY_MAX, post_session},
    {0},
};
