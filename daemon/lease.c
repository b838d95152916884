/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/lease.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "base/log.h"
#include "daemon/event.h"
#include "daemon/health.h"
#include "daemon/mailcode.h"

struct pick {
	const struct id *prefer;
	struct address *found;
};

static int
pick_address(const struct address *a, void *arg)
{
	struct pick *p = arg;
	bool preferred = id_equal(&a->id, p->prefer);
	bool first = p->found->text.data == NULL;
	struct secret text = {0};
	int r;

	if (!health_usable(a) || (!first && !preferred))
		return 0;
	r = secret_set(&text, a->text.data, a->text.len);
	if (r != 0)
		return r;
	secret_fini(&p->found->text);
	*p->found = *a;
	p->found->text = text;
	return 0;
}

int
lease_address(struct store_txn *txn, const struct id *person,
    const struct id *prefer, struct address *a_r)
{
	struct pick p = {.prefer = prefer, .found = a_r};
	int r = address_list(txn, person, pick_address, &p);

	if (r != 0)
		return r;
	return a_r->text.data == NULL ? KV_NOT_FOUND : 0;
}

static bool
is_given_up(const struct outbox_row *row, int64_t now)
{
	return row->attempts >= LEASE_GIVE_UP_TRIES &&
	       now - row->created >= LEASE_GIVE_UP;
}

/* Of all that keep a person from being written to, the gravest. */
static int
find_reason(const struct address *a, void *arg)
{
	struct thread_unnotified *u = arg;

	if (a->state != ADDRESS_STOPPED || u->reason == UNNOTIFIED_COMPLAINT)
		return 0;
	u->reason = a->reason == ADDRESS_COMPLAINT ? UNNOTIFIED_COMPLAINT
						   : UNNOTIFIED_STOPPED;
	u->code = a->code;
	return 0;
}

/* Not every relay says a code with its refusal. 0 or -errno. */
static int
why_unnotified(struct store_txn *txn, const struct outbox_row *row, int64_t now,
    struct thread_unnotified *u)
{
	int r;

	*u = (struct thread_unnotified){
	    .since = now, .reason = UNNOTIFIED_NO_ADDRESS};
	r = address_list(txn, &row->person, find_reason, u);
	if (r < 0 || id_is_nil(&row->address) ||
	    u->reason == UNNOTIFIED_COMPLAINT)
		return r < 0 ? r : 0;
	u->reason = UNNOTIFIED_GIVEN_UP;
	if (mailcode_is_permanent(row->code) ||
	    (row->code == 0 && !is_given_up(row, now)))
		u->reason = UNNOTIFIED_REFUSED;
	u->code = mailcode_is_count(row->code) ? 0 : row->code;
	return 0;
}

/* In the thread, if EVENT is ready, and beside it. */
static int
tell_practice(struct store_txn *txn, const struct outbox_row *row,
    enum unnotified_reason why, int64_t now, struct event *event)
{
	struct thread *t = &event->thread;
	int64_t since = t->unnotified.since;
	int r;

	if (!id_equal(&t->client, &row->person))
		return event_add(txn, event);
	r = why_unnotified(txn, row, now, &t->unnotified);
	if (r < 0)
		return r;
	if (why != 0)
		t->unnotified.reason = why;
	if (since != 0)
		t->unnotified.since = since;
	r = event->ready ? event_add(txn, event) : thread_put(txn, t);
	return r > 0 ? -EIO : r;
}

int
lease_fail(struct store_txn *txn, struct outbox_row *row,
    enum unnotified_reason why, int64_t now)
{
	event_auto struct event event = {0};
	int told = KV_NOT_FOUND, r;

	row->state = OUTBOX_FAILED;
	row->due = 0;
	if (!id_is_nil(&row->thread) && !id_is_nil(&row->person)) {
		told = event_prepare_not_notified(
		    txn, &row->thread, &row->person, now, &event);
		if (told < 0)
			return told;
		if (told > 0)
			log_error("outbox",
			    "notification %" PRIu64
			    ": thread not told (code %d)",
			    row->number, told);
	}
	r = outbox_put(txn, row);
	if (r != 0)
		return r > 0 ? -EIO : r;
	return told == 0 ? tell_practice(txn, row, why, now, &event) : 0;
}

static bool
is_wanted(const struct outbox_row *row)
{
	switch (row->state) {
	case OUTBOX_PENDING:
	case OUTBOX_LEASED:
	case OUTBOX_DEFERRED:
	case OUTBOX_AMBIGUOUS:
		return true;
	default:
		return false;
	}
}

/* The state an address is written to about itself; 0: to any in use. */
static enum address_state
state_for(enum outbox_kind kind)
{
	if (kind == OUTBOX_ADDRESS)
		return ADDRESS_UNCONFIRMED;
	return kind == OUTBOX_REPLACED ? ADDRESS_REPLACED : 0;
}

