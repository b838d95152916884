/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/caller.h"

#include <string.h>
#include "base/settings.h"
#include "daemon/posternd.h"
#include "daemon/request-private.h"
#include "daemon/sessions.h"

/* No frontend's name, as it has a dot. */
#define VIA_WEB "web.sock"

static bool
find_frontend(struct request *req)
{
	struct posternd *d = req->info.d;

	for (size_t i = 0; i < d->settings->n_frontends; i++) {
		const struct settings_frontend *f = &d->settings->frontends[i];

		if (d->frontend_uids[i] != http_conn_uid(req->hc))
			continue;
		req->info.frontend = f;
		req->info.via = f->name;
		req->info.actor.kind = ACTOR_FRONTEND;
		req->info.actor.rights = f->rights;
		req->info.actor.roles = f->roles;
		return true;
	}
	return false;
}

static bool
is_expected(const struct request *req, uid_t want)
{
	return want == (uid_t)-1 || want == http_conn_uid(req->hc);
}

enum problem
caller_peer(struct request *req)
{
	const struct posternd *d = req->info.d;
	bool expected = false;

	req->info.via = gate_name(req->gate->role);
	switch (req->gate->role) {
	case GATE_PORTAL:
		expected = find_frontend(req);
		break;
	case GATE_WEB:
		req->info.via = VIA_WEB;
		req->info.browser = true;
		expected = is_expected(req, d->web_uid);
		break;
	case GATE_BRIDGE:
		req->info.actor.kind = ACTOR_BRIDGE;
		expected = is_expected(req, d->bridge_uid);
		break;
	default:
		req->info.actor.kind = ACTOR_ADMIN;
		expected = is_expected(req, d->admin_uid);
		break;
	}
	return expected ? PROBLEM_NONE : PROBLEM_UNKNOWN_PEER;
}

static bool
is_write(const struct request *req)
{
	return strcmp(req->info.method, "GET") != 0;
}

enum problem
caller_browser(struct request *req)
{
	const struct admit *a = &req->admit;
	const char *origin = req->info.d->settings->portal.origin;

	if (a->address[0] != '\0' &&
	    brake_from_parse(a->address, &req->info.from) != 0)
		return PROBLEM_MALFORMED_REQUEST;
	if (!req->info.browser)
		return PROBLEM_NONE;
	/* a proxy that does not say whom it speaks for is set up wrong */
	if (a->address[0] == '\0')
		return PROBLEM_NO_ADDRESS;
	if (a->site == ADMIT_SITE_OTHER)
		return PROBLEM_CROSS_ORIGIN;
	if (!is_write(req))
		return PROBLEM_NONE;
	return a->site != ADMIT_SITE_NONE && strcmp(a->origin, origin) == 0
		   ? PROBLEM_NONE
		   : PROBLEM_CROSS_ORIGIN;
}

static bool
find_session(struct request *req, const char *token)
{
	struct posternd *d = req->info.d;
	struct request_info *info = &req->info;
	bool quiet = (req->match.route->flags & ROUTE_QUIET) != 0;

	if (session_token_hash(token, info->session) != 0 ||
	    !sessions_find(d->sessions, info->session, sessions_time(), !quiet,
		&info->found))
		return false;
	/* it is good for what it was given to, and nothing else */
	if (strncmp(info->found.session.frontend, info->via,
		SESSION_FRONTEND_LEN) != 0)
		return false;
	info->actor.kind = ACTOR_PERSON;
	info->actor.person = info->found.session.person;
	info->actor.role = info->found.role;
	info->actor.state = info->found.session.state;
	return true;
}

/* Once signed in, a browser's write proves that it comes from our page. */
static enum problem
check_csrf(const struct request *req)
{
	if (!req->info.browser || !is_write(req))
		return PROBLEM_NONE;
	return csrf_holds(
		   &req->info.d->keys, req->info.session, req->admit.csrf)
		   ? PROBLEM_NONE
		   : PROBLEM_CSRF;
}

enum problem
caller_session(struct request *req)
{
	unsigned flags = req->match.route->flags;
	const char *token =
	    req->info.browser ? req->admit.cookie : req->admit.bearer;

	if ((flags & (ROUTE_SESSION | ROUTE_RIGHT | ROUTE_OPEN)) == 0)
		return PROBLEM_NONE;
	if (find_session(req, token))
		return check_csrf(req);
	if ((flags & ROUTE_OPEN) != 0)
		return PROBLEM_NONE;
	/* a frontend acts by its rights where it names no session */
	if ((flags & ROUTE_RIGHT) != 0 && req->info.frontend != NULL &&
	    (req->admit.seen & (1U << ADMIT_AUTHORIZATION)) == 0)
		return PROBLEM_NONE;
	return PROBLEM_UNAUTHENTICATED;
}
