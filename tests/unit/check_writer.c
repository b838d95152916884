/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "store/writer.h"
#include "tests/unit/place.h"
#include "tests/unit/run.h"

#define MIB ((size_t)1 << 20)
#define THREADS 4
#define OPS 2000
#define REFUSED 99

static const uint8_t mk[KEYRING_KEY_LEN] = {1};

static struct place place;
static struct store *st;
static struct writer *w;
static atomic_int fatal_err;
static sem_t fatal_called;

/* What the linker puts in store_reserve()'s place. */
static atomic_int reserve_result;
int __wrap_store_reserve(struct store *s);

int
__wrap_store_reserve(struct store *s)
{
	(void)s;
	return atomic_load(&reserve_result);
}

static void
on_fatal(int err, void *arg)
{
	ck_assert_ptr_eq(arg, &fatal_err);
	atomic_store(&fatal_err, err);
	ck_assert_int_eq(sem_post(&fatal_called), 0);
}

static void
open_store(void)
{
	struct store_options opt = {
	    .directory = place.path, .map_size = 64 * MIB};

	ck_assert_int_eq(store_open(&opt, mk, &st), 0);
}

static void
start(size_t queue_max)
{
	ck_assert_int_eq(
	    writer_start(st, queue_max, on_fatal, &fatal_err, &w), 0);
}

static void
setup(void)
{
	struct store_options opt = {.map_size = 64 * MIB};
	char recovery[KEYRING_RECOVERY_TEXT];

	place_make(&place);
	opt.directory = place.path;
	ck_assert_int_eq(store_create(&opt, mk, recovery), 0);
	ck_assert_int_eq(sem_init(&fatal_called, 0, 0), 0);
	atomic_store(&fatal_err, 0);
	atomic_store(&reserve_result, 0);
	open_store();
}

static void
teardown(void)
{
	writer_stop(&w);
	store_close(&st);
	place_remove(&place);
}

static uint64_t
rows_after_restart(void)
{
	struct store_txn *txn = NULL;
	uint64_t n;

	writer_stop(&w);
	store_close(&st);
	open_store();
	ck_assert_int_eq(store_begin(st, false, &txn), 0);
	n = store_count(txn, KV_AUDIT);
	store_abort(&txn);
	return n;
}

/* ---- an operation ---------------------------------------------------- */

enum act {
	ACT_PUT,
	ACT_REFUSE,
	ACT_REFUSE_LATE,  /* after a put: a mistake */
	ACT_FAIL,         /* negative */
	ACT_APPEND_TWICE, /* shows at the commit only */
	ACT_WAIT,         /* until told */
};

struct op {
	struct writer_op op;
	enum act act;
	unsigned thread, turn;
	int told; /* result, or -1 */
};

static sem_t told, waiting, go_on;
static unsigned last_turn[THREADS];
static atomic_uint done_count;

static void
append(struct store_txn *txn, uint64_t n)
{
	uint8_t key[8];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(n >> (56 - 8 * i));
	kv_append(store_kv(txn), KV_AUDIT, (struct kv_slice){key, sizeof(key)},
	    (struct kv_slice){"x", 1});
}

static int
run(struct writer_op *wop, struct store_txn *txn)
{
	const struct op *op = (struct op *)wop;
	uint64_t n;

	switch (op->act) {
	case ACT_REFUSE:
		return REFUSED;
	case ACT_FAIL:
		return -EIO;
	case ACT_WAIT:
		ck_assert_int_eq(sem_post(&waiting), 0);
		ck_assert_int_eq(sem_wait(&go_on), 0);
		break;
	default:
		break;
	}
	n = store_number(txn);
	append(txn, n);
	if (op->act == ACT_APPEND_TWICE)
		append(txn, n);
	return op->act == ACT_REFUSE_LATE ? REFUSED : 0;
}

static void
done(struct writer_op *wop, int result)
{
	struct op *op = (struct op *)wop;

	ck_assert_uint_eq(op->turn, last_turn[op->thread] + 1);
	last_turn[op->thread] = op->turn;
	op->told = result;
	atomic_fetch_add(&done_count, 1);
	ck_assert_int_eq(sem_post(&told), 0);
}

static struct op
op_make(enum act act, unsigned turn)
{
	return (struct op){.op = {.run = run, .done = done},
	    .act = act,
	    .turn = turn,
	    .told = -1};
}

static void
op_setup(void)
{
	setup();
	ck_assert_int_eq(sem_init(&told, 0, 0), 0);
	ck_assert_int_eq(sem_init(&waiting, 0, 0), 0);
	ck_assert_int_eq(sem_init(&go_on, 0, 0), 0);
	memset(last_turn, 0, sizeof(last_turn));
	atomic_store(&done_count, 0);
}

