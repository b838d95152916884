/* SPDX-License-Identifier: Apache-2.0 */

/*
 * admin.sock: what waits to be sent, and a test mail.
 */

#include "daemon/api_admin.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "daemon/grammar.h"
#include "daemon/mailcode.h"
#include "daemon/notices.h"
#include "daemon/outcome.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/view.h"
#include "store/outbox.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX 100
/* rows read in one transaction, so that none is held open for long */
#define CHUNK 2000

/* ---- queue ----------------------------------------------------------- */

static json_t *
id_or_null(const struct id *id)
{
	return id_is_nil(id) ? json_null() : view_id(id);
}

/* A row's code to end the scan. */
#define PAGE_FULL 1

struct page {
	json_t *items;
	size_t limit;
	bool open;      /* only what is to be sent, or failed */
	uint64_t after; /* the last row seen */
	uint64_t last;  /* the last row shown */
	size_t chunk;
	bool more;
};

static void
page_fini(void *state)
{
	struct page *p = state;

	json_drop(&p->items);
}

static int
queue_item(const struct outbox_row *row, struct page *p)
{
	char code[MAILCODE_TEXT_LEN + 1], number[24];
	json_t *item;

	mailcode_text(row->code, code);
	(void)snprintf(number, sizeof(number), "%" PRIu64, row->number);
	item = json_pack("{s:s, s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:s}", "id",
	    number, "kind", outcome_kind_word(row->kind), "state",
	    outcome_state_word(row->state), "attempts", (int)row->attempts,
	    "due_at", view_time(row->due), "created_at",
	    view_time(row->created), "participant", id_or_null(&row->person),
	    "thread", id_or_null(&row->thread), "code", code);
	if (json_array_append_new(p->items, item) != 0)
		return -ENOMEM;
	p->last = row->number;
	return 0;
}

static int
queue_row(const struct outbox_row *row, void *arg)
{
	struct page *p = arg;
	bool done = row->state == OUTBOX_SENT || row->state == OUTBOX_CANCELLED;

	p->after = row->number;
	p->chunk++;
	if (p->open && done)
		return 0;
	p->more = json_array_size(p->items) == p->limit;
	return p->more ? PAGE_FULL : queue_item(row, p);
}

static int
queue_chunk(struct store *st, struct page *p)
{
	store_txn_auto struct store_txn *txn = NULL;
	int r = store_begin(st, false, &txn);

	p->chunk = 0;
	return r != 0 ? r : outbox_list(txn, p->after, CHUNK, queue_row, p);
}

static int
queue_work(struct request *req)
{
	struct page *p = request_state_get(req);
	int r;

	p->items = json_array();
	do {
		r = queue_chunk(request_info(req)->d->store, p);
	} while (r == 0 && p->chunk == CHUNK);
	return r == PAGE_FULL ? 0 : r;
}

static void
queue_done(struct request *req, int result)
{
	const struct page *p = request_state_get(req);
	char next[24];

	if (result != 0) {
		request_refuse(req, result);
		return;
	}
	(void)snprintf(next, sizeof(next), "%" PRIu64, p->last);
	request_reply(req, 200,
	    json_pack("{s:O, s:s?}", "items", p->items, "next",
		p->more ? next : NULL));
}

void
api_admin_queue(struct request *req)
{
	const char *state = request_query(req, "state");
	struct page *p;

	if (!api_admin_admits(req))
		return;
	if (state != NULL && strcmp(state, "open") != 0) {
		request_problem(
		    req, PROBLEM_INVALID_QUERY, "must be open", "state");
		return;
	}
	p = request_state(req, sizeof(*p), page_fini);
	if (p == NULL ||
	    !request_limit(req, PAGE_DEFAULT, PAGE_MAX, &p->limit) ||
	    !request_cursor(req, &p->after))
		return;
	p->open = state != NULL;
	request_work(
	    req, request_info(req)->d->read_pool, queue_work, queue_done);
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
	int r = authorise(&request_info(req)->actor, VERB_ADMIN, NULL);

	if (r != 0)
		return r;
	r = notices_make(txn, &t->row, clock_now());
	audit.detail = t->row.number;
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
	t->row.kind = OUTBOX_TEST;
	r = secret_set(&t->row.to, address, strlen(address));
	if (r != 0)
		request_refuse(req, r);
	else
		request_write(req, &write);
}
