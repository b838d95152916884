/* SPDX-License-Identifier: Apache-2.0 */

/* Attachments: what the sealed message says of them, and their rows. */

#include <errno.h>
#include <sodium.h>
#include "store/entry.h"
#include "store/record.h"
#include "store/seal.h"
#include "store/stamp.h"
#include "tests/unit/row.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_attachment.h"
#include "tests/unit/temp_thread.h"

/* ---- rows ------------------------------------------------------------ */

static struct attachment_row
some_row(void)
{
	return (struct attachment_row){
	    .id = id_new(),
	    .thread = t.id,
	    .number = 0x0102030405060708,
	    .state = ATTACHMENT_PENDING,
	    .changed = NOW,
	};
}

static void
ck_row(const struct attachment_row *a, const struct attachment_row *b)
{
	ck_assert(id_equal(&a->id, &b->id));
	ck_assert(id_equal(&a->thread, &b->thread));
	ck_assert_uint_eq(a->number, b->number);
	ck_assert_int_eq(a->state, b->state);
	ck_assert_int_eq(a->changed, b->changed);
}

START_TEST(a_row_is_read_as_it_was_written)
{
	struct attachment_row row = some_row(), back;

	ck_assert_int_eq(attachment_get(s.txn, &row.id, &back), KV_NOT_FOUND);
	for (int state = ATTACHMENT_UNCHECKED; state <= ATTACHMENT_INFECTED;
	     state++) {
		row.state = (enum attachment_state)state;
		row.changed++;
		ck_assert_int_eq(attachment_put(s.txn, &row), 0);
		ck_assert_int_eq(attachment_get(s.txn, &row.id, &back), 0);
		ck_row(&row, &back);
	}
	temp_reopen(&s);
	ck_assert_int_eq(attachment_get(s.txn, &row.id, &back), 0);
	ck_row(&row, &back);
	ck_assert_uint_eq(store_count(s.txn, KV_ATTACHMENT), 1);
}
END_TEST

START_TEST(a_file_has_one_message)
{
	struct attachment_row row = some_row(), other = row, back;

	ck_assert_int_eq(attachment_put(s.txn, &row), 0);
	other.number++;
	ck_assert_int_eq(attachment_put(s.txn, &other), ATTACHMENT_TAKEN);
	other = row;
	other.thread = id_new();
	ck_assert_int_eq(attachment_put(s.txn, &other), ATTACHMENT_TAKEN);
	ck_assert_int_eq(attachment_get(s.txn, &row.id, &back), 0);
	ck_row(&row, &back);
}
END_TEST

static int
read_row(const void *arg)
{
	struct attachment_row back;

	return attachment_get(s.txn, arg, &back);
}

START_TEST(no_bit_of_a_row_can_be_changed)
{
	struct attachment_row row = some_row();
	struct key at = key_of_id(&row.id), to;
	struct id other = id_new();
	struct row raw;

	ck_assert_int_eq(attachment_put(s.txn, &row), 0);
	row_flip(&s, KV_ATTACHMENT, &at, read_row, &row.id);
	to = key_of_id(&other);
	row_move(&s, KV_ATTACHMENT, &at, &to);
	ck_assert_int_eq(read_row(&other), SEAL_FORGED);
	/* nor is a damaged one written over */
	row_get(&s, KV_ATTACHMENT, &at, &raw);
	raw.data[30] ^= 1;
	row_put(&s, KV_ATTACHMENT, &at, &raw);
	ck_assert_int_eq(attachment_put(s.txn, &row), SEAL_FORGED);
	for (raw.len = 0; raw.len < 66; raw.len++) {
		row_put(&s, KV_ATTACHMENT, &at, &raw);
		ck_assert_int_gt(read_row(&row.id), 0);
	}
}
END_TEST

/* A row with FORMAT, STATE and FIELDS, as another program may stamp it. */
static void
put_row(const struct attachment_row *row, uint8_t format, uint8_t state,
    const char *fields, size_t len)
{
	struct key at = key_of_id(&row->id);
	buf_auto struct buf b = {0};

	buf_init(&b, 1024);
	buf_add_byte(&b, format);
	record_add_id(&b, &row->thread);
	buf_add_u64(&b, row->number);
	buf_add_byte(&b, state);
	buf_add_u64(&b, (uint64_t)row->changed);
	buf_add(&b, fields, len);
	stamp_add(store_keyring(s.st), KV_ATTACHMENT, key_slice(&at), &b);
	ck_assert_int_eq(buf_error(&b), 0);
	kv_put(store_kv(s.txn), KV_ATTACHMENT, key_slice(&at),
	    (struct kv_slice){b.data, b.len});
}

