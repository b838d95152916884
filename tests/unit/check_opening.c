/* SPDX-License-Identifier: Apache-2.0 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/json.h"
#include "daemon/csrf.h"
#include "daemon/opening.h"
#include "store/audit.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_request.h"

static struct temp_request t;
static struct opening o;

static void
setup(void)
{
	temp_request_make(&t);
	o = (struct opening){.session = {.person = t.p.client}};
}

static void
teardown(void)
{
	opening_fini(&o);
	ck_assert(sodium_is_zero((const uint8_t *)&o, sizeof(o)));
	temp_request_remove(&t);
}

/* ---- how far one comes ----------------------------------------------- */

static const struct {
	enum person_role role;
	bool required; /* by the practice, of clients */
	bool account;
	bool factor;
	enum session_state state;
} states[] = {
    {ROLE_CLIENT, false, true, false, SESSION_OPEN},
    {ROLE_CLIENT, false, true, true, SESSION_FACTOR_DUE},
    {ROLE_CLIENT, false, false, false, SESSION_OPEN},
    {ROLE_CLIENT, true, true, false, SESSION_SETUP_DUE},
    {ROLE_CLIENT, true, true, true, SESSION_FACTOR_DUE},
    {ROLE_CLIENT, true, false, false, SESSION_SETUP_DUE},
    {ROLE_PROVIDER, false, true, false, SESSION_SETUP_DUE},
    {ROLE_PROVIDER, false, true, true, SESSION_FACTOR_DUE},
    {ROLE_PROVIDER, false, false, false, SESSION_SETUP_DUE},
    {ROLE_STAFF, false, true, false, SESSION_SETUP_DUE},
    {ROLE_STAFF, false, true, true, SESSION_FACTOR_DUE},
    {ROLE_STAFF, true, false, false, SESSION_SETUP_DUE},
};

START_TEST(a_passphrase_leads_so_far)
{
	/* whichever it is */
	struct account a = {.totp = states[_i].factor},
		       b = {.passkey_count = states[_i].factor};

	t.settings.accounts.client_second_factor =
	    states[_i].required ? SETTINGS_FACTOR_REQUIRED
				: SETTINGS_FACTOR_OPTIONAL;
	ck_assert_int_eq(opening_state(&t.settings, states[_i].role,
			     states[_i].account ? &a : NULL),
	    states[_i].state);
	ck_assert_int_eq(opening_state(&t.settings, states[_i].role,
			     states[_i].account ? &b : NULL),
	    states[_i].state);
	ck_assert(opening_needs_factor(&t.settings, states[_i].role) ==
		  (states[_i].role != ROLE_CLIENT || states[_i].required));
}
END_TEST

START_TEST(it_has_a_token_and_times)
{
	const bool open = _i == SESSION_OPEN;
	uint8_t hash[SESSION_HASH_LEN];
	int64_t before = clock_now();

	o.session.state = (enum session_state)_i;
	opening_start(&t.req, &o);
	ck_assert_int_eq(session_token_hash(o.token, hash), 0);
	ck_assert_mem_eq(hash, o.session.hash, sizeof(hash));
	ck_assert_str_ne(o.token, t.req.admit.cookie);
	ck_assert_int_ge(o.session.created, before);
	ck_assert_int_le(o.session.created, clock_now());
	ck_assert_int_eq(o.session.used, o.session.created);
	ck_assert_int_eq(o.session.expires - o.session.created,
	    open ? 12 * CLOCK_HOUR : 10 * CLOCK_MINUTE);
	ck_assert_str_eq(o.session.frontend, "web.sock");
}
END_TEST

/* ---- in the writer --------------------------------------------------- */

static void
put(void)
{
	person_auto struct person p = {0};

	ck_assert_int_eq(person_get(t.p.s.txn, &o.session.person, &p), 0);
	ck_assert_int_eq(opening_put(&t.req, t.p.s.txn, &o, &p), 0);
}

static bool
is_stored(const uint8_t *hash)
{
	return sessions_check(t.p.s.txn, hash) == 0;
}

static bool
is_known(const uint8_t *hash)
{
	struct sessions_found found;

	return sessions_find(
	    t.d.sessions, hash, sessions_time(), false, &found);
}

static struct session
another(const struct id *person, uint8_t n)
{
	struct session s = {.person = *person,
	    .created = clock_now(),
	    .used = clock_now() - n * CLOCK_SECOND,
	    .expires = clock_now() + CLOCK_HOUR,
	    .frontend = "web.sock"};

	memset(s.hash, n, sizeof(s.hash));
	temp_session(&t, &s);
	return s;
}

static int
last_audit(const struct audit *a, void *arg)
{
	*(struct audit *)arg = *a;
	return 0;
}

