/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/setup.h"

#include "base/clock.h"
#include "daemon/notices.h"
#include "daemon/posternd.h"

void
setup_fini(void *state)
{
	struct setup *s = state;

	self_confirm_fini(&s->confirm);
	opening_fini(&s->opening);
}

/* ---- the request ----------------------------------------------------- */

void *
setup_read(struct request *req, enum verb verb, const struct json_field *fields,
    size_t n, size_t size, void (*fini)(void *), json_t **body_r)
{
	const struct request_info *info = request_info(req);
	struct setup *s;
	int r = authorise(&info->actor, verb, NULL);

	if (r != 0) {
		request_refuse(req, r);
		return NULL;
	}
	*body_r = request_fields(req, fields, n);
	s = *body_r != NULL ? request_state(req, size, fini) : NULL;
	if (s == NULL)
		return NULL;
	s->was_open = info->actor.state == SESSION_OPEN;
	if (s->was_open && json_get_text(*body_r, "passphrase") == NULL) {
		request_bad_field(req, "passphrase", "missing");
		return NULL;
	}
	return s;
}

void
setup_confirm(
    struct request *req, json_t *body, void (*then)(struct request *req))
{
	const struct setup *s = request_state_get(req);

	if (s->was_open)
		self_confirm(req, json_get_text(body, "passphrase"), then);
	else
		then(req);
}

bool
setup_may_lose(
    struct request *req, int (*lose)(struct request *req, struct account *a))
{
	store_txn_auto struct store_txn *txn = NULL;
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	int r = store_begin(request_info(req)->d->store, false, &txn);

	if (r == 0)
		r = self_get(req, txn, &p, &a);
	if (r == 0)
		r = lose(req, &a);
	if (r == 0)
		r = setup_spare(req, &p, &a);
	if (r == 0 || r == SETUP_NEEDED)
		return true;
	setup_then(req, r);
	return false;
}

void
setup_write(struct request *req, const struct request_write *write)
{
	struct setup *s = request_state_get(req);

	opening_replace(req, &s->opening);
	opening_start(req, &s->opening);
	request_write(req, write);
}

/* ---- in the writer --------------------------------------------------- */

int
setup_get(struct request *req, struct store_txn *txn, enum verb verb,
    struct person *p_r, struct account *a_r)
{
	const struct setup *s = request_state_get(req);
	int r = authorise(&request_info(req)->actor, verb, NULL);

	if (r == 0)
		r = self_get(req, txn, p_r, a_r);
	if (r == 0 && !s->was_open && account_guarded(a_r))
		r = REQUEST_SESSION_ENDED;
	return r;
}

void
setup_account(struct request *req, const struct person *p, struct account *a)
{
	struct setup *s = request_state_get(req);

	if (!id_is_nil(&a->id))
		return;
	a->id = id_new();
	a->person = p->id;
	a->active = true;
	s->opening.session.account = a->id;
}

int
setup_spare(
    const struct request *req, const struct person *p, const struct account *a)
{
	if (account_guarded(a))
		return 0;
	if (opening_needs_factor(request_info(req)->d->settings, p->role))
		return SETUP_REQUIRED;
	return a->short_passphrase ? SETUP_NEEDED : 0;
}

int
setup_put(struct request *req, struct store_txn *txn, const struct person *p,
    const struct account *a, struct audit *audit)
{
	struct setup *s = request_state_get(req);
	int r = account_put(txn, a);

	if (r != 0)
		return r;
	audit->subject = p->id;
	if (s->was_open)
		r = self_tell(txn, &p->id, clock_now(), &s->notice);
	if (r == 0)
		r = request_audit_add(req, txn, audit);
	return r != 0 ? r : opening_put(req, txn, &s->opening, p);
}

/* ---- after it -------------------------------------------------------- */

void
setup_committed(struct request *req)
{
	struct setup *s = request_state_get(req);

	opening_committed(req, &s->opening);
	if (s->notice != 0)
		notices_due(
		    request_info(req)->d->notices, s->notice, clock_now());
}

void
setup_then(struct request *req, int result)
{
	struct setup *s = request_state_get(req);

	if (result == SETUP_REQUIRED)
		request_problem(req, PROBLEM_FORBIDDEN,
		    "a second factor is required here", NULL);
	else if (result == SETUP_NEEDED)
		request_problem(req, PROBLEM_WEAK_PASSPHRASE,
		    "without a second factor it must have at least 15 "
		    "characters: change it first",
		    "passphrase");
	else if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 201, opening_view(req, &s->opening));
}
