/* SPDX-License-Identifier: Apache-2.0 */

#include <sodium.h>
#include "store/audit.h"
#include "store/key.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_store.h"

#define ENTRIES 5

static struct temp_store s;
static uint64_t numbers[ENTRIES];

/* What stands in a log keeps its meaning. */
_Static_assert(AUDIT_STORE_CREATED == 1 && AUDIT_MESSAGE_POST == 8 &&
		   AUDIT_DENIED == 19 && AUDIT_DRAFT_PUT == 20 &&
		   AUDIT_PERSON_READ == 33 && AUDIT_PICTURE_PUT == 34 &&
		   AUDIT_ATTACHMENT_WITHHELD == 38,
    "verbs are appended only");

static struct audit
make_entry(unsigned i)
{
	return (struct audit){
	    .number = store_number(s.txn),
	    .at = 1000 + i,
	    .verb = AUDIT_MESSAGE_POST,
	    .outcome = (uint16_t)i,
	    .actor = id_new(),
	    .subject = id_new(),
	    .detail = 70 + i,
	    .session = {1, 2, 3, 4, 5, 6, 7, 8},
	    .via = "practice",
	};
}

static void
setup(void)
{
	temp_make(&s);
	temp_begin(&s);
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct audit a = make_entry(i);

		numbers[i] = a.number;
		ck_assert_int_eq(audit_add(s.txn, &a), 0);
	}
}

static void
teardown(void)
{
	temp_remove(&s);
}

static void
expect_broken(uint64_t number)
{
	uint64_t bad = 0;

	ck_assert_int_eq(audit_verify(s.txn, &bad), AUDIT_BROKEN);
	ck_assert_uint_eq(bad, number);
}

static size_t
read_row(unsigned i, uint8_t row[static 256])
{
	struct key at = key_of_number(numbers[i]);
	struct kv_slice val;

	ck_assert_int_eq(
	    kv_get(store_kv(s.txn), KV_AUDIT, key_slice(&at), &val), 0);
	ck_assert_uint_le(val.len, 256);
	memcpy(row, val.data, val.len);
	return val.len;
}

static void
write_row(unsigned i, const uint8_t *row, size_t len)
{
	struct key at = key_of_number(numbers[i]);

	kv_put(store_kv(s.txn), KV_AUDIT, key_slice(&at),
	    (struct kv_slice){row, len});
}

struct listed {
	unsigned count;
	struct audit last;
};

static int
list(const struct audit *a, void *arg)
{
	struct listed *l = arg;

	l->last = *a;
	l->count++;
	return 0;
}

START_TEST(entries_come_back)
{
	struct audit a = make_entry(5);
	struct listed l = {0};
	uint64_t bad;

	ck_assert_int_eq(audit_add(s.txn, &a), 0);
	temp_reopen(&s);
	ck_assert_int_eq(audit_list(s.txn, 0, 100, list, &l), 0);
	ck_assert_uint_eq(l.count, 6);
	ck_assert_uint_eq(l.last.number, a.number);
	ck_assert_int_eq(l.last.at, a.at);
	ck_assert_int_eq(l.last.verb, AUDIT_MESSAGE_POST);
	ck_assert_uint_eq(l.last.outcome, 5);
	ck_assert(id_equal(&l.last.actor, &a.actor));
	ck_assert(id_equal(&l.last.subject, &a.subject));
	ck_assert_uint_eq(l.last.detail, 75);
	ck_assert_mem_eq(l.last.session, a.session, sizeof(a.session));
	ck_assert_str_eq(l.last.via, "practice");
	l.count = 0;
	ck_assert_int_eq(audit_list(s.txn, numbers[2], 2, list, &l), 0);
	ck_assert_uint_eq(l.count, 2);
	ck_assert_uint_eq(l.last.number, numbers[4]);
	ck_assert_int_eq(audit_verify(s.txn, &bad), 0);
}
END_TEST

START_TEST(an_empty_log_verifies)
{
	struct temp_store other;
	uint64_t bad;

	temp_make(&other);
	temp_begin(&other);
	ck_assert_int_eq(audit_verify(other.txn, &bad), 0);
	temp_remove(&other);
}
END_TEST

/* Which entry is cut out; the one after it no longer follows. */
START_TEST(no_entry_can_be_cut)
{
	struct key at = key_of_number(numbers[_i]);

	kv_del(store_kv(s.txn), KV_AUDIT, key_slice(&at));
	expect_broken(_i + 1 < ENTRIES ? numbers[_i + 1] : numbers[_i - 1] + 1);
}
END_TEST

START_TEST(the_log_cannot_be_emptied)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct key at = key_of_number(numbers[i]);

		kv_del(store_kv(s.txn), KV_AUDIT, key_slice(&at));
	}
	expect_broken(1);
}
END_TEST

START_TEST(entries_cannot_change_places)
{
	uint8_t a[256], b[256];
	size_t a_len = read_row(1, a), b_len = read_row(2, b);

	write_row(1, b, b_len);
	write_row(2, a, a_len);
	expect_broken(numbers[1]);
}
END_TEST

START_TEST(no_byte_can_be_changed)
{
	uint8_t row[256];
	size_t len = read_row(3, row);
	uint64_t bad;

	for (size_t i = 0; i < len; i++) {
		row[i] ^= 1;
		write_row(3, row, len);
		expect_broken(numbers[3]);
		row[i] ^= 1;
	}
	write_row(3, row, len);
	ck_assert_int_eq(audit_verify(s.txn, &bad), 0);
	write_row(3, row, 5);
	expect_broken(numbers[3]);
}
END_TEST

START_TEST(no_entry_can_be_slipped_in)
{
	uint8_t row[256];
	size_t len = read_row(4, row);
	struct key at = key_of_number(numbers[4] + 1);

	kv_put(store_kv(s.txn), KV_AUDIT, key_slice(&at),
	    (struct kv_slice){row, len});
	expect_broken(numbers[4] + 1);
}
END_TEST

START_TEST(the_end_cannot_be_forged)
{
	struct kv_slice key = {"audit", 5}, val;
	struct audit a = make_entry(6);
	uint8_t row[128];

	ck_assert_int_eq(kv_get(store_kv(s.txn), KV_META, key, &val), 0);
	memcpy(row, val.data, val.len);
	row[8] ^= 1;
	kv_put(store_kv(s.txn), KV_META, key, (struct kv_slice){row, val.len});
	expect_broken(numbers[4] + 1);
	/* and nothing is done that cannot be logged */
	ck_assert_int_eq(audit_add(s.txn, &a), AUDIT_BROKEN);
	kv_del(store_kv(s.txn), KV_META, key);
	expect_broken(numbers[4] + 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("audit");
	TCase *tc = tcase_create("audit");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, entries_come_back);
	tcase_add_test(tc, an_empty_log_verifies);
	tcase_add_loop_test(tc, no_entry_can_be_cut, 0, ENTRIES);
	tcase_add_test(tc, the_log_cannot_be_emptied);
	tcase_add_test(tc, entries_cannot_change_places);
	tcase_add_test(tc, no_byte_can_be_changed);
	tcase_add_test(tc, no_entry_can_be_slipped_in);
	tcase_add_test(tc, the_end_cannot_be_forged);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
