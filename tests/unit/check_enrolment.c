/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "daemon/enrolment.h"
#include "daemon/lease.h"
#include "daemon/sessions.h"
#include "store/token.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_practice.h"

#define LINK_SIZE (TOKEN_TEXT_LEN + 1)

static struct practice p;

static void
setup(void)
{
	practice_make(&p);
	(void)practice_address(&p, &p.client, "client@x.org", ADDRESS_GOOD);
}

static void
teardown(void)
{
	temp_remove(&p.s);
}

static int
try_issue(
    const struct id *who, bool reset, int64_t now, struct enrolment_issued *i_r)
{
	person_auto struct person person = {0};

	ck_assert_int_eq(person_get(p.s.txn, who, &person), 0);
	return enrolment_issue(p.s.txn, &person, reset, now, i_r);
}

static struct enrolment_issued
issue(bool reset)
{
	struct enrolment_issued i;

	ck_assert_int_eq(try_issue(&p.client, reset, NOW, &i), 0);
	ck_assert(id_equal(&i.person, &p.client));
	ck_assert_int_eq(i.expires, NOW + ENROLMENT_LIFE);
	return i;
}

static void
get_account(struct account *a)
{
	struct id id;

	ck_assert_int_eq(account_by_person(p.s.txn, &p.client, &id), 0);
	ck_assert_int_eq(account_get(p.s.txn, &id, a), 0);
}

static void
link_of(uint64_t number, enum token_label label, uint32_t other,
    char link_r[static LINK_SIZE])
{
	outbox_row_auto struct outbox_row row = {0};

	ck_assert_int_eq(outbox_get(p.s.txn, number, &row), 0);
	token_make(store_keyring(p.s.st), label,
	    (struct token){number, row.salt ^ other}, link_r);
}

static int
find(const char *link, int64_t now, struct account *a)
{
	person_auto struct person person = {0};
	int r = enrolment_find(p.s.txn, link, now, &person, a);

	if (r == 0) {
		ck_assert(id_equal(&person.id, &p.client));
		ck_assert(id_equal(&a->person, &p.client));
	}
	return r;
}

/* Where the link of the mail NUMBER leads at NOW. */
static int
follow(uint64_t number, int64_t now)
{
	account_auto struct account a = {0};
	char link[LINK_SIZE];

	link_of(number, TOKEN_LINK, 0, link);
	return find(link, now, &a);
}

/* As a request does: what is taken stays taken. */
static bool
try_code(uint64_t number, const char *code)
{
	account_auto struct account a = {0};
	char link[LINK_SIZE];
	bool right;

	link_of(number, TOKEN_LINK, 0, link);
	ck_assert_int_eq(find(link, NOW, &a), 0);
	right = enrolment_try(store_keyring(p.s.st), code, &a);
	ck_assert_int_eq(account_put(p.s.txn, &a), 0);
	return right;
}

/* An account with all that can stand in one. */
static void
open_account(bool passphrase, bool totp)
{
	account_auto struct account a = {.id = id_new(),
	    .person = p.client,
	    .active = true,
	    .short_passphrase = true,
	    .totp = totp,
	    .totp_step = totp ? 77 : 0,
	    .recovery_count = 3};

	a.login = text_secret("jane");
	if (passphrase)
		(void)snprintf(a.passphrase, sizeof(a.passphrase), "a hash");
	if (totp)
		memset(a.totp_secret, 't', sizeof(a.totp_secret));
	memset(a.recovery, 'r', sizeof(a.recovery));
	if (totp) {
		a.passkey_count = 1;
		a.passkeys[0] = (struct passkey){
		    .algorithm = PASSKEY_EDDSA, .id_len = 1, .label = "phone"};
	}
	ck_assert_int_eq(account_put(p.s.txn, &a), 0);
}

static struct session
open_session(const struct id *who, uint8_t n)
{
	struct session s = {.person = *who,
	    .created = NOW,
	    .used = NOW,
	    .expires = NOW + CLOCK_HOUR,
	    .frontend = "web.sock"};

	memset(s.hash, n, sizeof(s.hash));
	ck_assert_int_eq(session_put(p.s.txn, &s), 0);
	return s;
}

