/* SPDX-License-Identifier: Apache-2.0 */

/* Who may do what, as one table: what is not in it as good is refused. */

#include <string.h>
#include "base/settings.h"
#include "daemon/authorise.h"
#include "daemon/recipients.h"
#include "tests/unit/run.h"

static struct id
id_of(uint8_t n)
{
	struct id id = {{n}};

	return id;
}

enum who {
	CLIENT = 1,
	PROVIDER,
	STRANGER,
	COVER,
	PAST,
	READER,
	STAFF,
	GUARDIAN,
	FRONTEND, /* all rights, all roles */
	PLAIN,    /* a frontend without rights */
	CLIENTS,  /* may assert clients only */
	BRIDGE,
	ADMIN,
	NONE,
	FACTOR_DUE, /* a client, signed in by half */
	SETUP_DUE,  /* a provider, likewise */
};

static struct actor
actor_of(enum who who)
{
	struct actor a = {.kind = ACTOR_PERSON, .person = id_of((uint8_t)who)};

	switch (who) {
	case FRONTEND:
		a.rights = SETTINGS_RIGHT_ASSERT | SETTINGS_RIGHT_PROVISION;
		a.roles = SETTINGS_ROLE_CLIENT | SETTINGS_ROLE_PROVIDER;
		a.kind = ACTOR_FRONTEND;
		break;
	case PLAIN:
		a.kind = ACTOR_FRONTEND;
		break;
	case CLIENTS:
		a.rights = SETTINGS_RIGHT_ASSERT;
		a.roles = SETTINGS_ROLE_CLIENT;
		a.kind = ACTOR_FRONTEND;
		break;
	case BRIDGE:
		a.kind = ACTOR_BRIDGE;
		break;
	case ADMIN:
		a.kind = ACTOR_ADMIN;
		break;
	case NONE:
		a.kind = ACTOR_NONE;
		break;
	case FACTOR_DUE:
		a.person = id_of(CLIENT);
		a.role = ROLE_CLIENT;
		a.state = SESSION_FACTOR_DUE;
		break;
	case SETUP_DUE:
		a.person = id_of(PROVIDER);
		a.role = ROLE_PROVIDER;
		a.state = SESSION_SETUP_DUE;
		break;
	case STAFF:
		a.role = ROLE_STAFF;
		break;
	case CLIENT:
	case GUARDIAN:
		a.role = ROLE_CLIENT;
		break;
	default:
		a.role = ROLE_PROVIDER;
		break;
	}
	return a;
}

static void
add_member(struct thread *t, enum who who, enum member_capacity capacity,
    uint8_t rights)
{
	t->members[t->member_count++] = (struct thread_member){
	    .person = id_of((uint8_t)who),
	    .capacity = capacity,
	    .rights = rights,
	    .since = 1,
	    .until = who == PAST ? 2 : 0,
	};
}

static struct thread
make_thread(bool closed)
{
	struct thread t = {.client = id_of(CLIENT),
	    .counterpart = id_of(PROVIDER),
	    .closed = closed ? 5 : 0};
	uint8_t both = MEMBER_MAY_READ | MEMBER_MAY_WRITE;

	add_member(&t, CLIENT, MEMBER_CLIENT, both);
	add_member(&t, PROVIDER, MEMBER_COUNTERPART, both);
	add_member(&t, COVER, MEMBER_COVER, both);
	add_member(&t, PAST, MEMBER_COVER, both);
	add_member(&t, READER, MEMBER_COVER, MEMBER_MAY_READ);
	add_member(&t, GUARDIAN, MEMBER_GUARDIAN, both);
	return t;
}

enum state {
	OPEN,
	CLOSED,
	UNWRITABLE,
	UNRELATED,
	ABSENT,
};

