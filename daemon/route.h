/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Routes as tables. A pattern is a path whose {segments} are parameters:
 * one percent-decoded segment each, never empty. A table ends with a row
 * whose method is NULL.
 */

#include <stdbool.h>
#include <stddef.h>
#include "base/attr.h"

#define ROUTE_PARAMS 2
#define ROUTE_PARAM_MAX 256 /* bytes of a decoded segment */
#define ROUTE_ALLOW_MAX 32

struct request;

enum route_flag {
	ROUTE_SESSION = 1, /* bearer token or cookie must name a session */
	ROUTE_KEY = 2,     /* Idempotency-Key must be there */
	ROUTE_MESSAGE = 4, /* a body that may hold a message, escaped */
	ROUTE_RIGHT = 8,   /* a session, or a frontend by its rights */
	ROUTE_OPEN = 16,   /* anybody; a session, if there is one, is known */
	ROUTE_QUIET = 32,  /* no sign of anybody being there */
	ROUTE_STREAM = 64, /* any body, taken piece by piece: request_take() */
};

struct route {
	const char *method;
	const char *pattern;
	unsigned flags;
	const char *query; /* parameters it takes: "cursor limit"; or NULL */
	size_t body_max;   /* bytes; 0: takes no body */
	void (*handle)(struct request *req);
};

struct route_match {
	const struct route *route;
	char params[ROUTE_PARAMS][ROUTE_PARAM_MAX + 1];
	char allow[ROUTE_ALLOW_MAX]; /* for ROUTE_METHOD: "GET, POST" */
};

/* Positive codes. */
enum route_code {
	ROUTE_NONE = 110, /* no such path */
	ROUTE_METHOD,     /* path, but not by this method */
	ROUTE_MALFORMED,  /* an escape that is none, %00, a control */
};

/*
 * TABLES ends with NULL. PATH is raw (still escaped), without the query.
 * Methods are matched exactly; HEAD and OPTIONS are not offered.
 */
int route_find(const struct route *const *tables, const char *method,
    const char *path, struct route_match *m_r) PN_NODISCARD;
/*
 * Percent-decodes LEN bytes into TO of CAP with a NUL: 0, or ROUTE_MALFORMED
 * for what is no escape, stands for a control character or is too long.
 */
int route_decode(
    const char *from, size_t len, char *to, size_t cap) PN_NODISCARD;
