/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One JSON request at a time to posternd over one of its UNIX sockets. The
 * connection is kept open between calls and opened again when the daemon was
 * restarted. Not thread-safe: one client per thread. A library of its own
 * (libclient.a, with libcurl): posternd, which holds the keys, never links it.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"

#define CLIENT_REPLY_MAX (8 << 20) /* bytes */

struct client;

struct client_reply {
	int status;   /* HTTP status, 100..599 */
	json_t *body; /* NULL when the reply has none (204) */
};

/*
 * 0, -ENOMEM or -ENAMETOOLONG. Does not connect yet. Call
 * curl_global_init() before the first thread starts.
 */
int client_open(const char *path, struct client **c_r) PN_NODISCARD;
void client_close(struct client **c);

/* ABORT is asked about once a second in a call; true ends it: -ECANCELED. */
void client_abort_when(
    struct client *c, bool (*abort)(void *context), void *context);

/*
 * METHOD is "GET", "POST", "PUT" or "DELETE"; TARGET begins with '/' and is
 * already percent-encoded; BODY may be NULL and stays the caller's. TIMEOUT_MS
 * covers all of the call. Any HTTP status is a good return: look at it.
 * -ENOENT, -ECONNREFUSED, -EACCES: nobody listens, or we may not connect;
 * -ETIMEDOUT; -ECONNRESET: the connection broke, and whether the request was
 * carried out is unknown; -ECANCELED: the same, as told; -EPROTO: the reply is
 * no JSON, or too long; -ENOMEM. REPLY_R starts as {0} and is released by
 * client_reply_fini().
 */
int client_call(struct client *c, const char *method, const char *target,
    json_t *body, int64_t timeout_ms,
    struct client_reply *reply_r) PN_NODISCARD;
void client_reply_fini(struct client_reply *reply);

/* "detail" of a problem+json reply, else its "title", else "". */
const char *client_reply_detail(const struct client_reply *reply);

#define client_auto PN_CLEANUP(client_close)
#define client_reply_auto PN_CLEANUP(client_reply_fini)
