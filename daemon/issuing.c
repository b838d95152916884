/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/issuing.h"

#include <sodium.h>
#include "base/clock.h"
#include "daemon/enrolment.h"
#include "daemon/live.h"
#include "daemon/notices.h"
#include "daemon/posternd.h"
#include "daemon/provision.h"
#include "daemon/sessions.h"
#include "daemon/view.h"

struct issuing {
	const char *who;
	bool reset;
	struct enrolment_issued issued;
};

static void
issuing_fini(void *state)
{
	sodium_memzero(state, sizeof(struct issuing));
}

static int
issuing_run(struct request *req, struct store_txn *txn)
{
	struct issuing *s = request_state_get(req);
	person_auto struct person p = {0};
	struct audit audit = {.verb = AUDIT_ENROLMENT_NEW};
	struct object object = {.person = &p};
	int r = provision_find(txn, s->who, &p);

	if (r == 0)
		r = authorise(
		    &request_info(req)->actor, VERB_ENROLMENT_NEW, &object);
	if (r == 0)
		r = enrolment_issue(txn, &p, s->reset, clock_now(), &s->issued);
	if (r != 0)
		return r;
	audit.subject = p.id;
	if (s->issued.reset)
		audit.verb = AUDIT_ACCOUNT_RESET;
	return request_audit_add(req, txn, &audit);
}

static void
issuing_committed(struct request *req)
{
	const struct issuing *s = request_state_get(req);
	struct posternd *d = request_info(req)->d;
	int64_t now = clock_now();

	notices_due(d->notices, s->issued.mail, now);
	if (!s->issued.reset)
		return;
	notices_due(d->notices, s->issued.notice, now);
	sessions_end_person(d->sessions, &s->issued.person, NULL);
	live_poke(d->live, &s->issued.person);
}

static void
issuing_refuse(struct request *req, int result)
{
	switch (result) {
	case ENROLMENT_IN_USE:
		request_problem(req, PROBLEM_CONFLICT,
		    "this account is in use; reset it to start again", NULL);
		break;
	case ENROLMENT_INACTIVE:
		request_problem(req, PROBLEM_CONFLICT,
		    "this participant is disabled", NULL);
		break;
	case ENROLMENT_NO_ADDRESS:
		request_bad_field(req, "addresses",
		    "there is no mail address that the link could go to");
		break;
	default:
		request_refuse(req, result);
	}
}

static void
issuing_then(struct request *req, int result)
{
	const struct issuing *s = request_state_get(req);

	if (result != 0)
		issuing_refuse(req, result);
	else
		request_reply(req, 201,
		    json_pack("{s:s, s:o, s:b}", "code", s->issued.code,
			"expires_at", view_time(s->issued.expires), "mail", 1));
}

void
issuing_post(struct request *req, const char *who)
{
	static const struct json_field fields[] = {
	    {"reset", JSON_IS_BOOLEAN, false, 0, 0},
	};
	static const struct request_write write = {
	    .run = issuing_run,
	    .committed = issuing_committed,
	    .then = issuing_then,
	};
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	struct issuing *s;

	s = body != NULL ? request_state(req, sizeof(*s), issuing_fini) : NULL;
	if (s == NULL)
		return;
	s->who = who;
	s->reset = json_get_flag(body, "reset", false);
	request_write(req, &write);
}
