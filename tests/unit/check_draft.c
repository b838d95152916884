/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"

#include <stdlib.h>
#include <sodium.h>
#include "store/draft.h"
#include "store/person.h"
#include "store/record.h"
#include "store/seal.h"
#include "store/slot.h"
#include "store/thread.h"
#include "tests/unit/row.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_store.h"

#define NOW (INT64_C(1800000000000))

static struct temp_store s;
static struct id person;
static struct id about;

static struct id
put_person(void)
{
	struct person p = {.id = id_new(), .role = ROLE_CLIENT, .active = true};

	ck_assert_int_eq(person_put(s.txn, &p), 0);
	return p.id;
}

static void
setup(void)
{
	temp_make(&s);
	temp_begin(&s);
	person = put_person();
	about = id_new();
}

static void
teardown(void)
{
	temp_remove(&s);
}

static int
put(const struct id *who, const struct id *what, const char *text)
{
	draft_auto struct draft d = {
	    .person = *who,
	    .about = *what,
	    .saved = NOW,
	    .key = "key-1",
	    .body = text_secret(text),
	};

	return draft_put(s.txn, &d);
}

static void
ck_text(const struct id *who, const struct id *what, const char *text)
{
	draft_auto struct draft d = {0};

	ck_assert_int_eq(draft_get(s.txn, who, what, &d), 0);
	ck_assert(id_equal(&d.person, who));
	ck_assert(id_equal(&d.about, what));
	ck_assert_int_eq(d.saved, NOW);
	ck_assert_str_eq(d.key, "key-1");
	ck_assert_str_eq(secret_text(&d.body), text);
}

static struct key
key_of(const struct id *who, const struct id *what)
{
	struct key key = key_of_id(who);

	key_add_id(&key, what);
	return key;
}

static int
read_draft(const void *arg)
{
	const struct id *ids = arg;
	draft_auto struct draft d = {0};

	return draft_get(s.txn, &ids[0], &ids[1], &d);
}

static int
get(const struct id *who, const struct id *what)
{
	const struct id ids[2] = {*who, *what};

	return read_draft(ids);
}

START_TEST(a_draft_is_kept_until_it_is_deleted)
{
	struct key at = key_of(&person, &about);
	struct row row;

	ck_assert_int_eq(get(&person, &about), KV_NOT_FOUND);
	ck_assert_int_eq(put(&person, &about, "dear"), 0);
	temp_reopen(&s);
	ck_text(&person, &about, "dear");
	ck_assert_int_eq(put(&person, &about, "dear doctor"), 0);
	ck_text(&person, &about, "dear doctor");
	ck_assert_uint_eq(store_count(s.txn, KV_DRAFT), 1);
	row_get(&s, KV_DRAFT, &at, &row);
	ck_assert_ptr_null(memmem(row.data, row.len, "dear", 4));
	ck_assert_ptr_null(memmem(row.data, row.len, "key-1", 5));
	draft_del(s.txn, &person, &about);
	ck_assert_int_eq(get(&person, &about), KV_NOT_FOUND);
	draft_del(s.txn, &person, &about);
	ck_assert_int_eq(put(&person, &about, ""), 0);
	ck_text(&person, &about, "");
}
END_TEST

START_TEST(each_has_their_own)
{
	struct id other = put_person(), elsewhere = id_new();

	ck_assert_int_eq(put(&person, &about, "one"), 0);
	ck_assert_int_eq(put(&person, &elsewhere, "two"), 0);
	ck_assert_int_eq(put(&other, &about, "three"), 0);
	draft_del(s.txn, &other, &elsewhere);
	ck_text(&person, &about, "one");
	ck_text(&person, &elsewhere, "two");
	ck_text(&other, &about, "three");
	draft_del(s.txn, &person, &about);
	ck_assert_int_eq(get(&person, &about), KV_NOT_FOUND);
	ck_text(&person, &elsewhere, "two");
	ck_text(&other, &about, "three");
}
END_TEST

/* Lengths of bodies, without a key, and of the records they make. */
static const struct {
	size_t body;
	size_t record;
} sizes[] = {
    {0, 496},
    {412, 496},
    {413, 992},
    {908, 992},
    {909, 1984},
    {1900, 1984},
    {1901, 4080},
    {32768, 36848},
    {65535, 69616},
    {65536, 69616},
    {ENTRY_BODY_MAX, 1052656},
};

