/* SPDX-License-Identifier: Apache-2.0 */

/*
 * bridge.sock: its routes, and what became of leased notifications.
 */

#include "daemon/api_bridge.h"

#include <inttypes.h>
#include <stdio.h>
#include "base/clock.h"
#include "daemon/lease.h"
#include "daemon/mailcode.h"
#include "daemon/notices.h"
#include "daemon/outcome.h"
#include "daemon/posternd.h"
#include "daemon/request.h"

#define RESULTS_MAX LEASE_MAX
#define BODY_MAX 16384

const struct route api_bridge_routes[] = {
    {"POST", "/v1/bridge/leases", 0, NULL, BODY_MAX, api_bridge_lease},
    {"POST", "/v1/bridge/results", 0, NULL, BODY_MAX, api_bridge_results},
    {"POST", "/v1/bridge/recipients", 0, NULL, BODY_MAX, api_bridge_recipient},
    {"POST", "/v1/bridge/inbound", 0, NULL, BODY_MAX, api_bridge_inbound},
    {"GET", "/v1/bridge/health", 0, NULL, 0, api_bridge_health},
    {"POST", "/v1/bridge/health", 0, NULL, BODY_MAX, api_bridge_report},
    {0},
};

bool
api_bridge_admits(struct request *req)
{
	const struct object nothing = {0};
	int r = authorise(&request_info(req)->actor, VERB_BRIDGE, &nothing);

	if (r != 0)
		request_refuse(req, r);
	return r == 0;
}

struct result {
	struct outcome_report report;
	bool known;
	struct outcome_change change;
};

struct results {
	size_t count;
	struct result items[RESULTS_MAX];
};

static int
results_run(struct request *req, struct store_txn *txn)
{
	struct results *s = request_state_get(req);
	const struct health_limits limits =
	    health_limits_of(request_info(req)->d->settings);
	int64_t now = clock_now();
	int refused = authorise(&request_info(req)->actor, VERB_BRIDGE, NULL);

	if (refused != 0)
		return refused;
	for (size_t i = 0; i < s->count; i++) {
		struct result *one = &s->items[i];
		struct outcome_change *c = &one->change;
		int r = outcome_apply(txn, &one->report, &limits, now, c);

		if (r < 0)
			return r;
		one->known = r == 0;
		if (!one->known || !c->changed)
			continue;
		struct audit audit = {
		    .verb = AUDIT_NOTICE_RESULT,
		    .outcome = (uint16_t)c->state,
		    .subject = id_is_nil(&c->thread) ? c->person : c->thread,
		    .detail = one->report.number,
		};
		r = request_audit_add(req, txn, &audit);
		if (r != 0)
			return r;
	}
	return 0;
}

static void
results_committed(struct request *req)
{
	const struct results *s = request_state_get(req);

	struct notices *n = request_info(req)->d->notices;

	for (size_t i = 0; i < s->count; i++) {
		const struct outcome_change *c = &s->items[i].change;

		if (!s->items[i].known || !c->changed)
			continue;
		notices_due(n, s->items[i].report.number, c->due);
		if (c->again != 0)
			notices_due(n, c->again, clock_now());
	}
}

static void
results_done(struct request *req, int result)
{
	const struct results *s = request_state_get(req);
	json_auto json_t *items = json_array();
	char number[24];

	if (result != 0) {
		request_refuse(req, result);
		return;
	}
	for (size_t i = 0; i < s->count; i++) {
		if (!s->items[i].known)
			continue;
		(void)snprintf(number, sizeof(number), "%" PRIu64,
		    s->items[i].report.number);
		if (json_array_append_new(items,
			json_pack("{s:s, s:s}", "id", number, "state",
			    outcome_state_word(s->items[i].change.state))) !=
		    0) {
			request_reply(req, 200, NULL);
			return;
		}
	}
	request_reply(req, 200, json_pack("{s:O}", "items", items));
}

/* A notification's number as we print it: no sign, no zero in front. */
static bool
parse_number(const char *text, uint64_t *number_r)
{
	uint64_t n = 0;

	if (*text < '1' || *text > '9')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' ||
		    __builtin_mul_overflow(n, (uint64_t)10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
			return false;
	}
	*number_r = n;
	return true;
}

/* False: answered. */
static bool
result_read(struct request *req, json_t *item, struct result *one)
{
	static const struct json_field fields[] = {
	    {"id", JSON_IS_STRING, true, 1, 20},
	    {"outcome", JSON_IS_STRING, true, 1, 16},
	    {"code", JSON_IS_STRING, true, 0, MAILCODE_TEXT_LEN},
	};
	struct json_problem p;

	if (!json_is_object(item)) {
		request_bad_field(req, "items", "expected objects");
		return false;
	}
	if (json_check(item, fields, PN_ARRAY_LEN(fields), &p) != 0) {
		request_bad_field(req, p.field, p.detail);
		return false;
	}
	if (!parse_number(json_get_text(item, "id"), &one->report.number)) {
		request_bad_field(req, "id", "expected a decimal number");
		return false;
	}
	if (outcome_parse(
		json_get_text(item, "outcome"), &one->report.outcome) != 0) {
		request_bad_field(req, "outcome",
		    "expected sent, deferred, failed or ambiguous");
		return false;
	}
	if (mailcode_parse(json_get_text(item, "code"), &one->report.code) !=
	    0) {
		request_bad_field(
		    req, "code", "expected a code like 5.1.1, or nothing");
		return false;
	}
	return true;
}

void
api_bridge_results(struct request *req)
{
	static const struct json_field fields[] = {
	    {"items", JSON_IS_ARRAY, true, 1, RESULTS_MAX},
	};
	static const struct request_write write = {
	    .run = results_run,
	    .committed = results_committed,
	    .then = results_done,
	};
	struct results *s;
	json_t *body, *item;
	size_t i;

	if (!api_bridge_admits(req))
		return;
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	if (body == NULL)
		return;
	s = request_state(req, sizeof(*s), NULL);
	if (s == NULL)
		return;
	json_array_foreach(json_object_get(body, "items"), i, item)
	{
		if (!result_read(req, item, &s->items[i]))
			return;
		s->count++;
	}
	request_write(req, &write);
}

void
api_bridge_health(struct request *req)
{
	if (api_bridge_admits(req))
		request_reply(req, 200, json_pack("{s:s}", "state", "ok"));
}
