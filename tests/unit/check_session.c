/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <sodium.h>
#include "store/keep.h"
#include "store/record.h"
#include "store/session.h"
#include "store/stamp.h"
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

static struct session
put(char text_r[static SESSION_TEXT_LEN + 1])
{
	struct session made = {
	    .person = id_new(),
	    .account = id_new(),
	    .created = 1000,
	    .used = 2000,
	    .expires = 3000,
	    .frontend = "practice",
	};

	session_token_new(text_r, made.hash);
	ck_assert_int_eq(session_put(s.txn, &made), 0);
	return made;
}

static struct session
put_half_open(char text_r[static SESSION_TEXT_LEN + 1])
{
	struct session made = put(text_r);

	made.state = SESSION_FACTOR_DUE;
	(void)snprintf(made.label, sizeof(made.label), "Firefox on Linux");
	ck_assert_int_eq(session_put(s.txn, &made), 0);
	return made;
}

static void
ck_same(const struct session *a, const struct session *b)
{
	ck_assert_mem_eq(a->hash, b->hash, SESSION_HASH_LEN);
	ck_assert(id_equal(&a->person, &b->person));
	ck_assert(id_equal(&a->account, &b->account));
	ck_assert_int_eq(a->created, b->created);
	ck_assert_int_eq(a->used, b->used);
	ck_assert_int_eq(a->expires, b->expires);
	ck_assert_int_eq(a->state, b->state);
	ck_assert_str_eq(a->label, b->label);
	ck_assert_str_eq(a->frontend, b->frontend);
}

START_TEST(a_session_is_found_by_its_token)
{
	char text[SESSION_TEXT_LEN + 1];
	struct session made = put(text), back;
	uint8_t hash[SESSION_HASH_LEN];

	temp_reopen(&s);
	ck_assert_uint_eq(strlen(text), SESSION_TEXT_LEN);
	ck_assert_int_eq(session_token_hash(text, hash), 0);
	ck_assert_int_eq(session_get(s.txn, hash, &back), 0);
	ck_same(&made, &back);
	made.used = 2500;
	ck_assert_int_eq(session_put(s.txn, &made), 0);
	ck_assert_int_eq(session_get(s.txn, hash, &back), 0);
	ck_same(&made, &back);
	session_del(s.txn, hash);
	ck_assert_int_eq(session_get(s.txn, hash, &back), KV_NOT_FOUND);
	session_del(s.txn, hash);
}
END_TEST

static const char *const no_tokens[] = {
    "",
    "a",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
};

START_TEST(what_cannot_be_a_token_is_refused)
{
	uint8_t hash[SESSION_HASH_LEN];

	ck_assert_int_eq(session_token_hash(no_tokens[_i], hash), -EINVAL);
}
END_TEST

START_TEST(the_token_is_not_in_the_store)
{
	char text[SESSION_TEXT_LEN + 1], other[SESSION_TEXT_LEN + 1];
	struct session a = put(text), b = put(other);

	ck_assert_str_ne(text, other);
	ck_assert_mem_ne(a.hash, b.hash, SESSION_HASH_LEN);
	ck_assert_int_eq(session_token_hash(other, a.hash), 0);
	ck_assert_mem_eq(a.hash, b.hash, SESSION_HASH_LEN);
}
END_TEST

static int
count(const struct session *session, void *arg)
{
	unsigned *n = arg;

	ck_assert_str_eq(session->frontend, "practice");
	(*n)++;
	return 0;
}

/* A row made by whoever can write to the disk signs nobody in. */
START_TEST(a_session_cannot_be_forged)
{
	char text[SESSION_TEXT_LEN + 1];
	struct session made = put_half_open(text), back;
	uint8_t hash[SESSION_HASH_LEN], row[256];
	struct kv_slice key = {made.hash, SESSION_HASH_LEN}, val;
	struct kv_slice mine = {hash, sizeof(hash)};
	unsigned n = 0;
	size_t len;

	ck_assert_int_eq(kv_get(store_kv(s.txn), KV_SESSION, key, &val), 0);
	len = val.len;
	memcpy(row, val.data, len);
	session_token_new(text, hash);
	kv_put(store_kv(s.txn), KV_SESSION, mine, (struct kv_slice){row, len});
	ck_assert_int_eq(session_get(s.txn, hash, &back), KV_NOT_FOUND);
	ck_assert_int_eq(session_list(s.txn, count, &n), 0);
	ck_assert_uint_eq(n, 1);
	for (size_t i = 0; i < len; i++) {
		row[i] ^= 1;
		kv_put(store_kv(s.txn), KV_SESSION, key,
		    (struct kv_slice){row, len});
		ck_assert_int_eq(
		    session_get(s.txn, made.hash, &back), KV_NOT_FOUND);
		row[i] ^= 1;
	}
	/* and is replaced by a real one */
	ck_assert_int_eq(session_put(s.txn, &made), 0);
	ck_assert_int_eq(session_get(s.txn, made.hash, &back), 0);
}
END_TEST

/* ---- states and labels ----------------------------------------------- */

static const struct {
	enum session_state state;
	const char *label;
} kinds[] = {
    {SESSION_OPEN, ""},
    {SESSION_OPEN, "Firefox on Linux"},
    {SESSION_FACTOR_DUE, ""},
    {SESSION_FACTOR_DUE, "x"},
    {SESSION_SETUP_DUE, "a label as long as one may be: forty-eight bytes"},
};

