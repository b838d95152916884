/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "store/relation.h"
#include "store/record.h"
#include "store/stamp.h"
#include "store/thread.h"
#include "tests/unit/row.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_thread.h"

START_TEST(a_message_comes_back)
{
	struct thread again;
	struct seen seen;

	(void)post(&t, &client, "hello");
	(void)post(&t, &provider, "good morning");
	temp_reopen(&s);
	ck_assert_int_eq(thread_get(s.txn, &t.id, &again), 0);
	ck_assert_int_eq(page(&again, 0, 10, false, &seen), 0);
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_str_eq(seen.first, "good morning");
	ck_assert_uint_eq(seen.seqs[0], 2);
	ck_assert_uint_eq(seen.seqs[1], 1);
	ck_assert_int_eq(thread_verify(s.txn, &again, NULL, NULL), 0);
}
END_TEST

static uint32_t
unread(const struct id *whose)
{
	const struct thread_member *m = thread_member(&t, whose);

	ck_assert_ptr_nonnull(m);
	return m->unread;
}

START_TEST(unread_is_what_others_wrote_and_one_may_see)
{
	(void)post(&t, &client, "one");
	(void)post(&t, &client, "two");
	(void)post(&t, &provider, "three");
	(void)event(&t, VISIBLE_PRACTICE, EVENT_NOT_NOTIFIED);
	(void)event(&t, VISIBLE_ALL, EVENT_MEMBERS_CHANGED);
	ck_assert_uint_eq(unread(&client), 2);
	ck_assert_uint_eq(unread(&provider), 4);
	/* either way of counting */
	ck_assert_int_eq(thread_read(s.txn, &t, &provider, 1), 0);
	ck_assert_uint_eq(unread(&provider), 3);
	ck_assert_int_eq(thread_read(s.txn, &t, &provider, 4), 0);
	ck_assert_uint_eq(unread(&provider), 1);
	ck_assert_int_eq(thread_read(s.txn, &t, &provider, 2), 0);
	ck_assert_uint_eq(unread(&provider), 1);
	ck_assert_int_eq(thread_read(s.txn, &t, &provider, 99), 0);
	ck_assert_uint_eq(unread(&provider), 0);
	ck_assert_int_eq(thread_read(s.txn, &t, &client, 4), 0);
	ck_assert_uint_eq(unread(&client), 1);
	temp_reopen(&s);
	ck_assert_int_eq(thread_get(s.txn, &t.id, &t), 0);
	ck_assert_uint_eq(unread(&client), 1);
	ck_assert_uint_eq(unread(&provider), 0);
	ck_assert_uint_eq(thread_member(&t, &provider)->read_up_to, 5);
}
END_TEST

START_TEST(only_one_open_thread_a_pair)
{
	struct relation r = {
	    .client = id_new(), .provider = id_new(), .since = NOW};
	slot_key_auto struct slot_key key = slot_key_new();
	struct thread first, second;

	ck_assert_int_eq(relation_put(s.txn, &r), 0);
	thread_init(&first, &r.client, &r.provider, NOW);
	thread_init(&second, &r.client, &r.provider, NOW);
	ck_assert_int_eq(thread_create(s.txn, &first, &key), 0);
	ck_assert_int_eq(thread_create(s.txn, &second, &key), THREAD_EXISTS);
	ck_assert_int_eq(thread_create(s.txn, &first, &key), THREAD_EXISTS);
	ck_assert_int_eq(relation_get(s.txn, &r.client, &r.provider, &r), 0);
	ck_assert(id_equal(&r.thread, &first.id));
	/* once it is closed */
	r.thread = (struct id){0};
	ck_assert_int_eq(relation_put(s.txn, &r), 0);
	ck_assert_int_eq(thread_create(s.txn, &second, &key), 0);
}
END_TEST

struct listed {
	size_t count;
	struct id last;
};

static int
list(const struct thread *th, void *arg)
{
	struct listed *l = arg;

	if (l->count > 0)
		ck_assert_int_gt(memcmp(th->id.b, l->last.b, ID_LEN), 0);
	l->last = th->id;
	l->count++;
	return 0;
}

