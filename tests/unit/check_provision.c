/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <sodium.h>
#include "daemon/provision.h"
#include "daemon/lease.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_practice.h"

static struct practice p;

static void
setup(void)
{
	practice_make(&p);
}

static void
teardown(void)
{
	temp_remove(&p.s);
}

static struct id
add(const char *const addresses[], size_t count)
{
	struct provision e = {
	    .role = ROLE_CLIENT,
	    .external_id = "c-7",
	    .name = "Someone",
	    .set_addresses = true,
	    .address_count = count,
	};
	struct provisioned done;

	for (size_t i = 0; i < count; i++)
		(void)snprintf(
		    e.addresses[i], sizeof(e.addresses[i]), "%s", addresses[i]);
	ck_assert_int_eq(provision_person(p.s.txn, &e, NOW, &done), 0);
	return done.id;
}

struct shelf {
	struct id ids[PERSON_ADDRESSES];
	char texts[PERSON_ADDRESSES][32];
	size_t count;
};

static int
look_at_one(const struct address *a, void *arg)
{
	struct shelf *s = arg;

	ck_assert_uint_eq(a->position, s->count);
	s->ids[s->count] = a->id;
	(void)snprintf(s->texts[s->count++], sizeof(s->texts[0]), "%s",
	    secret_text(&a->text));
	return 0;
}

static struct shelf
look(const struct id *person)
{
	struct shelf s = {.count = 0};

	ck_assert_int_eq(address_list(p.s.txn, person, look_at_one, &s), 0);
	return s;
}

static void
stop(const struct id *person, const struct id *id)
{
	address_auto struct address a = {0};

	ck_assert_int_eq(address_get(p.s.txn, person, id, &a), 0);
	a.state = ADDRESS_STOPPED;
	ck_assert_int_eq(address_put(p.s.txn, &a), 0);
}

static void
ck_leased(const struct id *person, const char *to)
{
	lease_auto struct lease l = {0};

	ck_assert_int_eq(
	    lease_take(p.s.txn, practice_notice(&p, person, NOW), NOW, &l), 0);
	ck_assert_str_eq(secret_text(&l.to), to);
}

/* What one sync gave another one reorders: nothing is made anew. */
START_TEST(addresses_stand_as_the_practice_lists_them)
{
	static const char *const first[] = {
	    "a@x.org", "b@x.org", "c@x.org", "d@x.org", "e@x.org"};
	static const char *const then[] = {
	    "d@x.org", "new@x.org", "b@x.org", "a@x.org"};
	struct id person = add(first, PN_ARRAY_LEN(first));
	struct shelf before = look(&person), after;

	ck_assert_uint_eq(before.count, PN_ARRAY_LEN(first));
	for (size_t i = 0; i < before.count; i++)
		ck_assert_str_eq(before.texts[i], first[i]);
	ck_leased(&person, "a@x.org");
	stop(&person, &before.ids[3]);
	ck_assert(id_equal(&person, (struct id[]){add(then, 4)}));
	after = look(&person);
	ck_assert_uint_eq(after.count, PN_ARRAY_LEN(then));
	for (size_t i = 0; i < after.count; i++)
		ck_assert_str_eq(after.texts[i], then[i]);
	ck_assert(id_equal(&after.ids[0], &before.ids[3]));
	ck_assert(id_equal(&after.ids[2], &before.ids[1]));
	ck_assert(id_equal(&after.ids[3], &before.ids[0]));
	/* the first was stopped, and stays so */
	ck_leased(&person, "new@x.org");
	stop(&person, &after.ids[1]);
	ck_leased(&person, "b@x.org");
	ck_assert_uint_eq(look(&(struct id[]){add(then, 0)}[0]).count, 0);
}
END_TEST

START_TEST(what_is_not_given_stays)
{
	static const char *const home[] = {"a@x.org"};
	struct id person = add(home, 1);
	struct provision e = {
	    .role = ROLE_CLIENT, .external_id = "c-7", .credentials = "MD"};
	struct provisioned done;
	person_auto struct person found = {0};

	ck_assert_int_eq(provision_person(p.s.txn, &e, NOW + 9, &done), 0);
	ck_assert(!done.created && done.active);
	ck_assert(id_equal(&done.id, &person));
	ck_assert_int_eq(person_get(p.s.txn, &person, &found), 0);
	ck_assert_str_eq(secret_text(&found.name), "Someone");
	ck_assert_str_eq(secret_text(&found.credentials), "MD");
	ck_assert_int_eq(found.created, NOW);
	ck_assert_uint_eq(look(&person).count, 1);
}
END_TEST

static const struct {
	struct provision e;
	int code;
} refused[] = {
    {{.fresh = true, .role = ROLE_CLIENT, .external_id = "c-1", .name = "N"},
	PROVISION_ID_TAKEN},
    {{.role = ROLE_PROVIDER, .external_id = "c-1", .name = "N"},
	PROVISION_OTHER_ROLE},
    {{.role = ROLE_STAFF, .external_id = "c-1", .name = "N"},
	PROVISION_OTHER_ROLE},
    {{.fresh = true,
	 .role = ROLE_STAFF,
	 .external_id = "s-2",
	 .name = "N",
	 .login = "Taken",
	 .passphrase = "hash"},
	PROVISION_LOGIN_TAKEN},
};

START_TEST(a_refusal_leaves_no_trace)
{
	struct provision first = {
	    .fresh = true,
	    .role = ROLE_STAFF,
	    .external_id = "s-1",
	    .name = "N",
	    .login = "taken",
	    .passphrase = "hash",
	};
	struct provisioned done;
	uint64_t changes;

	ck_assert_int_eq(provision_person(p.s.txn, &first, NOW, &done), 0);
	changes = store_changes(p.s.txn);
	ck_assert_int_eq(provision_person(p.s.txn, &refused[_i].e, NOW, &done),
	    refused[_i].code);
	ck_assert_uint_eq(store_changes(p.s.txn), changes);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("provision");
	TCase *tc = tcase_create("provision");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, addresses_stand_as_the_practice_lists_them);
	tcase_add_test(tc, what_is_not_given_stays);
	tcase_add_loop_test(
	    tc, a_refusal_leaves_no_trace, 0, (int)PN_ARRAY_LEN(refused));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
