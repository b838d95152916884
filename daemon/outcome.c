/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/outcome.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sodium.h>
#include "base/log.h"
#include "daemon/lease.h"
#include "daemon/mailcode.h"
#include "daemon/undelivered.h"
#include "store/person.h"
#include "store/thread.h"

static const char *const outcome_words[] = {
    [OUTCOME_SENT] = "sent",
    [OUTCOME_DEFERRED] = "deferred",
    [OUTCOME_FAILED] = "failed",
    [OUTCOME_AMBIGUOUS] = "ambiguous",
};

static const char *const state_words[] = {
    [OUTBOX_PENDING] = "pending",
    [OUTBOX_LEASED] = "leased",
    [OUTBOX_SENT] = "sent",
    [OUTBOX_DEFERRED] = "deferred",
    [OUTBOX_FAILED] = "failed",
    [OUTBOX_AMBIGUOUS] = "ambiguous",
    [OUTBOX_CANCELLED] = "cancelled",
};

static const char *const kind_words[] = {
    [OUTBOX_MESSAGE] = "message",
    [OUTBOX_ANSWERED] = "answered",
    [OUTBOX_PROMPT] = "prompt",
    [OUTBOX_TEST] = "test",
    [OUTBOX_ENROLMENT] = "enrolment",
    [OUTBOX_ACCOUNT] = "account",
    [OUTBOX_ADDRESS] = "address",
    [OUTBOX_REPLACED] = "replaced",
    [OUTBOX_OVERDUE] = "overdue",
    [OUTBOX_SUMMARY] = "summary",
};

int
outcome_parse(const char *word, enum outcome *o_r)
{
	for (size_t i = OUTCOME_SENT; i < PN_ARRAY_LEN(outcome_words); i++)
		if (strcmp(outcome_words[i], word) == 0) {
			*o_r = (enum outcome)i;
			return 0;
		}
	return -EINVAL;
}

const char *
outcome_state_word(enum outbox_state state)
{
	if (state < OUTBOX_PENDING ||
	    (size_t)state >= PN_ARRAY_LEN(state_words))
		return "failed";
	return state_words[state];
}

const char *
outcome_kind_word(enum outbox_kind kind)
{
	if (kind < OUTBOX_MESSAGE || (size_t)kind >= PN_ARRAY_LEN(kind_words))
		return "message";
	return kind_words[kind];
}

/* Up to a tenth more, so that what was deferred together does not return so. */
static int64_t
next_try(const struct outbox_row *row, int64_t now)
{
	int64_t wait = outbox_backoff(row->attempts);
	uint32_t spread =
	    wait > 0 && wait < CLOCK_DAY ? (uint32_t)wait / 10 : 0;

	return now + wait +
	       (int64_t)(spread > 0 ? randombytes_uniform(spread) : 0);
}

/*
 * An end without an answer leaves no status code; how many there were in a
 * row stands in its place.
 */
static unsigned
count_ambiguous(struct outbox_row *row)
{
	if (!mailcode_is_count(row->code))
		row->code = 0;
	return ++row->code;
}

static enum outbox_state
next_state(
    struct outbox_row *row, enum outcome outcome, uint16_t code, int64_t now)
{
	if (outcome == OUTCOME_AMBIGUOUS)
		return count_ambiguous(row) >= OUTCOME_AMBIGUOUS_TRIES
			   ? OUTBOX_FAILED
			   : OUTBOX_AMBIGUOUS;
	row->code = code;
	switch (outcome) {
	case OUTCOME_SENT:
		return OUTBOX_SENT;
	case OUTCOME_DEFERRED:
		if (row->attempts >= LEASE_GIVE_UP_TRIES &&
		    now - row->created >= LEASE_GIVE_UP)
			return OUTBOX_FAILED;
		return OUTBOX_DEFERRED;
	case OUTCOME_AMBIGUOUS:
	case OUTCOME_FAILED:
		break;
	}
	return OUTBOX_FAILED;
}

/* Whom the practice thinks untold, and who is told now. 0 or -errno. */
static int
clear_unnotified(struct store_txn *txn, const struct outbox_row *row)
{
	struct thread t;
	int r;

	if (row->kind != OUTBOX_MESSAGE || id_is_nil(&row->thread))
		return 0;
	r = thread_get(txn, &row->thread, &t);
	if (r != 0 || t.unnotified.since == 0 ||
	    !id_equal(&t.client, &row->person))
		return r < 0 ? r : 0;
	t.unnotified = (struct thread_unnotified){0};
	return thread_put(txn, &t);
}

/* The relay itself says that the address is dead. */
static int
fail(struct store_txn *txn, struct outbox_row *row, uint16_t code,
    const struct health_limits *limits, int64_t now, struct outcome_change *c)
{
	const struct undelivered u = {
	    .news = mailcode_blames_address(code) ? HEALTH_DEAD : HEALTH_NONE,
	    .code = row->code,
	    .limits = limits,
	};

	return undelivered(txn, row, &u, now, &c->again);
}

static int
go_on(struct store_txn *txn, struct outbox_row *row, int64_t now)
{
	int r;

	row->due = row->state == OUTBOX_SENT ? 0 : next_try(row, now);
	r = outbox_put(txn, row);
	if (r == 0 && row->state == OUTBOX_SENT)
		r = clear_unnotified(txn, row);
	return r;
}

/* An address that was told that it is not used any more. */
static int
forget_address(struct store_txn *txn, const struct outbox_row *row)
{
	int r = address_del(txn, &row->person, &row->address);

	return r < 0 ? r : 0;
}

int
outcome_apply(struct store_txn *txn, const struct outcome_report *report,
    const struct health_limits *limits, int64_t now, struct outcome_change *c_r)
{
	outbox_row_auto struct outbox_row row = {0};
	int r;

	*c_r = (struct outcome_change){0};
	r = outbox_get(txn, report->number, &row);
	if (r > 0 && r != KV_NOT_FOUND)
		log_error("outbox",
		    "notification %" PRIu64 ": cannot be read (code %d)",
		    report->number, r);
	if (r != 0)
		return r > 0 ? KV_NOT_FOUND : r;
	c_r->state = row.state;
	c_r->person = row.person;
	c_r->thread = row.thread;
	if (row.state != OUTBOX_LEASED)
		return 0;
	row.state = next_state(&row, report->outcome, report->code, now);
	r = row.state == OUTBOX_FAILED
		? fail(txn, &row, report->code, limits, now, c_r)
		: go_on(txn, &row, now);
	if (r == 0 && row.kind == OUTBOX_REPLACED && row.due == 0)
		r = forget_address(txn, &row);
	c_r->state = row.state;
	c_r->due = row.due;
	c_r->changed = true;
	return r > 0 ? -EIO : r;
}
