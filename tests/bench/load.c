/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A closed-loop HTTP client over a UNIX socket: N connections, each sends
 * the next request when the last was answered. Prints one line:
 *
 *   connections requests errors seconds rate p50_us p99_us max_us
 *
 * load SOCKET CONNECTIONS COUNT|SECONDSs TARGETS BYTES
 *   TARGETS: a file of lines "token thread-id", taken at random
 *   BYTES:   length of each message's body
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TOKEN_MAX 64
#define REQUEST_MAX 65536
#define REPLY_MAX 16384
#define SAMPLES_MAX 20000000

struct target {
	char token[TOKEN_MAX];
	char thread[32];
};

struct peer {
	int fd;
	char request[REQUEST_MAX];
	size_t request_len, sent;
	char reply[REPLY_MAX];
	size_t reply_len;
	int64_t began;
};

struct load {
	const char *path;
	struct target *targets;
	size_t target_count;
	char *body;
	uint32_t *samples;
	uint64_t done, errors, started, limit;
	int64_t deadline;
	uint64_t seed, run;
	int epoll;
};

static int64_t
now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
die(const char *what)
{
	(void)fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t
next_random(struct load *l)
{
	l->seed ^= l->seed << 13;
	l->seed ^= l->seed >> 7;
	l->seed ^= l->seed << 17;
	return l->seed;
}

static void
read_targets(struct load *l, const char *file)
{
	FILE *f = fopen(file, "re");
	size_t cap = 0;
	struct target t;

	if (f == NULL)
		die(file);
	while (fscanf(f, "%63s %31s", t.token, t.thread) == 2) {
		if (l->target_count == cap) {
			cap = cap == 0 ? 1024 : cap * 2;
			l->targets =
			    realloc(l->targets, cap * sizeof(*l->targets));
			if (l->targets == NULL)
				die("memory");
		}
		l->targets[l->target_count++] = t;
	}
	(void)fclose(f);
	if (l->target_count == 0) {
		(void)fprintf(stderr, "load: %s names no targets\n", file);
		exit(1);
	}
}

static int
connect_to(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&un, sizeof(un)) != 0)
		die(path);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		die("fcntl");
	return fd;
}

static bool
more_to_start(const struct load *l)
{
	return l->limit > 0 ? l->started < l->limit : now_us() < l->deadline;
}

static void
push(struct load *l, struct peer *p)
{
	ssize_t n;

	while (p->sent < p->request_len) {
		n = send(p->fd, p->request + p->sent, p->request_len - p->sent,
		    MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN) {
			struct epoll_event ev = {
			    .events = EPOLLOUT, .data.ptr = p};

			if (epoll_ctl(l->epoll, EPOLL_CTL_MOD, p->fd, &ev) != 0)
				die("epoll");
			return;
		}
		if (n <= 0)
			die("send");
		p->sent += (size_t)n;
	}
}

static void
start(struct load *l, struct peer *p)
{
	const struct target *t = &l->targets[next_random(l) % l->target_count];
	int n = snprintf(p->request, sizeof(p->request),
	    "POST /v1/threads/%s/entries HTTP/1.1\r\nHost: localhost\r\n"
	    "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
	    "Idempotency-Key: %016llx-%llu\r\nContent-Length: %zu\r\n\r\n"
	    "{\"body\":\"%s\"}",
	    t->thread, t->token, (unsigned long long)l->run,
	    (unsigned long long)l->started, strlen(l->body) + 11, l->body);

	p->request_len = (size_t)n;
	p->sent = 0;
	p->reply_len = 0;
	p->began = now_us();
	l->started++;
	push(l, p);
}

/* Whether the whole answer is there; STATUS_R its code. */
static bool
answered(struct peer *p, int *status_r)
{
	const char *end, *length;

	p->reply[p->reply_len] = '\0';
	end = strstr(p->reply, "\r\n\r\n");
	if (end == NULL)
		return false;
	length = strcasestr(p->reply, "\r\nContent-Length:");
	if (length == NULL || length > end ||
	    sscanf(p->reply, "HTTP/1.1 %d", status_r) != 1) {
		errno = EPROTO;
		die("answer");
	}
	return p->reply_len >= (size_t)(end + 4 - p->reply) +
	    strtoul(length + 17, NULL, 10);
}

