/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/opening.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "base/settings.h"
#include "daemon/cookie.h"
#include "daemon/csrf.h"
#include "daemon/live.h"
#include "daemon/posternd.h"
#include "daemon/view.h"

static const char *const state_words[] = {
    [SESSION_OPEN] = "open",
    [SESSION_FACTOR_DUE] = "second-factor",
    [SESSION_SETUP_DUE] = "set-up-second-factor",
};

void
opening_fini(struct opening *o)
{
	json_decref(o->answer);
	sodium_memzero(o, sizeof(*o));
}

bool
opening_needs_factor(const struct settings *s, enum person_role role)
{
	return role != ROLE_CLIENT ||
	       s->accounts.client_second_factor == SETTINGS_FACTOR_REQUIRED;
}

enum session_state
opening_state(const struct settings *s, enum person_role role,
    const struct account *account)
{
	if (account != NULL && account_guarded(account))
		return SESSION_FACTOR_DUE;
	return opening_needs_factor(s, role) ? SESSION_SETUP_DUE : SESSION_OPEN;
}

void
opening_replace(struct request *req, struct opening *o)
{
	const struct request_info *info = request_info(req);

	o->has_old = true;
	memcpy(o->old, info->session, sizeof(o->old));
	o->session.person = info->found.session.person;
	o->session.account = info->found.session.account;
	memcpy(o->session.label, info->found.session.label,
	    sizeof(o->session.label));
}

void
opening_start(struct request *req, struct opening *o)
{
	const struct request_info *info = request_info(req);
	int64_t now = clock_now();

	session_token_new(o->token, o->session.hash);
	o->session.created = now;
	o->session.used = now;
	o->session.expires =
	    now + (o->session.state == SESSION_OPEN
			  ? info->d->settings->limits.session_absolute
			  : OPENING_HALF);
	(void)snprintf(
	    o->session.frontend, sizeof(o->session.frontend), "%s", info->via);
}

/* ---- how it looks ---------------------------------------------------- */

static json_t *
view_participant(const struct settings *s, const struct person *p)
{
	return json_pack("{s:o, s:s, s:o, s:s, s:s}", "id", view_id(&p->id),
	    "role", view_role(p->role), "name", view_text(&p->name), "language",
	    view_language(s, p), "time_zone", view_time_zone(p));
}

static json_t *
view_session(const struct request *req, const struct session *session,
    const struct person *p, int64_t left)
{
	const struct request_info *info = request_info(req);
	const struct settings *s = info->d->settings;
	bool open = session->state == SESSION_OPEN;
	struct id id = sessions_id(session->hash);
	char csrf[CSRF_TEXT_LEN + 1];
	json_t *view;

	view = json_pack("{s:o, s:s, s:o, s:I, s:I, s:o}", "id", view_id(&id),
	    "state", state_words[session->state], "participant",
	    open && p != NULL ? view_participant(s, p) : json_null(),
	    "idle_seconds", (json_int_t)(s->limits.session_idle / CLOCK_SECOND),
	    "idle_left", (json_int_t)(left / CLOCK_SECOND), "expires_at",
	    view_time(session->expires));
	if (view == NULL || !info->browser)
		return view;
	csrf_text(&info->d->keys, session->hash, csrf);
	if (json_object_set_new(view, "csrf", json_string(csrf)) != 0)
		json_drop(&view);
	return view;
}

json_t *
opening_view_current(const struct request *req, const struct person *p)
{
	const struct sessions_found *found = &request_info(req)->found;

	return view_session(req, &found->session, p, found->left);
}

/* ---- in the writer --------------------------------------------------- */

int
opening_put(struct request *req, struct store_txn *txn, struct opening *o,
    const struct person *p)
{
	const struct request_info *info = request_info(req);
	struct sessions *sessions = info->d->sessions;
	struct audit audit = {.verb = AUDIT_SESSION_NEW, .subject = p->id};
	int64_t left = o->session.expires - o->session.created;
	int r;

	if (left > info->d->settings->limits.session_idle)
		left = info->d->settings->limits.session_idle;
	o->role = p->role;
	o->session.person = p->id;
	json_decref(o->answer);
	o->answer = view_session(req, &o->session, p, left);
	if (o->answer == NULL)
		return -ENOMEM;
	if (o->others) {
		r = sessions_del_person(txn, &p->id, NULL);
		if (r != 0)
			return r;
	}
	if (o->has_old)
		session_del(txn, o->old);
	o->crowded = !o->others && sessions_full(sessions, &p->id,
				       o->has_old ? o->old : NULL, o->hash_out);
	if (o->crowded)
		session_del(txn, o->hash_out);
	audit.detail = o->crowded;
	r = session_put(txn, &o->session);
	return r != 0 ? r : request_audit_add(req, txn, &audit);
}

void
opening_committed(struct request *req, struct opening *o)
{
	struct posternd *d = request_info(req)->d;

	if (o->others)
		sessions_end_person(d->sessions, &o->session.person, NULL);
	if (o->has_old)
		sessions_end(d->sessions, o->old);
	if (o->crowded)
		sessions_end(d->sessions, o->hash_out);
	o->kept = sessions_add(
		      d->sessions, &o->session, o->role, sessions_time()) == 0;
	live_poke(d->live, &o->session.person);
}

/* ---- the answer ------------------------------------------------------ */

/* A browser keeps its tokens in cookies that no page can read. */
static void
set_cookies(struct request *req, const struct opening *o)
{
	char text[COOKIE_TEXT_MAX];

	cookie_text(COOKIE_SESSION, o->token, -1, text);
	request_set_cookie(req, text);
	if (o->device[0] != '\0') {
		cookie_text(
		    COOKIE_DEVICE, o->device, COOKIE_DEVICE_SECONDS, text);
		request_set_cookie(req, text);
	}
	sodium_memzero(text, sizeof(text));
}

json_t *
opening_view(struct request *req, struct opening *o)
{
	if (!o->kept)
		return NULL;
	if (request_info(req)->browser)
		set_cookies(req, o);
	else if (json_object_set_new(
		     o->answer, "token", json_string(o->token)) != 0)
		return NULL;
	return json_incref(o->answer);
}
