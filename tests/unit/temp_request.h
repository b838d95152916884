/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A request from a browser over no connection, in the session of a practice's
 * client, and as much of a posternd as it looks at.
 */

#include "config.h"

#include "daemon/brake.h"
#include "daemon/live.h"
#include "daemon/posternd.h"
#include "daemon/request-private.h"
#include "tests/unit/temp_practice.h"

#define TEMP_ORIGIN "https://portal.example"

struct temp_request {
	struct practice p;
	struct settings settings;
	char *languages[2];
	struct posternd d;
	struct gate gate;
	struct route route;
	struct request req;
};

static inline void
temp_settings(struct temp_request *t)
{
	static char name[] = "Lakeside Clinic", language[] = "en";

	t->languages[0] = language;
	t->settings.practice.name = name;
	t->settings.practice.language = language;
	t->settings.portal.languages = t->languages;
	(void)snprintf(t->settings.portal.origin,
	    sizeof(t->settings.portal.origin), "%s", TEMP_ORIGIN);
	t->settings.limits.session_idle = 15 * CLOCK_MINUTE;
	t->settings.limits.session_absolute = 12 * CLOCK_HOUR;
}

/* Its own session, as the store and the table have it. */
static inline void
temp_session(struct temp_request *t, struct session *s)
{
	ck_assert_int_eq(session_put(t->p.s.txn, s), 0);
	ck_assert_int_eq(
	    sessions_add(t->d.sessions, s, ROLE_CLIENT, sessions_time()), 0);
}

static inline void
temp_request_make(struct temp_request *t)
{
	const int64_t now = clock_now();
	struct request_info *info = &t->req.info;
	struct session *s = &info->found.session;

	*t = (struct temp_request){.route = {.method = "POST"}};
	practice_make(&t->p);
	temp_settings(t);
	t->d.settings = &t->settings;
	t->d.store = t->p.s.st;
	memset(&t->d.keys, 'k', sizeof(t->d.keys));
	ck_assert_int_eq(sessions_load(t->p.s.txn, sessions_time(),
			     t->settings.limits.session_idle, &t->d.sessions),
	    0);
	ck_assert_int_eq(live_new(&t->d.live), 0);
	ck_assert_int_eq(brake_new(&t->d.brake), 0);
	t->gate = (struct gate){.d = &t->d, .role = GATE_WEB};
	t->req.magic = REQUEST_MAGIC;
	t->req.gate = &t->gate;
	t->req.match.route = &t->route;
	info->d = &t->d;
	info->browser = true;
	info->via = "web.sock";
	info->method = t->route.method;
	info->device = t->req.admit.device;
	*s = (struct session){.person = t->p.client,
	    .created = now,
	    .used = now,
	    .expires = now + CLOCK_HOUR,
	    .frontend = "web.sock",
	    .label = "Firefox on Linux"};
	session_token_new(t->req.admit.cookie, s->hash);
	temp_session(t, s);
	memcpy(info->session, s->hash, sizeof(info->session));
	info->found.role = ROLE_CLIENT;
	info->actor = (struct actor){
	    .kind = ACTOR_PERSON, .person = t->p.client, .role = ROLE_CLIENT};
}

static inline void
temp_request_remove(struct temp_request *t)
{
	brake_free(&t->d.brake);
	live_free(&t->d.live);
	sessions_free(&t->d.sessions);
	temp_remove(&t->p.s);
}