static bool
pull(struct load *l, struct peer *p)
{
	ssize_t n = recv(
	    p->fd, p->reply + p->reply_len, REPLY_MAX - 1 - p->reply_len, 0);
	int status = 0;

	if (n < 0 && errno == EAGAIN)
		return true;
	if (n <= 0)
		die("connection lost");
	p->reply_len += (size_t)n;
	if (!answered(p, &status))
		return true;
	if (status == 201) {
		if (l->done < SAMPLES_MAX)
			l->samples[l->done] = (uint32_t)(now_us() - p->began);
		l->done++;
	} else {
		if (l->errors++ == 0)
			(void)fprintf(stderr, "load: first error: %s\n",
			    p->reply);
	}
	if (!more_to_start(l))
		return false;
	start(l, p);
	return true;
}

static int
by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void
report(struct load *l, unsigned connections, int64_t took)
{
	size_t n = l->done < SAMPLES_MAX ? l->done : SAMPLES_MAX;

	qsort(l->samples, n, sizeof(*l->samples), by_size);
	printf("%u %llu %llu %.3f %.0f %u %u %u\n", connections,
	    (unsigned long long)l->done, (unsigned long long)l->errors,
	    (double)took / 1e6, (double)l->done * 1e6 / (double)took,
	    n ? l->samples[n / 2] : 0, n ? l->samples[n * 99 / 100] : 0,
	    n ? l->samples[n - 1] : 0);
}

static void
run(struct load *l, unsigned connections)
{
	struct peer *peers = calloc(connections, sizeof(*peers));
	struct epoll_event ev[64];
	unsigned open = connections;
	int64_t began = now_us();

	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (peers == NULL || l->epoll < 0)
		die("set-up");
	for (unsigned i = 0; i < connections; i++) {
		peers[i].fd = connect_to(l->path);
		ev[0] = (struct epoll_event){EPOLLIN, {.ptr = &peers[i]}};
		if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, peers[i].fd, ev) != 0)
			die("epoll");
		start(l, &peers[i]);
	}
	while (open > 0) {
		int n = epoll_wait(l->epoll, ev, 64, 30000);

		if (n <= 0) {
			errno = ETIMEDOUT;
			die("no answer");
		}
		for (int i = 0; i < n; i++) {
			struct peer *p = ev[i].data.ptr;

			if (p->sent < p->request_len) {
				struct epoll_event in = {
				    .events = EPOLLIN, .data.ptr = p};

				push(l, p);
				if (p->sent == p->request_len &&
				    epoll_ctl(l->epoll, EPOLL_CTL_MOD, p->fd,
					&in) != 0)
					die("epoll");
			} else if (!pull(l, p)) {
				(void)close(p->fd);
				open--;
			}
		}
	}
	report(l, connections, now_us() - began);
	free(peers);
	(void)close(l->epoll);
}

int
main(int argc, char **argv)
{
	struct load l = {.seed = (uint64_t)now_us() | 1};
	unsigned long connections, count;
	size_t bytes;
	char *end;

	if (argc != 6) {
		(void)fputs("usage: load SOCKET CONNECTIONS COUNT|SECONDSs "
			    "TARGETS BYTES\n",
		    stderr);
		return 64;
	}
	l.path = argv[1];
	connections = strtoul(argv[2], NULL, 10);
	count = strtoul(argv[3], &end, 10);
	bytes = strtoul(argv[5], NULL, 10);
	if (connections < 1 || connections > 1024 || bytes < 1 ||
	    bytes > REQUEST_MAX / 2 || count < 1) {
		(void)fputs("load: a number is out of range\n", stderr);
		return 64;
	}
	if (*end == 's')
		l.deadline = now_us() + (int64_t)count * 1000000;
	else
		l.limit = count;
	read_targets(&l, argv[4]);
	l.run = next_random(&l);
	l.body = malloc(bytes + 1);
	l.samples = malloc(SAMPLES_MAX * sizeof(*l.samples));
	if (l.body == NULL || l.samples == NULL)
		die("memory");
	memset(l.body, 'x', bytes);
	l.body[bytes] = '\0';
	run(&l, (unsigned)connections);
	free(l.body);
	free(l.samples);
	free(l.targets);
	return l.errors == 0 ? 0 : 1;
}
