/* SPDX-License-Identifier: Apache-2.0 */

/* Headers, given without a NUL behind them. */

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "daemon/admit.h"
#include "tests/unit/run.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst"
#define HOST                                                                   \
	{                                                                      \
		"Host", "x"                                                    \
	}

struct header {
	const char *name;
	const char *value;
};

/* A copy that ends where its bytes do, so that reading on is seen. */
static void
feed(struct admit *a, const char *name, size_t name_len, const char *value,
    size_t len)
{
	char *n = malloc(name_len + (name_len == 0));
	char *v = malloc(len + (len == 0));

	ck_assert_ptr_nonnull(n);
	ck_assert_ptr_nonnull(v);
	memcpy(n, name, name_len);
	memcpy(v, value, len);
	admit_header(a, n, name_len, v, len);
	free(n);
	free(v);
}

static void
feed_text(struct admit *a, const char *name, const char *value)
{
	feed(a, name, strlen(name), value, strlen(value));
}

static const struct {
	struct header headers[4];
	size_t max;
	enum problem problem;
} heads[] = {
    {{HOST}, 0, PROBLEM_NONE},
    {{HOST, {"Content-Length", "0"}}, 0, PROBLEM_NONE},
    {{HOST, {"Content-Length", "1"}}, 0, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Content-Type", "application/json"}, {"Content-Length", "9"}}, 9,
	PROBLEM_NONE},
    {{HOST, {"content-type", "APPLICATION/JSON; charset=UTF-8"}}, 9,
	PROBLEM_NONE},
    {{HOST, {"Content-Type", "application/json"}, {"Content-Length", "10"}}, 9,
	PROBLEM_TOO_LARGE},
    {{HOST, {"Content-Type", "application/json"},
	 {"Content-Length", "99999999999999999999999999"}},
	9, PROBLEM_TOO_LARGE},
    {{HOST, {"Content-Type", "text/plain"}, {"Content-Length", "9"}}, 9,
	PROBLEM_UNSUPPORTED_MEDIA_TYPE},
    {{HOST, {"Content-Type", "application/jsonx"}}, 9,
	PROBLEM_UNSUPPORTED_MEDIA_TYPE},
    {{HOST, {"Content-Length", "9"}}, 9, PROBLEM_UNSUPPORTED_MEDIA_TYPE},
    {{HOST, {"Content-Encoding", "gzip"}}, 0, PROBLEM_UNSUPPORTED_MEDIA_TYPE},
    {{HOST, {"Content-Length", ""}}, 0, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Content-Length", "-1"}}, 9, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Content-Length", "+1"}}, 9, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Content-Length", "1 "}}, 9, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Content-Length", "0x1"}}, 9, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Content-Length", "1, 1"}}, 9, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Content-Length", "0"}, {"Content-Length", "0"}}, 0,
	PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Content-Length", "0"}, {"CONTENT-LENGTH", "5"}}, 0,
	PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Transfer-Encoding", "chunked"}}, 9, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"transfer-encoding", "identity"}}, 9, PROBLEM_MALFORMED_REQUEST},
    {{HOST, HOST}, 0, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Authorization", "Bearer " TOKEN},
	 {"Authorization", "Bearer " TOKEN}},
	0, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Idempotency-Key", "a"}, {"Idempotency-Key", "a"}}, 0,
	PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Expect", "100-continue"}}, 0, PROBLEM_NONE},
    {{HOST, {"Expect", "100-Continue"}}, 0, PROBLEM_NONE},
    {{HOST, {"Expect", "200-ok"}}, 0, PROBLEM_EXPECTATION_FAILED},
    {{HOST, {"X", "a\x01"}}, 0, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"X", "a\tb"}}, 0, PROBLEM_NONE},
    {{HOST, {"X", "a\x7f"}}, 0, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"X", "\xc3\x9c"}}, 0, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"X", "a\r\nY: b"}}, 0, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"X ", "a"}}, 0, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"X Y", "a"}}, 0, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"", "a"}}, 0, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Idempotency-Key", ""}}, 0, PROBLEM_KEY_REQUIRED},
    {{HOST, {"Idempotency-Key", "a b"}}, 0, PROBLEM_KEY_REQUIRED},
};

