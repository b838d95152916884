/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "daemon/device.h"
#include "daemon/self.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_answer.h"
#include "tests/unit/temp_request.h"

#define RIGHT "purple elephant dances"

static struct temp_request t;
static struct self_confirm confirm;
static unsigned thens;
static unsigned checks;
static int check_result; /* 0: it looks */
static struct audit audited;

/* ---- in the place of what takes long --------------------------------- */

int __wrap_passphrase_check(
    const struct keyring *k, const struct secret *passphrase, const char *hash);
void __wrap_request_work(struct request *req, struct pool *pool,
    int (*work)(struct request *req),
    void (*then)(struct request *req, int result));
void __wrap_request_audit(struct request *req, const struct audit *audit,
    void (*then)(struct request *req, int result));

int
__wrap_passphrase_check(
    const struct keyring *k, const struct secret *passphrase, const char *hash)
{
	ck_assert_ptr_eq(k, store_keyring(t.p.s.st));
	checks++;
	if (check_result != 0)
		return check_result;
	return hash[0] != '\0' && strcmp(secret_text(passphrase), hash) == 0
		   ? 0
		   : PASSPHRASE_WRONG;
}

void
__wrap_request_work(struct request *req, struct pool *pool,
    int (*work)(struct request *req),
    void (*then)(struct request *req, int result))
{
	ck_assert_ptr_eq(pool, t.d.login_pool);
	then(req, work(req));
}

void
__wrap_request_audit(struct request *req, const struct audit *audit,
    void (*then)(struct request *req, int result))
{
	audited = *audit;
	then(req, 0);
}

/* ---- who it is ------------------------------------------------------- */

static struct id
make_account(void)
{
	account_auto struct account a = {
	    .id = id_new(),
	    .person = t.p.client,
	    .active = true,
	    .passphrase = RIGHT,
	    .login = text_secret("jane"),
	};

	ck_assert_int_eq(account_put(t.p.s.txn, &a), 0);
	return a.id;
}

static void
setup(void)
{
	temp_request_make(&t);
	t.req.state = &confirm;
	answered = (struct answered){0};
	audited = (struct audit){0};
	thens = checks = 0;
	check_result = 0;
}

static void
teardown(void)
{
	self_confirm_fini(&confirm);
	ck_assert(sodium_is_zero((const uint8_t *)&confirm, sizeof(confirm)));
	temp_request_remove(&t);
}

/* Whose account is found; "": none. */
static void
ck_self(const char *login)
{
	account_auto struct account a = {0};
	person_auto struct person p = {0};

	ck_assert_int_eq(self_get(&t.req, t.p.s.txn, &p, &a), 0);
	ck_assert(id_equal(&p.id, &t.p.client));
	ck_assert_str_eq(secret_text(&a.login), login);
	ck_assert(id_is_nil(&a.id) == (login[0] == '\0'));
}

START_TEST(a_session_is_somebodys)
{
	struct id *account = &t.req.info.found.session.account;

	/* a frontend's word, for whom has no account yet */
	ck_self("");
	/* and for whom has one */
	(void)make_account();
	ck_self("jane");
	/* by the account that signed in */
	ck_assert_int_eq(account_by_person(t.p.s.txn, &t.p.client, account), 0);
	ck_self("jane");
	*account = id_new();
	ck_self("");
}
END_TEST

START_TEST(an_ended_session_is_nobodys)
{
	account_auto struct account a = {0};
	person_auto struct person p = {0};

	session_del(t.p.s.txn, t.req.info.session);
	ck_assert_int_eq(
	    self_get(&t.req, t.p.s.txn, &p, &a), REQUEST_SESSION_ENDED);
	ck_assert(id_is_nil(&p.id) && id_is_nil(&a.id));
}
END_TEST

START_TEST(a_person_is_told_of_a_change)
{
	outbox_row_auto struct outbox_row row = {0};
	uint64_t number = 0;

	ck_assert_int_eq(self_tell(t.p.s.txn, &t.p.client, NOW, &number), 0);
	ck_assert_int_eq(outbox_get(t.p.s.txn, number, &row), 0);
	ck_assert_int_eq(row.kind, OUTBOX_ACCOUNT);
	ck_assert_int_eq(row.state, OUTBOX_PENDING);
	ck_assert_int_eq(row.due, NOW);
	ck_assert(id_equal(&row.person, &t.p.client));
	ck_assert(id_is_nil(&row.thread));
}
END_TEST

