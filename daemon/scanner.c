/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/scanner.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <sodium.h>
#include "base/log.h"
#include "daemon/clamd.h"
#include "daemon/event.h"
#include "daemon/notices.h"
#include "daemon/posternd.h"
#include "daemon/recipients.h"
#include "store/attachment.h"
#include "store/audit.h"
#include "store/thread.h"

/* Longer than clamd looks at anything (MaxScanTime, two minutes). */
#define ANSWER_TIME (3 * CLOCK_MINUTE)
/* For so long what was learnt of its configuration is believed. */
#define PROBE_EVERY CLOCK_HOUR
/* rows read in one transaction, so that none is held open for long */
#define CHUNK 2000

struct due {
	struct id id;
	int64_t at; /* clock_boot() */
	unsigned tries;
	int why; /* the last try's code */
	struct due *next;
};

struct scanner {
	struct posternd *d;
	struct clamd clamd; /* its thread's, as is PROBED */
	int64_t probed;     /* clock_boot(); 0: not, or no longer */
	bool running;
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wake;
	bool stopping;
	struct due *first; /* the newest; taken out by its thread alone */
	int trouble;
	int64_t since; /* wall clock, as it is shown */
	unsigned failures;
	int64_t again; /* nothing is tried before; clock_boot() */
};

static const struct {
	int code;
	const char *word;
	const char *log;
} words[] = {
    {CLAMD_UNREACHABLE, "unreachable", "clamd cannot be reached"},
    {CLAMD_SILENT, "silent", "clamd gives no answer"},
    {CLAMD_UNCLEAR, "unclear", "clamd could not scan it"},
    {CLAMD_EXCEEDED, "exceeded", "clamd did not look at all of it"},
    {CLAMD_LENIENT, "lenient",
	"clamd would call clean what it did not look at: it needs "
	"AlertExceedsMax"},
    {SCANNER_UNREADABLE, "unreadable",
	"it cannot be read: see posternd verify"},
};

static const char *
words_for_log(int code)
{
	for (size_t i = 0; i < PN_ARRAY_LEN(words); i++)
		if (words[i].code == code)
			return words[i].log;
	return code < 0 ? strerror(-code) : "the store is full or busy";
}

const char *
scanner_word(int code)
{
	for (size_t i = 0; i < PN_ARRAY_LEN(words); i++)
		if (words[i].code == code)
			return words[i].word;
	return "trouble";
}

/* ---- reading a file ---------------------------------------------------- */

/* A pending file: what its message says of it. */
struct found {
	struct id thread;
	uint64_t seq;
	uint8_t key[BLOB_KEY_LEN];
	uint64_t size;
};

static void
found_fini(struct found *f)
{
	sodium_memzero(f, sizeof(*f));
}

/* Whatever is not there, but should be, is damage. */
static int
damage(int r)
{
	return r > 0 ? SCANNER_UNREADABLE : r;
}

/* KV_NOT_FOUND: it is not pending any more. */
static int
get_pending(
    struct store_txn *txn, const struct id *id, struct attachment_row *row_r)
{
	int r = attachment_get(txn, id, row_r);

	if (r == KV_NOT_FOUND || r < 0)
		return r;
	if (r > 0)
		return SCANNER_UNREADABLE;
	return row_r->state == ATTACHMENT_PENDING ? 0 : KV_NOT_FOUND;
}

static int
find(struct scanner *s, const struct id *id, struct found *f_r)
{
	store_txn_auto struct store_txn *txn = NULL;
	entry_auto struct entry e = {0};
	struct attachment_row row;
	struct thread t;
	int r = store_begin(s->d->store, false, &txn);

	if (r == 0)
		r = get_pending(txn, id, &row);
	if (r != 0)
		return r;
	r = thread_get(txn, &row.thread, &t);
	if (r == 0)
		r = thread_entry(txn, &t, row.number, &e);
	if (r != 0)
		return damage(r);
	for (size_t i = 0; i < e.attachments_n; i++) {
		const struct attachment *a = &e.attachments[i];

		if (!id_equal(&a->id, id))
			continue;
		f_r->thread = t.id;
		f_r->seq = e.seq;
		f_r->size = a->size;
		memcpy(f_r->key, a->key, sizeof(f_r->key));
		return 0;
	}
	return SCANNER_UNREADABLE;
}

static int
copy(struct blob_reader *b, uint8_t *chunk, struct clamd_file *f)
{
	size_t len;
	int r;

	do {
		r = blob_read(b, chunk, &len);
		if (r == 0 && len > 0)
			r = clamd_file_add(f, chunk, len);
	} while (r == 0 && len > 0);
	return r;
}

