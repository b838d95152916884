/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "bridge/door.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include "base/clock.h"
#include "base/log.h"
#include "bridge/inbound.h"
#include "bridge/lmtp.h"

#define OUT_MAX ((size_t)256 * 1024)
#define HOST_MAX 255
#define DOOR_LAST 1000 /* milliseconds for threads to see that it is over */
#define DOOR_PAUSE 200 /* milliseconds, when there are no descriptors */
#define STACK_BYTES ((size_t)512 * 1024)

struct door {
	struct door_settings settings;
	struct parser *parser;
	char hostname[HOST_MAX + 1];
	int stop; /* eventfd, readable once the door closes */
	pthread_mutex_t lock;
	pthread_cond_t gone;
	int fds[DOOR_CONNECTIONS]; /* -1: free */
	unsigned n;
};

struct visit {
	struct door *door;
	int fd;
	size_t place;        /* in fds */
	int64_t end;         /* of the connection */
	int64_t transaction; /* of the mail; 0: none under way */
};

int
door_open(const struct door_settings *settings, struct parser *parser,
    struct door **d_r)
{
	struct door *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	d->settings = *settings;
	d->parser = parser;
	d->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (d->stop < 0) {
		free(d);
		return -errno;
	}
	if (gethostname(d->hostname, HOST_MAX) != 0 || d->hostname[0] == '\0')
		memcpy(d->hostname, "localhost", sizeof("localhost"));
	for (size_t i = 0; i < DOOR_CONNECTIONS; i++)
		d->fds[i] = -1;
	(void)pthread_mutex_init(&d->lock, NULL);
	(void)pthread_cond_init(&d->gone, NULL);
	*d_r = d;
	return 0;
}

/* ---- one connection --------------------------------------------------------
 */

static int
flush(int fd, struct buf *out)
{
	size_t at = 0;

	if (buf_error(out) < 0)
		return buf_error(out);
	while (at < out->len) {
		ssize_t n =
		    send(fd, out->data + at, out->len - at, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EPIPE;
		at += (size_t)n;
	}
	buf_reset(out);
	return 0;
}

static int64_t
next_deadline(const struct visit *v)
{
	int64_t at = clock_boot() + DOOR_IDLE;

	if (at > v->end)
		at = v->end;
	if (v->transaction != 0 && at > v->transaction)
		at = v->transaction;
	return at;
}

/* 1: bytes to read; 0: the time is up, or the door closes and we are idle. */
static int
wait_bytes(const struct visit *v, bool busy)
{
	int64_t deadline = next_deadline(v);

	for (;;) {
		struct pollfd fds[2] = {
		    {.fd = v->fd, .events = POLLIN},
		    {.fd = busy ? -1 : v->door->stop, .events = POLLIN},
		};
		int64_t left = deadline - clock_boot();
		int n;

		if (left <= 0)
			return 0;
		n = poll(fds, 2, (int)left);
		if (n < 0 && errno != EINTR)
			return 0;
		if (n > 0 && fds[1].revents != 0)
			return 0;
		if (n > 0)
			return 1;
	}
}

static void
converse(struct visit *v, struct lmtp *l)
{
	uint8_t in[LMTP_FEED_MAX];
	buf_auto struct buf out = {0};

	buf_init(&out, OUT_MAX);
	lmtp_greet(l, &out);
	while (flush(v->fd, &out) == 0 && !lmtp_done(l)) {
		ssize_t n;

		if (!lmtp_busy(l))
			v->transaction = 0;
		else if (v->transaction == 0)
			v->transaction = clock_boot() + DOOR_TRANSACTION;
		if (wait_bytes(v, lmtp_busy(l)) == 0) {
			lmtp_shut(l, &out);
			continue;
		}
		n = recv(v->fd, in, sizeof(in), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		lmtp_feed(l, in, (size_t)n, &out);
		explicit_bzero(in, (size_t)n);
	}
}

static void
visit_end(struct visit *v)
{
	struct door *d = v->door;

	(void)pthread_mutex_lock(&d->lock);
	(void)close(v->fd);
	d->fds[v->place] = -1;
	d->n--;
	(void)pthread_cond_signal(&d->gone);
	(void)pthread_mutex_unlock(&d->lock);
	free(v);
}

static void *
visit_main(void *context)
{
	struct visit *v = context;
	struct door *d = v->door;
	inbound_auto struct inbound *in = NULL;
	lmtp_auto struct lmtp *l = NULL;
	int r = inbound_open(
	    d->settings.bridge_socket, &d->settings.style, d->parser, &in);

	if (r == 0) {
		const struct lmtp_handler handler = {
		    .recipient = inbound_recipient,
		    .mail = inbound_mail,
		    .context = in,
		};

		r = lmtp_new(&handler, d->hostname, d->settings.size_limit, &l);
	}
	if (r == 0)
		converse(v, l);
	else
		log_error("lmtp", "connection refused: %s", strerror(-r));
	lmtp_free(&l);
	inbound_close(&in);
	visit_end(v);
	return NULL;
}

/* ---- all connections -------------------------------------------------------
 */

static void
turn_away(int fd)
{
	static const char busy[] = "421 4.3.2 Too many connections\r\n";

	(void)send(fd, busy, sizeof(busy) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)close(fd);
}

/* False: no place. */
static bool
place_take(struct door *d, struct visit *v)
{
	bool taken = false;

	(void)pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < DOOR_CONNECTIONS && !taken; i++) {
		if (d->fds[i] >= 0)
			continue;
		d->fds[i] = v->fd;
		d->n++;
		v->place = i;
		taken = true;
	}
	(void)pthread_mutex_unlock(&d->lock);
	return taken;
}

static int
visit_start(struct visit *v)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	r = pthread_create(&thread, &attr, visit_main, v);
	(void)pthread_attr_destroy(&attr);
	return -r;
}

