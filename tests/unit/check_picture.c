/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"

#include <stdlib.h>
#include <sodium.h>
#include "store/person.h"
#include "store/picture.h"
#include "store/record.h"
#include "store/seal.h"
#include "store/slot.h"
#include "tests/unit/row.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_store.h"

#define NOW (INT64_C(1800000000000))

static struct temp_store s;
static struct id person;
static struct key at;

static struct id
put_person(void)
{
	struct person p = {
	    .id = id_new(), .role = ROLE_PROVIDER, .active = true};

	ck_assert_int_eq(person_put(s.txn, &p), 0);
	return p.id;
}

static void
setup(void)
{
	temp_make(&s);
	temp_begin(&s);
	person = put_person();
	at = key_of_id(&person);
}

static void
teardown(void)
{
	temp_remove(&s);
}

static int
put_as(const struct id *who, const char *image, enum picture_kind kind,
    int64_t changed)
{
	picture_auto struct picture p = {
	    .person = *who,
	    .changed = changed,
	    .kind = kind,
	    .image = text_secret(image),
	};

	return picture_put(s.txn, &p);
}

static int
put(const struct id *who, const char *image)
{
	return put_as(who, image, PICTURE_PNG, NOW);
}

static int
read_picture(const void *arg)
{
	picture_auto struct picture p = {0};

	return picture_get(s.txn, arg, &p);
}

static void
ck_image(const struct id *who, const char *image)
{
	picture_auto struct picture p = {0};

	ck_assert_int_eq(picture_get(s.txn, who, &p), 0);
	ck_assert(id_equal(&p.person, who));
	ck_assert_int_eq(p.changed, NOW);
	ck_assert_int_eq(p.kind, PICTURE_PNG);
	ck_assert_str_eq(secret_text(&p.image), image);
}

START_TEST(a_picture_is_kept_until_it_is_deleted)
{
	struct row row;

	ck_assert_int_eq(read_picture(&person), KV_NOT_FOUND);
	ck_assert_int_eq(put(&person, "young face"), 0);
	temp_reopen(&s);
	ck_image(&person, "young face");
	ck_assert_int_eq(put(&person, "older face"), 0);
	ck_image(&person, "older face");
	ck_assert_uint_eq(store_count(s.txn, KV_PICTURE), 1);
	row_get(&s, KV_PICTURE, &at, &row);
	ck_assert_ptr_null(memmem(row.data, row.len, "face", 4));
	picture_del(s.txn, &person);
	ck_assert_int_eq(read_picture(&person), KV_NOT_FOUND);
	picture_del(s.txn, &person);
}
END_TEST

START_TEST(each_has_their_own)
{
	struct id other = put_person();

	ck_assert_int_eq(put(&person, "one"), 0);
	ck_assert_int_eq(put(&other, "two"), 0);
	ck_image(&person, "one");
	ck_image(&other, "two");
	picture_del(s.txn, &person);
	ck_image(&other, "two");
}
END_TEST

START_TEST(a_list_learns_when_it_was_changed)
{
	picture_auto struct picture p = {0};
	struct id other = put_person();
	int64_t changed = 1;

	ck_assert_int_eq(
	    picture_changed(s.txn, &person, &changed), KV_NOT_FOUND);
	ck_assert_int_eq(changed, 0);
	ck_assert_int_eq(put(&other, "other"), 0);
	ck_assert_int_eq(put_as(&person, "one", PICTURE_JPEG, NOW - 7), 0);
	ck_assert_int_eq(picture_changed(s.txn, &person, &changed), 0);
	ck_assert_int_eq(changed, NOW - 7);
	ck_assert_int_eq(picture_get(s.txn, &person, &p), 0);
	ck_assert_int_eq(p.kind, PICTURE_JPEG);
	ck_assert_int_eq(p.changed, NOW - 7);
	ck_assert_int_eq(picture_changed(s.txn, &other, &changed), 0);
	ck_assert_int_eq(changed, NOW);
}
END_TEST

/* Bytes of images, and of the records they make. */
static const struct {
	size_t image;
	size_t record;
} sizes[] = {
    {1, 496},
    {411, 496},
    {412, 992},
    {907, 992},
    {908, 1984},
    {1899, 1984},
    {1900, 4080},
    {PICTURE_MAX, 36848},
};

START_TEST(records_come_in_few_sizes)
{
	static uint8_t image[PICTURE_MAX];
	const size_t len = sizes[_i].image;
	struct picture p = {
	    .person = person, .kind = PICTURE_JPEG, .image = {image, len}};
	picture_auto struct picture back = {0};
	struct kv_slice val;

	for (size_t i = 0; i < len; i++)
		image[i] = (uint8_t)(i * 7);
	ck_assert_int_eq(picture_put(s.txn, &p), 0);
	ck_assert_int_eq(
	    kv_get(store_kv(s.txn), KV_PICTURE, key_slice(&at), &val), 0);
	ck_assert_uint_eq(val.len, sizes[_i].record);
	temp_reopen(&s);
	ck_assert_int_eq(picture_get(s.txn, &person, &back), 0);
	ck_assert_uint_eq(back.image.len, len);
	ck_assert_mem_eq(back.image.data, image, len);
}
END_TEST

