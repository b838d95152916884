/* SPDX-License-Identifier: Apache-2.0 */

/*
 * admin.sock: its routes, and how it is.
 */

#include "daemon/api_admin.h"

#include "config.h"

#include <stdatomic.h>
#include "base/clock.h"
#include "daemon/api_held.h"
#include "daemon/mailbox.h"
#include "daemon/picturing.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "daemon/view.h"
#include "store/outbox.h"

#define BODY_MAX 16384
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
    {"POST", "/v1/admin/participants/{who}/enrolment", 0, NULL, BODY_MAX,
	api_admin_enrolment},
    {"PUT", "/v1/admin/participants/{who}/picture", 0, NULL, PICTURING_BODY_MAX,
	api_admin_picture},
    {"PUT", "/v1/admin/relations", 0, NULL, BODY_MAX, api_admin_relate},
    {"GET", "/v1/admin/attachments", 0, "cursor limit", 0,
	api_admin_attachments},
    {"GET", "/v1/admin/queue", 0, "cursor limit state", 0, api_admin_queue},
    {"POST", "/v1/admin/test-mail", 0, NULL, BODY_MAX, api_admin_test_mail},
    {"GET", "/v1/admin/mailbox", 0, NULL, 0, api_admin_mailbox},
    {"POST", "/v1/admin/mailbox/sign-in", 0, NULL, BODY_MAX,
	api_admin_mailbox_sign_in},
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
	struct held held;
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
	return r != 0 ? r : held_look(request_info(req)->d, &f->held);
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
	r |= mailbox_reasons(
	    d->mailbox, d->settings, d->started, f->now, reasons);
	r |= mailbox_reasons(
	    d->maildir, d->settings, d->started, f->now, reasons);
	r |= held_reasons(d, &f->held, f->now, reasons);
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
		      " s:{s:I, s:I, s:I, s:I, s:o}, s:o, s:o, s:{s:o},"
		      " s:{s:I, s:I}, s:o, s:o}",
		"version", PACKAGE_VERSION, "state", state, "reasons", reasons,
		"store", "used_bytes", (json_int_t)store_used(d->store),
		"map_bytes", (json_int_t)d->settings->store.map_size,
		"participants", (json_int_t)f->people, "threads",
		(json_int_t)f->threads, "entries", (json_int_t)f->entries,
		"audit_entries", (json_int_t)f->audit, "outbox", "pending",
		(json_int_t)f->pending, "leased", (json_int_t)f->leased,
		"deferred", (json_int_t)f->deferred, "failed",
		(json_int_t)f->failed, "oldest_at", view_time(f->oldest),
		"attachments", held_view(&f->held), "scanner",
		held_view_scanner(d, &f->held), "bridge", "last_seen_at",
		view_time(atomic_load(&d->bridge_seen)), "people", "unreached",
		(json_int_t)atomic_load(
		    &d->rounds_seen.counts[OUTBOX_UNREACHED]),
		"waiting",
		(json_int_t)atomic_load(
		    &d->rounds_seen.counts[OUTBOX_WAITING]),
		"mailbox",
		mailbox_view(d->mailbox, d->settings, f->now, false), "maildir",
		mailbox_view(d->maildir, d->settings, f->now, false)));
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
