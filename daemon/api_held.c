/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api_held.h"

#include <errno.h>
#include <stdio.h>
#include "base/clock.h"
#include "daemon/api_admin.h"
#include "daemon/posternd.h"
#include "daemon/scanner.h"
#include "daemon/view.h"
#include "store/attachment.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX 100
/* rows read in one transaction, so that none is held open for long */
#define CHUNK 2000
/* the scanner is asked while somebody looks */
#define VERSION_TIME (2 * CLOCK_SECOND)
#define WAITING (15 * CLOCK_MINUTE)
/* a row's code to end the walk */
#define PAGE_FULL 1

/* ---- a walk over all files ------------------------------------------- */

struct walk {
	struct id after; /* the last row seen; nil: none */
	size_t chunk;
	int (*each)(const struct attachment_row *row, void *arg);
	void *arg;
};

static int
walk_row(const struct attachment_row *row, void *arg)
{
	struct walk *w = arg;

	w->after = row->id;
	w->chunk++;
	return w->each(row, w->arg);
}

static int
walk_chunk(struct store *st, struct walk *w)
{
	store_txn_auto struct store_txn *txn = NULL;
	int r = store_begin(st, false, &txn);

	w->chunk = 0;
	return r != 0 ? r
		      : attachment_list(txn,
			    id_is_nil(&w->after) ? NULL : &w->after, CHUNK,
			    walk_row, w);
}

static int
walk_all(struct store *st, struct walk *w)
{
	int r;

	do {
		r = walk_chunk(st, w);
	} while (r == 0 && w->chunk == CHUNK);
	return r;
}

/* ---- for the status -------------------------------------------------- */

static int
count_row(const struct attachment_row *row, void *arg)
{
	struct held *h = arg;

	if (row->state == ATTACHMENT_INFECTED)
		h->withheld++;
	if (row->state != ATTACHMENT_PENDING)
		return 0;
	h->pending++;
	if (h->oldest == 0 || row->changed < h->oldest)
		h->oldest = row->changed;
	return 0;
}

int
held_look(struct posternd *d, struct held *h_r)
{
	struct walk w = {.each = count_row, .arg = h_r};
	struct clamd c = {.path = d->settings->attachments.clamd,
	    .timeout = VERSION_TIME,
	    .stop = -1,
	    .held = -1};
	int trouble;

	if (d->scanner != NULL) {
		h_r->code = clamd_version(&c, h_r->version);
		trouble = scanner_trouble(d->scanner, &h_r->since);
		if (trouble != 0)
			h_r->code = trouble;
	}
	return walk_all(d->store, &w);
}

json_t *
held_view(const struct held *h)
{
	return json_pack("{s:I, s:I, s:o}", "pending", (json_int_t)h->pending,
	    "withheld", (json_int_t)h->withheld, "oldest_at",
	    view_time(h->oldest));
}

json_t *
held_view_scanner(const struct posternd *d, const struct held *h)
{
	if (d->scanner == NULL)
		return json_null();
	return json_pack("{s:s, s:o, s:s?}", "state",
	    h->code == 0 ? "ok" : scanner_word(h->code), "since",
	    view_time(h->since), "version",
	    h->version[0] == '\0' ? NULL : h->version);
}

int
held_reasons(const struct posternd *d, const struct held *h, int64_t now,
    json_t *reasons)
{
	char text[32];
	int r = 0;

	(void)snprintf(text, sizeof(text), "scanner-%s", scanner_word(h->code));
	if (d->scanner != NULL && h->code != 0)
		r |= json_array_append_new(reasons, json_string(text));
	if (h->oldest != 0 && now - h->oldest > WAITING)
		r |= json_array_append_new(
		    reasons, json_string("attachments-waiting"));
	return r == 0 ? 0 : -ENOMEM;
}

/* ---- one by one -------------------------------------------------------- */

struct page {
	struct posternd *d;
	struct walk walk;
	json_t *items;
	size_t limit;
	struct id last; /* shown */
	bool more;
};

static void
page_fini(void *state)
{
	struct page *p = state;

	json_drop(&p->items);
}

/* Why it is pending still; NULL: it has not been tried. */
static const char *
reason(struct posternd *d, const struct attachment_row *row)
{
	int64_t since;
	int code;

	if (row->state != ATTACHMENT_PENDING)
		return NULL;
	if (d->scanner == NULL)
		return "no-scanner";
	code = scanner_why(d->scanner, &row->id);
	if (code == 0)
		code = scanner_trouble(d->scanner, &since);
	return code == 0 ? NULL : scanner_word(code);
}

static int
page_row(const struct attachment_row *row, void *arg)
{
	struct page *p = arg;
	bool pending = row->state == ATTACHMENT_PENDING;
	json_t *item;

	if (!pending && row->state != ATTACHMENT_INFECTED)
		return 0;
	p->more = json_array_size(p->items) == p->limit;
	if (p->more)
		return PAGE_FULL;
	item = json_pack("{s:o, s:o, s:s, s:o, s:s?}", "id", view_id(&row->id),
	    "thread", view_id(&row->thread), "state",
	    pending ? "pending" : "infected", "since", view_time(row->changed),
	    "reason", reason(p->d, row));
	if (json_array_append_new(p->items, item) != 0)
		return -ENOMEM;
	p->last = row->id;
	return 0;
}

static int
page_work(struct request *req)
{
	struct page *p = request_state_get(req);
	int r = walk_all(p->d->store, &p->walk);

	return r == PAGE_FULL && p->more ? 0 : r;
}

static void
page_done(struct request *req, int result)
{
	const struct page *p = request_state_get(req);
	char next[ID_TEXT_LEN + 1];

	if (result != 0) {
		request_refuse(req, result);
		return;
	}
	id_text(&p->last, next);
	request_reply(req, 200,
	    json_pack("{s:O, s:s?}", "items", p->items, "next",
		p->more ? next : NULL));
}

void
api_admin_attachments(struct request *req)
{
	struct page *p;
	bool have;

	if (!api_admin_admits(req))
		return;
	p = request_state(req, sizeof(*p), page_fini);
	if (p == NULL ||
	    !request_limit(req, PAGE_DEFAULT, PAGE_MAX, &p->limit) ||
	    !request_cursor_id(req, &have, &p->walk.after))
		return;
	p->d = request_info(req)->d;
	p->walk.each = page_row;
	p->walk.arg = p;
	p->items = json_array();
	request_work(req, p->d->read_pool, page_work, page_done);
}
