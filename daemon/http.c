/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/http.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/socket.h"

/* So many above its limit get a 503; further ones are just hung up on. */
#define OVER_MAX 16
#define CONNECTION_MEMORY 32768
/* Idle for this long, it is looked at whether anybody is there. */
#define HTTP_LEFT_MS CLOCK_SECOND
/*
 * Strict, the library answers a missing Host itself, and garbled; admit.c
 * asks for it, and for all else that strict would.
 */
#define STRICT 0

/* From a request's first line to the end of its answer, waits aside. */
#define HTTP_REQUEST_MS (30 * CLOCK_SECOND)
/* Between requests. */
#define HTTP_IDLE_MS (5 * CLOCK_MINUTE)
/* For those over their limit to take their 503. */
#define HTTP_OVER_MS (2 * CLOCK_SECOND)

#define HTTP_CONN_MAGIC 0x70636f6eU

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

struct http_uid {
	uid_t uid;
	size_t count;
};

/* Under the lock. The last place is that of all strangers together. */
static struct http_uid *
uid_place(struct http *h, uid_t uid)
{
	size_t i = 0;

	while (i < h->o.uids_n && h->uids[i].uid != uid)
		i++;
	return &h->uids[i];
}

static void
conn_open(struct http *h, struct http_conn *hc)
{
	size_t count;

	pthread_mutex_lock(&h->lock);
	count = ++uid_place(h, hc->uid)->count;
	hc->next = h->conns;
	if (hc->next != NULL)
		hc->next->prev = hc;
	h->conns = hc;
	pthread_mutex_unlock(&h->lock);
	hc->over = count > h->o.per_uid;
	hc->idle = clock_boot();
	hc->deadline = hc->idle + (hc->over ? HTTP_OVER_MS : HTTP_IDLE_MS);
	if (count > h->o.per_uid + OVER_MAX)
		(void)shutdown(hc->fd, SHUT_RDWR);
}

static void
conn_close(struct http *h, struct http_conn *hc)
{
	pthread_mutex_lock(&h->lock);
	uid_place(h, hc->uid)->count--;
	if (hc->next != NULL)
		hc->next->prev = hc->prev;
	if (hc->prev != NULL)
		hc->prev->next = hc->next;
	else
		h->conns = hc->next;
	pthread_mutex_unlock(&h->lock);
	hc->magic = 0;
	free(hc);
}

static void
on_connection(void *cls, struct MHD_Connection *conn, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct http *h = cls;
	struct http_conn *hc = *context;
	const union MHD_ConnectionInfo *info;
	struct socket_peer peer;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (hc != NULL && hc->magic == HTTP_CONN_MAGIC)
			conn_close(h, hc);
		*context = NULL;
		return;
	}
	info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info == NULL)
		return;
	hc = calloc(1, sizeof(*hc));
	if (hc == NULL || socket_peer(info->connect_fd, &peer) != 0) {
		(void)shutdown(info->connect_fd, SHUT_RDWR);
		free(hc);
		return;
	}
	hc->magic = HTTP_CONN_MAGIC;
	hc->http = h;
	hc->fd = info->connect_fd;
	hc->uid = peer.uid;
	*context = hc;
	conn_open(h, hc);
}

/* NULL: it was hung up on before it was ours. */
static struct http_conn *
conn_of(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct http_conn *hc = info != NULL ? info->socket_context : NULL;

	return hc != NULL && hc->magic == HTTP_CONN_MAGIC ? hc : NULL;
}

/* The only place where the target is still as it was sent. */
static void *
on_target(void *cls, const char *target, struct MHD_Connection *conn)
{
	struct http *h = cls;
	struct http_conn *hc = conn_of(conn);
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
	struct http_conn *hc = conn_of(conn);

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

int
http_start(const struct http_options *o, struct http **h_r)
{
	struct http *h = calloc(1, sizeof(*h));
	unsigned limit =
	    (unsigned)((o->per_uid + OVER_MAX + 1) * (o->uids_n + 1));

	if (h == NULL)
		return -ENOMEM;
	h->o = *o;
	pthread_mutex_init(&h->lock, NULL);
	h->uids = calloc(o->uids_n + 1, sizeof(*h->uids));
	if (h->uids == NULL) {
		http_stop(&h);
		return -ENOMEM;
	}
	for (size_t i = 0; i < o->uids_n; i++)
		h->uids[i].uid = o->uids[i];
	h->mhd = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
				      MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
				      MHD_USE_ERROR_LOG,
	    0, NULL, NULL, on_request, h, MHD_OPTION_EXTERNAL_LOGGER,
	    on_library_log, NULL, MHD_OPTION_LISTEN_SOCKET, o->fd,
	    MHD_OPTION_CONNECTION_LIMIT, limit, MHD_OPTION_CONNECTION_TIMEOUT,
	    0U, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
	    MHD_OPTION_STRICT_FOR_CLIENT, STRICT, MHD_OPTION_URI_LOG_CALLBACK,
	    on_target, h, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_END);
	if (h->mhd == NULL) {
		http_stop(&h);
		return -EIO;
	}
	*h_r = h;
	return 0;
}

/*
 * The library polls on edges and can miss the one that says a peer has gone,
 * when it comes right behind some bytes that make no request.
 */
static bool
is_left(const struct http_conn *hc, int64_t boot)
{
	int64_t idle = hc->idle;

	return idle != 0 && boot - idle > HTTP_LEFT_MS && http_conn_gone(hc);
}

void
http_tick(struct http *h, int64_t boot)
{
	/* a descriptor is closed only after conn_close(), so it is still
	 * this connection's while it is on the list */
	pthread_mutex_lock(&h->lock);
	for (struct http_conn *hc = h->conns; hc != NULL; hc = hc->next) {
		int64_t deadline = hc->deadline;

		if ((deadline != 0 && deadline <= boot) || is_left(hc, boot))
			(void)shutdown(hc->fd, SHUT_RDWR);
	}
	pthread_mutex_unlock(&h->lock);
}

void
http_quiesce(struct http *h)
{
	MHD_socket fd = MHD_quiesce_daemon(h->mhd);

	if (fd != MHD_INVALID_SOCKET)
		(void)close(fd);
}

size_t
http_in_flight(const struct http *h)
{
	return h->in_flight;
}

void
http_stop(struct http **h)
{
	if (*h == NULL)
		return;
	if ((*h)->mhd != NULL)
		MHD_stop_daemon((*h)->mhd);
	pthread_mutex_destroy(&(*h)->lock);
	free((*h)->uids);
	free(*h);
	*h = NULL;
}

void *
http_conn_arg(const struct http_conn *hc)
{
	return hc->http->o.arg;
}

uid_t
http_conn_uid(const struct http_conn *hc)
{
	return hc->uid;
}

bool
http_conn_over(const struct http_conn *hc)
{
	return hc->over;
}

bool
http_conn_gone(const struct http_conn *hc)
{
	char byte;

	return recv(hc->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void
http_conn_hang_up(struct http_conn *hc)
{
	(void)shutdown(hc->fd, SHUT_RDWR);
}

void
http_conn_pause(struct http_conn *hc)
{
	hc->deadline = 0;
}

void
http_conn_resume(struct http_conn *hc)
{
	hc->deadline = clock_boot() + HTTP_REQUEST_MS;
}
