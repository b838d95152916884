/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/request.h"

#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "daemon/posternd.h"
#include "daemon/request-private.h"
#include "daemon/sessions.h"

#define OWNER(ptr, member)                                                     \
	((struct request *)(void *)((char *)(ptr)-offsetof(                    \
	    struct request, member)))

static void
suspend(struct request *req, void (*then)(struct request *req, int result))
{
	req->phase = REQUEST_SUSPENDED;
	req->then = then;
	http_conn_suspend(req->hc, req->conn);
}

/* After this the request is the HTTP thread's, and may be gone. */
static void
resume(struct request *req, int result)
{
	req->result = result;
	req->phase = REQUEST_RESUMED;
	http_conn_resume(req->hc, req->conn);
}

static int
op_run(struct writer_op *op, struct store_txn *txn)
{
	struct request *req = OWNER(op, op);

	return req->write->run(req, txn);
}

static void
op_done(struct writer_op *op, int result)
{
	struct request *req = OWNER(op, op);

	if (result == 0 && req->write->committed != NULL)
		req->write->committed(req);
	resume(req, result);
}

void
request_write(struct request *req, const struct request_write *w)
{
	int r;

	req->write = w;
	req->op = (struct writer_op){
	    .run = op_run, .done = op_done, .essential = w->essential};
	/* first, as it may be done before we return */
	suspend(req, w->then);
	r = posternd_submit(req->info.d, &req->op);
	if (r != 0)
		resume(req, r);
}

int
request_audit_add(
    struct request *req, struct store_txn *txn, struct audit *audit)
{
	const struct request_info *info = &req->info;
	int r;

	if (audit->number == 0)
		audit->number = store_number(txn);
	if (audit->at == 0)
		audit->at = clock_now();
	if (info->actor.kind == ACTOR_PERSON) {
		audit->actor = info->actor.person;
		memcpy(audit->session, info->session, sizeof(audit->session));
	}
	(void)snprintf(audit->via, sizeof(audit->via), "%s", info->via);
	r = audit_add(txn, audit);
	/* a write anyway: the last use may go along */
	if (r == 0 && info->actor.kind == ACTOR_PERSON)
		r = sessions_touch(
		    info->d->sessions, txn, info->session, audit->at);
	return r;
}

static int
audit_run(struct request *req, struct store_txn *txn)
{
	return request_audit_add(req, txn, &req->audit);
}

void
request_audit(struct request *req, const struct audit *audit,
    void (*then)(struct request *req, int result))
{
	static const struct request_write write = {
	    .run = audit_run, .essential = true};
	int r;

	req->audit = *audit;
	req->write = &write;
	req->op = (struct writer_op){
	    .run = op_run, .done = op_done, .essential = true};
	suspend(req, then);
	r = posternd_submit(req->info.d, &req->op);
	if (r != 0)
		resume(req, r);
}

static void
job_run(struct pool_job *job)
{
	struct request *req = OWNER(job, job);

	resume(req, req->work(req));
}

void
request_work(struct request *req, struct pool *pool,
    int (*work)(struct request *req),
    void (*then)(struct request *req, int result))
{
	int r;

	req->work = work;
	req->job.run = job_run;
	suspend(req, then);
	r = pool_submit(pool, &req->job);
	if (r != 0)
		resume(req, r);
}

static void
waiter_wake(struct waiter *w)
{
	struct request *req = OWNER(w, waiter);

	resume(req, req->info.d->stopping ? WRITER_STOPPING : 0);
}

void
request_wait(struct request *req, int64_t deadline, uint64_t stamp,
    void (*then)(struct request *req, int result))
{
	req->waiter =
	    (struct waiter){.wake = waiter_wake, .deadline = deadline};
	suspend(req, then);
	if (!waiters_add(req->info.d->lease_waiters, &req->waiter, stamp))
		waiter_wake(&req->waiter);
}

bool
request_gone(const struct request *req)
{
	return http_conn_gone(req->hc);
}
