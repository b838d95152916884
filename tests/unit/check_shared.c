/* SPDX-License-Identifier: Apache-2.0 */

/* What several threads share: pool, waiters, rates, sessions. */

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "daemon/pool.h"
#include "daemon/rate.h"
#include "daemon/sessions.h"
#include "daemon/waiters.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_practice.h"

/* ---- pool ------------------------------------------------------------ */

struct job {
	struct pool_job job; /* first */
	pthread_mutex_t *gate;
	atomic_int *done;
};

static void
run_job(struct pool_job *job)
{
	struct job *j = (struct job *)(void *)job;

	pthread_mutex_lock(j->gate);
	pthread_mutex_unlock(j->gate);
	(*j->done)++;
}

START_TEST(test_pool)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	atomic_int done = 0;
	struct job jobs[8];
	struct pool *p = NULL;
	int taken = 0;

	for (size_t i = 0; i < PN_ARRAY_LEN(jobs); i++)
		jobs[i] = (struct job){{run_job, NULL}, &gate, &done};
	ck_assert_int_eq(pool_start(1, 4, &p), 0);
	pthread_mutex_lock(&gate);
	/* one at work at most, four in the queue */
	for (size_t i = 0; i < PN_ARRAY_LEN(jobs); i++) {
		int r = pool_submit(p, &jobs[i].job);

		ck_assert(r == 0 || r == POOL_BUSY);
		if (r == 0)
			taken++;
		else
			break;
	}
	ck_assert_int_ge(taken, 4);
	ck_assert_int_le(taken, 5);
	/* but what has begun goes on */
	ck_assert_int_eq(pool_go_on(p, &jobs[7].job), 0);
	taken++;
	pthread_mutex_unlock(&gate);
	/* what was taken is done, and nothing is taken after */
	pool_stop(p);
	ck_assert_int_eq(done, taken);
	ck_assert_int_eq(pool_submit(p, &jobs[7].job), POOL_STOPPING);
	ck_assert_int_eq(pool_go_on(p, &jobs[7].job), POOL_STOPPING);
	pool_free(&p);
	ck_assert_ptr_null(p);
	pool_free(&p);
}
END_TEST

/* ---- waiters --------------------------------------------------------- */

struct sleeper {
	struct waiter waiter; /* first */
	int woken;
};

static void
wake_sleeper(struct waiter *w)
{
	((struct sleeper *)(void *)w)->woken++;
	/* it may be gone now: whoever wakes must not look at it again */
	w->next = (struct waiter *)(void *)1;
}

START_TEST(test_waiters)
{
	struct sleeper a = {.waiter = {wake_sleeper, 100, NULL}};
	struct sleeper b = {.waiter = {wake_sleeper, 200, NULL}};
	struct sleeper c = {.waiter = {wake_sleeper, 300, NULL}};
	struct waiters *w = NULL;
	uint64_t stamp;

	ck_assert_int_eq(waiters_new(&w), 0);
	stamp = waiters_stamp(w);
	ck_assert(waiters_add(w, &a.waiter, stamp));
	ck_assert(waiters_add(w, &b.waiter, stamp));
	waiters_tick(w, 99);
	ck_assert_int_eq(a.woken, 0);
	waiters_tick(w, 100);
	ck_assert_int_eq(a.woken, 1);
	ck_assert_int_eq(b.woken, 0);
	waiters_wake(w);
	ck_assert_int_eq(a.woken, 1);
	ck_assert_int_eq(b.woken, 1);
	/* what happened since the stamp is not slept through */
	ck_assert(!waiters_add(w, &c.waiter, stamp));
	ck_assert(waiters_add(w, &c.waiter, waiters_stamp(w)));
	waiters_stop(w);
	ck_assert_int_eq(c.woken, 1);
	ck_assert(!waiters_add(w, &a.waiter, waiters_stamp(w)));
	waiters_free(&w);
}
END_TEST

/* ---- rate ------------------------------------------------------------ */

