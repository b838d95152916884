/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sessions.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"

#define SLOTS 4096 /* chains; hashes spread evenly */
#define SESSIONS_PURGE 500
/* Above all codes of the store. */
#define PURGE_FULL 1000

struct item {
	struct session s;
	enum person_role role;
	int64_t written; /* s.used as the store has it */
	int64_t used;    /* clock_boot() */
	int64_t end;     /* clock_boot() */
	struct item *next;
};

struct sessions {
	pthread_mutex_t lock;
	int64_t idle;
	size_t count;
	struct item *slots[SLOTS];
};

static struct item **
slot_of(struct sessions *s, const uint8_t hash[static SESSION_HASH_LEN])
{
	uint16_t h;

	memcpy(&h, hash, sizeof(h));
	return &s->slots[h % SLOTS];
}

static struct item **
find(struct sessions *s, const uint8_t hash[static SESSION_HASH_LEN])
{
	struct item **at = slot_of(s, hash);

	while (*at != NULL &&
	       sodium_memcmp((*at)->s.hash, hash, SESSION_HASH_LEN) != 0)
		at = &(*at)->next;
	return at;
}

static void
drop(struct sessions *s, struct item **at)
{
	struct item *item = *at;

	*at = item->next;
	s->count--;
	free(item);
}

static bool
is_dead(const struct sessions *s, const struct item *item, int64_t boot)
{
	return boot >= item->end || boot - item->used >= s->idle;
}

struct sessions_time
sessions_time(void)
{
	return (struct sessions_time){clock_now(), clock_boot()};
}

struct id
sessions_id(const uint8_t hash[static SESSION_HASH_LEN])
{
	struct id id;

	memcpy(id.b, hash, sizeof(id.b));
	return id;
}

struct load {
	struct sessions *s;
	struct store_txn *txn;
	struct sessions_time now;
};

static int
load_one(const struct session *session, void *arg)
{
	struct load *l = arg;
	person_auto struct person p = {0};
	int r = person_get(l->txn, &session->person, &p);

	if (r == KV_NOT_FOUND)
		return 0;
	if (r != 0)
		return r;
	if (!p.active || l->now.wall >= session->expires)
		return 0;
	return sessions_add(l->s, session, p.role, l->now);
}

int
sessions_load(struct store_txn *txn, struct sessions_time now, int64_t idle,
    struct sessions **s_r)
{
	struct sessions *s = calloc(1, sizeof(*s));
	struct load l = {s, txn, now};
	int r;

	if (s == NULL)
		return -ENOMEM;
	pthread_mutex_init(&s->lock, NULL);
	s->idle = idle;
	r = session_list(txn, load_one, &l);
	if (r != 0) {
		sessions_free(&s);
		return r;
	}
	*s_r = s;
	return 0;
}

void
sessions_free(struct sessions **s)
{
	if (*s == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		while ((*s)->slots[i] != NULL)
			drop(*s, &(*s)->slots[i]);
	}
	pthread_mutex_destroy(&(*s)->lock);
	free(*s);
	*s = NULL;
}

int
sessions_add(struct sessions *s, const struct session *session,
    enum person_role role, struct sessions_time now)
{
	struct item *item = calloc(1, sizeof(*item));
	int64_t life = session->expires - session->created;
	int64_t left = session->expires - now.wall;
	int64_t since = now.wall - session->used;
	struct item **at;

	if (item == NULL)
		return -ENOMEM;
	item->s = *session;
	item->role = role;
	item->written = session->used;
	/* neither may grow if the wall clock was set back meanwhile */
	item->used = now.boot - (since > 0 ? since : 0);
	item->end = now.boot + (left < life ? left : life);
	pthread_mutex_lock(&s->lock);
	at = slot_of(s, session->hash);
	item->next = *at;
	*at = item;
	s->count++;
	pthread_mutex_unlock(&s->lock);
	return 0;
}

static void
be_used(struct item *item, struct sessions_time now)
{
	item->used = now.boot;
	/* a wall clock set back must not kill it at a restart */
	if (now.wall > item->s.used)
		item->s.used = now.wall;
}

static int64_t
left_of(const struct sessions *s, const struct item *item, int64_t boot)
{
	int64_t idle = item->used + s->idle - boot;

	return item->end - boot < idle ? item->end - boot : idle;
}

bool
sessions_find(struct sessions *s, const uint8_t hash[static SESSION_HASH_LEN],
    struct sessions_time now, bool use, struct sessions_found *found_r)
{
	struct item **at;
	bool ok = false;

	pthread_mutex_lock(&s->lock);
	at = find(s, hash);
	if (*at != NULL && !is_dead(s, *at, now.boot)) {
		ok = true;
		found_r->session = (*at)->s;
		found_r->role = (*at)->role;
		if (use)
			be_used(*at, now);
		found_r->left = left_of(s, *at, now.boot);
	}
	pthread_mutex_unlock(&s->lock);
	return ok;
}

static bool
is_kept(const struct session *session, const uint8_t *keep)
{
	return keep != NULL &&
	       sodium_memcmp(session->hash, keep, SESSION_HASH_LEN) == 0;
}

