/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/posternd.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sodium.h>
#include "base/children.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/socket.h"
#include "base/systemd.h"
#include "daemon/brake.h"
#include "daemon/command.h"
#include "daemon/factor.h"
#include "daemon/http.h"
#include "daemon/inspect/inspect.h"
#include "daemon/live.h"
#include "daemon/mailbox.h"
#include "daemon/notices.h"
#include "daemon/pool.h"
#include "daemon/proof.h"
#include "daemon/rate.h"
#include "daemon/scanner.h"
#include "daemon/sessions.h"
#include "daemon/start.h"
#include "daemon/sweep.h"
#include "daemon/uploads.h"
#include "daemon/waiters.h"
#include "store/audit.h"

#define READ_WORKERS 2
#define READ_QUEUE 256
#define FILE_WORKERS 3
#define FILE_QUEUE 256
#define FILE_MS (10 * CLOCK_SECOND) /* for a look at one */
#define INBOUND_PER_SECOND 50
#define DRAFTS_PER_MINUTE 120

/* ---- settings -------------------------------------------------------- */

static int
find_uid(const char *user, const char *key, uid_t *uid_r)
{
	*uid_r = (uid_t)-1;
	if (user[0] == '\0' || socket_uid(user, uid_r) == 0)
		return EXIT_GOOD;
	log_error("config", "%s: there is no such user", key);
	return EXIT_BAD_CONFIG;
}

static int
find_uids(struct posternd *d)
{
	const struct settings *s = d->settings;
	int r = find_uid(s->sockets.web_user, "sockets.web-user", &d->web_uid);

	if (r == EXIT_GOOD)
		r = find_uid(s->sockets.bridge_user, "sockets.bridge-user",
		    &d->bridge_uid);
	if (r == EXIT_GOOD)
		r = find_uid(
		    s->sockets.admin_user, "sockets.admin-user", &d->admin_uid);
	d->frontend_uids = calloc(s->n_frontends + 1, sizeof(uid_t));
	if (d->frontend_uids == NULL)
		return EXIT_TROUBLE;
	for (size_t i = 0; r == EXIT_GOOD && i < s->n_frontends; i++) {
		r = find_uid(s->frontends[i].user, "frontend.user",
		    &d->frontend_uids[i]);
		if (r == EXIT_GOOD && d->frontend_uids[i] == d->web_uid) {
			log_error("config", "frontend.user: the user of "
					    "sockets.web-user cannot be a "
					    "frontend, too");
			r = EXIT_BAD_CONFIG;
		}
		for (size_t j = 0; r == EXIT_GOOD && j < i; j++) {
			if (d->frontend_uids[j] != d->frontend_uids[i])
				continue;
			log_error("config", "frontend.user: two frontends "
					    "cannot be the same user");
			r = EXIT_BAD_CONFIG;
		}
	}
	return r;
}

/* ---- store ----------------------------------------------------------- */

static void
on_writer_fatal(int err, void *arg)
{
	(void)arg;
	/* nothing that was not told durable was acknowledged; after a failed
	 * sync only a fresh start knows what is on the disk */
	if (err == -EPROTO)
		log_error("writer", "what was begun could not be finished, as "
				    "something in the store is damaged; "
				    "ending: see posternd verify");
	else
		log_error("writer", "commit failed, ending: %s (%d)",
		    err < 0 ? strerror(-err) : "code", err);
	_exit(EXIT_TRY_LATER);
}

static int
load_tables(struct posternd *d)
{
	store_txn_auto struct store_txn *txn = NULL;
	int64_t now = clock_now();
	int r = waiters_new(&d->lease_waiters);

	if (r == 0)
		r = live_new(&d->live);
	if (r == 0)
		r = brake_new(&d->brake);
	if (r == 0)
		r = store_begin(d->store, false, &txn);
	if (r == 0)
		r = idem_load(txn, now, &d->idem);
	if (r == 0)
		r = sessions_load(txn, sessions_time(),
		    d->settings->limits.session_idle, &d->sessions);
	if (r == 0)
		r = notices_load(txn, d->lease_waiters, &d->notices);
	if (r == 0)
		r = sweep(d->store, txn);
	if (r == 0)
		r = uploads_new(d->store, &d->uploads);
	if (r == 0)
		store_watch(d->store, live_tell_threads, d->live);
	return r;
}

