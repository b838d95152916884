/* SPDX-License-Identifier: Apache-2.0 */

/* What a page of a thread shows, and that nothing forged is ever shown. */

#include <sodium.h>
#include "base/clock.h"
#include "store/seal.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_thread.h"

/* A copy of a row, to be put back or elsewhere. */
struct row {
	uint8_t data[8192];
	size_t len;
};

static struct row
row_read(enum kv_space space, const struct key *key)
{
	struct row row = {.len = 0};
	struct kv_slice val;

	ck_assert_int_eq(
	    kv_get(store_kv(s.txn), space, key_slice(key), &val), 0);
	ck_assert_uint_le(val.len, sizeof(row.data));
	memcpy(row.data, val.data, val.len);
	row.len = val.len;
	return row;
}

static void
row_write(enum kv_space space, const struct key *key, const struct row *row)
{
	kv_put(store_kv(s.txn), space, key_slice(key),
	    (struct kv_slice){row->data, row->len});
}

static void
expect_broken(void)
{
	struct seen seen;

	ck_assert_int_eq(page(&t, 0, 10, true, &seen), THREAD_BROKEN);
	ck_assert_uint_eq(seen.count, 0);
	ck_assert_int_eq(thread_verify(s.txn, &t, NULL, NULL), THREAD_BROKEN);
}

START_TEST(pages_cross_blocks)
{
	struct seen seen;
	uint64_t before = 0, seq = 200, got = 0;

	for (unsigned i = 1; i <= 200; i++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "m%u", i);
		(void)post(&t, i % 3 == 0 ? &provider : &client, text);
	}
	temp_reopen(&s);
	ck_assert_int_eq(thread_get(s.txn, &t.id, &t), 0);
	ck_assert_uint_eq(t.count, 200);
	do {
		char text[16];

		ck_assert_int_eq(page(&t, before, 30, false, &seen), 0);
		(void)snprintf(
		    text, sizeof(text), "m%u", (unsigned)(200 - got));
		ck_assert_str_eq(seen.first, text);
		for (size_t i = 0; i < seen.count; i++)
			ck_assert_uint_eq(seen.seqs[i], seq--);
		got += seen.count;
		before = seen.seqs[seen.count - 1];
	} while (before > 1);
	ck_assert_uint_eq(got, 200);
	ck_assert_int_eq(page(&t, 1, 30, false, &seen), 0);
	ck_assert_uint_eq(seen.count, 0);
	ck_assert_int_eq(page(&t, 0, 1000, false, &seen), 0);
	ck_assert_uint_eq(seen.count, THREAD_PAGE);
	ck_assert_int_eq(page(&t, 9999, 1, false, &seen), 0);
	ck_assert_uint_eq(seen.seqs[0], 200);
	ck_assert_int_eq(thread_verify(s.txn, &t, NULL, NULL), 0);
}
END_TEST

START_TEST(an_empty_thread_has_an_empty_page)
{
	struct seen seen;

	ck_assert_int_eq(page(&t, 0, 10, true, &seen), 0);
	ck_assert_uint_eq(seen.count, 0);
	ck_assert_int_eq(thread_verify(s.txn, &t, NULL, NULL), 0);
}
END_TEST

START_TEST(clients_do_not_see_the_practice_side)
{
	struct seen seen;

	(void)post(&t, &client, "one");
	(void)event(&t, VISIBLE_PRACTICE, EVENT_NOT_NOTIFIED);
	(void)event(&t, VISIBLE_PRACTICE, EVENT_NOT_NOTIFIED);
	(void)post(&t, &client, "four");
	(void)event(&t, VISIBLE_ALL, EVENT_ANSWERED_BY_MAIL);
	ck_assert_int_eq(page(&t, 0, 3, false, &seen), 0);
	ck_assert_uint_eq(seen.count, 3);
	ck_assert_uint_eq(seen.seqs[1], 4);
	ck_assert_uint_eq(seen.seqs[2], 1);
	ck_assert_int_eq(seen.event, EVENT_ANSWERED_BY_MAIL);
	ck_assert(id_equal(&seen.about, &client));
	ck_assert_int_eq(page(&t, 0, 3, true, &seen), 0);
	ck_assert_uint_eq(seen.seqs[2], 3);
}
END_TEST