START_TEST(it_is_there_after_the_commit)
{
	const uint8_t *mine = t.req.info.session;
	struct audit audit = {.number = 0};

	opening_start(&t.req, &o);
	put();
	ck_assert(is_stored(o.session.hash));
	ck_assert(!is_known(o.session.hash));
	opening_committed(&t.req, &o);
	ck_assert(is_known(o.session.hash));
	ck_assert(is_stored(mine) && is_known(mine));
	ck_assert_int_eq(audit_list(t.p.s.txn, 0, 100, last_audit, &audit), 0);
	ck_assert_int_eq(audit.verb, AUDIT_SESSION_NEW);
	ck_assert_uint_eq(audit.detail, 0);
	ck_assert(id_equal(&audit.subject, &t.p.client));
	ck_assert_str_eq(audit.via, "web.sock");
}
END_TEST

START_TEST(a_step_up_takes_the_old_ones_place)
{
	const uint8_t *mine = t.req.info.session;
	struct session other = another(&t.p.client, 9);

	o.session = (struct session){.state = SESSION_OPEN};
	t.req.info.found.session.account = id_new();
	opening_replace(&t.req, &o);
	ck_assert(id_equal(&o.session.person, &t.p.client));
	ck_assert(
	    id_equal(&o.session.account, &t.req.info.found.session.account));
	ck_assert_str_eq(o.session.label, "Firefox on Linux");
	opening_start(&t.req, &o);
	ck_assert_mem_ne(o.session.hash, mine, SESSION_HASH_LEN);
	put();
	ck_assert(!is_stored(mine));
	opening_committed(&t.req, &o);
	ck_assert(!is_known(mine));
	ck_assert(is_known(o.session.hash));
	ck_assert(is_stored(other.hash) && is_known(other.hash));
}
END_TEST

START_TEST(all_others_may_end)
{
	struct session other = another(&t.p.client, 8);
	struct session theirs = another(&t.p.provider, 9);

	opening_replace(&t.req, &o);
	o.others = true;
	opening_start(&t.req, &o);
	put();
	opening_committed(&t.req, &o);
	ck_assert(!is_stored(t.req.info.session));
	ck_assert(!is_known(t.req.info.session));
	ck_assert(!is_stored(other.hash) && !is_known(other.hash));
	ck_assert(is_stored(theirs.hash) && is_known(theirs.hash));
	ck_assert(is_stored(o.session.hash) && is_known(o.session.hash));
}
END_TEST

/* As many as there may be; the one with the highest number is the oldest. */
static void
be_full(void)
{
	for (uint8_t n = 1; n < SESSIONS_PER_PERSON; n++)
		(void)another(&t.p.client, n);
}

static size_t
count_known(void)
{
	uint8_t hash[SESSION_HASH_LEN];
	size_t count = is_known(t.req.info.session);

	for (uint8_t n = 1; n < SESSIONS_PER_PERSON; n++) {
		memset(hash, n, sizeof(hash));
		ck_assert(is_stored(hash) == is_known(hash));
		count += is_known(hash);
	}
	return count;
}

START_TEST(one_too_many_ends_the_least_used)
{
	uint8_t oldest[SESSION_HASH_LEN];
	struct audit audit = {.number = 0};

	be_full();
	ck_assert_uint_eq(count_known(), SESSIONS_PER_PERSON);
	opening_start(&t.req, &o);
	put();
	opening_committed(&t.req, &o);
	ck_assert_uint_eq(count_known(), SESSIONS_PER_PERSON - 1);
	memset(oldest, SESSIONS_PER_PERSON - 1, sizeof(oldest));
	ck_assert(!is_known(oldest));
	ck_assert_int_eq(audit_list(t.p.s.txn, 0, 100, last_audit, &audit), 0);
	ck_assert_uint_eq(audit.detail, 1);
}
END_TEST

/* What takes another's place is not one more. */
START_TEST(a_step_up_ends_no_third)
{
	struct audit audit = {.number = 0};

	be_full();
	if (_i == 0)
		opening_replace(&t.req, &o);
	else
		o.others = true;
	opening_start(&t.req, &o);
	put();
	opening_committed(&t.req, &o);
	ck_assert_uint_eq(count_known(), _i == 0 ? SESSIONS_PER_PERSON - 1 : 0);
	ck_assert_int_eq(audit_list(t.p.s.txn, 0, 100, last_audit, &audit), 0);
	ck_assert_uint_eq(audit.detail, 0);
}
END_TEST

/* ---- how it looks ---------------------------------------------------- */

static const struct {
	enum session_state state;
	const char *word;
	int left;
} looks[] = {
    {SESSION_OPEN, "open", 900},
    {SESSION_FACTOR_DUE, "second-factor", 600},
    {SESSION_SETUP_DUE, "set-up-second-factor", 600},
};