START_TEST(a_person_lists_their_threads)
{
	struct id cover = id_new();
	struct listed all = {0}, some = {0}, rest = {0};
	struct thread other;

	for (unsigned i = 0; i < 9; i++) {
		provider = id_new();
		make_thread(&other);
	}
	ck_assert_int_eq(thread_list(s.txn, &client, NULL, 100, list, &all), 0);
	ck_assert_uint_eq(all.count, 10);
	ck_assert_int_eq(thread_list(s.txn, &client, NULL, 4, list, &some), 0);
	ck_assert_int_eq(
	    thread_list(s.txn, &client, &some.last, 100, list, &rest), 0);
	ck_assert_uint_eq(some.count, 4);
	ck_assert_uint_eq(rest.count, 6);
	all.count = 0;
	ck_assert_int_eq(thread_list(s.txn, &cover, NULL, 100, list, &all), 0);
	ck_assert_uint_eq(all.count, 0);
	other.members[other.member_count++] = (struct thread_member){
	    .person = cover,
	    .capacity = MEMBER_COVER,
	    .rights = MEMBER_MAY_READ,
	    .since = NOW,
	};
	ck_assert_int_eq(thread_put(s.txn, &other), 0);
	ck_assert_int_eq(thread_list(s.txn, &cover, NULL, 100, list, &all), 0);
	ck_assert_uint_eq(all.count, 1);
	ck_assert(id_equal(&all.last, &other.id));
}
END_TEST

START_TEST(a_past_member_gets_no_news)
{
	(void)post(&t, &client, "one");
	thread_member(&t, &provider)->until = NOW + 1;
	(void)post(&t, &client, "two");
	(void)post(&t, &client, "three");
	ck_assert_uint_eq(unread(&provider), 1);
	ck_assert_int_eq(thread_read(s.txn, &t, &provider, 1), 0);
	ck_assert_uint_eq(unread(&provider), 0);
}
END_TEST

START_TEST(nobody_else_reads)
{
	struct id stranger = id_new();

	(void)post(&t, &client, "one");
	ck_assert_ptr_null(thread_member(&t, &stranger));
	ck_assert_int_eq(thread_read(s.txn, &t, &stranger, 1), KV_NOT_FOUND);
}
END_TEST

START_TEST(a_generation_ends_with_its_thousandth_entry)
{
	struct seen seen;

	for (unsigned i = 0; i < THREAD_GENERATION_ENTRIES - 1; i++)
		(void)post(&t, &client, "x");
	ck_assert_uint_eq(t.generation, 1);
	(void)post(&t, &client, "the thousandth");
	ck_assert_uint_eq(t.generation, 2);
	ck_assert_uint_eq(t.generation_count, 0);
	(void)post(&t, &client, "the next");
	ck_assert_uint_eq(t.generation, 2);
	ck_assert_int_eq(page(&t, 0, 100, true, &seen), 0);
	ck_assert_str_eq(seen.first, "the next");
	ck_assert_int_eq(thread_verify(s.txn, &t, NULL, NULL), 0);
}
END_TEST

START_TEST(a_generation_ends_with_its_month)
{
	entry_sealed_auto struct entry_sealed e = {0};
	struct entry_head h = head_by(&t, &client);

	h.at = NOW + THREAD_GENERATION_DAYS * CLOCK_DAY - 1;
	seal_text(&t, &h, "last of its month", &e);
	(void)append(&t, &e);
	ck_assert_uint_eq(t.generation, 1);
	entry_sealed_fini(&e);
	h = head_by(&t, &client);
	h.at = NOW + THREAD_GENERATION_DAYS * CLOCK_DAY;
	seal_text(&t, &h, "first of the next", &e);
	(void)append(&t, &e);
	ck_assert_uint_eq(t.generation, 2);
	ck_assert_int_eq(t.generation_since, h.at);
}
END_TEST

/* Sealed outside the writer, under what was then the newest key. */
START_TEST(a_seal_of_the_generation_before_is_taken)
{
	entry_sealed_auto struct entry_sealed late = {0}, later = {0};
	entry_sealed_auto struct entry_sealed early = {0};
	struct entry_head h = head_by(&t, &client);
	slot_key_auto struct slot_key key = slot_key_new();
	struct key slot = {.len = 0};
	uint64_t seq = 0;

	seal_text(&t, &h, "late", &late);
	seal_text(&t, &h, "later", &later);
	t.generation_since = NOW - 31 * CLOCK_DAY;
	(void)post(&t, &client, "one");
	ck_assert_uint_eq(t.generation, 2);
	(void)append(&t, &late);
	ck_assert_int_eq(thread_verify(s.txn, &t, NULL, NULL), 0);

	key_add_byte(&slot, SLOT_THREAD);
	key_add_id(&slot, &t.id);
	key_add_u32(&slot, 1);
	kv_del(store_kv(s.txn), KV_SLOT, key_slice(&slot));
	ck_assert_int_eq(
	    thread_append(s.txn, &t, &later, store_number(s.txn), &seq),
	    THREAD_STALE);
	h.generation = 3;
	ck_assert_int_eq(slot_put(s.txn, SLOT_THREAD, &t.id, 3, &key), 0);
	seal_text(&t, &h, "from the future", &early);
	ck_assert_int_eq(
	    thread_append(s.txn, &t, &early, store_number(s.txn), &seq),
	    THREAD_STALE);
	ck_assert_uint_eq(t.count, 2);
}
END_TEST

