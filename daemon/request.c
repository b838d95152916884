/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "base/secret.h"
#include "base/settings.h"
#include "daemon/caller.h"
#include "daemon/posternd.h"
#include "daemon/request-private.h"
#include "store/attachment.h"

#define TARGET_MAX 2048
/* JSON may write a byte as \u001f; and some room for the rest. */
#define ESCAPE_MAX 6
#define MESSAGE_EXTRA 1024
/* a file's name, escaped, and its upload */
#define ATTACHMENT_EXTRA (ATTACHMENT_NAME_MAX * ESCAPE_MAX + 128)

static void *
request_begin(
    struct http_conn *hc, struct MHD_Connection *conn, const char *target)
{
	struct request *req = calloc(1, sizeof(*req));
	char *mark;

	if (req == NULL)
		return NULL;
	/* it may hold an external id */
	req->target = secret_malloc(strlen(target) + 1);
	if (req->target == NULL) {
		free(req);
		return NULL;
	}
	memcpy(req->target, target, strlen(target) + 1);
	mark = strchr(req->target, '?');
	if (mark != NULL) {
		*mark = '\0';
		req->query = mark + 1;
	}
	req->magic = REQUEST_MAGIC;
	req->hc = hc;
	req->gate = http_conn_arg(hc);
	req->conn = conn;
	req->info.d = req->gate->d;
	req->info.path = req->target;
	req->info.body = &req->body;
	req->info.key = req->admit.key;
	req->info.device = req->admit.device;
	req->info.last_event = req->admit.last_event;
	req->info.type = req->admit.type;
	req->info.content_range = req->admit.content_range;
	req->info.range = req->admit.range;
	req->info.if_range = req->admit.if_range;
	admit_init(&req->admit);
	return req;
}

static void
request_end(void *request)
{
	struct request *req = request;

	if (req->magic != REQUEST_MAGIC)
		return;
	if (req->state != NULL && req->state_fini != NULL)
		req->state_fini(req->state);
	secret_free(req->state);
	if (req->held != NULL)
		MHD_destroy_response(req->held);
	json_decref(req->json);
	buf_fini(&req->body);
	admit_fini(&req->admit);
	secret_free(req->target);
	sodium_memzero(req, sizeof(*req));
	free(req);
}

static enum MHD_Result
each_header(void *cls, enum MHD_ValueKind kind, const char *name,
    size_t name_len, const char *value, size_t len)
{
	struct request *req = cls;

	(void)kind;
	admit_header(&req->admit, name, name_len, value, len);
	return MHD_YES;
}

/* Whether NAME is one of the words of LIST. */
static bool
is_listed(const char *list, const char *name, size_t len)
{
	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list, " ");

		if (n == len && memcmp(list, name, len) == 0)
			return true;
		list += n + strspn(list + n, " ");
	}
	return false;
}

static enum problem
take_query(struct request *req, const char *pair, size_t len)
{
	struct request_query *q = &req->queries[req->queries_n];
	const char *eq = memchr(pair, '=', len);
	size_t name_len = eq != NULL ? (size_t)(eq - pair) : len;

	if (req->queries_n == REQUEST_QUERY_MAX || eq == NULL ||
	    name_len >= sizeof(q->name) ||
	    !is_listed(req->match.route->query, pair, name_len))
		return PROBLEM_INVALID_QUERY;
	memcpy(q->name, pair, name_len);
	q->name[name_len] = '\0';
	if (request_query(req, q->name) != NULL ||
	    route_decode(
		eq + 1, len - name_len - 1, q->value, sizeof(q->value)) != 0)
		return PROBLEM_INVALID_QUERY;
	req->queries_n++;
	return PROBLEM_NONE;
}

static enum problem
check_query(struct request *req)
{
	const char *at = req->query;
	enum problem p = PROBLEM_NONE;

	while (at != NULL && p == PROBLEM_NONE) {
		size_t len = strcspn(at, "&");

		p = take_query(req, at, len);
		at = at[len] == '&' ? at + len + 1 : NULL;
	}
	return p;
}

