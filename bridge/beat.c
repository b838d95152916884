/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/beat.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/client.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

#define EVERY CLOCK_MINUTE
#define OFTEN (2 * CLOCK_SECOND)
#define TIMEOUT (10 * CLOCK_SECOND)

struct beat {
	struct client *client;
	const char *what;
	void (*wish)(void *context);
	void *context;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	atomic_bool stop;
	bool fresh; /* the report has not been sent */
	struct beat_report report;
};

const char *
beat_state_name(enum beat_state state)
{
	static const char *const names[] = {
	    [BEAT_CONNECTING] = "connecting",
	    [BEAT_CONNECTED] = "connected",
	    [BEAT_TROUBLE] = "trouble",
	    [BEAT_SIGNING_IN] = "signing-in",
	    [BEAT_WATCHING] = "watching",
	};

	return names[state];
}

const char *
beat_error_name(enum beat_error error)
{
	static const char *const names[] = {
	    [BEAT_NONE] = "",
	    [BEAT_UNREACHABLE] = "unreachable",
	    [BEAT_TIMEOUT] = "timeout",
	    [BEAT_NO_TRUST] = "no-trust",
	    [BEAT_UNTRUSTED] = "untrusted",
	    [BEAT_NO_TLS] = "no-tls",
	    [BEAT_DISCONNECTED] = "disconnected",
	    [BEAT_PROTOCOL] = "protocol",
	    [BEAT_LOGIN] = "login",
	    [BEAT_OAUTH_ONLY] = "oauth-only",
	    [BEAT_NO_PASSWORD] = "no-password",
	    [BEAT_FOLDER] = "folder",
	    [BEAT_FETCH] = "fetch",
	    [BEAT_VERDICT] = "verdict",
	    [BEAT_STATE] = "state",
	    [BEAT_SIGN_IN] = "sign-in",
	    [BEAT_CLIENT] = "client",
	    [BEAT_TOKEN] = "token",
	    [BEAT_MACHINE] = "machine",
	    [BEAT_MISSING] = "missing",
	    [BEAT_DENIED] = "denied",
	};

	return names[error];
}

/* NULL: out of memory. */
static json_t *
report_json(const char *what, const struct beat_report *r)
{
	const struct oauth_prompt *p = &r->prompt;
	json_t *place = json_pack("{s:s, s:I}", "state",
	    beat_state_name(r->state), "since", (json_int_t)r->since);
	int bad = place == NULL;

	if (!bad && r->error != BEAT_NONE)
		bad |= json_object_set_new(
		    place, "error", json_string(beat_error_name(r->error)));
	if (!bad && r->secret_expires != 0)
		bad |= json_object_set_new(
		    place, "secret_expires", json_integer(r->secret_expires));
	if (!bad && r->passed_over != 0)
		bad |= json_object_set_new(
		    place, "passed_over", json_integer(r->passed_over));
	if (!bad && r->state == BEAT_SIGNING_IN && p->user_code[0] != '\0')
		bad |= json_object_update_new(place,
		    json_pack("{s:s, s:s, s:I}", "user_code", p->user_code,
			"verification_uri", p->verification_uri, "expires",
			(json_int_t)p->expires));
	if (bad != 0)
		json_drop(&place);
	return json_pack("{s:o}", what, place);
}

static bool
stopping(void *context)
{
	const struct beat *b = context;

	return atomic_load(&b->stop);
}

/* False: posternd has not heard it. */
static bool
send_report(struct beat *b, const struct beat_report *report)
{
	client_reply_auto struct client_reply reply = {0};
	json_auto json_t *body = report_json(b->what, report);
	int r = -ENOMEM;

	if (body != NULL)
		r = client_call(b->client, "POST", "/v1/bridge/health", body,
		    TIMEOUT, &reply);
	if (r < 0 || reply.status != 200) {
		log_debug(b->what, "posternd does not take its state");
		return false;
	}
	if (b->wish != NULL &&
	    json_is_true(json_object_get(reply.body, "sign_in")))
		b->wish(b->context);
	return true;
}

/* Until there is something to say. False: the end. */
static bool
wait_turn(struct beat *b, int64_t ms, struct beat_report *report_r)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000);
	(void)pthread_mutex_lock(&b->lock);
	while (!stopping(b) && !b->fresh &&
	       pthread_cond_timedwait(&b->changed, &b->lock, &until) == 0)
		;
	b->fresh = false;
	*report_r = b->report;
	(void)pthread_mutex_unlock(&b->lock);
	return !stopping(b);
}

/* Somebody may be waiting for a code to enter. */
static bool
is_pressing(const struct beat *b, const struct beat_report *report)
{
	return b->wish != NULL && report->state != BEAT_CONNECTED;
}

static void *
beat_main(void *context)
{
	struct beat *b = context;
	struct beat_report report = {0};
	bool heard = false;

	while (wait_turn(
	    b, heard && !is_pressing(b, &report) ? EVERY : OFTEN, &report))
		heard = send_report(b, &report);
	return NULL;
}

int
beat_start(const char *socket, const char *what,
    const struct beat_report *first, void (*wish)(void *context), void *context,
    struct beat **b_r)
{
	struct beat *b = calloc(1, sizeof(*b));
	pthread_condattr_t attr;
	int r;

	if (b == NULL)
		return -ENOMEM;
	b->what = what;
	b->wish = wish;
	b->context = context;
	b->report = *first;
	b->fresh = true;
	r = client_open(socket, &b->client);
	if (r < 0) {
		free(b);
		return r;
	}
	client_abort_when(b->client, stopping, b);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&b->lock, NULL);
	(void)pthread_cond_init(&b->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	r = -pthread_create(&b->thread, NULL, beat_main, b);
	if (r < 0) {
		client_close(&b->client);
		free(b);
		return r;
	}
	*b_r = b;
	return 0;
}

void
beat_stop(struct beat **b)
{
	if (*b == NULL)
		return;
	(void)pthread_mutex_lock(&(*b)->lock);
	atomic_store(&(*b)->stop, true);
	(void)pthread_cond_broadcast(&(*b)->changed);
	(void)pthread_mutex_unlock(&(*b)->lock);
	(void)pthread_join((*b)->thread, NULL);
	(void)pthread_cond_destroy(&(*b)->changed);
	(void)pthread_mutex_destroy(&(*b)->lock);
	client_close(&(*b)->client);
	free(*b);
	*b = NULL;
}

void
beat_tell(struct beat *b, const struct beat_report *report)
{
	(void)pthread_mutex_lock(&b->lock);
	b->report = *report;
	b->fresh = true;
	(void)pthread_cond_signal(&b->changed);
	(void)pthread_mutex_unlock(&b->lock);
}
