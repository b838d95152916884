/* SPDX-License-Identifier: Apache-2.0 */

/* Who sends a request, and from where: what a browser cannot be made to do. */

#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "daemon/caller.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_request.h"

#define ANYBODY ((uid_t)-1)

static struct temp_request t;
static uid_t uids[] = {101, 102};

/* In the place of a connection's. */
static uid_t peer;
uid_t __wrap_http_conn_uid(const struct http_conn *hc);

uid_t
__wrap_http_conn_uid(const struct http_conn *hc)
{
	(void)hc;
	return peer;
}

/* Nothing is known of a request yet, but where it came in. */
static void
begin(void)
{
	static char intake[] = "intake", desk[] = "desk";

	t.req.info = (struct request_info){.d = &t.d, .method = "POST"};
	t.req.gate = &t.gate;
	t.settings.frontends[0] = (struct settings_frontend){.name = intake,
	    .rights = SETTINGS_RIGHT_ASSERT,
	    .roles = SETTINGS_ROLE_CLIENT};
	t.settings.frontends[1] = (struct settings_frontend){
	    .name = desk, .rights = SETTINGS_RIGHT_PROVISION};
	t.settings.n_frontends = 2;
	t.d.frontend_uids = uids;
	t.d.web_uid = t.d.bridge_uid = t.d.admin_uid = ANYBODY;
}

/* Without a store, as no session is looked up. */
static void
setup_light(void)
{
	t = (struct temp_request){.gate = {.d = &t.d}};
	temp_settings(&t);
	t.d.settings = &t.settings;
	begin();
}

static void
setup(void)
{
	temp_request_make(&t);
	begin();
}

static void
teardown(void)
{
	temp_request_remove(&t);
}

/* ---- the peer -------------------------------------------------------- */

static const struct {
	enum gate_role gate;
	uid_t expected; /* of all but frontends */
	uid_t peer;
	const char *via; /* NULL: unknown */
	enum actor_kind kind;
	bool browser;
} peers[] = {
    {GATE_WEB, ANYBODY, 33, "web.sock", ACTOR_NONE, true},
    {GATE_WEB, 33, 33, "web.sock", ACTOR_NONE, true},
    {GATE_WEB, 33, 34, NULL, ACTOR_NONE, true},
    {GATE_WEB, 33, 0, NULL, ACTOR_NONE, true},
    {GATE_PORTAL, ANYBODY, 101, "intake", ACTOR_FRONTEND, false},
    {GATE_PORTAL, ANYBODY, 102, "desk", ACTOR_FRONTEND, false},
    {GATE_PORTAL, ANYBODY, 103, NULL, ACTOR_NONE, false},
    {GATE_PORTAL, ANYBODY, 0, NULL, ACTOR_NONE, false},
    {GATE_BRIDGE, ANYBODY, 7, "bridge", ACTOR_BRIDGE, false},
    {GATE_BRIDGE, 7, 7, "bridge", ACTOR_BRIDGE, false},
    {GATE_BRIDGE, 7, 101, NULL, ACTOR_BRIDGE, false},
    {GATE_ADMIN, ANYBODY, 7, "admin", ACTOR_ADMIN, false},
    {GATE_ADMIN, 0, 0, "admin", ACTOR_ADMIN, false},
    {GATE_ADMIN, 0, 101, NULL, ACTOR_ADMIN, false},
};

