/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "daemon/newpass.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_answer.h"
#include "tests/unit/temp_request.h"

static struct temp_request t;
static struct newpass n;
static struct person p;

/* In the place of one that is slow by intent. */
static int hash_result;
int __wrap_passphrase_hash(const struct keyring *k,
    const struct secret *passphrase, char hash_r[static PASSPHRASE_HASH_LEN]);

int
__wrap_passphrase_hash(const struct keyring *k, const struct secret *passphrase,
    char hash_r[static PASSPHRASE_HASH_LEN])
{
	ck_assert_ptr_eq(k, store_keyring(t.p.s.st));
	(void)snprintf(
	    hash_r, PASSPHRASE_HASH_LEN, "hash of %s", secret_text(passphrase));
	return hash_result;
}

static void
setup(void)
{
	temp_request_make(&t);
	ck_assert_int_eq(person_get(t.p.s.txn, &t.p.client, &p), 0);
	ck_assert_int_eq(secret_replace(&p.name, "Jane Okafor"), 0);
	answered = (struct answered){0};
}

static void
teardown(void)
{
	newpass_fini(&n);
	ck_assert(sodium_is_zero((const uint8_t *)&n, sizeof(n)));
	person_fini(&p);
	temp_request_remove(&t);
}

#define LONG "purple elephant dances"
#define SHORT "mellow-otter"
#define TINY "kx9$mq2"

static const struct {
	enum person_role role;
	bool required; /* of clients */
	bool factor;   /* has a second one already */
	const char *text;
	bool good;
	bool is_short;
} table[] = {
    {ROLE_CLIENT, false, false, LONG, true, false},
    {ROLE_CLIENT, false, false, SHORT, false, false},
    {ROLE_CLIENT, false, true, SHORT, true, true},
    {ROLE_CLIENT, true, false, SHORT, true, true},
    {ROLE_CLIENT, true, false, LONG, true, false},
    {ROLE_CLIENT, false, true, TINY, false, false},
    {ROLE_PROVIDER, false, false, SHORT, true, true},
    {ROLE_PROVIDER, false, false, LONG, true, false},
    {ROLE_PROVIDER, false, false, TINY, false, false},
    {ROLE_STAFF, false, false, SHORT, true, true},
    /* fifteen, and one less */
    {ROLE_STAFF, false, false, "kx9$mq2zwf7!vb4", true, false},
    {ROLE_STAFF, false, false, "kx9$mq2zwf7!vb", true, true},
    /* by whom it is, where it is and how they sign in */
    {ROLE_CLIENT, false, false, "janeokafor12345", false, false},
    {ROLE_CLIENT, false, false, "lakesideclinic2026", false, false},
    {ROLE_CLIENT, false, false, "whiteraven-whiteraven", false, false},
    {ROLE_CLIENT, false, false, "password1234567", false, false},
};

static bool
take(const char *text, enum person_role role, bool factor)
{
	struct account a = {.passkey_count = factor};

	p.role = role;
	return newpass_take(&t.req, &n, text, &p, &a, "whiteraven", "new");
}

START_TEST(a_passphrase_will_do_or_not)
{
	t.settings.accounts.client_second_factor = table[_i].required;
	ck_assert(take(table[_i].text, table[_i].role, table[_i].factor) ==
		  table[_i].good);
	ck_assert_uint_eq(answered.count, !table[_i].good);
	if (table[_i].good) {
		ck_assert_str_eq(secret_text(&n.text), table[_i].text);
		ck_assert(n.is_short == table[_i].is_short);
	} else {
		ck_assert_int_eq(answered.problem, PROBLEM_WEAK_PASSPHRASE);
		ck_assert_str_eq(answered.field, "new");
		ck_assert_uint_gt(strlen(answered.detail), 8);
		ck_assert_uint_eq(n.text.len, 0);
	}
}
END_TEST

START_TEST(an_account_gets_its_hash)
{
	const bool is_short = _i == 1;
	struct account a = {.passphrase = "a longer one that was there before",
	    .short_passphrase = !is_short};

	ck_assert(take(is_short ? SHORT : LONG, ROLE_STAFF, false));
	ck_assert_int_eq(newpass_hash(store_keyring(t.p.s.st), &n), 0);
	ck_assert_uint_eq(n.text.len, 0);
	newpass_into(&n, &a);
	ck_assert_str_eq(
	    a.passphrase, is_short ? "hash of " SHORT : "hash of " LONG);
	ck_assert(a.short_passphrase == is_short);
}
END_TEST

START_TEST(without_memory_the_text_goes_too)
{
	ck_assert(take(LONG, ROLE_CLIENT, false));
	hash_result = -ENOMEM;
	ck_assert_int_eq(newpass_hash(store_keyring(t.p.s.st), &n), -ENOMEM);
	ck_assert_uint_eq(n.text.len, 0);
}
END_TEST

/* A second one takes the first one's place. */
START_TEST(one_may_think_again)
{
	ck_assert(take(SHORT, ROLE_STAFF, false));
	ck_assert(n.is_short);
	ck_assert(take(LONG, ROLE_STAFF, false));
	ck_assert(!n.is_short);
	ck_assert_str_eq(secret_text(&n.text), LONG);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("newpass");
	TCase *tc = tcase_create("newpass");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, a_passphrase_will_do_or_not, 0, (int)PN_ARRAY_LEN(table));
	tcase_add_loop_test(tc, an_account_gets_its_hash, 0, 2);
	tcase_add_test(tc, without_memory_the_text_goes_too);
	tcase_add_test(tc, one_may_think_again);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