static enum problem
check_route(struct request *req, const char *method)
{
	switch (
	    route_find(req->gate->routes, method, req->target, &req->match)) {
	case 0:
		req->info.method = req->match.route->method;
		return PROBLEM_NONE;
	case ROUTE_METHOD:
		return PROBLEM_METHOD_NOT_ALLOWED;
	case ROUTE_MALFORMED:
		return PROBLEM_MALFORMED_REQUEST;
	default:
		return PROBLEM_NOT_FOUND;
	}
}

static size_t
target_len(const struct request *req)
{
	size_t len = strlen(req->target);

	return req->query != NULL ? len + 1 + strlen(req->query) : len;
}

/* Bytes of request line and headers as they came in. */
static size_t
head_size(const struct request *req)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    req->conn, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	return info != NULL ? info->header_size : 0;
}

static bool
is_target(const struct request *req)
{
	if (target_len(req) > TARGET_MAX || req->target[0] != '/')
		return false;
	for (const char *p = req->target; *p != '\0'; p++) {
		if (*p <= 0x20 || *p == 0x7f || *p == '#')
			return false;
	}
	return strstr(req->target, "%00") == NULL;
}

static enum problem
check_target(struct request *req, const char *method, const char *version)
{
	enum problem p;

	if (!is_target(req) || strcmp(version, "HTTP/1.1") != 0)
		return PROBLEM_MALFORMED_REQUEST;
	(void)MHD_get_connection_values_n(
	    req->conn, MHD_HEADER_KIND, each_header, req);
	p = admit_head(&req->admit,
	    strlen(method) + target_len(req) + strlen(version), head_size(req));
	return p != PROBLEM_NONE ? p : check_route(req, method);
}

static size_t
body_max(const struct request *req)
{
	const struct route *route = req->match.route;
	const struct settings *s = req->info.d->settings;

	if ((route->flags & ROUTE_STREAM) != 0)
		return (size_t)s->limits.attachment_bytes;
	if ((route->flags & ROUTE_MESSAGE) == 0)
		return route->body_max;
	return (size_t)s->limits.message_bytes * ESCAPE_MAX + MESSAGE_EXTRA +
	       (size_t)s->limits.message_attachments * ATTACHMENT_EXTRA;
}

/* All that can be said before the body is read. */
static enum problem
check(struct request *req, const char *method, const char *version)
{
	const struct route *route;
	enum problem p;

	if (http_conn_over(req->hc))
		return PROBLEM_TOO_MANY_CONNECTIONS;
	if (req->info.d->stopping)
		return PROBLEM_STOPPING;
	p = caller_peer(req);
	if (p == PROBLEM_NONE)
		p = check_target(req, method, version);
	if (p != PROBLEM_NONE)
		return p;
	route = req->match.route;
	p = caller_browser(req);
	if (p == PROBLEM_NONE)
		p = caller_session(req);
	if (p == PROBLEM_NONE)
		p = (route->flags & ROUTE_STREAM) != 0
			? admit_stream(&req->admit, body_max(req))
			: admit_body(&req->admit, body_max(req));
	if (p == PROBLEM_NONE)
		p = check_query(req);
	if (p == PROBLEM_NONE && (route->flags & ROUTE_KEY) != 0 &&
	    req->admit.key[0] == '\0')
		p = PROBLEM_KEY_REQUIRED;
	buf_init(&req->body, body_max(req));
	return p;
}

/* What the library keeps until it is overwritten; its memory is no constant. */
static void
wipe(const char *upload, size_t len)
{
	sodium_memzero((void *)(uintptr_t)upload, len);
}

static void
start(struct request *req, const char *method, const char *version)
{
	enum problem p = check(req, method, version);

	req->left = req->admit.length > 0 ? (uint64_t)req->admit.length : 0;
	req->ambiguous = p == PROBLEM_MALFORMED_REQUEST;
	if (p != PROBLEM_NONE)
		request_problem(req, p, NULL, NULL);
	else if ((req->match.route->flags & ROUTE_STREAM) != 0)
		req->match.route->handle(req);
	else
		req->phase = REQUEST_BODY;
}

