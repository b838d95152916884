/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/lease.h"

#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/setting.h"

#define CALL_TIMEOUT 10000 /* milliseconds beyond the wait */
#define LEASE_SECONDS_MAX 86400
#define CODE_MAX 16
#define COUNT_MAX 10 /* digits */

static const struct json_field practice_fields[] = {
    {"name", JSON_IS_STRING, true, 0, SETTING_TEXT_MAX},
    {"phone", JSON_IS_STRING, false, 0, SETTING_TEXT_MAX},
    {"emergency", JSON_IS_STRING, false, 0, SETTING_TEXT_MAX},
};

static const struct json_field item_fields[] = {
    {"id", JSON_IS_STRING, true, 1, 20},
    {"kind", JSON_IS_STRING, true, 1, 20},
    {"to", JSON_IS_STRING, true, 1, ADDRESS_MAX},
    {"language", JSON_IS_STRING, false, 0, 35},
    {"link", JSON_IS_STRING, false, 0, ADDRESS_TOKEN_MAX},
    {"reply", JSON_IS_STRING, false, 0, ADDRESS_TOKEN_MAX},
    {"bounce", JSON_IS_STRING, false, 0, ADDRESS_TOKEN_MAX},
    {"message_id", JSON_IS_STRING, true, 1, 80},
    {"attempt", JSON_IS_INTEGER, false, 0, 1000000},
    {"practice", JSON_IS_OBJECT, true, 0, 0},
    {"url", JSON_IS_STRING, false, 0, SETTING_TEXT_MAX + 64},
    {"code", JSON_IS_STRING, false, 0, CODE_MAX},
    {"counts", JSON_IS_OBJECT, false, 0, 0},
};

static const struct json_field count_fields[] = {
    {"unreached", JSON_IS_STRING, true, 0, COUNT_MAX},
    {"waiting", JSON_IS_STRING, true, 0, COUNT_MAX},
    {"withheld", JSON_IS_STRING, true, 0, COUNT_MAX},
    {"unreadable", JSON_IS_STRING, true, 0, COUNT_MAX},
};

static const char *
text(json_t *o, const char *name)
{
	const char *s = json_get_text(o, name);

	return s == NULL ? "" : s;
}

/* A URL goes into mails: ASCII without blanks, quotes, angle brackets. */
static bool
url_valid(const char *url)
{
	if (*url != '\0' && strncmp(url, "https://", 8) != 0 &&
	    strncmp(url, "http://127.0.0.1", 16) != 0 &&
	    strncmp(url, "http://localhost", 16) != 0)
		return false;
	for (; *url != '\0'; url++)
		if (*url <= ' ' || *url > '~' || strchr("\"'<>`", *url) != NULL)
			return false;
	return true;
}

static bool
item_read(json_t *item, struct lease *l)
{
	struct json_problem problem;
	json_t *practice = json_object_get(item, "practice");
	json_t *counts = json_object_get(item, "counts");
	struct compose_notice *n = &l->notice;

	if (json_check(
		item, item_fields, PN_ARRAY_LEN(item_fields), &problem) != 0 ||
	    json_check(practice, practice_fields, PN_ARRAY_LEN(practice_fields),
		&problem) != 0)
		return false;
	if (counts != NULL && json_check(counts, count_fields,
				  PN_ARRAY_LEN(count_fields), &problem) != 0)
		return false;
	if (template_kind_parse(text(item, "kind"), &n->kind) < 0 ||
	    !url_valid(text(item, "url")))
		return false;
	n->to = text(item, "to");
	n->language = text(item, "language");
	n->reply = text(item, "reply");
	n->bounce = text(item, "bounce");
	n->message_id = text(item, "message_id");
	n->values.practice_name = text(practice, "name");
	n->values.practice_phone = text(practice, "phone");
	n->values.emergency = text(practice, "emergency");
	n->values.link_url = text(item, "url");
	n->values.code = text(item, "code");
	n->values.count_unreached = text(counts, "unreached");
	n->values.count_waiting = text(counts, "waiting");
	n->values.count_withheld = text(counts, "withheld");
	n->values.count_unreadable = text(counts, "unreadable");
	n->date = clock_now();
	return true;
}

static int
reply_read(struct leases *l)
{
	json_t *items = json_object_get(l->body, "items");
	json_t *seconds = json_object_get(l->body, "lease_seconds");
	int64_t lasts = json_integer_value(seconds);
	size_t n = json_array_size(items);

	if (!json_is_array(items) || !json_is_integer(seconds) ||
	    n > LEASE_MAX || lasts < 1 || lasts > LEASE_SECONDS_MAX)
		return -EPROTO;
	l->end = clock_boot() + lasts * CLOCK_SECOND;
	for (size_t i = 0; i < n; i++) {
		json_t *item = json_array_get(items, i);
		struct lease *one = &l->items[l->n];

		one->id = json_string_value(json_object_get(item, "id"));
		if (one->id == NULL)
			return -EPROTO;
		one->good = item_read(item, one);
		l->n++;
	}
	return 0;
}

int
lease_take(
    struct client *c, size_t max, unsigned wait_seconds, struct leases *l_r)
{
	client_reply_auto struct client_reply reply = {0};
	json_auto json_t *ask = json_pack("{s:I, s:I}", "max", (json_int_t)max,
	    "wait", (json_int_t)wait_seconds);
	int r;

	*l_r = (struct leases){0};
	if (ask == NULL)
		return -ENOMEM;
	r = client_call(c, "POST", "/v1/bridge/leases", ask,
	    (int64_t)wait_seconds * CLOCK_SECOND + CALL_TIMEOUT, &reply);
	if (r < 0)
		return r;
	if (reply.status != 200)
		return LEASE_REFUSED;
	l_r->body = reply.body;
	reply.body = NULL;
	return reply_read(l_r);
}

void
leases_fini(struct leases *l)
{
	json_decref(l->body);
	*l = (struct leases){0};
}

int
lease_report(
    struct client *c, const char *id, const struct submit_result *result)
{
	client_reply_auto struct client_reply reply = {0};
	json_auto json_t *body =
	    json_pack("{s:[{s:s, s:s, s:s}]}", "items", "id", id, "outcome",
		submit_outcome_name(result->outcome), "code", result->code);
	int r;

	if (body == NULL)
		return -ENOMEM;
	r = client_call(
	    c, "POST", "/v1/bridge/results", body, CALL_TIMEOUT, &reply);
	if (r < 0)
		return r;
	return reply.status == 200 ? 0 : LEASE_REFUSED;
}