/* The whole of it; nothing else may stand in it. */
static void
ck_view(json_t *view, const char *word, int left, const char *extra)
{
	char id[ID_TEXT_LEN + 1], who[ID_TEXT_LEN + 1];
	char expires[CLOCK_TEXT_LEN + 1], person[256] = "null", want[1024];
	struct id short_id = sessions_id(o.session.hash);
	char *text = json_dumps(view, JSON_COMPACT);

	id_text(&short_id, id);
	id_text(&t.p.client, who);
	clock_text(o.session.expires, expires);
	if (strcmp(word, "open") == 0)
		(void)snprintf(person, sizeof(person),
		    "{\"id\":\"%s\",\"role\":\"client\",\"name\":\"A Name\","
		    "\"language\":\"en\",\"time_zone\":\"UTC\"}",
		    who);
	(void)snprintf(want, sizeof(want),
	    "{\"id\":\"%s\",\"state\":\"%s\",\"participant\":%s,"
	    "\"idle_seconds\":900,\"idle_left\":%d,\"expires_at\":\"%s\",%s}",
	    id, word, person, left, expires, extra);
	ck_assert_str_eq(text, want);
	secret_free(text);
}

START_TEST(a_browser_is_given_cookies)
{
	char csrf[CSRF_TEXT_LEN + 1], want[256];
	json_auto json_t *view = NULL;

	o.session.state = looks[_i].state;
	if (_i == 1)
		memset(o.device, 'd', DEVICE_TEXT_LEN);
	opening_start(&t.req, &o);
	put();
	ck_assert_ptr_null(opening_view(&t.req, &o));
	opening_committed(&t.req, &o);
	view = opening_view(&t.req, &o);
	csrf_text(&t.d.keys, o.session.hash, csrf);
	(void)snprintf(want, sizeof(want), "\"csrf\":\"%s\"", csrf);
	ck_view(view, looks[_i].word, looks[_i].left, want);
	ck_assert_uint_eq(t.req.cookies_n, _i == 1 ? 2 : 1);
	(void)snprintf(want, sizeof(want),
	    "__Host-postern=%s; Path=/; Secure; HttpOnly; SameSite=Lax",
	    o.token);
	ck_assert_str_eq(t.req.cookies[0], want);
	if (_i == 1)
		ck_assert_ptr_nonnull(
		    strstr(t.req.cookies[1], "__Host-postern-device=ddd"));
}
END_TEST

START_TEST(a_frontend_is_given_the_token)
{
	json_auto json_t *view = NULL;
	char want[256];

	t.req.info.browser = false;
	opening_start(&t.req, &o);
	put();
	opening_committed(&t.req, &o);
	view = opening_view(&t.req, &o);
	(void)snprintf(want, sizeof(want), "\"token\":\"%s\"", o.token);
	ck_view(view, "open", 900, want);
	ck_assert_uint_eq(t.req.cookies_n, 0);
}
END_TEST

START_TEST(the_current_one_looks_alike)
{
	char csrf[CSRF_TEXT_LEN + 1], want[256];
	json_auto json_t *view = NULL;
	person_auto struct person p = {0};

	ck_assert_int_eq(person_get(t.p.s.txn, &t.p.client, &p), 0);
	t.req.info.found.session.state = looks[_i].state;
	t.req.info.found.left = 123999;
	o.session = t.req.info.found.session;
	view = opening_view_current(&t.req, &p);
	csrf_text(&t.d.keys, o.session.hash, csrf);
	(void)snprintf(want, sizeof(want), "\"csrf\":\"%s\"", csrf);
	ck_view(view, looks[_i].word, 123, want);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("opening");
	TCase *tc = tcase_create("opening");
	const int states_n = (int)PN_ARRAY_LEN(looks);

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	json_use_wiped_memory();
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, a_passphrase_leads_so_far, 0, (int)PN_ARRAY_LEN(states));
	tcase_add_loop_test(tc, it_has_a_token_and_times, 0, states_n);
	tcase_add_test(tc, it_is_there_after_the_commit);
	tcase_add_test(tc, a_step_up_takes_the_old_ones_place);
	tcase_add_test(tc, all_others_may_end);
	tcase_add_test(tc, one_too_many_ends_the_least_used);
	tcase_add_loop_test(tc, a_step_up_ends_no_third, 0, 2);
	tcase_add_loop_test(tc, a_browser_is_given_cookies, 0, states_n);
	tcase_add_test(tc, a_frontend_is_given_the_token);
	tcase_add_loop_test(tc, the_current_one_looks_alike, 0, states_n);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
