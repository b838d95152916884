/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "base/json.h"
#include "daemon/mailcode.h"
#include "daemon/view.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_practice.h"

static struct practice p;
static struct thread thread;

static void
setup(void)
{
	practice_make(&p);
	ck_assert_int_eq(thread_get(p.s.txn, &p.thread, &thread), 0);
}

static void
teardown(void)
{
	temp_remove(&p.s);
}

/* Takes VIEW. */
static void
ck_json(json_t *view, const char *want)
{
	char *text;

	ck_assert_ptr_nonnull(view);
	text = json_dumps(view, JSON_COMPACT | JSON_ENCODE_ANY);
	ck_assert_pstr_eq(text, want);
	free(text);
	json_decref(view);
}

/* ---- what only the practice's side sees ------------------------------ */

static const struct {
	enum unnotified_reason reason;
	const char *code;
	const char *text;
} reasons[] = {
    {UNNOTIFIED_NO_ADDRESS, "",
	"{\"since\":\"2026-11-22T20:29:00.123Z\",\"reason\":\"no-address\","
	"\"code\":\"\"}"},
    {UNNOTIFIED_REFUSED, "5.7.509",
	"{\"since\":\"2026-11-22T20:29:00.123Z\",\"reason\":\"refused\","
	"\"code\":\"5.7.509\"}"},
    {UNNOTIFIED_GIVEN_UP, "4.4.1",
	"{\"since\":\"2026-11-22T20:29:00.123Z\",\"reason\":\"given-up\","
	"\"code\":\"4.4.1\"}"},
    /* one that a later program knows */
    {99, "", "null"},
    {0, "", "null"},
};

START_TEST(who_was_not_told_is_the_practices_to_know)
{
	struct id nobody = id_new();

	ck_json(view_unnotified(&thread, &p.provider), "null");
	thread.unnotified.since = NOW;
	thread.unnotified.reason = reasons[_i].reason;
	ck_assert_int_eq(
	    mailcode_parse(reasons[_i].code, &thread.unnotified.code), 0);
	ck_json(view_unnotified(&thread, &p.provider), reasons[_i].text);
	ck_json(view_unnotified(&thread, &p.client), "null");
	ck_json(view_unnotified(&thread, &nobody), "null");
}
END_TEST

START_TEST(who_waits_is_the_practices_to_know)
{
	struct id nobody = id_new();

	ck_json(view_waiting(&thread, &p.provider), "null");
	thread.waiting = NOW;
	ck_json(
	    view_waiting(&thread, &p.provider), "\"2026-11-22T20:29:00.123Z\"");
	ck_json(view_waiting(&thread, &p.client), "null");
	ck_json(view_waiting(&thread, &nobody), "null");
}
END_TEST

START_TEST(unread_is_ones_own)
{
	struct id nobody = id_new();

	thread_member(&thread, &p.client)->unread = 3;
	thread_member(&thread, &p.provider)->unread = UINT32_MAX;
	ck_assert_uint_eq(view_unread(&thread, &p.client), 3);
	ck_assert_uint_eq(view_unread(&thread, &p.provider), UINT32_MAX);
	ck_assert_uint_eq(view_unread(&thread, &nobody), 0);
}
END_TEST

/* ---- people ---------------------------------------------------------- */

static const struct {
	uint8_t from;
	uint8_t to;
	const char *own;
	const char *shown;
} days[] = {
    {0, 0, "null", "{\"from\":1,\"to\":3}"},
    {0, 1, "{\"from\":0,\"to\":1}", "{\"from\":0,\"to\":1}"},
    {5, 60, "{\"from\":5,\"to\":60}", "{\"from\":5,\"to\":60}"},
};

START_TEST(a_provider_answers_in_days)
{
	const struct person one = {
	    .response_from = days[_i].from, .response_to = days[_i].to};

	ck_json(view_own_response(&one), days[_i].own);
	ck_json(view_response(&one), days[_i].shown);
}
END_TEST

/* What somebody has not said is the practice's, or nobody's. */
START_TEST(words_stand_for_what_is_not_said)
{
	static char en[] = "en";
	const struct settings s = {.practice = {.language = en}};
	person_auto struct person one = {.role = ROLE_CLIENT};

	ck_assert_str_eq(view_language(&s, &one), "en");
	ck_assert_str_eq(view_time_zone(&one), "UTC");
	one.language = text_secret("es");
	one.time_zone = text_secret("America/New_York");
	ck_assert_str_eq(view_language(&s, &one), "es");
	ck_assert_str_eq(view_time_zone(&one), "America/New_York");
	ck_assert_str_eq(view_role(ROLE_CLIENT), "client");
	ck_assert_str_eq(view_role(ROLE_PROVIDER), "provider");
	ck_assert_str_eq(view_role(ROLE_STAFF), "staff");
	ck_json(view_time(0), "null");
}
END_TEST

START_TEST(a_party_has_a_name_while_it_is_there)
{
	const struct id gone = {.b = {1}};
	json_t *party = NULL;

	ck_assert_int_eq(view_party(p.s.txn, &p.provider, true, &party), 0);
	ck_assert_str_eq(
	    json_string_value(json_object_get(party, "name")), "A Name");
	ck_assert_str_eq(
	    json_string_value(json_object_get(party, "role")), "provider");
	json_decref(party);
	ck_assert_int_eq(view_party(p.s.txn, &gone, true, &party), 0);
	ck_json(party, "{\"id\":\"aeaaaaaaaaaaaaaaaaaaaaaaaa\",\"name\":\"\"}");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("view");
	TCase *tc = tcase_create("view");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, who_was_not_told_is_the_practices_to_know, 0,
	    (int)PN_ARRAY_LEN(reasons));
	tcase_add_test(tc, who_waits_is_the_practices_to_know);
	tcase_add_test(tc, unread_is_ones_own);
	tcase_add_loop_test(
	    tc, a_provider_answers_in_days, 0, (int)PN_ARRAY_LEN(days));
	tcase_add_test(tc, words_stand_for_what_is_not_said);
	tcase_add_test(tc, a_party_has_a_name_while_it_is_there);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