void
door_accept(struct door *d, int listener)
{
	const struct timeval slow = {.tv_sec = 30};
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct visit *v;

	if (fd < 0) {
		/* the connection keeps waiting; not to ask for it at once */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
			log_error("lmtp", "cannot accept: %s", strerror(errno));
			(void)poll(NULL, 0, DOOR_PAUSE);
		}
		return;
	}
	v = calloc(1, sizeof(*v));
	if (v == NULL) {
		turn_away(fd);
		return;
	}
	*v = (struct visit){
	    .door = d, .fd = fd, .end = clock_boot() + DOOR_CONNECTION};
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &slow, sizeof(slow));
	if (!place_take(d, v)) {
		log_warning(
		    "lmtp", "more than %d connections", DOOR_CONNECTIONS);
		turn_away(fd);
		free(v);
		return;
	}
	if (visit_start(v) < 0)
		visit_end(v);
}

static void
wait_gone(struct door *d, int64_t ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += (time_t)(ms / 1000) + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (d->n > 0 && pthread_cond_clockwait(&d->gone, &d->lock,
			       CLOCK_MONOTONIC, &until) == 0)
		;
}

bool
door_close(struct door **d, int64_t grace_ms)
{
	bool empty;

	if (*d == NULL)
		return true;
	(void)eventfd_write((*d)->stop, 1);
	(void)pthread_mutex_lock(&(*d)->lock);
	wait_gone(*d, grace_ms);
	for (size_t i = 0; i < DOOR_CONNECTIONS; i++)
		if ((*d)->fds[i] >= 0)
			(void)shutdown((*d)->fds[i], SHUT_RDWR);
	wait_gone(*d, DOOR_LAST);
	empty = (*d)->n == 0;
	(void)pthread_mutex_unlock(&(*d)->lock);
	if (!empty)
		return false;
	(void)pthread_cond_destroy(&(*d)->gone);
	(void)pthread_mutex_destroy(&(*d)->lock);
	(void)close((*d)->stop);
	free(*d);
	*d = NULL;
	return true;
}