/* ---- whether it is really they --------------------------------------- */

static void
then(struct request *req)
{
	ck_assert_ptr_eq(req, &t.req);
	ck_assert_uint_eq(confirm.passphrase.len, 0);
	thens++;
}

/* What is read is what was committed. */
static void
ask(const char *passphrase)
{
	if (t.p.s.txn != NULL)
		temp_commit(&t.p.s);
	self_confirm_fini(&confirm);
	self_confirm(&t.req, passphrase, then);
	/* it stays no longer than it is of use */
	ck_assert(confirm.passphrase.len == 0 || answered.wait != 0);
}

START_TEST(the_right_one_goes_on)
{
	(void)make_account();
	for (unsigned i = 1; i <= 2 * BRAKE_FREE; i++) {
		ask(RIGHT);
		ck_assert_uint_eq(thens, i);
	}
	ck_assert_uint_eq(answered.count, 0);
	ck_assert_int_eq(audited.verb, 0);
}
END_TEST

/* Some tries, all recorded, then it has to wait: with the right one, too. */
START_TEST(a_wrong_one_is_refused)
{
	(void)make_account();
	for (unsigned i = 1; i <= BRAKE_FREE; i++) {
		ask("purple elephant dance");
		ck_assert_uint_eq(answered.count, i);
		ck_assert_int_eq(answered.problem, PROBLEM_LOGIN_REFUSED);
		ck_assert_int_eq(audited.verb, AUDIT_SESSION_REFUSED);
		ck_assert_int_eq(audited.outcome, PASSPHRASE_WRONG);
		ck_assert(id_equal(&audited.subject, &t.p.client));
	}
	ask(RIGHT);
	ck_assert_uint_eq(answered.wait, 1);
	ck_assert_uint_eq(checks, BRAKE_FREE);
	ck_assert_uint_eq(thens, 0);
}
END_TEST

START_TEST(without_an_account_none_is_right)
{
	ask("anything");
	ck_assert_int_eq(answered.problem, PROBLEM_LOGIN_REFUSED);
	ask("");
	ck_assert_uint_eq(answered.count, 2);
	ck_assert_uint_eq(checks, 2);
	ck_assert_uint_eq(thens, 0);
}
END_TEST

/* Where nobody looked it was no try. */
START_TEST(what_could_not_be_checked_was_no_try)
{
	(void)make_account();
	for (unsigned i = 1; i <= 2 * BRAKE_FREE; i++) {
		check_result = i % 2 == 0 ? -ENOMEM : POOL_BUSY;
		ask(RIGHT);
		ck_assert_uint_eq(answered.count, i);
		ck_assert_int_eq(answered.code, check_result);
	}
	ck_assert_uint_eq(thens, 0);
	ck_assert_uint_eq(answered.wait, 0);
}
END_TEST

/* Their own device goes on where somebody else's tries are held up. */
START_TEST(a_known_device_is_not_held_up)
{
	struct id account = make_account();

	for (unsigned i = 0; i < BRAKE_FREE; i++)
		ask("a guess");
	device_new(&t.d.keys, &account, t.req.admit.device);
	ask(RIGHT);
	ck_assert_uint_eq(thens, 1);
	ck_assert_uint_eq(answered.wait, 0);
}
END_TEST

START_TEST(a_session_that_ended_is_not_asked)
{
	(void)make_account();
	session_del(t.p.s.txn, t.req.info.session);
	ask(RIGHT);
	ck_assert_int_eq(answered.code, REQUEST_SESSION_ENDED);
	ck_assert_uint_eq(checks, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("self");
	TCase *tc = tcase_create("self");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_session_is_somebodys);
	tcase_add_test(tc, an_ended_session_is_nobodys);
	tcase_add_test(tc, a_person_is_told_of_a_change);
	tcase_add_test(tc, the_right_one_goes_on);
	tcase_add_test(tc, a_wrong_one_is_refused);
	tcase_add_test(tc, without_an_account_none_is_right);
	tcase_add_test(tc, what_could_not_be_checked_was_no_try);
	tcase_add_test(tc, a_known_device_is_not_held_up);
	tcase_add_test(tc, a_session_that_ended_is_not_asked);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
