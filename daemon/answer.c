/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/answer.h"

#include <errno.h>
#include <inttypes.h>
#include "base/clock.h"
#include "base/log.h"
#include "daemon/event.h"
#include "daemon/lease.h"
#include "daemon/notices.h"
#include "daemon/undelivered.h"
#include "store/outbox.h"
#include "store/person.h"

/* All that is read before the first put. */
struct scene {
	const struct answer *answer;
	const struct answer_limits *limits;
	int64_t now;
	struct outbox_row row;
	struct person person;
	struct address address; /* empty text: none to prompt at */
	struct event event;     /* also the thread, once it is read */
};

static void
scene_fini(struct scene *s)
{
	outbox_row_fini(&s->row);
	person_fini(&s->person);
	address_fini(&s->address);
	event_fini(&s->event);
}

#define scene_auto PN_CLEANUP(scene_fini)

/* Within the last SPAN; a clock set back by hours does not silence for years.
 */
static bool
is_recent(int64_t at, int64_t now, int64_t span)
{
	return at != 0 && at > now - span && at <= now + CLOCK_HOUR;
}

struct tally {
	int64_t now;
	int64_t count;
};

static int
count_day(const struct address *a, void *arg)
{
	struct tally *t = arg;

	for (size_t i = 0; i < ADDRESS_PROMPTS; i++)
		if (is_recent(a->prompts[i], t->now, CLOCK_DAY))
			t->count++;
	return 0;
}

/* 0, 1: over a limit, or -errno. */
static int
over_limit(struct store_txn *txn, const struct scene *s)
{
	struct tally day = {.now = s->now};
	unsigned week = 0;
	int r;

	r = address_list(txn, &s->person.id, count_day, &day);
	if (r == 0)
		r = address_prompts_since(txn, secret_text(&s->address.text),
		    s->now - 7 * CLOCK_DAY, &week);
	if (r != 0)
		return r < 0 ? r : 1;
	/* addresses come and go, the person's last prompt stays */
	if (day.count == 0 && is_recent(s->person.prompted, s->now, CLOCK_DAY))
		day.count = 1;
	return day.count >= s->limits->prompt_per_day ||
	       week >= s->limits->prompt_per_week;
}

static int
look_up_prompt(struct store_txn *txn, struct scene *s, struct inbound_case *c)
{
	int r = lease_address(txn, &s->person.id, &s->row.address, &s->address);

	if (r == 0)
		r = over_limit(txn, s);
	if (r < 0)
		return r;
	c->may_prompt = r == 0;
	return 0;
}

static int
look_up_thread(struct store_txn *txn, struct scene *s, struct inbound_case *c)
{
	struct thread *t = &s->event.thread;
	struct thread_member *m;
	int r;

	c->side = INBOUND_NOBODY;
	r = thread_get(txn, &s->row.thread, t);
	if (r != 0)
		return r < 0 ? r : 0;
	c->told = is_recent(t->mailed, s->now, INBOUND_EVENT_EVERY);
	m = thread_member(t, &s->person.id);
	if (m == NULL)
		return 0;
	if (m->until != 0)
		c->side = INBOUND_PAST;
	else
		c->side = m->capacity == MEMBER_CLIENT ? INBOUND_CLIENT
						       : INBOUND_PRACTICE;
	return 0;
}

/* 0, KV_NOT_FOUND for a token that leads nowhere, or -errno. */
static int
look_up(struct store_txn *txn, struct scene *s, struct inbound_case *c)
{
	const struct answer *a = s->answer;
	int r;

	r = outbox_get(txn, a->token.number, &s->row);
	if (r != 0)
		return r < 0 ? r : KV_NOT_FOUND;
	if (s->row.salt != a->token.salt)
		return KV_NOT_FOUND;
	*c = (struct inbound_case){
	    .kind = a->kind,
	    .label = a->label,
	    .hard = a->hard,
	    .active = true,
	    .expired =
		s->now - s->row.created > s->limits->token_days * CLOCK_DAY,
	    .side = INBOUND_NOBODY,
	};
	/* a summary, or a test: it can come back, and no more */
	if (id_is_nil(&s->row.person))
		return 0;
	r = person_get(txn, &s->row.person, &s->person);
	if (r != 0)
		return r < 0 ? r : KV_NOT_FOUND;
	c->active = s->person.active;
	r = look_up_thread(txn, s, c);
	if (r == 0)
		r = look_up_prompt(txn, s, c);
	return r;
}