/* Unseen entries are checked all the same. */
START_TEST(a_hidden_entry_cannot_be_forged)
{
	struct seen seen;
	struct key at;
	struct row row;

	(void)post(&t, &client, "one");
	at = key_of_number(event(&t, VISIBLE_PRACTICE, EVENT_NOT_NOTIFIED));
	(void)post(&t, &client, "three");
	row = row_read(KV_ENTRY, &at);
	row.data[70] ^= 1;
	row_write(KV_ENTRY, &at, &row);
	ck_assert_int_eq(page(&t, 0, 10, false, &seen), THREAD_BROKEN);
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

/* Which of three entries is changed. */
START_TEST(no_byte_of_an_entry_can_be_changed)
{
	struct key at[3];
	struct row row;
	struct seen seen;

	at[0] = key_of_number(post(&t, &client, "one"));
	at[1] = key_of_number(post(&t, &provider, "two"));
	at[2] = key_of_number(post(&t, &client, "three"));
	row = row_read(KV_ENTRY, &at[_i]);
	ck_assert_uint_eq(row.len, 496);
	for (size_t i = 0; i < row.len; i++) {
		row.data[i] ^= (uint8_t)(1 << (i % 8));
		row_write(KV_ENTRY, &at[_i], &row);
		expect_broken();
		row.data[i] ^= (uint8_t)(1 << (i % 8));
	}
	row.len--;
	row_write(KV_ENTRY, &at[_i], &row);
	expect_broken();
	row.len = 3;
	row_write(KV_ENTRY, &at[_i], &row);
	expect_broken();
	row.len = 496;
	row_write(KV_ENTRY, &at[_i], &row);
	ck_assert_int_eq(page(&t, 0, 10, true, &seen), 0);
	ck_assert_uint_eq(seen.count, 3);
}
END_TEST

START_TEST(an_entry_cannot_move_within_its_thread)
{
	struct key a = key_of_number(post(&t, &client, "one"));
	struct key b = key_of_number(post(&t, &client, "two"));
	struct row one = row_read(KV_ENTRY, &a);
	struct row two = row_read(KV_ENTRY, &b);

	row_write(KV_ENTRY, &a, &two);
	expect_broken();
	row_write(KV_ENTRY, &b, &one);
	expect_broken();
	/* with its place changed, too */
	one.data[88] = 2;
	two.data[88] = 1;
	row_write(KV_ENTRY, &a, &two);
	row_write(KV_ENTRY, &b, &one);
	expect_broken();
}
END_TEST

START_TEST(an_entry_cannot_move_to_another_thread)
{
	struct thread other;
	struct key from, to;
	struct row row, old;

	provider = id_new();
	make_thread(&other);
	from = key_of_number(post(&other, &client, "for the other"));
	to = key_of_number(post(&t, &client, "for this"));
	row = row_read(KV_ENTRY, &from);
	old = row_read(KV_ENTRY, &to);
	row_write(KV_ENTRY, &to, &row);
	expect_broken();
	/* as if it had been made there */
	memcpy(row.data + 1, t.id.b, ID_LEN);
	row_write(KV_ENTRY, &to, &row);
	expect_broken();
	/* under the place and MAC of what stood there */
	memcpy(row.data, old.data, 121);
	row_write(KV_ENTRY, &to, &row);
	expect_broken();
}
END_TEST

/* Which of three is dropped; the last is held against the head. */
START_TEST(an_entry_cannot_be_dropped)
{
	struct key at[3];

	at[0] = key_of_number(post(&t, &client, "one"));
	at[1] = key_of_number(post(&t, &provider, "two"));
	at[2] = key_of_number(post(&t, &client, "three"));
	kv_del(store_kv(s.txn), KV_ENTRY, key_slice(&at[_i]));
	expect_broken();
}
END_TEST

START_TEST(a_page_is_held_against_the_entry_after_it)
{
	struct seen seen;
	struct key third;

	(void)post(&t, &client, "one");
	(void)post(&t, &client, "two");
	third = key_of_number(post(&t, &client, "three"));
	(void)post(&t, &client, "four");
	ck_assert_int_eq(page(&t, 3, 10, true, &seen), 0);
	kv_del(store_kv(s.txn), KV_ENTRY, key_slice(&third));
	ck_assert_int_eq(page(&t, 3, 10, true, &seen), THREAD_BROKEN);
}
END_TEST

START_TEST(no_byte_of_the_head_can_be_changed)
{
	struct key at = key_of_id(&t.id);
	struct thread again;
	struct row row;

	(void)post(&t, &client, "one");
	row = row_read(KV_THREAD, &at);
	for (size_t i = 0; i < row.len; i++) {
		row.data[i] ^= 1;
		row_write(KV_THREAD, &at, &row);
		ck_assert_int_eq(
		    thread_get(s.txn, &t.id, &again), THREAD_BROKEN);
		row.data[i] ^= 1;
	}
	row_write(KV_THREAD, &at, &row);
	ck_assert_int_eq(thread_get(s.txn, &t.id, &again), 0);
}
END_TEST

START_TEST(a_head_cannot_stand_for_another_thread)
{
	struct thread other;
	struct key from = key_of_id(&t.id), to;
	struct row row;

	provider = id_new();
	make_thread(&other);
	to = key_of_id(&other.id);
	row = row_read(KV_THREAD, &from);
	row_write(KV_THREAD, &to, &row);
	ck_assert_int_eq(thread_get(s.txn, &other.id, &other), THREAD_BROKEN);
}
END_TEST

START_TEST(no_number_of_a_block_can_be_changed)
{
	struct key at = key_of_id(&t.id);
	struct seen seen;
	struct row row;

	for (unsigned i = 0; i < THREAD_BLOCK + 2; i++)
		(void)post(&t, &client, "x");
	key_add_u64(&at, 0);
	row = row_read(KV_BLOCK, &at);
	ck_assert_uint_eq(row.len, 1 + 8 * THREAD_BLOCK);
	for (size_t i = 0; i < THREAD_BLOCK; i++) {
		row.data[8 + 8 * i] ^= 1;
		row_write(KV_BLOCK, &at, &row);
		ck_assert_int_eq(
		    page(&t, 0, THREAD_PAGE, true, &seen), THREAD_BROKEN);
		row.data[8 + 8 * i] ^= 1;
	}
	kv_del(store_kv(s.txn), KV_BLOCK, key_slice(&at));
	expect_broken();
	/* what is in the head needs no block but for the predecessor */
	ck_assert_int_eq(page(&t, 0, 1, true, &seen), 0);
}
END_TEST

/* The slot's own row, as erasure will delete it. */
static void
erase(uint32_t generation)
{
	struct key at = {.len = 0};

	key_add_byte(&at, SLOT_THREAD);
	key_add_id(&at, &t.id);
	key_add_u32(&at, generation);
	kv_del(store_kv(s.txn), KV_SLOT, key_slice(&at));
}

START_TEST(what_is_erased_keeps_its_place)
{
	struct seen seen;
	struct key first, at;
	struct row row;

	first = key_of_number(post(&t, &client, "one"));
	(void)post(&t, &client, "two");
	t.generation_since = NOW - 31 * CLOCK_DAY;
	(void)post(&t, &client, "three");
	ck_assert_uint_eq(t.generation, 2);
	(void)post(&t, &client, "four");
	erase(1);
	ck_assert_int_eq(page(&t, 0, 10, true, &seen), 0);
	ck_assert_uint_eq(seen.count, 4);
	ck_assert_str_eq(seen.first, "four");
	ck_assert(seen.erased);
	ck_assert_int_eq(page(&t, 0, 1, true, &seen), 0);
	ck_assert(!seen.erased);
	ck_assert_int_eq(page(&t, 3, 1, true, &seen), 0);
	ck_assert(seen.erased);
	ck_assert_str_eq(seen.first, "");
	ck_assert_int_eq(thread_verify(s.txn, &t, NULL, NULL), 0);
	/* a tombstone is still held in its place */
	at = first;
	row = row_read(KV_ENTRY, &at);
	row.data[71] ^= 1;
	row_write(KV_ENTRY, &at, &row);
	expect_broken();
}
END_TEST

START_TEST(a_wrong_key_opens_nothing)
{
	slot_key_auto struct slot_key other = slot_key_new();

	(void)post(&t, &client, "one");
	ck_assert_int_eq(slot_put(s.txn, SLOT_THREAD, &t.id, 1, &other), 0);
	expect_broken();
}
END_TEST

static int
stop(const struct entry *e, void *arg)
{
	unsigned *calls = arg;

	(void)e;
	(*calls)++;
	return 7;
}

START_TEST(a_reader_may_stop)
{
	struct thread_page p = {0, 10, true};
	unsigned calls = 0;

	(void)post(&t, &client, "one");
	(void)post(&t, &client, "two");
	ck_assert_int_eq(thread_page(s.txn, &t, &p, stop, &calls), 7);
	ck_assert_uint_eq(calls, 1);
}
END_TEST

/* ---- one entry ------------------------------------------------------- */

/* What thread_entry() says of NUMBER; its text must be TEXT. */
static int
one(const struct thread *th, uint64_t number, const char *text)
{
	entry_auto struct entry e = {0};
	int err = thread_entry(s.txn, th, number, &e);

	if (err == 0) {
		ck_assert_uint_eq(e.number, number);
		ck_assert(id_equal(&e.head.thread, &th->id));
		ck_assert_str_eq(secret_text(&e.body), text);
	} else {
		ck_assert_ptr_null(e.body.data);
	}
	return err;
}

START_TEST(each_entry_is_found_by_its_number)
{
	uint64_t numbers[THREAD_BLOCK * 2 + 2];
	char text[16];

	for (size_t i = 0; i < PN_ARRAY_LEN(numbers); i++) {
		(void)snprintf(text, sizeof(text), "m%zu", i);
		numbers[i] = post(&t, &client, text);
		(void)store_number(s.txn); /* of something else */
	}
	for (size_t i = 0; i < PN_ARRAY_LEN(numbers); i++) {
		(void)snprintf(text, sizeof(text), "m%zu", i);
		ck_assert_int_eq(one(&t, numbers[i], text), 0);
		ck_assert_int_eq(one(&t, numbers[i] + 1, ""), KV_NOT_FOUND);
	}
	ck_assert_int_eq(one(&t, 0, ""), KV_NOT_FOUND);
	ck_assert_int_eq(one(&t, UINT64_MAX, ""), KV_NOT_FOUND);
}
END_TEST

START_TEST(another_threads_entry_is_not_found)
{
	struct thread other;
	uint64_t here, there;

	provider = id_new();
	make_thread(&other);
	here = post(&t, &client, "here");
	there = post(&other, &client, "there");
	ck_assert_int_eq(one(&t, there, ""), KV_NOT_FOUND);
	ck_assert_int_eq(one(&other, here, ""), KV_NOT_FOUND);
	ck_assert_int_eq(one(&t, here, "here"), 0);
	ck_assert_int_eq(one(&other, there, "there"), 0);
}
END_TEST

/* What the practice's side alone may see is for the caller to tell. */
START_TEST(a_hidden_entry_is_found)
{
	entry_auto struct entry e = {0};
	uint64_t number;

	(void)post(&t, &client, "one");
	number = event(&t, VISIBLE_PRACTICE, EVENT_FILE_WITHHELD);
	ck_assert_int_eq(thread_entry(s.txn, &t, number, &e), 0);
	ck_assert_int_eq(e.head.visibility, VISIBLE_PRACTICE);
	ck_assert_int_eq(e.event, EVENT_FILE_WITHHELD);
}
END_TEST

/* In each of five, each byte: the middle one is read. */
START_TEST(an_entry_is_held_against_its_neighbours)
{
	struct key at[5];

	for (size_t i = 0; i < 5; i++)
		at[i] = key_of_number(post(&t, &client, "text"));
	for (size_t i = 0; i < 5; i++) {
		const bool near = i >= 1 && i <= 3;
		struct row row = row_read(KV_ENTRY, &at[i]);

		for (size_t b = 0; b < row.len; b++) {
			/* of the others the chain covers MACs and tags */
			bool sealed = b >= 121 + 56 && b < row.len - 16;
			bool nonce = b >= 121 && b < 121 + 24;
			int err;

			if (i != 2 && (sealed || nonce))
				continue;
			/* and of the one before no more than its MAC */
			if (i == 1 && (b < 89 || b >= 121))
				continue;
			row.data[b] ^= 1;
			row_write(KV_ENTRY, &at[i], &row);
			err = one(&t, key_number(key_slice(&at[2])), "text");
			ck_assert_msg(
			    (err == 0) != near, "%zu %zu: %d", i, b, err);
			ck_assert_int_ge(err, 0);
			row.data[b] ^= 1;
		}
		row_write(KV_ENTRY, &at[i], &row);
	}
	ck_assert_int_eq(one(&t, key_number(key_slice(&at[2])), "text"), 0);
}
END_TEST

START_TEST(the_newest_is_held_against_the_head)
{
	struct thread before;
	struct key at;
	uint64_t number;
	struct row row;

	(void)post(&t, &client, "one");
	before = t;
	number = post(&t, &client, "two");
	at = key_of_number(number);
	row = row_read(KV_ENTRY, &at);
	/* another one in its place, well made: by an older head */
	t = before;
	ck_assert_uint_gt(post(&t, &client, "2wo"), number);
	ck_assert_int_eq(one(&before, number, ""), THREAD_BROKEN);
	ck_assert_int_eq(one(&t, number, ""), THREAD_BROKEN);
	at = key_of_number(number + 1);
	row_write(KV_ENTRY, &at, &row);
	ck_assert_int_eq(one(&t, number + 1, ""), THREAD_BROKEN);
}
END_TEST

START_TEST(an_entry_in_anothers_place_is_not_shown)
{
	struct key at[3];
	struct row row;

	for (size_t i = 0; i < 3; i++)
		at[i] = key_of_number(post(&t, &client, "text"));
	row = row_read(KV_ENTRY, &at[0]);
	row_write(KV_ENTRY, &at[1], &row);
	ck_assert_int_eq(
	    one(&t, key_number(key_slice(&at[1])), ""), THREAD_BROKEN);
	/* under a number that is nobody's */
	at[0] = key_of_number(store_number(s.txn));
	row_write(KV_ENTRY, &at[0], &row);
	ck_assert_int_eq(
	    one(&t, key_number(key_slice(&at[0])), ""), THREAD_BROKEN);
}
END_TEST

START_TEST(a_missing_neighbour_is_missed)
{
	struct key at[4];

	for (size_t i = 0; i < 4; i++)
		at[i] = key_of_number(post(&t, &client, "text"));
	kv_del(store_kv(s.txn), KV_ENTRY, key_slice(&at[_i]));
	ck_assert_int_eq(one(&t, key_number(key_slice(&at[2])), "text"),
	    _i == 0   ? 0
	    : _i == 2 ? KV_NOT_FOUND
		      : THREAD_BROKEN);
}
END_TEST

START_TEST(an_erased_entry_is_told_as_such)
{
	uint64_t number;

	number = post(&t, &client, "one");
	t.generation_since = NOW - 31 * CLOCK_DAY;
	(void)post(&t, &client, "two");
	ck_assert_int_eq(one(&t, number, "one"), 0);
	erase(1);
	ck_assert_int_eq(one(&t, number, ""), THREAD_ERASED);
	ck_assert_int_eq(one(&t, post(&t, &client, "three"), "three"), 0);
}
END_TEST

static int
count_down(const struct entry *e, void *arg)
{
	uint64_t *seq = arg;

	ck_assert_uint_eq(e->seq, *seq);
	return --*seq == 2 ? 7 : 0;
}

START_TEST(a_look_at_all_hands_them_out)
{
	uint64_t seq = 5;

	for (size_t i = 0; i < 5; i++)
		(void)post(&t, &client, "text");
	ck_assert_int_eq(thread_verify(s.txn, &t, count_down, &seq), 7);
	ck_assert_uint_eq(seq, 2);
}
END_TEST

static void
add_entry_tests(TCase *tc)
{
	tcase_add_test(tc, each_entry_is_found_by_its_number);
	tcase_add_test(tc, another_threads_entry_is_not_found);
	tcase_add_test(tc, a_hidden_entry_is_found);
	tcase_add_test(tc, an_entry_is_held_against_its_neighbours);
	tcase_add_test(tc, the_newest_is_held_against_the_head);
	tcase_add_test(tc, an_entry_in_anothers_place_is_not_shown);
	tcase_add_loop_test(tc, a_missing_neighbour_is_missed, 0, 4);
	tcase_add_test(tc, an_erased_entry_is_told_as_such);
	tcase_add_test(tc, a_look_at_all_hands_them_out);
}

int
main(void)
{
	Suite *suite = suite_create("page");
	TCase *tc = tcase_create("page");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, pages_cross_blocks);
	tcase_add_test(tc, an_empty_thread_has_an_empty_page);
	tcase_add_test(tc, clients_do_not_see_the_practice_side);
	tcase_add_test(tc, a_hidden_entry_cannot_be_forged);
	tcase_add_loop_test(tc, no_byte_of_an_entry_can_be_changed, 0, 3);
	tcase_add_test(tc, an_entry_cannot_move_within_its_thread);
	tcase_add_test(tc, an_entry_cannot_move_to_another_thread);
	tcase_add_loop_test(tc, an_entry_cannot_be_dropped, 0, 3);
	tcase_add_test(tc, a_page_is_held_against_the_entry_after_it);
	tcase_add_test(tc, no_byte_of_the_head_can_be_changed);
	tcase_add_test(tc, a_head_cannot_stand_for_another_thread);
	tcase_add_test(tc, no_number_of_a_block_can_be_changed);
	tcase_add_test(tc, what_is_erased_keeps_its_place);
	tcase_add_test(tc, a_wrong_key_opens_nothing);
	tcase_add_test(tc, a_reader_may_stop);
	add_entry_tests(tc);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
