/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/secret.h"
#include "daemon/posternd.h"
#include "daemon/request-private.h"
#include "daemon/uploads.h"
#include "store/blob.h"
#include "store/idem.h"
#include "store/record.h"
#include "store/seal.h"

#define STREAM_BLOCK 1024
#define FILE_BLOCK 65536
#define DISCARD_MAX (UINT64_C(1) << 20)

static void
header(struct MHD_Response *res, const char *name, const char *value)
{
	/* fails without memory only; the answer then lacks a hint */
	(void)MHD_add_response_header(res, name, value);
}

/*
 * Someone in the middle of sending a body would see a broken pipe and not
 * the answer: a body of bearable size is read and thrown away first. An
 * answer at once would also cost the connection.
 */
static bool
has_to_wait(const struct request *req, bool begun)
{
	if (req->ambiguous || http_conn_over(req->hc))
		return false;
	if (begun)
		return true;
	return req->phase == REQUEST_NEW && req->left <= DISCARD_MAX &&
	       (req->admit.seen & (1U << ADMIT_EXPECT)) == 0;
}

/* Takes RES; NULL hangs up. */
static void
answer(struct request *req, unsigned status, struct MHD_Response *res)
{
	/* the library takes no answer between a body's first and last byte */
	bool begun = req->left > 0 && req->left < (uint64_t)req->admit.length;

	if (res != NULL && has_to_wait(req, begun)) {
		req->phase = REQUEST_DISCARD;
		req->held = res;
		req->held_status = status;
		return;
	}
	req->phase = REQUEST_ANSWERED;
	if (res == NULL || begun) {
		if (res != NULL)
			MHD_destroy_response(res);
		http_conn_hang_up(req->hc);
		return;
	}
	header(res, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	for (size_t i = 0; i < req->cookies_n; i++)
		header(res, MHD_HTTP_HEADER_SET_COOKIE, req->cookies[i]);
	if (http_conn_over(req->hc) || req->ambiguous || req->info.d->stopping)
		header(res, MHD_HTTP_HEADER_CONNECTION, "close");
	if (req->left > 0 || req->ambiguous)
		http_conn_linger(req->hc);
	if (MHD_queue_response(req->conn, status, res) != MHD_YES)
		http_conn_hang_up(req->hc);
	MHD_destroy_response(res);
}

void
request_answer_held(struct request *req)
{
	struct MHD_Response *res = req->held;

	req->held = NULL;
	req->left = 0;
	answer(req, req->held_status, res);
}

/* Takes BODY; NULL without memory. */
static struct MHD_Response *
response_json(json_t *body, const char *type)
{
	char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	struct MHD_Response *res = NULL;

	json_decref(body);
	if (text == NULL)
		return NULL;
	res = MHD_create_response_from_buffer_with_free_callback(
	    strlen(text), text, secret_free);
	if (res == NULL)
		secret_free(text);
	else
		header(res, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	return res;
}

void
request_reply(struct request *req, unsigned status, json_t *body)
{
	if (body == NULL) {
		request_refuse(req, -ENOMEM);
		return;
	}
	answer(req, status, response_json(body, "application/json"));
}

/* Whatever it may look like, it is what TYPE says, alone and inert. */
static void
make_inert(struct MHD_Response *res, const char *type, const char *disposition)
{
	header(res, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	header(res, "X-Content-Type-Options", "nosniff");
	header(res, "Content-Security-Policy", "default-src 'none'; sandbox");
	header(res, "Cross-Origin-Resource-Policy", "same-origin");
	header(res, "Content-Disposition", disposition);
}

static struct MHD_Response *
response_bytes(struct secret *bytes, const char *type, const char *name)
{
	struct MHD_Response *res =
	    MHD_create_response_from_buffer_with_free_callback(
		bytes->len, bytes->data, secret_free);
	char disposition[128];

	if (res == NULL)
		return NULL;
	(void)secret_take(bytes);
	(void)snprintf(
	    disposition, sizeof(disposition), "inline; filename=\"%s\"", name);
	make_inert(res, type, disposition);
	return res;
}

void
request_show(struct request *req, const char *type, const char *name,
    struct secret *bytes)
{
	answer(req, MHD_HTTP_OK, response_bytes(bytes, type, name));
	secret_fini(bytes);
}

void
request_empty(struct request *req)
{
	answer(req, MHD_HTTP_NO_CONTENT,
	    MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT));
}

static void
tell_problem(struct request *req, enum problem p, const char *detail,
    const char *field, unsigned retry)
{
	struct MHD_Response *res = response_json(
	    problem_json(p, detail, field), "application/problem+json");
	char seconds[16];

	if (res != NULL && retry != 0) {
		(void)snprintf(seconds, sizeof(seconds), "%u", retry);
		header(res, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
	}
	if (res != NULL && p == PROBLEM_METHOD_NOT_ALLOWED)
		header(res, MHD_HTTP_HEADER_ALLOW, req->match.allow);
	if (res != NULL && problem_status(p) == MHD_HTTP_UNAUTHORIZED)
		header(res, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	answer(req, problem_status(p), res);
}

void
request_problem(
    struct request *req, enum problem p, const char *detail, const char *field)
{
	tell_problem(req, p, detail, field, problem_retry(p));
}

/* Takes VALUE. */
static void
answer_problem(struct request *req, enum problem p, const char *words,
    const char *name, json_t *value)
{
	json_t *body = problem_json(p, words, NULL);

	if (json_object_set_new(body, name, value) != 0) {
		json_decref(body);
		body = NULL;
	}
	answer(req, problem_status(p),
	    response_json(body, "application/problem+json"));
}

void
request_file_refused(struct request *req, const char *reason, const char *words)
{
	answer_problem(
	    req, PROBLEM_FILE_REFUSED, words, "reason", json_string(reason));
}

void
request_code_refused(struct request *req, unsigned tries_left)
{
	answer_problem(req, PROBLEM_CODE_REFUSED, NULL, "tries_left",
	    json_integer(tries_left));
}

void
request_too_many(struct request *req, unsigned seconds)
{
	tell_problem(req, PROBLEM_TOO_MANY_REQUESTS, NULL, NULL, seconds);
}

void
request_set_cookie(struct request *req, const char *text)
{
	if (req->cookies_n < REQUEST_COOKIES)
		(void)snprintf(req->cookies[req->cookies_n++], COOKIE_TEXT_MAX,
		    "%s", text);
}

bool
request_cookie(
    const struct request *req, uint8_t hash_r[static SESSION_HASH_LEN])
{
	return req->info.browser && req->admit.cookie[0] != '\0' &&
	       session_token_hash(req->admit.cookie, hash_r) == 0;
}

void
request_stream(struct request *req, const char *type,
    ssize_t (*read)(void *state, uint64_t at, char *to, size_t max))
{
	struct MHD_Response *res = MHD_create_response_from_callback(
	    MHD_SIZE_UNKNOWN, STREAM_BLOCK, read, req->state, NULL);

	if (res != NULL)
		header(res, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	answer(req, MHD_HTTP_OK, res);
}

void
request_send(struct request *req, const struct request_file *file,
    ssize_t (*read)(void *state, uint64_t at, char *to, size_t max))
{
	struct MHD_Response *res = MHD_create_response_from_callback(
	    file->size, FILE_BLOCK, read, req->state, NULL);

	if (res != NULL) {
		make_inert(res, file->type, file->disposition);
		header(res, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
		header(res, MHD_HTTP_HEADER_ETAG, file->etag);
	}
	if (res != NULL && file->range != NULL)
		header(res, MHD_HTTP_HEADER_CONTENT_RANGE, file->range);
	answer(req,
	    file->range != NULL ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK, res);
}

void
request_stream_sleep(struct request *req)
{
	http_conn_suspend(req->hc, req->conn);
}

void
request_stream_wake(struct request *req)
{
	http_conn_resume(req->hc, req->conn);
}

void
request_bad_field(struct request *req, const char *field, const char *detail)
{
	request_problem(req, PROBLEM_INVALID_FIELD, detail, field);
}

static const struct {
	int code;
	enum problem problem;
} refusals[] = {
    {KV_NOT_FOUND, PROBLEM_NOT_FOUND},
    {KV_FULL, PROBLEM_STORAGE_FULL},
    {RECORD_CORRUPT, PROBLEM_DAMAGED},
    {SEAL_FORGED, PROBLEM_DAMAGED},
    {THREAD_BROKEN, PROBLEM_DAMAGED},
    {AUDIT_BROKEN, PROBLEM_DAMAGED},
    {THREAD_STALE, PROBLEM_BUSY},
    {THREAD_EXISTS, PROBLEM_BUSY},
    {PERSON_TAKEN, PROBLEM_CONFLICT},
    {PERSON_ADDRESSES_FULL, PROBLEM_INVALID_FIELD},
    {PERSON_TOO_LONG, PROBLEM_INVALID_FIELD},
    {IDEM_MISMATCH, PROBLEM_KEY_REUSED},
    {WRITER_BUSY, PROBLEM_BUSY},
    {WRITER_STOPPING, PROBLEM_STOPPING},
    {WRITER_READ_ONLY, PROBLEM_STORAGE_FULL},
    {POOL_BUSY, PROBLEM_BUSY},
    {POOL_STOPPING, PROBLEM_STOPPING},
    {REQUEST_SESSION_ENDED, PROBLEM_UNAUTHENTICATED},
    {REQUEST_TOO_MANY, PROBLEM_TOO_MANY_REQUESTS},
    {BLOB_DAMAGED, PROBLEM_DAMAGED},
    {BLOB_FULL, PROBLEM_STORAGE_FULL},
    {UPLOAD_GONE, PROBLEM_UPLOAD_GONE},
    {UPLOAD_OFFSET, PROBLEM_UPLOAD_OFFSET},
    {UPLOAD_HELD, PROBLEM_UPLOAD_BUSY},
    {UPLOAD_TOO_MANY, PROBLEM_TOO_MANY_REQUESTS},
    {UPLOADS_FULL, PROBLEM_BUSY},
};

static enum problem
problem_of(int code)
{
	if (code >= AUTH_HIDDEN && code < AUTH_CODES)
		return authorise_problem(code);
	for (size_t i = 0; i < PN_ARRAY_LEN(refusals); i++) {
		if (refusals[i].code == code)
			return refusals[i].problem;
	}
	return PROBLEM_INTERNAL;
}

void
request_refuse(struct request *req, int code)
{
	enum problem p = problem_of(code);
	const struct route *route = req->match.route;

	if (p == PROBLEM_INTERNAL || p == PROBLEM_DAMAGED)
		log_error("http", "%s %s: %s (%d)", route->method,
		    route->pattern, code < 0 ? strerror(-code) : "code", code);
	request_problem(req, p, NULL, NULL);
}

json_t *
request_fields(struct request *req, const struct json_field *fields, size_t n)
{
	struct json_problem problem;
	int r;

	r = json_read_object(
	    req->body.data != NULL ? req->body.data : (const uint8_t *)"",
	    req->body.len, fields, n, &req->json, &problem);
	if (r == 0)
		return req->json;
	if (r < 0)
		request_refuse(req, r);
	else
		request_problem(req,
		    r == JSON_MALFORMED ? PROBLEM_MALFORMED_JSON
					: PROBLEM_INVALID_FIELD,
		    problem.detail,
		    problem.field[0] != '\0' ? problem.field : NULL);
	return NULL;
}

bool
request_param_id(struct request *req, size_t i, struct id *id_r)
{
	if (id_parse(request_param(req, i), id_r) == 0)
		return true;
	request_problem(req, PROBLEM_NOT_FOUND, NULL, NULL);
	return false;
}

/* Digits only, below 2^63. */
static bool
parse_number(const char *text, uint64_t *n_r)
{
	uint64_t n = 0;
	size_t len = strlen(text);

	if (len == 0 || len > 18)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(text[i] - '0');
	}
	*n_r = n;
	return true;
}

bool
request_limit(struct request *req, size_t def, size_t max, size_t *n_r)
{
	const char *text = request_query(req, "limit");
	uint64_t n;

	*n_r = def;
	if (text == NULL)
		return true;
	if (!parse_number(text, &n) || n < 1 || n > max) {
		request_problem(
		    req, PROBLEM_INVALID_QUERY, "out of range", "limit");
		return false;
	}
	*n_r = (size_t)n;
	return true;
}

bool
request_cursor(struct request *req, uint64_t *cursor_r)
{
	const char *text = request_query(req, "cursor");

	*cursor_r = 0;
	if (text == NULL || (parse_number(text, cursor_r) && *cursor_r > 0))
		return true;
	request_problem(
	    req, PROBLEM_INVALID_QUERY, "not one that was given", "cursor");
	return false;
}

bool
request_cursor_id(struct request *req, bool *have_r, struct id *id_r)
{
	const char *text = request_query(req, "cursor");

	*have_r = text != NULL;
	if (text == NULL || id_parse(text, id_r) == 0)
		return true;
	request_problem(
	    req, PROBLEM_INVALID_QUERY, "not one that was given", "cursor");
	return false;
}
