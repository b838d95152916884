/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The children that look at files, and how they are asked: the file's size,
 * then its bytes; the answer is a verdict.
 */

#include "daemon/inspect/inspect.h"

#include <errno.h>
#include <string.h>
#include "base/children.h"
#include "base/log.h"

#define MEMORY (INT64_C(128) * 1024 * 1024) /* address space */
#define CPU 60                              /* seconds, of all its jobs */
#define JOBS 16
#define IDLE 1000 /* milliseconds */
#define PIECE 65536

/* ---- the child's side --------------------------------------------------- */

struct room {
	uint8_t piece[PIECE];
	_Alignas(16) uint8_t inspect[];
};

static bool
serve(int fd, uint8_t *memory, const void *arg)
{
	struct room *room = (struct room *)(void *)memory;
	struct inspect *in = (struct inspect *)(void *)room->inspect;
	struct inspect_verdict v;
	uint64_t left;

	(void)arg;
	if (!nursery_read(fd, &left, sizeof(left)))
		return false;
	inspect_begin(in);
	while (left > 0) {
		size_t n = left < PIECE ? (size_t)left : PIECE;

		if (!nursery_read(fd, room->piece, n))
			return false;
		inspect_feed(in, room->piece, n);
		left -= n;
	}
	inspect_end(in, &v);
	return nursery_write(fd, &v, sizeof(v));
}

/* zlib opens nothing and keeps nothing. */
static bool
warm_up(const void *arg)
{
	(void)arg;
	return true;
}

const struct nursery inspect_nursery = {
    .name = "postern-inspect",
    .limits = {.memory = MEMORY, .cpu = CPU},
    .jobs = JOBS,
    .idle = IDLE,
    .room = sizeof(struct room) + INSPECT_STATE_MAX,
    .warm_up = warm_up,
    .serve = serve,
};

/* ---- posternd's --------------------------------------------------------- */

/* A child that was taken over may say anything. */
static bool
is_verdict(const struct children_job *job)
{
	const struct inspect_verdict *v = job->answer;
	uint64_t size;
	uint64_t at = 0;

	memcpy(&size, job->parts[0].iov_base, sizeof(size));
	if (v->refusal != INSPECT_GOOD)
		return v->refusal < INSPECT_REFUSALS;
	if (v->kind < INSPECT_PDF || v->kind > INSPECT_CSV ||
	    v->orientation > 8 || v->cuts_n > INSPECT_CUTS ||
	    v->width > INSPECT_SIDE_MAX || v->height > INSPECT_SIDE_MAX)
		return false;
	for (size_t i = 0; i < v->cuts_n; i++) {
		const struct inspect_cut *cut = &v->cuts[i];

		if (cut->at < at || cut->at > size || cut->len == 0 ||
		    cut->len > size - cut->at)
			return false;
		at = cut->at + cut->len;
	}
	/* something must be left, as nothing cannot be kept */
	return v->cuts_n == 0 || v->cuts[0].at > 0;
}

int
inspect_ask(struct children *c, uint64_t size,
    int (*next)(void *arg, bool again, struct iovec *part_r), void *arg,
    struct inspect_verdict *v_r)
{
	const struct children_job job = {
	    .parts = {{&size, sizeof(size)}},
	    .more = next,
	    .arg = arg,
	    .answer = v_r,
	    .answer_len = sizeof(*v_r),
	    .valid = is_verdict,
	};
	int r = children_ask(c, &job);

	if (r != CHILDREN_FAILED)
		return r;
	log_warning("files", "one was refused, as no child could look at it");
	memset(v_r, 0, sizeof(*v_r));
	v_r->refusal = INSPECT_BROKEN;
	return 0;
}