START_TEST(state_and_label_come_back)
{
	char text[SESSION_TEXT_LEN + 1];
	struct session made = put(text), back;

	made.state = kinds[_i].state;
	(void)snprintf(made.label, sizeof(made.label), "%s", kinds[_i].label);
	ck_assert_int_eq(session_put(s.txn, &made), 0);
	temp_reopen(&s);
	ck_assert_int_eq(session_get(s.txn, made.hash, &back), 0);
	ck_same(&made, &back);
	/* and go again */
	made.state = SESSION_OPEN;
	made.label[0] = '\0';
	ck_assert_int_eq(session_put(s.txn, &made), 0);
	ck_assert_int_eq(session_get(s.txn, made.hash, &back), 0);
	ck_same(&made, &back);
}
END_TEST

/* The row of MADE with field TAG added, as another program would write it. */
static void
add_field(const struct session *made, uint8_t tag, const void *data, size_t len)
{
	struct kv_slice key = {made->hash, SESSION_HASH_LEN}, val;
	buf_auto struct buf b = {0};

	buf_init(&b, 1024);
	ck_assert_int_eq(kv_get(store_kv(s.txn), KV_SESSION, key, &val), 0);
	buf_add(&b, val.data, val.len - STAMP_LEN);
	record_add_field(&b, tag, data, len);
	stamp_add(store_keyring(s.st), KV_SESSION, key, &b);
	kv_put(
	    store_kv(s.txn), KV_SESSION, key, (struct kv_slice){b.data, b.len});
}

static const struct {
	uint8_t tag;
	const char *value;
	size_t len;
	int result;
} odd[] = {
    {0x82, "\1", 1, 0},
    {0x82, "\2", 1, 0},
    {0x82, "\0", 1, RECORD_CORRUPT},
    {0x82, "\3", 1, RECORD_NEWER},
    {0x82, "", 0, RECORD_CORRUPT},
    {0x82, "\1\1", 2, RECORD_CORRUPT},
    {3, "a label as long as one may be: forty-eight bytes", 48, 0},
    {3, "a label a byte longer than any may be: forty-nine", 49,
	RECORD_CORRUPT},
    {1, "of thirty-two, which is too many", 32, RECORD_CORRUPT},
    {4, "later", 5, 0},
    {0x84, "later", 5, RECORD_NEWER},
};

START_TEST(fields_have_their_size)
{
	char text[SESSION_TEXT_LEN + 1];
	struct session made = put(text), back;

	add_field(&made, odd[_i].tag, odd[_i].value, odd[_i].len);
	ck_assert_int_eq(session_get(s.txn, made.hash, &back), odd[_i].result);
}
END_TEST

/* One that knows a frontend and nothing else. */
START_TEST(an_older_program_takes_none_for_open)
{
	static const uint8_t known[] = {1};
	const size_t header = 1 + 2 * ID_LEN + 3 * 8;
	char text[SESSION_TEXT_LEN + 1];
	struct session made = put(text);
	struct kv_slice key = {made.hash, SESSION_HASH_LEN}, val;
	buf_auto struct buf kept = {0};

	buf_init(&kept, 1024);
	(void)snprintf(made.label, sizeof(made.label), "Firefox on Linux");
	for (unsigned state = SESSION_OPEN; state <= SESSION_SETUP_DUE;
	     state++) {
		made.state = state;
		ck_assert_int_eq(session_put(s.txn, &made), 0);
		ck_assert_int_eq(
		    kv_get(store_kv(s.txn), KV_SESSION, key, &val), 0);
		val.len -= STAMP_LEN;
		ck_assert_int_eq(keep_unknown(val, header,
				     (struct kv_slice){known, 1}, &kept),
		    state == SESSION_OPEN ? 0 : RECORD_NEWER);
	}
}
END_TEST

START_TEST(fields_of_newer_programs_stay)
{
	static const uint8_t field[] = {4, 0, 5, 'l', 'a', 't', 'e', 'r'};
	char text[SESSION_TEXT_LEN + 1];
	struct session made = put(text);
	struct kv_slice key = {made.hash, SESSION_HASH_LEN}, val;

	add_field(&made, 4, "later", 5);
	made.state = SESSION_FACTOR_DUE;
	ck_assert_int_eq(session_put(s.txn, &made), 0);
	ck_assert_int_eq(session_put(s.txn, &made), 0);
	ck_assert_int_eq(kv_get(store_kv(s.txn), KV_SESSION, key, &val), 0);
	ck_assert_mem_eq(
	    (const uint8_t *)val.data + val.len - STAMP_LEN - sizeof(field),
	    field, sizeof(field));
	add_field(&made, 0x84, "later", 5);
	ck_assert_int_eq(session_put(s.txn, &made), RECORD_NEWER);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("session");
	TCase *tc = tcase_create("session");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_session_is_found_by_its_token);
	tcase_add_loop_test(tc, what_cannot_be_a_token_is_refused, 0,
	    (int)PN_ARRAY_LEN(no_tokens));
	tcase_add_test(tc, the_token_is_not_in_the_store);
	tcase_add_test(tc, a_session_cannot_be_forged);
	tcase_add_loop_test(
	    tc, state_and_label_come_back, 0, (int)PN_ARRAY_LEN(kinds));
	tcase_add_loop_test(
	    tc, fields_have_their_size, 0, (int)PN_ARRAY_LEN(odd));
	tcase_add_test(tc, an_older_program_takes_none_for_open);
	tcase_add_test(tc, fields_of_newer_programs_stay);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
