/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a connection and its request know of each other. For http.c,
 * request.c, reply.c and later.c only.
 */

#include <microhttpd.h>
#include <stdatomic.h>
#include "base/buf.h"
#include "base/clock.h"
#include "daemon/admit.h"
#include "daemon/http.h"
#include "daemon/pool.h"
#include "daemon/request.h"
#include "daemon/waiters.h"
#include "store/writer.h"

/* From a request's first line to the end of its answer, waits aside. */
#define HTTP_REQUEST_MS (30 * CLOCK_SECOND)
/* Between requests. */
#define HTTP_IDLE_MS (5 * CLOCK_MINUTE)
/* For those over their limit to take their 503. */
#define HTTP_OVER_MS (2 * CLOCK_SECOND)

#define HTTP_CONN_MAGIC 0x70636f6eU
#define REQUEST_MAGIC 0x70726571U

struct http {
	struct http_options o;
	struct MHD_Daemon *mhd;
	atomic_size_t in_flight;
	pthread_mutex_t lock; /* around the rest */
	struct http_conn *conns;
	struct http_uid *uids;
};

struct http_conn {
	uint32_t magic;
	int fd;
	uid_t uid;
	bool over; /* its uid has too many */
	struct http *http;
	_Atomic int64_t deadline; /* clock_boot(); 0: none */
	_Atomic int64_t idle;     /* clock_boot(), since when; 0: it is not */
	struct http_conn *prev;
	struct http_conn *next;
};

#define REQUEST_QUERY_MAX 4
#define REQUEST_QUERY_VALUE 64

struct request_query {
	char name[16];
	char value[REQUEST_QUERY_VALUE + 1];
};

enum request_phase {
	REQUEST_NEW,
	REQUEST_BODY,
	REQUEST_DISCARD, /* its body, before saying what is wrong */
	REQUEST_RUNNING,
	REQUEST_SUSPENDED,
	REQUEST_RESUMED,
	REQUEST_ANSWERED,
};

struct request {
	uint32_t magic;
	enum request_phase phase;
	struct http_conn *hc;
	struct MHD_Connection *conn;
	struct request_info info;
	struct admit admit;
	struct route_match match;
	char *target;      /* owned; cut at the '?' */
	const char *query; /* behind it, or NULL */
	struct request_query queries[REQUEST_QUERY_MAX];
	size_t queries_n;
	enum problem refused; /* with REQUEST_DISCARD */
	bool ambiguous;       /* where it ends is not sure: hang up after */
	struct buf body;
	json_t *json;
	void *state;
	void (*state_fini)(void *);

	/* while it waits, its holder's; result is set before the resume */
	int result;
	void (*then)(struct request *req, int result);
	const struct request_write *write;
	struct writer_op op;
	struct audit audit;
	struct pool_job job;
	int (*work)(struct request *req);
	struct waiter waiter;
};

/* NULL without memory. TARGET is the request line's, raw. */
struct request *request_new(
    struct http_conn *hc, struct MHD_Connection *conn, const char *target);
/* libmicrohttpd's access handler, per request. */
enum MHD_Result request_step(struct request *req, const char *method,
    const char *version, const char *upload, size_t *upload_len);
void request_free(struct request **req);
