/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/live.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "base/settings.h"

#define SLOTS 1024
#define EVERYONE SLOTS /* the chain of streams that hear of everybody */
/* Milliseconds until a page tries again when the stream ends. */
#define RETRY 3000

enum kind {
	LIVE_THREAD,
	LIVE_CONTACTS,
};

struct event {
	struct id person;
	struct id thread;
	uint32_t unread;
	enum kind kind;
	int64_t role; /* SETTINGS_ROLE_* */
};

struct live {
	pthread_mutex_t lock;
	uint64_t epoch; /* tells one process's numbers from another's */
	uint64_t next;  /* number of the event to come */
	bool stopping;
	struct live_stream *chains[SLOTS + 1];
	struct event ring[LIVE_RING];
};

int
live_new(struct live **l_r)
{
	struct live *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return -ENOMEM;
	pthread_mutex_init(&l->lock, NULL);
	randombytes_buf(&l->epoch, sizeof(l->epoch));
	*l_r = l;
	return 0;
}

void
live_free(struct live **l)
{
	if (*l == NULL)
		return;
	pthread_mutex_destroy(&(*l)->lock);
	free(*l);
	*l = NULL;
}

static struct live_stream **
chain_of(struct live *l, const struct id *person)
{
	uint16_t h;

	/* ids are random: any of their bytes will do */
	memcpy(&h, person->b, sizeof(h));
	return &l->chains[h % SLOTS];
}

static void
wake(struct live_stream *s)
{
	if (!s->asleep)
		return;
	s->asleep = false;
	s->wake(s);
}

/* ---- coming and going ------------------------------------------------ */

/* Where LAST_EVENT says it was, if it is known and still in the ring. */
static bool
find_place(const struct live *l, const char *last_event, uint64_t *at_r)
{
	uint64_t epoch, number;
	char rest;

	if (sscanf(last_event, "%16" SCNx64 "-%20" SCNu64 "%c", &epoch, &number,
		&rest) != 2)
		return false;
	*at_r = number;
	return epoch == l->epoch && number <= l->next &&
	       l->next - number <= LIVE_RING;
}

/* One more than LIVE_PER_OWNER: the one that was there first goes. */
static void
make_room(struct live_stream *chain, const struct live_stream *s)
{
	struct live_stream *oldest = NULL;
	size_t count = 0;

	/* the newest stand first */
	for (struct live_stream *o = chain; o != NULL; o = o->next) {
		if (!id_equal(&o->owner, &s->owner) || o->replaced)
			continue;
		count++;
		oldest = o;
	}
	if (count < LIVE_PER_OWNER)
		return;
	oldest->replaced = true;
	wake(oldest);
}

void
live_add(struct live *l, struct live_stream *s, const char *last_event)
{
	struct live_stream **chain =
	    s->everyone ? &l->chains[EVERYONE] : chain_of(l, &s->person);

	pthread_mutex_lock(&l->lock);
	s->lost = !find_place(l, last_event, &s->at);
	if (s->lost)
		s->at = l->next;
	s->beat = clock_boot();
	s->text_len =
	    (size_t)snprintf(s->text, sizeof(s->text), "retry: %d\n\n", RETRY);
	make_room(*chain, s);
	s->next = *chain;
	if (s->next != NULL)
		s->next->prev = s;
	*chain = s;
	pthread_mutex_unlock(&l->lock);
}

void
live_remove(struct live *l, struct live_stream *s)
{
	struct live_stream **chain =
	    s->everyone ? &l->chains[EVERYONE] : chain_of(l, &s->person);

	pthread_mutex_lock(&l->lock);
	if (s->next != NULL)
		s->next->prev = s->prev;
	if (s->prev != NULL)
		s->prev->next = s->next;
	else
		*chain = s->next;
	pthread_mutex_unlock(&l->lock);
}

/* ---- reading --------------------------------------------------------- */

static bool
is_for(const struct live_stream *s, const struct event *e)
{
	if (s->everyone)
		return (s->roles & e->role) != 0;
	return id_equal(&s->person, &e->person);
}

/* WHAT, and its data after the opening brace. */
static void PN_PRINTF(4, 5) put_event(const struct live *l,
    struct live_stream *s, const char *what, const char *fmt, ...)
{
	int n = snprintf(s->text, sizeof(s->text),
	    "id: %" PRIx64 "-%" PRIu64 "\nevent: %s\ndata: {", l->epoch, s->at,
	    what);
	size_t at = (size_t)n;
	va_list ap;

	va_start(ap, fmt);
	n = vsnprintf(s->text + at, sizeof(s->text) - at, fmt, ap);
	va_end(ap);
	at += (size_t)n;
	n = snprintf(s->text + at, sizeof(s->text) - at, "}\n\n");
	s->text_len = at + (size_t)n;
}