static int
read_file(struct scanner *s, const struct id *id, const struct found *found,
    struct clamd_file **f_r)
{
	blob_reader_auto struct blob_reader *b = NULL;
	clamd_file_auto struct clamd_file *f = NULL;
	uint8_t *chunk;
	int r = blob_open(s->d->store, id, found->key, found->size, &b);

	if (r == 0)
		r = clamd_file_new(found->size, &f);
	if (r != 0)
		return damage(r);
	chunk = secret_malloc(BLOB_CHUNK);
	if (chunk == NULL)
		return -ENOMEM;
	r = copy(b, chunk, f);
	secret_free(chunk);
	if (r != 0)
		return damage(r);
	*f_r = f;
	f = NULL;
	return 0;
}

/* ---- writing down what was found ----------------------------------------- */

struct verdict {
	struct writer_op op; /* first */
	struct id id;
	uint64_t seq;
	bool infected;
	struct recipients_rows rows;
	sem_t done;
	int result;
};

/* Both sides: a file that was sent did not arrive. */
static int
tell(struct store_txn *txn, const struct thread *t, int64_t now,
    struct recipients_rows *rows_r)
{
	struct recipients all = {0};

	for (size_t i = 0; i < t->member_count; i++) {
		const struct thread_member *m = &t->members[i];

		if (m->until == 0 && (m->rights & MEMBER_MAY_READ) != 0)
			all.persons[all.n++] = m->person;
	}
	return recipients_notify(txn, t, &all, store_number(txn), now, rows_r);
}

/* All that can be refused was seen before: 0 or -errno. */
static int
verdict_put(struct store_txn *txn, struct verdict *v,
    struct attachment_row *row, struct event *event)
{
	struct audit audit = {.number = store_number(txn),
	    .at = clock_now(),
	    .verb = v->infected ? AUDIT_ATTACHMENT_WITHHELD
				: AUDIT_ATTACHMENT_CLEAN,
	    .subject = row->thread,
	    .detail = v->seq,
	    .via = "posternd"};
	int r;

	row->state = v->infected ? ATTACHMENT_INFECTED : ATTACHMENT_CLEAN;
	row->changed = audit.at;
	r = attachment_put(txn, row);
	if (r == 0 && !v->infected)
		r = thread_put(txn, &event->thread); /* which is news */
	if (r == 0 && v->infected)
		r = event_add(txn, event);
	if (r == 0 && v->infected)
		r = tell(txn, &event->thread, audit.at, &v->rows);
	if (r == 0)
		r = audit_add(txn, &audit);
	return r > 0 ? -EIO : r;
}

static int
verdict_run(struct writer_op *op, struct store_txn *txn)
{
	struct verdict *v = (struct verdict *)(void *)op;
	event_auto struct event event = {0};
	const struct id nobody = {0};
	struct attachment_row row;
	int r = get_pending(txn, &v->id, &row);

	if (r != 0)
		return r;
	if (v->infected)
		r = event_prepare(txn, &row.thread, EVENT_FILE_WITHHELD,
		    VISIBLE_ALL, &nobody, clock_now(), &event);
	else
		r = thread_get(txn, &row.thread, &event.thread);
	return r != 0 ? damage(r) : verdict_put(txn, v, &row, &event);
}

static void
verdict_done(struct writer_op *op, int result)
{
	struct verdict *v = (struct verdict *)(void *)op;

	v->result = result;
	(void)sem_post(&v->done);
}

/* Durable on return. WRITER_*, KV_NOT_FOUND: it was not pending any more. */
static int
write_down(struct scanner *s, const struct id *id, const struct found *f,
    bool infected)
{
	char text[ID_TEXT_LEN + 1], thread[ID_TEXT_LEN + 1];
	struct verdict v = {.op = {.run = verdict_run, .done = verdict_done},
	    .id = *id,
	    .seq = f->seq,
	    .infected = infected};
	int r;

	(void)sem_init(&v.done, 0, 0);
	r = posternd_submit(s->d, &v.op);
	if (r == 0) {
		while (sem_wait(&v.done) != 0)
			;
		r = v.result;
	}
	(void)sem_destroy(&v.done);
	if (r != 0 || !infected)
		return r;
	for (size_t i = 0; i < v.rows.n; i++)
		notices_due(s->d->notices, v.rows.numbers[i], clock_now());
	id_text(id, text);
	id_text(&f->thread, thread);
	log_warning("scanner",
	    "attachment %s of thread %s is withheld: clamd found something in "
	    "it",
	    text, thread);
	return 0;
}

/* ---- one try ------------------------------------------------------------- */

static int
probe(struct scanner *s)
{
	int64_t boot = clock_boot();
	int r;

	if (s->probed != 0 && boot - s->probed < PROBE_EVERY)
		return 0;
	r = clamd_probe(&s->clamd);
	s->probed = r == 0 ? boot : 0;
	return r;
}