START_TEST(test_heads)
{
	struct admit a;

	admit_init(&a);
	for (size_t i = 0; i < 4 && heads[_i].headers[i].name != NULL; i++)
		feed_text(
		    &a, heads[_i].headers[i].name, heads[_i].headers[i].value);
	ck_assert_int_eq(admit_body(&a, heads[_i].max), heads[_i].problem);
	admit_fini(&a);
}
END_TEST

/* The same of a body that is taken piece by piece. */
static const struct {
	struct header headers[4];
	size_t max;
	enum problem problem;
} streams[] = {
    {{HOST, {"Content-Length", "9"}}, 9, PROBLEM_NONE},
    {{HOST, {"Content-Length", "9"}, {"Content-Type", "image/png"}}, 9,
	PROBLEM_NONE},
    {{HOST, {"Content-Length", "9"}, {"Content-Type", "text/plain"}}, 9,
	PROBLEM_NONE},
    {{HOST, {"Content-Length", "0"}}, 9, PROBLEM_NONE},
    {{HOST, {"Content-Length", "10"}}, 9, PROBLEM_TOO_LARGE},
    {{HOST, {"Content-Length", "99999999999999999999999999"}}, 9,
	PROBLEM_TOO_LARGE},
    {{HOST, {"Content-Length", "18446744073709551617"}}, 9, PROBLEM_TOO_LARGE},
    {{HOST}, 9, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Content-Length", ""}}, 9, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Content-Length", "-9"}}, 9, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Content-Length", "9 "}}, 9, PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Content-Length", "9"}, {"content-length", "9"}}, 9,
	PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Content-Length", "9"}, {"Transfer-Encoding", "chunked"}}, 9,
	PROBLEM_MALFORMED_REQUEST},
    {{HOST, {"Content-Length", "9"}, {"Content-Encoding", "gzip"}}, 9,
	PROBLEM_UNSUPPORTED_MEDIA_TYPE},
    {{HOST, {"Content-Length", "9"}, {"Content-Encoding", "identity"}}, 9,
	PROBLEM_UNSUPPORTED_MEDIA_TYPE},
    {{HOST, {"Content-Length", "9"}, {"Content-Range", ""}}, 9,
	PROBLEM_MALFORMED_REQUEST},
};

START_TEST(test_streams)
{
	struct admit a;

	admit_init(&a);
	for (size_t i = 0; i < 4 && streams[_i].headers[i].name != NULL; i++)
		feed_text(&a, streams[_i].headers[i].name,
		    streams[_i].headers[i].value);
	ck_assert_int_eq(
	    admit_stream(&a, streams[_i].max), streams[_i].problem);
	admit_fini(&a);
}
END_TEST

/* What is too long: no part of it; of a body's range, no request either. */
START_TEST(test_ranges)
{
	char longest[ADMIT_RANGE_MAX + 2];
	struct admit a;

	memset(longest, '1', sizeof(longest));
	admit_init(&a);
	feed(&a, "Content-Range", 13, longest, ADMIT_RANGE_MAX);
	ck_assert_int_eq(a.problem, PROBLEM_NONE);
	ck_assert_uint_eq(strlen(a.content_range), ADMIT_RANGE_MAX);
	admit_init(&a);
	feed(&a, "Content-Range", 13, longest, ADMIT_RANGE_MAX + 1);
	ck_assert_int_eq(a.problem, PROBLEM_MALFORMED_REQUEST);
	/* one that is none of ours must not be taken for none */
	admit_init(&a);
	feed(&a, "If-Range", 8, longest, ADMIT_RANGE_MAX);
	ck_assert_uint_eq(strlen(a.if_range), ADMIT_RANGE_MAX);
	admit_init(&a);
	feed(&a, "If-Range", 8, longest, ADMIT_RANGE_MAX + 1);
	ck_assert_int_eq(a.problem, PROBLEM_NONE);
	ck_assert_str_eq(a.if_range, "?");
	admit_fini(&a);
	ck_assert_str_eq(a.if_range, "");
}
END_TEST