START_TEST(test_rate)
{
	struct rate *r = NULL;
	struct id me = {{1}}, other = {{1, 2}};
	int refused = 0;

	ck_assert_int_eq(rate_new(3, 60000, &r), 0);
	for (int i = 0; i < 3; i++)
		ck_assert(rate_take(r, &me, 1000));
	ck_assert(!rate_take(r, &me, 1000));
	ck_assert(rate_take(r, &other, 1000));
	/* a third of the window gives one back */
	ck_assert(!rate_take(r, &me, 1000 + 19000));
	ck_assert(rate_take(r, &me, 1000 + 20000));
	ck_assert(!rate_take(r, &me, 1000 + 20000));
	/* refused attempts do not push it away */
	for (int i = 1; i < 20; i++)
		ck_assert(!rate_take(r, &me, 21000 + i * 1000));
	ck_assert(rate_take(r, &me, 41000));
	for (int i = 0; i < 3; i++)
		ck_assert(rate_take(r, &me, 500000));
	ck_assert(!rate_take(r, &me, 500000));
	/* nor do they if there is one every millisecond */
	for (int64_t t = 500000; t < 520000; t++)
		refused += !rate_take(r, &me, t);
	ck_assert_int_eq(refused, 20000);
	ck_assert(rate_take(r, &me, 520000));
	/* what is given back is there again, and no more than there may be */
	rate_give(r, &me);
	ck_assert(rate_take(r, &me, 520000));
	ck_assert(!rate_take(r, &me, 520000));
	for (int i = 0; i < 9; i++)
		rate_give(r, &me);
	for (int i = 0; i < 3; i++)
		ck_assert(rate_take(r, &me, 520001));
	ck_assert(!rate_take(r, &me, 520001));
	rate_free(&r);
}
END_TEST

/* Many at once: all of them, or none. */
START_TEST(test_rate_many)
{
	struct rate *r = NULL;
	struct id me = {{1}}, other = {{1, 2}};

	/* as many KiB as an hour may have at most */
	ck_assert_int_eq(rate_new(INT64_C(1) << 30, CLOCK_HOUR, &r), 0);
	ck_assert(!rate_take_many(r, &me, (INT64_C(1) << 30) + 1, 1000));
	ck_assert(!rate_take_many(r, &me, INT64_MAX, 1000));
	ck_assert(rate_take_many(r, &me, INT64_C(1) << 30, 1000));
	ck_assert(!rate_take(r, &me, 1000));
	ck_assert(rate_take_many(r, &other, INT64_C(1) << 30, 1000));
	/* half of the time, half of them */
	ck_assert(!rate_take_many(
	    r, &me, (INT64_C(1) << 29) + 1, 1000 + CLOCK_HOUR / 2));
	ck_assert(
	    rate_take_many(r, &me, INT64_C(1) << 29, 1000 + CLOCK_HOUR / 2));
	ck_assert(!rate_take(r, &me, 1000 + CLOCK_HOUR / 2));
	rate_free(&r);
	ck_assert_int_eq(rate_new(10, 60000, &r), 0);
	ck_assert(rate_take_many(r, &me, 7, 1000));
	/* what was refused took nothing */
	ck_assert(!rate_take_many(r, &me, 4, 1000));
	ck_assert(rate_take_many(r, &me, 3, 1000));
	ck_assert(!rate_take_many(r, &me, 1, 1000));
	/* one comes every six seconds */
	ck_assert_int_eq(rate_wait(r, &me, 1, 1000), 6000);
	ck_assert_int_eq(rate_wait(r, &me, 10, 2000), 59000);
	ck_assert(!rate_take_many(r, &me, 10, 60999));
	ck_assert(rate_take_many(r, &me, 10, 61000));
	ck_assert_int_eq(rate_wait(r, &other, 10, 1000), 0);
	rate_free(&r);
	ck_assert_int_eq(rate_new(10, 60000, &r), 0);
	ck_assert(rate_take_many(r, &me, 10, 1000));
	rate_give_many(r, &me, 4);
	ck_assert(!rate_take_many(r, &me, 5, 1000));
	ck_assert(rate_take_many(r, &me, 4, 1000));
	rate_give_many(r, &me, 10);
	rate_give_many(r, &me, 1);
	ck_assert(!rate_take_many(r, &me, 11, 1000));
	ck_assert(rate_take_many(r, &me, 10, 1000));
	rate_free(&r);
}
END_TEST

/* ---- sessions -------------------------------------------------------- */

#define IDLE (15 * CLOCK_MINUTE)
/* Where nobody sets the clock, both go alike. */
#define AT(t) ((struct sessions_time){(t), (t)})

