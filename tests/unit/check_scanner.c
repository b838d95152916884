/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>
#include "base/log.h"
#include "daemon/clamd.h"
#include "daemon/notices.h"
#include "daemon/posternd.h"
#include "daemon/scanner.h"
#include "daemon/waiters.h"
#include "store/attachment.h"
#include "store/audit.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_practice.h"

#define FILES 3
#define SIZE (2 * BLOB_CHUNK + 100)
#define NAME "canary-name.pdf"

static struct practice p;
static struct posternd d;
static struct settings settings;
static struct scanner *s;
static char nowhere[] = "/nonexistent/clamd";
static struct attachment files[FILES];
static uint64_t number; /* of the message they belong to */
static atomic_int told; /* how often the thread was news */

/* ---- a clock, a clamd and a writer of its own ---------------------------- */

static _Atomic int64_t boot;
static int answer;  /* of a scan */
static int ready;   /* whether it can be asked */
static int lenient; /* of a probe */
static int refusal; /* of the writer */
static atomic_int scans;
static bool meanwhile; /* somebody writes the row during the scan */
static int probes;
static uint8_t got[SIZE]; /* what it was given last */
static size_t got_len;

int64_t __wrap_clock_boot(void);
int __wrap_clamd_ready(struct clamd *c);
int __wrap_clamd_probe(struct clamd *c);
int __wrap_clamd_scan(struct clamd *c, struct clamd_file *f);
int __wrap_clamd_file_add(struct clamd_file *f, const void *data, size_t len);
int __wrap_posternd_submit(struct posternd *daemon, struct writer_op *op);

int64_t
__wrap_clock_boot(void)
{
	return boot;
}

int
__wrap_clamd_ready(struct clamd *c)
{
	(void)c;
	got_len = 0;
	return ready;
}

int
__wrap_clamd_probe(struct clamd *c)
{
	(void)c;
	probes++;
	return lenient;
}

int
__wrap_clamd_file_add(struct clamd_file *f, const void *data, size_t len)
{
	(void)f;
	ck_assert_uint_le(got_len + len, SIZE);
	memcpy(got + got_len, data, len);
	got_len += len;
	return 0;
}

static void put_row(const struct attachment *a, enum attachment_state state);

int
__wrap_clamd_scan(struct clamd *c, struct clamd_file *f)
{
	(void)c;
	(void)f;
	scans++;
	if (meanwhile) {
		temp_begin(&p.s);
		put_row(&files[0], ATTACHMENT_INFECTED);
		temp_commit(&p.s);
	}
	return answer;
}

int
__wrap_posternd_submit(struct posternd *daemon, struct writer_op *op)
{
	uint64_t before;
	int r = refusal;

	ck_assert_ptr_eq(daemon, &d);
	if (r == 0) {
		temp_begin(&p.s);
		before = store_changes(p.s.txn);
		r = op->run(op, p.s.txn);
		ck_assert_int_ge(r, 0);
		ck_assert(r == 0 || store_changes(p.s.txn) == before);
		temp_commit(&p.s);
	}
	op->done(op, r);
	return 0;
}

/* ---- what is said -------------------------------------------------------- */

static char said[4096];

static void
keep(enum log_level level, const char *topic, const char *text)
{
	size_t len = strlen(said);

	ck_assert_str_eq(topic, "scanner");
	(void)snprintf(
	    said + len, sizeof(said) - len, "%d %s\n", (int)level, text);
}

static void
on_news(const struct news *news, size_t n, void *arg)
{
	(void)arg;
	ck_assert_uint_eq(n, 1);
	ck_assert(id_equal(&news->thread, &p.thread));
	told++;
}

/* ---- a message with files --------------------------------------------------
 */

static void
make_file(struct attachment *a, uint8_t fill)
{
	blob_writer_auto struct blob_writer *w = NULL;
	uint8_t chunk[BLOB_CHUNK];

	*a = (struct attachment){
	    .id = id_new(), .type = ATTACHMENT_PDF, .size = SIZE};
	a->name = text_secret(NAME);
	memset(chunk, fill, sizeof(chunk));
	ck_assert_int_eq(blob_create(p.s.st, &a->id, &w), 0);
	ck_assert_int_eq(blob_append(w, chunk, sizeof(chunk), false), 0);
	ck_assert_int_eq(blob_append(w, chunk, sizeof(chunk), false), 0);
	ck_assert_int_eq(blob_append(w, chunk, 100, true), 0);
	ck_assert_int_eq(blob_sync(w), 0);
	blob_key(w, a->key);
}