/* 0: there is nothing left to do. Else a code of any module, or -errno. */
static int
examine(struct scanner *s, const struct id *id)
{
	PN_CLEANUP(found_fini) struct found found = {0};
	clamd_file_auto struct clamd_file *f = NULL;
	int r = clamd_ready(&s->clamd);

	if (r == 0)
		r = probe(s);
	if (r == 0)
		r = find(s, id, &found);
	if (r == 0)
		r = read_file(s, id, &found, &f);
	if (r == 0)
		r = clamd_scan(&s->clamd, f);
	clamd_file_free(&f);
	if (r == 0 || r == CLAMD_INFECTED)
		r = write_down(s, id, &found, r == CLAMD_INFECTED);
	return r == KV_NOT_FOUND ? 0 : r;
}

static int64_t
wait_after(unsigned tries)
{
	int64_t wait = SCANNER_FIRST_WAIT;

	while (--tries > 0 && wait < SCANNER_LONGEST_WAIT)
		wait *= 2;
	return wait < SCANNER_LONGEST_WAIT ? wait : SCANNER_LONGEST_WAIT;
}

/* ---- what is to be tried, under the lock -----------------------------------
 */

/* Is it the file's own fault? Then the others have their turn. */
static bool
is_its_own(int code)
{
	return code == CLAMD_UNCLEAR || code == CLAMD_EXCEEDED ||
	       code == SCANNER_UNREADABLE;
}

static void
take_out(struct scanner *s, struct due *due)
{
	struct due **at = &s->first;

	while (*at != due)
		at = &(*at)->next;
	*at = due->next;
	free(due);
}

static void
put_off(struct due *due, int code)
{
	char text[ID_TEXT_LEN + 1];

	if (due->why != code) {
		id_text(&due->id, text);
		log_warning("scanner", "attachment %s stays held back: %s",
		    text, words_for_log(code));
	}
	due->at = clock_boot() + wait_after(++due->tries);
}

/* Once for each kind of it. */
static void
trouble_begins(struct scanner *s, int code)
{
	if (s->trouble == 0)
		s->since = clock_now();
	if (s->trouble != code)
		log_error("scanner", "attachments are held back: %s",
		    words_for_log(code));
	s->trouble = code;
	s->again = clock_boot() + wait_after(++s->failures);
}

static void
trouble_ends(struct scanner *s)
{
	if (s->trouble != 0)
		log_info("scanner", "attachments are scanned again");
	s->trouble = 0;
	s->failures = 0;
}

static void
settle(struct scanner *s, struct due *due, int code)
{
	if (code == -ECANCELED)
		return;
	if (is_its_own(code))
		put_off(due, code);
	else if (code != 0)
		trouble_begins(s, code);
	/* what makes clamd fall silent must not be the only one it sees */
	if (code == CLAMD_SILENT)
		due->at = clock_boot() + wait_after(++due->tries);
	if (code == 0 || code == CLAMD_UNCLEAR || code == CLAMD_EXCEEDED)
		trouble_ends(s);
	due->why = code;
	if (code == 0)
		take_out(s, due);
}

/* The earliest, and the oldest of these. */
static struct due *
earliest(const struct scanner *s)
{
	struct due *best = s->first;

	for (struct due *i = best; i != NULL; i = i->next)
		if (i->at <= best->at)
			best = i;
	return best;
}

/* When ONE is due: not before anything may be tried. */
static int64_t
due_at(const struct scanner *s, const struct due *one)
{
	if (one == NULL)
		return INT64_MAX;
	return one->at > s->again ? one->at : s->again;
}

int64_t
scanner_step(struct scanner *s)
{
	struct due *due;
	int64_t at;
	int code;

	(void)pthread_mutex_lock(&s->lock);
	due = earliest(s);
	at = due_at(s, due);
	(void)pthread_mutex_unlock(&s->lock);
	if (at > clock_boot())
		return at;
	code = examine(s, &due->id);
	if (code != 0 && !is_its_own(code))
		s->probed = 0;
	(void)pthread_mutex_lock(&s->lock);
	settle(s, due, code);
	at = due_at(s, earliest(s));
	(void)pthread_mutex_unlock(&s->lock);
	return at;
}

/* ---- coming in -------------------------------------------------------------
 */

void
scanner_due(struct scanner *s, const struct id *attachment)
{
	struct due *due;

	if (s == NULL)
		return;
	due = malloc(sizeof(*due));
	if (due == NULL) {
		log_error("scanner", "no memory for what is to be scanned");
		return;
	}
	*due = (struct due){.id = *attachment, .at = clock_boot()};
	(void)pthread_mutex_lock(&s->lock);
	due->next = s->first;
	s->first = due;
	(void)pthread_cond_signal(&s->wake);
	(void)pthread_mutex_unlock(&s->lock);
}