/* Submits and waits until told. */
static int
result_of(enum act act, bool essential)
{
	struct op op = op_make(act, last_turn[0] + 1);

	op.op.essential = essential;
	ck_assert_int_eq(writer_submit(w, &op.op), 0);
	ck_assert_int_eq(sem_wait(&told), 0);
	return op.told;
}

/* ---- tests ----------------------------------------------------------- */

static void *
submit_many(void *arg)
{
	struct op *ops = arg;

	for (unsigned i = 0; i < OPS; i++) {
		while (writer_submit(w, &ops[i].op) == WRITER_BUSY)
			(void)sched_yield();
	}
	return NULL;
}

START_TEST(all_are_durable_and_told_in_order)
{
	struct op *ops = calloc((size_t)THREADS * OPS, sizeof(*ops));
	pthread_t threads[THREADS];

	ck_assert_ptr_nonnull(ops);
	start(512);
	for (unsigned t = 0; t < THREADS; t++) {
		for (unsigned i = 0; i < OPS; i++) {
			ops[t * OPS + i] =
			    op_make(i % 10 == 9 ? ACT_REFUSE : ACT_PUT, i + 1);
			ops[t * OPS + i].thread = t;
		}
		ck_assert_int_eq(pthread_create(&threads[t], NULL, submit_many,
				     &ops[t * OPS]),
		    0);
	}
	for (unsigned t = 0; t < THREADS; t++)
		ck_assert_int_eq(pthread_join(threads[t], NULL), 0);
	writer_stop(&w);
	ck_assert_ptr_null(w);
	ck_assert_uint_eq(atomic_load(&done_count), THREADS * OPS);
	for (unsigned i = 0; i < THREADS * OPS; i++)
		ck_assert_int_eq(ops[i].told, i % 10 == 9 ? REFUSED : 0);
	ck_assert_uint_eq(rows_after_restart(), THREADS * OPS / 10 * 9);
	ck_assert_int_eq(atomic_load(&fatal_err), 0);
	free(ops);
}
END_TEST

static void
free_done(struct writer_op *op, int result)
{
	ck_assert_int_eq(result, 0);
	free(op);
	ck_assert_int_eq(sem_post(&told), 0);
}

START_TEST(done_may_free_the_operation)
{
	start(512);
	for (unsigned i = 0; i < 300; i++) {
		struct op *op = malloc(sizeof(*op));

		ck_assert_ptr_nonnull(op);
		*op = op_make(ACT_PUT, 0);
		op->op.done = free_done;
		ck_assert_int_eq(writer_submit(w, &op->op), 0);
	}
	ck_assert_uint_eq(rows_after_restart(), 300);
}
END_TEST

/* The writer is held inside a batch, so that the queue can be filled. */
static void
hold(struct op *op)
{
	*op = op_make(ACT_WAIT, 1);
	ck_assert_int_eq(writer_submit(w, &op->op), 0);
	ck_assert_int_eq(sem_wait(&waiting), 0);
}

START_TEST(a_full_queue_says_so_and_stopping_drains_it)
{
	struct op held, ops[8], late = op_make(ACT_PUT, 9);

	start(8);
	hold(&held);
	for (unsigned i = 0; i < 8; i++) {
		ops[i] = op_make(ACT_PUT, i + 2);
		ck_assert_int_eq(writer_submit(w, &ops[i].op), 0);
	}
	ck_assert_int_eq(writer_submit(w, &late.op), WRITER_BUSY);
	ck_assert_uint_eq(atomic_load(&done_count), 0);
	ck_assert_int_eq(sem_post(&go_on), 0);
	ck_assert_uint_eq(rows_after_restart(), 9);
	ck_assert_uint_eq(atomic_load(&done_count), 9);
	ck_assert_int_eq(late.told, -1);
}
END_TEST

static size_t batch_seen;

static int
count_batch(struct writer_op *wop, struct store_txn *txn)
{
	/* all of one batch count up in one transaction */
	if (store_changes(txn) + 1 > batch_seen)
		batch_seen = store_changes(txn) + 1;
	return run(wop, txn);
}

START_TEST(a_batch_takes_what_waits_up_to_its_limit)
{
	static struct op ops[3 * WRITER_BATCH];
	struct op held;

	start(PN_ARRAY_LEN(ops));
	hold(&held);
	for (unsigned i = 0; i < PN_ARRAY_LEN(ops); i++) {
		ops[i] = op_make(ACT_PUT, i + 2);
		ops[i].op.run = count_batch;
		ck_assert_int_eq(writer_submit(w, &ops[i].op), 0);
	}
	ck_assert_int_eq(sem_post(&go_on), 0);
	ck_assert_uint_eq(rows_after_restart(), PN_ARRAY_LEN(ops) + 1);
	ck_assert_uint_eq(batch_seen, WRITER_BATCH);
}
END_TEST

