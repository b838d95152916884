/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/notifier.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sodium.h>
#include "base/client.h"
#include "base/clock.h"
#include "base/log.h"
#include "bridge/lease.h"

#define BATCH 10
#define WAIT_SECONDS 4 /* short, as a stop waits for it */
#define PAUSE_MIN 500  /* milliseconds */
#define PAUSE_MAX 60000
#define REPORT_TRIES 8
#define REPORT_LAST 1500 /* milliseconds beyond the grace, when stopping */

struct worker {
	struct notifier *notifier;
	pthread_t thread;
	struct client *client;
	struct submitter *submitter;
	int64_t pause; /* the last one; 0 while all is well */
};

struct notifier {
	struct notifier_settings settings;
	pthread_mutex_t lock;
	pthread_cond_t stopped;
	atomic_bool stop;
	_Atomic int64_t give_up; /* clock_boot(); 0: not stopping */
	struct worker workers[NOTIFIER_THREADS_MAX];
	unsigned n;
};

static bool
stopping(const struct notifier *n)
{
	return atomic_load(&n->stop);
}

static bool
over(const struct notifier *n, int64_t more)
{
	int64_t at = atomic_load(&n->give_up);

	return at != 0 && clock_boot() > at + more;
}

/* Is it time to break off the mail under way? */
static bool
too_late(void *context)
{
	return over(context, 0);
}

/* ... and what is said to posternd, which comes after it? */
static bool
too_late_to_report(void *context)
{
	return over(context, REPORT_LAST);
}

/* Ends early when the bridge stops. */
static void
sleep_ms(struct notifier *n, int64_t ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	(void)pthread_mutex_lock(&n->lock);
	while (!stopping(n) &&
	       pthread_cond_timedwait(&n->stopped, &n->lock, &until) == 0)
		;
	(void)pthread_mutex_unlock(&n->lock);
}

/* Twice as long each time, give or take a half, so that threads spread. */
static void
back_off(struct worker *w)
{
	int64_t pause = w->pause == 0 ? PAUSE_MIN : w->pause * 2;

	if (pause > PAUSE_MAX)
		pause = PAUSE_MAX;
	w->pause = pause;
	sleep_ms(w->notifier,
	    pause / 2 + (int64_t)randombytes_uniform((uint32_t)pause));
}

/* ---- one notification ------------------------------------------------------
 */

/*
 * An address no mail can go to is failed: no later try would differ. A lease
 * we do not understand may be one for a newer bridge, so that it waits.
 */
static void
send_one(struct worker *w, const struct lease *l, struct submit_result *result)
{
	const struct notifier_settings *s = &w->notifier->settings;
	composed_auto struct composed mail = {0};
	int r;

	*result = (struct submit_result){.outcome = SUBMIT_DEFERRED};
	if (!l->good) {
		/* RFC 3463: system incorrectly configured */
		memcpy(result->code, "4.3.5", sizeof("4.3.5"));
		log_error("notifier", "a lease cannot be understood");
		return;
	}
	r = compose(s->templates, &s->identity, &l->notice, &mail);
	if (r == -ENOMEM)
		return;
	if (r < 0) {
		/* RFC 3463: bad address syntax, other or undefined */
		memcpy(result->code, r == -EINVAL ? "5.1.3" : "5.6.0", 6);
		result->outcome = SUBMIT_FAILED;
		log_error("notifier", "a %s cannot be composed: %s",
		    template_kind_name(l->notice.kind), strerror(-r));
		return;
	}
	submit_mail(w->submitter, &mail, result);
}

/*
 * Worth some patience: without it the mail goes out again. Not beyond the
 * lease, which has gone back by then.
 */
static void
report(struct worker *w, const char *id, const struct submit_result *result,
    int64_t end)
{
	for (unsigned i = 0; i < REPORT_TRIES; i++) {
		int r = lease_report(w->client, id, result);

		if (r == 0)
			return;
		if (r == LEASE_REFUSED || clock_boot() > end ||
		    too_late_to_report(w->notifier))
			break;
		sleep_ms(w->notifier, (int64_t)500 << i);
	}
	log_warning("notifier", "an outcome could not be reported");
}