START_TEST(test_nul)
{
	struct admit a;

	admit_init(&a);
	feed(&a, "X", 1, "a\0b", 3);
	ck_assert_int_eq(a.problem, PROBLEM_MALFORMED_REQUEST);
	admit_init(&a);
	feed(&a, "X\0Y", 3, "a", 1);
	ck_assert_int_eq(a.problem, PROBLEM_MALFORMED_REQUEST);
	admit_init(&a);
	admit_header(&a, "X", 1, NULL, 0);
	ck_assert_int_eq(a.problem, PROBLEM_NONE);
}
END_TEST

static const struct {
	const char *value;
	bool bearer;
} tokens[] = {
    {"Bearer " TOKEN, true},
    {"bearer " TOKEN, true},
    {"Bearer  " TOKEN, false},
    {"Bearer " TOKEN "a", false},
    {"Bearer " TOKEN " ", false},
    {"Bearer ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abcdefghijklmnopqrst", false},
    {"Bearer 1bcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst", false},
    {"Basic  " TOKEN, false},
    {"Bearer", false},
    {"Bearer ", false},
    {"", false},
};

START_TEST(test_tokens)
{
	struct admit a;

	admit_init(&a);
	feed_text(&a, "Authorization", tokens[_i].value);
	ck_assert_int_eq(a.problem, PROBLEM_NONE);
	ck_assert_str_eq(a.bearer, tokens[_i].bearer ? TOKEN : "");
	admit_fini(&a);
	ck_assert_str_eq(a.bearer, "");
}
END_TEST

/* ---- what browsers send ---------------------------------------------- */

#define DEVICE "22222222222222222222222222222222222222222222222222aa"
#define CSRF "abcdefghijklmnopqrstuvwxyz234567"
#define ORIGIN "https://portal.example"

static const struct {
	const char *value;
	const char *cookie;
	const char *device;
} cookies[] = {
    {"__Host-postern=" TOKEN, TOKEN, ""},
    {"__Host-postern-device=" DEVICE "; __Host-postern=" TOKEN, TOKEN, DEVICE},
    {"theme=dark; __Host-postern-device=" DEVICE, "", DEVICE},
    {"__Host-postern=" TOKEN "; __Host-postern=" TOKEN, "", ""},
    {"postern=" TOKEN, "", ""},
    {"", "", ""},
};

START_TEST(test_cookies)
{
	struct admit a;

	admit_init(&a);
	feed_text(&a, "Cookie", cookies[_i].value);
	ck_assert_int_eq(a.problem, PROBLEM_NONE);
	ck_assert_str_eq(a.cookie, cookies[_i].cookie);
	ck_assert_str_eq(a.device, cookies[_i].device);
	/* no cookie is a bearer token */
	ck_assert_str_eq(a.bearer, "");
	admit_fini(&a);
	ck_assert_str_eq(a.cookie, "");
	ck_assert_str_eq(a.device, "");
}
END_TEST

static const struct {
	const char *value;
	enum admit_site site;
} sites[] = {
    {"same-origin", ADMIT_SITE_SAME},
    {"none", ADMIT_SITE_NONE},
    {"same-site", ADMIT_SITE_OTHER},
    {"cross-site", ADMIT_SITE_OTHER},
    {"", ADMIT_SITE_OTHER},
    {"Same-Origin", ADMIT_SITE_OTHER},
    {"same-origin ", ADMIT_SITE_OTHER},
    {"same-origin, none", ADMIT_SITE_OTHER},
    {"nonesuch", ADMIT_SITE_OTHER},
    {"anything new", ADMIT_SITE_OTHER},
};

