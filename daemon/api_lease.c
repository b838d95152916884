/* SPDX-License-Identifier: Apache-2.0 */

/*
 * bridge.sock, outward: notifications are leased. The answer holds an
 * address, words and tokens; it is all the bridge ever learns.
 */

#include "daemon/api_bridge.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/buf.h"
#include "base/clock.h"
#include "daemon/correction.h"
#include "daemon/lease.h"
#include "daemon/notices.h"
#include "daemon/outcome.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/waiters.h"
#include "store/token.h"

#define WAIT_MAX 25 /* seconds */
/* one operation stays short, even where much is turned down */
#define TAKE_MAX (3 * LEASE_MAX)

struct leasing {
	int64_t deadline; /* clock_boot() */
	size_t max;
	size_t count;
	struct lease items[LEASE_MAX];
};

static void
leasing_fini(void *state)
{
	struct leasing *s = state;

	for (size_t i = 0; i < s->count; i++)
		lease_fini(&s->items[i]);
}

static int
lease_audit(struct request *req, struct store_txn *txn, const struct lease *l)
{
	struct audit audit = {
	    .verb = l->state == OUTBOX_LEASED ? AUDIT_NOTICE_LEASED
					      : AUDIT_NOTICE_RESULT,
	    .subject = id_is_nil(&l->thread) ? l->person : l->thread,
	    .detail = l->number,
	};

	return request_audit_add(req, txn, &audit);
}

static int
lease_one(
    struct request *req, struct store_txn *txn, uint64_t number, int64_t now)
{
	struct leasing *s = request_state_get(req);
	struct lease *l = &s->items[s->count];
	int r = lease_take(txn, number, now, l);

	if (r == 0)
		s->count++;
	if (r == LEASE_NONE) {
		notices_due(request_info(req)->d->notices, number, 0);
		r = 0;
	}
	if (r == 0 && l->state != 0)
		r = lease_audit(req, txn, l);
	if (s->count == 0 || l != &s->items[s->count - 1]) {
		lease_fini(l);
		*l = (struct lease){0};
	}
	return r;
}

/*
 * The timetable changes before the commit: if that fails the process ends,
 * and reads it from the rows again.
 */
static int
lease_run(struct request *req, struct store_txn *txn)
{
	struct leasing *s = request_state_get(req);
	struct notices *n = request_info(req)->d->notices;
	int64_t now = clock_now();
	int64_t boot = clock_boot();
	uint64_t number;
	int r = authorise(&request_info(req)->actor, VERB_BRIDGE, NULL);

	for (int i = 0; r == 0 && i < TAKE_MAX && s->count < s->max; i++) {
		if (!notices_take(n, boot, boot + LEASE_TIME, &number))
			break;
		r = lease_one(req, txn, number, now);
	}
	return r;
}

/* The configured pattern with the token in its place. */
static json_t *
link_url(const char *pattern, const char *token)
{
	const char *hole = strstr(pattern, "{id}");
	buf_auto struct buf b = {0};

	buf_init(&b, 4096);
	if (hole == NULL)
		return NULL;
	buf_add(&b, pattern, (size_t)(hole - pattern));
	buf_add_str(&b, token);
	buf_add_str(&b, hole + strlen("{id}"));
	return buf_error(&b) != 0 ? NULL : json_string((const char *)b.data);
}

/* Decimal, or "" for nought: a template leaves out what is empty. */
static json_t *
view_counts(const uint32_t counts[static OUTBOX_COUNTS])
{
	static const char *const names[OUTBOX_COUNTS] = {
	    [OUTBOX_UNREACHED] = "unreached",
	    [OUTBOX_WAITING] = "waiting",
	    [OUTBOX_WITHHELD] = "withheld",
	    [OUTBOX_UNREADABLE] = "unreadable",
	};
	json_t *o = json_object();

	for (size_t i = 0; i < OUTBOX_COUNTS; i++) {
		char text[16] = "";

		if (counts[i] > 0)
			(void)snprintf(
			    text, sizeof(text), "%" PRIu32, counts[i]);
		(void)json_object_set_new(o, names[i], json_string(text));
	}
	return o;
}