bool
sessions_full(struct sessions *s, const struct id *person,
    const uint8_t *without, uint8_t hash_r[static SESSION_HASH_LEN])
{
	const struct item *oldest = NULL;
	size_t count = 0;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < SLOTS; i++) {
		for (const struct item *item = s->slots[i]; item != NULL;
		     item = item->next) {
			if (!id_equal(&item->s.person, person) ||
			    is_kept(&item->s, without))
				continue;
			count++;
			if (oldest == NULL || item->used < oldest->used)
				oldest = item;
		}
	}
	if (count >= SESSIONS_PER_PERSON)
		memcpy(hash_r, oldest->s.hash, SESSION_HASH_LEN);
	pthread_mutex_unlock(&s->lock);
	return count >= SESSIONS_PER_PERSON;
}

void
sessions_end(struct sessions *s, const uint8_t hash[static SESSION_HASH_LEN])
{
	struct item **at;

	pthread_mutex_lock(&s->lock);
	at = find(s, hash);
	if (*at != NULL)
		drop(s, at);
	pthread_mutex_unlock(&s->lock);
}

int
sessions_list(struct sessions *s, const struct id *person,
    struct sessions_time now,
    int (*each)(const struct session *session, void *arg), void *arg)
{
	int r = 0;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < SLOTS; i++) {
		for (const struct item *item = s->slots[i];
		     r == 0 && item != NULL; item = item->next) {
			if (id_equal(&item->s.person, person) &&
			    !is_dead(s, item, now.boot))
				r = each(&item->s, arg);
		}
	}
	pthread_mutex_unlock(&s->lock);
	return r;
}

void
sessions_end_person(
    struct sessions *s, const struct id *person, const uint8_t *keep)
{
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < SLOTS; i++) {
		for (struct item **at = &s->slots[i]; *at != NULL;) {
			if (id_equal(&(*at)->s.person, person) &&
			    !is_kept(&(*at)->s, keep))
				drop(s, at);
			else
				at = &(*at)->next;
		}
	}
	pthread_mutex_unlock(&s->lock);
}

struct ended {
	const struct id *person;
	const uint8_t *keep;
	uint8_t (*hashes)[SESSION_HASH_LEN];
	size_t n;
	size_t cap;
};

static int
collect(const struct session *session, void *arg)
{
	struct ended *e = arg;
	void *more;

	if (!id_equal(&session->person, e->person) || is_kept(session, e->keep))
		return 0;
	if (e->n == e->cap) {
		more =
		    reallocarray(e->hashes, e->cap * 2 + 8, sizeof(*e->hashes));
		if (more == NULL)
			return -ENOMEM;
		e->hashes = more;
		e->cap = e->cap * 2 + 8;
	}
	memcpy(e->hashes[e->n++], session->hash, SESSION_HASH_LEN);
	return 0;
}

int
sessions_del_person(
    struct store_txn *txn, const struct id *person, const uint8_t *keep)
{
	struct ended e = {.person = person, .keep = keep};
	int r = session_list(txn, collect, &e);

	for (size_t i = 0; r == 0 && i < e.n; i++)
		session_del(txn, e.hashes[i]);
	free(e.hashes);
	return r;
}

int
sessions_check(
    struct store_txn *txn, const uint8_t hash[static SESSION_HASH_LEN])
{
	struct session stored;

	return session_get(txn, hash, &stored);
}

int
sessions_touch(struct sessions *s, struct store_txn *txn,
    const uint8_t hash[static SESSION_HASH_LEN], int64_t now)
{
	struct session stored;
	struct item **at;
	int64_t used = 0;
	int r;

	pthread_mutex_lock(&s->lock);
	at = find(s, hash);
	if (*at != NULL && now - (*at)->written >= SESSIONS_WRITE_EVERY) {
		used = (*at)->s.used;
		(*at)->written = now;
	}
	pthread_mutex_unlock(&s->lock);
	if (used == 0)
		return 0;
	r = session_get(txn, hash, &stored);
	if (r != 0)
		return r == KV_NOT_FOUND ? 0 : r;
	stored.used = used;
	return session_put(txn, &stored);
}

struct purge {
	struct sessions *s;
	int64_t now;
	size_t n;
	uint8_t hashes[SESSIONS_PURGE][SESSION_HASH_LEN];
};

static int
collect_dead(const struct session *session, void *arg)
{
	struct purge *p = arg;
	/* one just committed may not be in the table yet; the store's last
	 * use is late, so it is dead only by some more */
	int64_t idle = p->s->idle + 2 * SESSIONS_WRITE_EVERY;
	bool live;

	if (p->now < session->expires && p->now - session->used < idle)
		return 0;
	pthread_mutex_lock(&p->s->lock);
	live = *find(p->s, session->hash) != NULL;
	pthread_mutex_unlock(&p->s->lock);
	if (live)
		return 0;
	memcpy(p->hashes[p->n++], session->hash, SESSION_HASH_LEN);
	return p->n == SESSIONS_PURGE ? PURGE_FULL : 0;
}

int
sessions_purge(struct sessions *s, struct store_txn *txn, int64_t now)
{
	struct purge p = {.s = s, .now = now};
	int r = session_list(txn, collect_dead, &p);

	if (r != 0 && r != PURGE_FULL)
		return r;
	for (size_t i = 0; i < p.n; i++)
		session_del(txn, p.hashes[i]);
	return 0;
}

size_t
sessions_sweep(struct sessions *s, int64_t boot)
{
	size_t live;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < SLOTS; i++) {
		for (struct item **at = &s->slots[i]; *at != NULL;) {
			if (is_dead(s, *at, boot))
				drop(s, at);
			else
				at = &(*at)->next;
		}
	}
	live = s->count;
	pthread_mutex_unlock(&s->lock);
	return live;
}