static const struct {
	enum who who;
	enum verb verb;
	enum state state;
	int code;
} on_threads[] = {
    {CLIENT, VERB_THREAD_SEE, OPEN, 0},
    {CLIENT, VERB_ENTRIES_READ, OPEN, 0},
    {CLIENT, VERB_ENTRIES_READ, CLOSED, 0},
    {CLIENT, VERB_ENTRIES_READ, UNWRITABLE, 0},
    {CLIENT, VERB_ENTRIES_READ, ABSENT, AUTH_HIDDEN},
    {CLIENT, VERB_MARK_READ, CLOSED, 0},
    {CLIENT, VERB_ENTRY_POST, OPEN, 0},
    {CLIENT, VERB_ENTRY_POST, CLOSED, AUTH_THREAD_CLOSED},
    {CLIENT, VERB_ENTRY_POST, UNWRITABLE, AUTH_WRITING_CLOSED},
    {CLIENT, VERB_ENTRY_POST, UNRELATED, AUTH_WRITING_CLOSED},
    {CLIENT, VERB_ENTRY_POST, ABSENT, AUTH_HIDDEN},
    {PROVIDER, VERB_ENTRIES_READ, OPEN, 0},
    {PROVIDER, VERB_ENTRY_POST, OPEN, 0},
    {PROVIDER, VERB_ENTRY_POST, CLOSED, AUTH_THREAD_CLOSED},
    {COVER, VERB_ENTRY_POST, OPEN, 0},
    {GUARDIAN, VERB_ENTRY_POST, OPEN, 0},
    {READER, VERB_ENTRIES_READ, OPEN, 0},
    {READER, VERB_ENTRY_POST, OPEN, AUTH_FORBIDDEN},
    {PAST, VERB_THREAD_SEE, OPEN, AUTH_ENDED},
    {PAST, VERB_ENTRIES_READ, OPEN, AUTH_ENDED},
    {PAST, VERB_ENTRY_POST, OPEN, AUTH_ENDED},
    {PAST, VERB_MARK_READ, OPEN, AUTH_ENDED},
    {STRANGER, VERB_THREAD_SEE, OPEN, AUTH_HIDDEN},
    {STRANGER, VERB_ENTRIES_READ, OPEN, AUTH_HIDDEN},
    {STRANGER, VERB_ENTRY_POST, OPEN, AUTH_HIDDEN},
    {STRANGER, VERB_ENTRY_POST, CLOSED, AUTH_HIDDEN},
    {STRANGER, VERB_MARK_READ, OPEN, AUTH_HIDDEN},
    {STRANGER, VERB_THREAD_SEE, ABSENT, AUTH_HIDDEN},
    {STAFF, VERB_ENTRIES_READ, OPEN, AUTH_HIDDEN},
    {FRONTEND, VERB_ENTRIES_READ, OPEN, AUTH_FORBIDDEN},
    {FRONTEND, VERB_ENTRY_POST, OPEN, AUTH_FORBIDDEN},
    {BRIDGE, VERB_THREAD_SEE, OPEN, AUTH_FORBIDDEN},
    {BRIDGE, VERB_ENTRIES_READ, OPEN, AUTH_FORBIDDEN},
    {ADMIN, VERB_ENTRIES_READ, OPEN, AUTH_FORBIDDEN},
    {ADMIN, VERB_ENTRY_POST, OPEN, AUTH_FORBIDDEN},
    {NONE, VERB_ENTRIES_READ, OPEN, AUTH_FORBIDDEN},
    {FACTOR_DUE, VERB_ENTRIES_READ, OPEN, AUTH_FACTOR_DUE},
    {FACTOR_DUE, VERB_ENTRY_POST, OPEN, AUTH_FACTOR_DUE},
    {SETUP_DUE, VERB_THREAD_SEE, OPEN, AUTH_FACTOR_DUE},
    {CLIENT, VERB_THREAD_DRAFT, OPEN, 0},
    {CLIENT, VERB_THREAD_DRAFT, ABSENT, AUTH_HIDDEN},
    {PAST, VERB_THREAD_DRAFT, OPEN, AUTH_ENDED},
    {STRANGER, VERB_THREAD_DRAFT, OPEN, AUTH_HIDDEN},
    {STAFF, VERB_THREAD_DRAFT, OPEN, AUTH_HIDDEN},
    {FRONTEND, VERB_THREAD_DRAFT, OPEN, AUTH_FORBIDDEN},
    {SETUP_DUE, VERB_THREAD_DRAFT, OPEN, AUTH_FACTOR_DUE},
};