static const struct {
	uint8_t format;
	uint8_t state;
	const char *fields;
	size_t len;
	int result;
} odd_rows[] = {
    {1, 1, "", 0, 0},
    {1, 4, "", 0, 0},
    {1, 0, "", 0, RECORD_CORRUPT},
    {1, 5, "", 0, RECORD_NEWER},
    {1, 3, "\11\0\5later", 8, 0},
    {1, 3, "\211\0\5later", 8, RECORD_NEWER},
    {1, 3, "\11\0\6later", 8, RECORD_CORRUPT},
    {1, 3, "\11", 1, RECORD_CORRUPT},
    {2, 3, "", 0, RECORD_NEWER},
    {0, 3, "", 0, RECORD_CORRUPT},
};

START_TEST(what_other_programs_wrote)
{
	struct attachment_row row = some_row(), back;
	struct key at = key_of_id(&row.id);
	struct row raw;

	put_row(&row, odd_rows[_i].format, odd_rows[_i].state,
	    odd_rows[_i].fields, odd_rows[_i].len);
	ck_assert_int_eq(
	    attachment_get(s.txn, &row.id, &back), odd_rows[_i].result);
	ck_assert_int_eq(attachment_put(s.txn, &row), odd_rows[_i].result);
	if (odd_rows[_i].result != 0)
		return;
	/* what it does not know is kept */
	row_get(&s, KV_ATTACHMENT, &at, &raw);
	ck_assert_uint_eq(raw.len, 34 + odd_rows[_i].len + STAMP_LEN);
	ck_assert_mem_eq(raw.data + 34, odd_rows[_i].fields, odd_rows[_i].len);
	ck_assert_int_eq(attachment_get(s.txn, &row.id, &back), 0);
	ck_row(&row, &back);
}
END_TEST

struct list {
	struct id ids[8];
	size_t n;
	int result;
};

static int
add_to_list(const struct attachment_row *row, void *arg)
{
	struct list *l = arg;

	ck_assert_uint_lt(l->n, PN_ARRAY_LEN(l->ids));
	ck_assert_int_eq(row->state, ATTACHMENT_PENDING);
	ck_assert_uint_eq(row->number, row->id.b[0]);
	l->ids[l->n++] = row->id;
	return l->result;
}

START_TEST(rows_are_listed_in_order)
{
	struct attachment_row row = some_row();
	struct list l = {.n = 0};

	for (uint8_t i = 5; i > 0; i--) {
		row.id = (struct id){.b = {i}};
		row.number = i;
		ck_assert_int_eq(attachment_put(s.txn, &row), 0);
	}
	ck_assert_int_eq(attachment_list(s.txn, NULL, 3, add_to_list, &l), 0);
	ck_assert_uint_eq(l.n, 3);
	ck_assert_int_eq(
	    attachment_list(s.txn, &l.ids[2], 3, add_to_list, &l), 0);
	ck_assert_uint_eq(l.n, 5);
	for (uint8_t i = 0; i < 5; i++)
		ck_assert_uint_eq(l.ids[i].b[0], i + 1);
	ck_assert_int_eq(
	    attachment_list(s.txn, &l.ids[4], 3, add_to_list, &l), 0);
	ck_assert_uint_eq(l.n, 5);
	l = (struct list){.result = 7};
	ck_assert_int_eq(attachment_list(s.txn, NULL, 3, add_to_list, &l), 7);
	ck_assert_uint_eq(l.n, 1);
}
END_TEST

START_TEST(a_list_ends_at_what_is_forged)
{
	struct attachment_row row = some_row();
	struct list l = {.n = 0};
	struct key at;
	struct row raw;

	for (uint8_t i = 1; i <= 3; i++) {
		row.id = (struct id){.b = {i}};
		row.number = i;
		ck_assert_int_eq(attachment_put(s.txn, &row), 0);
		at = key_of_id(&row.id);
		if (i != 2)
			continue;
		row_get(&s, KV_ATTACHMENT, &at, &raw);
		raw.data[25] = ATTACHMENT_CLEAN;
		row_put(&s, KV_ATTACHMENT, &at, &raw);
	}
	ck_assert_int_eq(
	    attachment_list(s.txn, NULL, 9, add_to_list, &l), SEAL_FORGED);
	ck_assert_uint_eq(l.n, 1);
}
END_TEST

