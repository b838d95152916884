/* SPDX-License-Identifier: Apache-2.0 */

/*
 * admin.sock: how it is, what waits to be sent, and a test mail.
 */

#include "daemon/api_admin.h"

#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "daemon/grammar.h"
#include "daemon/mailcode.h"
#include "daemon/notices.h"
#include "daemon/outcome.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "store/outbox.h"

#define BODY_MAX 16384
#define PAGE_DEFAULT 50
#define PAGE_MAX 100
/* rows read in one transaction, so that none is held open for long */
#define STATUS_CHUNK 2000
/* the bridge asks at least every 25 seconds */
#define BRIDGE_SILENT (2 * CLOCK_MINUTE)
#define MAIL_WAITING CLOCK_HOUR
#define FAILED_SINCE (7 * CLOCK_DAY)

const struct route api_admin_routes[] = {
    {"GET", "/v1/admin/status", 0, NULL, 0, api_admin_status},
    {"GET", "/v1/admin/participants", 0, "cursor limit addresses", 0,
	api_admin_people},
    {"POST", "/v1/admin/participants", 0, NULL, BODY_MAX, api_admin_add},
    {"POST", "/v1/admin/participants/{who}/disable", 0, NULL, BODY_MAX,
	api_admin_disable},
    {"PUT", "/v1/admin/relations", 0, NULL, BODY_MAX, api_admin_relate},
    {"GET", "/v1/admin/queue", 0, "cursor limit", 0, api_admin_queue},
    {"POST", "/v1/admin/test-mail", 0, NULL, BODY_MAX, api_admin_test_mail},
    {0},
};

bool
api_admin_admits(struct request *req)
{
	const struct object nothing = {0};
	int r = authorise(&request_info(req)->actor, VERB_ADMIN, &nothing);

	if (r != 0)
		request_refuse(req, r);
	return r == 0;
}

static json_t *
time_json(int64_t at)
{
	char text[CLOCK_TEXT_LEN + 1];

	if (at == 0)
		return json_null();
	clock_text(at, text);
	return json_string(text);
}

static json_t *
id_json(const struct id *id)
{
	char text[ID_TEXT_LEN + 1];

	if (id_is_nil(id))
		return json_null();
	id_text(id, text);
	return json_string(text);
}

/* ---- status ---------------------------------------------------------- */

struct figures {
	int64_t now;
	uint64_t after; /* the last row seen */
	size_t chunk;
	uint64_t pending;
	uint64_t leased;
	uint64_t deferred;
	uint64_t failed;
	int64_t oldest;
	uint64_t people;
	uint64_t threads;
	uint64_t entries;
	uint64_t audit;
};

static int
count_row(const struct outbox_row *row, void *arg)
{
	struct figures *f = arg;
	bool waits = true;

	f->after = row->number;
	f->chunk++;
	switch (row->state) {
	case OUTBOX_PENDING:
		f->pending++;
		break;
	case OUTBOX_LEASED:
		f->leased++;
		break;
	case OUTBOX_DEFERRED:
	case OUTBOX_AMBIGUOUS:
		f->deferred++;
		break;
	case OUTBOX_FAILED:
		if (row->created > f->now - FAILED_SINCE)
			f->failed++;
		waits = false;
		break;
	default:
		waits = false;
		break;
	}
	if (waits && (f->oldest == 0 || row->created < f->oldest))
		f->oldest = row->created;
	return 0;
}

static int
status_chunk(struct store *st, struct figures *f)
{
	store_txn_auto struct store_txn *txn = NULL;
	int r = store_begin(st, false, &txn);

	if (r != 0)
		return r;
	f->people = store_count(txn, KV_PERSON);
	f->threads = store_count(txn, KV_THREAD);
	f->entries = store_count(txn, KV_ENTRY);
	f->audit = store_count(txn, KV_AUDIT);
	f->chunk = 0;
	return outbox_list(txn, f->after, STATUS_CHUNK, count_row, f);
}

static int
status_work(struct request *req)
{
	struct figures *f = request_state_get(req);
	int r;

	f->now = clock_now();
	do {
		r = status_chunk(request_info(req)->d->store, f);
	} while (r == 0 && f->chunk == STATUS_CHUNK);
	return r;
}

static json_t *
status_reasons(struct posternd *d, const struct figures *f)
{
	int64_t seen = atomic_load(&d->bridge_seen);
	json_t *reasons = json_array();
	int r = 0;

	if (posternd_read_only(d))
		r |= json_array_append_new(reasons, json_string("disk-full"));
	if (seen == 0 && f->now - d->started > BRIDGE_SILENT)
		r |= json_array_append_new(
		    reasons, json_string("bridge-never-seen"));
	if (seen != 0 && f->now - seen > BRIDGE_SILENT)
		r |= json_array_append_new(
		    reasons, json_string("bridge-silent"));
	if (f->oldest != 0 && f->now - f->oldest > MAIL_WAITING)
		r |=
		    json_array_append_new(reasons, json_string("mail-waiting"));
	if (r != 0)
		json_drop(&reasons);
	return reasons;
}