static void
put_row(const struct attachment *a, enum attachment_state state)
{
	const struct attachment_row row = {.id = a->id,
	    .thread = p.thread,
	    .number = number,
	    .state = state,
	    .changed = NOW};

	ck_assert_int_eq(attachment_put(p.s.txn, &row), 0);
}

static void
make_message(void)
{
	slot_key_auto struct slot_key key = {0};
	entry_sealed_auto struct entry_sealed sealed = {0};
	const struct secret nothing = {0};
	struct entry_head head = {.id = id_new(),
	    .thread = p.thread,
	    .kind = ENTRY_MESSAGE,
	    .visibility = VISIBLE_ALL,
	    .author = p.client,
	    .at = NOW};
	struct thread t;
	uint64_t seq;

	for (size_t i = 0; i < FILES; i++)
		make_file(&files[i], (uint8_t)('a' + i));
	ck_assert_int_eq(thread_get(p.s.txn, &p.thread, &t), 0);
	head.generation = t.generation;
	ck_assert_int_eq(
	    slot_get(p.s.txn, SLOT_THREAD, &t.id, t.generation, &key), 0);
	ck_assert_int_eq(entry_seal(store_keyring(p.s.st), &key, &head,
			     &nothing, files, FILES, &sealed),
	    0);
	number = store_number(p.s.txn);
	ck_assert_int_eq(thread_append(p.s.txn, &t, &sealed, number, &seq), 0);
	put_row(&files[0], ATTACHMENT_PENDING);
	put_row(&files[1], ATTACHMENT_UNCHECKED);
	put_row(&files[2], ATTACHMENT_UNCHECKED);
}

static void
setup(void)
{
	boot = 1000;
	answer = ready = lenient = refusal = 0;
	scans = told = 0;
	probes = 0;
	meanwhile = false;
	said[0] = '\0';
	settings.attachments.clamd = nowhere;
	practice_make(&p);
	make_message();
	d = (struct posternd){.settings = &settings, .store = p.s.st};
	ck_assert_int_eq(waiters_new(&d.lease_waiters), 0);
	ck_assert_int_eq(notices_load(p.s.txn, d.lease_waiters, &d.notices), 0);
	temp_commit(&p.s);
	store_watch(p.s.st, on_news, NULL);
	log_set_sink(keep);
	ck_assert_int_eq(scanner_new(&d, &s), 0);
	ck_assert_int_eq(scanner_load(s), 0);
}

static void
teardown(void)
{
	scanner_free(&s);
	log_set_sink(NULL);
	notices_free(&d.notices);
	waiters_free(&d.lease_waiters);
	for (size_t i = 0; i < FILES; i++) {
		(void)!blob_delete(p.s.st, &files[i].id);
		attachment_fini(&files[i]);
	}
	temp_remove(&p.s);
}

static enum attachment_state
state_of(const struct attachment *a)
{
	store_txn_auto struct store_txn *txn = NULL;
	struct attachment_row row;

	ck_assert_int_eq(store_begin(p.s.st, false, &txn), 0);
	ck_assert_int_eq(attachment_get(txn, &a->id, &row), 0);
	return row.state;
}

/* A file more that waits. */
static void
add_pending(const struct attachment *a)
{
	temp_begin(&p.s);
	put_row(a, ATTACHMENT_PENDING);
	temp_commit(&p.s);
	scanner_due(s, &a->id);
}

static int
last_audit(const struct audit *a, void *arg)
{
	*(struct audit *)arg = *a;
	return 0;
}

static void
check_audit(enum audit_verb verb)
{
	store_txn_auto struct store_txn *txn = NULL;
	struct audit a = {0};

	ck_assert_int_eq(store_begin(p.s.st, false, &txn), 0);
	ck_assert_int_eq(audit_list(txn, 0, 1000, last_audit, &a), 0);
	ck_assert_int_eq(a.verb, verb);
	ck_assert(id_equal(&a.subject, &p.thread));
	ck_assert(id_is_nil(&a.actor));
	ck_assert_uint_eq(a.detail, 1);
	ck_assert_str_eq(a.via, "posternd");
}

/* ---- what becomes of a file -----------------------------------------------
 */

START_TEST(a_clean_file_is_set_free)
{
	ck_assert_int_eq(scanner_step(s), INT64_MAX);
	ck_assert_int_eq(state_of(&files[0]), ATTACHMENT_CLEAN);
	ck_assert_uint_eq(got_len, SIZE);
	for (size_t i = 0; i < SIZE; i++)
		ck_assert_uint_eq(got[i], 'a');
	ck_assert_int_eq(told, 1);
	check_audit(AUDIT_ATTACHMENT_CLEAN);
	ck_assert_str_eq(said, "");
	/* once, and nothing but what was pending */
	ck_assert_int_eq(scanner_step(s), INT64_MAX);
	ck_assert_int_eq(scans, 1);
	temp_begin(&p.s);
	ck_assert_uint_eq(practice_look(&p, true).count, 1);
}
END_TEST