/* ---- in the message -------------------------------------------------- */

/* The Ith of a message; no two are alike. */
static struct attachment
nth(size_t i, size_t name_len)
{
	static const char long_name[] =
	    "................................................................"
	    "................................................................"
	    "................................................................"
	    "................................................................";
	struct attachment a = {
	    .id = id_new(),
	    .type = (enum attachment_type)(1 + i % 6),
	    .size = (UINT64_C(1) << i) + i,
	    .width = (uint32_t)(i * 0x01020304),
	    .height = UINT32_MAX - (uint32_t)i,
	};

	ck_assert_uint_lt(name_len, sizeof(long_name));
	memset(a.key, (int)(i + 1), sizeof(a.key));
	ck_assert_int_eq(secret_set(&a.name, long_name, name_len), 0);
	if (name_len > 0)
		a.name.data[0] = (uint8_t)('A' + i);
	return a;
}

static void
ck_same(const struct attachment *a, const struct attachment *b)
{
	ck_assert(id_equal(&a->id, &b->id));
	ck_assert_mem_eq(a->key, b->key, sizeof(a->key));
	ck_assert_int_eq(a->type, b->type);
	ck_assert_uint_eq(a->size, b->size);
	ck_assert_uint_eq(a->width, b->width);
	ck_assert_uint_eq(a->height, b->height);
	ck_assert_uint_eq(a->name.len, b->name.len);
	ck_assert_str_eq(secret_text(&a->name), secret_text(&b->name));
}

static int
seal_with(struct secret *body, const struct attachment *a, size_t n,
    struct entry_sealed *e)
{
	slot_key_auto struct slot_key key = {0};
	struct entry_head h = head_by(&t, &client);

	ck_assert_int_eq(
	    slot_get(s.txn, SLOT_THREAD, &t.id, t.generation, &key), 0);
	return entry_seal(store_keyring(s.st), &key, &h, body, a, n, e);
}

/* Posts A and gives the entry back. */
static void
post_and_read(
    struct secret *body, const struct attachment *a, size_t n, struct entry *e)
{
	entry_sealed_auto struct entry_sealed sealed = {0};

	ck_assert_int_eq(seal_with(body, a, n, &sealed), 0);
	ck_assert_uint_eq(sealed.record.len, seal_bucket(sealed.record.len));
	ck_assert_int_eq(thread_entry(s.txn, &t, append(&t, &sealed), e), 0);
}

START_TEST(a_message_brings_files_along)
{
	struct attachment a[ATTACHMENTS_MAX];
	size_t n = (size_t)_i;

	for (size_t i = 0; i < n; i++)
		a[i] = nth(i, i == 0 ? 1 : i * 8);
	for (unsigned round = 0; round < 2; round++) {
		secret_auto struct secret body = {0};
		entry_auto struct entry e = {0};

		if (round == 0)
			body = text_secret("With some files.");
		post_and_read(&body, a, n, &e);
		ck_assert_str_eq(
		    secret_text(&e.body), round == 0 ? "With some files." : "");
		ck_assert_uint_eq(e.attachments_n, n);
		ck_assert((n == 0) == (e.attachments == NULL));
		for (size_t i = 0; i < n; i++)
			ck_same(&e.attachments[i], &a[i]);
		entry_fini(&e);
		ck_assert_ptr_null(e.attachments);
		ck_assert_uint_eq(e.attachments_n, 0);
	}
	ck_assert_int_eq(thread_verify(s.txn, &t, NULL, NULL), 0);
	for (size_t i = 0; i < n; i++)
		attachment_fini(&a[i]);
}
END_TEST

