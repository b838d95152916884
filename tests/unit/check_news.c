/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sodium.h>
#include "store/news.h"
#include "store/writer.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_thread.h"

/* What the linker puts in the place of the allocators. */
static bool no_memory;
static unsigned allocations;
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	allocations++;
	return no_memory ? NULL : __real_reallocarray(p, n, size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return no_memory ? NULL : __real_calloc(n, size);
}

#define MANY 600

static struct heard {
	unsigned calls;
	size_t n; /* of the last call */
	struct news news[MANY];
} heard;

static void
hear(const struct news *news, size_t n, void *arg)
{
	ck_assert_ptr_eq(arg, &heard);
	ck_assert_uint_le(n, MANY);
	heard.calls++;
	heard.n = n;
	memcpy(heard.news, news, n * sizeof(*news));
}

/* From the next transaction on. */
static void
watch(void)
{
	temp_commit(&s);
	heard = (struct heard){0};
	no_memory = false;
	store_watch(s.st, hear, &heard);
	temp_begin(&s);
}

static void
commit(void)
{
	heard.n = 0;
	temp_commit(&s);
	temp_begin(&s);
}

static const struct news *
heard_of(const struct id *thread)
{
	const struct news *found = NULL;

	for (size_t i = 0; i < heard.n; i++) {
		if (!id_equal(&heard.news[i].thread, thread))
			continue;
		ck_assert_ptr_null(found);
		found = &heard.news[i];
	}
	return found;
}

/* -1: not among those who hear of it. */
static int
unread(const struct id *thread, const struct id *person)
{
	const struct news *news = heard_of(thread);

	ck_assert_ptr_nonnull(news);
	for (size_t i = 0; i < news->n; i++) {
		if (id_equal(&news->members[i].person, person))
			return (int)news->members[i].unread;
	}
	return -1;
}

START_TEST(a_thread_is_told_once_and_as_it_is)
{
	struct thread other;

	watch();
	(void)post(&t, &client, "one");
	(void)post(&t, &client, "two");
	make_thread(&other);
	(void)post(&t, &provider, "three");
	(void)post(&other, &provider, "four");
	ck_assert_int_eq(thread_read(s.txn, &t, &provider, 1), 0);
	ck_assert_uint_eq(heard.calls, 0);
	commit();
	ck_assert_uint_eq(heard.calls, 1);
	ck_assert_uint_eq(heard.n, 2);
	ck_assert_uint_eq(heard_of(&t.id)->n, 2);
	ck_assert_int_eq(unread(&t.id, &client), 1);
	ck_assert_int_eq(unread(&t.id, &provider), 1);
	ck_assert_int_eq(unread(&other.id, &client), 1);
	ck_assert_int_eq(unread(&other.id, &provider), 0);
	/* what was told is not told again */
	(void)post(&other, &provider, "five");
	commit();
	ck_assert_uint_eq(heard.calls, 2);
	ck_assert_uint_eq(heard.n, 1);
	ck_assert_int_eq(unread(&other.id, &client), 2);
}
END_TEST

/* ---- what makes news ------------------------------------------------- */

static void
do_create(void)
{
	make_thread(&t);
}

static void
do_put(void)
{
	ck_assert_int_eq(thread_put(s.txn, &t), 0);
}

static void
do_message(void)
{
	(void)post(&t, &client, "text");
}

static void
do_event(void)
{
	(void)event(&t, VISIBLE_PRACTICE, EVENT_NOT_NOTIFIED);
}

static void
do_read(void)
{
	ck_assert_int_eq(thread_read(s.txn, &t, &client, 1), 0);
}

static void
do_read_again(void)
{
	ck_assert_int_eq(thread_read(s.txn, &t, &provider, 1), 0);
}

static void
do_look(void)
{
	struct seen seen;
	struct thread again;

	ck_assert_int_eq(thread_get(s.txn, &t.id, &again), 0);
	ck_assert_int_eq(page(&again, 0, 10, true, &seen), 0);
}

static void
do_number(void)
{
	(void)store_number(s.txn);
}

static const struct {
	void (*act)(void);
	unsigned calls;
} acts[] = {
    {do_create, 1},
    {do_put, 1},
    {do_message, 1},
    {do_event, 1},
    {do_read, 1},
    {do_read_again, 0},
    {do_look, 0},
    {do_number, 0},
};