START_TEST(test_threads)
{
	struct actor a = actor_of(on_threads[_i].who);
	enum state state = on_threads[_i].state;
	struct thread t = make_thread(state == CLOSED);
	struct relation rel = {.client = t.client,
	    .provider = t.counterpart,
	    .until = 7, /* a past relation may be written to */
	    .writable = state != UNWRITABLE};
	struct object o = {.thread = state == ABSENT ? NULL : &t,
	    .relation = state == UNRELATED || state == ABSENT ? NULL : &rel};

	ck_assert_int_eq(
	    authorise(&a, on_threads[_i].verb, &o), on_threads[_i].code);
}
END_TEST

static const struct {
	enum who who;
	enum who other;
	bool related, writable, active;
	int code;
} starts[] = {
    {CLIENT, PROVIDER, true, true, true, 0},
    {PROVIDER, CLIENT, true, true, true, 0},
    {CLIENT, PROVIDER, true, false, true, AUTH_WRITING_CLOSED},
    {PROVIDER, CLIENT, true, true, false, AUTH_UNREACHABLE},
    {CLIENT, PROVIDER, false, true, true, AUTH_HIDDEN},
    /* not their relation, though it is one */
    {STRANGER, CLIENT, true, true, true, AUTH_HIDDEN},
    {CLIENT, STRANGER, true, true, true, AUTH_HIDDEN},
    {GUARDIAN, PROVIDER, true, true, true, AUTH_HIDDEN},
    {STAFF, CLIENT, true, true, true, AUTH_FORBIDDEN},
    {FRONTEND, CLIENT, true, true, true, AUTH_FORBIDDEN},
    {ADMIN, CLIENT, true, true, true, AUTH_FORBIDDEN},
};

START_TEST(test_start)
{
	struct actor a = actor_of(starts[_i].who);
	struct person other = {.id = id_of((uint8_t)starts[_i].other),
	    .active = starts[_i].active};
	struct relation rel = {.client = id_of(CLIENT),
	    .provider = id_of(PROVIDER),
	    .writable = starts[_i].writable};
	struct object o = {
	    .person = &other, .relation = starts[_i].related ? &rel : NULL};

	ck_assert_int_eq(authorise(&a, VERB_THREAD_START, &o), starts[_i].code);
}
END_TEST

static const struct {
	enum who who;
	enum verb verb;
	enum person_role role; /* 0: there is no such person */
	bool active;
	int code;
} openings[] = {
    {FRONTEND, VERB_SESSION_ASSERT, ROLE_CLIENT, true, 0},
    {FRONTEND, VERB_SESSION_ASSERT, ROLE_PROVIDER, true, 0},
    {FRONTEND, VERB_SESSION_ASSERT, ROLE_STAFF, true, AUTH_FORBIDDEN},
    {FRONTEND, VERB_SESSION_ASSERT, ROLE_CLIENT, false, AUTH_HIDDEN},
    {FRONTEND, VERB_SESSION_ASSERT, 0, true, AUTH_HIDDEN},
    {CLIENTS, VERB_SESSION_ASSERT, ROLE_CLIENT, true, 0},
    {CLIENTS, VERB_SESSION_ASSERT, ROLE_PROVIDER, true, AUTH_FORBIDDEN},
    {PLAIN, VERB_SESSION_ASSERT, ROLE_CLIENT, true, AUTH_FORBIDDEN},
    /* without the right it does not even learn who is there */
    {PLAIN, VERB_SESSION_ASSERT, 0, true, AUTH_FORBIDDEN},
    {PLAIN, VERB_SESSION_LOGIN, ROLE_STAFF, true, 0},
    {PLAIN, VERB_SESSION_LOGIN, ROLE_CLIENT, false, AUTH_HIDDEN},
    {PLAIN, VERB_SESSION_LOGIN, 0, true, AUTH_HIDDEN},
    {CLIENT, VERB_SESSION_ASSERT, ROLE_PROVIDER, true, AUTH_FORBIDDEN},
    {NONE, VERB_SESSION_ASSERT, ROLE_CLIENT, true, AUTH_FORBIDDEN},
    {NONE, VERB_SESSION_LOGIN, ROLE_CLIENT, true, 0},
    {NONE, VERB_SESSION_LOGIN, ROLE_CLIENT, false, AUTH_HIDDEN},
    {NONE, VERB_SESSION_LOGIN, 0, true, AUTH_HIDDEN},
    {CLIENT, VERB_SESSION_LOGIN, ROLE_PROVIDER, true, 0},
    {FACTOR_DUE, VERB_SESSION_LOGIN, ROLE_CLIENT, true, 0},
    {STAFF, VERB_ENROLMENT_NEW, ROLE_PROVIDER, true, 0},
    {STAFF, VERB_ENROLMENT_NEW, ROLE_STAFF, true, AUTH_FORBIDDEN},
    {FRONTEND, VERB_ENROLMENT_NEW, ROLE_CLIENT, true, 0},
    {FRONTEND, VERB_ENROLMENT_NEW, ROLE_STAFF, true, AUTH_FORBIDDEN},
    {ADMIN, VERB_ENROLMENT_NEW, ROLE_STAFF, true, 0},
    {PROVIDER, VERB_ENROLMENT_NEW, ROLE_CLIENT, true, AUTH_FORBIDDEN},
    {STAFF, VERB_PERSON_PUT, ROLE_PROVIDER, true, 0},
    {STAFF, VERB_PERSON_PUT, ROLE_STAFF, true, AUTH_FORBIDDEN},
    {FRONTEND, VERB_PERSON_PUT, ROLE_CLIENT, true, 0},
    {FRONTEND, VERB_PERSON_PUT, ROLE_STAFF, true, AUTH_FORBIDDEN},
    {CLIENTS, VERB_PERSON_PUT, ROLE_CLIENT, true, AUTH_FORBIDDEN},
    {ADMIN, VERB_PERSON_PUT, ROLE_STAFF, true, 0},
    {CLIENT, VERB_PERSON_PUT, ROLE_PROVIDER, true, AUTH_FORBIDDEN},
    {ADMIN, VERB_SESSION_ASSERT, ROLE_CLIENT, true, AUTH_FORBIDDEN},
    {BRIDGE, VERB_SESSION_LOGIN, ROLE_CLIENT, true, AUTH_FORBIDDEN},
};

