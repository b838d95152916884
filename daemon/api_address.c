/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Where one is told of something new: correcting it oneself, and the practice
 * saying that an address works again.
 */

#include "daemon/api.h"

#include "base/clock.h"
#include "daemon/correction.h"
#include "daemon/grammar.h"
#include "daemon/health.h"
#include "daemon/notices.h"
#include "daemon/posternd.h"
#include "daemon/rate.h"
#include "daemon/request.h"
#include "daemon/self.h"
#include "daemon/view.h"

#define ADDRESS_BODY_MAX 1024
#define CODE_TYPED_MAX 32

struct correcting {
	char text[GRAMMAR_ADDRESS_MAX + 1];
	struct id replaces; /* nil: the one in use */
	struct id address;
	const char *code;
	struct correction asked;
	struct corrected done;
	json_t *answer;
};

static void
correcting_fini(void *state)
{
	json_decref(((struct correcting *)state)->answer);
}

static int
audit(struct request *req, struct store_txn *txn, enum audit_verb verb,
    const struct id *subject, uint16_t outcome)
{
	struct audit a = {
	    .verb = verb, .subject = *subject, .outcome = outcome};

	return request_audit_add(req, txn, &a);
}

/* Whoever is at the session, still; 0 or what to answer. */
static int
check_self(struct request *req, struct store_txn *txn)
{
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	int r = authorise(&request_info(req)->actor, VERB_SELF_CHANGE, NULL);

	return r != 0 ? r : self_get(req, txn, &p, &a);
}

/* ---- asking for a code ----------------------------------------------- */

static int
ask_run(struct request *req, struct store_txn *txn)
{
	struct correcting *c = request_state_get(req);
	const struct id *me = &request_info(req)->actor.person;
	int r = check_self(req, txn);

	if (r == 0)
		r = correction_ask(
		    txn, me, c->text, &c->replaces, clock_now(), &c->asked);
	return r != 0 ? r : audit(req, txn, AUDIT_ADDRESS_ASKED, me, 0);
}

static void
ask_committed(struct request *req)
{
	const struct correcting *c = request_state_get(req);

	notices_due(request_info(req)->d->notices, c->asked.mail, clock_now());
}

static void
ask_then(struct request *req, int result)
{
	const struct correcting *c = request_state_get(req);

	if (result == CORRECTION_NO_SUCH)
		request_bad_field(
		    req, "replaces", "none of your addresses has this id");
	else if (result == PERSON_ADDRESSES_FULL)
		request_bad_field(
		    req, "address", "there are too many addresses already");
	else if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 201,
		    json_pack("{s:o, s:s, s:o}", "id",
			view_id(&c->asked.address), "address", c->text,
			"expires_at", view_time(c->asked.expires)));
}

static void
post_address(struct request *req)
{
	static const struct json_field fields[] = {
	    {"address", JSON_IS_STRING, true, 1, GRAMMAR_ADDRESS_MAX},
	    {"replaces", JSON_IS_STRING, false, ID_TEXT_LEN, ID_TEXT_LEN},
	};
	static const struct request_write write = {
	    .run = ask_run,
	    .committed = ask_committed,
	    .then = ask_then,
	};
	const struct request_info *info = request_info(req);
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	struct correcting *c;
	const char *replaces;
	int r;

	if (body == NULL)
		return;
	c = request_state(req, sizeof(*c), NULL);
	if (c == NULL)
		return;
	replaces = json_get_text(body, "replaces");
	r = authorise(&info->actor, VERB_SELF_CHANGE, NULL);
	if (r != 0)
		request_refuse(req, r);
	else if (!grammar_address(json_get_text(body, "address"), c->text))
		request_bad_field(req, "address",
		    "expected a mail address, as name@example.org");
	else if (replaces != NULL && id_parse(replaces, &c->replaces) != 0)
		request_bad_field(req, "replaces", "expected an address's id");
	else if (!rate_take(
		     info->d->address_rate, &info->actor.person, clock_boot()))
		request_too_many(req, (unsigned)(CLOCK_HOUR / CLOCK_SECOND) /
					  POSTERND_ADDRESS_CODES);
	else
		request_write(req, &write);
}

