/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include "tests/fault/posting.h"

#include <semaphore.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "store/attachment.h"
#include "store/audit.h"
#include "store/idem.h"
#include "store/outbox.h"
#include "store/record.h"
#include "store/thread.h"
#include "store/verify.h"
#include "store/writer.h"

#define THREADS 8
#define BODY_MAX 3000
/* Every so many a message brings a file along, of one or two chunks. */
#define FILE_EVERY 4

static const uint8_t mk[KEYRING_KEY_LEN] = {1};

/* Whose store it is; known to whoever looks at it later. */
static struct id ids[THREADS];

static struct store *st;
static struct thread threads[THREADS];
static struct idem_table *idem;
static const struct posting *now;
static sem_t told;

static struct store_options
options(const struct place *place)
{
	return (struct store_options){
	    .directory = place->path, .map_size = 64 * POSTING_MIB};
}

/* ---- posting --------------------------------------------------------- */

struct post {
	struct writer_op op;
	struct thread *thread;
	struct entry_sealed entry;
	struct attachment file; /* of size 0: none */
	uint64_t number;
};

static int
bind_file(struct post *p, struct store_txn *txn)
{
	struct attachment_row row = {.id = p->file.id,
	    .thread = p->thread->id,
	    .number = p->number,
	    .state = ATTACHMENT_PENDING,
	    .changed = p->entry.head.at};

	return p->file.size == 0 ? 0 : attachment_put(txn, &row);
}

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
	if (rc == 0)
		rc = bind_file(p, txn);
	if (rc == 0)
		rc = add_rows(p, txn, seq);
	if (rc == 0 && now->early)
		now->ack(p->number);
	return rc;
}

static void
done_post(struct writer_op *op, int result)
{
	struct post *p = (struct post *)op;

	if (result != 0)
		abort();
	if (!now->early)
		now->ack(p->number);
	(void)sem_post(&told);
}

/* On the disk before anything names it. */
static void
make_file(struct post *p)
{
	static uint8_t chunk[BLOB_CHUNK];
	blob_writer_auto struct blob_writer *w = NULL;
	struct attachment *a = &p->file;

	*a = (struct attachment){.id = id_new(), .type = ATTACHMENT_PDF};
	a->size = 1 + (uint64_t)rand() % (2 * BLOB_CHUNK);
	ck_assert_int_eq(secret_set(&a->name, "name.pdf", 8), 0);
	ck_assert_int_eq(blob_create(st, &a->id, &w), 0);
	blob_key(w, a->key);
	if (a->size > BLOB_CHUNK)
		ck_assert_int_eq(blob_append(w, chunk, BLOB_CHUNK, false), 0);
	ck_assert_int_eq(
	    blob_append(w, chunk, 1 + (a->size - 1) % BLOB_CHUNK, true), 0);
	ck_assert_int_eq(blob_sync(w), 0);
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
	if (rand() % FILE_EVERY == 0)
		make_file(p);
	ck_assert_int_eq(entry_seal(store_keyring(st), key, &h, &body, &p->file,
			     p->file.size == 0 ? 0 : 1, &p->entry),
	    0);
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
post_some(struct writer *w, const struct slot_key *keys, size_t n)
{
	struct post posts[POSTING_WINDOW];

	for (size_t i = 0; i < n; i++) {
		size_t t = (size_t)rand() % THREADS;

		posts[i] =
		    (struct post){.op = {.run = run_post, .done = done_post},
			.thread = &threads[t]};
		seal_post(&posts[i], &keys[t]);
	}
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(writer_submit(w, &posts[i].op), 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(sem_wait(&told), 0);
	for (size_t i = 0; i < n; i++) {
		entry_sealed_fini(&posts[i].entry);
		attachment_fini(&posts[i].file);
	}
}

static void
load_threads(struct slot_key *keys)
{
	store_txn_auto struct store_txn *txn = NULL;

	ck_assert_int_eq(store_begin(st, false, &txn), 0);
	for (size_t i = 0; i < THREADS; i++) {
		ck_assert_int_eq(thread_get(txn, &ids[i], &threads[i]), 0);
		ck_assert_int_eq(slot_get(txn, SLOT_THREAD, &ids[i],
				     threads[i].generation, &keys[i]),
		    0);
	}
	ck_assert_int_eq(idem_load(txn, clock_now(), &idem), 0);
}

void
posting_make(const struct place *place)
{
	struct store_options opt = options(place);
	char recovery[KEYRING_RECOVERY_TEXT];
	struct store_txn *txn = NULL;

	ck_assert_int_eq(store_create(&opt, mk, recovery), 0);
	ck_assert_int_eq(store_open(&opt, mk, &st), 0);
	ck_assert_int_eq(store_begin(st, true, &txn), 0);
	for (size_t i = 0; i < THREADS; i++) {
		struct id client = id_new(), provider = id_new();
		slot_key_auto struct slot_key key = slot_key_new();
		struct thread t;

		thread_init(&t, &client, &provider, clock_now());
		ids[i] = t.id;
		ck_assert_int_eq(thread_create(txn, &t, &key), 0);
	}
	ck_assert_int_eq(store_commit(&txn), 0);
	store_close(&st);
}

void
posting_run(const struct place *place, const struct posting *p)
{
	struct store_options opt = options(place);
	struct slot_key keys[THREADS];
	struct writer *w = NULL;

	now = p;
	ck_assert_int_eq(sem_init(&told, 0, 0), 0);
	ck_assert_int_eq(store_open(&opt, mk, &st), 0);
	load_threads(keys);
	ck_assert_int_eq(writer_start(st, 256, on_fatal, NULL, &w), 0);
	for (size_t i = 0, n; i < p->count; i += n) {
		n = 1 + (size_t)rand() % POSTING_WINDOW;
		if (n > p->count - i)
			n = p->count - i;
		post_some(w, keys, n);
	}
	writer_stop(&w);
	idem_free(&idem);
	store_close(&st);
}

/* ---- looking at what is left ----------------------------------------- */

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

		if (thread_get(txn, &ids[i], &t) != 0 ||
		    thread_verify(txn, &t, NULL, NULL) != 0)
			return false;
		entries += t.count;
	}
	return entries == count && audit_verify(txn, &bad) == 0;
}

static void
on_damage(const struct verify_damage *d, void *arg)
{
	(void)d;
	(void)arg;
}

/* Above all: every row's file is there, and opens to its end. */
static bool
is_well(void)
{
	struct verify v = {.damaged = on_damage};

	return verify_store(st, &v) == 0 && v.bad == 0;
}

enum verdict
posting_look(const struct place *place, uint64_t acked)
{
	struct store_options opt = options(place);
	store_txn_auto struct store_txn *txn = NULL;

	if (store_open(&opt, mk, &st) != 0 || store_begin(st, false, &txn) != 0)
		return UNOPENABLE;
	if (!is_whole(txn) || !is_well())
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

/* A broken database may well crash who reads it. */
enum verdict
posting_verdict(const struct place *place, uint64_t acked)
{
	struct rlimit no_core = {0, 0};
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)close(STDERR_FILENO); /* the engine's assertions */
		_exit((int)posting_look(place, acked));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) >= VERDICTS)
		return BROKEN;
	return (enum verdict)WEXITSTATUS(status);
}
