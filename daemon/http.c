/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "daemon/http.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/clock.h"
#include "daemon/http-private.h"

#define CONNECTION_MEMORY 32768
/* How often deadlines are looked at. */
#define HTTP_LOOK_MS 250
/*
 * Strict, the library answers a missing Host itself, and garbled; admit.c
 * asks for it, and for all else that strict would.
 */
#define STRICT 0

/* The only place where the target is still as it was sent. */
static void *
on_target(void *cls, const char *target, struct MHD_Connection *conn)
{
	struct http *h = cls;
	struct http_conn *hc = http_conn_of(conn);
	void *request =
	    hc != NULL ? h->o.handler->begin(hc, conn, target) : NULL;

	if (request == NULL)
		return NULL;
	h->in_flight++;
	hc->idle = 0;
	if (!hc->over)
		hc->deadline = clock_boot() + HTTP_REQUEST_MS;
	return request;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *conn, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **context)
{
	struct http *h = cls;

	(void)conn;
	(void)url;
	if (*context == NULL)
		return MHD_NO;
	return h->o.handler->step(
	    *context, method, version, upload, upload_len);
}

static void
on_completed(void *cls, struct MHD_Connection *conn, void **context,
    enum MHD_RequestTerminationCode code)
{
	struct http *h = cls;
	struct http_conn *hc = http_conn_of(conn);

	(void)code;
	if (*context == NULL)
		return;
	h->o.handler->end(*context);
	*context = NULL;
	h->in_flight--;
	if (hc == NULL)
		return;
	hc->idle = clock_boot();
	if (!hc->over)
		hc->deadline = hc->idle + HTTP_IDLE_MS;
}

/* The library's messages may quote a request. */
static void PN_PRINTF(2, 0)
    on_library_log(void *cls, const char *fmt, va_list args)
{
	(void)cls;
	(void)fmt;
	(void)args;
}

static void
stop_accepting(struct http *h)
{
	MHD_socket fd = MHD_quiesce_daemon(h->mhd);

	if (fd != MHD_INVALID_SOCKET)
		(void)close(fd);
}

void
http_wake(struct http *h)
{
	const uint64_t one = 1;

	/* it cannot overflow: one wake is enough for all until it is taken */
	if (!atomic_exchange(&h->woken, true) &&
	    write(h->wake, &one, sizeof(one)) < 0)
		h->woken = false;
}

/* Before the library runs: what was resumed by then, it sees. */
static void
take_wake(struct http *h)
{
	uint64_t count;

	if (h->woken && read(h->wake, &count, sizeof(count)) > 0)
		h->woken = false;
}

/*
 * The library's own thread takes events by 128 until it gets fewer, and
 * waits without end for the next when there were exactly that many: all of
 * them then stay unanswered until something else happens. Run from here it
 * never waits itself; but whoever resumes a connection must wake us, as a run
 * can take in the library's own sign for it and not act on it.
 */
static void *
http_thread(void *arg)
{
	struct http *h = arg;
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(h->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fds[] = {{.fd = info->epoll_fd, .events = POLLIN},
	    {.fd = h->wake, .events = POLLIN}};
	int64_t looked = 0;
	bool accepting = true;

	(void)pthread_setname_np(pthread_self(), "http");
	while (!h->ending) {
		MHD_UNSIGNED_LONG_LONG wait;
		int64_t boot = clock_boot();

		if (boot - looked >= HTTP_LOOK_MS) {
			looked = boot;
			http_look_around(h, boot);
		}
		if (accepting && h->quiescing) {
			accepting = false;
			stop_accepting(h);
		}
		if (MHD_get_timeout(h->mhd, &wait) != MHD_YES ||
		    wait > HTTP_LOOK_MS)
			wait = HTTP_LOOK_MS;
		(void)poll(fds, PN_ARRAY_LEN(fds), (int)wait);
		take_wake(h);
		(void)MHD_run(h->mhd);
	}
	return NULL;
}

static int
start_library(struct http *h)
{
	unsigned limit =
	    (unsigned)((h->o.per_uid + HTTP_OVER_MAX + 1) * (h->o.uids_n + 1));

	h->mhd = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
				      MHD_USE_ITC | MHD_USE_ERROR_LOG,
	    0, NULL, NULL, on_request, h, MHD_OPTION_EXTERNAL_LOGGER,
	    on_library_log, NULL, MHD_OPTION_LISTEN_SOCKET, h->o.fd,
	    MHD_OPTION_CONNECTION_LIMIT, limit, MHD_OPTION_CONNECTION_TIMEOUT,
	    0U, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
	    MHD_OPTION_STRICT_FOR_CLIENT, STRICT, MHD_OPTION_URI_LOG_CALLBACK,
	    on_target, h, MHD_OPTION_NOTIFY_CONNECTION, http_on_connection, h,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_END);
	return h->mhd != NULL ? 0 : -EIO;
}

int
http_start(const struct http_options *o, struct http **h_r)
{
	struct http *h = calloc(1, sizeof(*h));
	int r;

	if (h == NULL)
		return -ENOMEM;
	h->o = *o;
	h->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	h->uids = calloc(o->uids_n + 1, sizeof(*h->uids));
	r = h->uids == NULL ? -ENOMEM : h->wake < 0 ? -errno : 0;
	for (size_t i = 0; r == 0 && i < o->uids_n; i++)
		h->uids[i].uid = o->uids[i];
	if (r == 0)
		r = start_library(h);
	if (r == 0) {
		r = -pthread_create(&h->thread, NULL, http_thread, h);
		h->running = r == 0;
	}
	if (r != 0)
		http_stop(&h);
	else
		*h_r = h;
	return r;
}

void
http_quiesce(struct http *h)
{
	h->quiescing = true;
	http_wake(h);
}

size_t
http_in_flight(const struct http *h)
{
	return h->in_flight;
}

void
http_stop(struct http **h_p)
{
	struct http *h = *h_p;

	if (h == NULL)
		return;
	if (h->running) {
		h->ending = true;
		http_wake(h);
		(void)pthread_join(h->thread, NULL);
	}
	if (h->mhd != NULL)
		MHD_stop_daemon(h->mhd);
	http_look_around(h, INT64_MAX);
	if (h->wake >= 0)
		(void)close(h->wake);
	free(h->uids);
	free(h);
	*h_p = NULL;
}