static int
start_threads(struct posternd *d)
{
	const struct settings *s = d->settings;
	int r =
	    rate_new(s->limits.posts_per_minute, CLOCK_MINUTE, &d->post_rate);

	if (r == 0)
		r = rate_new(DRAFTS_PER_MINUTE, CLOCK_MINUTE, &d->draft_rate);
	if (r == 0)
		r = rate_new(s->limits.attachment_bytes_per_hour / 1024,
		    CLOCK_HOUR, &d->upload_rate);
	if (r == 0)
		r = rate_new(
		    POSTERND_ADDRESS_CODES, CLOCK_HOUR, &d->address_rate);
	if (r == 0)
		r = rate_new(s->limits.recipients_per_second, CLOCK_SECOND,
		    &d->recipient_rate);
	if (r == 0)
		r = rate_new(
		    INBOUND_PER_SECOND, CLOCK_SECOND, &d->inbound_rate);
	if (r == 0)
		r = mailbox_new(MAILBOX_IMAP, &d->mailbox);
	if (r == 0)
		r = mailbox_new(MAILBOX_MAILDIR, &d->maildir);
	if (r == 0)
		r = pool_start((size_t)s->limits.login_workers,
		    (size_t)s->limits.login_queue, &d->login_pool);
	if (r == 0)
		r = pool_start(READ_WORKERS, READ_QUEUE, &d->read_pool);
	if (r == 0)
		r = pool_start(FILE_WORKERS, FILE_QUEUE, &d->file_pool);
	if (r == 0)
		r = writer_start(d->store, (size_t)s->limits.queue,
		    on_writer_fatal, d, &d->writer);
	return r;
}

static int
open_store(struct posternd *d, const struct start_keys *keys)
{
	struct store_options so = start_options(d->settings);
	uint8_t mk[KEYRING_KEY_LEN];
	int r = start_key(d->settings, keys, mk);

	if (r != EXIT_GOOD)
		return r;
	r = store_open(&so, mk, &d->store);
	sodium_memzero(mk, sizeof(mk));
	if (r != 0)
		return start_trouble(r);
	keys_derive(store_keyring(d->store), &d->keys);
	r = load_tables(d);
	if (r == 0)
		r = start_threads(d);
	return r == 0 ? EXIT_GOOD : start_trouble(r);
}

/* ---- the daemon's own audit entries ---------------------------------- */

struct note {
	struct writer_op op;
	enum audit_verb verb;
	sem_t done;
	int result;
};

static int
note_run(struct writer_op *op, struct store_txn *txn)
{
	struct note *n = (struct note *)(void *)op;
	struct audit a = {.number = store_number(txn),
	    .at = clock_now(),
	    .verb = n->verb,
	    .via = "posternd"};

	return audit_add(txn, &a);
}

static void
note_done(struct writer_op *op, int result)
{
	struct note *n = (struct note *)(void *)op;

	n->result = result;
	(void)sem_post(&n->done);
}

/* Durable on return. */
static int
note(struct posternd *d, enum audit_verb verb)
{
	struct note n = {
	    .op = {.run = note_run, .done = note_done, .essential = true},
	    .verb = verb};
	int r;

	(void)sem_init(&n.done, 0, 0);
	r = posternd_submit(d, &n.op);
	if (r == 0) {
		while (sem_wait(&n.done) != 0)
			;
		r = n.result;
	}
	(void)sem_destroy(&n.done);
	return r;
}

/* ---- open and close -------------------------------------------------- */

static int
start_inspectors(struct posternd *d)
{
	int r = children_start(&inspect_nursery, FILE_MS, &d->inspectors);

	if (r == 0)
		return EXIT_GOOD;
	log_error("files", "the process that looks at files: %s", strerror(-r));
	return EXIT_TROUBLE;
}

static int
start_scanner(struct posternd *d)
{
	int r = 0;

	if (d->settings->attachments.clamd[0] != '\0')
		r = scanner_new(d, &d->scanner);
	if (r == 0 && d->scanner != NULL)
		r = scanner_start(d->scanner);
	return r == 0 ? EXIT_GOOD : start_trouble(r);
}