START_TEST(whoever_writes_a_head_makes_news)
{
	(void)post(&t, &provider, "one");
	ck_assert_int_eq(thread_read(s.txn, &t, &provider, 1), 0);
	watch();
	acts[_i].act();
	commit();
	ck_assert_uint_eq(heard.calls, acts[_i].calls);
	ck_assert_uint_eq(heard.n, acts[_i].calls);
	if (acts[_i].calls > 0)
		ck_assert_ptr_nonnull(heard_of(&t.id));
}
END_TEST

START_TEST(past_members_hear_nothing)
{
	struct id cover = id_new();

	thread_member(&t, &provider)->until = NOW + 1;
	t.members[t.member_count++] = (struct thread_member){
	    .person = cover,
	    .capacity = MEMBER_COVER,
	    .rights = MEMBER_MAY_READ,
	    .since = NOW,
	};
	watch();
	(void)post(&t, &client, "one");
	commit();
	ck_assert_uint_eq(heard_of(&t.id)->n, 2);
	ck_assert_int_eq(unread(&t.id, &provider), -1);
	ck_assert_int_eq(unread(&t.id, &cover), 1);
	ck_assert_int_eq(unread(&t.id, &client), 0);
}
END_TEST

/* ---- what makes none ------------------------------------------------- */

START_TEST(what_is_not_done_is_not_told)
{
	struct thread before;

	watch();
	before = t;
	(void)post(&t, &client, "one");
	store_abort(&s.txn);
	temp_begin(&s);
	t = before;
	commit();
	ck_assert_uint_eq(heard.calls, 0);
	(void)post(&t, &provider, "two");
	commit();
	ck_assert_uint_eq(heard.calls, 1);
	ck_assert_int_eq(unread(&t.id, &client), 1);
	ck_assert_int_eq(unread(&t.id, &provider), 0);
}
END_TEST

START_TEST(what_cannot_be_committed_is_not_told)
{
	struct key key = key_of_number(1);

	watch();
	(void)post(&t, &client, "one");
	/* not above what is there */
	kv_append(store_kv(s.txn), KV_ENTRY, key_slice(&key),
	    (struct kv_slice){"x", 1});
	ck_assert_int_eq(store_commit(&s.txn), -EINVAL);
	temp_begin(&s);
	commit();
	ck_assert_uint_eq(heard.calls, 0);
}
END_TEST

/* They come and go while the writer works. */
START_TEST(readers_neither_tell_nor_forget)
{
	struct store_txn *one = NULL, *two = NULL;

	watch();
	(void)post(&t, &client, "one");
	ck_assert_int_eq(store_begin(s.st, false, &one), 0);
	ck_assert_int_eq(store_begin(s.st, false, &two), 0);
	store_abort(&one);
	ck_assert_int_eq(store_commit(&two), 0);
	ck_assert_uint_eq(heard.calls, 0);
	commit();
	ck_assert_uint_eq(heard.calls, 1);
	ck_assert_int_eq(unread(&t.id, &provider), 1);
}
END_TEST

START_TEST(nobody_who_does_not_watch_is_told)
{
	struct news *news;

	(void)post(&t, &client, "one");
	watch();
	commit();
	ck_assert_uint_eq(heard.calls, 0);
	temp_commit(&s);
	store_watch(s.st, NULL, NULL);
	temp_begin(&s);
	allocations = 0;
	ck_assert_int_eq(store_news(s.txn, &t.id, &news), 0);
	ck_assert_ptr_null(news);
	ck_assert_uint_eq(allocations, 0);
	(void)post(&t, &client, "two");
	commit();
	watch();
	commit();
	ck_assert_uint_eq(heard.calls, 0);
}
END_TEST

/* ---- many ------------------------------------------------------------ */

static struct id many[MANY];

/* Ids that begin alike are told apart all the same. */
static void
make_many(void)
{
	for (size_t i = 0; i < MANY; i++) {
		many[i] = id_new();
		if (i % 2 == 1)
			memcpy(many[i].b, many[i - 1].b, 8);
	}
}

