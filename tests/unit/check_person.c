/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"

#include <sodium.h>
#include "store/account.h"
#include "store/blind.h"
#include "store/envelope.h"
#include "store/person.h"
#include "store/record.h"
#include "store/slot.h"
#include "tests/unit/row.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_store.h"

#define NOW (INT64_C(1800000000000))

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

static void
make_person(struct person *p, const char *external_id)
{
	*p = (struct person){
	    .id = id_new(),
	    .role = ROLE_CLIENT,
	    .active = true,
	    .created = NOW,
	    .external_id = text_secret(external_id),
	    .name = text_secret("Ana Example"),
	    .language = text_secret("en"),
	    .time_zone = text_secret("America/New_York"),
	};
}

static struct id
put_person(const char *external_id)
{
	person_auto struct person p = {0};

	make_person(&p, external_id);
	ck_assert_int_eq(person_put(s.txn, &p), 0);
	return p.id;
}

START_TEST(a_person_comes_back)
{
	person_auto struct person p, back = {0};
	struct id found;

	make_person(&p, "C-1");
	p.credentials = text_secret("LMFT");
	p.prompted = NOW + 5;
	p.response_to = 2;
	ck_assert_int_eq(person_put(s.txn, &p), 0);
	temp_reopen(&s);
	ck_assert_int_eq(person_get(s.txn, &p.id, &back), 0);
	ck_assert_int_eq(back.role, ROLE_CLIENT);
	ck_assert(back.active);
	ck_assert_int_eq(back.created, NOW);
	ck_assert_int_eq(back.prompted, NOW + 5);
	ck_assert_str_eq(secret_text(&back.external_id), "C-1");
	ck_assert_str_eq(secret_text(&back.name), "Ana Example");
	ck_assert_str_eq(secret_text(&back.credentials), "LMFT");
	ck_assert_str_eq(secret_text(&back.language), "en");
	ck_assert_str_eq(secret_text(&back.time_zone), "America/New_York");
	ck_assert_uint_eq(back.response_from, 0);
	ck_assert_uint_eq(back.response_to, 2);
	ck_assert_int_eq(person_by_external(s.txn, "C-1", &found), 0);
	ck_assert(id_equal(&found, &p.id));
	ck_assert_int_eq(
	    person_by_external(s.txn, "c-1", &found), KV_NOT_FOUND);
	ck_assert_int_eq(person_by_external(s.txn, "", &found), KV_NOT_FOUND);
}
END_TEST

static const uint8_t days[][2] = {
    {1, 3},
    {0, 1},
    {60, 60},
    {255, 0},
    {0, 0},
};

START_TEST(response_days_are_set_and_unset)
{
	struct id id = put_person("C-1");

	for (size_t i = 0; i < PN_ARRAY_LEN(days); i++) {
		person_auto struct person p = {0}, back = {0};

		ck_assert_int_eq(person_get(s.txn, &id, &p), 0);
		p.response_from = days[i][0];
		p.response_to = days[i][1];
		ck_assert_int_eq(person_put(s.txn, &p), 0);
		ck_assert_int_eq(person_get(s.txn, &id, &back), 0);
		ck_assert_uint_eq(back.response_from, days[i][0]);
		ck_assert_uint_eq(back.response_to, days[i][1]);
		ck_assert_str_eq(secret_text(&back.name), "Ana Example");
	}
}
END_TEST

START_TEST(the_index_follows_a_change)
{
	person_auto struct person p = {0};
	struct id found;

	make_person(&p, "C-1");
	ck_assert_int_eq(person_put(s.txn, &p), 0);
	secret_fini(&p.external_id);
	p.external_id = text_secret("C-2");
	p.active = false;
	ck_assert_int_eq(person_put(s.txn, &p), 0);
	ck_assert_int_eq(person_by_external(s.txn, "C-2", &found), 0);
	ck_assert_int_eq(
	    person_by_external(s.txn, "C-1", &found), KV_NOT_FOUND);
	secret_fini(&p.external_id);
	ck_assert_int_eq(person_put(s.txn, &p), 0);
	ck_assert_int_eq(
	    person_by_external(s.txn, "C-2", &found), KV_NOT_FOUND);
	ck_assert_uint_eq(store_count(s.txn, KV_BLIND), 0);
}
END_TEST