START_TEST(test_openings)
{
	struct actor a = actor_of(openings[_i].who);
	struct person p = {
	    .role = openings[_i].role, .active = openings[_i].active};
	struct object o = {.person = openings[_i].role != 0 ? &p : NULL};

	ck_assert_int_eq(
	    authorise(&a, openings[_i].verb, &o), openings[_i].code);
}
END_TEST

static const struct {
	enum who who;
	int code;
} senders[] = {
    {CLIENT, 0},
    {PROVIDER, 0},
    {STRANGER, 0},
    {GUARDIAN, 0},
    {STAFF, AUTH_FORBIDDEN},
    {FACTOR_DUE, AUTH_FACTOR_DUE},
    {SETUP_DUE, AUTH_FACTOR_DUE},
    {FRONTEND, AUTH_FORBIDDEN},
    {PLAIN, AUTH_FORBIDDEN},
    {BRIDGE, AUTH_FORBIDDEN},
    {ADMIN, AUTH_FORBIDDEN},
    {NONE, AUTH_FORBIDDEN},
};

START_TEST(test_senders)
{
	struct actor a = actor_of(senders[_i].who);

	ck_assert_int_eq(authorise(&a, VERB_UPLOAD, NULL), senders[_i].code);
}
END_TEST

static const struct {
	enum who who;
	enum who whose;
	enum person_role role; /* 0: there is no such person */
	bool related;          /* CLIENT and PROVIDER are, or were */
	int code;
} pictures[] = {
    {CLIENT, PROVIDER, ROLE_PROVIDER, true, 0},
    {PROVIDER, CLIENT, ROLE_CLIENT, true, 0},
    {CLIENT, CLIENT, ROLE_CLIENT, false, 0},
    {PROVIDER, PROVIDER, ROLE_PROVIDER, false, 0},
    {STAFF, STAFF, ROLE_STAFF, false, 0},
    {STAFF, CLIENT, ROLE_CLIENT, false, 0},
    {CLIENT, PROVIDER, ROLE_PROVIDER, false, AUTH_HIDDEN},
    {PROVIDER, CLIENT, ROLE_CLIENT, false, AUTH_HIDDEN},
    {STRANGER, CLIENT, ROLE_CLIENT, false, AUTH_HIDDEN},
    /* a relation, but not of these two */
    {STRANGER, CLIENT, ROLE_CLIENT, true, AUTH_HIDDEN},
    {CLIENT, STRANGER, ROLE_PROVIDER, true, AUTH_HIDDEN},
    {GUARDIAN, PROVIDER, ROLE_PROVIDER, true, AUTH_HIDDEN},
    {PROVIDER, STAFF, ROLE_STAFF, false, AUTH_HIDDEN},
    {CLIENT, PROVIDER, 0, true, AUTH_HIDDEN},
    {STAFF, PROVIDER, 0, false, AUTH_HIDDEN},
    {FRONTEND, PROVIDER, ROLE_PROVIDER, false, 0},
    {FRONTEND, STAFF, ROLE_STAFF, false, 0},
    {FRONTEND, CLIENT, 0, false, AUTH_HIDDEN},
    {CLIENTS, CLIENT, ROLE_CLIENT, false, 0},
    {CLIENTS, PROVIDER, ROLE_PROVIDER, false, AUTH_HIDDEN},
    {CLIENTS, STAFF, ROLE_STAFF, false, AUTH_HIDDEN},
    {CLIENTS, CLIENT, 0, false, AUTH_HIDDEN},
    {PLAIN, CLIENT, ROLE_CLIENT, false, AUTH_HIDDEN},
    {PLAIN, CLIENT, 0, false, AUTH_HIDDEN},
    {FACTOR_DUE, PROVIDER, ROLE_PROVIDER, true, AUTH_FACTOR_DUE},
    {SETUP_DUE, PROVIDER, ROLE_PROVIDER, false, AUTH_FACTOR_DUE},
    {NONE, PROVIDER, ROLE_PROVIDER, true, AUTH_FORBIDDEN},
    {BRIDGE, PROVIDER, ROLE_PROVIDER, true, AUTH_FORBIDDEN},
    {ADMIN, PROVIDER, ROLE_PROVIDER, true, AUTH_FORBIDDEN},
};

