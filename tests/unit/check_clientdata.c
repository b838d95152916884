/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>
#include "daemon/clientdata.h"
#include "tests/unit/run.h"

#define CHALLENGE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define BEFORE "IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define ORIGIN "https://portal.practice.example"

static const struct clientdata want = {.type = "webauthn.get",
    .challenges = {CHALLENGE, BEFORE},
    .origin = ORIGIN};

static int
check(const char *text)
{
	return clientdata_check((const uint8_t *)text, strlen(text), &want);
}

#define SAID(type, challenge, origin, more)                                    \
	"{\"type\":\"" type "\",\"challenge\":\"" challenge                    \
	"\",\"origin\":\"" origin "\"" more "}"

static const char *const right[] = {
    SAID("webauthn.get", CHALLENGE, ORIGIN, ""),
    SAID("webauthn.get", BEFORE, ORIGIN, ""),
    SAID("webauthn.get", CHALLENGE, ORIGIN, ",\"crossOrigin\":false"),
    /* as browsers do so that nobody compares it as a text */
    SAID("webauthn.get", CHALLENGE, ORIGIN,
	",\"other_keys_can_be_added_here\":\"see https://goo.gl/yabPex\""),
    "{\"challenge\":\"" CHALLENGE "\",\"origin\":\"" ORIGIN
    "\", \"type\": \"webauthn.get\"}",
};

static const char *const wrong[] = {
    "",
    "{}",
    "[]",
    "null",
    SAID("webauthn.create", CHALLENGE, ORIGIN, ""),
    SAID("webauthn.getx", CHALLENGE, ORIGIN, ""),
    SAID("", CHALLENGE, ORIGIN, ""),
    SAID("webauthn.get", CHALLENGE "A", ORIGIN, ""),
    SAID("webauthn.get", CHALLENGE "=", ORIGIN, ""),
    SAID("webauthn.get", "", ORIGIN, ""),
    SAID("webauthn.get", CHALLENGE, ORIGIN "/", ""),
    SAID("webauthn.get", CHALLENGE, ORIGIN ":8443", ""),
    SAID("webauthn.get", CHALLENGE, ORIGIN ".evil.example", ""),
    SAID("webauthn.get", CHALLENGE, "http://portal.practice.example", ""),
    SAID("webauthn.get", CHALLENGE, "https://PORTAL.practice.example", ""),
    SAID("webauthn.get", CHALLENGE, ORIGIN "\\u0000", ""),
    SAID("webauthn.get", CHALLENGE, ORIGIN, ",\"crossOrigin\":true"),
    SAID("webauthn.get", CHALLENGE, ORIGIN, ",\"crossOrigin\":0"),
    SAID("webauthn.get", CHALLENGE, ORIGIN, ",\"crossOrigin\":null"),
    SAID("webauthn.get", CHALLENGE, ORIGIN, ",\"topOrigin\":\"" ORIGIN "\""),
    /* said twice, and which of them counts? */
    SAID("webauthn.get", CHALLENGE, ORIGIN, ",\"origin\":\"" ORIGIN "\""),
    SAID("webauthn.get", CHALLENGE, ORIGIN, "") "x",
    "{\"type\":\"webauthn.get\",\"challenge\":[\"" CHALLENGE
    "\"],\"origin\":\"" ORIGIN "\"}",
    "{\"type\":\"webauthn.get\",\"challenge\":\"" CHALLENGE "\"}",
    "{\"type\":\"webauthn.get\",\"origin\":\"" ORIGIN "\"}",
    "{\"challenge\":\"" CHALLENGE "\",\"origin\":\"" ORIGIN "\"}",
};

START_TEST(what_was_asked_is_right)
{
	ck_assert_int_eq(check(right[_i]), 0);
}
END_TEST

START_TEST(anything_else_is_not)
{
	ck_assert_int_eq(check(wrong[_i]), CLIENTDATA_WRONG);
}
END_TEST

/* No character of a challenge or an origin can be another. */
START_TEST(every_character_counts)
{
	char text[sizeof(SAID("webauthn.get", CHALLENGE, ORIGIN, ""))];
	const size_t len = strlen(right[0]);

	for (size_t i = 0; i < len; i++) {
		(void)snprintf(text, sizeof(text), "%s", right[0]);
		text[i] = text[i] == 'x' ? 'y' : 'x';
		ck_assert_msg(check(text) == CLIENTDATA_WRONG, "%s", text);
	}
}
END_TEST

/* Long ones are not even read. */
START_TEST(it_has_a_ceiling)
{
	char text[CLIENTDATA_MAX + 2];
	int n = snprintf(text, sizeof(text), "%s", right[0]);

	memset(text + n, ' ', sizeof(text) - (size_t)n);
	ck_assert_int_eq(
	    clientdata_check((const uint8_t *)text, CLIENTDATA_MAX, &want), 0);
	ck_assert_int_eq(
	    clientdata_check((const uint8_t *)text, CLIENTDATA_MAX + 1, &want),
	    CLIENTDATA_WRONG);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("clientdata");
	TCase *tc = tcase_create("clientdata");

	tcase_add_loop_test(
	    tc, what_was_asked_is_right, 0, PN_ARRAY_LEN(right));
	tcase_add_loop_test(tc, anything_else_is_not, 0, PN_ARRAY_LEN(wrong));
	tcase_add_test(tc, every_character_counts);
	tcase_add_test(tc, it_has_a_ceiling);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