START_TEST(a_refused_append_leaves_no_trace)
{
	entry_sealed_auto struct entry_sealed e = {0};
	struct thread other, before;
	struct entry_head h;
	uint64_t changes, seq = 0;

	make_thread(&other);
	h = head_by(&other, &client);
	seal_text(&other, &h, "elsewhere", &e);
	before = t;
	changes = store_changes(s.txn);
	ck_assert_int_eq(
	    thread_append(s.txn, &t, &e, store_number(s.txn), &seq),
	    THREAD_STALE);
	ck_assert_uint_eq(store_changes(s.txn), changes);
	ck_assert_mem_eq(&before, &t, sizeof(t));
}
END_TEST

/* Lengths of bodies and of the records they make. */
static const struct {
	size_t body;
	size_t record;
} sizes[] = {
    {0, 496},
    {1, 496},
    {300, 496},
    {301, 992},
    {796, 992},
    {797, 1984},
    {1788, 1984},
    {1789, 4080},
    {3884, 4080},
    {3885, 8176},
    {32768, 36848},
    {65535, 69616},
    {65536, 69616},
    {200000, 200688},
    {ENTRY_BODY_MAX, 1052656},
};

struct body {
	size_t len;
	bool same;
};

static int
compare(const struct entry *e, void *arg)
{
	struct body *want = arg;

	want->same = e->body.len == want->len;
	for (size_t i = 0; want->same && i < want->len; i++)
		want->same = e->body.data[i] == (uint8_t)(i * 7);
	return 0;
}

START_TEST(records_come_in_few_sizes)
{
	entry_sealed_auto struct entry_sealed e = {0};
	slot_key_auto struct slot_key key = {0};
	secret_auto struct secret body = {0};
	struct body want = {.len = sizes[_i].body};
	struct thread_page newest = {0, 1, true};
	struct entry_head h = head_by(&t, &client);
	uint8_t *text = malloc(want.len + 1);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < want.len; i++)
		text[i] = (uint8_t)(i * 7);
	ck_assert_int_eq(secret_set(&body, text, want.len), 0);
	free(text);
	ck_assert_int_eq(slot_get(s.txn, SLOT_THREAD, &t.id, 1, &key), 0);
	ck_assert_int_eq(
	    entry_seal(store_keyring(s.st), &key, &h, &body, NULL, 0, &e), 0);
	ck_assert_uint_eq(e.record.len, sizes[_i].record);
	(void)append(&t, &e);
	temp_reopen(&s);
	ck_assert_int_eq(thread_page(s.txn, &t, &newest, compare, &want), 0);
	ck_assert(want.same);
}
END_TEST

START_TEST(a_body_has_a_ceiling)
{
	entry_sealed_auto struct entry_sealed e = {0};
	slot_key_auto struct slot_key key = slot_key_new();
	struct secret body = {.len = ENTRY_BODY_MAX + 1};
	struct entry_head h = head_by(&t, &client);

	ck_assert_int_eq(
	    entry_seal(store_keyring(s.st), &key, &h, &body, NULL, 0, &e),
	    -EMSGSIZE);
}
END_TEST

START_TEST(last_is_what_everyone_sees)
{
	(void)post(&t, &client, "one");
	(void)post(&t, &client, "two");
	ck_assert_int_eq(t.last_at, NOW + 1);
	(void)event(&t, VISIBLE_PRACTICE, EVENT_ANSWERED_BY_MAIL);
	ck_assert_int_eq(t.last_at, NOW + 1);
	ck_assert_int_eq(t.mailed, NOW + 2);
}
END_TEST

/* ---- who waits, and who was not told --------------------------------- */

static uint64_t
post_as(const struct id *author, enum entry_visibility visibility, int64_t at)
{
	entry_sealed_auto struct entry_sealed e = {0};
	struct entry_head h = head_by(&t, author);

	h.visibility = visibility;
	h.at = at;
	seal_text(&t, &h, "text", &e);
	return append(&t, &e);
}

static void
join(const struct id *person, enum member_capacity capacity)
{
	t.members[t.member_count++] = (struct thread_member){
	    .person = *person,
	    .capacity = capacity,
	    .rights = MEMBER_MAY_READ | MEMBER_MAY_WRITE,
	    .since = NOW,
	};
	ck_assert_int_eq(thread_put(s.txn, &t), 0);
}

