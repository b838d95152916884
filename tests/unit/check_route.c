/* SPDX-License-Identifier: Apache-2.0 */

/* Paths, escapes and methods; and that every problem can be told. */

#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "daemon/problem.h"
#include "daemon/route.h"
#include "tests/unit/run.h"

static void
handle(struct request *req)
{
	(void)req;
}

static const struct route first[] = {
    {"GET", "/v1/me", 0, NULL, 0, handle},
    {"GET", "/v1/threads/{id}/entries", 0, NULL, 0, handle},
    {"PUT", "/v1/relations/{client}/{provider}", 0, NULL, 10, handle},
    {0},
};
static const struct route second[] = {
    {"POST", "/v1/threads/{id}/entries", 0, NULL, 10, handle},
    {"GET", "/v1/threads/{id}", 0, NULL, 0, handle},
    {0},
};
static const struct route *const tables[] = {first, second, NULL};

static const struct {
	const char *method;
	const char *path;
	int code;
	const char *pattern; /* or Allow */
	const char *params[ROUTE_PARAMS];
} paths[] = {
    {"GET", "/v1/me", 0, "/v1/me", {"", ""}},
    {"GET", "/v1/me/", ROUTE_NONE, "", {"", ""}},
    {"GET", "/v1/ME", ROUTE_NONE, "", {"", ""}},
    {"GET", "/v1/mee", ROUTE_NONE, "", {"", ""}},
    {"GET", "/v1//me", ROUTE_NONE, "", {"", ""}},
    {"GET", "//v1/me", ROUTE_NONE, "", {"", ""}},
    {"GET", "/", ROUTE_NONE, "", {"", ""}},
    {"GET", "", ROUTE_NONE, "", {"", ""}},
    {"GET", "*", ROUTE_NONE, "", {"", ""}},
    {"GET", "/v1/%6de", ROUTE_NONE, "", {"", ""}},
    {"get", "/v1/me", ROUTE_METHOD, "GET", {"", ""}},
    {"HEAD", "/v1/me", ROUTE_METHOD, "GET", {"", ""}},
    {"OPTIONS", "/v1/threads/a/entries", ROUTE_METHOD, "GET, POST", {"", ""}},
    {"GET", "/v1/threads/a", 0, "/v1/threads/{id}", {"a", ""}},
    {"GET", "/v1/threads/", ROUTE_NONE, "", {"", ""}},
    {"GET", "/v1/threads/a/entries", 0, "/v1/threads/{id}/entries", {"a", ""}},
    {"POST", "/v1/threads/a/entries", 0, "/v1/threads/{id}/entries", {"a", ""}},
    {"GET", "/v1/threads/a/entries/", ROUTE_NONE, "", {"", ""}},
    {"GET", "/v1/threads//entries", ROUTE_NONE, "", {"", ""}},
    {"PUT", "/v1/relations/a%2Fb/%c3%9c%20x", 0,
	"/v1/relations/{client}/{provider}", {"a/b", "\xc3\x9c x"}},
    {"PUT", "/v1/relations/a+b/..", 0, "/v1/relations/{client}/{provider}",
	{"a+b", ".."}},
    {"GET", "/v1/threads/%00", ROUTE_MALFORMED, "", {"", ""}},
    {"GET", "/v1/threads/a%0ab", ROUTE_MALFORMED, "", {"", ""}},
    {"GET", "/v1/threads/a%7f", ROUTE_MALFORMED, "", {"", ""}},
    {"GET", "/v1/threads/%", ROUTE_MALFORMED, "", {"", ""}},
    {"GET", "/v1/threads/%4", ROUTE_MALFORMED, "", {"", ""}},
    {"GET", "/v1/threads/%4g", ROUTE_MALFORMED, "", {"", ""}},
    {"GET", "/v1/threads/%ff", ROUTE_MALFORMED, "", {"", ""}},
    {"GET", "/v1/threads/\xc3\x9c", ROUTE_MALFORMED, "", {"", ""}},
};

START_TEST(test_paths)
{
	struct route_match m = {0};

	ck_assert_int_eq(
	    route_find(tables, paths[_i].method, paths[_i].path, &m),
	    paths[_i].code);
	if (paths[_i].code == ROUTE_METHOD)
		ck_assert_str_eq(m.allow, paths[_i].pattern);
	if (paths[_i].code != 0)
		return;
	ck_assert_str_eq(m.route->pattern, paths[_i].pattern);
	ck_assert_str_eq(m.route->method, paths[_i].method);
	for (size_t i = 0; i < ROUTE_PARAMS; i++)
		ck_assert_str_eq(m.params[i], paths[_i].params[i]);
}
END_TEST

START_TEST(test_decode_ceiling)
{
	char out[8];

	ck_assert_int_eq(route_decode("abcdefg", 7, out, sizeof(out)), 0);
	ck_assert_str_eq(out, "abcdefg");
	ck_assert_int_eq(
	    route_decode("abcdefgh", 8, out, sizeof(out)), ROUTE_MALFORMED);
	ck_assert_int_eq(route_decode("%61%62", 6, out, sizeof(out)), 0);
	ck_assert_str_eq(out, "ab");
	/* an escape cut by the end of what is to be decoded */
	ck_assert_int_eq(
	    route_decode("%61%62", 5, out, sizeof(out)), ROUTE_MALFORMED);
	ck_assert_int_eq(route_decode("", 0, out, sizeof(out)), 0);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(test_problem)
{
	char type[80];
	json_auto json_t *j =
	    problem_json((enum problem)_i, "why", _i % 2 ? "field" : NULL);
	unsigned status = problem_status((enum problem)_i);

	ck_assert_ptr_nonnull(j);
	(void)snprintf(type, sizeof(type), "urn:postern:error:%s",
	    problem_slug((enum problem)_i));
	ck_assert_str_eq(json_string_value(json_object_get(j, "type")), type);
	ck_assert_uint_eq(strspn(type + 18, "abcdefghijklmnopqrstuvwxyz-"),
	    strlen(type + 18));
	ck_assert_uint_ge(status, 400);
	ck_assert_uint_le(status, 599);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(j, "status")), (int)status);
	ck_assert_uint_gt(json_string_length(json_object_get(j, "title")), 10);
	ck_assert_str_eq(
	    json_string_value(json_object_get(j, "detail")), "why");
	ck_assert_int_eq(json_object_get(j, "field") != NULL, _i % 2);
	/* whoever is to come back is told when */
	ck_assert_int_eq(problem_retry((enum problem)_i) > 0,
	    status == 429 || status == 503 || _i == PROBLEM_UPLOAD_BUSY ||
		_i == PROBLEM_ATTACHMENT_PENDING);
}
END_TEST

START_TEST(test_problem_types_differ)
{
	for (int i = 1; i < PROBLEMS; i++) {
		for (int j = 1; j < i; j++)
			ck_assert_str_ne(problem_slug((enum problem)i),
			    problem_slug((enum problem)j));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("route");
	TCase *c = tcase_create("route");

	tcase_add_loop_test(c, test_paths, 0, (int)PN_ARRAY_LEN(paths));
	tcase_add_test(c, test_decode_ceiling);
	tcase_add_loop_test(c, test_problem, 1, PROBLEMS);
	tcase_add_test(c, test_problem_types_differ);
	suite_add_tcase(s, c);
	return run_suite(s);
}