static void
tell_many(unsigned round)
{
	struct news *news;

	for (size_t i = 0; i < 2 * MANY; i++) {
		ck_assert_int_eq(
		    store_news(s.txn, &many[i * 7 % MANY], &news), 0);
		ck_assert_ptr_nonnull(news);
		news->n = 1;
		news->members[0].unread = round + (unsigned)(i * 7 % MANY);
	}
}

START_TEST(many_threads_are_told_and_memory_is_kept)
{
	make_many();
	watch();
	for (unsigned round = 0; round < 3; round++) {
		allocations = 0;
		tell_many(round);
		/* after the first none is needed */
		ck_assert((allocations > 0) == (round == 0));
		commit();
		ck_assert_uint_eq(heard.n, MANY);
		for (size_t i = 0; i < MANY; i++) {
			const struct news *news = heard_of(&many[i]);

			ck_assert_ptr_nonnull(news);
			ck_assert_uint_eq(news->members[0].unread, round + i);
		}
	}
	ck_assert_uint_eq(heard.calls, 3);
}
END_TEST

START_TEST(no_memory_is_no_silence)
{
	struct news *news;

	watch();
	no_memory = true;
	ck_assert_int_eq(store_news(s.txn, &t.id, &news), -ENOMEM);
	ck_assert_int_eq(thread_put(s.txn, &t), -ENOMEM);
	no_memory = false;
	ck_assert_int_eq(thread_put(s.txn, &t), 0);
	commit();
	ck_assert_uint_eq(heard.n, 1);
}
END_TEST

/* ---- by the writer --------------------------------------------------- */

struct op {
	struct writer_op op;
	sem_t done;
	pthread_t thread;     /* that told */
	unsigned told_before; /* calls of hear() when it was done */
	uint32_t unread;
};

static int
run_op(struct writer_op *wop, struct store_txn *txn)
{
	(void)wop;
	thread_member(&t, &client)->unread = 17;
	return thread_put(txn, &t);
}

static void
op_done(struct writer_op *wop, int result)
{
	struct op *op = (struct op *)wop;

	ck_assert_int_eq(result, 0);
	ck_assert(pthread_equal(pthread_self(), op->thread));
	op->told_before = heard.calls;
	ck_assert_int_eq(sem_post(&op->done), 0);
}

static void
hear_writer(const struct news *news, size_t n, void *arg)
{
	struct op *op = arg;

	ck_assert_uint_eq(n, 1);
	heard.calls++;
	op->thread = pthread_self();
	op->unread = news[0].members[0].unread;
}

static void
no_fatal(int err, void *arg)
{
	(void)arg;
	ck_abort_msg("fatal: %d", err);
}

/* Who is told of a message can look at once, and whoever wrote it too. */
START_TEST(the_writer_tells_before_it_answers)
{
	struct op op = {.op = {.run = run_op, .done = op_done}};
	struct writer *w = NULL;

	ck_assert_int_eq(sem_init(&op.done, 0, 0), 0);
	temp_commit(&s);
	heard = (struct heard){0};
	store_watch(s.st, hear_writer, &op);
	ck_assert_int_eq(writer_start(s.st, 8, no_fatal, NULL, &w), 0);
	ck_assert_int_eq(writer_submit(w, &op.op), 0);
	ck_assert_int_eq(sem_wait(&op.done), 0);
	writer_stop(&w);
	ck_assert_uint_eq(op.told_before, 1);
	ck_assert_uint_eq(op.unread, 17);
	ck_assert(!pthread_equal(pthread_self(), op.thread));
	temp_begin(&s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("news");
	TCase *tc = tcase_create("news");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_thread_is_told_once_and_as_it_is);
	tcase_add_loop_test(
	    tc, whoever_writes_a_head_makes_news, 0, (int)PN_ARRAY_LEN(acts));
	tcase_add_test(tc, past_members_hear_nothing);
	tcase_add_test(tc, what_is_not_done_is_not_told);
	tcase_add_test(tc, what_cannot_be_committed_is_not_told);
	tcase_add_test(tc, readers_neither_tell_nor_forget);
	tcase_add_test(tc, nobody_who_does_not_watch_is_told);
	tcase_add_test(tc, many_threads_are_told_and_memory_is_kept);
	tcase_add_test(tc, no_memory_is_no_silence);
	tcase_add_test(tc, the_writer_tells_before_it_answers);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