START_TEST(a_socket_is_for_its_peers)
{
	const struct request_info *info = &t.req.info;
	size_t f = peers[_i].peer == 102;

	t.gate.role = peers[_i].gate;
	t.d.web_uid = t.d.bridge_uid = t.d.admin_uid = peers[_i].expected;
	peer = peers[_i].peer;
	ck_assert_int_eq(caller_peer(&t.req),
	    peers[_i].via != NULL ? PROBLEM_NONE : PROBLEM_UNKNOWN_PEER);
	if (peers[_i].via == NULL)
		return;
	ck_assert_str_eq(info->via, peers[_i].via);
	ck_assert_int_eq(info->actor.kind, peers[_i].kind);
	ck_assert(info->browser == peers[_i].browser);
	if (peers[_i].kind != ACTOR_FRONTEND) {
		ck_assert_ptr_null(info->frontend);
		ck_assert_int_eq(info->actor.rights, 0);
		return;
	}
	ck_assert_ptr_eq(info->frontend, &t.settings.frontends[f]);
	ck_assert_int_eq(info->actor.rights, t.settings.frontends[f].rights);
	ck_assert_int_eq(info->actor.roles, t.settings.frontends[f].roles);
}
END_TEST

/* ---- what only browsers send ----------------------------------------- */

#define HOME "192.0.2.7"

static const struct {
	const char *method;
	const char *address;
	enum admit_site site;
	const char *origin;
	enum problem problem;
} browsers[] = {
    {"POST", HOME, ADMIT_SITE_SAME, TEMP_ORIGIN, PROBLEM_NONE},
    {"PUT", HOME, ADMIT_SITE_SAME, TEMP_ORIGIN, PROBLEM_NONE},
    {"DELETE", "2001:db8::7", ADMIT_SITE_SAME, TEMP_ORIGIN, PROBLEM_NONE},
    /* one that does not say from where: its origin has to */
    {"POST", HOME, ADMIT_SITE_UNKNOWN, TEMP_ORIGIN, PROBLEM_NONE},
    {"POST", HOME, ADMIT_SITE_UNKNOWN, "", PROBLEM_CROSS_ORIGIN},
    {"POST", HOME, ADMIT_SITE_SAME, "", PROBLEM_CROSS_ORIGIN},
    {"POST", HOME, ADMIT_SITE_SAME, "null", PROBLEM_CROSS_ORIGIN},
    {"POST", HOME, ADMIT_SITE_SAME, "https://evil.example",
	PROBLEM_CROSS_ORIGIN},
    {"POST", HOME, ADMIT_SITE_SAME, "http://portal.example",
	PROBLEM_CROSS_ORIGIN},
    {"POST", HOME, ADMIT_SITE_SAME, TEMP_ORIGIN ":443", PROBLEM_CROSS_ORIGIN},
    {"POST", HOME, ADMIT_SITE_SAME, TEMP_ORIGIN "/", PROBLEM_CROSS_ORIGIN},
    {"POST", HOME, ADMIT_SITE_SAME, TEMP_ORIGIN ".evil.example",
	PROBLEM_CROSS_ORIGIN},
    {"POST", HOME, ADMIT_SITE_SAME, "https://evil.portal.example",
	PROBLEM_CROSS_ORIGIN},
    {"POST", HOME, ADMIT_SITE_SAME, "HTTPS://PORTAL.EXAMPLE",
	PROBLEM_CROSS_ORIGIN},
    /* whatever it says, another site's page made it */
    {"POST", HOME, ADMIT_SITE_OTHER, TEMP_ORIGIN, PROBLEM_CROSS_ORIGIN},
    {"GET", HOME, ADMIT_SITE_OTHER, "", PROBLEM_CROSS_ORIGIN},
    {"GET", HOME, ADMIT_SITE_OTHER, TEMP_ORIGIN, PROBLEM_CROSS_ORIGIN},
    /* a person may look, and no more */
    {"GET", HOME, ADMIT_SITE_NONE, "", PROBLEM_NONE},
    {"GET", HOME, ADMIT_SITE_SAME, "", PROBLEM_NONE},
    {"GET", HOME, ADMIT_SITE_UNKNOWN, "", PROBLEM_NONE},
    {"POST", HOME, ADMIT_SITE_NONE, TEMP_ORIGIN, PROBLEM_CROSS_ORIGIN},
    /* the proxy says whom it speaks for */
    {"GET", "", ADMIT_SITE_SAME, "", PROBLEM_NO_ADDRESS},
    {"POST", "", ADMIT_SITE_SAME, TEMP_ORIGIN, PROBLEM_NO_ADDRESS},
    {"GET", "192.0.2", ADMIT_SITE_SAME, "", PROBLEM_MALFORMED_REQUEST},
    {"GET", "unix:", ADMIT_SITE_SAME, "", PROBLEM_MALFORMED_REQUEST},
};