START_TEST(test_pictures)
{
	struct actor a = actor_of(pictures[_i].who);
	struct person p = {.id = id_of((uint8_t)pictures[_i].whose),
	    .role = pictures[_i].role};
	struct relation rel = {
	    .client = id_of(CLIENT), .provider = id_of(PROVIDER), .until = 7};
	struct object o = {.person = pictures[_i].role != 0 ? &p : NULL,
	    .relation = pictures[_i].related ? &rel : NULL};

	ck_assert_int_eq(
	    authorise(&a, VERB_PICTURE_SEE, &o), pictures[_i].code);
}
END_TEST

/* What needs no object: who may at all. All others may not. */
static const struct {
	enum verb verb;
	enum who may[10];
} plain[] = {
    {VERB_SESSION_SEE,
	{CLIENT, PROVIDER, STRANGER, STAFF, FACTOR_DUE, SETUP_DUE}},
    {VERB_SESSION_END,
	{CLIENT, PROVIDER, STRANGER, STAFF, FACTOR_DUE, SETUP_DUE}},
    {VERB_SESSIONS, {CLIENT, PROVIDER, STRANGER, STAFF}},
    {VERB_FACTOR_CHECK, {FACTOR_DUE}},
    {VERB_FACTOR_SETUP, {CLIENT, PROVIDER, STRANGER, STAFF, SETUP_DUE}},
    {VERB_ACCOUNT_OPEN, {CLIENT, PROVIDER, STRANGER, STAFF, FACTOR_DUE,
			    SETUP_DUE, FRONTEND, PLAIN, CLIENTS, NONE}},
    {VERB_SELF_READ, {CLIENT, PROVIDER, STRANGER, STAFF}},
    {VERB_SELF_CHANGE, {CLIENT, PROVIDER, STRANGER, STAFF}},
    {VERB_LIVE, {CLIENT, PROVIDER, STRANGER, STAFF, FRONTEND, CLIENTS}},
    {VERB_THREADS_LIST, {CLIENT, PROVIDER, STRANGER, STAFF}},
    {VERB_CONTACTS_LIST, {CLIENT, PROVIDER, STRANGER}},
    {VERB_PEOPLE_READ, {STAFF, FRONTEND, ADMIN}},
    {VERB_PERSON_PUT, {STAFF, FRONTEND, ADMIN}},
    {VERB_RELATION_PUT, {STAFF, FRONTEND, ADMIN}},
    {VERB_ENROLMENT_NEW, {STAFF, FRONTEND, ADMIN}},
    {VERB_BRIDGE, {BRIDGE}},
    {VERB_ADMIN, {ADMIN}},
};

