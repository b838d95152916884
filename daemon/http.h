/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One libmicrohttpd daemon, run by one thread, per listening UNIX socket.
 *
 * SECURITY: this is where bytes of local peers come in. The library is lax
 * on ambiguous requests, so everything it lets through is checked again
 * before any of it means something (daemon/admit.h); its time-out is for
 * idle connections only, so each request has a total deadline here; at its
 * connection limit it stops accepting, so each uid is answered 503 well
 * below that. A peer that shuts its side down while it waits for the disk is
 * hung up on, as one that has gone: what it asked for is done all the same.
 */

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/attr.h"

struct http;
struct http_conn;

/* Whom requests are handed to; on the socket's own thread. */
struct http_handler {
	/* A first line has come, with TARGET as it was sent. NULL: no memory.
	 */
	void *(*begin)(struct http_conn *hc, struct MHD_Connection *conn,
	    const char *target);
	/* As libmicrohttpd's access handler. */
	enum MHD_Result (*step)(void *request, const char *method,
	    const char *version, const char *upload, size_t *upload_len);
	/* It is answered, or its peer has gone. */
	void (*end)(void *request);
};

struct http_options {
	const struct http_handler *handler;
	void *arg;         /* http_conn_arg() */
	int fd;            /* listening; taken over */
	size_t per_uid;    /* connections */
	const uid_t *uids; /* that are expected; all others share a place */
	size_t uids_n;
};

int http_start(const struct http_options *o, struct http **h_r) PN_NODISCARD;
/* Soon accepts no more connections; those there are told to close. */
void http_quiesce(struct http *h);
/* Requests that are not answered yet. */
size_t http_in_flight(const struct http *h);
/* Nothing may be suspended any more. */
void http_stop(struct http **h);

void *http_conn_arg(const struct http_conn *hc);
uid_t http_conn_uid(const struct http_conn *hc);
/* Its uid has too many: it may only be told so. */
bool http_conn_over(const struct http_conn *hc);
/* Whether the peer has hung up; the library does not look while suspended. */
bool http_conn_gone(const struct http_conn *hc);
void http_conn_hang_up(struct http_conn *hc);
/*
 * It is answered in the middle of what it sends, and then closed. A peer that
 * goes on sending, as nginx does, would see a broken pipe before the answer: so
 * the socket stays open for a while, unread.
 */
void http_conn_linger(struct http_conn *hc);
/* While its request is suspended it has no deadline; after that a new one. */
void http_conn_suspend(struct http_conn *hc, struct MHD_Connection *conn);
/* Any thread. HC may be gone on return. */
void http_conn_resume(struct http_conn *hc, struct MHD_Connection *conn);
