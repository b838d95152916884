/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Power loss. Messages are posted through the writer while every write and
 * sync of the database is recorded; then the disk is put together as it may
 * look after the power went at any moment: what was synced is there, of what
 * was not, any part may be missing or torn. Each such disk must open, verify
 * and hold all that was acknowledged by then.
 *
 * POSTERN_STATES sets how many are tried (default 100). The controls leave
 * out syncs or acknowledge too early, and must be caught: a test that cannot
 * fail shows nothing.
 */

#include "config.h"
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "store/audit.h"
#include "store/idem.h"
#include "store/outbox.h"
#include "store/record.h"
#include "store/thread.h"
#include "store/writer.h"
#include "tests/fault/recorder.h"
#include "tests/unit/place.h"
#include "tests/unit/run.h"

#define MIB ((size_t)1 << 20)
#define THREADS 8
#define POSTS 400
#define WINDOW 12
#define BODY_MAX 3000
#define IMAGE_MAX (16 * MIB)
#define STATES 100
#define SECTOR 512
/* Without a sync the kernel still writes back what is this many old. */
#define WRITE_BACK 200

static const uint8_t mk[KEYRING_KEY_LEN] = {1};

static struct place place;
static struct store *st;
static struct thread threads[THREADS];
static struct idem_table *idem;
static sem_t told;

static void
open_store(void)
{
	struct store_options opt = {
	    .directory = place.path, .map_size = 64 * MIB};

	ck_assert_int_eq(store_open(&opt, mk, &st), 0);
}

/* ---- posting --------------------------------------------------------- */

struct post {
	struct writer_op op;
	struct thread *thread;
	struct entry_sealed entry;
	uint64_t number;
};

static int
add_rows(struct post *p, struct store_txn *txn, uint64_t seq)
{
	const struct entry_head *h = &p->entry.head;
	struct outbox_row row = {.number = p->number,
	    .kind = OUTBOX_MESSAGE,
	    .state = OUTBOX_PENDING,
	    .created = h->at,
	    .due = h->at,
	    .person = p->thread->counterpart,
	    .thread = h->thread};
	struct idem done = {.number = p->number,
	    .at = h->at,
	    .person = h->author,
	    .thread = h->thread,
	    .entry = h->id,
	    .seq = seq};
	struct audit audit = {.number = p->number,
	    .at = h->at,
	    .verb = AUDIT_MESSAGE_POST,
	    .actor = h->author,
	    .subject = h->thread,
	    .detail = seq};
	int rc;

	memcpy(done.key, h->id.b, ID_LEN);
	rc = outbox_add(txn, &row);
	if (rc == 0)
		rc = idem_add(txn, idem, &done);
	return rc != 0 ? rc : audit_add(txn, &audit);
}

static int
run_post(struct writer_op *op, struct store_txn *txn)
{
	struct post *p = (struct post *)op;
	uint64_t seq;
	int rc;

	p->number = store_number(txn);
	rc = thread_append(txn, p->thread, &p->entry, p->number, &seq);
	return rc != 0 ? rc : add_rows(p, txn, seq);
}

static void
done_post(struct writer_op *op, int result)
{
	struct post *p = (struct post *)op;

	if (result != 0)
		abort();
	recorder_ack(p->number);
	(void)sem_post(&told);
}

static void
seal_post(struct post *p, const struct slot_key *key)
{
	static uint8_t text[BODY_MAX];
	secret_auto struct secret body = {0};
	struct entry_head h = {.id = id_new(),
	    .thread = p->thread->id,
	    .generation = p->thread->generation,
	    .kind = ENTRY_MESSAGE,
	    .visibility = VISIBLE_ALL,
	    .author = p->thread->client,
	    .at = clock_now()};

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(
	    secret_set(&body, text, 1 + (size_t)rand() % BODY_MAX), 0);
	ck_assert_int_eq(
	    entry_seal(store_keyring(st), key, &h, &body, &p->entry), 0);
}

static void
make_threads(struct slot_key *keys)
{
	struct store_txn *txn = NULL;

	ck_assert_int_eq(store_begin(st, true, &txn), 0);
	for (size_t i = 0; i < THREADS; i++) {
		struct id client = id_new(), provider = id_new();

		keys[i] = slot_key_new();
		thread_init(&threads[i], &client, &provider, clock_now());
		ck_assert_int_eq(thread_create(txn, &threads[i], &keys[i]), 0);
	}
	ck_assert_int_eq(idem_load(txn, clock_now(), &idem), 0);
	ck_assert_int_eq(store_commit(&txn), 0);
}

static void
on_fatal(int err, void *arg)
{
	(void)err;
	(void)arg;
	abort();
}

