/* SPDX-License-Identifier: Apache-2.0 */

#include <time.h>
#include <sodium.h>
#include "store/person.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_store.h"

static struct temp_store s;

static void
setup(void)
{
	temp_make(&s);
	temp_begin(&s);
}

static void
teardown(void)
{
	temp_remove(&s);
}

static struct id
put_person(void)
{
	struct person p = {
	    .id = id_new(), .role = ROLE_PROVIDER, .active = true};

	ck_assert_int_eq(person_put(s.txn, &p), 0);
	return p.id;
}

static void
make_account(struct account *a, const struct id *person, const char *login)
{
	*a = (struct account){
	    .id = id_new(),
	    .person = *person,
	    .active = true,
	    .login = text_secret(login),
	    .passphrase = "$argon2id$not-really",
	};
}

START_TEST(an_account_comes_back)
{
	struct id person = put_person(), found;
	account_auto struct account a, back = {0};

	make_account(&a, &person, "ana.example");
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	temp_reopen(&s);
	ck_assert_int_eq(account_by_login(s.txn, "Ana.Example", &found), 0);
	ck_assert(id_equal(&found, &a.id));
	ck_assert_int_eq(account_get(s.txn, &found, &back), 0);
	ck_assert(back.active);
	ck_assert(id_equal(&back.person, &person));
	ck_assert_str_eq(secret_text(&back.login), "ana.example");
	ck_assert_str_eq(back.passphrase, "$argon2id$not-really");
	ck_assert_int_eq(account_by_person(s.txn, &person, &found), 0);
	ck_assert(id_equal(&found, &a.id));
	person = put_person();
	ck_assert_int_eq(
	    account_by_person(s.txn, &person, &found), KV_NOT_FOUND);
	ck_assert_int_eq(account_by_login(s.txn, "ana", &found), KV_NOT_FOUND);
}
END_TEST

START_TEST(a_login_is_one_accounts)
{
	struct id person = put_person(), other = put_person(), found;
	account_auto struct account a = {0};
	account_auto struct account b = {0};
	uint64_t changes;

	make_account(&a, &person, "ana");
	make_account(&b, &other, "ANA");
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	changes = store_changes(s.txn);
	ck_assert_int_eq(account_put(s.txn, &b), PERSON_TAKEN);
	/* nor does an account change hands */
	b.id = a.id;
	ck_assert_int_eq(account_put(s.txn, &b), PERSON_TAKEN);
	ck_assert_uint_eq(store_changes(s.txn), changes);
	secret_fini(&a.login);
	a.login = text_secret("ben");
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	ck_assert_int_eq(account_by_login(s.txn, "ana", &found), KV_NOT_FOUND);
	b.id = id_new();
	ck_assert_int_eq(account_put(s.txn, &b), 0);
}
END_TEST

START_TEST(an_account_needs_a_person)
{
	struct id nobody = id_new();
	account_auto struct account a = {0};

	make_account(&a, &nobody, "ana");
	ck_assert_int_eq(account_put(s.txn, &a), KV_NOT_FOUND);
}
END_TEST

/* Slow by intent; so all of it in one. */
START_TEST(a_passphrase_is_checked)
{
	const struct keyring *k = store_keyring(s.st);
	secret_auto struct secret right = text_secret("correct horse");
	secret_auto struct secret wrong = text_secret("correct house");
	secret_auto struct secret none = {0};
	char hash[PASSPHRASE_HASH_LEN], again[PASSPHRASE_HASH_LEN];

	ck_assert_int_eq(passphrase_hash(k, &right, hash), 0);
	ck_assert_int_eq(passphrase_hash(k, &right, again), 0);
	ck_assert_str_ne(hash, again);
	ck_assert_int_eq(
	    strncmp(hash, "$argon2id$v=19$m=131072,t=3,p=1$", 32), 0);
	ck_assert_int_eq(passphrase_check(k, &right, hash), 0);
	ck_assert_int_eq(passphrase_check(k, &wrong, hash), PASSPHRASE_WRONG);
	ck_assert_int_eq(passphrase_check(k, &none, hash), PASSPHRASE_WRONG);
	ck_assert_int_eq(
	    passphrase_check(k, &right, "nonsense"), PASSPHRASE_WRONG);
}
END_TEST

static int64_t
time_of_check(const struct secret *passphrase, const char *hash)
{
	struct timespec a, b;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	ck_assert_int_eq(
	    passphrase_check(store_keyring(s.st), passphrase, hash),
	    PASSPHRASE_WRONG);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	return (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;
}

START_TEST(an_unknown_login_takes_as_long)
{
	secret_auto struct secret right = text_secret("correct horse");
	secret_auto struct secret wrong = text_secret("correct house");
	char hash[PASSPHRASE_HASH_LEN];
	int64_t known, null, empty;

	ck_assert_int_eq(passphrase_hash(store_keyring(s.st), &right, hash), 0);
	known = time_of_check(&wrong, hash);
	null = time_of_check(&wrong, NULL);
	empty = time_of_check(&wrong, "");
	ck_assert_int_gt(null, known / 2);
	ck_assert_int_lt(null, known * 2);
	ck_assert_int_gt(empty, known / 2);
	ck_assert_int_lt(empty, known * 2);
}
END_TEST

/* A hash of one store is worth nothing under another's pepper. */
START_TEST(the_pepper_counts)
{
	secret_auto struct secret right = text_secret("correct horse");
	char hash[PASSPHRASE_HASH_LEN];
	struct temp_store other;

	temp_make(&other);
	ck_assert_int_eq(passphrase_hash(store_keyring(s.st), &right, hash), 0);
	ck_assert_int_eq(
	    passphrase_check(store_keyring(other.st), &right, hash),
	    PASSPHRASE_WRONG);
	temp_remove(&other);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("account");
	TCase *tc = tcase_create("account");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, an_account_comes_back);
	tcase_add_test(tc, a_login_is_one_accounts);
	tcase_add_test(tc, an_account_needs_a_person);
	tcase_add_test(tc, a_passphrase_is_checked);
	tcase_add_test(tc, an_unknown_login_takes_as_long);
	tcase_add_test(tc, the_pepper_counts);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