START_TEST(test_sites)
{
	struct admit a;

	admit_init(&a);
	ck_assert_int_eq(a.site, ADMIT_SITE_UNKNOWN);
	feed_text(&a, "Sec-Fetch-Site", sites[_i].value);
	ck_assert_int_eq(a.problem, PROBLEM_NONE);
	ck_assert_int_eq(a.site, sites[_i].site);
}
END_TEST

/* Where each is kept, and how much of it. */
static const struct {
	const char *name;
	const char *value;
	size_t offset;
	size_t max;
} kept[] = {
    {"X-CSRF-Token", CSRF, offsetof(struct admit, csrf), CSRF_TEXT_LEN},
    {"Origin", ORIGIN, offsetof(struct admit, origin), ADMIT_ORIGIN_MAX},
    {"X-Real-IP", "2001:db8::7", offsetof(struct admit, address),
	ADMIT_ADDRESS_MAX},
    {"Last-Event-ID", "0123456789abcdef-42", offsetof(struct admit, last_event),
	ADMIT_EVENT_MAX},
    {"Content-Type", "image/png", offsetof(struct admit, type), ADMIT_TYPE_MAX},
    {"Range", "bytes=0-9", offsetof(struct admit, range), ADMIT_RANGE_MAX},
};

static const char *
kept_text(const struct admit *a, size_t i)
{
	return (const char *)a + kept[i].offset;
}

START_TEST(test_kept)
{
	char longest[ADMIT_ORIGIN_MAX + 2];
	const size_t i = (size_t)_i;
	struct admit a;

	admit_init(&a);
	ck_assert_str_eq(kept_text(&a, i), "");
	feed_text(&a, kept[i].name, kept[i].value);
	ck_assert_int_eq(a.problem, PROBLEM_NONE);
	for (size_t j = 0; j < PN_ARRAY_LEN(kept); j++)
		ck_assert_str_eq(kept_text(&a, j), i == j ? kept[i].value : "");
	/* a second one is one too many */
	feed_text(&a, kept[i].name, kept[i].value);
	ck_assert_int_eq(a.problem, PROBLEM_MALFORMED_REQUEST);
	admit_fini(&a);
	ck_assert_str_eq(kept_text(&a, i), "");
	/* what is too long is nothing, and no beginning of it */
	memset(longest, 'a', sizeof(longest));
	for (size_t more = 0; more < 2; more++) {
		admit_init(&a);
		feed(&a, kept[i].name, strlen(kept[i].name), longest,
		    kept[i].max + more);
		ck_assert_int_eq(a.problem, PROBLEM_NONE);
		ck_assert_uint_eq(
		    strlen(kept_text(&a, i)), more == 0 ? kept[i].max : 0);
	}
	admit_init(&a);
	feed_text(&a, kept[i].name, "");
	ck_assert_str_eq(kept_text(&a, i), "");
}
END_TEST

static const char *const once[] = {"Authorization", "Content-Length",
    "Content-Range", "Content-Type", "Cookie", "Host", "Idempotency-Key",
    "If-Range", "Last-Event-ID", "Origin", "Range", "Sec-Fetch-Site",
    "X-CSRF-Token", "X-Real-IP"};

/* In either case, and even if both say the same. */
START_TEST(test_once)
{
	char upper[32];
	struct admit a;

	admit_init(&a);
	feed_text(&a, once[_i], "1");
	ck_assert_int_eq(a.problem, PROBLEM_NONE);
	for (size_t i = 0; i <= strlen(once[_i]); i++)
		upper[i] = (char)toupper((unsigned char)once[_i][i]);
	feed_text(&a, upper, "1");
	ck_assert_int_eq(a.problem, PROBLEM_MALFORMED_REQUEST);
}
END_TEST