/* As requests come: a few at once, then all of them answered. */
static void
post_all(struct writer *w, struct post *posts, const struct slot_key *keys)
{
	for (size_t i = 0, n; i < POSTS; i += n) {
		n = 1 + (size_t)rand() % WINDOW;
		if (n > POSTS - i)
			n = POSTS - i;
		for (size_t j = i; j < i + n; j++) {
			size_t t = (size_t)rand() % THREADS;

			posts[j].op.run = run_post;
			posts[j].op.done = done_post;
			posts[j].thread = &threads[t];
			seal_post(&posts[j], &keys[t]);
		}
		for (size_t j = i; j < i + n; j++)
			ck_assert_int_eq(writer_submit(w, &posts[j].op), 0);
		for (size_t j = 0; j < n; j++)
			ck_assert_int_eq(sem_wait(&told), 0);
	}
}

/* The disk as it is before the first recorded write is BEFORE_R. */
static struct recording
record(uint8_t **before_r, size_t *len_r)
{
	struct post *posts = calloc(POSTS, sizeof(*posts));
	struct slot_key keys[THREADS];
	struct writer *w = NULL;
	char path[PATH_MAX], recovery[KEYRING_RECOVERY_TEXT];
	struct store_options opt = {
	    .directory = place.path, .map_size = 64 * MIB};

	ck_assert_int_eq(store_create(&opt, mk, recovery), 0);
	open_store();
	make_threads(keys);
	*before_r = calloc(1, IMAGE_MAX);
	ck_assert(posts != NULL && *before_r != NULL);
	*len_r = place_read(&place, "data.mdb", *before_r, IMAGE_MAX);
	(void)snprintf(path, sizeof(path), "%s/data.mdb", place.path);
	recorder_start(path);
	ck_assert_int_eq(writer_start(st, 256, on_fatal, NULL, &w), 0);
	post_all(w, posts, keys);
	writer_stop(&w);
	store_close(&st);
	idem_free(&idem);
	for (size_t i = 0; i < POSTS; i++)
		entry_sealed_fini(&posts[i].entry);
	free(posts);
	return recorder_stop();
}

/* ---- looking at what is left ----------------------------------------- */

enum verdict {
	SOUND,
	UNOPENABLE,
	BROKEN,
	LOST,
	VERDICTS,
};

static uint64_t
last_of(struct store_txn *txn, enum kv_space space)
{
	struct kv_slice key;
	struct record r;

	if (kv_last(store_kv(txn), space, &key) != 0)
		return 0;
	r = (struct record){.at = key.data, .left = key.len};
	return record_u64(&r);
}

/* One operation's rows are there together or not at all. */
static bool
is_whole(struct store_txn *txn)
{
	static const enum kv_space rows[] = {KV_ENTRY, KV_OUTBOX, KV_IDEM};
	uint64_t count = store_count(txn, KV_AUDIT), entries = 0, bad;

	for (size_t i = 0; i < PN_ARRAY_LEN(rows); i++) {
		if (store_count(txn, rows[i]) != count ||
		    last_of(txn, rows[i]) != last_of(txn, KV_AUDIT))
			return false;
	}
	for (size_t i = 0; i < THREADS; i++) {
		struct thread t;

		if (thread_get(txn, &threads[i].id, &t) != 0 ||
		    thread_verify(txn, &t) != 0)
			return false;
		entries += t.count;
	}
	return entries == count && audit_verify(txn, &bad) == 0;
}

static enum verdict
look(uint64_t acked)
{
	struct store_options opt = {
	    .directory = place.path, .map_size = 64 * MIB};
	store_txn_auto struct store_txn *txn = NULL;

	if (store_open(&opt, mk, &st) != 0 || store_begin(st, false, &txn) != 0)
		return UNOPENABLE;
	if (!is_whole(txn))
		return BROKEN;
	if (last_of(txn, KV_AUDIT) < acked)
		return LOST;
	/* and it goes on from there */
	store_abort(&txn);
	if (store_begin(st, true, &txn) != 0)
		return BROKEN;
	kv_put(store_kv(txn), KV_META, (struct kv_slice){"on", 2},
	    (struct kv_slice){"", 0});
	return store_commit(&txn) == 0 ? SOUND : BROKEN;
}

/* In a child: a broken database may well crash who reads it. */
static enum verdict
verdict_of(uint64_t acked)
{
	struct rlimit no_core = {0, 0};
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)close(STDERR_FILENO); /* the engine's assertions */
		_exit((int)look(acked));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) >= VERDICTS)
		return BROKEN;
	return (enum verdict)WEXITSTATUS(status);
}

/* ---- losing power ---------------------------------------------------- */

/* Which promises the disk keeps. */
struct disk {
	bool keeps_fdatasync;
	bool keeps_dsync;
	size_t early; /* operations that acknowledgements run ahead */
};

struct image {
	uint8_t *data;
	size_t len;
};

static void
apply(struct image *img, const struct op *op, size_t len)
{
	size_t end = (size_t)op->offset + len;

	ck_assert_uint_le(end, IMAGE_MAX);
	memcpy(img->data + op->offset, op->data, len);
	if (end > img->len)
		img->len = end;
}

/* Whether op I, not covered by a sync, is surely there at UPTO. */
static bool
is_kept(
    const struct disk *disk, const struct recording *r, size_t i, size_t upto)
{
	if (upto - i > WRITE_BACK &&
	    !(disk->keeps_fdatasync && disk->keeps_dsync))
		return true;
	/* the last one was still in flight */
	return disk->keeps_dsync && r->ops[i].synced && i + 1 < upto;
}