static struct session
make_session(const struct id *person, uint8_t n)
{
	struct session s = {.person = *person,
	    .created = NOW,
	    .used = NOW,
	    .expires = NOW + CLOCK_HOUR,
	    .frontend = "web"};

	memset(s.hash, n, sizeof(s.hash));
	return s;
}

START_TEST(test_sessions_live_and_die)
{
	struct sessions_found found;
	struct practice p = {0};
	struct sessions *s = NULL;
	struct session one;
	uint8_t other[SESSION_HASH_LEN] = {9};
	int64_t t = NOW;

	practice_make(&p);
	one = make_session(&p.client, 1);
	ck_assert_int_eq(sessions_load(p.s.txn, AT(NOW), IDLE, &s), 0);
	ck_assert_int_eq(sessions_add(s, &one, ROLE_CLIENT, AT(NOW)), 0);
	ck_assert(!sessions_find(s, other, AT(NOW), true, &found));
	/* each use keeps it alive, up to its end */
	for (int i = 0; i < 4; i++) {
		t += IDLE - 1;
		if (t >= one.expires)
			break;
		ck_assert(sessions_find(s, one.hash, AT(t), true, &found));
		ck_assert_int_eq(found.role, ROLE_CLIENT);
		ck_assert(id_equal(&found.session.person, &p.client));
	}
	ck_assert(!sessions_find(s, one.hash, AT(one.expires), true, &found));
	ck_assert_uint_eq(sessions_sweep(s, one.expires), 0);
	one = make_session(&p.client, 2);
	ck_assert_int_eq(sessions_add(s, &one, ROLE_CLIENT, AT(NOW)), 0);
	ck_assert(!sessions_find(s, one.hash, AT(NOW + IDLE), true, &found));
	sessions_end(s, one.hash);
	ck_assert(!sessions_find(s, one.hash, AT(NOW), true, &found));
	sessions_end(s, one.hash);
	sessions_free(&s);
	temp_remove(&p.s);
}
END_TEST

START_TEST(test_sessions_of_a_person)
{
	struct sessions_found found;
	struct practice p = {0};
	struct sessions *s = NULL;
	struct session mine[3], theirs;

	practice_make(&p);
	theirs = make_session(&p.provider, 9);
	ck_assert_int_eq(session_put(p.s.txn, &theirs), 0);
	for (uint8_t i = 0; i < 3; i++) {
		mine[i] = make_session(&p.client, (uint8_t)(i + 1));
		ck_assert_int_eq(session_put(p.s.txn, &mine[i]), 0);
	}
	ck_assert_int_eq(sessions_load(p.s.txn, AT(NOW), IDLE, &s), 0);
	ck_assert(sessions_find(s, mine[2].hash, AT(NOW), true, &found));
	ck_assert(sessions_find(s, theirs.hash, AT(NOW), true, &found));
	ck_assert_int_eq(found.role, ROLE_PROVIDER);
	ck_assert_int_eq(sessions_del_person(p.s.txn, &p.client, NULL), 0);
	sessions_end_person(s, &p.client, NULL);
	for (int i = 0; i < 3; i++) {
		ck_assert(
		    !sessions_find(s, mine[i].hash, AT(NOW), true, &found));
		ck_assert_int_eq(
		    sessions_check(p.s.txn, mine[i].hash), KV_NOT_FOUND);
	}
	ck_assert(sessions_find(s, theirs.hash, AT(NOW), true, &found));
	ck_assert_int_eq(sessions_check(p.s.txn, theirs.hash), 0);
	sessions_free(&s);
	temp_remove(&p.s);
}
END_TEST