START_TEST(an_image_has_a_floor_and_a_ceiling)
{
	struct picture p = {.person = person, .kind = PICTURE_PNG};
	uint64_t changes = store_changes(s.txn);

	ck_assert_int_eq(picture_put(s.txn, &p), PICTURE_BAD_SIZE);
	p.image.len = PICTURE_MAX + 1;
	ck_assert_int_eq(picture_put(s.txn, &p), PICTURE_BAD_SIZE);
	ck_assert_uint_eq(store_changes(s.txn), changes);
}
END_TEST

START_TEST(an_erased_persons_is_gone)
{
	struct id nobody = id_new();
	struct key slot = {.len = 0};
	uint64_t changes;

	ck_assert_int_eq(put(&person, "one"), 0);
	key_add_byte(&slot, SLOT_PERSON);
	key_add_id(&slot, &person);
	key_add_u32(&slot, 0);
	kv_del(store_kv(s.txn), KV_SLOT, key_slice(&slot));
	changes = store_changes(s.txn);
	ck_assert_int_eq(read_picture(&person), KV_NOT_FOUND);
	ck_assert_int_eq(put(&person, "two"), KV_NOT_FOUND);
	ck_assert_int_eq(put(&nobody, "three"), KV_NOT_FOUND);
	ck_assert_uint_eq(store_changes(s.txn), changes);
}
END_TEST

START_TEST(no_bit_of_a_picture_can_be_changed)
{
	ck_assert_int_eq(put(&person, "one"), 0);
	row_flip(&s, KV_PICTURE, &at, read_picture, &person);
}
END_TEST

START_TEST(a_picture_cannot_be_moved)
{
	struct id other = put_person();
	struct key to = key_of_id(&other);

	ck_assert_int_eq(put(&person, "one"), 0);
	row_move(&s, KV_PICTURE, &at, &to);
	ck_assert_int_eq(read_picture(&other), SEAL_FORGED);
	/* what is lost keeps nobody from giving another */
	ck_assert_int_eq(put(&other, "two"), 0);
	ck_image(&other, "two");
}
END_TEST

/* ---- what other programs wrote --------------------------------------- */

static void
make_aad(const uint8_t *header, struct buf *aad)
{
	buf_init(aad, 256);
	record_add_id(aad, keyring_store_id(store_keyring(s.st)));
	buf_add_byte(aad, KV_PICTURE);
	buf_add(aad, at.b, at.len);
	buf_add(aad, header, 10);
}

/* A picture's row with FORMAT, KIND and FIELDS, sealed under LABEL. */
static void
put_fields(uint8_t format, uint8_t kind, const void *fields, size_t len,
    enum seal_label label)
{
	slot_key_auto struct slot_key key = {0};
	buf_auto struct buf aad = {0};
	buf_auto struct buf b = {0};

	buf_init(&b, 65536);
	buf_add_byte(&b, format);
	buf_add_u64(&b, (uint64_t)NOW);
	buf_add_byte(&b, kind);
	make_aad(b.data, &aad);
	ck_assert_int_eq(slot_get(s.txn, SLOT_PERSON, &person, 0, &key), 0);
	ck_assert_int_eq(
	    seal(label, key.key, (struct kv_slice){aad.data, aad.len},
		(struct kv_slice){fields, len}, &b),
	    0);
	kv_put(store_kv(s.txn), KV_PICTURE, key_slice(&at),
	    (struct kv_slice){b.data, b.len});
}

static const struct {
	uint8_t format;
	uint8_t kind;
	enum seal_label label;
	const char *fields;
	size_t len;
	int result;
} odd[] = {
    {1, PICTURE_PNG, SEAL_PICTURE, "\1\0\3abc", 6, 0},
    {1, PICTURE_JPEG, SEAL_PICTURE, "\1\0\3abc\0\0\0", 9, 0},
    {1, 0, SEAL_PICTURE, "\1\0\3abc", 6, RECORD_CORRUPT},
    {1, 3, SEAL_PICTURE, "\1\0\3abc", 6, RECORD_CORRUPT},
    {1, PICTURE_PNG, SEAL_PICTURE, "", 0, RECORD_CORRUPT},
    {1, PICTURE_PNG, SEAL_PICTURE, "\1\0\0", 3, RECORD_CORRUPT},
    {1, PICTURE_PNG, SEAL_PICTURE, "\1\0\4abc", 6, RECORD_CORRUPT},
    {1, PICTURE_PNG, SEAL_PICTURE, "\1\0\1a\1\0\1b", 8, RECORD_CORRUPT},
    {1, PICTURE_PNG, SEAL_PICTURE, "\1\0\1a\11\0\5later", 12, 0},
    {1, PICTURE_PNG, SEAL_PICTURE, "\1\0\1a\211\0\5later", 12, RECORD_NEWER},
    {2, PICTURE_PNG, SEAL_PICTURE, "\1\0\1a", 4, RECORD_NEWER},
    {0, PICTURE_PNG, SEAL_PICTURE, "\1\0\1a", 4, RECORD_CORRUPT},
    {1, PICTURE_PNG, SEAL_DRAFT, "\1\0\1a", 4, SEAL_FORGED},
    {1, PICTURE_PNG, SEAL_PROFILE, "\1\0\1a", 4, SEAL_FORGED},
};