static int
count_outbox(const struct outbox_row *row, void *arg)
{
	size_t *counts = arg;

	ck_assert_int_eq(row->kind, OUTBOX_MESSAGE);
	ck_assert(id_equal(&row->thread, &p.thread));
	counts[0] += id_equal(&row->person, &p.client);
	counts[1] += id_equal(&row->person, &p.provider);
	return 0;
}

START_TEST(an_infected_file_is_withheld_and_both_sides_hear)
{
	char id[ID_TEXT_LEN + 1], thread[ID_TEXT_LEN + 1], line[256];
	size_t counts[2] = {0, 0};
	struct practice_events seen;

	answer = CLAMD_INFECTED;
	ck_assert_int_eq(scanner_step(s), INT64_MAX);
	ck_assert_int_eq(state_of(&files[0]), ATTACHMENT_INFECTED);
	check_audit(AUDIT_ATTACHMENT_WITHHELD);
	ck_assert_int_eq(told, 1);
	id_text(&files[0].id, id);
	id_text(&p.thread, thread);
	(void)snprintf(line, sizeof(line),
	    "4 attachment %s of thread %s is withheld: clamd found something "
	    "in it\n",
	    id, thread);
	ck_assert_str_eq(said, line);
	temp_begin(&p.s);
	for (int practice = 0; practice <= 1; practice++) {
		seen = practice_look(&p, practice == 1);
		ck_assert_uint_eq(seen.count, 2);
		ck_assert_int_eq(seen.newest, EVENT_FILE_WITHHELD);
		ck_assert(id_is_nil(&seen.about));
	}
	ck_assert_int_eq(outbox_list(p.s.txn, 0, 10, count_outbox, counts), 0);
	ck_assert_uint_eq(counts[0], 1);
	ck_assert_uint_eq(counts[1], 1);
	ck_assert_int_le(notices_next(d.notices), boot);
}
END_TEST

static const int64_t waits[] = {5, 10, 20, 40, 80, 160, 320, 600, 600};

/* clamd is away: one line when it goes, one when it is back. */
START_TEST(what_fails_is_tried_more_and_more_seldom)
{
	int64_t since, next;

	answer = CLAMD_UNREACHABLE;
	for (size_t i = 0; i < PN_ARRAY_LEN(waits); i++) {
		next = scanner_step(s);
		ck_assert_int_eq(scans, (int)i + 1);
		ck_assert_int_eq(next, boot + waits[i] * CLOCK_SECOND);
		boot = next - 1;
		ck_assert_int_eq(scanner_step(s), next);
		ck_assert_int_eq(scans, (int)i + 1);
		boot = next;
	}
	ck_assert_int_eq(state_of(&files[0]), ATTACHMENT_PENDING);
	ck_assert_int_eq(scanner_trouble(s, &since), CLAMD_UNREACHABLE);
	ck_assert_int_le(since, clock_now());
	ck_assert_int_gt(since, clock_now() - CLOCK_MINUTE);
	ck_assert_int_eq(scanner_why(s, &files[0].id), CLAMD_UNREACHABLE);
	ck_assert_str_eq(
	    said, "3 attachments are held back: clamd cannot be reached\n");
	answer = 0;
	ck_assert_int_eq(scanner_step(s), INT64_MAX);
	ck_assert_int_eq(state_of(&files[0]), ATTACHMENT_CLEAN);
	ck_assert_int_eq(scanner_trouble(s, &since), 0);
	ck_assert_int_eq(scanner_why(s, &files[0].id), 0);
	ck_assert_str_eq(said,
	    "3 attachments are held back: clamd cannot be reached\n"
	    "6 attachments are scanned again\n");
	/* the next time begins with the shortest wait again */
	answer = CLAMD_UNREACHABLE;
	add_pending(&files[1]);
	ck_assert_int_eq(scanner_step(s), boot + 5 * CLOCK_SECOND);
}
END_TEST