START_TEST(an_external_id_is_one_persons)
{
	person_auto struct person p = {0};
	uint64_t changes;

	(void)put_person("C-1");
	make_person(&p, "C-1");
	changes = store_changes(s.txn);
	ck_assert_int_eq(person_put(s.txn, &p), PERSON_TAKEN);
	ck_assert_uint_eq(store_changes(s.txn), changes);
}
END_TEST

START_TEST(a_long_text_is_refused)
{
	person_auto struct person p = {0};
	char text[PERSON_TEXT_MAX + 2];
	uint64_t changes;
	struct id found;

	memset(text, 'x', sizeof(text));
	text[PERSON_TEXT_MAX + 1] = '\0';
	make_person(&p, "C-1");
	secret_fini(&p.name);
	p.name = text_secret(text);
	changes = store_changes(s.txn);
	ck_assert_int_eq(person_put(s.txn, &p), PERSON_TOO_LONG);
	ck_assert_uint_eq(store_changes(s.txn), changes);
	ck_assert_int_eq(person_by_external(s.txn, text, &found), KV_NOT_FOUND);
	text[PERSON_TEXT_MAX] = '\0';
	secret_fini(&p.name);
	p.name = text_secret(text);
	secret_fini(&p.external_id);
	p.external_id = text_secret(text);
	ck_assert_int_eq(person_put(s.txn, &p), 0);
	ck_assert_int_eq(person_by_external(s.txn, text, &found), 0);
}
END_TEST

struct listed {
	unsigned count;
	struct id last;
};

static int
list(const struct person *p, void *arg)
{
	struct listed *l = arg;

	if (l->count++ > 0)
		ck_assert_int_gt(memcmp(p->id.b, l->last.b, ID_LEN), 0);
	ck_assert_str_eq(secret_text(&p->name), "Ana Example");
	l->last = p->id;
	return 0;
}

START_TEST(people_are_listed_in_order)
{
	struct listed some = {0}, rest = {0};

	for (unsigned i = 0; i < 20; i++)
		(void)put_person("");
	ck_assert_int_eq(person_list(s.txn, NULL, 7, list, &some), 0);
	ck_assert_int_eq(person_list(s.txn, &some.last, 100, list, &rest), 0);
	ck_assert_uint_eq(some.count, 7);
	ck_assert_uint_eq(rest.count, 13);
}
END_TEST

static struct key
person_slot(const struct id *id)
{
	struct key at = {.len = 0};

	key_add_byte(&at, SLOT_PERSON);
	key_add_id(&at, id);
	key_add_u32(&at, 0);
	return at;
}

START_TEST(an_erased_person_is_not_found)
{
	person_auto struct person p, back = {0};
	struct address a = {.id = id_new()};
	struct listed all = {0};
	struct key at;

	make_person(&p, "C-1");
	ck_assert_int_eq(person_put(s.txn, &p), 0);
	at = person_slot(&p.id);
	kv_del(store_kv(s.txn), KV_SLOT, key_slice(&at));
	ck_assert_int_eq(person_get(s.txn, &p.id, &back), KV_NOT_FOUND);
	ck_assert_int_eq(person_put(s.txn, &p), KV_NOT_FOUND);
	ck_assert_int_eq(person_list(s.txn, NULL, 10, list, &all), 0);
	ck_assert_uint_eq(all.count, 0);
	a.person = p.id;
	ck_assert_int_eq(address_put(s.txn, &a), KV_NOT_FOUND);
}
END_TEST

static int
read_person(const void *arg)
{
	person_auto struct person p = {0};

	return person_get(s.txn, arg, &p);
}

static int
read_external(const void *arg)
{
	struct id id;

	return person_by_external(s.txn, arg, &id);
}

/* The role beside the seal, too. */
START_TEST(no_bit_of_a_person_can_be_changed)
{
	struct id id = put_person("C-1");
	struct key at = key_of_id(&id), index;

	row_flip(&s, KV_PERSON, &at, read_person, &id);
	ck_assert_int_eq(blind_key(s.txn, BLIND_EXTERNAL, "C-1", &index), 0);
	row_flip(&s, KV_BLIND, &index, read_external, "C-1");
}
END_TEST