static json_t *
lease_json(const struct posternd *d, const struct lease *l)
{
	const struct keyring *k = store_keyring(d->store);
	const struct settings *s = d->settings;
	struct token token = {.number = l->number, .salt = l->salt};
	char link[TOKEN_TEXT_LEN + 1], reply[TOKEN_TEXT_LEN + 1];
	char bounce[TOKEN_TEXT_LEN + 1], message[TOKEN_TEXT_LEN + 1];
	char number[24], code[CORRECTION_DIGITS + 1] = "";
	json_t *item;

	if (l->kind == OUTBOX_ADDRESS)
		correction_code(&d->keys, &l->address, code);
	token_make(k, TOKEN_LINK, token, link);
	token_make(k, TOKEN_REPLY, l->reply, reply);
	token_make(k, TOKEN_BOUNCE, token, bounce);
	token_make(k, TOKEN_MESSAGE_ID, token, message);
	(void)snprintf(number, sizeof(number), "%" PRIu64, l->number);
	item = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i,"
			 " s:{s:s, s:s, s:s}, s:o, s:s, s:o}",
	    "id", number, "kind", outcome_kind_word(l->kind), "to",
	    secret_text(&l->to), "language",
	    l->language.len > 0 ? secret_text(&l->language)
				: s->practice.language,
	    "link", link, "reply", reply, "bounce",
	    /* what answers is sent with the null sender (RFC 3834, 3.3) */
	    l->kind == OUTBOX_PROMPT ? "" : bounce, "message_id", message,
	    "attempt", (int)l->attempt, "practice", "name", s->practice.name,
	    "phone", s->practice.phone, "emergency",
	    settings_emergency(s, secret_text(&l->language)), "url",
	    link_url(s->portal.link, link), "code", code, "counts",
	    view_counts(l->counts));
	sodium_memzero(code, sizeof(code));
	return item;
}

static void
lease_reply(struct request *req)
{
	struct leasing *s = request_state_get(req);
	json_auto json_t *items = json_array();

	for (size_t i = 0; i < s->count; i++) {
		json_t *item = lease_json(request_info(req)->d, &s->items[i]);

		if (json_array_append_new(items, item) != 0) {
			request_reply(req, 200, NULL);
			return;
		}
	}
	request_reply(req, 200,
	    json_pack("{s:O, s:i}", "items", items, "lease_seconds",
		(int)(LEASE_TIME / CLOCK_SECOND)));
}

static void lease_look(struct request *req);

static void
lease_done(struct request *req, int result)
{
	struct leasing *s = request_state_get(req);

	if (result != 0)
		request_refuse(req, result);
	else if (s->count > 0)
		lease_reply(req);
	else
		lease_look(req);
}

static void
lease_woken(struct request *req, int result)
{
	if (result != 0)
		request_refuse(req, result);
	else if (request_gone(req)) /* a lease would only hold things up */
		lease_reply(req);
	else
		lease_look(req);
}

static void
lease_look(struct request *req)
{
	static const struct request_write write = {
	    .run = lease_run,
	    .then = lease_done,
	};
	struct leasing *s = request_state_get(req);
	struct posternd *d = request_info(req)->d;
	uint64_t stamp = waiters_stamp(d->lease_waiters);
	int64_t next = notices_next(d->notices);
	int64_t boot = clock_boot();

	if (next <= boot) {
		request_write(req, &write);
		return;
	}
	if (boot >= s->deadline) {
		lease_reply(req);
		return;
	}
	request_wait(
	    req, next < s->deadline ? next : s->deadline, stamp, lease_woken);
}

void
api_bridge_lease(struct request *req)
{
	static const struct json_field fields[] = {
	    {"max", JSON_IS_INTEGER, true, 1, LEASE_MAX},
	    {"wait", JSON_IS_INTEGER, true, 0, WAIT_MAX},
	};
	struct posternd *d = request_info(req)->d;
	struct leasing *s;
	json_t *body;

	if (!api_bridge_admits(req))
		return;
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	if (body == NULL)
		return;
	s = request_state(req, sizeof(*s), leasing_fini);
	if (s == NULL)
		return;
	atomic_store(&d->bridge_seen, clock_now());
	s->max = (size_t)json_get_integer(body, "max", 1);
	s->deadline =
	    clock_boot() + json_get_integer(body, "wait", 0) * CLOCK_SECOND;
	lease_look(req);
}