START_TEST(test_sessions_last_use_is_kept)
{
	struct sessions_found found;
	struct practice p = {0};
	struct sessions *s = NULL;
	struct session one;
	struct session stored;
	int64_t later = NOW + SESSIONS_WRITE_EVERY;

	practice_make(&p);
	one = make_session(&p.client, 1);
	ck_assert_int_eq(session_put(p.s.txn, &one), 0);
	ck_assert_int_eq(sessions_load(p.s.txn, AT(NOW), IDLE, &s), 0);
	ck_assert(sessions_find(s, one.hash, AT(later - 1), true, &found));
	ck_assert_int_eq(sessions_touch(s, p.s.txn, one.hash, later - 1), 0);
	ck_assert_int_eq(session_get(p.s.txn, one.hash, &stored), 0);
	ck_assert_int_eq(stored.used, NOW);
	ck_assert(sessions_find(s, one.hash, AT(later), true, &found));
	ck_assert_int_eq(sessions_touch(s, p.s.txn, one.hash, later), 0);
	ck_assert_int_eq(session_get(p.s.txn, one.hash, &stored), 0);
	ck_assert_int_eq(stored.used, later);
	/* a restart finds it, and not what has ended or is of the disabled */
	sessions_free(&s);
	ck_assert_int_eq(sessions_load(p.s.txn, AT(later), IDLE, &s), 0);
	ck_assert(
	    sessions_find(s, one.hash, AT(later + IDLE - 1), true, &found));
	sessions_free(&s);
	ck_assert_int_eq(sessions_load(p.s.txn, AT(one.expires), IDLE, &s), 0);
	ck_assert_uint_eq(sessions_sweep(s, NOW), 0);
	sessions_free(&s);
	practice_set_active(&p, &p.client, false);
	ck_assert_int_eq(sessions_load(p.s.txn, AT(later), IDLE, &s), 0);
	ck_assert_uint_eq(sessions_sweep(s, NOW), 0);
	sessions_free(&s);
	temp_remove(&p.s);
}
END_TEST

/* The wall clock says what it likes; sessions end by the other one. */
START_TEST(test_sessions_survive_no_clock_set_back)
{
	struct sessions_found found;
	struct practice p = {0};
	struct sessions *s = NULL;
	struct session one;
	const int64_t back = NOW - 3650 * CLOCK_DAY;

	practice_make(&p);
	one = make_session(&p.client, 1);
	ck_assert_int_eq(session_put(p.s.txn, &one), 0);
	ck_assert_int_eq(sessions_load(p.s.txn, AT(NOW), IDLE, &s), 0);
	ck_assert(sessions_find(s, one.hash,
	    ((struct sessions_time){back, NOW + IDLE - 1}), true, &found));
	ck_assert(!sessions_find(s, one.hash,
	    ((struct sessions_time){back, NOW + 2 * IDLE - 1}), true, &found));
	sessions_free(&s);
	/* set back over a restart: no more than it had when it began */
	ck_assert_int_eq(
	    sessions_load(p.s.txn, ((struct sessions_time){back, 5}), IDLE, &s),
	    0);
	for (int64_t t = 5; t < 5 + CLOCK_HOUR; t += IDLE - 1)
		ck_assert(sessions_find(s, one.hash,
		    ((struct sessions_time){back, t}), true, &found));
	ck_assert(!sessions_find(s, one.hash,
	    ((struct sessions_time){back, 5 + CLOCK_HOUR}), true, &found));
	sessions_free(&s);
	/* set forward, it ends nobody's */
	ck_assert_int_eq(sessions_load(p.s.txn, AT(NOW), IDLE, &s), 0);
	ck_assert(sessions_find(s, one.hash,
	    ((struct sessions_time){NOW + CLOCK_DAY, NOW + 1}), true, &found));
	sessions_free(&s);
	temp_remove(&p.s);
}
END_TEST

START_TEST(test_sessions_have_a_ceiling)
{
	struct sessions_found found;
	struct practice p = {0};
	struct sessions *s = NULL;
	uint8_t hash[SESSION_HASH_LEN];

	practice_make(&p);
	ck_assert_int_eq(sessions_load(p.s.txn, AT(NOW), IDLE, &s), 0);
	for (uint8_t i = 1; i <= SESSIONS_PER_PERSON; i++) {
		struct session one = make_session(&p.client, i);

		ck_assert(!sessions_full(s, &p.client, NULL, hash));
		ck_assert_int_eq(
		    sessions_add(s, &one, ROLE_CLIENT, AT(NOW)), 0);
		ck_assert(sessions_find(
		    s, one.hash, AT(NOW + (i == 7 ? 1 : i + 1)), true, &found));
	}
	ck_assert(!sessions_full(s, &p.provider, NULL, hash));
	ck_assert(sessions_full(s, &p.client, NULL, hash));
	/* the seventh was used least recently */
	ck_assert_uint_eq(hash[0], 7);
	/* with one of them aside there is room */
	ck_assert(!sessions_full(s, &p.client, hash, hash));
	sessions_end(s, hash);
	ck_assert(!sessions_full(s, &p.client, NULL, hash));
	sessions_free(&s);
	temp_remove(&p.s);
}
END_TEST

