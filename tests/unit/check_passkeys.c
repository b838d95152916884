/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "base/settings.h"
#include "daemon/passkeys.h"
#include "tests/unit/run.h"

#define NOW (INT64_C(1790000000000))

static struct keys keys;
static uint8_t session[SESSION_HASH_LEN];
static struct account a;

static void
setup(void)
{
	memset(&keys, 'k', sizeof(keys));
	memset(session, 's', sizeof(session));
	a = (struct account){.passkey_count = 3};
	for (uint8_t i = 0; i < a.passkey_count; i++) {
		a.passkeys[i] = (struct passkey){
		    .id_len = (uint8_t)(2 + i), .label = {(char)('a' + i)}};
		memset(a.passkeys[i].id, 'i', PASSKEY_ID_MAX);
	}
}

/* ---- challenges ------------------------------------------------------ */

static const char *
challenge(enum proof_kind kind, int64_t now)
{
	static char text[PASSKEYS_CHALLENGE_LEN + 1];

	passkeys_challenge(&keys, session, kind, now, text);
	ck_assert_uint_eq(strlen(text), PASSKEYS_CHALLENGE_LEN);
	return text;
}

START_TEST(a_challenge_is_of_its_minutes)
{
	const int64_t start = NOW / PASSKEYS_SLOT * PASSKEYS_SLOT;
	char first[PASSKEYS_CHALLENGE_LEN + 1];

	(void)snprintf(first, sizeof(first), "%s", challenge(PROOF_GET, start));
	ck_assert_str_eq(
	    challenge(PROOF_GET, start + PASSKEYS_SLOT - 1), first);
	ck_assert_str_ne(challenge(PROOF_GET, start + PASSKEYS_SLOT), first);
	ck_assert_str_ne(challenge(PROOF_GET, start - 1), first);
}
END_TEST

START_TEST(and_of_a_session_a_key_and_a_use)
{
	char first[PASSKEYS_CHALLENGE_LEN + 1];

	(void)snprintf(first, sizeof(first), "%s", challenge(PROOF_GET, NOW));
	ck_assert_str_ne(challenge(PROOF_CREATE, NOW), first);
	for (size_t i = 0; i < sizeof(session); i++) {
		session[i] ^= 1;
		ck_assert_str_ne(challenge(PROOF_GET, NOW), first);
		session[i] ^= 1;
	}
	keys.of[KEYS_SETUP][0] ^= 1;
	ck_assert_str_eq(challenge(PROOF_GET, NOW), first);
	keys.of[KEYS_PASSKEY][0] ^= 1;
	ck_assert_str_ne(challenge(PROOF_GET, NOW), first);
}
END_TEST

/* ---- an account's ---------------------------------------------------- */

START_TEST(one_is_found_by_all_of_its_id)
{
	ck_assert_ptr_eq(
	    passkeys_find(&a, (const uint8_t *)"iii", 3), &a.passkeys[1]);
	ck_assert_ptr_null(passkeys_find(&a, (const uint8_t *)"iix", 3));
	ck_assert_ptr_null(passkeys_find(&a, (const uint8_t *)"iiiii", 5));
	ck_assert_ptr_null(passkeys_find(&a, (const uint8_t *)"", 0));
	a.passkey_count = 1;
	ck_assert_ptr_null(passkeys_find(&a, (const uint8_t *)"iii", 3));
}
END_TEST

START_TEST(one_is_forgotten)
{
	const struct passkey none = {0};

	passkeys_forget(&a, &a.passkeys[_i]);
	ck_assert_uint_eq(a.passkey_count, 2);
	ck_assert_int_eq(a.passkeys[0].label[0], _i == 0 ? 'b' : 'a');
	ck_assert_int_eq(a.passkeys[1].label[0], _i == 2 ? 'b' : 'c');
	/* nothing of it is left */
	ck_assert_mem_eq(&a.passkeys[2], &none, sizeof(none));
}
END_TEST

START_TEST(names_differ)
{
	struct id one = passkeys_name(&a.passkeys[0]);
	struct id other = passkeys_name(&a.passkeys[1]);

	ck_assert(!id_equal(&one, &other));
}
END_TEST

static const struct {
	uint32_t was;
	uint32_t is;
	int result;
} counts[] = {
    {0, 0, 0}, /* it does not count */
    {0, 1, 0},
    {1, 2, 0},
    {1, UINT32_MAX, 0},
    {1, 0, PASSKEYS_COPIED},
    {1, 1, PASSKEYS_COPIED},
    {7, 6, PASSKEYS_COPIED},
    {UINT32_MAX, UINT32_MAX, PASSKEYS_COPIED},
    {UINT32_MAX, 0, PASSKEYS_COPIED},
};

START_TEST(a_counter_goes_on)
{
	struct passkey *p = &a.passkeys[0];

	p->count = counts[_i].was;
	ck_assert_int_eq(passkeys_count(p, counts[_i].is), counts[_i].result);
	ck_assert_uint_eq(
	    p->count, counts[_i].result == 0 ? counts[_i].is : counts[_i].was);
}
END_TEST

/* ---- whom they are for ----------------------------------------------- */

static const struct {
	const char *origin;
	const char *rp; /* NULL: there are none */
} hosts[] = {
    {"https://portal.practice.example", "portal.practice.example"},
    {"https://portal.practice.example:8443", "portal.practice.example"},
    {"http://localhost:8080", "localhost"},
    {"http://127.0.0.1:8080", NULL},
    {"", NULL},
};

START_TEST(they_are_for_a_name)
{
	struct settings s = {0};
	char rp[URL_DOMAIN_MAX + 1];

	(void)snprintf(
	    s.portal.origin, sizeof(s.portal.origin), "%s", hosts[_i].origin);
	ck_assert(passkeys_rp(&s, rp) == (hosts[_i].rp != NULL));
	if (hosts[_i].rp != NULL)
		ck_assert_str_eq(rp, hosts[_i].rp);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("passkeys");
	TCase *tc = tcase_create("passkeys");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_challenge_is_of_its_minutes);
	tcase_add_test(tc, and_of_a_session_a_key_and_a_use);
	tcase_add_test(tc, one_is_found_by_all_of_its_id);
	tcase_add_loop_test(tc, one_is_forgotten, 0, 3);
	tcase_add_test(tc, names_differ);
	tcase_add_loop_test(tc, a_counter_goes_on, 0, PN_ARRAY_LEN(counts));
	tcase_add_loop_test(tc, they_are_for_a_name, 0, PN_ARRAY_LEN(hosts));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
