/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Files on their way out: GET /v1/attachments/{id}, all of one or a range (RFC
 * 9110, 14). It is opened piece by piece by a worker, while its connection
 * sleeps.
 */

#include "daemon/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <microhttpd.h>
#include "daemon/media.h"
#include "daemon/pool.h"
#include "daemon/posternd.h"
#include "daemon/request.h"
#include "store/attachment.h"
#include "store/blob.h"
#include "store/record.h"

struct fetching {
	struct pool_job job; /* first */
	struct request *req;
	struct attachment_row row;
	uint64_t seq;           /* of its entry */
	struct attachment file; /* without its name */
	struct buf disposition;
	uint64_t from, to; /* what is asked for: up to, not including, TO */
	bool part;
	struct blob_reader *blob;
	uint64_t end; /* of what was opened so far */
	size_t len;   /* of the piece, its last bytes */
	int result;   /* of the last piece */
	uint8_t piece[BLOB_CHUNK];
};

static void
fetching_fini(void *state)
{
	struct fetching *f = state;

	blob_reader_free(&f->blob);
	buf_fini(&f->disposition);
}

/* ---- which one, and may they ----------------------------------------- */

static int
take_file(const struct entry *e, struct fetching *f)
{
	for (size_t i = 0; i < e->attachments_n; i++) {
		const struct attachment *a = &e->attachments[i];

		if (!id_equal(&a->id, &f->row.id))
			continue;
		f->file = *a;
		f->file.name = (struct secret){0};
		f->to = a->size;
		f->seq = e->seq;
		buf_init(&f->disposition, 4096);
		media_disposition(secret_text(&a->name), &f->disposition);
		return buf_error(&f->disposition);
	}
	return RECORD_CORRUPT;
}

static int
find(struct store_txn *txn, const struct actor *actor, struct fetching *f)
{
	entry_auto struct entry e = {0};
	struct object object = {0};
	struct id id = f->row.id;
	struct thread t;
	int r = attachment_get(txn, &id, &f->row);

	if (r == 0)
		r = thread_get(txn, &f->row.thread, &t);
	if (r != 0 && r != KV_NOT_FOUND)
		return r;
	object.thread = r == 0 ? &t : NULL;
	r = authorise(actor, VERB_ENTRIES_READ, &object);
	if (r == 0)
		r = thread_entry(txn, &t, f->row.number, &e);
	if (r != 0)
		return r;
	if (e.head.visibility == VISIBLE_PRACTICE &&
	    !authorise_practice_side(&t, &actor->person))
		return KV_NOT_FOUND;
	return take_file(&e, f);
}

static int
find_work(struct request *req)
{
	const struct request_info *info = request_info(req);
	store_txn_auto struct store_txn *txn = NULL;
	int r = store_begin(info->d->store, false, &txn);

	return r == 0 ? find(txn, &info->actor, request_state_get(req)) : r;
}

/* ---- which part of it ------------------------------------------------ */

static void
etag_of(const struct fetching *f, char text_r[static ID_TEXT_LEN + 3])
{
	char id[ID_TEXT_LEN + 1];

	id_text(&f->row.id, id);
	(void)snprintf(text_r, ID_TEXT_LEN + 3, "\"%s\"", id);
}

/* Digits only, at most 15; moves TEXT behind them. */
static bool
take_number(const char **text, uint64_t *n_r)
{
	size_t len = strspn(*text, "0123456789");

	if (len == 0 || len > 15)
		return false;
	*n_r = 0;
	for (; len > 0; len--)
		*n_r = *n_r * 10 + (uint64_t)(*(*text)++ - '0');
	return true;
}

/*
 * Any Range that is not one of one range of bytes is ignored, as RFC 9110,
 * 14.2 allows. False: there is nothing of it in the file.
 */
static bool
take_range(const struct request_info *info, struct fetching *f)
{
	const char *at = info->range;
	char etag[ID_TEXT_LEN + 3];
	uint64_t first = 0;
	uint64_t last = f->file.size - 1;
	bool suffix;
	bool open;

	etag_of(f, etag);
	if (strncmp(at, "bytes=", 6) != 0 ||
	    (info->if_range[0] != '\0' && strcmp(info->if_range, etag) != 0))
		return true;
	at += 6;
	suffix = *at == '-';
	if (!suffix && !take_number(&at, &first))
		return true;
	if (*at++ != '-')
		return true;
	open = *at == '\0';
	if ((!open && !take_number(&at, &last)) || *at != '\0' ||
	    (open && suffix) || (!open && !suffix && last < first))
		return true;
	if (suffix) {
		first = last < f->file.size ? f->file.size - last : 0;
		if (last == 0)
			return false;
		last = f->file.size - 1;
	}
	if (first >= f->file.size)
		return false;
	f->part = true;
	f->from = first;
	f->to = last < f->file.size ? last + 1 : f->file.size;
	return true;
}

