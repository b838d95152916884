/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/admit.h"

#include <string.h>
#include <strings.h>
#include <sodium.h>
#include "base/attr.h"

/* a longer length would be refused anyway, and this one cannot overflow */
#define LENGTH_DIGITS 15

static bool
is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool
is_text(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		if ((c < 0x20 && c != '\t') || c >= 0x7f)
			return false;
	}
	return true;
}

/* VALUE into TO of CAP, or nothing if it is too long. */
static void
take_text(const char *value, size_t len, char *to, size_t cap)
{
	if (len >= cap)
		len = 0;
	memcpy(to, value, len);
	to[len] = '\0';
}

static void
take_authorization(struct admit *a, const char *value, size_t len)
{
	static const char scheme[] = "Bearer ";
	const size_t skip = sizeof(scheme) - 1;

	if (len != skip + SESSION_TEXT_LEN ||
	    strncasecmp(value, scheme, skip) != 0)
		return;
	take_text(value + skip, SESSION_TEXT_LEN, a->bearer, sizeof(a->bearer));
	/* one token, one way to write it */
	if (strspn(a->bearer, "abcdefghijklmnopqrstuvwxyz234567") !=
	    SESSION_TEXT_LEN)
		a->bearer[0] = '\0';
}

static void
take_cookie(struct admit *a, const char *value, size_t len)
{
	(void)cookie_find(
	    value, len, COOKIE_SESSION, SESSION_TEXT_LEN, a->cookie);
	(void)cookie_find(
	    value, len, COOKIE_DEVICE, DEVICE_TEXT_LEN, a->device);
}

static void
take_csrf(struct admit *a, const char *value, size_t len)
{
	take_text(value, len, a->csrf, sizeof(a->csrf));
}

static void
take_fetch_site(struct admit *a, const char *value, size_t len)
{
	if (len == strlen("same-origin") &&
	    memcmp(value, "same-origin", len) == 0)
		a->site = ADMIT_SITE_SAME;
	else if (len == strlen("none") && memcmp(value, "none", len) == 0)
		a->site = ADMIT_SITE_NONE;
	else
		a->site = ADMIT_SITE_OTHER;
}

static void
take_last_event(struct admit *a, const char *value, size_t len)
{
	take_text(value, len, a->last_event, sizeof(a->last_event));
}

static void
take_origin(struct admit *a, const char *value, size_t len)
{
	take_text(value, len, a->origin, sizeof(a->origin));
}

static void
take_real_ip(struct admit *a, const char *value, size_t len)
{
	take_text(value, len, a->address, sizeof(a->address));
}

static void
take_length(struct admit *a, const char *value, size_t len)
{
	int64_t n = 0;

	if (len == 0)
		a->problem = PROBLEM_MALFORMED_REQUEST;
	for (size_t i = 0; i < len; i++) {
		if (value[i] < '0' || value[i] > '9') {
			a->problem = PROBLEM_MALFORMED_REQUEST;
			return;
		}
		n = n * 10 + (value[i] - '0');
		if (i >= LENGTH_DIGITS)
			n = INT64_MAX / 20;
	}
	a->length = n;
}

static void
take_content_range(struct admit *a, const char *value, size_t len)
{
	/* what was not understood must not be taken for the whole */
	if (len == 0 || len > ADMIT_RANGE_MAX)
		a->problem = PROBLEM_MALFORMED_REQUEST;
	else
		take_text(
		    value, len, a->content_range, sizeof(a->content_range));
}

static void
take_range(struct admit *a, const char *value, size_t len)
{
	take_text(value, len, a->range, sizeof(a->range));
}

static void
take_if_range(struct admit *a, const char *value, size_t len)
{
	/* one that is too long is none of ours: no part then */
	take_text(len > ADMIT_RANGE_MAX ? "?" : value,
	    len > ADMIT_RANGE_MAX ? 1 : len, a->if_range, sizeof(a->if_range));
}

static void
take_type(struct admit *a, const char *value, size_t len)
{
	static const char *const good[] = {"application/json",
	    "application/json;charset=utf-8",
	    "application/json; charset=utf-8"};

	for (size_t i = 0; i < PN_ARRAY_LEN(good); i++) {
		if (strlen(good[i]) == len &&
		    strncasecmp(good[i], value, len) == 0)
			a->json = true;
	}
	take_text(value, len, a->type, sizeof(a->type));
}

static void
take_expect(struct admit *a, const char *value, size_t len)
{
	static const char expect[] = "100-continue";

	if (len != sizeof(expect) - 1 || strncasecmp(value, expect, len) != 0)
		a->problem = PROBLEM_EXPECTATION_FAILED;
}

static void
take_encoding(struct admit *a, const char *value, size_t len)
{
	(void)value;
	(void)len;
	a->problem = PROBLEM_UNSUPPORTED_MEDIA_TYPE;
}

static void
take_host(struct admit *a, const char *value, size_t len)
{
	(void)a;
	(void)value;
	(void)len;
}