static const struct {
	int *which;
	int code;
	bool scanned; /* as far as that */
	bool trouble; /* nothing can be scanned */
	const char *word;
} failures[] = {
    {&answer, CLAMD_UNREACHABLE, true, true, "unreachable"},
    {&answer, CLAMD_SILENT, true, true, "silent"},
    {&answer, CLAMD_UNCLEAR, true, false, "unclear"},
    {&answer, CLAMD_EXCEEDED, true, false, "exceeded"},
    {&answer, -ENOMEM, true, true, "trouble"},
    {&ready, CLAMD_SILENT, false, true, "silent"},
    {&lenient, CLAMD_LENIENT, false, true, "lenient"},
    {&lenient, CLAMD_UNREACHABLE, false, true, "unreachable"},
    {&refusal, WRITER_READ_ONLY, true, true, "trouble"},
    {&refusal, WRITER_BUSY, true, true, "trouble"},
};

START_TEST(whatever_fails_the_file_stays_held)
{
	int64_t since;

	*failures[_i].which = failures[_i].code;
	ck_assert_int_eq(scanner_step(s), boot + SCANNER_FIRST_WAIT);
	ck_assert_int_eq(state_of(&files[0]), ATTACHMENT_PENDING);
	ck_assert_int_eq(told, 0);
	ck_assert_int_eq(scans, failures[_i].scanned ? 1 : 0);
	ck_assert_int_eq(scanner_trouble(s, &since),
	    failures[_i].trouble ? failures[_i].code : 0);
	ck_assert_int_eq(since != 0, failures[_i].trouble);
	ck_assert_int_eq(scanner_why(s, &files[0].id), failures[_i].code);
	ck_assert_str_eq(scanner_word(failures[_i].code), failures[_i].word);
	ck_assert_ptr_nonnull(strstr(said, "held back"));
	/* and is free once it does not */
	*failures[_i].which = 0;
	boot += SCANNER_FIRST_WAIT;
	ck_assert_int_eq(scanner_step(s), INT64_MAX);
	ck_assert_int_eq(state_of(&files[0]), ATTACHMENT_CLEAN);
	ck_assert_int_eq(told, 1);
}
END_TEST

START_TEST(a_file_of_its_own_kind_holds_nobody_up)
{
	answer = CLAMD_EXCEEDED;
	ck_assert_int_eq(scanner_step(s), boot + SCANNER_FIRST_WAIT);
	answer = 0;
	add_pending(&files[1]);
	ck_assert_int_eq(scanner_step(s), boot + SCANNER_FIRST_WAIT);
	ck_assert_int_eq(state_of(&files[0]), ATTACHMENT_PENDING);
	ck_assert_int_eq(state_of(&files[1]), ATTACHMENT_CLEAN);
	/* it is told of once, however often it fails */
	answer = CLAMD_EXCEEDED;
	boot += SCANNER_FIRST_WAIT;
	ck_assert_int_eq(scanner_step(s), boot + 2 * SCANNER_FIRST_WAIT);
	ck_assert_ptr_nonnull(strstr(said, "did not look at all of it"));
	ck_assert_ptr_eq(strchr(said, '\n'), strrchr(said, '\n'));
}
END_TEST

/* Each time that clamd dies of a file, the others come first. */
START_TEST(what_silences_clamd_waits_behind_the_others)
{
	add_pending(&files[1]);
	answer = CLAMD_SILENT;
	ck_assert_int_eq(scanner_step(s), boot + SCANNER_FIRST_WAIT);
	ck_assert_uint_eq(got[0], 'a');
	answer = 0;
	boot += SCANNER_FIRST_WAIT;
	ck_assert_int_eq(scanner_step(s), boot);
	ck_assert_int_eq(state_of(&files[0]), ATTACHMENT_PENDING);
	ck_assert_int_eq(state_of(&files[1]), ATTACHMENT_CLEAN);
	ck_assert_int_eq(scanner_step(s), INT64_MAX);
	ck_assert_int_eq(state_of(&files[0]), ATTACHMENT_CLEAN);
}
END_TEST

START_TEST(the_oldest_comes_first)
{
	add_pending(&files[1]);
	add_pending(&files[2]);
	for (int i = 0; i < FILES; i++) {
		ck_assert_int_eq(scanner_step(s), i < 2 ? boot : INT64_MAX);
		ck_assert_uint_eq(got[0], 'a' + (unsigned)i);
	}
}
END_TEST

START_TEST(limits_are_asked_for_now_and_then)
{
	(void)scanner_step(s);
	ck_assert_int_eq(probes, 1);
	add_pending(&files[1]);
	(void)scanner_step(s);
	ck_assert_int_eq(probes, 1);
	boot += CLOCK_HOUR;
	answer = CLAMD_UNREACHABLE;
	add_pending(&files[2]);
	(void)scanner_step(s);
	ck_assert_int_eq(probes, 2);
	/* whatever answers after that may be another */
	boot += SCANNER_FIRST_WAIT;
	(void)scanner_step(s);
	ck_assert_int_eq(probes, 3);
}
END_TEST

