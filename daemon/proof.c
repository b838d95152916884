/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/proof.h"

#include <errno.h>
#include <string.h>

/* Its last byte changes with the structs. */
#define JOB_MAGIC UINT32_C(0x706e7001)
#define ANSWER_MAGIC UINT32_C(0x706e6101)

/* One job: what takes a child over has nobody else's to lie about. */
const struct children_rules proof_rules = {.jobs = 1, .timeout = 2000};

void
proof_job_init(struct proof_job *j, enum proof_kind kind)
{
	memset(j, 0, sizeof(*j));
	j->magic = JOB_MAGIC;
	j->kind = (uint8_t)kind;
}

void
proof_answer_init(struct proof_answer *a)
{
	memset(a, 0, sizeof(*a));
	a->magic = ANSWER_MAGIC;
}

bool
proof_job_valid(const struct proof_job *j)
{
	if (j->magic != JOB_MAGIC || j->data_len > PROOF_DATA_MAX ||
	    memchr(j->rp, '\0', sizeof(j->rp)) == NULL)
		return false;
	switch (j->kind) {
	case PROOF_CREATE:
		return j->signature_len == 0 && j->algorithm == 0;
	case PROOF_GET:
		return j->data_len == PROOF_DATA_GET && j->signature_len > 0 &&
		       j->signature_len <= PROOF_SIGNATURE_MAX &&
		       passkey_key_len(j->algorithm) > 0;
	default:
		return false;
	}
}

bool
proof_answer_valid(const struct proof_job *j, const struct proof_answer *a)
{
	if (a->magic != ANSWER_MAGIC || a->good > 1)
		return false;
	if (a->good == 0 || j->kind == PROOF_GET)
		return a->algorithm == 0 && a->id_len == 0;
	return passkey_key_len(a->algorithm) > 0 && a->id_len > 0;
}

static bool
is_answer(const struct children_job *job)
{
	return proof_answer_valid(job->parts[0].iov_base, job->answer);
}

static int
ask(struct children *c, const struct proof_job *j, struct proof_answer *a_r)
{
	struct children_job job = {
	    .parts = {{(void *)(uintptr_t)j, sizeof(*j)}},
	    .answer = a_r,
	    .answer_len = sizeof(*a_r),
	    .valid = is_answer,
	};

	return proof_job_valid(j) ? children_ask(c, &job) : -EINVAL;
}

int
proof_ask(
    struct children *c, const struct proof_job *j, struct proof_answer *a_r)
{
	int r = ask(c, j, a_r);

	if (r == CHILDREN_FAILED || (r == 0 && a_r->good == 0))
		return PROOF_REFUSED;
	return r;
}

int
proof_try(struct children *c)
{
	struct proof_answer a;
	struct proof_job j;
	int r;

	proof_job_init(&j, PROOF_CREATE);
	r = ask(c, &j, &a);
	return r == 0 && a.good != 0 ? CHILDREN_FAILED : r;
}
