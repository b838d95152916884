/* SPDX-License-Identifier: Apache-2.0 */

/*
 * bridge.sock, inward: is this address ours, and what came to it.
 */

#include "daemon/api_bridge.h"

#include <string.h>
#include "base/clock.h"
#include "daemon/answer.h"
#include "daemon/mailcode.h"
#include "daemon/notices.h"
#include "daemon/posternd.h"
#include "daemon/rate.h"
#include "daemon/request.h"

#define RECIPIENT_MAX 64 /* of a local part (RFC 5321, 4.5.3.1.1) */
#define RULE_MAX 32

/* One bridge, one bucket. */
static bool
within_rate(struct request *req, struct rate *rate)
{
	const struct id bridge = {0};

	if (rate_take(rate, &bridge, clock_boot()))
		return true;
	request_problem(req, PROBLEM_TOO_MANY_REQUESTS, NULL, NULL);
	return false;
}

/*
 * By the MAC alone: no row is read, so that nothing can be learnt from time
 * or answer about what a genuine token stands for.
 */
void
api_bridge_recipient(struct request *req)
{
	static const struct json_field fields[] = {
	    {"recipient", JSON_IS_STRING, true, 1, RECIPIENT_MAX},
	};
	struct posternd *d = request_info(req)->d;
	enum token_label label;
	struct token token;
	json_t *body;
	int r;

	if (!api_bridge_admits(req))
		return;
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	if (body == NULL || !within_rate(req, d->recipient_rate))
		return;
	r = inbound_recipient(store_keyring(d->store),
	    json_get_text(body, "recipient"), &label, &token);
	/* no mail goes to a Message-ID */
	request_reply(req, 200,
	    json_pack("{s:b}", "accept", r == 0 && label != TOKEN_MESSAGE_ID));
}

struct incoming {
	struct answer answer;
	struct answer_result result;
};

/* In the audit entry's detail. */
#define DETAIL_TOLD 0x100
#define DETAIL_PROMPTED 0x200
#define DETAIL_FAILED 0x400
#define DETAIL_NUMBER_SHIFT 16

static int
inbound_run(struct request *req, struct store_txn *txn)
{
	struct incoming *in = request_state_get(req);
	const struct answer_result *res = &in->result;
	const struct settings *s = request_info(req)->d->settings;
	const struct answer_limits limits = {
	    .token_days = s->limits.token_days,
	    .prompt_per_day = s->limits.prompt_per_day,
	    .prompt_per_week = s->limits.prompt_per_week,
	    .health = health_limits_of(s),
	};
	struct audit audit = {.verb = AUDIT_MAIL_IN};
	int r = authorise(&request_info(req)->actor, VERB_BRIDGE, NULL);

	if (r != 0)
		return r;
	r = answer_apply(txn, &in->answer, &limits, clock_now(), &in->result);
	if (r != 0)
		return r;
	audit.subject = id_is_nil(&res->thread) ? res->person : res->thread;
	audit.detail = in->answer.token.number << DETAIL_NUMBER_SHIFT |
		       (res->told ? DETAIL_TOLD : 0) |
		       (res->prompted ? DETAIL_PROMPTED : 0) |
		       (res->failed ? DETAIL_FAILED : 0) |
		       (uint64_t)in->answer.kind;
	return request_audit_add(req, txn, &audit);
}

static void
inbound_committed(struct request *req)
{
	const struct incoming *in = request_state_get(req);
	struct posternd *d = request_info(req)->d;
	struct notices *n = d->notices;

	if (in->answer.kind == INBOUND_MALFORMED)
		(void)atomic_fetch_add(&d->unreadable, 1);
	if (in->result.failed)
		notices_due(n, in->answer.token.number, 0);
	for (size_t i = 0; i < in->result.made; i++)
		notices_due(n, in->result.numbers[i], clock_now());
}

static void
inbound_done(struct request *req, int result)
{
	if (result != 0)
		request_refuse(req, result);
	else
		request_reply(req, 200, json_pack("{s:b}", "recorded", true));
}

/* The name of a classifier's rule: for the bridge's own log, checked only. */
static bool
is_rule(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
	       strlen(text);
}

/* Kind, hard and status; false: answered. */
static bool
read_verdict(struct request *req, json_t *body, struct answer *a)
{
	const char *status = json_get_text(body, "status");
	const char *rule = json_get_text(body, "rule");

	if (inbound_kind_parse(json_get_text(body, "kind"), &a->kind) != 0) {
		request_bad_field(req, "kind", "expected one of the kinds");
		return false;
	}
	if (status != NULL && mailcode_parse(status, &a->code) != 0) {
		request_bad_field(
		    req, "status", "expected a code like 5.1.1, or nothing");
		return false;
	}
	if (rule != NULL && !is_rule(rule)) {
		request_bad_field(req, "rule", "expected a-z, 0-9 and -");
		return false;
	}
	a->hard = json_get_flag(body, "hard", false);
	return true;
}

void
api_bridge_inbound(struct request *req)
{
	static const struct json_field fields[] = {
	    {"recipient", JSON_IS_STRING, true, 1, RECIPIENT_MAX},
	    {"kind", JSON_IS_STRING, true, 1, 32},
	    {"hard", JSON_IS_BOOLEAN, false, 0, 0},
	    {"status", JSON_IS_STRING, false, 0, MAILCODE_TEXT_LEN},
	    {"rule", JSON_IS_STRING, false, 1, RULE_MAX},
	};
	static const struct request_write write = {
	    .run = inbound_run,
	    .committed = inbound_committed,
	    .then = inbound_done,
	};
	struct posternd *d = request_info(req)->d;
	struct incoming *in;
	json_t *body;

	if (!api_bridge_admits(req))
		return;
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	if (body == NULL)
		return;
	in = request_state(req, sizeof(*in), NULL);
	if (in == NULL || !read_verdict(req, body, &in->answer) ||
	    !within_rate(req, d->inbound_rate))
		return;
	/* not ours: leaves no trace, so that nobody fills the disk by guessing
	 */
	if (inbound_recipient(store_keyring(d->store),
		json_get_text(body, "recipient"), &in->answer.label,
		&in->answer.token) != 0)
		request_reply(req, 200, json_pack("{s:b}", "recorded", false));
	else
		request_write(req, &write);
}