/* Before there is a key, or a second thread. */
static int
start_judges(struct posternd *d, const char *helper)
{
	int r = children_exec(helper, &proof_rules, &d->judges);

	if (r == 0)
		r = proof_try(d->judges);
	if (r == 0)
		return EXIT_GOOD;
	log_error("passkey", "%s: %s", helper,
	    r == -EPIPE            ? "it does not run"
	    : r == CHILDREN_FAILED ? "it cannot close itself in"
				   : strerror(-r));
	return r == -ENOENT || r == -EACCES ? EXIT_BAD_CONFIG : EXIT_TROUBLE;
}

int
posternd_open(struct posternd *d, const struct command_options *o)
{
	int r;

	(void)pthread_rwlock_init(&d->writer_lock, NULL);
	d->started = clock_now();
	d->rounds_due = clock_boot() + ROUNDS_FIRST;
	r = start_settings(o->config, &d->settings);
	if (r == EXIT_GOOD)
		r = find_uids(d);
	if (r == EXIT_GOOD)
		r = start_judges(d, o->helper);
	if (r == EXIT_GOOD)
		r = start_inspectors(d);
	if (r == EXIT_GOOD && factor_init() != 0)
		r = EXIT_TROUBLE;
	if (r == EXIT_GOOD)
		r = open_store(d, &o->keys);
	if (r != EXIT_GOOD)
		return r;
	r = note(d, AUDIT_START);
	return r == 0 ? start_scanner(d) : start_trouble(r);
}

static void
stop_writer(struct posternd *d)
{
	struct writer *w;

	if (d->writer != NULL && note(d, AUDIT_STOP) != 0)
		log_warning("writer", "the stop could not be recorded");
	(void)pthread_rwlock_wrlock(&d->writer_lock);
	w = d->writer;
	d->writer = NULL;
	(void)pthread_rwlock_unlock(&d->writer_lock);
	if (w != NULL)
		writer_stop(&w);
}

void
posternd_close(struct posternd *d)
{
	posternd_unlisten(d);
	/* whoever is suspended is held by a wait, a pool or the writer: once
	 * these are done all have been resumed */
	if (d->lease_waiters != NULL)
		waiters_stop(d->lease_waiters);
	if (d->login_pool != NULL)
		pool_stop(d->login_pool);
	if (d->read_pool != NULL)
		pool_stop(d->read_pool);
	if (d->file_pool != NULL)
		pool_stop(d->file_pool);
	if (d->scanner != NULL)
		scanner_stop(d->scanner);
	stop_writer(d);
	for (size_t i = 0; i < GATES; i++)
		http_stop(&d->http[i]);
	pool_free(&d->login_pool);
	pool_free(&d->read_pool);
	pool_free(&d->file_pool);
	scanner_free(&d->scanner);
	children_stop(&d->judges);
	children_stop(&d->inspectors);
	uploads_free(&d->uploads);
	rate_free(&d->post_rate);
	rate_free(&d->draft_rate);
	rate_free(&d->upload_rate);
	rate_free(&d->address_rate);
	rate_free(&d->recipient_rate);
	rate_free(&d->inbound_rate);
	mailbox_free(&d->mailbox);
	mailbox_free(&d->maildir);
	notices_free(&d->notices);
	waiters_free(&d->lease_waiters);
	live_free(&d->live);
	brake_free(&d->brake);
	sessions_free(&d->sessions);
	if (d->idem != NULL)
		idem_free(&d->idem);
	store_close(&d->store);
	keys_fini(&d->keys);
	free(d->frontend_uids);
	settings_free(&d->settings);
	(void)pthread_rwlock_destroy(&d->writer_lock);
}

int
posternd_submit(struct posternd *d, struct writer_op *op)
{
	int r = WRITER_STOPPING;

	(void)pthread_rwlock_rdlock(&d->writer_lock);
	if (d->writer != NULL)
		r = writer_submit(d->writer, op);
	(void)pthread_rwlock_unlock(&d->writer_lock);
	return r;
}

bool
posternd_read_only(struct posternd *d)
{
	bool read_only = true;

	(void)pthread_rwlock_rdlock(&d->writer_lock);
	if (d->writer != NULL)
		read_only = writer_read_only(d->writer);
	(void)pthread_rwlock_unlock(&d->writer_lock);
	return read_only;
}