START_TEST(test_sessions_purge)
{
	struct practice p = {0};
	struct sessions *s = NULL;
	struct session live, fresh, idle, over;
	int64_t now = NOW + IDLE + 3 * SESSIONS_WRITE_EVERY;

	practice_make(&p);
	live = make_session(&p.client, 1);
	fresh = make_session(&p.client, 2);
	idle = make_session(&p.client, 3);
	over = make_session(&p.client, 4);
	fresh.used = now;
	over.expires = now;
	over.used = now;
	ck_assert_int_eq(sessions_load(p.s.txn, AT(NOW), IDLE, &s), 0);
	ck_assert_int_eq(sessions_add(s, &live, ROLE_CLIENT, AT(NOW)), 0);
	ck_assert_int_eq(session_put(p.s.txn, &live), 0);
	ck_assert_int_eq(session_put(p.s.txn, &fresh), 0);
	ck_assert_int_eq(session_put(p.s.txn, &idle), 0);
	ck_assert_int_eq(session_put(p.s.txn, &over), 0);
	ck_assert_int_eq(sessions_purge(s, p.s.txn, now), 0);
	/* known as living, or just made and not known yet */
	ck_assert_int_eq(sessions_check(p.s.txn, live.hash), 0);
	ck_assert_int_eq(sessions_check(p.s.txn, fresh.hash), 0);
	ck_assert_int_eq(sessions_check(p.s.txn, idle.hash), KV_NOT_FOUND);
	ck_assert_int_eq(sessions_check(p.s.txn, over.hash), KV_NOT_FOUND);
	sessions_free(&s);
	temp_remove(&p.s);
}
END_TEST

struct listed {
	size_t count;
	unsigned marks; /* of their hashes' first bytes, as bits */
	int result;
};

static int
list_one(const struct session *session, void *arg)
{
	struct listed *l = arg;

	l->count++;
	l->marks |= 1U << session->hash[0];
	return l->result;
}

/* Those that live, of that person, and all of it if nobody says enough. */
START_TEST(test_sessions_list)
{
	struct sessions_found found;
	struct listed l = {.count = 0}, enough = {.result = 42};
	struct practice p = {0};
	struct sessions *s = NULL;
	struct session theirs;

	practice_make(&p);
	theirs = make_session(&p.provider, 9);
	ck_assert_int_eq(sessions_load(p.s.txn, AT(NOW), IDLE, &s), 0);
	ck_assert_int_eq(sessions_add(s, &theirs, ROLE_PROVIDER, AT(NOW)), 0);
	for (uint8_t i = 1; i <= 3; i++) {
		struct session one = make_session(&p.client, i);

		ck_assert_int_eq(
		    sessions_add(s, &one, ROLE_CLIENT, AT(NOW)), 0);
		if (i != 2)
			ck_assert(sessions_find(
			    s, one.hash, AT(NOW + CLOCK_MINUTE), true, &found));
	}
	ck_assert_int_eq(sessions_list(s, &p.client, AT(NOW), list_one, &l), 0);
	ck_assert_uint_eq(l.marks, 1U << 1 | 1U << 2 | 1U << 3);
	ck_assert_uint_eq(l.count, 3);
	/* the second was left alone */
	l = (struct listed){.count = 0};
	ck_assert_int_eq(
	    sessions_list(s, &p.client, AT(NOW + IDLE), list_one, &l), 0);
	ck_assert_uint_eq(l.marks, 1U << 1 | 1U << 3);
	ck_assert_int_eq(
	    sessions_list(s, &p.client, AT(NOW), list_one, &enough), 42);
	ck_assert_uint_eq(enough.count, 1);
	sessions_free(&s);
	temp_remove(&p.s);
}
END_TEST