START_TEST(test_plain)
{
	static const enum who all[] = {CLIENT, PROVIDER, STRANGER, STAFF,
	    FRONTEND, PLAIN, CLIENTS, BRIDGE, ADMIN, NONE, FACTOR_DUE,
	    SETUP_DUE};

	for (size_t i = 0; i < PN_ARRAY_LEN(all); i++) {
		struct actor a = actor_of(all[i]);
		bool half = all[i] == FACTOR_DUE || all[i] == SETUP_DUE;
		bool may = false;

		for (size_t j = 0; j < PN_ARRAY_LEN(plain[_i].may); j++)
			may = may || plain[_i].may[j] == all[i];
		ck_assert_int_eq(authorise(&a, plain[_i].verb, NULL),
		    may    ? 0
		    : half ? AUTH_FACTOR_DUE
			   : AUTH_FORBIDDEN);
	}
}
END_TEST

START_TEST(test_words)
{
	/* those who do not belong learn nothing, those who do are told why */
	ck_assert_int_eq(authorise_problem(AUTH_HIDDEN), PROBLEM_NOT_FOUND);
	ck_assert_int_eq(authorise_problem(AUTH_FORBIDDEN), PROBLEM_FORBIDDEN);
	ck_assert_int_eq(
	    authorise_problem(AUTH_THREAD_CLOSED), PROBLEM_THREAD_CLOSED);
	ck_assert_int_eq(
	    authorise_problem(AUTH_WRITING_CLOSED), PROBLEM_WRITING_CLOSED);
	ck_assert_int_eq(
	    authorise_problem(AUTH_ENDED), PROBLEM_MEMBERSHIP_ENDED);
	ck_assert_int_eq(
	    authorise_problem(AUTH_UNREACHABLE), PROBLEM_UNREACHABLE);
	ck_assert_int_eq(
	    authorise_problem(AUTH_FACTOR_DUE), PROBLEM_FACTOR_DUE);
}
END_TEST

static const struct {
	enum who author;
	enum who told[4];
} told[] = {
    {CLIENT, {PROVIDER, COVER, READER}},
    {GUARDIAN, {PROVIDER, COVER, READER}},
    {PROVIDER, {CLIENT, GUARDIAN}},
    {COVER, {CLIENT, GUARDIAN}},
};

START_TEST(test_recipients)
{
	struct thread t = make_thread(false);
	struct id author = id_of((uint8_t)told[_i].author);
	struct recipients r;
	size_t n = 0;

	recipients_of(&t, &author, &r);
	for (; n < 4 && told[_i].told[n] != 0; n++) {
		struct id want = id_of((uint8_t)told[_i].told[n]);

		ck_assert_uint_lt(n, r.n);
		ck_assert(id_equal(&r.persons[n], &want));
	}
	ck_assert_uint_eq(r.n, n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("authorise");
	TCase *c = tcase_create("table");

	tcase_add_loop_test(c, test_threads, 0, (int)PN_ARRAY_LEN(on_threads));
	tcase_add_loop_test(c, test_start, 0, (int)PN_ARRAY_LEN(starts));
	tcase_add_loop_test(c, test_openings, 0, (int)PN_ARRAY_LEN(openings));
	tcase_add_loop_test(c, test_senders, 0, (int)PN_ARRAY_LEN(senders));
	tcase_add_loop_test(c, test_pictures, 0, (int)PN_ARRAY_LEN(pictures));
	tcase_add_loop_test(c, test_plain, 0, (int)PN_ARRAY_LEN(plain));
	tcase_add_test(c, test_words);
	tcase_add_loop_test(c, test_recipients, 0, (int)PN_ARRAY_LEN(told));
	suite_add_tcase(s, c);
	return run_suite(s);
}