static void
ck_mail(uint64_t number, enum outbox_kind kind)
{
	outbox_row_auto struct outbox_row row = {0};

	ck_assert_int_eq(outbox_get(p.s.txn, number, &row), 0);
	ck_assert_int_eq(row.kind, kind);
	ck_assert_int_eq(row.state, OUTBOX_PENDING);
	ck_assert_int_eq(row.due, NOW);
	ck_assert(id_equal(&row.person, &p.client));
	ck_assert(id_is_nil(&row.thread));
}

/* ---- issuing --------------------------------------------------------- */

START_TEST(link_and_code_lead_to_the_account)
{
	struct enrolment_issued i = issue(false);
	account_auto struct account a = {0};

	ck_assert_uint_eq(strlen(i.code), ACCOUNT_CODE_TEXT);
	ck_assert(!i.reset);
	ck_assert_uint_eq(i.notice, 0);
	ck_mail(i.mail, OUTBOX_ENROLMENT);
	ck_assert(try_code(i.mail, i.code));
	get_account(&a);
	ck_assert(a.active && !a.totp);
	ck_assert_str_eq(a.passphrase, "");
	ck_assert_uint_eq(a.login.len, 0);
	ck_assert_uint_eq(a.enrolment.tries, ENROLMENT_TRIES);
	ck_assert_int_eq(a.enrolment.expires, i.expires);
	/* over a restart, too */
	temp_reopen(&p.s);
	ck_assert(try_code(i.mail, i.code));
}
END_TEST

static void
be_none(void)
{
}

static void
be_without_address(void)
{
	address_auto struct address a = {0};
	static const struct id any;

	while (lease_address(p.s.txn, &p.client, &any, &a) == 0) {
		ck_assert_int_eq(address_del(p.s.txn, &p.client, &a.id), 0);
		address_fini(&a);
	}
}

static void
be_stopped(void)
{
	be_without_address();
	(void)practice_address(&p, &p.client, "old@x.org", ADDRESS_STOPPED);
}

static void
be_inactive(void)
{
	practice_set_active(&p, &p.client, false);
}

static void
be_open(void)
{
	open_account(true, false);
}

static void
be_half_open(void)
{
	open_account(false, true);
}

static void
be_invited(void)
{
	(void)issue(false);
}

static void
be_reset(void)
{
	open_account(true, true);
	(void)issue(true);
}

static const struct {
	void (*be)(void);
	int code;       /* of issuing */
	int code_reset; /* of issuing with a reset */
	bool reset;     /* it was one */
} states[] = {
    {be_none, 0, 0, false},
    {be_without_address, ENROLMENT_NO_ADDRESS, ENROLMENT_NO_ADDRESS, false},
    {be_stopped, ENROLMENT_NO_ADDRESS, ENROLMENT_NO_ADDRESS, false},
    {be_inactive, ENROLMENT_INACTIVE, ENROLMENT_INACTIVE, false},
    {be_open, ENROLMENT_IN_USE, 0, true},
    {be_half_open, ENROLMENT_IN_USE, 0, true},
    {be_invited, 0, 0, false},
    {be_reset, 0, 0, false},
};

START_TEST(what_is_refused_leaves_no_trace)
{
	struct enrolment_issued i;
	uint64_t changes;

	states[_i].be();
	changes = store_changes(p.s.txn);
	ck_assert_int_eq(try_issue(&p.client, false, NOW, &i), states[_i].code);
	if (states[_i].code != 0)
		ck_assert_uint_eq(store_changes(p.s.txn), changes);
	ck_assert_int_eq(
	    try_issue(&p.client, true, NOW, &i), states[_i].code_reset);
	if (states[_i].code_reset != 0)
		ck_assert_uint_eq(store_changes(p.s.txn), changes);
	else
		ck_assert(i.reset == states[_i].reset);
}
END_TEST

START_TEST(a_reset_leaves_the_name_and_nothing_else)
{
	struct session mine = open_session(&p.client, 1);
	struct session other = open_session(&p.client, 2);
	struct session theirs = open_session(&p.provider, 3);
	struct enrolment_issued i;
	account_auto struct account a = {0};

	open_account(true, true);
	i = issue(true);
	ck_assert(i.reset);
	get_account(&a);
	ck_assert_str_eq(secret_text(&a.login), "jane");
	ck_assert_str_eq(a.passphrase, "");
	ck_assert(a.active && !a.totp && !a.short_passphrase);
	ck_assert(sodium_is_zero(a.totp_secret, sizeof(a.totp_secret)));
	ck_assert_uint_eq(a.totp_step, 0);
	ck_assert_uint_eq(a.passkey_count, 0);
	ck_assert_uint_eq(a.recovery_count, 0);
	ck_mail(i.mail, OUTBOX_ENROLMENT);
	ck_mail(i.notice, OUTBOX_ACCOUNT);
	ck_assert_uint_ne(i.mail, i.notice);
	ck_assert_int_eq(sessions_check(p.s.txn, mine.hash), KV_NOT_FOUND);
	ck_assert_int_eq(sessions_check(p.s.txn, other.hash), KV_NOT_FOUND);
	ck_assert_int_eq(sessions_check(p.s.txn, theirs.hash), 0);
	ck_assert(try_code(i.mail, i.code));
	/* only the link's mail leads anywhere */
	ck_assert_int_eq(follow(i.notice, NOW), ENROLMENT_REFUSED);
}
END_TEST