static void
put_news(const struct live *l, struct live_stream *s, const struct event *e)
{
	char thread[ID_TEXT_LEN + 1];
	char who[ID_TEXT_LEN + 1];
	char whose[ID_TEXT_LEN + 24] = "";

	if (s->everyone) {
		id_text(&e->person, who);
		(void)snprintf(
		    whose, sizeof(whose), "\"participant\":\"%s\"", who);
	}
	id_text(&e->thread, thread);
	if (e->kind == LIVE_CONTACTS)
		put_event(l, s, "contacts", "%s", whose);
	else
		put_event(l, s, "thread",
		    "\"thread\":\"%s\",\"unread\":%" PRIu32 "%s%s", thread,
		    e->unread, s->everyone ? "," : "", whose);
}

/* False: there is nothing to say. */
static bool
say_next(const struct live *l, struct live_stream *s)
{
	int64_t boot = clock_boot();

	if (l->stopping) {
		s->last = true;
		return false;
	}
	if (s->replaced || !s->alive(s)) {
		put_event(l, s, "session", "\"state\":\"%s\"",
		    s->replaced ? "replaced" : "ended");
		s->last = true;
		return true;
	}
	if (s->lost || l->next - s->at > LIVE_RING) {
		s->lost = false;
		s->at = l->next;
		put_event(l, s, "resync", "%s", "");
		return true;
	}
	while (s->at < l->next) {
		const struct event *e = &l->ring[s->at++ % LIVE_RING];

		if (!is_for(s, e))
			continue;
		put_news(l, s, e);
		return true;
	}
	if (boot - s->beat < LIVE_BEAT)
		return false;
	s->text_len = (size_t)snprintf(s->text, sizeof(s->text), ":\n\n");
	return true;
}

ptrdiff_t
live_read(struct live *l, struct live_stream *s, char *to, size_t max,
    void (*sleep)(struct live_stream *s))
{
	size_t n;

	pthread_mutex_lock(&l->lock);
	if (s->text_at == s->text_len) {
		s->text_at = s->text_len = 0;
		if (!s->last && say_next(l, s))
			s->beat = clock_boot();
	}
	n = s->text_len - s->text_at;
	if (n > max)
		n = max;
	memcpy(to, s->text + s->text_at, n);
	s->text_at += n;
	if (n == 0 && !s->last) {
		s->asleep = true;
		sleep(s);
	}
	pthread_mutex_unlock(&l->lock);
	return n == 0 && s->last ? -1 : (ptrdiff_t)n;
}

/* ---- telling --------------------------------------------------------- */

static void
tell(struct live *l, const struct event *e)
{
	l->ring[l->next++ % LIVE_RING] = *e;
	for (struct live_stream *s = *chain_of(l, &e->person); s != NULL;
	     s = s->next) {
		if (is_for(s, e))
			wake(s);
	}
	for (struct live_stream *s = l->chains[EVERYONE]; s != NULL;
	     s = s->next) {
		if (is_for(s, e))
			wake(s);
	}
}

void
live_tell_threads(const struct news *news, size_t n, void *live)
{
	struct live *l = live;

	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < news[i].n; j++) {
			const struct news_member *m = &news[i].members[j];
			struct event e = {.kind = LIVE_THREAD,
			    .person = m->person,
			    .thread = news[i].thread,
			    .unread = m->unread,
			    .role = m->practice ? SETTINGS_ROLE_PROVIDER
						: SETTINGS_ROLE_CLIENT};

			tell(l, &e);
		}
	}
	pthread_mutex_unlock(&l->lock);
}

void
live_tell_contacts(
    struct live *l, const struct id *person, enum person_role role)
{
	struct event e = {.kind = LIVE_CONTACTS,
	    .person = *person,
	    .role = role == ROLE_CLIENT ? SETTINGS_ROLE_CLIENT
					: SETTINGS_ROLE_PROVIDER};

	pthread_mutex_lock(&l->lock);
	tell(l, &e);
	pthread_mutex_unlock(&l->lock);
}

void
live_poke(struct live *l, const struct id *person)
{
	pthread_mutex_lock(&l->lock);
	for (struct live_stream *s = *chain_of(l, person); s != NULL;
	     s = s->next)
		wake(s);
	pthread_mutex_unlock(&l->lock);
}

static void
wake_chains(struct live *l, int64_t before)
{
	for (size_t i = 0; i <= EVERYONE; i++) {
		for (struct live_stream *s = l->chains[i]; s != NULL;
		     s = s->next) {
			if (s->beat <= before)
				wake(s);
		}
	}
}

void
live_tick(struct live *l, int64_t boot)
{
	pthread_mutex_lock(&l->lock);
	wake_chains(l, boot - LIVE_BEAT);
	pthread_mutex_unlock(&l->lock);
}

void
live_stop(struct live *l)
{
	pthread_mutex_lock(&l->lock);
	l->stopping = true;
	wake_chains(l, INT64_MAX);
	pthread_mutex_unlock(&l->lock);
}