struct walk {
	struct scanner *s;
	struct id after;
	size_t n;
};

static int
load_row(const struct attachment_row *row, void *arg)
{
	struct walk *w = arg;

	w->after = row->id;
	w->n++;
	if (row->state == ATTACHMENT_PENDING)
		scanner_due(w->s, &row->id);
	return 0;
}

static int
load_chunk(struct walk *w)
{
	store_txn_auto struct store_txn *txn = NULL;
	const struct id *after = id_is_nil(&w->after) ? NULL : &w->after;
	int r = store_begin(w->s->d->store, false, &txn);

	w->n = 0;
	return r != 0 ? r : attachment_list(txn, after, CHUNK, load_row, w);
}

int
scanner_load(struct scanner *s)
{
	struct walk w = {.s = s};
	int r;

	do {
		r = load_chunk(&w);
	} while (r == 0 && w.n == CHUNK);
	return r;
}

/* ---- looking at it ----------------------------------------------------- */

int
scanner_trouble(struct scanner *s, int64_t *since_r)
{
	int code;

	(void)pthread_mutex_lock(&s->lock);
	code = s->trouble;
	*since_r = code != 0 ? s->since : 0;
	(void)pthread_mutex_unlock(&s->lock);
	return code;
}

int
scanner_why(struct scanner *s, const struct id *attachment)
{
	int code = 0;

	(void)pthread_mutex_lock(&s->lock);
	for (const struct due *i = s->first; i != NULL; i = i->next)
		if (id_equal(&i->id, attachment))
			code = i->why;
	(void)pthread_mutex_unlock(&s->lock);
	return code;
}

/* ---- its thread -------------------------------------------------------- */

/* Until AT, or something comes in. False: it has to stop. */
static bool
wait_until(struct scanner *s, int64_t at)
{
	struct timespec ts;
	bool go_on;

	(void)pthread_mutex_lock(&s->lock);
	/* what came in meanwhile may be earlier */
	if (due_at(s, earliest(s)) < at)
		at = due_at(s, earliest(s));
	if (!s->stopping && at == INT64_MAX) {
		(void)pthread_cond_wait(&s->wake, &s->lock);
	} else if (!s->stopping && at > clock_boot()) {
		int64_t left = at - clock_boot();

		(void)clock_gettime(CLOCK_MONOTONIC, &ts);
		left += ts.tv_nsec / 1000000;
		ts.tv_sec += left / CLOCK_SECOND;
		ts.tv_nsec = left % CLOCK_SECOND * 1000000;
		(void)pthread_cond_timedwait(&s->wake, &s->lock, &ts);
	}
	go_on = !s->stopping;
	(void)pthread_mutex_unlock(&s->lock);
	return go_on;
}

static void *
scanner_main(void *arg)
{
	struct scanner *s = arg;
	int r = scanner_load(s);

	if (r != 0)
		log_error("scanner",
		    "what is pending cannot be read (%d): see "
		    "posternd verify",
		    r);
	while (wait_until(s, scanner_step(s)))
		;
	return NULL;
}

int
scanner_new(struct posternd *d, struct scanner **s_r)
{
	struct scanner *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (s == NULL)
		return -ENOMEM;
	s->d = d;
	s->clamd = (struct clamd){.path = d->settings->attachments.clamd,
	    .timeout = ANSWER_TIME,
	    .stop = eventfd(0, EFD_CLOEXEC),
	    .held = -1};
	if (s->clamd.stop < 0) {
		int r = -errno;

		free(s);
		return r;
	}
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	*s_r = s;
	return 0;
}

int
scanner_start(struct scanner *s)
{
	int r = pthread_create(&s->thread, NULL, scanner_main, s);

	s->running = r == 0;
	return -r;
}

void
scanner_stop(struct scanner *s)
{
	const uint64_t one = 1;

	if (!s->running)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->stopping = true;
	(void)pthread_cond_signal(&s->wake);
	(void)pthread_mutex_unlock(&s->lock);
	(void)!write(s->clamd.stop, &one, sizeof(one));
	(void)pthread_join(s->thread, NULL);
	s->running = false;
}

void
scanner_free(struct scanner **sp)
{
	struct scanner *s = *sp;

	if (s == NULL)
		return;
	scanner_stop(s);
	while (s->first != NULL)
		take_out(s, s->first);
	clamd_fini(&s->clamd);
	(void)close(s->clamd.stop);
	(void)pthread_cond_destroy(&s->wake);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
	*sp = NULL;
}