static int
make_row(struct store_txn *txn, const struct outbox_row *like, int64_t now,
    struct answer_result *res)
{
	struct outbox_row row = *like;
	int r;

	if (res->made == PN_ARRAY_LEN(res->numbers))
		return 0;
	r = notices_make(txn, &row, now);
	if (r == 0)
		res->numbers[res->made++] = row.number;
	return r;
}

static int
notify_practice(
    struct store_txn *txn, struct scene *s, struct answer_result *res)
{
	const struct thread *t = &s->event.thread;
	struct outbox_row row = {
	    .kind = OUTBOX_ANSWERED,
	    .thread = t->id,
	};
	int r = 0;

	for (size_t i = 0; i < t->member_count && r == 0; i++) {
		const struct thread_member *m = &t->members[i];

		if (m->until != 0 || (m->capacity != MEMBER_COUNTERPART &&
					 m->capacity != MEMBER_COVER))
			continue;
		row.person = m->person;
		r = make_row(txn, &row, s->now, res);
	}
	return r;
}

static int
prompt(struct store_txn *txn, struct scene *s, struct answer_result *res)
{
	struct outbox_row row = {
	    .kind = OUTBOX_PROMPT,
	    .person = s->person.id,
	    .address = s->address.id,
	    .thread = s->row.thread,
	    .answers = s->row.number,
	};
	int r = make_row(txn, &row, s->now, res);

	if (r != 0)
		return r;
	for (size_t i = ADDRESS_PROMPTS - 1; i > 0; i--)
		s->address.prompts[i] = s->address.prompts[i - 1];
	s->address.prompts[0] = s->now;
	r = address_put(txn, &s->address);
	if (r != 0)
		return r;
	s->person.prompted = s->now;
	res->prompted = true;
	return person_put(txn, &s->person);
}

/* A second report of the same mail says nothing new. */
static int
came_back(struct store_txn *txn, struct scene *s, enum health_news news,
    struct answer_result *res)
{
	const struct undelivered u = {
	    .news = news,
	    .code = s->answer->code,
	    .limits = &s->limits->health,
	};
	uint64_t again;
	int r;

	if (s->row.state == OUTBOX_FAILED || s->row.state == OUTBOX_CANCELLED)
		return 0;
	r = undelivered(txn, &s->row, &u, s->now, &again);
	if (r == 0 && again != 0 && res->made < PN_ARRAY_LEN(res->numbers))
		res->numbers[res->made++] = again;
	res->failed = r == 0;
	return r;
}

/* 0 or -errno: nothing can be refused any more. */
static int
carry_out(struct store_txn *txn, struct scene *s,
    const struct inbound_effect *effect, struct answer_result *res)
{
	int r = 0;

	if (s->event.ready) {
		s->event.thread.mailed = s->now;
		res->told = true;
		r = event_add(txn, &s->event);
		if (r == 0 && effect->notify)
			r = notify_practice(txn, s, res);
	}
	if (r == 0 && effect->prompt)
		r = prompt(txn, s, res);
	if (r == 0 && effect->news != HEALTH_NONE)
		r = came_back(txn, s, effect->news, res);
	return r > 0 ? -EIO : r;
}

int
answer_apply(struct store_txn *txn, const struct answer *a,
    const struct answer_limits *limits, int64_t now, struct answer_result *r_r)
{
	scene_auto struct scene s = {
	    .answer = a,
	    .limits = limits,
	    .now = now,
	};
	struct inbound_case c = {0};
	struct inbound_effect effect;
	int r;

	*r_r = (struct answer_result){0};
	r = look_up(txn, &s, &c);
	if (r != 0)
		return r < 0 ? r : 0;
	r_r->person = s.person.id;
	r_r->thread = s.row.thread;
	effect = inbound_decide(&c);
	if (effect.event) {
		r = event_prepare(txn, &s.row.thread, EVENT_ANSWERED_BY_MAIL,
		    effect.visibility, &s.person.id, now, &s.event);
		if (r < 0)
			return r;
		if (r > 0)
			log_error("inbound",
			    "notification %" PRIu64
			    ": thread not told (code %d)",
			    s.row.number, r);
	}
	return carry_out(txn, &s, &effect, r_r);
}