/* 0, KV_NOT_FOUND: none, LEASE_NONE: it is no longer about that one. */
static int
find_address(
    struct store_txn *txn, const struct outbox_row *row, struct address *a_r)
{
	enum address_state only = state_for(row->kind);
	int r;

	if (only == 0)
		return lease_address(txn, &row->person, &row->address, a_r);
	r = address_get(txn, &row->person, &row->address, a_r);
	if (r == KV_NOT_FOUND || (r == 0 && a_r->state != only))
		return LEASE_NONE;
	return r;
}

/*
 * Fills L's address and language. 0, LEASE_NONE with the row's new state, or
 * another positive code when what is stored cannot be read.
 */
static int
resolve(struct store_txn *txn, struct outbox_row *row, struct lease *l)
{
	person_auto struct person person = {0};
	address_auto struct address address = {0};
	int r;

	if (row->kind == OUTBOX_TEST || row->kind == OUTBOX_SUMMARY) {
		l->to = secret_take(&row->to);
		return secret_set(&row->to, l->to.data, l->to.len);
	}
	r = person_get(txn, &row->person, &person);
	if (r == KV_NOT_FOUND || (r == 0 && !person.active)) {
		row->state = OUTBOX_CANCELLED;
		return LEASE_NONE;
	}
	if (r == 0)
		r = find_address(txn, row, &address);
	if (r == LEASE_NONE)
		row->state = OUTBOX_CANCELLED;
	if (r == KV_NOT_FOUND) {
		/* nor is the one of the last try one any more */
		row->address = (struct id){0};
		row->state = OUTBOX_FAILED;
		return LEASE_NONE;
	}
	if (r != 0)
		return r;
	row->address = address.id;
	l->to = secret_take(&address.text);
	l->language = secret_take(&person.language);
	return 0;
}

/*
 * Whom an answer to this mail would be from. A prompt carries the token it
 * answers, so that answers to it lead back to the same notification.
 */
static int
resolve_reply(
    struct store_txn *txn, const struct outbox_row *row, struct token *reply_r)
{
	outbox_row_auto struct outbox_row answered = {0};
	int r;

	*reply_r = (struct token){.number = row->number, .salt = row->salt};
	if (row->kind != OUTBOX_PROMPT || row->answers == 0)
		return 0;
	r = outbox_get(txn, row->answers, &answered);
	if (r == 0)
		*reply_r = (struct token){
		    .number = answered.number, .salt = answered.salt};
	return r < 0 ? r : 0;
}

/* A row that is not sent: cancelled, or failed for any reason. */
static int
turn_down(struct store_txn *txn, struct outbox_row *row, int64_t now)
{
	int r;

	if (row->state != OUTBOX_CANCELLED)
		return lease_fail(txn, row, 0, now);
	row->due = 0;
	r = outbox_put(txn, row);
	return r > 0 ? -EIO : r;
}

static int
take_row(
    struct store_txn *txn, struct outbox_row *row, int64_t now, struct lease *l)
{
	int r = LEASE_NONE;

	if (is_given_up(row, now))
		row->state = OUTBOX_FAILED;
	else
		r = resolve(txn, row, l);
	if (r == 0)
		r = resolve_reply(txn, row, &l->reply);
	if (r < 0)
		return r;
	if (r > 0) {
		if (r != LEASE_NONE)
			log_error("outbox",
			    "notification %" PRIu64 ": cannot be addressed "
			    "(code %d)",
			    row->number, r);
		r = turn_down(txn, row, now);
		l->state = row->state;
		return r == 0 ? LEASE_NONE : r;
	}
	if (row->attempts < UINT16_MAX)
		row->attempts++;
	row->state = OUTBOX_LEASED;
	row->due = now + LEASE_TIME;
	l->state = row->state;
	l->attempt = row->attempts;
	l->address = row->address;
	memcpy(l->counts, row->counts, sizeof(l->counts));
	r = outbox_put(txn, row);
	return r > 0 ? -EIO : r;
}

int
lease_take(
    struct store_txn *txn, uint64_t number, int64_t now, struct lease *l_r)
{
	outbox_row_auto struct outbox_row row = {0};
	int r;

	l_r->number = number;
	r = outbox_get(txn, number, &row);
	if (r < 0)
		return r;
	if (r > 0) {
		log_error("outbox",
		    "notification %" PRIu64 ": cannot be read (code %d)",
		    number, r);
		return LEASE_NONE;
	}
	l_r->salt = row.salt;
	l_r->kind = row.kind;
	l_r->state = row.state;
	l_r->person = row.person;
	l_r->thread = row.thread;
	if (!is_wanted(&row))
		return LEASE_NONE;
	return take_row(txn, &row, now, l_r);
}

void
lease_fini(struct lease *l)
{
	secret_fini(&l->to);
	secret_fini(&l->language);
}
