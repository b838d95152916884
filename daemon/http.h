/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One libmicrohttpd daemon, with one thread, per listening UNIX socket.
 *
 * SECURITY: this is where bytes of local peers come in. The library is lax
 * on ambiguous requests, so everything it lets through is checked again
 * before any of it means something (daemon/admit.h); its time-out is for
 * idle connections only, so each request has a total deadline here; at its
 * connection limit it stops accepting, so each uid is answered 503 well
 * below that. A peer that shuts its side down while it waits for the disk is
 * hung up on, as one that has gone: what it asked for is done all the same.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/attr.h"
#include "daemon/route.h"

struct http;
struct posternd;

enum http_role {
	HTTP_PORTAL,
	HTTP_BRIDGE,
	HTTP_ADMIN,
	HTTP_ROLES,
};

struct http_options {
	struct posternd *d;
	enum http_role role;
	int fd; /* listening; taken over */
	const struct route *const *routes;
	size_t per_uid;    /* connections */
	const uid_t *uids; /* that are expected; all others share a place */
	size_t uids_n;
};

/* "portal", "bridge", "admin": names of the sockets. */
const char *http_role_name(enum http_role role);
int http_start(const struct http_options *o, struct http **h_r) PN_NODISCARD;
/* Shuts down connections past their deadline. */
void http_tick(struct http *h, int64_t boot);
/* Accepts no more connections; those there are told to close. */
void http_quiesce(struct http *h);
/* Requests that are not answered yet. */
size_t http_in_flight(const struct http *h);
/* Nothing may be suspended any more. */
void http_stop(struct http **h);