static void
status_done(struct request *req, int result)
{
	struct posternd *d = request_info(req)->d;
	const struct figures *f = request_state_get(req);
	json_t *reasons;
	const char *state = "ok";

	if (result != 0) {
		request_refuse(req, result);
		return;
	}
	reasons = status_reasons(d, f);
	if (json_array_size(reasons) > 0)
		state = posternd_read_only(d) ? "read-only" : "degraded";
	request_reply(req, 200,
	    json_pack("{s:s, s:s, s:o, s:{s:I, s:I, s:I, s:I, s:I, s:I},"
		      " s:{s:I, s:I, s:I, s:I, s:o}, s:{s:o}}",
		"version", PACKAGE_VERSION, "state", state, "reasons", reasons,
		"store", "used_bytes", (json_int_t)store_used(d->store),
		"map_bytes", (json_int_t)d->settings->store.map_size,
		"participants", (json_int_t)f->people, "threads",
		(json_int_t)f->threads, "entries", (json_int_t)f->entries,
		"audit_entries", (json_int_t)f->audit, "outbox", "pending",
		(json_int_t)f->pending, "leased", (json_int_t)f->leased,
		"deferred", (json_int_t)f->deferred, "failed",
		(json_int_t)f->failed, "oldest_at", time_json(f->oldest),
		"bridge", "last_seen_at",
		time_json(atomic_load(&d->bridge_seen))));
}

void
api_admin_status(struct request *req)
{
	struct posternd *d = request_info(req)->d;

	if (!api_admin_admits(req) ||
	    request_state(req, sizeof(struct figures), NULL) == NULL)
		return;
	request_work(req, d->read_pool, status_work, status_done);
}

/* ---- queue ----------------------------------------------------------- */

struct page {
	json_t *items;
	size_t limit;
	uint64_t last;
	bool more;
};

static int
queue_row(const struct outbox_row *row, void *arg)
{
	struct page *p = arg;
	char code[MAILCODE_TEXT_LEN + 1], number[24];
	json_t *item;

	if (json_array_size(p->items) == p->limit) {
		p->more = true;
		return 0;
	}
	mailcode_text(row->code, code);
	(void)snprintf(number, sizeof(number), "%" PRIu64, row->number);
	item = json_pack("{s:s, s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:s}", "id",
	    number, "kind", outcome_kind_word(row->kind), "state",
	    outcome_state_word(row->state), "attempts", (int)row->attempts,
	    "due_at", time_json(row->due), "created_at",
	    time_json(row->created), "participant", id_json(&row->person),
	    "thread", id_json(&row->thread), "code", code);
	if (json_array_append_new(p->items, item) != 0)
		return -ENOMEM;
	p->last = row->number;
	return 0;
}

void
api_admin_queue(struct request *req)
{
	store_txn_auto struct store_txn *txn = NULL;
	json_auto json_t *items = json_array();
	struct page page = {.items = items};
	uint64_t after;
	char next[24];
	int r;

	if (!api_admin_admits(req) ||
	    !request_limit(req, PAGE_DEFAULT, PAGE_MAX, &page.limit) ||
	    !request_cursor(req, &after))
		return;
	r = store_begin(request_info(req)->d->store, false, &txn);
	if (r == 0)
		r = outbox_list(txn, after, page.limit + 1, queue_row, &page);
	if (r != 0) {
		request_refuse(req, r);
		return;
	}
	(void)snprintf(next, sizeof(next), "%" PRIu64, page.last);
	request_reply(req, 200,
	    json_pack("{s:O, s:s?}", "items", items, "next",
		page.more ? next : NULL));
}

/* ---- test mail ------------------------------------------------------- */

struct test_mail {
	struct outbox_row row;
};

static void
test_mail_fini(void *state)
{
	struct test_mail *t = state;

	outbox_row_fini(&t->row);
}

static int
test_mail_run(struct request *req, struct store_txn *txn)
{
	struct test_mail *t = request_state_get(req);
	struct audit audit = {.verb = AUDIT_TEST_MAIL};
	int r;

	t->row.number = store_number(txn);
	audit.detail = t->row.number;
	r = outbox_add(txn, &t->row);
	return r != 0 ? r : request_audit_add(req, txn, &audit);
}

static void
test_mail_committed(struct request *req)
{
	const struct test_mail *t = request_state_get(req);

	notices_due(request_info(req)->d->notices, t->row.number, t->row.due);
}

static void
test_mail_done(struct request *req, int result)
{
	const struct test_mail *t = request_state_get(req);
	char number[24];

	if (result != 0) {
		request_refuse(req, result);
		return;
	}
	(void)snprintf(number, sizeof(number), "%" PRIu64, t->row.number);
	request_reply(req, 202, json_pack("{s:s}", "id", number));
}

void
api_admin_test_mail(struct request *req)
{
	static const struct json_field fields[] = {
	    {"to", JSON_IS_STRING, true, 3, GRAMMAR_ADDRESS_MAX},
	};
	static const struct request_write write = {
	    .run = test_mail_run,
	    .committed = test_mail_committed,
	    .then = test_mail_done,
	};
	char address[GRAMMAR_ADDRESS_MAX + 1];
	struct test_mail *t;
	json_t *body;
	int r;

	if (!api_admin_admits(req))
		return;
	body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	if (body == NULL)
		return;
	if (!grammar_address(json_get_text(body, "to"), address)) {
		request_bad_field(
		    req, "to", "expected a mail address, local@domain");
		return;
	}
	t = request_state(req, sizeof(*t), test_mail_fini);
	if (t == NULL)
		return;
	t->row = (struct outbox_row){
	    .salt = randombytes_random(),
	    .kind = OUTBOX_TEST,
	    .state = OUTBOX_PENDING,
	    .created = clock_now(),
	    .due = clock_now(),
	};
	r = secret_set(&t->row.to, address, strlen(address));
	if (r != 0)
		request_refuse(req, r);
	else
		request_write(req, &write);
}