static const struct {
	enum act act;
	int err;
} fatals[] = {
    {ACT_FAIL, -EIO},
    {ACT_REFUSE_LATE, -EPROTO},
    {ACT_APPEND_TWICE, -EINVAL},
};

START_TEST(what_cannot_be_ends_it_unacknowledged)
{
	struct op held, before = op_make(ACT_PUT, 2);
	struct op bad = op_make(fatals[_i].act, 3);
	struct op after = op_make(ACT_PUT, 4);

	start(8);
	hold(&held);
	ck_assert_int_eq(writer_submit(w, &before.op), 0);
	ck_assert_int_eq(writer_submit(w, &bad.op), 0);
	ck_assert_int_eq(writer_submit(w, &after.op), 0);
	ck_assert_int_eq(sem_post(&go_on), 0);
	ck_assert_int_eq(sem_wait(&fatal_called), 0);
	ck_assert_int_eq(atomic_load(&fatal_err), fatals[_i].err);
	ck_assert_int_eq(writer_submit(w, &after.op), WRITER_STOPPING);
	/* the batch before it was told, its own was not */
	ck_assert_uint_eq(rows_after_restart(), 1);
	ck_assert_int_eq(held.told, 0);
	ck_assert_int_eq(before.told, -1);
	ck_assert_int_eq(bad.told, -1);
	ck_assert_int_eq(after.told, -1);
}
END_TEST

START_TEST(a_full_disk_stops_writes_but_not_the_essential)
{
	start(8);
	ck_assert(!writer_read_only(w));
	ck_assert_int_eq(result_of(ACT_PUT, false), 0);
	atomic_store(&reserve_result, KV_FULL);
	ck_assert_int_eq(result_of(ACT_PUT, false), WRITER_READ_ONLY);
	ck_assert(writer_read_only(w));
	ck_assert_int_eq(result_of(ACT_PUT, true), 0);
	ck_assert_int_eq(result_of(ACT_PUT, false), WRITER_READ_ONLY);
	atomic_store(&reserve_result, 0);
	ck_assert_int_eq(result_of(ACT_PUT, false), 0);
	ck_assert(!writer_read_only(w));
	ck_assert_uint_eq(rows_after_restart(), 3);
}
END_TEST

START_TEST(a_full_disk_is_known_from_the_start)
{
	atomic_store(&reserve_result, KV_FULL);
	start(8);
	ck_assert(writer_read_only(w));
	writer_stop(&w);
	atomic_store(&reserve_result, -EIO);
	ck_assert_int_eq(writer_start(st, 8, on_fatal, &fatal_err, &w), -EIO);
	ck_assert_ptr_null(w);
}
END_TEST

START_TEST(a_failing_disk_ends_it)
{
	struct op op = op_make(ACT_PUT, 1);

	start(8);
	atomic_store(&reserve_result, -EIO);
	ck_assert_int_eq(writer_submit(w, &op.op), 0);
	ck_assert_int_eq(sem_wait(&fatal_called), 0);
	ck_assert_int_eq(atomic_load(&fatal_err), -EIO);
	ck_assert_int_eq(op.told, -1);
}
END_TEST

START_TEST(its_thread_has_a_name)
{
	char path[PATH_MAX], name[32];
	struct dirent *e;
	bool found = false;
	DIR *d;

	start(8);
	ck_assert_int_eq(result_of(ACT_PUT, false), 0);
	d = opendir("/proc/self/task");
	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL) {
		FILE *f;

		(void)snprintf(
		    path, sizeof(path), "/proc/self/task/%s/comm", e->d_name);
		f = fopen(path, "re");
		if (f == NULL)
			continue;
		if (fgets(name, sizeof(name), f) != NULL)
			found |= strcmp(name, "writer\n") == 0;
		(void)fclose(f);
	}
	(void)closedir(d);
	ck_assert(found);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("writer");
	TCase *tc = tcase_create("writer");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, op_setup, teardown);
	tcase_add_test(tc, all_are_durable_and_told_in_order);
	tcase_add_test(tc, done_may_free_the_operation);
	tcase_add_test(tc, a_full_queue_says_so_and_stopping_drains_it);
	tcase_add_test(tc, a_batch_takes_what_waits_up_to_its_limit);
	tcase_add_loop_test(tc, what_cannot_be_ends_it_unacknowledged, 0,
	    (int)PN_ARRAY_LEN(fatals));
	tcase_add_test(tc, a_full_disk_stops_writes_but_not_the_essential);
	tcase_add_test(tc, a_full_disk_is_known_from_the_start);
	tcase_add_test(tc, a_failing_disk_ends_it);
	tcase_add_test(tc, its_thread_has_a_name);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
