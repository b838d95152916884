/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Passkeys as a second factor: which there are, another, or one less.
 */

#include "daemon/api.h"

#include <string.h>
#include "base/clock.h"
#include "daemon/factor.h"
#include "daemon/grammar.h"
#include "daemon/passkeys.h"
#include "daemon/posternd.h"
#include "daemon/setup.h"
#include "daemon/strength.h"
#include "daemon/view.h"

#define PASSKEY_BODY_MAX 8192

/* Positive code. */
#define PASSKEY_TOO_MANY 230

struct adding {
	struct setup setup; /* first */
	const char *label;
	bool wrong; /* what the browser says is not what was asked for */
	struct proof_job job;
	struct proof_answer made;
};

struct removing {
	struct setup setup; /* first */
	struct id name;
};

/* ---- which there are ------------------------------------------------- */

static void
get_passkeys(struct request *req)
{
	const struct request_info *info = request_info(req);
	store_txn_auto struct store_txn *txn = NULL;
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	int r = authorise(&info->actor, VERB_FACTOR_SETUP, NULL);

	if (r == 0)
		r = store_begin(info->d->store, false, &txn);
	if (r == 0)
		r = self_get(req, txn, &p, &a);
	if (r != 0)
		request_refuse(req, r);
	else
		request_reply(req, 200,
		    json_pack("{s:o, s:n, s:o}", "items", passkeys_view(&a),
			"next", "create", passkeys_view_create(req, &p, &a)));
}

/* ---- another --------------------------------------------------------- */

static int
add(struct request *req, const struct adding *n, const struct person *p,
    struct account *a)
{
	const struct proof_answer *made = &n->made;
	struct passkey *k = &a->passkeys[a->passkey_count];

	if (a->passkey_count == ACCOUNT_PASSKEYS_MAX ||
	    passkeys_find(a, made->id, made->id_len) != NULL)
		return PASSKEY_TOO_MANY;
	setup_account(req, p, a);
	*k = (struct passkey){.created = clock_now(),
	    .count = made->count,
	    .algorithm = made->algorithm,
	    .id_len = made->id_len};
	memcpy(k->id, made->id, made->id_len);
	memcpy(k->key, made->key, sizeof(k->key));
	memcpy(k->label, n->label, strlen(n->label) + 1);
	a->passkey_count++;
	return 0;
}

static int
add_run(struct request *req, struct store_txn *txn)
{
	const struct adding *n = request_state_get(req);
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	struct audit audit = {
	    .verb = AUDIT_FACTOR_SET, .detail = FACTOR_PASSKEY};
	int r = setup_get(req, txn, VERB_FACTOR_SETUP, &p, &a);

	if (r == 0)
		r = add(req, n, &p, &a);
	return r != 0 ? r : setup_put(req, txn, &p, &a, &audit);
}

static void
add_then(struct request *req, int result)
{
	if (result == PROOF_REFUSED)
		request_problem(req, PROBLEM_FACTOR_REFUSED, NULL, NULL);
	else if (result == PASSKEY_TOO_MANY)
		request_problem(req, PROBLEM_CONFLICT,
		    "it is one of yours already, or there are too many", NULL);
	else
		setup_then(req, result);
}

static int
add_judge(struct request *req)
{
	struct adding *n = request_state_get(req);

	return n->wrong ? PROOF_REFUSED
			: passkeys_judge(req, &n->job, &n->made);
}

static void
add_judged(struct request *req, int result)
{
	static const struct request_write write = {
	    .run = add_run,
	    .committed = setup_committed,
	    .then = add_then,
	    .essential = true,
	};

	if (result != 0)
		add_then(req, result);
	else
		setup_write(req, &write);
}

static void
add_confirmed(struct request *req)
{
	request_work(
	    req, request_info(req)->d->login_pool, add_judge, add_judged);
}

static void
post_passkey(struct request *req)
{
	static const struct json_field fields[] = {
	    {"label", JSON_IS_STRING, true, 1, PASSKEY_LABEL_MAX},
	    {"client_data", JSON_IS_STRING, true, 1, 0},
	    {"authenticator_data", JSON_IS_STRING, true, 1, 0},
	    {"passphrase", JSON_IS_STRING, false, 1, STRENGTH_BYTES},
	};
	json_t *body = NULL;
	struct adding *n = setup_read(req, VERB_FACTOR_SETUP, fields,
	    PN_ARRAY_LEN(fields), sizeof(*n), setup_fini, &body);

	if (n == NULL)
		return;
	n->label = json_get_text(body, "label");
	if (!grammar_name(n->label))
		request_bad_field(req, "label", "expected a name");
	else if (passkeys_take(req, body, PROOF_CREATE, &n->job, &n->wrong))
		setup_confirm(req, body, add_confirmed);
}

/* ---- one less -------------------------------------------------------- */

static int
lose(struct request *req, struct account *a)
{
	const struct removing *m = request_state_get(req);

	for (size_t i = 0; i < a->passkey_count; i++) {
		struct id name = passkeys_name(&a->passkeys[i]);

		if (id_equal(&name, &m->name)) {
			passkeys_forget(a, &a->passkeys[i]);
			return 0;
		}
	}
	return KV_NOT_FOUND;
}

static int
remove_run(struct request *req, struct store_txn *txn)
{
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	struct audit audit = {
	    .verb = AUDIT_FACTOR_REMOVED, .detail = FACTOR_PASSKEY};
	int r = setup_get(req, txn, VERB_SELF_CHANGE, &p, &a);

	if (r == 0)
		r = lose(req, &a);
	if (r == 0)
		r = setup_spare(req, &p, &a);
	return r != 0 ? r : setup_put(req, txn, &p, &a, &audit);
}

static void
remove_confirmed(struct request *req)
{
	static const struct request_write write = {
	    .run = remove_run,
	    .committed = setup_committed,
	    .then = setup_then,
	};

	setup_write(req, &write);
}

static void
post_removal(struct request *req)
{
	static const struct json_field fields[] = {
	    {"passphrase", JSON_IS_STRING, true, 1, STRENGTH_BYTES},
	};
	json_t *body = NULL;
	struct removing *m = setup_read(req, VERB_SELF_CHANGE, fields,
	    PN_ARRAY_LEN(fields), sizeof(*m), setup_fini, &body);

	if (m != NULL && request_param_id(req, 0, &m->name) &&
	    setup_may_lose(req, lose))
		setup_confirm(req, body, remove_confirmed);
}

const struct route api_passkey_routes[] = {
    {"GET", "/v1/me/passkeys", ROUTE_SESSION, NULL, 0, get_passkeys},
    {"POST", "/v1/me/passkeys", ROUTE_SESSION, NULL, PASSKEY_BODY_MAX,
	post_passkey},
    {"POST", "/v1/me/passkeys/{id}/removal", ROUTE_SESSION, NULL,
	PASSKEY_BODY_MAX, post_removal},
    {0},
};
