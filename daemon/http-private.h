/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A socket and its connections. For http.c and conn.c only.
 */

#include <pthread.h>
#include <stdatomic.h>
#include "daemon/http.h"

/* So many above its limit get a 503; further ones are just hung up on. */
#define HTTP_OVER_MAX 16
/* From a request's first line to the end of its answer, waits aside. */
#define HTTP_REQUEST_MS (30 * CLOCK_SECOND)
/* Between requests. */
#define HTTP_IDLE_MS (5 * CLOCK_MINUTE)

/* How long, and how many, so that their peers read the answer. */
#define HTTP_LINGER_MS (2 * CLOCK_SECOND)
#define HTTP_LINGERS 64

/* A socket that the library is done with, and its peer may not be. */
struct http_linger {
	int fd;
	int64_t until; /* clock_boot(); 0: there is none */
};

struct http {
	struct http_options o;
	struct MHD_Daemon *mhd;
	pthread_t thread;
	bool running;
	atomic_bool quiescing;
	atomic_bool ending;
	atomic_size_t in_flight;
	int wake; /* an eventfd */
	atomic_bool woken;
	/* the thread's own */
	struct http_conn *conns;
	struct http_uid *uids; /* one more than expected: all others */
	struct http_linger lingers[HTTP_LINGERS];
	size_t linger; /* the next one's place */
};

struct http_uid {
	uid_t uid;
	size_t count;
};

struct http_conn {
	uint32_t magic;
	int fd;
	uid_t uid;
	bool over; /* its uid has too many */
	bool lingers;
	struct http *http;
	_Atomic int64_t deadline; /* clock_boot(); 0: none */
	_Atomic int64_t idle;     /* clock_boot(), since when; 0: it is not */
	struct http_conn *prev;
	struct http_conn *next;
};

/* libmicrohttpd's. */
void http_on_connection(void *cls, struct MHD_Connection *conn, void **context,
    enum MHD_ConnectionNotificationCode code);
/* NULL: it was hung up on before it was ours. */
struct http_conn *http_conn_of(struct MHD_Connection *conn);
/*
 * Shuts down connections past their deadline, and those that were left; closes
 * those that lingered. INT64_MAX: all of these.
 */
void http_look_around(struct http *h, int64_t boot);
/* After a connection was resumed. Any thread. */
void http_wake(struct http *h);