static void
gather(struct request *req, const char *upload, size_t *upload_len)
{
	if (*upload_len > 0) {
		buf_add(&req->body, upload, *upload_len);
		wipe(upload, *upload_len);
		req->left -= *upload_len;
		*upload_len = 0;
		return;
	}
	req->phase = REQUEST_RUNNING;
	if (buf_error(&req->body) != 0)
		request_problem(req, PROBLEM_TOO_LARGE, NULL, NULL);
	else
		req->match.route->handle(req);
}

static void
discard(struct request *req, const char *upload, size_t *upload_len)
{
	if (*upload_len > 0) {
		wipe(upload, *upload_len);
		*upload_len = 0;
	} else {
		request_answer_held(req);
	}
}

void
request_take(struct request *req, uint8_t *to, size_t cap,
    void (*then)(struct request *req, size_t len))
{
	req->phase = REQUEST_TAKING;
	req->take.to = to;
	req->take.len = 0;
	req->take.cap = cap;
	req->take.then = then;
}

uint64_t
request_left(const struct request *req)
{
	return req->left;
}

/* As much of *UPLOAD as there is room for; at a body's end that is NULL. */
static void
take_some(struct request *req, const char **upload, size_t *upload_len)
{
	size_t n = req->take.cap - req->take.len;

	if (n > *upload_len)
		n = *upload_len;
	if (n == 0)
		return;
	memcpy(req->take.to + req->take.len, *upload, n);
	wipe(*upload, n);
	req->take.len += n;
	req->left -= n;
	*upload += n;
	*upload_len -= n;
}

/*
 * The library asks again for what it was not freed of, but only once something
 * else happens: a piece is left with it only while the request is suspended.
 */
static void
take(struct request *req, const char *upload, size_t *upload_len)
{
	bool end = *upload_len == 0;

	while (req->phase == REQUEST_TAKING) {
		take_some(req, &upload, upload_len);
		/* the last piece waits for the library's word that it was */
		if (!end && (req->take.len < req->take.cap || req->left == 0))
			return;
		req->phase = REQUEST_RUNNING;
		req->take.then(req, req->take.len);
	}
	if (req->phase == REQUEST_DISCARD && *upload_len > 0)
		discard(req, upload, upload_len);
}

static void
go_on(struct request *req, const char *upload, size_t *upload_len)
{
	req->phase = REQUEST_RUNNING;
	req->then(req, req->result);
	/* it may have been the body's last, or there is more in hand */
	if (*upload_len == 0)
		return;
	if (req->phase == REQUEST_TAKING)
		take(req, upload, upload_len);
	else if (req->phase == REQUEST_DISCARD)
		discard(req, upload, upload_len);
}

static enum MHD_Result
request_step(void *request, const char *method, const char *version,
    const char *upload, size_t *upload_len)
{
	struct request *req = request;

	if (req->magic != REQUEST_MAGIC)
		return MHD_NO;
	switch (req->phase) {
	case REQUEST_NEW:
		start(req, method, version);
		break;
	case REQUEST_DISCARD:
		discard(req, upload, upload_len);
		break;
	case REQUEST_BODY:
		gather(req, upload, upload_len);
		break;
	case REQUEST_TAKING:
		take(req, upload, upload_len);
		break;
	case REQUEST_RESUMED:
		go_on(req, upload, upload_len);
		break;
	default:
		*upload_len = 0;
		break;
	}
	return MHD_YES;
}

const struct http_handler request_handler = {
    .begin = request_begin,
    .step = request_step,
    .end = request_end,
};

const struct request_info *
request_info(const struct request *req)
{
	return &req->info;
}

const char *
request_param(const struct request *req, size_t i)
{
	return req->match.params[i];
}

const char *
request_query(const struct request *req, const char *name)
{
	for (size_t i = 0; i < req->queries_n; i++) {
		if (strcmp(req->queries[i].name, name) == 0)
			return req->queries[i].value;
	}
	return NULL;
}

void *
request_state(struct request *req, size_t size, void (*fini)(void *))
{
	req->state = secret_malloc(size);
	if (req->state == NULL) {
		request_refuse(req, -ENOMEM);
		return NULL;
	}
	memset(req->state, 0, size);
	req->state_fini = fini;
	return req->state;
}

void *
request_state_get(const struct request *req)
{
	return req->state;
}