static void
fill_admit(size_t i)
{
	struct admit *a = &t.req.admit;

	t.req.info.method = browsers[i].method;
	a->site = browsers[i].site;
	(void)snprintf(
	    a->address, sizeof(a->address), "%s", browsers[i].address);
	(void)snprintf(a->origin, sizeof(a->origin), "%s", browsers[i].origin);
}

START_TEST(a_browsers_request_is_our_pages_or_refused)
{
	struct brake_from from;

	fill_admit((size_t)_i);
	t.req.info.browser = true;
	ck_assert_int_eq(caller_browser(&t.req), browsers[_i].problem);
	if (browsers[_i].problem != PROBLEM_NONE)
		return;
	ck_assert_int_eq(brake_from_parse(browsers[_i].address, &from), 0);
	ck_assert_mem_eq(&t.req.info.from, &from, sizeof(from));
}
END_TEST

/* A frontend is no browser; what it tells has to be right all the same. */
START_TEST(a_frontend_says_what_it_likes)
{
	const struct brake_from none = {{0}};
	bool bad = browsers[_i].problem == PROBLEM_MALFORMED_REQUEST;

	fill_admit((size_t)_i);
	ck_assert_int_eq(caller_browser(&t.req),
	    bad ? PROBLEM_MALFORMED_REQUEST : PROBLEM_NONE);
	if (browsers[_i].address[0] == '\0')
		ck_assert_mem_eq(&t.req.info.from, &none, sizeof(none));
}
END_TEST

/* ---- the session ----------------------------------------------------- */

enum token { NO_TOKEN, MINE, DEAD, UNKNOWN, FRONTENDS };
enum csrf { NO_CSRF, GOOD_CSRF, OTHER_CSRF };

