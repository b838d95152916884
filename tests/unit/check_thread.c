/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "store/key.h"
#include "store/relation.h"
#include "store/seal.h"
#include "store/thread.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_store.h"

#define NOW (INT64_C(1800000000000))

static struct temp_store s;
static struct thread t;
static struct id client, provider;

static void
make_thread(struct thread *made)
{
	slot_key_auto struct slot_key key = slot_key_new();

	thread_init(made, &client, &provider, NOW);
	ck_assert_int_eq(thread_create(s.txn, made, &key), 0);
}

static void
setup(void)
{
	temp_make(&s);
	temp_begin(&s);
	client = id_new();
	provider = id_new();
	make_thread(&t);
}

static void
teardown(void)
{
	temp_remove(&s);
}

static struct entry_head
head_by(const struct thread *th, const struct id *author)
{
	return (struct entry_head){
	    .id = id_new(),
	    .thread = th->id,
	    .generation = th->generation,
	    .kind = ENTRY_MESSAGE,
	    .visibility = VISIBLE_ALL,
	    .author = *author,
	    .at = NOW + (int64_t)th->count,
	};
}

static void
seal_text(const struct thread *th, const struct entry_head *h, const char *text,
    struct entry_sealed *e)
{
	slot_key_auto struct slot_key key = {0};
	secret_auto struct secret body = text_secret(text);

	ck_assert_int_eq(
	    slot_get(s.txn, SLOT_THREAD, &th->id, h->generation, &key), 0);
	ck_assert_int_eq(entry_seal(store_keyring(s.st), &key, h, &body, e), 0);
}

static uint64_t
append(struct thread *th, struct entry_sealed *e)
{
	uint64_t number = store_number(s.txn), seq = 0;

	ck_assert_int_eq(thread_append(s.txn, th, e, number, &seq), 0);
	return number;
}

static uint64_t
post(struct thread *th, const struct id *author, const char *text)
{
	entry_sealed_auto struct entry_sealed e = {0};
	struct entry_head h = head_by(th, author);

	seal_text(th, &h, text, &e);
	return append(th, &e);
}

static uint64_t
event(struct thread *th, enum entry_visibility v, enum entry_event what)
{
	static const struct id nobody;
	entry_sealed_auto struct entry_sealed e = {0};
	slot_key_auto struct slot_key key = {0};
	struct entry_head h = head_by(th, &nobody);

	h.kind = ENTRY_EVENT;
	h.visibility = v;
	ck_assert_int_eq(
	    slot_get(s.txn, SLOT_THREAD, &th->id, h.generation, &key), 0);
	ck_assert_int_eq(entry_seal_event(store_keyring(s.st), &key, &h, what,
			     &th->client, &e),
	    0);
	return append(th, &e);
}

struct seen {
	size_t count;
	uint64_t seqs[THREAD_PAGE];
	char first[64];
	bool erased;
	enum entry_event event;
	struct id about;
};

static int
see(const struct entry *e, void *arg)
{
	struct seen *seen = arg;

	if (seen->count == 0) {
		(void)snprintf(seen->first, sizeof(seen->first), "%s",
		    secret_text(&e->body));
		seen->event = e->event;
		seen->about = e->about;
	}
	seen->erased = seen->erased || e->erased;
	seen->seqs[seen->count++] = e->seq;
	return 0;
}

static int
page(const struct thread *th, uint64_t before, size_t limit, bool practice,
    struct seen *seen)
{
	struct thread_page p = {before, limit, practice};

	*seen = (struct seen){0};
	return thread_page(s.txn, th, &p, see, seen);
}

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
	ck_assert_int_eq(thread_verify(s.txn, &again), 0);
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
	suite_add_tcase(suite, tc);

	return run_suite(suite);
}