START_TEST(what_is_not_open_is_not_reset)
{
	struct enrolment_issued i = issue(true);

	ck_assert(!i.reset);
	ck_assert_uint_eq(i.notice, 0);
	i = issue(true);
	ck_assert(!i.reset);
	ck_assert_uint_eq(i.notice, 0);
}
END_TEST

START_TEST(a_new_one_ends_the_old)
{
	struct enrolment_issued old = issue(false), fresh;

	for (int n = 1; n < ENROLMENT_TRIES; n++)
		ck_assert(!try_code(old.mail, "aaaa-aaaa-aaaa"));
	fresh = issue(false);
	ck_assert_str_ne(old.code, fresh.code);
	ck_assert_int_eq(follow(old.mail, NOW), ENROLMENT_REFUSED);
	ck_assert(!try_code(fresh.mail, old.code));
	/* and has its own tries */
	for (int n = 2; n < ENROLMENT_TRIES; n++)
		ck_assert(!try_code(fresh.mail, "aaaa-aaaa-aaaa"));
	ck_assert(try_code(fresh.mail, fresh.code));
}
END_TEST

static const struct {
	void (*be)(void);
	const char *word;
} words[] = {
    {be_open, "active"},
    {be_half_open, "active"},
    {be_invited, "invited"},
    {be_reset, "reset"},
};

START_TEST(each_state_has_its_word)
{
	account_auto struct account a = {0};

	ck_assert_str_eq(enrolment_word(NULL), "none");
	words[_i].be();
	get_account(&a);
	ck_assert_str_eq(enrolment_word(&a), words[_i].word);
}
END_TEST

/* ---- answering ------------------------------------------------------- */

START_TEST(five_tries_are_all)
{
	static const char *const wrong[ENROLMENT_TRIES] = {
	    "aaaa-aaaa-aaaa", "", "not a code", "1111-1111-1111", "7"};
	struct enrolment_issued i = issue(false);
	account_auto struct account a = {0};

	for (size_t n = 0; n < ENROLMENT_TRIES; n++) {
		/* the right one takes none */
		ck_assert(try_code(i.mail, i.code));
		ck_assert(!try_code(i.mail, wrong[n]));
	}
	ck_assert_int_eq(follow(i.mail, NOW), ENROLMENT_REFUSED);
	get_account(&a);
	ck_assert_uint_eq(a.enrolment.tries, 0);
	/* nor do more of them make it anew */
	ck_assert(!enrolment_try(store_keyring(p.s.st), "a", &a));
	ck_assert_uint_eq(a.enrolment.tries, 0);
}
END_TEST

