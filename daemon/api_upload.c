/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Files on their way in: PUT /v1/uploads/{id}, whole or from where it broke
 * off (RFC 9110, 14.5). A piece is sealed and written by a worker while its
 * connection sleeps, so that memory holds one piece of each.
 */

#include "daemon/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/settings.h"
#include "daemon/intake.h"
#include "daemon/media.h"
#include "daemon/pool.h"
#include "daemon/posternd.h"
#include "daemon/rate.h"
#include "daemon/request.h"
#include "daemon/uploads.h"
#include "daemon/view.h"

struct putting {
	struct request *req;
	int64_t paid; /* KiB */
	struct uploads *uploads;
	struct upload *up; /* held */
	struct upload_wish wish;
	uint64_t to; /* the body ends before this byte of the file */
	struct intake intake;
	size_t len; /* of the piece */
	uint8_t piece[BLOB_CHUNK];
};

#define KIB 1024

/* In KiB, so that an hour's worth is a number to count with. */
static int64_t
price(const struct putting *p)
{
	return (int64_t)((p->to - p->wish.first + KIB - 1) / KIB);
}

/*
 * All of a body is paid for before it comes, or many at once would get more
 * than there is.
 */
static bool
pay(struct putting *p)
{
	const struct request_info *info = request_info(p->req);

	if (!rate_take_many(info->d->upload_rate, &info->actor.person, price(p),
		clock_boot()))
		return false;
	p->paid = price(p);
	return true;
}

/* Until later, which may be most of an hour; what came before stays. */
static void
refuse_unpaid(struct request *req, struct putting *p)
{
	const struct request_info *info = request_info(req);
	int64_t wait = rate_wait(
	    info->d->upload_rate, &info->actor.person, price(p), clock_boot());

	if (p->up->received == 0) {
		uploads_drop(p->uploads, p->up);
		p->up = NULL;
	}
	request_too_many(req, (unsigned)(wait / CLOCK_SECOND + 1));
}

/* A connection that breaks again and again must not use up the hour. */
static void
pay_back(struct putting *p)
{
	const struct request_info *info = request_info(p->req);
	int64_t n = (int64_t)(request_left(p->req) / KIB);

	rate_give_many(info->d->upload_rate, &info->actor.person,
	    n < p->paid ? n : p->paid);
}

static void
putting_fini(void *state)
{
	struct putting *p = state;

	if (p->up != NULL)
		uploads_give(p->uploads, p->up);
	if (p->paid > 0)
		pay_back(p);
}

static json_t *
view_upload(const struct upload *up)
{
	return json_pack("{s:{s:o, s:I, s:I, s:b, s:s, s:o, s:o}}", "upload",
	    "id", view_id(&up->id), "received", (json_int_t)up->received,
	    "size", (json_int_t)up->file.size, "complete", (int)up->complete,
	    "type", media_type(up->file.type), "width",
	    view_pixels(up->file.width), "height",
	    view_pixels(up->file.height));
}

/* ---- pieces ---------------------------------------------------------- */

static void next_piece(struct request *req, struct putting *p);

static bool
is_last(const struct putting *p)
{
	return p->up->received + p->len == p->wish.size;
}

static int
write_piece(struct putting *p)
{
	struct upload *up = p->up;
	int r = 0;

	if (up->writer == NULL) {
		r = blob_create(p->intake.st, &up->file.id, &up->writer);
		if (r == 0)
			blob_key(up->writer, up->file.key);
	}
	if (r != 0 || is_last(p))
		return r != 0 ? r
			      : intake_finish(&p->intake, up, p->piece, p->len);
	r = blob_append(up->writer, p->piece, p->len, false);
	if (r == 0)
		up->received += p->len;
	return r;
}

static int
piece_work(struct request *req)
{
	struct putting *p = request_state_get(req);
	int r = write_piece(p);

	if (r == 0)
		return 0;
	/* what was refused, or not written whole, is of no use any more */
	uploads_drop(p->uploads, p->up);
	p->up = NULL;
	return r;
}

/* Whoever has the answer may go on with it: it is given back before. */
static void
tell(struct request *req, struct putting *p)
{
	json_t *view = view_upload(p->up);

	uploads_give(p->uploads, p->up);
	p->up = NULL;
	request_reply(req, 200, view);
}

static void
durable(struct request *req, int result)
{
	struct putting *p = request_state_get(req);

	if (result == 0) {
		tell(req, p);
		return;
	}
	/* no log, no action */
	uploads_drop(p->uploads, p->up);
	p->up = NULL;
	request_refuse(req, result);
}

static void
piece_then(struct request *req, int result)
{
	struct putting *p = request_state_get(req);
	struct audit audit = {.verb = AUDIT_UPLOAD_PUT};

	if (result == 0 && request_left(req) > 0) {
		next_piece(req, p);
		return;
	}
	if (result == 0 && p->up->complete) {
		audit.detail = p->up->file.type;
		request_audit(req, &audit, durable);
		return;
	}
	if (result == 0) {
		tell(req, p);
		return;
	}
	if (result == INTAKE_REFUSED || result == INTAKE_MISMATCH)
		request_file_refused(req, intake_reason(&p->intake, result),
		    intake_words(&p->intake, result));
	else
		request_refuse(req, result);
}