/* BASE holds all before FROM, which the last sync covers. */
static void
lose_power(const struct disk *disk, const struct recording *r,
    struct image *base, size_t from, size_t upto)
{
	struct image img = {calloc(1, IMAGE_MAX), base->len};

	ck_assert_ptr_nonnull(img.data);
	memcpy(img.data, base->data, base->len);
	for (size_t i = from; i < upto; i++) {
		const struct op *op = &r->ops[i];
		int fate = rand() % 10;

		if (op->kind != OP_WRITE)
			continue;
		if (is_kept(disk, r, i, upto) || fate < 4)
			apply(&img, op, op->len);
		else if (fate < 6 && op->len > SECTOR)
			apply(&img, op,
			    (size_t)rand() % (op->len / SECTOR) * SECTOR);
	}
	place_write(&place, "data.mdb", img.data, img.len);
	free(img.data);
}

static int
by_place(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static size_t
choose_moments(const struct recording *r, size_t **at_r)
{
	const char *wish = getenv("POSTERN_STATES");
	size_t n = wish == NULL ? STATES : strtoul(wish, NULL, 10);
	size_t *at = calloc(n, sizeof(*at));

	ck_assert(n > 0 && at != NULL);
	for (size_t i = 0; i < n; i++)
		at[i] = 1 + (size_t)rand() % r->count;
	qsort(at, n, sizeof(*at), by_place);
	*at_r = at;
	return n;
}

/* The greatest number that was acknowledged before UPTO. */
static uint64_t
acked_by(const struct recording *r, size_t upto)
{
	while (upto > 0) {
		if (upto-- <= r->count && r->ops[upto].kind == OP_ACK)
			return r->ops[upto].ack;
	}
	return 0;
}

/* Brings BASE to the last sync before UPTO; all before FROM is in it. */
static void
sync_base(
    const struct recording *r, struct image *base, size_t *from, size_t upto)
{
	size_t end = upto;

	while (end > *from && r->ops[end - 1].kind != OP_SYNC)
		end--;
	for (; *from < end; ++*from) {
		if (r->ops[*from].kind == OP_WRITE)
			apply(base, &r->ops[*from], r->ops[*from].len);
	}
}

/* Tries every moment; SEEN counts the verdicts. */
static size_t
replay(const struct disk *disk, unsigned seen[static VERDICTS])
{
	struct image base = {0};
	struct recording r = record(&base.data, &base.len);
	size_t *at, n, from = 0;

	ck_assert_uint_eq(r.acks, POSTS);
	ck_assert_uint_gt(r.writes, POSTS / WINDOW);
	ck_assert_uint_gt(r.syncs, POSTS / WINDOW / 2);
	n = choose_moments(&r, &at);
	for (size_t s = 0; s < n; s++) {
		if (disk->keeps_fdatasync)
			sync_base(&r, &base, &from, at[s]);
		lose_power(disk, &r, &base, from, at[s]);
		seen[verdict_of(acked_by(&r, at[s] + disk->early))]++;
	}
	free(at);
	free(base.data);
	recording_fini(&r);
	return n;
}

/* ---- tests ----------------------------------------------------------- */

static void
setup(void)
{
	/* what the disk does is made up here: memory will do */
	place_make_in(
	    &place, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	ck_assert_int_eq(sem_init(&told, 0, 0), 0);
	srand(1);
}

static void
teardown(void)
{
	place_remove(&place);
}

static void
print(const char *what, size_t n, const unsigned seen[static VERDICTS])
{
	printf("%s: %zu states, %u unopenable, %u broken, %u lost\n", what, n,
	    seen[UNOPENABLE], seen[BROKEN], seen[LOST]);
}

START_TEST(what_was_acknowledged_is_there)
{
	struct disk disk = {.keeps_fdatasync = true, .keeps_dsync = true};
	unsigned seen[VERDICTS] = {0};
	size_t n = replay(&disk, seen);

	print("synced", n, seen);
	ck_assert_uint_eq(seen[SOUND], n);
}
END_TEST

static const struct {
	const char *what;
	struct disk disk;
} controls[] = {
    {"data not synced", {.keeps_dsync = true}},
    {"nothing synced", {.keeps_dsync = false}},
    {"told early",
	{.keeps_fdatasync = true, .keeps_dsync = true, .early = 4 * WINDOW}},
};

START_TEST(a_broken_promise_is_caught)
{
	unsigned seen[VERDICTS] = {0};
	size_t n = replay(&controls[_i].disk, seen);

	print(controls[_i].what, n, seen);
	ck_assert_uint_ge(n - seen[SOUND], n / 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("powerloss");
	TCase *tc = tcase_create("powerloss");

	tcase_set_timeout(tc, 3600);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_was_acknowledged_is_there);
	tcase_add_loop_test(
	    tc, a_broken_promise_is_caught, 0, (int)PN_ARRAY_LEN(controls));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
