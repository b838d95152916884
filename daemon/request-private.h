/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A request's inside. For request.c, reply.c and later.c only.
 */

#include "base/buf.h"
#include "daemon/admit.h"
#include "daemon/gate.h"
#include "daemon/http.h"
#include "daemon/pool.h"
#include "daemon/request.h"
#include "daemon/waiters.h"
#include "store/writer.h"

#define REQUEST_MAGIC 0x70726571U

#define REQUEST_COOKIES 2
#define REQUEST_QUERY_MAX 4
#define REQUEST_QUERY_VALUE 64

struct request_query {
	char name[16];
	char value[REQUEST_QUERY_VALUE + 1];
};

enum request_phase {
	REQUEST_NEW,
	REQUEST_BODY,
	REQUEST_TAKING,  /* its body, piece by piece */
	REQUEST_DISCARD, /* its body, before the answer */
	REQUEST_RUNNING,
	REQUEST_SUSPENDED,
	REQUEST_RESUMED,
	REQUEST_ANSWERED,
};

/* When nothing is left of the body: what was held back. For request.c. */
void request_answer_held(struct request *req);

struct request {
	uint32_t magic;
	enum request_phase phase;
	struct http_conn *hc;
	const struct gate *gate;
	struct MHD_Connection *conn;
	struct request_info info;
	struct admit admit;
	struct route_match match;
	char *target;      /* owned; cut at the '?' */
	const char *query; /* behind it, or NULL */
	struct request_query queries[REQUEST_QUERY_MAX];
	size_t queries_n;
	bool ambiguous; /* where it ends is not sure: hang up after */
	uint64_t left;  /* bytes of the body to come */
	struct MHD_Response *held; /* with REQUEST_DISCARD */
	unsigned held_status;
	struct {
		uint8_t *to;
		size_t len, cap;
		void (*then)(struct request *req, size_t len);
	} take; /* with REQUEST_TAKING */
	char cookies[REQUEST_COOKIES][COOKIE_TEXT_MAX];
	size_t cookies_n;
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