START_TEST(records_come_in_few_sizes)
{
	draft_auto struct draft d = {.person = person, .about = about};
	draft_auto struct draft back = {0};
	struct key at = key_of(&person, &about);
	const size_t len = sizes[_i].body;
	uint8_t *text = malloc(len + 1);
	struct kv_slice val;

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < len; i++)
		text[i] = (uint8_t)(i * 7);
	ck_assert_int_eq(secret_set(&d.body, text, len), 0);
	ck_assert_int_eq(draft_put(s.txn, &d), 0);
	ck_assert_int_eq(
	    kv_get(store_kv(s.txn), KV_DRAFT, key_slice(&at), &val), 0);
	ck_assert_uint_eq(val.len, sizes[_i].record);
	temp_reopen(&s);
	ck_assert_int_eq(draft_get(s.txn, &person, &about, &back), 0);
	ck_assert_str_eq(back.key, "");
	ck_assert_uint_eq(back.body.len, len);
	ck_assert(len == 0 || memcmp(back.body.data, text, len) == 0);
	free(text);
}
END_TEST

START_TEST(a_body_has_a_ceiling)
{
	struct draft d = {.person = person, .about = about};
	uint64_t changes = store_changes(s.txn);

	d.body.len = ENTRY_BODY_MAX + 1;
	ck_assert_int_eq(draft_put(s.txn, &d), DRAFT_TOO_LONG);
	ck_assert_uint_eq(store_changes(s.txn), changes);
}
END_TEST

START_TEST(a_key_may_be_as_long_as_one_is)
{
	draft_auto struct draft d = {.person = person, .about = about};
	draft_auto struct draft back = {0};

	memset(d.key, 'k', DRAFT_KEY_MAX);
	ck_assert_int_eq(draft_put(s.txn, &d), 0);
	ck_assert_int_eq(draft_get(s.txn, &person, &about, &back), 0);
	ck_assert_uint_eq(strlen(back.key), DRAFT_KEY_MAX);
	ck_assert_str_eq(back.key, d.key);
}
END_TEST

START_TEST(an_erased_persons_are_gone)
{
	struct id nobody = id_new();
	struct key slot = {.len = 0};
	uint64_t changes;

	ck_assert_int_eq(put(&person, &about, "one"), 0);
	key_add_byte(&slot, SLOT_PERSON);
	key_add_id(&slot, &person);
	key_add_u32(&slot, 0);
	kv_del(store_kv(s.txn), KV_SLOT, key_slice(&slot));
	changes = store_changes(s.txn);
	ck_assert_int_eq(get(&person, &about), KV_NOT_FOUND);
	ck_assert_int_eq(put(&person, &about, "two"), KV_NOT_FOUND);
	ck_assert_int_eq(put(&nobody, &about, "three"), KV_NOT_FOUND);
	ck_assert_uint_eq(store_changes(s.txn), changes);
}
END_TEST

START_TEST(no_bit_of_a_draft_can_be_changed)
{
	const struct id ids[2] = {person, about};
	struct key at = key_of(&person, &about);

	ck_assert_int_eq(put(&person, &about, "one"), 0);
	row_flip(&s, KV_DRAFT, &at, read_draft, ids);
}
END_TEST

START_TEST(a_draft_cannot_be_moved)
{
	struct id other = put_person(), elsewhere = id_new();
	struct key from = key_of(&person, &about);
	struct key thread = key_of(&person, &elsewhere);
	struct key owner = key_of(&other, &about);

	ck_assert_int_eq(put(&person, &about, "one"), 0);
	row_move(&s, KV_DRAFT, &from, &thread);
	row_move(&s, KV_DRAFT, &from, &owner);
	ck_assert_int_eq(get(&person, &elsewhere), SEAL_FORGED);
	ck_assert_int_eq(get(&other, &about), SEAL_FORGED);
	/* what is lost does not keep anybody from writing */
	ck_assert_int_eq(put(&person, &elsewhere, "two"), 0);
	ck_text(&person, &elsewhere, "two");
}
END_TEST

/* ---- what other programs wrote --------------------------------------- */

/* A draft's row with FORMAT and FIELDS, sealed under LABEL. */
static void
put_fields(
    uint8_t format, const void *fields, size_t len, enum seal_label label)
{
	struct key at = key_of(&person, &about);
	slot_key_auto struct slot_key key = {0};
	buf_auto struct buf aad = {0};
	buf_auto struct buf b = {0};

	buf_init(&aad, 256);
	buf_init(&b, 4096);
	buf_add_byte(&b, format);
	buf_add_u64(&b, (uint64_t)NOW);
	record_add_id(&aad, keyring_store_id(store_keyring(s.st)));
	buf_add_byte(&aad, KV_DRAFT);
	buf_add(&aad, at.b, at.len);
	buf_add(&aad, b.data, b.len);
	ck_assert_int_eq(slot_get(s.txn, SLOT_PERSON, &person, 0, &key), 0);
	ck_assert_int_eq(
	    seal(label, key.key, (struct kv_slice){aad.data, aad.len},
		(struct kv_slice){fields, len}, &b),
	    0);
	kv_put(store_kv(s.txn), KV_DRAFT, key_slice(&at),
	    (struct kv_slice){b.data, b.len});
}