/* ---- what lies in the store --------------------------------------------- */

START_TEST(what_is_not_pending_is_let_alone)
{
	const struct id unknown = id_new();

	temp_begin(&p.s);
	put_row(&files[0], ATTACHMENT_INFECTED);
	temp_commit(&p.s);
	told = 0;
	scanner_due(s, &unknown);
	scanner_due(s, &files[1].id);
	while (scanner_step(s) != INT64_MAX)
		;
	ck_assert_int_eq(scans, 0);
	ck_assert_int_eq(told, 0);
	ck_assert_int_eq(state_of(&files[0]), ATTACHMENT_INFECTED);
	ck_assert_int_eq(state_of(&files[1]), ATTACHMENT_UNCHECKED);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(what_changed_meanwhile_stays)
{
	meanwhile = true;
	ck_assert_int_eq(scanner_step(s), INT64_MAX);
	ck_assert_int_eq(scans, 1);
	ck_assert_int_eq(told, 0);
	ck_assert_int_eq(state_of(&files[0]), ATTACHMENT_INFECTED);
}
END_TEST

START_TEST(told_twice_is_written_down_once)
{
	scanner_due(s, &files[0].id);
	answer = CLAMD_INFECTED;
	while (scanner_step(s) != INT64_MAX)
		;
	ck_assert_int_eq(scans, 1);
	ck_assert_int_eq(told, 1);
}
END_TEST

static void
damage_file(const struct attachment *a)
{
	char id[ID_TEXT_LEN + 1], path[256];
	FILE *f;

	id_text(&a->id, id);
	(void)snprintf(
	    path, sizeof(path), "%s/attachments/%s", p.s.place.path, id);
	f = fopen(path, "r+e");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseek(f, BLOB_CHUNK + 200, SEEK_SET), 0);
	ck_assert_uint_eq(fwrite("damage", 1, 6, f), 6);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(a_damaged_file_stays_held)
{
	int64_t since;

	damage_file(&files[0]);
	add_pending(&files[1]);
	ck_assert_int_eq(blob_delete(p.s.st, &files[1].id), 0);
	while (scanner_step(s) <= boot)
		;
	ck_assert_int_eq(scans, 0);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(state_of(&files[i]), ATTACHMENT_PENDING);
		ck_assert_int_eq(
		    scanner_why(s, &files[i].id), SCANNER_UNREADABLE);
	}
	ck_assert_int_eq(scanner_trouble(s, &since), 0);
	ck_assert_ptr_nonnull(strstr(said, "posternd verify"));
	ck_assert_ptr_null(strstr(said, NAME));
}
END_TEST

/* ---- its thread ---------------------------------------------------------- */

static bool
comes_true(bool (*look)(void))
{
	for (int i = 0; i < 4000 && !look(); i++)
		(void)usleep(5000);
	return look();
}

static bool
one_was_scanned(void)
{
	return scans == 1 && told == 1;
}

static bool
two_were_scanned(void)
{
	return scans == 2 && told == 2;
}

START_TEST(its_thread_does_the_same)
{
	scanner_free(&s);
	ck_assert_int_eq(scanner_new(&d, &s), 0);
	ck_assert_int_eq(scanner_start(s), 0);
	ck_assert(comes_true(one_was_scanned));
	add_pending(&files[1]);
	ck_assert(comes_true(two_were_scanned));
	scanner_stop(s);
	ck_assert_int_eq(state_of(&files[1]), ATTACHMENT_CLEAN);
	/* what comes in too late is no harm */
	scanner_due(s, &files[2].id);
	scanner_due(NULL, &files[2].id);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("scanner");
	TCase *t = tcase_create("scanner");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_clean_file_is_set_free);
	tcase_add_test(t, an_infected_file_is_withheld_and_both_sides_hear);
	tcase_add_test(t, what_fails_is_tried_more_and_more_seldom);
	tcase_add_loop_test(t, whatever_fails_the_file_stays_held, 0,
	    (int)PN_ARRAY_LEN(failures));
	tcase_add_test(t, a_file_of_its_own_kind_holds_nobody_up);
	tcase_add_test(t, what_silences_clamd_waits_behind_the_others);
	tcase_add_test(t, the_oldest_comes_first);
	tcase_add_test(t, limits_are_asked_for_now_and_then);
	tcase_add_test(t, what_is_not_pending_is_let_alone);
	tcase_add_test(t, what_changed_meanwhile_stays);
	tcase_add_test(t, told_twice_is_written_down_once);
	tcase_add_test(t, a_damaged_file_stays_held);
	tcase_add_test(t, its_thread_does_the_same);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