START_TEST(a_code_may_be_typed_in_many_ways)
{
	struct enrolment_issued i = issue(false);
	char typed[64];

	(void)snprintf(typed, sizeof(typed), " %.4s%.4s %.4s ", i.code,
	    i.code + 5, i.code + 10);
	for (char *c = typed; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	ck_assert(try_code(i.mail, typed));
}
END_TEST

START_TEST(a_week_is_its_life)
{
	struct enrolment_issued i = issue(false);

	ck_assert_int_eq(ENROLMENT_LIFE, 7 * CLOCK_DAY);
	ck_assert_int_eq(follow(i.mail, i.expires - 1), 0);
	ck_assert_int_eq(follow(i.mail, i.expires), ENROLMENT_REFUSED);
	ck_assert_int_eq(follow(i.mail, INT64_MAX), ENROLMENT_REFUSED);
}
END_TEST

START_TEST(who_takes_no_part_opens_no_account)
{
	struct enrolment_issued i = issue(false);
	account_auto struct account a = {0};

	practice_set_active(&p, &p.client, false);
	ck_assert_int_eq(follow(i.mail, NOW), ENROLMENT_REFUSED);
	practice_set_active(&p, &p.client, true);
	ck_assert_int_eq(follow(i.mail, NOW), 0);
	get_account(&a);
	a.active = false;
	ck_assert_int_eq(account_put(p.s.txn, &a), 0);
	ck_assert_int_eq(follow(i.mail, NOW), ENROLMENT_REFUSED);
}
END_TEST

START_TEST(what_was_answered_is_over)
{
	struct enrolment_issued i = issue(false);
	account_auto struct account a = {0};

	get_account(&a);
	memset(&a.enrolment, 0, sizeof(a.enrolment));
	ck_assert_int_eq(account_put(p.s.txn, &a), 0);
	ck_assert_int_eq(follow(i.mail, NOW), ENROLMENT_REFUSED);
	ck_assert(!enrolment_try(store_keyring(p.s.st), i.code, &a));
}
END_TEST

static const enum token_label labels[] = {
    TOKEN_REPLY, TOKEN_BOUNCE, TOKEN_MESSAGE_ID};

START_TEST(no_other_token_is_a_link)
{
	struct enrolment_issued i = issue(false);
	account_auto struct account a = {0};
	char link[LINK_SIZE];

	for (size_t n = 0; n < PN_ARRAY_LEN(labels); n++) {
		link_of(i.mail, labels[n], 0, link);
		ck_assert_int_eq(find(link, NOW, &a), ENROLMENT_REFUSED);
	}
	link_of(i.mail, TOKEN_LINK, 1, link);
	ck_assert_int_eq(find(link, NOW, &a), ENROLMENT_REFUSED);
	/* a genuine one, of another mail, or of none */
	ck_assert_int_eq(follow(practice_notice(&p, &p.client, NOW), NOW),
	    ENROLMENT_REFUSED);
	token_make(store_keyring(p.s.st), TOKEN_LINK,
	    (struct token){i.mail + 1000, 0}, link);
	ck_assert_int_eq(find(link, NOW, &a), ENROLMENT_REFUSED);
}
END_TEST

static const char *const no_links[] = {
    "",
    "a",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "https://portal.example/t/aaaaaaaaaaaaaaaaa",
    "../../../etc/passwd",
};

START_TEST(nonsense_is_no_link)
{
	account_auto struct account a = {0};

	ck_assert_int_eq(find(no_links[_i], NOW, &a), ENROLMENT_REFUSED);
}
END_TEST

START_TEST(every_letter_of_a_link_counts)
{
	struct enrolment_issued i = issue(false);
	account_auto struct account a = {0};
	char link[LINK_SIZE];

	link_of(i.mail, TOKEN_LINK, 0, link);
	for (size_t n = 0; n < TOKEN_TEXT_LEN; n++) {
		char was = link[n];

		link[n] = was == 'q' ? 'a' : 'q';
		ck_assert_int_eq(find(link, NOW, &a), ENROLMENT_REFUSED);
		link[n] = was;
	}
	ck_assert_int_eq(find(link, NOW, &a), 0);
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_test(tc, link_and_code_lead_to_the_account);
	tcase_add_loop_test(
	    tc, what_is_refused_leaves_no_trace, 0, (int)PN_ARRAY_LEN(states));
	tcase_add_test(tc, a_reset_leaves_the_name_and_nothing_else);
	tcase_add_test(tc, what_is_not_open_is_not_reset);
	tcase_add_test(tc, a_new_one_ends_the_old);
	tcase_add_loop_test(
	    tc, each_state_has_its_word, 0, (int)PN_ARRAY_LEN(words));
	tcase_add_test(tc, five_tries_are_all);
	tcase_add_test(tc, a_code_may_be_typed_in_many_ways);
	tcase_add_test(tc, a_week_is_its_life);
	tcase_add_test(tc, who_takes_no_part_opens_no_account);
	tcase_add_test(tc, what_was_answered_is_over);
	tcase_add_test(tc, no_other_token_is_a_link);
	tcase_add_loop_test(
	    tc, nonsense_is_no_link, 0, (int)PN_ARRAY_LEN(no_links));
	tcase_add_test(tc, every_letter_of_a_link_counts);
}

int
main(void)
{
	Suite *s = suite_create("enrolment");
	TCase *tc = tcase_create("enrolment");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	add_tests(tc);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
