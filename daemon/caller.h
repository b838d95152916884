/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who sends a request: the socket's peer, and the session it names. For
 * request.c only.
 *
 * SECURITY: on web.sock the peer is a reverse proxy, and whoever is behind it
 * is a browser that any page may make send something, cookie and all. So a
 * write must come from the portal's own origin and bear the session's CSRF
 * token, and reading cross-site is refused, too.
 */

#include "base/attr.h"
#include "daemon/problem.h"

struct request;

/* Whether the peer may use this socket; sets actor and via. */
enum problem caller_peer(struct request *req) PN_NODISCARD;
/* What only browsers send; after the headers, before the route. */
enum problem caller_browser(struct request *req) PN_NODISCARD;
/* The session, as the route wants one. */
enum problem caller_session(struct request *req) PN_NODISCARD;