static void
take_key(struct admit *a, const char *value, size_t len)
{
	bool good = len >= 1 && len <= IDEM_KEY_MAX;

	for (size_t i = 0; good && i < len; i++)
		good = value[i] > 0x20 && value[i] < 0x7f;
	if (!good) {
		a->problem = PROBLEM_KEY_REQUIRED;
		return;
	}
	memcpy(a->key, value, len);
	a->key[len] = '\0';
}

static const struct {
	const char *name;
	void (*take)(struct admit *a, const char *value, size_t len);
} once[ADMIT_ONCE] = {
    [ADMIT_AUTHORIZATION] = {"Authorization", take_authorization},
    [ADMIT_CONTENT_ENCODING] = {"Content-Encoding", take_encoding},
    [ADMIT_CONTENT_LENGTH] = {"Content-Length", take_length},
    [ADMIT_CONTENT_RANGE] = {"Content-Range", take_content_range},
    [ADMIT_CONTENT_TYPE] = {"Content-Type", take_type},
    [ADMIT_COOKIE] = {"Cookie", take_cookie},
    [ADMIT_CSRF] = {"X-CSRF-Token", take_csrf},
    [ADMIT_EXPECT] = {"Expect", take_expect},
    [ADMIT_FETCH_SITE] = {"Sec-Fetch-Site", take_fetch_site},
    [ADMIT_HOST] = {"Host", take_host},
    [ADMIT_IF_RANGE] = {"If-Range", take_if_range},
    [ADMIT_KEY] = {"Idempotency-Key", take_key},
    [ADMIT_LAST_EVENT] = {"Last-Event-ID", take_last_event},
    [ADMIT_ORIGIN] = {"Origin", take_origin},
    [ADMIT_RANGE] = {"Range", take_range},
    [ADMIT_REAL_IP] = {"X-Real-IP", take_real_ip},
};

static bool
is_name(const char *name, size_t len, const char *other)
{
	return strlen(other) == len && strncasecmp(name, other, len) == 0;
}

void
admit_init(struct admit *a)
{
	*a = (struct admit){.length = -1};
}

void
admit_header(struct admit *a, const char *name, size_t name_len,
    const char *value, size_t len)
{
	if (value == NULL) {
		value = "";
		len = 0;
	}
	a->headers++;
	a->bytes += name_len + len;
	if (a->problem != PROBLEM_NONE)
		return;
	if (a->headers > ADMIT_HEADERS_MAX || a->bytes > ADMIT_BYTES_MAX) {
		a->problem = PROBLEM_HEADERS_TOO_LARGE;
		return;
	}
	a->problem = name_len == 0 || !is_text(value, len)
			 ? PROBLEM_MALFORMED_REQUEST
			 : PROBLEM_NONE;
	for (size_t i = 0; i < name_len; i++) {
		if (!is_token_char(name[i]))
			a->problem = PROBLEM_MALFORMED_REQUEST;
	}
	if (is_name(name, name_len, "Transfer-Encoding"))
		a->problem = PROBLEM_MALFORMED_REQUEST;
	for (unsigned i = 0; i < ADMIT_ONCE; i++) {
		if (a->problem != PROBLEM_NONE ||
		    !is_name(name, name_len, once[i].name))
			continue;
		if ((a->seen & (1U << i)) != 0) {
			a->problem = PROBLEM_MALFORMED_REQUEST;
			return;
		}
		a->seen |= 1U << i;
		once[i].take(a, value, len);
	}
}

enum problem
admit_head(const struct admit *a, size_t line, size_t size)
{
	/* two blanks, an end of line, and another after the headers */
	size_t least = line + 6 + a->bytes + a->headers * 3;

	if (a->problem != PROBLEM_NONE)
		return a->problem;
	if ((a->seen & (1U << ADMIT_HOST)) == 0)
		return PROBLEM_MALFORMED_REQUEST;
	/* "Name:value" or "Name: value" */
	if (size < least || size > least + a->headers)
		return PROBLEM_MALFORMED_REQUEST;
	return PROBLEM_NONE;
}

enum problem
admit_body(const struct admit *a, size_t max)
{
	if (a->problem != PROBLEM_NONE)
		return a->problem;
	if (max == 0)
		return a->length > 0 ? PROBLEM_MALFORMED_REQUEST : PROBLEM_NONE;
	if (!a->json)
		return PROBLEM_UNSUPPORTED_MEDIA_TYPE;
	if (a->length > 0 && (uint64_t)a->length > max)
		return PROBLEM_TOO_LARGE;
	return PROBLEM_NONE;
}

enum problem
admit_stream(const struct admit *a, size_t max)
{
	if (a->problem != PROBLEM_NONE)
		return a->problem;
	if (a->length < 0)
		return PROBLEM_MALFORMED_REQUEST;
	return (uint64_t)a->length > max ? PROBLEM_TOO_LARGE : PROBLEM_NONE;
}

void
admit_fini(struct admit *a)
{
	sodium_memzero(a, sizeof(*a));
}