START_TEST(a_profile_cannot_be_anothers)
{
	struct id one = put_person("C-1"), two = put_person("C-2"), found;
	struct key from = key_of_id(&one), to = key_of_id(&two);
	person_auto struct person p = {0};

	row_move(&s, KV_PERSON, &from, &to);
	ck_assert_int_eq(person_get(s.txn, &two, &p), SEAL_FORGED);
	/* nor can an index row: who asserts C-2 must not get C-1 */
	ck_assert_int_eq(blind_key(s.txn, BLIND_EXTERNAL, "C-1", &from), 0);
	ck_assert_int_eq(blind_key(s.txn, BLIND_EXTERNAL, "C-2", &to), 0);
	row_move(&s, KV_BLIND, &from, &to);
	ck_assert_int_eq(person_by_external(s.txn, "C-2", &found), SEAL_FORGED);
}
END_TEST

static const uint8_t later[] = {
    200 - RECORD_CRITICAL, 0, 5, 'l', 'a', 't', 'e', 'r'};

static struct envelope
envelope_of(const struct id *id)
{
	static const uint8_t known[] = {1, 2, 3, 4, 5, 6};

	return (struct envelope){
	    .space = KV_PERSON,
	    .label = SEAL_PROFILE,
	    .key = key_of_id(id),
	    .header = 19,
	    .known = {known, sizeof(known)},
	};
}

/* A person's row of nothing but FIELDS, and what stands behind them. */
static void
put_fields(const struct id *id, struct kv_slice fields, struct kv_slice clear)
{
	struct envelope e = envelope_of(id);
	slot_key_auto struct slot_key key = {0};
	buf_auto struct buf sealed = {0};
	buf_auto struct buf record = {0};
	struct row row;

	buf_init(&sealed, ENVELOPE_MAX);
	buf_init(&record, ENVELOPE_MAX);
	ck_assert_int_eq(slot_get(s.txn, SLOT_PERSON, id, 0, &key), 0);
	row_get(&s, KV_PERSON, &e.key, &row);
	buf_add(&record, row.data, e.header);
	buf_add(&sealed, fields.data, fields.len);
	ck_assert_int_eq(envelope_pack(s.txn, &e, &key, &sealed, &record), 0);
	buf_add(&record, clear.data, clear.len);
	kv_put(store_kv(s.txn), KV_PERSON, key_slice(&e.key),
	    (struct kv_slice){record.data, record.len});
}

/* As a newer program would write it: a field sealed, and one in clear. */
START_TEST(fields_of_newer_programs_stay)
{
	const struct kv_slice both = {later, sizeof(later)};
	slot_key_auto struct slot_key key = {0};
	secret_auto struct secret plain = {0};
	person_auto struct person p, back = {0};
	struct envelope e;
	struct row row;

	make_person(&p, "C-1");
	ck_assert_int_eq(person_put(s.txn, &p), 0);
	put_fields(&p.id, both, both);
	p.prompted = NOW;
	ck_assert_int_eq(person_put(s.txn, &p), 0);
	ck_assert_int_eq(person_get(s.txn, &p.id, &back), 0);
	ck_assert_int_eq(back.prompted, NOW);
	ck_assert_str_eq(secret_text(&back.name), "Ana Example");
	e = envelope_of(&p.id);
	row_get(&s, KV_PERSON, &e.key, &row);
	ck_assert_mem_eq(
	    row.data + row.len - sizeof(later), later, sizeof(later));
	ck_assert_int_eq(slot_get(s.txn, SLOT_PERSON, &p.id, 0, &key), 0);
	ck_assert_int_eq(envelope_open(s.txn, &e, &key,
			     (struct kv_slice){row.data, row.len}, &plain),
	    0);
	ck_assert_ptr_nonnull(
	    memmem(plain.data, plain.len, later, sizeof(later)));
}
END_TEST

static const struct {
	uint8_t field[8];
	size_t len;
	int result;
} odd[] = {
    {{6, 0, 1, 1}, 4, RECORD_CORRUPT},
    {{6, 0, 2, 1, 3}, 5, 0},
    {{6, 0, 3, 1, 3, 5}, 6, RECORD_CORRUPT},
    {{7, 0, 3, 1, 3, 5}, 6, 0},
    {{0x87, 0, 3, 1, 3, 5}, 6, RECORD_NEWER},
};