START_TEST(all_at_their_limit)
{
	secret_auto struct secret body = {0};
	struct attachment a[ATTACHMENTS_MAX];
	entry_auto struct entry e = {0};
	char *text = calloc(1, ENTRY_BODY_MAX + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', ENTRY_BODY_MAX);
	body = text_secret(text);
	for (size_t i = 0; i < ATTACHMENTS_MAX; i++)
		a[i] = nth(i, ATTACHMENT_NAME_MAX);
	a[0].size = BLOB_SIZE_MAX;
	post_and_read(&body, a, ATTACHMENTS_MAX, &e);
	ck_assert_str_eq(secret_text(&e.body), text);
	ck_assert_uint_eq(e.attachments_n, ATTACHMENTS_MAX);
	for (size_t i = 0; i < ATTACHMENTS_MAX; i++) {
		ck_same(&e.attachments[i], &a[i]);
		attachment_fini(&a[i]);
	}
	free(text);
}
END_TEST

START_TEST(too_many_are_refused)
{
	entry_sealed_auto struct entry_sealed sealed = {0};
	struct attachment a[ATTACHMENTS_MAX + 1];
	struct secret none = {0};

	for (size_t i = 0; i <= ATTACHMENTS_MAX; i++)
		a[i] = nth(i, 5);
	ck_assert_int_eq(
	    seal_with(&none, a, ATTACHMENTS_MAX + 1, &sealed), -EMSGSIZE);
	for (size_t i = 0; i <= ATTACHMENTS_MAX; i++)
		attachment_fini(&a[i]);
}
END_TEST

START_TEST(what_could_not_be_read_back_is_not_written)
{
	for (unsigned i = 0; i < 9; i++) {
		entry_sealed_auto struct entry_sealed sealed = {0};
		attachment_auto struct attachment a =
		    nth(1, i == 1 ? 0 : ATTACHMENT_NAME_MAX + (i == 2));
		struct secret none = {0};

		a.size = i == 3 ? 0 : i == 4 ? BLOB_SIZE_MAX + 1 : 1;
		if (i == 5 || i == 6)
			a.type = i == 5 ? 0 : ATTACHMENT_CSV + 1;
		if (i == 7)
			a.id = (struct id){0};
		ck_assert_int_eq(seal_with(&none, &a, 1, &sealed),
		    i == 0 || i == 8 ? 0 : -EINVAL);
	}
}
END_TEST

/* ---- fields that other programs wrote -------------------------------- */

#define ENTRY_CLEAR (1 + 80 + 8 + CHAIN_LEN)
#define PART(text)                                                             \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}
#define ID "iiiiiiiiiiiiiiii"
#define KEY "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
#define SIZE "\0\0\0\0\0\0\0\1"
#define PIXELS "\0\0\0\2\0\0\0\3"

/* Posts FIELDS, sealed as an entry's, and reads them. */
static int
read_fields(struct kv_slice fields, struct entry *e_r)
{
	entry_sealed_auto struct entry_sealed e = {0};
	slot_key_auto struct slot_key key = {0};
	struct secret none = {0};
	uint8_t aad[ENTRY_AAD_LEN];

	ck_assert_int_eq(seal_with(&none, NULL, 0, &e), 0);
	e.record.len = ENTRY_CLEAR;
	aad[0] = 1;
	memcpy(aad + 1, keyring_store_id(store_keyring(s.st))->b, ID_LEN);
	memcpy(aad + 1 + ID_LEN, e.record.data + 1, 80);
	ck_assert_int_eq(
	    slot_get(s.txn, SLOT_THREAD, &t.id, t.generation, &key), 0);
	ck_assert_int_eq(
	    seal(SEAL_ENTRY, key.key, (struct kv_slice){aad, sizeof(aad)},
		fields, &e.record),
	    0);
	return thread_entry(s.txn, &t, append(&t, &e), e_r);
}

static const struct {
	struct {
		const char *data;
		size_t len;
	} value; /* of a field 0x84 */
	int result;
} odd[] = {
    {PART(ID KEY "\1" SIZE PIXELS "n"), 0},
    {PART(ID KEY "\6" SIZE PIXELS "n"), 0},
    {PART(ID KEY "\1" SIZE PIXELS), RECORD_CORRUPT},
    {PART(ID KEY "\1" SIZE "\0\0\0\2\0\0\0"), RECORD_CORRUPT},
    {PART(""), RECORD_CORRUPT},
    {PART(ID KEY "\0" SIZE PIXELS "n"), RECORD_CORRUPT},
    {PART(ID KEY "\7" SIZE PIXELS "n"), RECORD_NEWER},
    {PART(ID KEY "\1"
		 "\0\0\0\0\0\0\0\0" PIXELS "n"),
	RECORD_CORRUPT},
    {PART(ID KEY "\1"
		 "\1\0\0\0\0\0\0\0" PIXELS "n"),
	RECORD_CORRUPT},
    {PART("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" KEY "\1" SIZE PIXELS "n"),
	RECORD_CORRUPT},
};

START_TEST(what_is_no_attachment_is_refused)
{
	entry_auto struct entry e = {0};
	buf_auto struct buf fields = {0};

	buf_init(&fields, 1024);
	record_add_field(&fields, 0x84, odd[_i].value.data, odd[_i].value.len);
	ck_assert_int_eq(
	    read_fields((struct kv_slice){fields.data, fields.len}, &e),
	    odd[_i].result);
	if (odd[_i].result != 0)
		return;
	ck_assert_uint_eq(e.attachments_n, 1);
	ck_assert_uint_eq(e.attachments[0].size, 1);
	ck_assert_uint_eq(e.attachments[0].width, 2);
	ck_assert_uint_eq(e.attachments[0].height, 3);
	ck_assert_str_eq(secret_text(&e.attachments[0].name), "n");
}
END_TEST

START_TEST(names_and_numbers_have_their_limit)
{
	static const struct {
		size_t count, name_len;
		int result;
	} given[] = {
	    {32, 1, 0},
	    {33, 1, RECORD_CORRUPT},
	    {1, 255, 0},
	    {1, 256, RECORD_CORRUPT},
	};
	static const char start[] = ID KEY "\1" SIZE PIXELS;

	for (size_t g = 0; g < PN_ARRAY_LEN(given); g++) {
		entry_auto struct entry e = {0};
		buf_auto struct buf fields = {0}, one = {0};

		buf_init(&fields, 65536);
		buf_init(&one, 1024);
		buf_add(&one, start, sizeof(start) - 1);
		for (size_t i = 0; i < given[g].name_len; i++)
			buf_add_byte(&one, 'n');
		for (size_t i = 0; i < given[g].count; i++)
			record_add_field(&fields, 0x84, one.data, one.len);
		ck_assert_int_eq(buf_error(&fields), 0);
		ck_assert_int_eq(
		    read_fields((struct kv_slice){fields.data, fields.len}, &e),
		    given[g].result);
	}
}
END_TEST

/* As every program before attachments wrote it: a body, and nothing else. */
START_TEST(a_message_of_an_older_program)
{
	entry_auto struct entry e = {0};

	ck_assert_int_eq(
	    read_fields((struct kv_slice){"\1\0\3old\0\0\0", 9}, &e), 0);
	ck_assert_str_eq(secret_text(&e.body), "old");
	ck_assert_uint_eq(e.attachments_n, 0);
	ck_assert_ptr_null(e.attachments);
}
END_TEST

/* So an older program meets a message with attachments. */
START_TEST(an_unknown_critical_field_is_newer)
{
	entry_auto struct entry e = {0};

	ck_assert_int_eq(
	    read_fields((struct kv_slice){"\1\0\3new\205\0\0", 9}, &e),
	    RECORD_NEWER);
}
END_TEST

static void
add_row_tests(TCase *tc)
{
	tcase_add_test(tc, a_row_is_read_as_it_was_written);
	tcase_add_test(tc, a_file_has_one_message);
	tcase_add_test(tc, no_bit_of_a_row_can_be_changed);
	tcase_add_loop_test(
	    tc, what_other_programs_wrote, 0, (int)PN_ARRAY_LEN(odd_rows));
	tcase_add_test(tc, rows_are_listed_in_order);
	tcase_add_test(tc, a_list_ends_at_what_is_forged);
}

int
main(void)
{
	Suite *suite = suite_create("attachment");
	TCase *tc = tcase_create("attachment");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	add_row_tests(tc);
	tcase_add_loop_test(
	    tc, a_message_brings_files_along, 0, ATTACHMENTS_MAX + 1);
	tcase_add_test(tc, all_at_their_limit);
	tcase_add_test(tc, too_many_are_refused);
	tcase_add_test(tc, what_could_not_be_read_back_is_not_written);
	tcase_add_loop_test(
	    tc, what_is_no_attachment_is_refused, 0, (int)PN_ARRAY_LEN(odd));
	tcase_add_test(tc, names_and_numbers_have_their_limit);
	tcase_add_test(tc, a_message_of_an_older_program);
	tcase_add_test(tc, an_unknown_critical_field_is_newer);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