START_TEST(test_key)
{
	char key[IDEM_KEY_MAX + 2];
	struct admit a;

	memset(key, 'k', sizeof(key));
	admit_init(&a);
	feed(&a, "Idempotency-Key", 15, key, IDEM_KEY_MAX);
	ck_assert_int_eq(a.problem, PROBLEM_NONE);
	ck_assert_uint_eq(strlen(a.key), IDEM_KEY_MAX);
	admit_init(&a);
	feed(&a, "Idempotency-Key", 15, key, IDEM_KEY_MAX + 1);
	ck_assert_int_eq(a.problem, PROBLEM_KEY_REQUIRED);
}
END_TEST

START_TEST(test_ceilings)
{
	static char big[ADMIT_BYTES_MAX];
	struct admit a;

	admit_init(&a);
	for (size_t i = 0; i < ADMIT_HEADERS_MAX; i++)
		feed_text(&a, "X", "y");
	ck_assert_int_eq(a.problem, PROBLEM_NONE);
	feed_text(&a, "X", "y");
	ck_assert_int_eq(a.problem, PROBLEM_HEADERS_TOO_LARGE);
	memset(big, 'a', sizeof(big));
	admit_init(&a);
	feed(&a, "X", 1, big, sizeof(big) - 1);
	ck_assert_int_eq(a.problem, PROBLEM_NONE);
	feed(&a, "X", 1, big, 0);
	ck_assert_int_eq(a.problem, PROBLEM_HEADERS_TOO_LARGE);
}
END_TEST

/* Written out, and with what the library would swallow. */
static const struct {
	const char *text;
	enum problem problem;
} texts[] = {
    {"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n\r\n", PROBLEM_NONE},
    {"GET / HTTP/1.1\r\nHost:x\r\nX: a\r\n\r\n", PROBLEM_NONE},
    {"GET / HTTP/1.1\r\nHost:x\r\nX:a\r\n\r\n", PROBLEM_NONE},
    {"GET / HTTP/1.1\nHost: x\nX:a\n\n", PROBLEM_MALFORMED_REQUEST},
    {"GET / HTTP/1.1\r\nHost: x\r\nX:  a \r\n\r\n", PROBLEM_MALFORMED_REQUEST},
    {"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n  \r\n\r\n",
	PROBLEM_MALFORMED_REQUEST},
    {"GET /+++ HTTP/1.1\r\nHost: x\r\nX: a\r\n\r\n", PROBLEM_MALFORMED_REQUEST},
};

START_TEST(test_hidden)
{
	struct admit a;

	admit_init(&a);
	feed_text(&a, "Host", "x");
	feed_text(&a, "X", "a");
	ck_assert_int_eq(
	    admit_head(&a, strlen("GET/HTTP/1.1"), strlen(texts[_i].text)),
	    texts[_i].problem);
	admit_init(&a);
	feed_text(&a, "X", "a");
	ck_assert_int_eq(
	    admit_head(&a, 12, 12 + 6 + 5), PROBLEM_MALFORMED_REQUEST);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("admit");
	TCase *c = tcase_create("admit");

	tcase_add_loop_test(c, test_heads, 0, (int)PN_ARRAY_LEN(heads));
	tcase_add_loop_test(c, test_streams, 0, (int)PN_ARRAY_LEN(streams));
	tcase_add_test(c, test_ranges);
	tcase_add_test(c, test_nul);
	tcase_add_loop_test(c, test_tokens, 0, (int)PN_ARRAY_LEN(tokens));
	tcase_add_loop_test(c, test_cookies, 0, (int)PN_ARRAY_LEN(cookies));
	tcase_add_loop_test(c, test_sites, 0, (int)PN_ARRAY_LEN(sites));
	tcase_add_loop_test(c, test_kept, 0, (int)PN_ARRAY_LEN(kept));
	tcase_add_loop_test(c, test_once, 0, (int)PN_ARRAY_LEN(once));
	tcase_add_test(c, test_key);
	tcase_add_test(c, test_ceilings);
	tcase_add_loop_test(c, test_hidden, 0, (int)PN_ARRAY_LEN(texts));
	suite_add_tcase(s, c);
	return run_suite(s);
}
