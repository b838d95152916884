/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"

#include <sodium.h>
#include "base/clock.h"
#include "store/key.h"
#include "store/outbox.h"
#include "store/record.h"
#include "store/seal.h"
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

static struct outbox_row
make_row(enum outbox_state state, int64_t due)
{
	return (struct outbox_row){
	    .number = store_number(s.txn),
	    .salt = 0x01020304,
	    .kind = OUTBOX_MESSAGE,
	    .state = state,
	    .created = 1000,
	    .due = due,
	    .attempts = 3,
	    .code = 471,
	    .person = id_new(),
	    .address = id_new(),
	    .thread = id_new(),
	    .answers = 7,
	};
}

static void
ck_same(const struct outbox_row *a, const struct outbox_row *b)
{
	ck_assert_uint_eq(a->number, b->number);
	ck_assert_uint_eq(a->salt, b->salt);
	ck_assert_int_eq(a->kind, b->kind);
	ck_assert_int_eq(a->state, b->state);
	ck_assert_int_eq(a->created, b->created);
	ck_assert_int_eq(a->due, b->due);
	ck_assert_uint_eq(a->attempts, b->attempts);
	ck_assert_uint_eq(a->code, b->code);
	ck_assert(id_equal(&a->person, &b->person));
	ck_assert(id_equal(&a->address, &b->address));
	ck_assert(id_equal(&a->thread, &b->thread));
	ck_assert_uint_eq(a->answers, b->answers);
	ck_assert_str_eq(secret_text(&a->to), secret_text(&b->to));
}

START_TEST(a_row_comes_back)
{
	outbox_row_auto struct outbox_row r = make_row(OUTBOX_PENDING, 5000);
	outbox_row_auto struct outbox_row back = {0};

	ck_assert_int_eq(outbox_add(s.txn, &r), 0);
	temp_reopen(&s);
	ck_assert_int_eq(outbox_get(s.txn, r.number, &back), 0);
	ck_same(&r, &back);
	r.state = OUTBOX_LEASED;
	r.due = 6000;
	ck_assert_int_eq(outbox_put(s.txn, &r), 0);
	outbox_row_fini(&back);
	ck_assert_int_eq(outbox_get(s.txn, r.number, &back), 0);
	ck_same(&r, &back);
	ck_assert_int_eq(outbox_get(s.txn, r.number + 1, &back), KV_NOT_FOUND);
	r.number++;
	ck_assert_int_eq(outbox_put(s.txn, &r), KV_NOT_FOUND);
}
END_TEST

START_TEST(a_tests_address_is_sealed_in_its_row)
{
	outbox_row_auto struct outbox_row r = make_row(OUTBOX_PENDING, 5000);
	outbox_row_auto struct outbox_row back = {0};
	struct key at = key_of_number(r.number), to;
	struct kv_slice val;
	uint8_t row[512];
	size_t len;

	r.kind = OUTBOX_TEST;
	r.to = text_secret("root@practice.example");
	ck_assert_int_eq(outbox_add(s.txn, &r), 0);
	r.attempts++;
	ck_assert_int_eq(outbox_put(s.txn, &r), 0);
	ck_assert_int_eq(outbox_get(s.txn, r.number, &back), 0);
	ck_same(&r, &back);
	ck_assert_int_eq(
	    kv_get(store_kv(s.txn), KV_OUTBOX, key_slice(&at), &val), 0);
	ck_assert_ptr_null(memmem(val.data, val.len, "practice", 8));
	/* bound to its number */
	len = val.len;
	memcpy(row, val.data, len);
	to = key_of_number(r.number + 1);
	kv_put(store_kv(s.txn), KV_OUTBOX, key_slice(&to),
	    (struct kv_slice){row, len});
	outbox_row_fini(&back);
	ck_assert_int_eq(outbox_get(s.txn, r.number + 1, &back), SEAL_FORGED);
}
END_TEST

START_TEST(fields_of_newer_programs_stay)
{
	static const uint8_t later[] = {9, 0, 5, 'l', 'a', 't', 'e', 'r'};
	struct outbox_row r = make_row(OUTBOX_PENDING, 5000), back;
	struct key at = key_of_number(r.number);
	struct kv_slice val;
	uint8_t row[512];
	size_t len;

	ck_assert_int_eq(outbox_add(s.txn, &r), 0);
	ck_assert_int_eq(
	    kv_get(store_kv(s.txn), KV_OUTBOX, key_slice(&at), &val), 0);
	len = val.len;
	memcpy(row, val.data, len);
	memcpy(row + len, later, sizeof(later));
	kv_put(store_kv(s.txn), KV_OUTBOX, key_slice(&at),
	    (struct kv_slice){row, len + sizeof(later)});
	r.state = OUTBOX_SENT;
	ck_assert_int_eq(outbox_put(s.txn, &r), 0);
	ck_assert_int_eq(
	    kv_get(store_kv(s.txn), KV_OUTBOX, key_slice(&at), &val), 0);
	ck_assert_uint_eq(val.len, len + sizeof(later));
	ck_assert_mem_eq((const uint8_t *)val.data + len, later, sizeof(later));
	row[len] |= RECORD_CRITICAL;
	kv_put(store_kv(s.txn), KV_OUTBOX, key_slice(&at),
	    (struct kv_slice){row, len + sizeof(later)});
	ck_assert_int_eq(outbox_get(s.txn, r.number, &back), RECORD_NEWER);
	ck_assert_int_eq(outbox_put(s.txn, &r), RECORD_NEWER);
}
END_TEST

