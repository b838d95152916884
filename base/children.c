/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/children.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/fdpass.h"

#define FORK_TIMEOUT 5000 /* milliseconds until the server has answered */

struct slot {
	bool busy;
	int fd; /* -1: no child */
	int pidfd;
	unsigned jobs;
};

struct children {
	struct children_rules rules;
	pid_t server;
	int socket;
	pthread_mutex_t lock;    /* of the slots */
	pthread_mutex_t forking; /* one request to the server at a time */
	pthread_cond_t freed;
	struct slot slots[CHILDREN_MAX];
};

/* ---- start and stop -------------------------------------------------- */

/* The server's end of its socket is *END_R. */
static int
children_new(
    const struct children_rules *rules, struct children **c_r, int *end_r)
{
	struct children *c = calloc(1, sizeof(*c));
	int pair[2];

	if (c == NULL)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		free(c);
		return -errno;
	}
	c->rules = *rules;
	c->server = -1;
	c->socket = pair[0];
	*end_r = pair[1];
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_mutex_init(&c->forking, NULL);
	(void)pthread_cond_init(&c->freed, NULL);
	for (size_t i = 0; i < CHILDREN_MAX; i++)
		c->slots[i].fd = c->slots[i].pidfd = -1;
	*c_r = c;
	return 0;
}