START_TEST(fields_have_their_size)
{
	struct id id = put_person("C-1");

	put_fields(&id, (struct kv_slice){odd[_i].field, odd[_i].len},
	    (struct kv_slice){NULL, 0});
	ck_assert_int_eq(read_person(&id), odd[_i].result);
}
END_TEST

/* ---- addresses ------------------------------------------------------- */

static struct id
put_address(const struct id *person, const char *text, int64_t prompted)
{
	address_auto struct address a = {
	    .id = id_new(),
	    .person = *person,
	    .state = ADDRESS_GOOD,
	    .prompts = {prompted, prompted == 0 ? 0 : prompted - 1000},
	    .text = text_secret(text),
	};

	ck_assert_int_eq(address_put(s.txn, &a), 0);
	return a.id;
}

START_TEST(an_address_keeps_its_local_part)
{
	struct id person = put_person("C-1");
	struct id id = put_address(&person, "Ana.Example@Mail.EXAMPLE", 0);
	address_auto struct address a = {0};

	temp_reopen(&s);
	ck_assert_int_eq(address_get(s.txn, &person, &id, &a), 0);
	ck_assert_str_eq(secret_text(&a.text), "Ana.Example@mail.example");
	ck_assert_int_eq(a.state, ADDRESS_GOOD);
	a.state = ADDRESS_STOPPED;
	ck_assert_int_eq(address_put(s.txn, &a), 0);
	address_fini(&a);
	ck_assert_int_eq(address_get(s.txn, &person, &id, &a), 0);
	ck_assert_int_eq(a.state, ADDRESS_STOPPED);
	ck_assert_int_eq(address_del(s.txn, &person, &id), 0);
	address_fini(&a);
	ck_assert_int_eq(address_get(s.txn, &person, &id, &a), KV_NOT_FOUND);
	ck_assert_int_eq(address_del(s.txn, &person, &id), KV_NOT_FOUND);
	ck_assert_uint_eq(store_count(s.txn, KV_BLIND), 1);
}
END_TEST