START_TEST(what_is_no_picture_is_refused)
{
	put_fields(odd[_i].format, odd[_i].kind, odd[_i].fields, odd[_i].len,
	    odd[_i].label);
	ck_assert_int_eq(read_picture(&person), odd[_i].result);
	/* only a newer one stays as it is */
	ck_assert_int_eq(put(&person, "one"),
	    odd[_i].result == RECORD_NEWER ? RECORD_NEWER : 0);
}
END_TEST

START_TEST(one_that_is_too_long_is_refused)
{
	static uint8_t fields[3 + PICTURE_MAX + 1] = {1};

	for (size_t over = 0; over <= 1; over++) {
		fields[1] = (uint8_t)((PICTURE_MAX + over) >> 8);
		fields[2] = (uint8_t)(PICTURE_MAX + over);
		put_fields(1, PICTURE_PNG, fields, 3 + PICTURE_MAX + over,
		    SEAL_PICTURE);
		ck_assert_int_eq(
		    read_picture(&person), over == 0 ? 0 : RECORD_CORRUPT);
	}
}
END_TEST

START_TEST(a_row_cut_short_is_corrupt)
{
	struct row row;
	int64_t changed;

	ck_assert_int_eq(put(&person, "one"), 0);
	row_get(&s, KV_PICTURE, &at, &row);
	ck_assert_uint_eq(row.len, 496);
	while (--row.len > 0) {
		row_put(&s, KV_PICTURE, &at, &row);
		ck_assert_int_eq(read_picture(&person),
		    row.len < 10 ? RECORD_CORRUPT : SEAL_FORGED);
		ck_assert_int_eq(picture_changed(s.txn, &person, &changed),
		    row.len < 10 ? RECORD_CORRUPT : 0);
		ck_assert_int_eq(changed, row.len < 10 ? 0 : NOW);
	}
}
END_TEST

START_TEST(fields_of_newer_programs_stay)
{
	static const uint8_t later[] = {9, 0, 5, 'l', 'a', 't', 'e', 'r'};
	slot_key_auto struct slot_key key = {0};
	secret_auto struct secret plain = {0};
	buf_auto struct buf aad = {0};
	struct row row;

	put_fields(1, PICTURE_PNG, later, sizeof(later), SEAL_PICTURE);
	ck_assert_int_eq(put(&person, "one"), 0);
	ck_assert_int_eq(put(&person, "two"), 0);
	ck_image(&person, "two");
	row_get(&s, KV_PICTURE, &at, &row);
	make_aad(row.data, &aad);
	ck_assert_int_eq(slot_get(s.txn, SLOT_PERSON, &person, 0, &key), 0);
	ck_assert_int_eq(
	    seal_open(SEAL_PICTURE, key.key,
		(struct kv_slice){aad.data, aad.len},
		(struct kv_slice){row.data + 10, row.len - 10}, &plain),
	    0);
	ck_assert_ptr_nonnull(
	    memmem(plain.data, plain.len, later, sizeof(later)));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("picture");
	TCase *tc = tcase_create("picture");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_picture_is_kept_until_it_is_deleted);
	tcase_add_test(tc, each_has_their_own);
	tcase_add_test(tc, a_list_learns_when_it_was_changed);
	tcase_add_loop_test(
	    tc, records_come_in_few_sizes, 0, (int)PN_ARRAY_LEN(sizes));
	tcase_add_test(tc, an_image_has_a_floor_and_a_ceiling);
	tcase_add_test(tc, an_erased_persons_is_gone);
	tcase_add_test(tc, no_bit_of_a_picture_can_be_changed);
	tcase_add_test(tc, a_picture_cannot_be_moved);
	tcase_add_loop_test(
	    tc, what_is_no_picture_is_refused, 0, (int)PN_ARRAY_LEN(odd));
	tcase_add_test(tc, one_that_is_too_long_is_refused);
	tcase_add_test(tc, a_row_cut_short_is_corrupt);
	tcase_add_test(tc, fields_of_newer_programs_stay);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
