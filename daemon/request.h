/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One request, from its headers to its answer. It belongs to the HTTP
 * thread of its socket; while it is suspended (write, work, wait) whoever
 * holds it resumes it exactly once, and its THEN runs on the HTTP thread
 * again.
 *
 * A handler with ROUTE_STREAM runs before the body, which it takes with
 * request_take(); what it leaves is read and thrown away, within bounds, before
 * its answer goes out.
 *
 * A handler ends in one of these ways, and only once:
 *   - request_reply(), request_show(), request_empty(): the answer;
 *   - request_problem(), request_refuse(), request_fail(): what is wrong;
 *   - request_write(), request_work(), request_wait(), request_take(): later,
 *     in THEN.
 *
 * If the peer hangs up while it is suspended THEN may never run: what must
 * follow a commit belongs into COMMITTED.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/secret.h"
#include "daemon/authorise.h"
#include "daemon/brake.h"
#include "daemon/problem.h"
#include "daemon/route.h"
#include "daemon/sessions.h"
#include "store/audit.h"
#include "store/session.h"
#include "store/store.h"

struct http_handler;
struct pool;
struct posternd;
struct request;
struct settings_frontend;

#define REQUEST_KEY_MAX 64

/* Positive codes for request_refuse(). */
enum request_code {
	REQUEST_SESSION_ENDED = 150, /* meanwhile: 401 */
	REQUEST_TOO_MANY,            /* 429 */
};

/* What a handler may look at. */
struct request_info {
	struct posternd *d;
	const struct settings_frontend *frontend; /* portal.sock only */
	struct actor actor;
	uint8_t session[SESSION_HASH_LEN]; /* of ACTOR_PERSON */
	struct sessions_found found;       /* likewise */
	/* for the audit: frontend's name, web.sock, bridge, admin */
	const char *via;
	bool browser;           /* web.sock */
	struct brake_from from; /* the client's address, if it was told */
	const char *key;        /* Idempotency-Key, with ROUTE_KEY */
	const char *device;     /* a browser's device token, or "" */
	const char *last_event; /* Last-Event-ID, or "" */
	/* headers as they came, or "" */
	const char *type; /* Content-Type */
	const char *content_range;
	const char *range;
	const char *if_range;
	const char *method;
	const char *path; /* as sent, without the query */
	const struct buf *body;
};

/* For http_start(), with a struct gate for its argument. */
extern const struct http_handler request_handler;

const struct request_info *request_info(const struct request *req);
/* The I-th {segment} of the path. */
const char *request_param(const struct request *req, size_t i);
/* A query parameter, or NULL. */
const char *request_query(const struct request *req, const char *name);
/*
 * ?limit= between 1 and MAX, DEF if there is none; ?cursor= as a number
 * (0 if none). False: answered.
 */
bool request_limit(struct request *req, size_t def, size_t max, size_t *n_r);
bool request_cursor(struct request *req, uint64_t *cursor_r);
/* ?cursor= as an id; *HAVE_R false if there is none. False: answered. */
bool request_cursor_id(struct request *req, bool *have_r, struct id *id_r);
/* The I-th segment as an id; false: answered with 404. */
bool request_param_id(struct request *req, size_t i, struct id *id_r);
/*
 * The body as an object of exactly FIELDS, owned by the request; NULL:
 * answered.
 */
json_t *request_fields(
    struct request *req, const struct json_field *fields, size_t n);
/*
 * Zeroed memory that lives as long as the request; FINI (may be NULL) then
 * ends it, and it is wiped. Once per request. NULL: answered.
 */
void *request_state(struct request *req, size_t size, void (*fini)(void *));
/* What request_state() gave. */
void *request_state_get(const struct request *req);
/*
 * With ROUTE_STREAM: the body's next CAP bytes, or all that is left of it, into
 * TO, which must stay; THEN gets how many. Fewer than CAP are its last.
 */
void request_take(struct request *req, uint8_t *to, size_t cap,
    void (*then)(struct request *req, size_t len));
/* Bytes of the body that have not come yet. */
uint64_t request_left(const struct request *req);