START_TEST(two_people_may_share_an_address)
{
	struct id one = put_person("C-1"), two = put_person("C-2");
	struct id first = put_address(&one, "home@mail.example", NOW);
	unsigned count;

	(void)put_address(&two, "Home@MAIL.example", NOW + 10);
	(void)put_address(&two, "other@mail.example", NOW);
	ck_assert_int_eq(
	    address_prompts_since(s.txn, "HOME@mail.example", 1, &count), 0);
	ck_assert_uint_eq(count, 4);
	ck_assert_int_eq(
	    address_prompts_since(s.txn, "home@mail.example", NOW, &count), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(address_del(s.txn, &one, &first), 0);
	ck_assert_int_eq(
	    address_prompts_since(s.txn, "home@mail.example", 1, &count), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(
	    address_prompts_since(s.txn, "nobody@mail.example", 1, &count), 0);
	ck_assert_uint_eq(count, 0);
}
END_TEST

static int
count_address(const struct address *a, void *arg)
{
	unsigned *count = arg;

	ck_assert_uint_gt(a->text.len, 0);
	(*count)++;
	return 0;
}

START_TEST(addresses_have_a_ceiling)
{
	struct id person = put_person("C-1"), other = put_person("C-2");
	struct address more = {.id = id_new(), .person = person};
	unsigned count = 0;
	uint64_t changes;

	(void)put_address(&other, "x@mail.example", 0);
	for (unsigned i = 0; i < PERSON_ADDRESSES; i++)
		(void)put_address(&person, "x@mail.example", 0);
	changes = store_changes(s.txn);
	ck_assert_int_eq(address_put(s.txn, &more), PERSON_ADDRESSES_FULL);
	ck_assert_uint_eq(store_changes(s.txn), changes);
	ck_assert_int_eq(
	    address_list(s.txn, &person, count_address, &count), 0);
	ck_assert_uint_eq(count, PERSON_ADDRESSES);
}
END_TEST

struct order {
	char texts[PERSON_ADDRESSES][32];
	unsigned count;
};

static int
note_address(const struct address *a, void *arg)
{
	struct order *o = arg;

	(void)snprintf(o->texts[o->count++], sizeof(o->texts[0]), "%s",
	    secret_text(&a->text));
	return 0;
}

/* Ids are random: in their order, one in 8! runs would pass. */
START_TEST(addresses_come_in_the_order_the_practice_gave)
{
	struct id person = put_person("C-1");
	struct order seen = {.count = 0};
	char text[32];

	for (unsigned i = PERSON_ADDRESSES; i > 0; i--) {
		address_auto struct address a = {
		    .id = id_new(),
		    .person = person,
		    .state = ADDRESS_GOOD,
		    .position = (uint8_t)(i - 1),
		};

		(void)snprintf(text, sizeof(text), "%u@mail.example", i - 1);
		a.text = text_secret(text);
		ck_assert_int_eq(address_put(s.txn, &a), 0);
	}
	temp_reopen(&s);
	ck_assert_int_eq(address_list(s.txn, &person, note_address, &seen), 0);
	ck_assert_uint_eq(seen.count, PERSON_ADDRESSES);
	for (unsigned i = 0; i < PERSON_ADDRESSES; i++)
		ck_assert_int_eq(seen.texts[i][0], (char)('0' + i));
}
END_TEST

static int
read_address(const void *arg)
{
	const struct id *ids = arg;
	address_auto struct address a = {0};

	return address_get(s.txn, &ids[0], &ids[1], &a);
}

START_TEST(no_bit_of_an_address_can_be_changed)
{
	struct id ids[2] = {put_person("C-1")};
	struct key at = key_of_id(&ids[0]);

	ids[1] = put_address(&ids[0], "home@mail.example", NOW);
	key_add_id(&at, &ids[1]);
	row_flip(&s, KV_ADDRESS, &at, read_address, ids);
}
END_TEST

/* Nothing that names a person is in the file. */
START_TEST(names_are_not_in_the_file)
{
	static const char *const words[] = {"Ana Example", "C-4711", "ana@mail",
	    "New_York", "ana.login", "a secret of 20 bytes", "Ana's phone"};
	struct id person = put_person("C-4711");
	account_auto struct account a = {
	    .id = id_new(),
	    .person = person,
	    .active = true,
	    .login = text_secret("ana.login"),
	    .totp = true,
	    .passkey_count = 1,
	    .passkeys = {{.algorithm = PASSKEY_EDDSA,
		.id_len = 1,
		.label = "Ana's phone"}},
	};
	static uint8_t file[4 << 20];
	char path[128];
	size_t len;
	FILE *f;

	memcpy(a.totp_secret, words[5], ACCOUNT_TOTP_LEN);
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	(void)put_address(&person, "ana@mail.example", NOW);
	temp_reopen(&s);
	(void)snprintf(path, sizeof(path), "%s/data.mdb", s.place.path);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	len = fread(file, 1, sizeof(file), f);
	(void)fclose(f);
	ck_assert_uint_gt(len, 4096);
	/* what is there would be found */
	ck_assert_ptr_nonnull(memmem(file, len, person.b, ID_LEN));
	for (size_t i = 0; i < PN_ARRAY_LEN(words); i++)
		ck_assert_ptr_null(
		    memmem(file, len, words[i], strlen(words[i])));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("person");
	TCase *tc = tcase_create("person");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_person_comes_back);
	tcase_add_test(tc, response_days_are_set_and_unset);
	tcase_add_test(tc, the_index_follows_a_change);
	tcase_add_test(tc, an_external_id_is_one_persons);
	tcase_add_test(tc, a_long_text_is_refused);
	tcase_add_test(tc, people_are_listed_in_order);
	tcase_add_test(tc, an_erased_person_is_not_found);
	tcase_add_test(tc, no_bit_of_a_person_can_be_changed);
	tcase_add_test(tc, a_profile_cannot_be_anothers);
	tcase_add_test(tc, fields_of_newer_programs_stay);
	tcase_add_loop_test(
	    tc, fields_have_their_size, 0, (int)PN_ARRAY_LEN(odd));
	tcase_add_test(tc, an_address_keeps_its_local_part);
	tcase_add_test(tc, two_people_may_share_an_address);
	tcase_add_test(tc, addresses_have_a_ceiling);
	tcase_add_test(tc, addresses_come_in_the_order_the_practice_gave);
	tcase_add_test(tc, no_bit_of_an_address_can_be_changed);
	tcase_add_test(tc, names_are_not_in_the_file);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