struct listed {
	unsigned count;
	uint64_t last;
};

static int
list(const struct outbox_row *r, void *arg)
{
	struct listed *l = arg;

	ck_assert_uint_gt(r->number, l->last);
	l->last = r->number;
	l->count++;
	return 0;
}

START_TEST(rows_are_listed_by_number)
{
	struct listed l = {0};

	for (unsigned i = 0; i < 10; i++) {
		struct outbox_row r = make_row(OUTBOX_SENT, 0);

		ck_assert_int_eq(outbox_add(s.txn, &r), 0);
	}
	ck_assert_int_eq(outbox_list(s.txn, 0, 4, list, &l), 0);
	ck_assert_uint_eq(l.count, 4);
	ck_assert_int_eq(outbox_list(s.txn, l.last, 100, list, &l), 0);
	ck_assert_uint_eq(l.count, 10);
	ck_assert_int_eq(outbox_list(s.txn, UINT64_MAX, 100, list, &l), 0);
	ck_assert_uint_eq(l.count, 10);
}
END_TEST

static const struct {
	unsigned attempts;
	int64_t minutes;
} waits[] = {{0, 1}, {1, 1}, {2, 2}, {3, 5}, {4, 15}, {5, 30}, {6, 60}, {7, 60},
    {60000, 60}};

START_TEST(waits_grow_to_an_hour)
{
	ck_assert_int_eq(outbox_backoff(waits[_i].attempts),
	    waits[_i].minutes * CLOCK_MINUTE);
}
END_TEST

/* ---- due times ------------------------------------------------------- */

static const struct {
	enum outbox_state state;
	bool due;
} states[] = {
    {OUTBOX_PENDING, true},
    {OUTBOX_LEASED, true},
    {OUTBOX_SENT, false},
    {OUTBOX_DEFERRED, true},
    {OUTBOX_FAILED, false},
    {OUTBOX_AMBIGUOUS, true},
    {OUTBOX_CANCELLED, false},
};

START_TEST(what_wants_sending_is_due)
{
	PN_CLEANUP(outbox_due_free) struct outbox_due *d = NULL;
	struct outbox_row r = make_row(states[_i].state, 5000);
	uint64_t number = 0;
	int64_t due = 0;

	ck_assert_int_eq(outbox_add(s.txn, &r), 0);
	ck_assert_int_eq(outbox_due_load(s.txn, NULL, NULL, &d), 0);
	ck_assert_uint_eq(outbox_due_count(d), states[_i].due ? 1 : 0);
	ck_assert(outbox_due_first(d, &number, &due) == states[_i].due);
	if (states[_i].due) {
		ck_assert_uint_eq(number, r.number);
		ck_assert_int_eq(due, 5000);
	}
}
END_TEST

#define MANY 3000

/* Against a plain array that is searched. */
START_TEST(the_earliest_comes_first)
{
	PN_CLEANUP(outbox_due_free) struct outbox_due *d = NULL;
	static int64_t want[MANY];
	uint32_t seed = 1;

	memset(want, 0, sizeof(want));
	ck_assert_int_eq(outbox_due_load(s.txn, NULL, NULL, &d), 0);
	for (unsigned step = 0; step < 20000; step++) {
		uint64_t number = 0, first = 0;
		int64_t due = 0;
		size_t count = 0;

		seed = seed * 1664525 + 1013904223;
		first = (seed >> 8) % MANY;
		want[first] = seed >> 30 == 0 ? 0 : 1 + (seed >> 20) % 500;
		ck_assert_int_eq(outbox_due_set(d, first, want[first]), 0);
		if (step % 20 != 0)
			continue;
		first = MANY;
		for (size_t i = 0; i < MANY; i++) {
			if (want[i] == 0)
				continue;
			count++;
			if (first == MANY || want[i] < want[first])
				first = i;
		}
		ck_assert_uint_eq(outbox_due_count(d), count);
		ck_assert(outbox_due_first(d, &number, &due) == (count > 0));
		if (count > 0) {
			ck_assert_uint_eq(number, first);
			ck_assert_int_eq(due, want[first]);
		}
	}
	for (size_t i = 0; i < MANY; i++)
		ck_assert_int_eq(outbox_due_set(d, i, 0), 0);
	ck_assert_uint_eq(outbox_due_count(d), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("outbox");
	TCase *tc = tcase_create("outbox");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_row_comes_back);
	tcase_add_test(tc, a_tests_address_is_sealed_in_its_row);
	tcase_add_test(tc, fields_of_newer_programs_stay);
	tcase_add_test(tc, rows_are_listed_by_number);
	tcase_add_loop_test(
	    tc, waits_grow_to_an_hour, 0, (int)PN_ARRAY_LEN(waits));
	tcase_add_loop_test(
	    tc, what_wants_sending_is_due, 0, (int)PN_ARRAY_LEN(states));
	tcase_add_test(tc, the_earliest_comes_first);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
