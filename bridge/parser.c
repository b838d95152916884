/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/parser.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "base/clock.h"
#include "bridge/child.h"
#include "bridge/fdpass.h"

#define FORK_TIMEOUT 5000 /* milliseconds until the server has answered */

struct slot {
	bool busy;
	int fd; /* -1: no child */
	int pidfd;
	unsigned mails;
};

struct parser {
	pid_t server;
	int socket;
	pthread_mutex_t lock;    /* of the slots */
	pthread_mutex_t forking; /* one request to the server at a time */
	pthread_cond_t freed;
	struct slot slots[PARSER_CHILDREN];
};

int
parser_start(const struct classify_own *own, struct parser **p_r)
{
	struct parser *p = calloc(1, sizeof(*p));
	int pair[2];

	if (p == NULL)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		free(p);
		return -errno;
	}
	p->server = fork();
	if (p->server == 0)
		child_server(pair[1], own);
	(void)close(pair[1]);
	p->socket = pair[0];
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_mutex_init(&p->forking, NULL);
	(void)pthread_cond_init(&p->freed, NULL);
	for (size_t i = 0; i < PARSER_CHILDREN; i++)
		p->slots[i].fd = p->slots[i].pidfd = -1;
	*p_r = p;
	if (p->server < 0) {
		parser_stop(p_r);
		return -EAGAIN;
	}
	return 0;
}

/* Kills it, in case it is not on its way out anyway. */
static void
slot_drop(struct slot *s)
{
	if (s->fd < 0)
		return;
	(void)syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0);
	(void)close(s->pidfd);
	(void)close(s->fd);
	s->fd = s->pidfd = -1;
	s->mails = 0;
}

void
parser_stop(struct parser **p)
{
	if (*p == NULL)
		return;
	for (size_t i = 0; i < PARSER_CHILDREN; i++)
		slot_drop(&(*p)->slots[i]);
	(void)close((*p)->socket);
	if ((*p)->server > 0)
		(void)waitpid((*p)->server, NULL, 0);
	(void)pthread_mutex_destroy(&(*p)->lock);
	(void)pthread_mutex_destroy(&(*p)->forking);
	(void)pthread_cond_destroy(&(*p)->freed);
	free(*p);
	*p = NULL;
}

int
parser_fd(const struct parser *p)
{
	return p->socket;
}

/* ---- a child of one's own -------------------------------------------------
 */

static struct slot *
slot_take(struct parser *p)
{
	struct slot *found = NULL;

	(void)pthread_mutex_lock(&p->lock);
	for (;;) {
		for (size_t i = 0; i < PARSER_CHILDREN; i++) {
			struct slot *s = &p->slots[i];

			if (!s->busy && (found == NULL || s->fd >= 0))
				found = s;
		}
		if (found != NULL)
			break;
		(void)pthread_cond_wait(&p->freed, &p->lock);
	}
	found->busy = true;
	(void)pthread_mutex_unlock(&p->lock);
	return found;
}

static void
slot_give(struct parser *p, struct slot *s)
{
	(void)pthread_mutex_lock(&p->lock);
	s->busy = false;
	(void)pthread_cond_signal(&p->freed);
	(void)pthread_mutex_unlock(&p->lock);
}

static int
wait_for(int fd, short events, int64_t deadline)
{
	for (;;) {
		struct pollfd pfd = {.fd = fd, .events = events};
		int64_t left = deadline - clock_boot();
		int n;

		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(&pfd, 1, (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

static int
ask_server(struct parser *p, int child_end, int *pidfd_r)
{
	uint8_t byte;
	int r = fdpass_send(p->socket, CHILD_BYTE, child_end);

	*pidfd_r = -1;
	if (r == 0)
		r = wait_for(p->socket, POLLIN, clock_boot() + FORK_TIMEOUT);
	if (r == 0)
		r = fdpass_receive(p->socket, &byte, pidfd_r);
	/* a late answer would be taken for the next one's: end it there */
	if (r < 0)
		(void)shutdown(p->socket, SHUT_RDWR);
	if (r == 0 && *pidfd_r < 0)
		r = -EAGAIN;
	return r;
}

static int
slot_fork(struct parser *p, struct slot *s)
{
	int pair[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -errno;
	(void)pthread_mutex_lock(&p->forking);
	r = ask_server(p, pair[1], &s->pidfd);
	(void)pthread_mutex_unlock(&p->forking);
	(void)close(pair[1]);
	if (r < 0) {
		(void)close(pair[0]);
		return r;
	}
	s->fd = pair[0];
	s->mails = 0;
	return 0;
}

/* ---- one mail -------------------------------------------------------------
 */

static int
send_all(int fd, const void *data, size_t len, int64_t deadline)
{
	const uint8_t *at = data;

	while (len > 0) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		int r = 0;

		if (n < 0 && errno == EAGAIN)
			r = wait_for(fd, POLLOUT, deadline);
		else if (n < 0 && errno != EINTR)
			r = -errno;
		if (r < 0)
			return r;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int
receive_verdict(int fd, struct verdict *v_r, int64_t deadline)
{
	size_t len = 0;

	while (len < sizeof(*v_r)) {
		int r = wait_for(fd, POLLIN, deadline);
		ssize_t n;

		if (r < 0)
			return r;
		n = recv(
		    fd, (uint8_t *)v_r + len, sizeof(*v_r) - len, MSG_DONTWAIT);
		if (n == 0)
			return -EPIPE;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		len += n > 0 ? (size_t)n : 0;
	}
	return verdict_valid(v_r, classify_rules()) ? 0 : -EBADMSG;
}

static int
slot_judge(struct slot *s, const struct classify_envelope *envelope,
    const uint8_t *data, size_t len, struct verdict *v_r)
{
	struct child_job job = {
	    .magic = CHILD_JOB_MAGIC,
	    .len = (uint32_t)len,
	    .null_sender = envelope->null_sender,
	    .to_bounce = envelope->to_bounce,
	    .unknown = envelope->unknown,
	};
	int64_t deadline = clock_boot() + PARSER_TIMEOUT;
	int r = send_all(s->fd, &job, sizeof(job), deadline);

	if (r == 0)
		r = send_all(s->fd, data, len, deadline);
	if (r == 0)
		r = receive_verdict(s->fd, v_r, deadline);
	if (r == 0 && ++s->mails < CHILD_MAILS_MAX)
		return 0;
	slot_drop(s);
	return r;
}

int
parser_judge(struct parser *p, const struct classify_envelope *envelope,
    const uint8_t *data, size_t len, struct verdict *v_r)
{
	struct slot *s = slot_take(p);
	bool used = s->fd >= 0;
	int r = 0;

	if (len > CLASSIFY_MAIL_MAX)
		len = CLASSIFY_MAIL_MAX;
	if (used) {
		r = slot_judge(s, envelope, data, len, v_r);
		/* it may have died of an earlier mail, or of old age */
		if (r == 0)
			goto done;
	}
	r = slot_fork(p, s);
	if (r < 0)
		goto done;
	if (slot_judge(s, envelope, data, len, v_r) < 0)
		*v_r = (struct verdict){
		    .kind = VERDICT_MALFORMED,
		    .rule = (uint16_t)classify_rule_malformed(),
		};
done:
	slot_give(p, s);
	return r;
}