/* To be looked at is not to be used, and it is said how long is left. */
START_TEST(test_sessions_looked_at)
{
	struct sessions_found found;
	struct practice p = {0};
	struct sessions *s = NULL;
	struct session one;

	practice_make(&p);
	one = make_session(&p.client, 1);
	ck_assert_int_eq(sessions_load(p.s.txn, AT(NOW), IDLE, &s), 0);
	ck_assert_int_eq(sessions_add(s, &one, ROLE_CLIENT, AT(NOW)), 0);
	for (int64_t t = 0; t < IDLE; t += CLOCK_MINUTE) {
		ck_assert(
		    sessions_find(s, one.hash, AT(NOW + t), false, &found));
		ck_assert_int_eq(found.left, IDLE - t);
		ck_assert_int_eq(found.session.used, NOW);
	}
	ck_assert(!sessions_find(s, one.hash, AT(NOW + IDLE), false, &found));
	/* used, all of it is left again, and it says when it was before */
	ck_assert(sessions_find(s, one.hash, AT(NOW + 7), true, &found));
	ck_assert_int_eq(found.left, IDLE);
	ck_assert_int_eq(found.session.used, NOW);
	ck_assert(sessions_find(s, one.hash, AT(NOW + 8), false, &found));
	ck_assert_int_eq(found.left, IDLE - 1);
	ck_assert_int_eq(found.session.used, NOW + 7);
	/* but never more than until its end */
	for (int64_t t = IDLE - 1; t < CLOCK_HOUR; t += IDLE - 1)
		ck_assert(
		    sessions_find(s, one.hash, AT(NOW + t), true, &found));
	ck_assert(
	    sessions_find(s, one.hash, AT(NOW + CLOCK_HOUR - 5), true, &found));
	ck_assert_int_eq(found.left, 5);
	sessions_free(&s);
	temp_remove(&p.s);
}
END_TEST

/* All but the one that asks, in the store and in the table. */
START_TEST(test_sessions_keep_one)
{
	struct sessions_found found;
	struct practice p = {0};
	struct sessions *s = NULL;
	struct session mine[3];

	practice_make(&p);
	for (uint8_t i = 0; i < 3; i++) {
		mine[i] = make_session(&p.client, (uint8_t)(i + 1));
		ck_assert_int_eq(session_put(p.s.txn, &mine[i]), 0);
	}
	ck_assert_int_eq(sessions_load(p.s.txn, AT(NOW), IDLE, &s), 0);
	ck_assert_int_eq(
	    sessions_del_person(p.s.txn, &p.client, mine[1].hash), 0);
	sessions_end_person(s, &p.client, mine[1].hash);
	for (int i = 0; i < 3; i++) {
		ck_assert(sessions_find(s, mine[i].hash, AT(NOW), false,
			      &found) == (i == 1));
		ck_assert_int_eq(sessions_check(p.s.txn, mine[i].hash),
		    i == 1 ? 0 : KV_NOT_FOUND);
	}
	sessions_free(&s);
	temp_remove(&p.s);
}
END_TEST

/* Where they are listed, they are called by what is no secret. */
START_TEST(test_sessions_id)
{
	const struct session one = {.hash = {1, 2, 3, [15] = 4, [16] = 5}};
	struct session other = one;
	struct id id = sessions_id(one.hash), same;

	other.hash[16] ^= 1;
	same = sessions_id(other.hash);
	ck_assert_mem_eq(id.b, one.hash, sizeof(id.b));
	ck_assert(id_equal(&id, &same));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("shared");
	TCase *c = tcase_create("shared");

	tcase_add_test(c, test_pool);
	tcase_add_test(c, test_waiters);
	tcase_add_test(c, test_rate);
	tcase_add_test(c, test_rate_many);
	tcase_add_test(c, test_sessions_live_and_die);
	tcase_add_test(c, test_sessions_of_a_person);
	tcase_add_test(c, test_sessions_last_use_is_kept);
	tcase_add_test(c, test_sessions_purge);
	tcase_add_test(c, test_sessions_survive_no_clock_set_back);
	tcase_add_test(c, test_sessions_have_a_ceiling);
	tcase_add_test(c, test_sessions_list);
	tcase_add_test(c, test_sessions_looked_at);
	tcase_add_test(c, test_sessions_keep_one);
	tcase_add_test(c, test_sessions_id);
	suite_add_tcase(s, c);
	return run_suite(s);
}