/* What stands in the store, not only in T. */
static int64_t
waiting(void)
{
	struct thread again;

	ck_assert_int_eq(thread_get(s.txn, &t.id, &again), 0);
	ck_assert_int_eq(again.waiting, t.waiting);
	return again.waiting;
}

START_TEST(a_message_waits_for_an_answer)
{
	ck_assert_int_eq(waiting(), 0);
	(void)post_as(&provider, VISIBLE_ALL, NOW + 1);
	ck_assert_int_eq(waiting(), 0);
	(void)post_as(&client, VISIBLE_ALL, NOW + 2);
	ck_assert_int_eq(waiting(), NOW + 2);
	/* from the first one on, whatever happens meanwhile */
	(void)post_as(&client, VISIBLE_ALL, NOW + 3);
	(void)event(&t, VISIBLE_ALL, EVENT_ANSWERED_BY_MAIL);
	(void)event(&t, VISIBLE_PRACTICE, EVENT_NOT_NOTIFIED);
	ck_assert_int_eq(thread_read(s.txn, &t, &provider, 99), 0);
	(void)post_as(&provider, VISIBLE_PRACTICE, NOW + 4);
	temp_reopen(&s);
	ck_assert_int_eq(waiting(), NOW + 2);
	(void)post_as(&provider, VISIBLE_ALL, NOW + 5);
	ck_assert_int_eq(waiting(), 0);
	(void)post_as(&client, VISIBLE_ALL, NOW + 6);
	ck_assert_int_eq(waiting(), NOW + 6);
}
END_TEST

START_TEST(both_sides_are_more_than_two_people)
{
	struct id guardian = id_new(), cover = id_new(), stranger = id_new();

	join(&guardian, MEMBER_GUARDIAN);
	join(&cover, MEMBER_COVER);
	(void)post_as(&guardian, VISIBLE_ALL, NOW + 1);
	ck_assert_int_eq(waiting(), NOW + 1);
	(void)post_as(&stranger, VISIBLE_ALL, NOW + 2);
	ck_assert_int_eq(waiting(), NOW + 1);
	(void)post_as(&cover, VISIBLE_ALL, NOW + 3);
	ck_assert_int_eq(waiting(), 0);
}
END_TEST

static void
set_unnotified(void)
{
	t.unnotified = (struct thread_unnotified){
	    .since = NOW + 7,
	    .reason = UNNOTIFIED_REFUSED,
	    .code = 0x9c01,
	};
	ck_assert_int_eq(thread_put(s.txn, &t), 0);
}

static bool
is_unnotified(void)
{
	struct thread again;

	ck_assert_int_eq(thread_get(s.txn, &t.id, &again), 0);
	if (again.unnotified.since == 0)
		return false;
	ck_assert_int_eq(again.unnotified.since, NOW + 7);
	ck_assert_int_eq(again.unnotified.reason, UNNOTIFIED_REFUSED);
	ck_assert_uint_eq(again.unnotified.code, 0x9c01);
	return true;
}

START_TEST(a_client_who_reads_knows)
{
	struct id guardian = id_new();

	join(&guardian, MEMBER_GUARDIAN);
	(void)post(&t, &provider, "one");
	(void)post(&t, &provider, "two");
	set_unnotified();
	ck_assert(is_unnotified());
	/* it is not for others to know, nor does it end by itself */
	ck_assert_int_eq(thread_read(s.txn, &t, &provider, 2), 0);
	ck_assert_int_eq(thread_read(s.txn, &t, &guardian, 2), 0);
	ck_assert_int_eq(thread_read(s.txn, &t, &client, 0), 0);
	(void)post(&t, &provider, "three");
	temp_reopen(&s);
	ck_assert(is_unnotified());
	ck_assert_int_eq(thread_read(s.txn, &t, &client, 2), 0);
	ck_assert(!is_unnotified());
	ck_assert_uint_eq(unread(&client), 1);
	/* also when the mail failed long after the reading */
	ck_assert_int_eq(thread_read(s.txn, &t, &client, 3), 0);
	set_unnotified();
	ck_assert_int_eq(thread_read(s.txn, &t, &client, 1), 0);
	ck_assert(!is_unnotified());
	ck_assert_uint_eq(thread_member(&t, &client)->read_up_to, 3);
	ck_assert_uint_eq(unread(&client), 0);
}
END_TEST

START_TEST(reading_nothing_new_writes_nothing)
{
	uint64_t changes;

	(void)post(&t, &provider, "one");
	ck_assert_int_eq(thread_read(s.txn, &t, &client, 1), 0);
	changes = store_changes(s.txn);
	ck_assert_int_eq(thread_read(s.txn, &t, &client, 1), 0);
	ck_assert_uint_eq(store_changes(s.txn), changes);
}
END_TEST