/* ---- the bytes ------------------------------------------------------- */

/* The next piece; of those before FROM, nobody asked for any. */
static int
load(struct fetching *f, struct store *st)
{
	int r = 0;

	if (f->blob == NULL)
		r = blob_open(
		    st, &f->row.id, f->file.key, f->file.size, &f->blob);
	/* a row is there only after its file was synced */
	if (r == KV_NOT_FOUND)
		r = BLOB_DAMAGED;
	do {
		if (r == 0)
			r = blob_read(f->blob, f->piece, &f->len);
		if (r == 0 && f->len == 0)
			r = BLOB_DAMAGED;
		if (r == 0)
			f->end += f->len;
	} while (r == 0 && f->end <= f->from);
	return r;
}

static int
load_work(struct request *req)
{
	return load(request_state_get(req), request_info(req)->d->store);
}

static void
job_run(struct pool_job *job)
{
	struct fetching *f = (struct fetching *)(void *)job;

	f->result = load(f, request_info(f->req)->d->store);
	request_stream_wake(f->req);
}

static ssize_t
read_bytes(void *state, uint64_t at, char *to, size_t max)
{
	struct fetching *f = state;
	uint64_t from = f->from + at;
	size_t n;

	if (f->result != 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (from == f->end) {
		request_stream_sleep(f->req);
		f->result =
		    pool_go_on(request_info(f->req)->d->file_pool, &f->job);
		if (f->result != 0)
			request_stream_wake(f->req);
		return 0;
	}
	n = (size_t)(f->end - from);
	if (n > max)
		n = max;
	memcpy(to, f->piece + f->len - (f->end - from), n);
	return (ssize_t)n;
}

/* ---- the request ----------------------------------------------------- */

static void
loaded(struct request *req, int result)
{
	struct fetching *f = request_state_get(req);
	char etag[ID_TEXT_LEN + 3];
	char range[80];
	const struct request_file file = {.type = media_type(f->file.type),
	    .disposition = (const char *)f->disposition.data,
	    .etag = etag,
	    .range = f->part ? range : NULL,
	    .size = f->to - f->from};

	if (result != 0) {
		request_refuse(req, result);
		return;
	}
	etag_of(f, etag);
	(void)snprintf(range, sizeof(range),
	    "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, f->from, f->to - 1,
	    f->file.size);
	request_send(req, &file, read_bytes);
}

static void
durable(struct request *req, int result)
{
	if (result != 0)
		request_refuse(req, result);
	else
		request_work(
		    req, request_info(req)->d->file_pool, load_work, loaded);
}

static void
found(struct request *req, int result)
{
	struct fetching *f = request_state_get(req);
	struct audit audit = {.verb = AUDIT_ATTACHMENT_READ,
	    .subject = f->row.thread,
	    .detail = f->seq};

	if (result != 0)
		request_refuse(req, result);
	else if (f->row.state == ATTACHMENT_PENDING)
		request_problem(req, PROBLEM_ATTACHMENT_PENDING, NULL, NULL);
	else if (f->row.state == ATTACHMENT_INFECTED)
		request_problem(req, PROBLEM_ATTACHMENT_WITHHELD, NULL, NULL);
	else if (!take_range(request_info(req), f))
		request_problem(req, PROBLEM_RANGE, NULL, NULL);
	else
		request_audit(req, &audit, durable);
}

static void
get_attachment(struct request *req)
{
	struct fetching *f = request_state(req, sizeof(*f), fetching_fini);

	if (f == NULL || !request_param_id(req, 0, &f->row.id))
		return;
	f->req = req;
	f->job.run = job_run;
	request_work(req, request_info(req)->d->read_pool, find_work, found);
}

const struct route api_attachment_routes[] = {
    {"GET", "/v1/attachments/{id}", ROUTE_SESSION, NULL, 0, get_attachment},
    {0},
};