#define SIXTY_FIVE                                                             \
	"12345678901234567890123456789012345678901234567890123456789012345"

static const struct {
	uint8_t format;
	enum seal_label label;
	const char *fields;
	size_t len;
	int result;
} odd[] = {
    {1, SEAL_DRAFT, "", 0, 0},
    {1, SEAL_DRAFT, "\1\0\3abc\2\0\1k\0\0\0", 13, 0},
    {1, SEAL_DRAFT, "\1\0\4abc", 6, RECORD_CORRUPT},
    {1, SEAL_DRAFT, "\2\0\100" SIXTY_FIVE, 3 + 64, 0},
    {1, SEAL_DRAFT, "\2\0\101" SIXTY_FIVE, 3 + 65, RECORD_CORRUPT},
    {1, SEAL_DRAFT, "\11\0\5later", 8, 0},
    {1, SEAL_DRAFT, "\211\0\5later", 8, RECORD_NEWER},
    {2, SEAL_DRAFT, "", 0, RECORD_NEWER},
    {0, SEAL_DRAFT, "", 0, RECORD_CORRUPT},
    {1, SEAL_ENTRY, "", 0, SEAL_FORGED},
    {1, SEAL_PROFILE, "", 0, SEAL_FORGED},
};

START_TEST(what_is_no_draft_is_refused)
{
	put_fields(odd[_i].format, odd[_i].fields, odd[_i].len, odd[_i].label);
	ck_assert_int_eq(get(&person, &about), odd[_i].result);
	/* only a newer one stays as it is */
	ck_assert_int_eq(put(&person, &about, "one"),
	    odd[_i].result == RECORD_NEWER ? RECORD_NEWER : 0);
}
END_TEST

START_TEST(a_row_cut_short_is_corrupt)
{
	struct key at = key_of(&person, &about);
	struct row row;

	ck_assert_int_eq(put(&person, &about, "one"), 0);
	row_get(&s, KV_DRAFT, &at, &row);
	for (; row.len > 0; row.len--) {
		row_put(&s, KV_DRAFT, &at, &row);
		if (row.len == 496)
			ck_assert_int_eq(get(&person, &about), 0);
		else
			ck_assert_int_eq(get(&person, &about),
			    row.len < 9 ? RECORD_CORRUPT : SEAL_FORGED);
	}
}
END_TEST

START_TEST(fields_of_newer_programs_stay)
{
	static const uint8_t later[] = {9, 0, 5, 'l', 'a', 't', 'e', 'r'};
	struct key at = key_of(&person, &about);
	slot_key_auto struct slot_key key = {0};
	secret_auto struct secret plain = {0};
	buf_auto struct buf aad = {0};
	struct row row;

	put_fields(1, later, sizeof(later), SEAL_DRAFT);
	ck_assert_int_eq(put(&person, &about, "one"), 0);
	ck_assert_int_eq(put(&person, &about, "two"), 0);
	ck_text(&person, &about, "two");
	row_get(&s, KV_DRAFT, &at, &row);
	buf_init(&aad, 256);
	record_add_id(&aad, keyring_store_id(store_keyring(s.st)));
	buf_add_byte(&aad, KV_DRAFT);
	buf_add(&aad, at.b, at.len);
	buf_add(&aad, row.data, 9);
	ck_assert_int_eq(slot_get(s.txn, SLOT_PERSON, &person, 0, &key), 0);
	ck_assert_int_eq(
	    seal_open(SEAL_DRAFT, key.key, (struct kv_slice){aad.data, aad.len},
		(struct kv_slice){row.data + 9, row.len - 9}, &plain),
	    0);
	ck_assert_ptr_nonnull(
	    memmem(plain.data, plain.len, later, sizeof(later)));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("draft");
	TCase *tc = tcase_create("draft");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_draft_is_kept_until_it_is_deleted);
	tcase_add_test(tc, each_has_their_own);
	tcase_add_loop_test(
	    tc, records_come_in_few_sizes, 0, (int)PN_ARRAY_LEN(sizes));
	tcase_add_test(tc, a_body_has_a_ceiling);
	tcase_add_test(tc, a_key_may_be_as_long_as_one_is);
	tcase_add_test(tc, an_erased_persons_are_gone);
	tcase_add_test(tc, no_bit_of_a_draft_can_be_changed);
	tcase_add_test(tc, a_draft_cannot_be_moved);
	tcase_add_loop_test(
	    tc, what_is_no_draft_is_refused, 0, (int)PN_ARRAY_LEN(odd));
	tcase_add_test(tc, a_row_cut_short_is_corrupt);
	tcase_add_test(tc, fields_of_newer_programs_stay);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
