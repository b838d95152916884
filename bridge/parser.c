/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/parser.h"

#include <errno.h>
#include <stdlib.h>
#include "bridge/child.h"

struct parser {
	struct nursery nursery;
	struct children *children;
};

int
parser_start(const struct trace_own *own, struct parser **p_r)
{
	parser_auto struct parser *p = calloc(1, sizeof(*p));
	int r;

	if (p == NULL)
		return -ENOMEM;
	p->nursery = child_nursery(own);
	r = children_start(&p->nursery, PARSER_TIMEOUT, &p->children);
	if (r < 0)
		return r;
	*p_r = p;
	p = NULL;
	return 0;
}

void
parser_stop(struct parser **p)
{
	if (*p == NULL)
		return;
	children_stop(&(*p)->children);
	free(*p);
	*p = NULL;
}

int
parser_fd(const struct parser *p)
{
	return children_fd(p->children);
}

static bool
is_verdict(const struct children_job *job)
{
	return verdict_valid(job->answer, classify_rules());
}

int
parser_judge(struct parser *p, const struct classify_envelope *envelope,
    const uint8_t *data, size_t len, struct verdict *v_r)
{
	struct child_job head = {
	    .magic = CHILD_JOB_MAGIC,
	    .null_sender = envelope->null_sender,
	    .to_bounce = envelope->to_bounce,
	    .unknown = envelope->unknown,
	};
	struct children_job job = {
	    .parts = {{&head, sizeof(head)}, {(void *)(uintptr_t)data, len}},
	    .answer = v_r,
	    .answer_len = sizeof(*v_r),
	    .valid = is_verdict,
	};
	int r;

	if (len > CLASSIFY_MAIL_MAX)
		job.parts[1].iov_len = CLASSIFY_MAIL_MAX;
	head.len = (uint32_t)job.parts[1].iov_len;
	r = children_ask(p->children, &job);
	if (r != CHILDREN_FAILED)
		return r;
	*v_r = (struct verdict){
	    .kind = VERDICT_MALFORMED,
	    .rule = (uint16_t)classify_rule_malformed(),
	};
	return 0;
}