/* ---- typing it in ---------------------------------------------------- */

static int
confirm_run(struct request *req, struct store_txn *txn)
{
	const struct request_info *info = request_info(req);
	struct correcting *c = request_state_get(req);
	int r = check_self(req, txn);

	if (r == 0)
		r = correction_confirm(txn, &info->d->keys, &info->actor.person,
		    &c->address, c->code, clock_now(), &c->done);
	if (r == 0 && !c->done.wrong)
		r = view_addresses(txn, &info->actor.person, true, &c->answer);
	if (r != 0)
		return r;
	return audit(req, txn, AUDIT_ADDRESS_CONFIRMED, &info->actor.person,
	    c->done.wrong ? AUTH_FORBIDDEN : 0);
}

static void
confirm_committed(struct request *req)
{
	const struct correcting *c = request_state_get(req);

	if (c->done.notice != 0)
		notices_due(
		    request_info(req)->d->notices, c->done.notice, clock_now());
}

static void
confirm_then(struct request *req, int result)
{
	const struct correcting *c = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else if (c->done.wrong)
		request_code_refused(req, c->done.tries);
	else
		request_reply(
		    req, 200, json_pack("{s:O}", "addresses", c->answer));
}

static void
post_confirm(struct request *req)
{
	static const struct json_field fields[] = {
	    {"code", JSON_IS_STRING, true, 1, CODE_TYPED_MAX},
	};
	static const struct request_write write = {
	    .run = confirm_run,
	    .committed = confirm_committed,
	    .then = confirm_then,
	};
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	struct correcting *c;

	if (body == NULL)
		return;
	c = request_state(req, sizeof(*c), correcting_fini);
	if (c == NULL || !request_param_id(req, 0, &c->address))
		return;
	c->code = json_get_text(body, "code");
	request_write(req, &write);
}

/* ---- the practice ---------------------------------------------------- */

static int
restart_run(struct request *req, struct store_txn *txn)
{
	const struct correcting *c = request_state_get(req);
	address_auto struct address a = {0};
	struct id person;
	int r = authorise(&request_info(req)->actor, VERB_PERSON_PUT, NULL);

	if (r == 0)
		r = person_by_external(txn, request_param(req, 0), &person);
	if (r == 0)
		r = address_get(txn, &person, &c->address, &a);
	if (r == 0 && health_restart(&a, clock_now()))
		r = address_put(txn, &a);
	return r != 0 ? r
		      : audit(req, txn, AUDIT_ADDRESS_RESTARTED, &person, 0);
}

static void
restart_then(struct request *req, int result)
{
	if (result != 0)
		request_refuse(req, result);
	else
		request_empty(req);
}

static void
post_restart(struct request *req)
{
	static const struct request_write write = {
	    .run = restart_run,
	    .then = restart_then,
	};
	int r = authorise(&request_info(req)->actor, VERB_PERSON_PUT, NULL);
	struct correcting *c;

	if (r != 0) {
		request_refuse(req, r);
		return;
	}
	if (request_fields(req, NULL, 0) == NULL)
		return;
	c = request_state(req, sizeof(*c), NULL);
	if (c != NULL && request_param_id(req, 1, &c->address))
		request_write(req, &write);
}

const struct route api_address_routes[] = {
    {"POST", "/v1/me/addresses", ROUTE_SESSION, NULL, ADDRESS_BODY_MAX,
	post_address},
    {"POST", "/v1/me/addresses/{id}/confirm", ROUTE_SESSION, NULL,
	ADDRESS_BODY_MAX, post_confirm},
    {"POST", "/v1/participants/{external-id}/addresses/{id}/restart",
	ROUTE_RIGHT, NULL, ADDRESS_BODY_MAX, post_restart},
    {0},
};