static const struct {
	bool browser;
	unsigned flags;
	const char *method;
	enum token token;
	enum csrf csrf;
	enum problem problem;
	bool known; /* the actor is the person */
} callers[] = {
    /* a page, signed in */
    {true, ROUTE_SESSION, "GET", MINE, NO_CSRF, PROBLEM_NONE, true},
    {true, ROUTE_SESSION, "POST", MINE, GOOD_CSRF, PROBLEM_NONE, true},
    {true, ROUTE_SESSION, "POST", MINE, NO_CSRF, PROBLEM_CSRF, true},
    {true, ROUTE_SESSION, "PUT", MINE, OTHER_CSRF, PROBLEM_CSRF, true},
    {true, ROUTE_SESSION, "DELETE", MINE, NO_CSRF, PROBLEM_CSRF, true},
    {true, ROUTE_RIGHT, "GET", MINE, NO_CSRF, PROBLEM_NONE, true},
    {true, ROUTE_RIGHT, "POST", MINE, NO_CSRF, PROBLEM_CSRF, true},
    {true, ROUTE_OPEN, "GET", MINE, NO_CSRF, PROBLEM_NONE, true},
    {true, ROUTE_OPEN, "POST", MINE, NO_CSRF, PROBLEM_CSRF, true},
    /* and not */
    {true, ROUTE_SESSION, "GET", NO_TOKEN, NO_CSRF, PROBLEM_UNAUTHENTICATED,
	false},
    {true, ROUTE_SESSION, "POST", DEAD, GOOD_CSRF, PROBLEM_UNAUTHENTICATED,
	false},
    {true, ROUTE_SESSION, "GET", UNKNOWN, NO_CSRF, PROBLEM_UNAUTHENTICATED,
	false},
    {true, ROUTE_RIGHT, "GET", NO_TOKEN, NO_CSRF, PROBLEM_UNAUTHENTICATED,
	false},
    {true, ROUTE_OPEN, "GET", NO_TOKEN, NO_CSRF, PROBLEM_NONE, false},
    {true, ROUTE_OPEN, "GET", DEAD, NO_CSRF, PROBLEM_NONE, false},
    {true, 0, "POST", NO_TOKEN, NO_CSRF, PROBLEM_NONE, false},
    {true, 0, "POST", MINE, NO_CSRF, PROBLEM_NONE, false},
    /* a session is good for what it was given to */
    {true, ROUTE_SESSION, "GET", FRONTENDS, NO_CSRF, PROBLEM_UNAUTHENTICATED,
	false},
    {false, ROUTE_SESSION, "GET", MINE, NO_CSRF, PROBLEM_UNAUTHENTICATED,
	false},
    {false, ROUTE_SESSION, "GET", FRONTENDS, NO_CSRF, PROBLEM_NONE, true},
    /* and a frontend has no page that could be tricked */
    {false, ROUTE_SESSION, "POST", FRONTENDS, NO_CSRF, PROBLEM_NONE, true},
    {false, ROUTE_RIGHT, "POST", FRONTENDS, NO_CSRF, PROBLEM_NONE, true},
    {false, ROUTE_SESSION, "POST", NO_TOKEN, NO_CSRF, PROBLEM_UNAUTHENTICATED,
	false},
    /* without a session it acts by its rights; not with a bad one */
    {false, ROUTE_RIGHT, "POST", NO_TOKEN, NO_CSRF, PROBLEM_NONE, false},
    {false, ROUTE_RIGHT, "POST", UNKNOWN, NO_CSRF, PROBLEM_UNAUTHENTICATED,
	false},
    {false, ROUTE_RIGHT, "POST", MINE, NO_CSRF, PROBLEM_UNAUTHENTICATED, false},
    {false, ROUTE_OPEN, "GET", UNKNOWN, NO_CSRF, PROBLEM_NONE, false},
};

/* A session of the client's through VIA, used that long ago; its token. */
static struct session
make_session(const char *via, int64_t ago, char token_r[static 53])
{
	const int64_t now = clock_now();
	struct session s = {.person = t.p.client,
	    .created = now - ago,
	    .used = now - ago,
	    .expires = now + CLOCK_HOUR,
	    .state = SESSION_FACTOR_DUE};

	session_token_new(token_r, s.hash);
	(void)snprintf(s.frontend, sizeof(s.frontend), "%s", via);
	ck_assert_int_eq(
	    sessions_add(t.d.sessions, &s, ROLE_CLIENT, sessions_time()), 0);
	return s;
}

/* Where a browser has it, and where a frontend. */
static void
send_token(bool browser, const char *token)
{
	struct admit *a = &t.req.admit;

	a->cookie[0] = a->bearer[0] = '\0';
	(void)snprintf(
	    browser ? a->cookie : a->bearer, sizeof(a->bearer), "%s", token);
	if (!browser && token[0] != '\0')
		a->seen |= 1U << ADMIT_AUTHORIZATION;
}

static struct session
take_token(bool browser, enum token which)
{
	char token[SESSION_TEXT_LEN + 1] = "";
	struct session s = {.state = SESSION_OPEN};
	uint8_t unknown[SESSION_HASH_LEN];

	switch (which) {
	case NO_TOKEN:
		break;
	case MINE:
		s = make_session("web.sock", 0, token);
		break;
	case DEAD:
		s = make_session("web.sock", 15 * CLOCK_MINUTE, token);
		break;
	case UNKNOWN:
		session_token_new(token, unknown);
		break;
	case FRONTENDS:
		s = make_session("intake", 0, token);
		break;
	}
	send_token(browser, token);
	return s;
}

static void
be_caller(bool browser)
{
	t.gate.role = browser ? GATE_WEB : GATE_PORTAL;
	peer = uids[0];
	ck_assert_int_eq(caller_peer(&t.req), PROBLEM_NONE);
}

