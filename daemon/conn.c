/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/http.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/socket.h"
#include "daemon/http-private.h"

#define HTTP_CONN_MAGIC 0x70636f6eU
/* For those over their limit to take their 503. */
#define HTTP_OVER_MS (2 * CLOCK_SECOND)
/* Idle for this long, it is looked at whether anybody is there. */
#define HTTP_LEFT_MS CLOCK_SECOND

/* The last place is that of all strangers together. */
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

	count = ++uid_place(h, hc->uid)->count;
	hc->next = h->conns;
	if (hc->next != NULL)
		hc->next->prev = hc;
	h->conns = hc;
	hc->over = count > h->o.per_uid;
	hc->idle = clock_boot();
	hc->deadline = hc->idle + (hc->over ? HTTP_OVER_MS : HTTP_IDLE_MS);
	if (count > h->o.per_uid + HTTP_OVER_MAX)
		(void)shutdown(hc->fd, SHUT_RDWR);
}

static void
end_linger(struct http_linger *l)
{
	if (l->until != 0)
		(void)close(l->fd);
	l->until = 0;
}

/* The library has sent all, and is about to close its descriptor. */
static void
linger(struct http *h, int fd)
{
	struct http_linger *l = &h->lingers[h->linger++ % HTTP_LINGERS];

	end_linger(l);
	l->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (l->fd >= 0)
		l->until = clock_boot() + HTTP_LINGER_MS;
}

static void
conn_close(struct http *h, struct http_conn *hc)
{
	if (hc->lingers)
		linger(h, hc->fd);
	uid_place(h, hc->uid)->count--;
	if (hc->next != NULL)
		hc->next->prev = hc->prev;
	if (hc->prev != NULL)
		hc->prev->next = hc->next;
	else
		h->conns = hc->next;
	hc->magic = 0;
	free(hc);
}

void
http_on_connection(void *cls, struct MHD_Connection *conn, void **context,
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

struct http_conn *
http_conn_of(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct http_conn *hc = info != NULL ? info->socket_context : NULL;

	return hc != NULL && hc->magic == HTTP_CONN_MAGIC ? hc : NULL;
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
http_look_around(struct http *h, int64_t boot)
{
	for (size_t i = 0; i < HTTP_LINGERS; i++) {
		if (h->lingers[i].until <= boot)
			end_linger(&h->lingers[i]);
	}
	/* a descriptor is closed only after conn_close(), so it is still
	 * this connection's while it is on the list */
	for (struct http_conn *hc = h->conns; hc != NULL; hc = hc->next) {
		int64_t deadline = hc->deadline;

		if ((deadline != 0 && deadline <= boot) || is_left(hc, boot))
			(void)shutdown(hc->fd, SHUT_RDWR);
	}
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
http_conn_linger(struct http_conn *hc)
{
	hc->lingers = true;
}

void
http_conn_suspend(struct http_conn *hc, struct MHD_Connection *conn)
{
	hc->deadline = 0;
	MHD_suspend_connection(conn);
}

void
http_conn_resume(struct http_conn *hc, struct MHD_Connection *conn)
{
	struct http *h = hc->http;

	hc->deadline = clock_boot() + HTTP_REQUEST_MS;
	MHD_resume_connection(conn);
	/* HC may be gone by now */
	http_wake(h);
}