int
children_start(const struct nursery *n, int64_t timeout, struct children **c_r)
{
	const struct children_rules rules = {n->jobs, timeout};
	int end;
	int r = children_new(&rules, c_r, &end);

	if (r < 0)
		return r;
	(*c_r)->server = fork();
	if ((*c_r)->server == 0)
		nursery_run(end, n);
	(void)close(end);
	if ((*c_r)->server < 0) {
		children_stop(c_r);
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
	s->jobs = 0;
}

void
children_stop(struct children **c)
{
	if (*c == NULL)
		return;
	for (size_t i = 0; i < CHILDREN_MAX; i++)
		slot_drop(&(*c)->slots[i]);
	(void)close((*c)->socket);
	if ((*c)->server > 0)
		(void)waitpid((*c)->server, NULL, 0);
	(void)pthread_mutex_destroy(&(*c)->lock);
	(void)pthread_mutex_destroy(&(*c)->forking);
	(void)pthread_cond_destroy(&(*c)->freed);
	free(*c);
	*c = NULL;
}

int
children_fd(const struct children *c)
{
	return c->socket;
}

/* ---- a child of one's own -------------------------------------------- */

static struct slot *
slot_take(struct children *c)
{
	struct slot *found = NULL;

	(void)pthread_mutex_lock(&c->lock);
	for (;;) {
		for (size_t i = 0; i < CHILDREN_MAX; i++) {
			struct slot *s = &c->slots[i];

			if (!s->busy && (found == NULL || s->fd >= 0))
				found = s;
		}
		if (found != NULL)
			break;
		(void)pthread_cond_wait(&c->freed, &c->lock);
	}
	found->busy = true;
	(void)pthread_mutex_unlock(&c->lock);
	return found;
}

static void
slot_give(struct children *c, struct slot *s)
{
	(void)pthread_mutex_lock(&c->lock);
	s->busy = false;
	(void)pthread_cond_signal(&c->freed);
	(void)pthread_mutex_unlock(&c->lock);
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
ask_server(struct children *c, int child_end, int *pidfd_r)
{
	uint8_t byte;
	int r = fdpass_send(c->socket, NURSERY_BYTE, child_end);

	*pidfd_r = -1;
	if (r == 0)
		r = wait_for(c->socket, POLLIN, clock_boot() + FORK_TIMEOUT);
	if (r == 0)
		r = fdpass_receive(c->socket, &byte, pidfd_r);
	/* a late answer would be taken for the next one's: end it there */
	if (r < 0)
		(void)shutdown(c->socket, SHUT_RDWR);
	if (r == 0 && *pidfd_r < 0)
		r = -EAGAIN;
	return r;
}

static int
slot_fork(struct children *c, struct slot *s)
{
	int pair[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -errno;
	(void)pthread_mutex_lock(&c->forking);
	r = ask_server(c, pair[1], &s->pidfd);
	(void)pthread_mutex_unlock(&c->forking);
	(void)close(pair[1]);
	if (r < 0) {
		(void)close(pair[0]);
		return r;
	}
	s->fd = pair[0];
	s->jobs = 0;
	return 0;
}

/* ---- another program ------------------------------------------------- */

/* What it gets of ours: END for standard input, and where its words go. */
static int
hand_over(posix_spawn_file_actions_t *files, int end)
{
	int r = posix_spawn_file_actions_adddup2(files, end, STDIN_FILENO);

	return r != 0 ? r
		      : posix_spawn_file_actions_addclosefrom_np(
			    files, STDERR_FILENO + 1);
}

static int
spawn(struct children *c, const char *path, int end)
{
	char name[] = "nursery";
	char *argv[] = {name, NULL}, *environment[] = {NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	int r;

	(void)sigemptyset(&none);
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawnattr_setsigmask(&attr, &none);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	(void)posix_spawn_file_actions_init(&files);
	r = hand_over(&files, end);
	if (r == 0)
		r = posix_spawn(
		    &c->server, path, &files, &attr, argv, environment);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attr);
	return -r;
}

int
children_exec(
    const char *path, const struct children_rules *rules, struct children **c_r)
{
	children_auto struct children *c = NULL;
	int end;
	int r = children_new(rules, &c, &end);

	if (r < 0)
		return r;
	r = spawn(c, path, end);
	(void)close(end);
	if (r == 0)
		r = slot_fork(c, &c->slots[0]);
	/* it may not have read what it was asked */
	if (r == -ECONNRESET)
		r = -EPIPE;
	if (r < 0)
		return r;
	slot_drop(&c->slots[0]);
	*c_r = c;
	c = NULL;
	return 0;
}

/* ---- one job --------------------------------------------------------- */

static bool
has_answered(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	return poll(&pfd, 1, 0) > 0;
}

/* EVENTS: POLLOUT, and POLLIN to give up (-EPIPE) once there is an answer. */
static int
send_all(int fd, const struct iovec *part, short events, int64_t deadline)
{
	const uint8_t *at = part->iov_base;
	size_t len = part->iov_len;

	while (len > 0) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		int r = clock_boot() < deadline ? 0 : -ETIMEDOUT;

		if (n < 0 && errno == EAGAIN)
			r = wait_for(fd, events, deadline);
		else if (n < 0 && errno != EINTR)
			r = -errno;
		if (r == 0 && n < 0 && (events & POLLIN) != 0 &&
		    has_answered(fd))
			r = -EPIPE;
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
receive_answer(int fd, const struct children_job *job, int64_t deadline)
{
	uint8_t *to = job->answer;
	size_t len = 0;

	while (len < job->answer_len) {
		int r = wait_for(fd, POLLIN, deadline);
		ssize_t n;

		if (r < 0)
			return r;
		n = recv(fd, to + len, job->answer_len - len, MSG_DONTWAIT);
		if (n == 0)
			return -EPIPE;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		len += n > 0 ? (size_t)n : 0;
	}
	return job->valid(job) ? 0 : -EBADMSG;
}

/*
 * 0: the child has got all of it, or has answered before. *END_R: what next()
 * returned if it was no piece.
 */
static int
feed(int fd, const struct children_job *job, int64_t deadline, int *end_r)
{
	struct iovec piece = {.iov_len = 0};
	bool first = true;

	while (!has_answered(fd)) {
		int r;

		*end_r = job->next(job->next_arg, first, &piece);
		first = false;
		if (*end_r != 0)
			return -ECANCELED;
		if (piece.iov_len == 0)
			break;
		r = send_all(fd, &piece, POLLIN | POLLOUT, deadline);
		/* it reads no more, but there may be an answer */
		if (r == -EPIPE || r == -ECONNRESET)
			break;
		if (r < 0)
			return r;
	}
	return 0;
}

static int
slot_ask(const struct children *c, struct slot *s,
    const struct children_job *job, int *end_r)
{
	int64_t deadline = clock_boot() + c->rules.timeout;
	int r = send_all(s->fd, &job->parts[0], POLLOUT, deadline);

	if (r == 0)
		r = send_all(s->fd, &job->parts[1], POLLOUT, deadline);
	if (r == 0 && job->next != NULL)
		r = feed(s->fd, job, deadline, end_r);
	if (r == 0)
		r = receive_answer(s->fd, job, deadline);
	/* what was fed to it may not have been read to its end */
	if (r == 0 && job->next == NULL && ++s->jobs < c->rules.jobs)
		return 0;
	slot_drop(s);
	return r;
}

int
children_ask(struct children *c, const struct children_job *job)
{
	struct slot *s = slot_take(c);
	int end = 0;
	int r = -EPIPE;

	/* it may have died since, or have said more than it was asked */
	if (s->fd >= 0 && has_answered(s->fd))
		slot_drop(s);
	if (s->fd >= 0)
		r = slot_ask(c, s, job, &end);
	if (r < 0 && end == 0) {
		r = slot_fork(c, s);
		if (r == 0 && slot_ask(c, s, job, &end) < 0)
			r = CHILDREN_FAILED;
	}
	slot_give(c, s);
	return end != 0 ? end : r;
}