START_TEST(a_caller_is_in_a_session_or_not)
{
	const bool browser = callers[_i].browser;
	const struct actor *actor = &t.req.info.actor;
	struct session s;

	be_caller(browser);
	s = take_token(browser, callers[_i].token);
	t.route.flags = callers[_i].flags;
	t.req.info.method = callers[_i].method;
	if (callers[_i].csrf != NO_CSRF)
		csrf_text(&t.d.keys, s.hash, t.req.admit.csrf);
	if (callers[_i].csrf == OTHER_CSRF)
		t.req.admit.csrf[0] ^= 1;
	ck_assert_int_eq(caller_session(&t.req), callers[_i].problem);
	if (!callers[_i].known) {
		ck_assert_int_eq(
		    actor->kind, browser ? ACTOR_NONE : ACTOR_FRONTEND);
		return;
	}
	ck_assert_int_eq(actor->kind, ACTOR_PERSON);
	ck_assert(id_equal(&actor->person, &t.p.client));
	ck_assert_int_eq(actor->role, ROLE_CLIENT);
	ck_assert_int_eq(actor->state, SESSION_FACTOR_DUE);
	ck_assert_mem_eq(t.req.info.session, s.hash, SESSION_HASH_LEN);
}
END_TEST

/* Each frontend's are its own, and whatever begins like its name. */
START_TEST(no_frontend_uses_anothers)
{
	static const char *const names[] = {"desk", "intak", "intake2", ""};
	char token[SESSION_TEXT_LEN + 1];

	be_caller(false);
	t.route.flags = ROUTE_SESSION;
	for (size_t i = 0; i < PN_ARRAY_LEN(names); i++) {
		(void)make_session(names[i], 0, token);
		send_token(false, token);
		ck_assert_int_eq(
		    caller_session(&t.req), PROBLEM_UNAUTHENTICATED);
	}
}
END_TEST

static const unsigned quiet[] = {0, ROUTE_QUIET};

/* What a page does by itself is no sign of anybody being there. */
START_TEST(a_quiet_call_keeps_no_session_alive)
{
	char token[SESSION_TEXT_LEN + 1];
	struct sessions_found found;
	struct session s;

	be_caller(true);
	s = make_session("web.sock", 10 * CLOCK_MINUTE, token);
	send_token(true, token);
	t.route.flags = ROUTE_SESSION | quiet[_i];
	t.req.info.method = "GET";
	ck_assert_int_eq(caller_session(&t.req), PROBLEM_NONE);
	ck_assert(sessions_find(
	    t.d.sessions, s.hash, sessions_time(), false, &found));
	if (quiet[_i] != 0)
		ck_assert_int_le(found.left, 5 * CLOCK_MINUTE);
	else
		ck_assert_int_gt(found.left, 14 * CLOCK_MINUTE);
	ck_assert_int_le(t.req.info.found.left, 15 * CLOCK_MINUTE);
	ck_assert_int_ge(t.req.info.found.left, found.left);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("caller");
	TCase *light = tcase_create("peers and browsers");
	TCase *tc = tcase_create("sessions");
	const int browsers_n = (int)PN_ARRAY_LEN(browsers);

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(light, setup_light, NULL);
	tcase_add_loop_test(
	    light, a_socket_is_for_its_peers, 0, (int)PN_ARRAY_LEN(peers));
	tcase_add_loop_test(
	    light, a_browsers_request_is_our_pages_or_refused, 0, browsers_n);
	tcase_add_loop_test(
	    light, a_frontend_says_what_it_likes, 0, browsers_n);
	suite_add_tcase(s, light);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, a_caller_is_in_a_session_or_not, 0, (int)PN_ARRAY_LEN(callers));
	tcase_add_test(tc, no_frontend_uses_anothers);
	tcase_add_loop_test(tc, a_quiet_call_keeps_no_session_alive, 0,
	    (int)PN_ARRAY_LEN(quiet));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
