/* SPDX-License-Identifier: Apache-2.0 */

/* The child's side of struct inspect_verdict, and who asks for one. */

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "daemon/inspect/format.h"
#include "daemon/inspect/inspect.h"

#define CHILD_MEMORY (INT64_C(128) << 20) /* address space */
#define CHILD_CPU 15                      /* seconds */
#define CHILD_IDLE 1000                   /* milliseconds */

_Static_assert(sizeof(struct inspect_verdict) ==
		   12 + sizeof(struct inspect_cut) * INSPECT_CUTS + 4,
    "a verdict is sent as it is");

_Static_assert(sizeof(struct inspect_room) <= 1U << 20,
    "a child is small, however large a file is");

/* ---- the child ------------------------------------------------------- */

struct pipe {
	int fd;
	uint64_t left;
};

static size_t
read_pipe(void *arg, uint8_t *to, size_t room)
{
	struct pipe *p = arg;
	size_t len = p->left < room ? (size_t)p->left : room;
	ssize_t n;

	do {
		n = read(p->fd, to, len);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	p->left -= (uint64_t)n;
	return (size_t)n;
}

static bool
serve(int fd, uint8_t *room, const void *arg)
{
	struct pipe pipe = {.fd = fd};
	struct inspect_source source = {.read = read_pipe, .arg = &pipe};
	struct inspect_verdict v;

	(void)arg;
	if (!nursery_read(fd, &source.size, sizeof(source.size)))
		return false;
	pipe.left = source.size;
	inspect(&source, room, &v);
	return nursery_write(fd, &v, sizeof(v));
}

static bool
warm_up(const void *arg)
{
	(void)arg;
	return true;
}

const struct nursery inspect_nursery = {
    .name = "postern-file",
    .limits = {.memory = CHILD_MEMORY, .cpu = CHILD_CPU},
    .jobs = 1,
    .idle = CHILD_IDLE,
    .room = sizeof(struct inspect_room),
    .warm_up = warm_up,
    .serve = serve,
};

/* ---- who asks -------------------------------------------------------- */

static bool
is_picture(const struct inspect_verdict *v)
{
	return v->kind == INSPECT_JPEG || v->kind == INSPECT_PNG;
}

static bool
cuts_valid(const struct inspect_verdict *v, uint64_t size)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < v->cuts_n; i++) {
		const struct inspect_cut *c = &v->cuts[i];

		/* some of it must stay, before the first and between two */
		if (c->at <= end || c->at >= size || c->len == 0 ||
		    c->len > size - c->at)
			return false;
		end = c->at + c->len;
	}
	return true;
}

bool
inspect_verdict_valid(const struct inspect_verdict *v, uint64_t size)
{
	static const struct inspect_verdict none;

	if (v->refusal != INSPECT_GOOD)
		return v->refusal <= INSPECT_MIXED &&
		       memcmp(&v->kind, &none.kind, sizeof(*v) - 1) == 0;
	if (v->kind < INSPECT_PDF || v->kind > INSPECT_CSV || size == 0 ||
	    v->cuts_n > INSPECT_CUTS || v->orientation > 8)
		return false;
	if (!is_picture(v))
		return v->orientation == 0 && v->cuts_n == 0 && v->width == 0 &&
		       v->height == 0;
	return pixels_check(v) == INSPECT_GOOD && cuts_valid(v, size);
}

struct asking {
	uint64_t size;
	uint64_t given;
	int (*next)(void *arg, bool first, struct iovec *piece_r);
	void *arg;
	struct inspect_verdict *verdict;
};

/* Holds who asks to what it has said of the size. */
static int
next_piece(void *arg, bool first, struct iovec *piece_r)
{
	struct asking *a = arg;
	int r = a->next(a->arg, first, piece_r);

	if (first)
		a->given = 0;
	if (r != 0)
		return r;
	if (piece_r->iov_len > a->size - a->given ||
	    (piece_r->iov_len == 0 && a->given != a->size))
		return -EBADMSG;
	a->given += piece_r->iov_len;
	return 0;
}

static bool
is_verdict(const struct children_job *job)
{
	const struct asking *a = job->next_arg;

	return inspect_verdict_valid(a->verdict, a->size);
}

int
inspect_ask(struct children *c, uint64_t size,
    int (*next)(void *arg, bool first, struct iovec *piece_r), void *arg,
    struct inspect_verdict *v_r)
{
	struct asking a = {
	    .size = size, .next = next, .arg = arg, .verdict = v_r};
	struct children_job job = {
	    .parts = {{&a.size, sizeof(a.size)}},
	    .next = next_piece,
	    .next_arg = &a,
	    .answer = v_r,
	    .answer_len = sizeof(*v_r),
	    .valid = is_verdict,
	};

	return children_ask(c, &job);
}