/* Takes BODY (NULL: out of memory, answered as such). */
void request_reply(struct request *req, unsigned status, json_t *body);
/*
 * Bytes that came from outside, to be shown by a browser and for nothing else.
 * Takes BYTES. NAME: what a file of it would be called.
 */
void request_show(struct request *req, const char *type, const char *name,
    struct secret *bytes);
/* 204 */
void request_empty(struct request *req);
/* DETAIL and FIELD may be NULL; they are shown to the caller. */
void request_problem(
    struct request *req, enum problem p, const char *detail, const char *field);
/* 422: what is wrong with a file, for programs and for a person. */
void request_file_refused(
    struct request *req, const char *reason, const char *words);
/* 403: a code that was sent to somebody; at 0 tries it is gone. */
void request_code_refused(struct request *req, unsigned tries_left);
/* 429, with the seconds to wait. */
void request_too_many(struct request *req, unsigned seconds);
/* A Set-Cookie header of the answer to come; two at most. Copied, wiped. */
void request_set_cookie(struct request *req, const char *text);
/* The hash of the session that a browser's cookie names, live or not. */
bool request_cookie(
    const struct request *req, uint8_t hash_r[static SESSION_HASH_LEN]);
/* A field of the body that is not what it should be: 422. */
void request_bad_field(
    struct request *req, const char *field, const char *detail);
/*
 * Any code of store/ or daemon/: AUTH_*, KV_NOT_FOUND, WRITER_*, POOL_*,
 * IDEM_MISMATCH, THREAD_BROKEN ... and negative errnos, which are logged.
 */
void request_refuse(struct request *req, int code);

/* A file that is to be saved, or a range of it. */
struct request_file {
	const char *type;
	const char *disposition; /* Content-Disposition */
	const char *etag;
	const char *range; /* Content-Range, or NULL: all of it */
	uint64_t size;     /* bytes that are sent */
};

/* READ as for request_stream(), until SIZE bytes were given. */
void request_send(struct request *req, const struct request_file *file,
    ssize_t (*read)(void *state, uint64_t at, char *to, size_t max));
/*
 * An answer without end: READ is asked for bytes on the HTTP thread, as
 * MHD_ContentReaderCallback, with the request's state. Where it has none it
 * calls request_stream_sleep() and returns 0; request_stream_wake(), from any
 * thread, has it asked again. Not after the state's fini.
 */
void request_stream(struct request *req, const char *type,
    ssize_t (*read)(void *state, uint64_t at, char *to, size_t max));
void request_stream_sleep(struct request *req);
void request_stream_wake(struct request *req);

/* One operation of the group-commit writer. */
struct request_write {
	/* Writer's thread; as writer_op.run. */
	int (*run)(struct request *req, struct store_txn *txn);
	/* Writer's thread, once durable; may be NULL. */
	void (*committed)(struct request *req);
	/* HTTP thread: what run() returned, or a WRITER_* code. */
	void (*then)(struct request *req, int result);
	bool essential; /* also on a full disk: the audit of a read */
};

/* W must outlive the request: a static const. */
void request_write(struct request *req, const struct request_write *w);
/*
 * The audit entry AUDIT durable, then THEN: what was read is shown only
 * after. Actor, session, via, time and number are filled in.
 */
void request_audit(struct request *req, const struct audit *audit,
    void (*then)(struct request *req, int result));
/* WORK on a thread of POOL; THEN gets its result, or a POOL_* code. */
void request_work(struct request *req, struct pool *pool,
    int (*work)(struct request *req),
    void (*then)(struct request *req, int result));
/*
 * Until waiters_wake(), or clock_boot() reaches DEADLINE, or the daemon
 * stops. STAMP as waiters_add(). THEN's result is 0 or WRITER_STOPPING.
 */
void request_wait(struct request *req, int64_t deadline, uint64_t stamp,
    void (*then)(struct request *req, int result));
/* Whether the peer has hung up; nobody notices while a request waits. */
bool request_gone(const struct request *req);

/*
 * Fills AUDIT's actor, session, via, time and number (NUMBER 0: takes one)
 * and appends it. Inside a write transaction.
 */
int request_audit_add(struct request *req, struct store_txn *txn,
    struct audit *audit) PN_NODISCARD;