static void
log_outcome(const struct lease *l, const struct submit_result *result)
{
	if (result->outcome == SUBMIT_SENT)
		log_debug(
		    "notifier", "sent, %s", template_kind_name(l->notice.kind));
	else
		log_warning("notifier", "%s, code %s%s%s%s",
		    submit_outcome_name(result->outcome),
		    result->code[0] == '\0' ? "none" : result->code,
		    result->relay ? ", by the relay" : "",
		    result->why == NULL ? "" : ": ",
		    result->why == NULL ? "" : result->why);
}

/*
 * When the relay itself is the trouble the rest of the batch is put off
 * without trying, and the thread pauses.
 */
static void
send_batch(struct worker *w, const struct leases *leases)
{
	struct submit_result result = {0};
	int64_t last_start = leases->end - w->notifier->settings.relay.timeout;

	for (size_t i = 0; i < leases->n; i++) {
		const struct lease *l = &leases->items[i];

		/* unsent ones go back by themselves */
		if ((clock_boot() > last_start && i > 0) ||
		    too_late_to_report(w->notifier))
			break;
		if (stopping(w->notifier)) {
			result =
			    (struct submit_result){.outcome = SUBMIT_DEFERRED};
		} else if (!result.relay) {
			send_one(w, l, &result);
			log_outcome(l, &result);
		}
		report(w, l->id, &result, leases->end);
	}
	if (result.relay)
		back_off(w);
	else
		w->pause = 0;
}

/* ---- the thread ------------------------------------------------------------
 */

static void
turn(struct worker *w, bool *away)
{
	leases_auto struct leases leases = {0};
	int r = lease_take(w->client, BATCH, WAIT_SECONDS, &leases);

	if (r == 0) {
		if (*away)
			log_info("notifier", "posternd is back");
		*away = false;
		send_batch(w, &leases);
		return;
	}
	if (!*away && !stopping(w->notifier))
		log_warning("notifier", "no leases from posternd: %s",
		    r < 0 ? strerror(-r) : "refused");
	*away = true;
	back_off(w);
}

static void *
worker_main(void *context)
{
	struct worker *w = context;
	bool away = false;

	while (!stopping(w->notifier))
		turn(w, &away);
	return NULL;
}

static int
worker_start(struct notifier *n, struct worker *w)
{
	int r = client_open(n->settings.bridge_socket, &w->client);

	w->notifier = n;
	if (r == 0)
		r = submit_open(&n->settings.relay, too_late, n, &w->submitter);
	if (r < 0)
		return r;
	client_abort_when(w->client, too_late_to_report, n);
	return -pthread_create(&w->thread, NULL, worker_main, w);
}

static void
worker_fini(struct worker *w)
{
	client_close(&w->client);
	submit_close(&w->submitter);
}

static int
init(struct notifier *n)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&n->lock, NULL);
	(void)pthread_cond_init(&n->stopped, &attr);
	(void)pthread_condattr_destroy(&attr);
	for (unsigned i = 0; i < n->settings.connections; i++) {
		int r = worker_start(n, &n->workers[i]);

		if (r < 0) {
			worker_fini(&n->workers[i]);
			return r;
		}
		n->n++;
	}
	return 0;
}

int
notifier_start(const struct notifier_settings *settings, struct notifier **n_r)
{
	struct notifier *n = calloc(1, sizeof(*n));
	int r;

	if (n == NULL)
		return -ENOMEM;
	n->settings = *settings;
	if (n->settings.connections > NOTIFIER_THREADS_MAX)
		n->settings.connections = NOTIFIER_THREADS_MAX;
	r = init(n);
	if (r < 0)
		notifier_stop(&n, 0);
	*n_r = n;
	return r;
}

void
notifier_stop(struct notifier **n, int64_t grace_ms)
{
	if (*n == NULL)
		return;
	(void)pthread_mutex_lock(&(*n)->lock);
	atomic_store(&(*n)->stop, true);
	atomic_store(&(*n)->give_up, clock_boot() + grace_ms);
	(void)pthread_cond_broadcast(&(*n)->stopped);
	(void)pthread_mutex_unlock(&(*n)->lock);
	for (unsigned i = 0; i < (*n)->n; i++) {
		(void)pthread_join((*n)->workers[i].thread, NULL);
		worker_fini(&(*n)->workers[i]);
	}
	(void)pthread_cond_destroy(&(*n)->stopped);
	(void)pthread_mutex_destroy(&(*n)->lock);
	free(*n);
	*n = NULL;
}