/* A body that ends in the middle of a chunk ends with the one before. */
static void
piece_taken(struct request *req, size_t len)
{
	struct putting *p = request_state_get(req);

	p->len = len;
	if (len == 0 || (len < BLOB_CHUNK && !is_last(p)))
		tell(req, p);
	else
		request_work(req, request_info(req)->d->file_pool, piece_work,
		    piece_then);
}

static void
next_piece(struct request *req, struct putting *p)
{
	request_take(req, p->piece, sizeof(p->piece), piece_taken);
}

/* ---- the request ----------------------------------------------------- */

/* "bytes FIRST-LAST/SIZE", or none: all of it. */
static bool
take_range(struct request *req, struct putting *p)
{
	const struct request_info *info = request_info(req);
	uint64_t len = request_left(req);
	uint64_t last;
	char text[72];

	p->to = p->wish.size = len;
	if (info->content_range[0] == '\0')
		return true;
	if (sscanf(info->content_range,
		"bytes %15" SCNu64 "-%15" SCNu64 "/%15" SCNu64, &p->wish.first,
		&last, &p->wish.size) != 3)
		return false;
	/* nothing but that, and no number in two ways */
	(void)snprintf(text, sizeof(text),
	    "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, p->wish.first, last,
	    p->wish.size);
	p->to = last + 1;
	return strcmp(text, info->content_range) == 0 && last < p->wish.size &&
	       p->wish.first <= last && last - p->wish.first + 1 == len;
}

/* False: answered. */
static bool
is_wanted(struct request *req, struct putting *p)
{
	const struct settings *s = request_info(req)->d->settings;

	if (!media_parse(request_info(req)->type, &p->wish.type))
		request_problem(
		    req, PROBLEM_UNSUPPORTED_MEDIA_TYPE, NULL, NULL);
	else if (!take_range(req, p))
		request_problem(req, PROBLEM_MALFORMED_REQUEST,
		    "Content-Range does not fit the body.", NULL);
	else if (p->wish.size > (uint64_t)s->limits.attachment_bytes)
		request_problem(req, PROBLEM_TOO_LARGE, NULL, NULL);
	else if (p->wish.size == 0)
		request_file_refused(req, "broken", "This file is empty.");
	else if (s->limits.message_attachments == 0)
		request_problem(req, PROBLEM_FORBIDDEN, NULL, NULL);
	else
		return true;
	return false;
}

static void
put_upload(struct request *req)
{
	const struct request_info *info = request_info(req);
	struct putting *p;
	int r = authorise(&info->actor, VERB_UPLOAD, NULL);

	if (r != 0) {
		request_refuse(req, r);
		return;
	}
	p = request_state(req, sizeof(*p), putting_fini);
	if (p == NULL || !request_param_id(req, 0, &p->wish.id) ||
	    !is_wanted(req, p))
		return;
	p->req = req;
	p->wish.person = info->actor.person;
	p->uploads = info->d->uploads;
	p->intake.st = info->d->store;
	p->intake.inspectors = info->d->inspectors;
	p->intake.strip =
	    info->d->settings->attachments.metadata == SETTINGS_METADATA_STRIP;
	r = posternd_read_only(info->d)
		? WRITER_READ_ONLY
		: uploads_take(p->uploads, &p->wish, &p->up);
	/* only what is taken costs */
	if (r != 0)
		request_refuse(req, r);
	else if (!pay(p))
		refuse_unpaid(req, p);
	else
		next_piece(req, p);
}

static void
get_upload(struct request *req)
{
	const struct request_info *info = request_info(req);
	struct upload up;
	struct id id;
	int r = authorise(&info->actor, VERB_UPLOAD, NULL);

	if (r == 0 && !request_param_id(req, 0, &id))
		return;
	if (r == 0)
		r = uploads_look(
		    info->d->uploads, &info->actor.person, &id, &up);
	if (r != 0)
		request_refuse(req, r == UPLOAD_GONE ? KV_NOT_FOUND : r);
	else
		request_reply(req, 200, view_upload(&up));
}

static int
delete_work(struct request *req)
{
	const struct request_info *info = request_info(req);
	const struct id *id = request_state_get(req);

	return uploads_cancel(info->d->uploads, &info->actor.person, id);
}

static void
deleted(struct request *req, int result)
{
	if (result != 0 && result != UPLOAD_GONE)
		request_refuse(req, result);
	else
		request_empty(req);
}

static void
delete_upload(struct request *req)
{
	const struct request_info *info = request_info(req);
	int r = authorise(&info->actor, VERB_UPLOAD, NULL);
	struct id *id;

	if (r != 0) {
		request_refuse(req, r);
		return;
	}
	id = request_state(req, sizeof(*id), NULL);
	if (id != NULL && request_param_id(req, 0, id))
		request_work(req, info->d->file_pool, delete_work, deleted);
}

const struct route api_upload_routes[] = {
    {"PUT", "/v1/uploads/{id}", ROUTE_SESSION | ROUTE_STREAM, NULL, 0,
	put_upload},
    {"GET", "/v1/uploads/{id}", ROUTE_SESSION, NULL, 0, get_upload},
    {"DELETE", "/v1/uploads/{id}", ROUTE_SESSION, NULL, 0, delete_upload},
    {0},
};