static int
read_head(const void *arg)
{
	struct thread again;

	return thread_get(s.txn, arg, &again);
}

START_TEST(no_bit_of_a_head_can_be_changed)
{
	struct key at = key_of_id(&t.id), to;
	struct thread other;

	(void)post(&t, &client, "one");
	set_unnotified();
	row_flip(&s, KV_THREAD, &at, read_head, &t.id);
	client = id_new();
	make_thread(&other);
	to = key_of_id(&other.id);
	row_move(&s, KV_THREAD, &at, &to);
	ck_assert_int_eq(read_head(&other.id), THREAD_BROKEN);
}
END_TEST

/* A head with field TAG added, as a newer program would write it. */
static void
add_field(uint8_t tag, const char *value, size_t len)
{
	struct key at = key_of_id(&t.id);
	buf_auto struct buf b = {0};
	struct kv_slice val;

	buf_init(&b, 8192);
	ck_assert_int_eq(
	    kv_get(store_kv(s.txn), KV_THREAD, key_slice(&at), &val), 0);
	buf_add(&b, val.data, val.len - STAMP_LEN);
	record_add_field(&b, tag, value, len);
	stamp_add(store_keyring(s.st), KV_THREAD, key_slice(&at), &b);
	kv_put(store_kv(s.txn), KV_THREAD, key_slice(&at),
	    (struct kv_slice){b.data, b.len});
}

START_TEST(fields_of_newer_programs_stay)
{
	static const uint8_t field[] = {9, 0, 5, 'l', 'a', 't', 'e', 'r'};
	struct key at = key_of_id(&t.id);
	struct kv_slice val;

	add_field(9, "later", 5);
	ck_assert_int_eq(thread_get(s.txn, &t.id, &t), 0);
	(void)post(&t, &client, "one");
	(void)post(&t, &client, "two");
	ck_assert_int_eq(thread_put(s.txn, &t), 0);
	ck_assert_int_eq(
	    kv_get(store_kv(s.txn), KV_THREAD, key_slice(&at), &val), 0);
	ck_assert_mem_eq(
	    (const uint8_t *)val.data + val.len - STAMP_LEN - sizeof(field),
	    field, sizeof(field));
	add_field(RECORD_CRITICAL | 9, "later", 5);
	ck_assert_int_eq(thread_get(s.txn, &t.id, &t), RECORD_NEWER);
}
END_TEST

static const struct {
	uint8_t tag;
	size_t len;
	int result;
} odd[] = {
    {3, 7, RECORD_CORRUPT},
    {3, 8, 0},
    {3, 9, RECORD_CORRUPT},
    {4, 10, RECORD_CORRUPT},
    {4, 11, 0},
    {4, 12, RECORD_CORRUPT},
};

START_TEST(fields_have_their_size)
{
	add_field(odd[_i].tag, "123456789012", odd[_i].len);
	ck_assert_int_eq(read_head(&t.id), odd[_i].result);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("thread");
	TCase *tc = tcase_create("thread");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_message_comes_back);
	tcase_add_test(tc, unread_is_what_others_wrote_and_one_may_see);
	tcase_add_test(tc, only_one_open_thread_a_pair);
	tcase_add_test(tc, a_person_lists_their_threads);
	tcase_add_test(tc, a_past_member_gets_no_news);
	tcase_add_test(tc, nobody_else_reads);
	tcase_add_test(tc, a_generation_ends_with_its_thousandth_entry);
	tcase_add_test(tc, a_generation_ends_with_its_month);
	tcase_add_test(tc, a_seal_of_the_generation_before_is_taken);
	tcase_add_test(tc, a_refused_append_leaves_no_trace);
	tcase_add_loop_test(
	    tc, records_come_in_few_sizes, 0, (int)PN_ARRAY_LEN(sizes));
	tcase_add_test(tc, a_body_has_a_ceiling);
	tcase_add_test(tc, last_is_what_everyone_sees);
	tcase_add_test(tc, a_message_waits_for_an_answer);
	tcase_add_test(tc, both_sides_are_more_than_two_people);
	tcase_add_test(tc, a_client_who_reads_knows);
	tcase_add_test(tc, reading_nothing_new_writes_nothing);
	tcase_add_test(tc, no_bit_of_a_head_can_be_changed);
	tcase_add_test(tc, fields_of_newer_programs_stay);
	tcase_add_loop_test(
	    tc, fields_have_their_size, 0, (int)PN_ARRAY_LEN(odd));
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
