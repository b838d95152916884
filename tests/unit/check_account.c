/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <sodium.h>
#include "store/account.h"
#include "store/envelope.h"
#include "store/keep.h"
#include "store/record.h"
#include "tests/unit/row.h"
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

static struct id
put_person(void)
{
	struct person p = {
	    .id = id_new(), .role = ROLE_PROVIDER, .active = true};

	ck_assert_int_eq(person_put(s.txn, &p), 0);
	return p.id;
}

static void
make_account(struct account *a, const struct id *person, const char *login)
{
	*a = (struct account){
	    .id = id_new(),
	    .person = *person,
	    .active = true,
	    .login = text_secret(login),
	    .passphrase = "$argon2id$not-really",
	};
}

START_TEST(an_account_comes_back)
{
	struct id person = put_person(), found;
	account_auto struct account a, back = {0};

	make_account(&a, &person, "ana.example");
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	temp_reopen(&s);
	ck_assert_int_eq(account_by_login(s.txn, "Ana.Example", &found), 0);
	ck_assert(id_equal(&found, &a.id));
	ck_assert_int_eq(account_get(s.txn, &found, &back), 0);
	ck_assert(back.active);
	ck_assert(id_equal(&back.person, &person));
	ck_assert_str_eq(secret_text(&back.login), "ana.example");
	ck_assert_str_eq(back.passphrase, "$argon2id$not-really");
	ck_assert_int_eq(account_by_person(s.txn, &person, &found), 0);
	ck_assert(id_equal(&found, &a.id));
	person = put_person();
	ck_assert_int_eq(
	    account_by_person(s.txn, &person, &found), KV_NOT_FOUND);
	ck_assert_int_eq(account_by_login(s.txn, "ana", &found), KV_NOT_FOUND);
}
END_TEST

START_TEST(a_login_is_one_accounts)
{
	struct id person = put_person(), other = put_person(), found;
	account_auto struct account a = {0};
	account_auto struct account b = {0};
	uint64_t changes;

	make_account(&a, &person, "ana");
	make_account(&b, &other, "ANA");
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	changes = store_changes(s.txn);
	ck_assert_int_eq(account_put(s.txn, &b), PERSON_TAKEN);
	/* nor does an account change hands */
	b.id = a.id;
	ck_assert_int_eq(account_put(s.txn, &b), PERSON_TAKEN);
	ck_assert_uint_eq(store_changes(s.txn), changes);
	secret_fini(&a.login);
	a.login = text_secret("ben");
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	ck_assert_int_eq(account_by_login(s.txn, "ana", &found), KV_NOT_FOUND);
	b.id = id_new();
	ck_assert_int_eq(account_put(s.txn, &b), 0);
}
END_TEST

START_TEST(an_account_needs_a_person)
{
	struct id nobody = id_new();
	account_auto struct account a = {0};

	make_account(&a, &nobody, "ana");
	ck_assert_int_eq(account_put(s.txn, &a), KV_NOT_FOUND);
}
END_TEST

/* ---- what guards it -------------------------------------------------- */

/* As a phone or a security key makes them. */
static struct passkey
make_passkey(unsigned n, enum passkey_algorithm algorithm, size_t id_len)
{
	struct passkey p = {
	    .created = INT64_C(1790000000000) + n,
	    .count = 100 + n,
	    .algorithm = (uint8_t)algorithm,
	    .id_len = (uint8_t)id_len,
	    .label = "My phone",
	};

	memset(p.id, (int)n, p.id_len);
	memset(p.key, (int)n + 1, passkey_key_len(algorithm));
	return p;
}

static void
guard(struct account *a)
{
	a->short_passphrase = true;
	a->totp = true;
	memset(a->totp_secret, 's', sizeof(a->totp_secret));
	a->totp_step = UINT64_C(0x0102030405060708);
	a->recovery_count = ACCOUNT_RECOVERY_MAX;
	for (size_t i = 0; i < ACCOUNT_RECOVERY_MAX; i++)
		memset(a->recovery[i], (int)i + 1, ACCOUNT_CODE_LEN);
	a->enrolment.expires = INT64_C(1800000000000);
	a->enrolment.number = UINT64_C(0x1112131415161718);
	a->enrolment.tries = 5;
	memset(a->enrolment.code, 'c', ACCOUNT_CODE_LEN);
	a->passkey_count = 1;
	a->passkeys[0] = make_passkey(1, PASSKEY_ES256, 32);
}

static void
ck_same_passkey(const struct passkey *a, const struct passkey *b)
{
	ck_assert_int_eq(a->created, b->created);
	ck_assert_uint_eq(a->count, b->count);
	ck_assert_uint_eq(a->algorithm, b->algorithm);
	ck_assert_uint_eq(a->id_len, b->id_len);
	ck_assert_mem_eq(a->id, b->id, sizeof(a->id));
	ck_assert_mem_eq(a->key, b->key, sizeof(a->key));
	ck_assert_str_eq(a->label, b->label);
}

static void
ck_same(const struct account *a, const struct account *b)
{
	ck_assert(a->active == b->active);
	ck_assert(id_equal(&a->person, &b->person));
	ck_assert_str_eq(secret_text(&a->login), secret_text(&b->login));
	ck_assert_str_eq(a->passphrase, b->passphrase);
	ck_assert(a->short_passphrase == b->short_passphrase);
	ck_assert(a->totp == b->totp);
	ck_assert_mem_eq(a->totp_secret, b->totp_secret, ACCOUNT_TOTP_LEN);
	ck_assert_uint_eq(a->totp_step, b->totp_step);
	ck_assert_uint_eq(a->recovery_count, b->recovery_count);
	ck_assert_mem_eq(a->recovery, b->recovery, sizeof(a->recovery));
	ck_assert_int_eq(a->enrolment.expires, b->enrolment.expires);
	ck_assert_uint_eq(a->enrolment.number, b->enrolment.number);
	ck_assert_uint_eq(a->enrolment.tries, b->enrolment.tries);
	ck_assert_mem_eq(
	    a->enrolment.code, b->enrolment.code, ACCOUNT_CODE_LEN);
	ck_assert_uint_eq(a->passkey_count, b->passkey_count);
	for (size_t i = 0; i < a->passkey_count; i++)
		ck_same_passkey(&a->passkeys[i], &b->passkeys[i]);
}

START_TEST(what_guards_an_account_comes_back)
{
	struct id person = put_person();
	account_auto struct account a, back = {0}, bare = {0};

	make_account(&a, &person, "ana");
	guard(&a);
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	temp_reopen(&s);
	ck_assert_int_eq(account_get(s.txn, &a.id, &back), 0);
	ck_same(&a, &back);
	/* a code is used up */
	a.recovery_count--;
	memset(a.recovery[a.recovery_count], 0, ACCOUNT_CODE_LEN);
	a.totp_step++;
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	account_fini(&back);
	ck_assert_int_eq(account_get(s.txn, &a.id, &back), 0);
	ck_same(&a, &back);
	/* and all of it is taken back */
	make_account(&bare, &person, "ana");
	bare.id = a.id;
	ck_assert_int_eq(account_put(s.txn, &bare), 0);
	account_fini(&back);
	ck_assert_int_eq(account_get(s.txn, &a.id, &back), 0);
	ck_same(&bare, &back);
}
END_TEST

START_TEST(a_login_may_come_later)
{
	struct id person = put_person(), found;
	account_auto struct account a = {0}, back = {0};

	make_account(&a, &person, "");
	a.passphrase[0] = '\0';
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	ck_assert_uint_eq(store_count(s.txn, KV_BLIND), 1);
	ck_assert_int_eq(account_by_login(s.txn, "", &found), KV_NOT_FOUND);
	ck_assert_int_eq(account_by_person(s.txn, &person, &found), 0);
	ck_assert_int_eq(account_get(s.txn, &found, &back), 0);
	ck_same(&a, &back);
	secret_fini(&a.login);
	a.login = text_secret("ana");
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	ck_assert_int_eq(account_by_login(s.txn, "ana", &found), 0);
	secret_fini(&a.login);
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	ck_assert_int_eq(account_by_login(s.txn, "ana", &found), KV_NOT_FOUND);
	ck_assert_uint_eq(store_count(s.txn, KV_BLIND), 1);
}
END_TEST

/* The greatest there can be, and then all but one taken away. */
START_TEST(passkeys_come_back)
{
	struct id person = put_person();
	account_auto struct account a, back = {0};

	make_account(&a, &person, "ana");
	guard(&a);
	memset(a.passphrase, 'p', PASSPHRASE_HASH_LEN - 1);
	for (unsigned i = 0; i < ACCOUNT_PASSKEYS_MAX; i++) {
		a.passkeys[i] = make_passkey(i, PASSKEY_RS256, PASSKEY_ID_MAX);
		memset(a.passkeys[i].label, 'l', PASSKEY_LABEL_MAX);
	}
	a.passkey_count = ACCOUNT_PASSKEYS_MAX;
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	temp_reopen(&s);
	ck_assert_int_eq(account_get(s.txn, &a.id, &back), 0);
	ck_same(&a, &back);
	a.passkey_count = 1;
	a.passkeys[0] = make_passkey(9, PASSKEY_EDDSA, 1);
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	account_fini(&back);
	ck_assert_int_eq(account_get(s.txn, &a.id, &back), 0);
	ck_same(&a, &back);
}
END_TEST

START_TEST(either_guards)
{
	struct account a = {0};

	ck_assert(!account_guarded(&a));
	a.short_passphrase = true;
	a.recovery_count = 1;
	ck_assert(!account_guarded(&a));
	a.totp = true;
	ck_assert(account_guarded(&a));
	a.passkey_count = 1;
	ck_assert(account_guarded(&a));
	a.totp = false;
	ck_assert(account_guarded(&a));
}
END_TEST

static const struct {
	const char *name;
	uint8_t algorithm;
	uint8_t id_len;
	const char *label;
} unsound[] = {
    {"no id", PASSKEY_ES256, 0, "x"},
    {"no label", PASSKEY_ES256, 1, ""},
    {"no algorithm", 0, 1, "x"},
    {"a later algorithm", 4, 1, "x"},
};

START_TEST(an_unsound_passkey_is_not_kept)
{
	struct id person = put_person();
	account_auto struct account a = {0};
	uint64_t changes = store_changes(s.txn);
	struct passkey *p = &a.passkeys[0];

	make_account(&a, &person, "ana");
	a.passkey_count = 1;
	*p = make_passkey(1, PASSKEY_ES256, 20);
	p->algorithm = unsound[_i].algorithm;
	p->id_len = unsound[_i].id_len;
	(void)snprintf(p->label, sizeof(p->label), "%s", unsound[_i].label);
	ck_assert_msg(
	    account_put(s.txn, &a) == -EINVAL, "%s", unsound[_i].name);
	ck_assert_uint_eq(store_changes(s.txn), changes);
}
END_TEST

START_TEST(codes_and_passkeys_have_a_ceiling)
{
	struct id person = put_person();
	account_auto struct account a = {0};
	uint64_t changes = store_changes(s.txn);

	make_account(&a, &person, "ana");
	a.recovery_count = ACCOUNT_RECOVERY_MAX + 1;
	ck_assert_int_eq(account_put(s.txn, &a), -EINVAL);
	a.recovery_count = 0;
	a.passkey_count = ACCOUNT_PASSKEYS_MAX + 1;
	ck_assert_int_eq(account_put(s.txn, &a), -EINVAL);
	ck_assert_uint_eq(store_changes(s.txn), changes);
}
END_TEST

static int
read_account(const void *arg)
{
	account_auto struct account a = {0};

	return account_get(s.txn, arg, &a);
}

START_TEST(no_bit_of_an_account_can_be_changed)
{
	struct id person = put_person();
	account_auto struct account a = {0}, back = {0};
	struct key at, to;

	make_account(&a, &person, "ana");
	guard(&a);
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	at = key_of_id(&a.id);
	row_flip(&s, KV_ACCOUNT, &at, read_account, &a.id);
	/* nor can it be another's, be it of the same person */
	make_account(&back, &person, "ben");
	ck_assert_int_eq(account_put(s.txn, &back), 0);
	to = key_of_id(&back.id);
	row_move(&s, KV_ACCOUNT, &at, &to);
	ck_assert_int_eq(read_account(&back.id), SEAL_FORGED);
}
END_TEST

/* Neither how it is guarded nor how many codes are left. */
START_TEST(the_size_of_a_row_tells_nothing)
{
	struct id person = put_person();
	account_auto struct account a = {0};
	struct row bare, guarded, more;
	struct key at;

	make_account(&a, &person, "");
	a.passphrase[0] = '\0';
	at = key_of_id(&a.id);
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	row_get(&s, KV_ACCOUNT, &at, &bare);
	guard(&a);
	memset(a.passphrase, 'p', 100);
	secret_fini(&a.login);
	a.login = text_secret("a.login.name.of.forty.characters.at.most");
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	row_get(&s, KV_ACCOUNT, &at, &guarded);
	ck_assert_uint_eq(bare.len, guarded.len);
	/* but whether there are several passkeys: by one step */
	for (size_t i = 1; i < ACCOUNT_PASSKEYS_MAX - 1; i++) {
		a.passkeys[i] = make_passkey((unsigned)i, PASSKEY_ES256, 64);
		a.passkey_count = i + 1;
		ck_assert_int_eq(account_put(s.txn, &a), 0);
		row_get(&s, KV_ACCOUNT, &at, &more);
		ck_assert_uint_eq(more.len, bare.len + 1024);
	}
}
END_TEST

/* ---- what other programs wrote --------------------------------------- */

static const uint8_t tags[] = {1, 2, 0x83, 0x84, 5, 6, 0x87};

static struct envelope
envelope_of(const struct account *a, size_t known_len)
{
	return (struct envelope){
	    .space = KV_ACCOUNT,
	    .label = SEAL_ACCOUNT,
	    .key = key_of_id(&a->id),
	    .header = 1 + 1 + ID_LEN,
	    .known = {tags, known_len},
	};
}

/* A row of nothing but FIELDS in the place of A's. */
static void
put_fields(const struct account *a, struct kv_slice fields)
{
	struct envelope e = envelope_of(a, 0);
	slot_key_auto struct slot_key key = {0};
	buf_auto struct buf b = {0};
	buf_auto struct buf record = {0};

	kv_del(store_kv(s.txn), KV_ACCOUNT, key_slice(&e.key));
	buf_init(&b, ENVELOPE_MAX);
	buf_init(&record, ENVELOPE_MAX);
	buf_add(&b, fields.data, fields.len);
	buf_add_byte(&record, 1);
	buf_add_byte(&record, 1);
	record_add_id(&record, &a->person);
	ck_assert_int_eq(slot_get(s.txn, SLOT_PERSON, &a->person, 0, &key), 0);
	ck_assert_int_eq(envelope_pack(s.txn, &e, &key, &b, &record), 0);
	kv_put(store_kv(s.txn), KV_ACCOUNT, key_slice(&e.key),
	    (struct kv_slice){record.data, record.len});
}

static void
get_fields(const struct account *a, struct secret *fields_r)
{
	struct envelope e = envelope_of(a, sizeof(tags));
	slot_key_auto struct slot_key key = {0};
	struct kv_slice val;

	ck_assert_int_eq(slot_get(s.txn, SLOT_PERSON, &a->person, 0, &key), 0);
	ck_assert_int_eq(
	    kv_get(store_kv(s.txn), KV_ACCOUNT, key_slice(&e.key), &val), 0);
	ck_assert_int_eq(envelope_open(s.txn, &e, &key, val, fields_r), 0);
}

START_TEST(an_older_row_has_no_second_factor)
{
	static const uint8_t fields[] = "\1\0\3ana\2\0\4hash";
	struct id person = put_person();
	account_auto struct account a = {0}, back = {0};

	make_account(&a, &person, "ana");
	memcpy(a.passphrase, "hash", 5);
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	put_fields(&a, (struct kv_slice){fields, sizeof(fields) - 1});
	ck_assert_int_eq(account_get(s.txn, &a.id, &back), 0);
	ck_same(&a, &back);
	ck_assert_int_eq(account_put(s.txn, &back), 0);
}
END_TEST

/* As one would read it that knows a login name and a passphrase only. */
static int
read_as_older(const struct account *a)
{
	secret_auto struct secret fields = {0};
	buf_auto struct buf kept = {0};

	buf_init(&kept, ENVELOPE_MAX);
	get_fields(a, &fields);
	return keep_fields((struct kv_slice){fields.data, fields.len},
	    (struct kv_slice){tags, 2}, &kept);
}

START_TEST(an_older_program_signs_nobody_in_without_it)
{
	struct id person = put_person();
	account_auto struct account a = {0};

	make_account(&a, &person, "ana");
	guard(&a);
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	ck_assert_int_eq(read_as_older(&a), RECORD_NEWER);
	a.totp = false;
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	ck_assert_int_eq(read_as_older(&a), RECORD_NEWER);
	a.short_passphrase = false;
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	ck_assert_int_eq(read_as_older(&a), RECORD_NEWER);
	a.passkey_count = 0;
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	ck_assert_int_eq(read_as_older(&a), 0);
}
END_TEST

static const struct {
	uint8_t tag;
	uint16_t len;
	int result;
} odd[] = {
    {2, PASSPHRASE_HASH_LEN - 1, 0},
    {2, PASSPHRASE_HASH_LEN, RECORD_CORRUPT},
    {0x83, 27, RECORD_CORRUPT},
    {0x83, 28, 0},
    {0x83, 29, RECORD_CORRUPT},
    {5, 0, 0},
    {5, 15, RECORD_CORRUPT},
    {5, 160, 0},
    {5, 176, RECORD_CORRUPT},
    {6, 32, RECORD_CORRUPT},
    {6, 33, 0},
    {6, 34, RECORD_CORRUPT},
    {8, 9, 0},
    {0x88, 9, RECORD_NEWER},
};

START_TEST(fields_have_their_size)
{
	struct id person = put_person();
	account_auto struct account a = {0};
	buf_auto struct buf b = {0};

	make_account(&a, &person, "ana");
	buf_init(&b, ENVELOPE_MAX);
	buf_add_byte(&b, odd[_i].tag);
	buf_add_u16(&b, odd[_i].len);
	for (size_t i = 0; i < odd[_i].len; i++)
		buf_add_byte(&b, 'x');
	put_fields(&a, (struct kv_slice){b.data, b.len});
	ck_assert_int_eq(read_account(&a.id), odd[_i].result);
}
END_TEST

/* The value's start (after the times and the counter), and its length. */
static const struct {
	const char *name;
	uint8_t algorithm;
	uint8_t id_len;
	uint16_t len;
	int result;
} odd_passkeys[] = {
    {"as it is made", 1, 20, 14 + 20 + 64 + 3, 0},
    {"the longest id", 1, 255, 14 + 255 + 64 + 3, 0},
    {"the longest label", 3, 20, 14 + 20 + 259 + 48, 0},
    {"a longer label", 3, 20, 14 + 20 + 259 + 49, RECORD_CORRUPT},
    {"no label", 2, 20, 14 + 20 + 32, RECORD_CORRUPT},
    {"half a key", 2, 20, 14 + 20 + 16, RECORD_CORRUPT},
    {"half an id", 2, 20, 14 + 10, RECORD_CORRUPT},
    {"no id", 2, 0, 14 + 32 + 3, RECORD_CORRUPT},
    {"half of it", 1, 20, 7, RECORD_CORRUPT},
    {"nothing", 1, 20, 0, RECORD_CORRUPT},
    {"an algorithm of later", 4, 20, 14 + 20 + 64 + 3, RECORD_NEWER},
    {"no algorithm", 0, 20, 14 + 20 + 64 + 3, RECORD_NEWER},
};

START_TEST(passkeys_have_their_size)
{
	struct id person = put_person();
	account_auto struct account a = {0};
	buf_auto struct buf b = {0};

	make_account(&a, &person, "ana");
	buf_init(&b, ENVELOPE_MAX);
	buf_add_byte(&b, 0x87);
	buf_add_u16(&b, odd_passkeys[_i].len);
	for (size_t i = 0; i < odd_passkeys[_i].len; i++)
		buf_add_byte(&b, i == 12   ? odd_passkeys[_i].algorithm
				 : i == 13 ? odd_passkeys[_i].id_len
					   : 'x');
	put_fields(&a, (struct kv_slice){b.data, b.len});
	ck_assert_msg(read_account(&a.id) == odd_passkeys[_i].result, "%s",
	    odd_passkeys[_i].name);
}
END_TEST

/* One more than there may be. */
START_TEST(more_passkeys_are_not_read)
{
	struct passkey p = make_passkey(1, PASSKEY_ES256, 20);
	struct id person = put_person();
	account_auto struct account a = {0};
	buf_auto struct buf b = {0};

	make_account(&a, &person, "ana");
	buf_init(&b, ENVELOPE_MAX);
	for (size_t i = 0; i <= ACCOUNT_PASSKEYS_MAX; i++) {
		ck_assert_int_eq(i == 0 ? 0 : read_account(&a.id), 0);
		buf_add_byte(&b, 0x87);
		buf_add_u16(&b, (uint16_t)passkey_len(&p));
		passkey_pack(&p, &b);
		put_fields(&a, (struct kv_slice){b.data, b.len});
	}
	ck_assert_int_eq(read_account(&a.id), RECORD_CORRUPT);
}
END_TEST

START_TEST(fields_of_newer_programs_stay)
{
	static const uint8_t later[] = {9, 0, 5, 'l', 'a', 't', 'e', 'r'};
	static const uint8_t must[] = {0x89, 0, 5, 'l', 'a', 't', 'e', 'r'};
	struct id person = put_person();
	account_auto struct account a = {0}, back = {0};
	secret_auto struct secret fields = {0};
	uint64_t changes;

	make_account(&a, &person, "ana");
	guard(&a);
	put_fields(&a, (struct kv_slice){later, sizeof(later)});
	ck_assert_int_eq(account_put(s.txn, &a), 0);
	ck_assert_int_eq(account_get(s.txn, &a.id, &back), 0);
	ck_same(&a, &back);
	get_fields(&a, &fields);
	ck_assert_ptr_nonnull(
	    memmem(fields.data, fields.len, later, sizeof(later)));
	put_fields(&a, (struct kv_slice){must, sizeof(must)});
	changes = store_changes(s.txn);
	ck_assert_int_eq(account_put(s.txn, &a), RECORD_NEWER);
	ck_assert_uint_eq(store_changes(s.txn), changes);
}
END_TEST

/* ---- passphrases ----------------------------------------------------- */

/* Slow by intent; so all of it in one. */
START_TEST(a_passphrase_is_checked)
{
	const struct keyring *k = store_keyring(s.st);
	secret_auto struct secret right = text_secret("correct horse");
	secret_auto struct secret wrong = text_secret("correct house");
	secret_auto struct secret none = {0};
	char hash[PASSPHRASE_HASH_LEN], again[PASSPHRASE_HASH_LEN];

	ck_assert_int_eq(passphrase_hash(k, &right, hash), 0);
	ck_assert_int_eq(passphrase_hash(k, &right, again), 0);
	ck_assert_str_ne(hash, again);
	ck_assert_int_eq(
	    strncmp(hash, "$argon2id$v=19$m=131072,t=3,p=1$", 32), 0);
	ck_assert_int_eq(passphrase_check(k, &right, hash), 0);
	ck_assert_int_eq(passphrase_check(k, &wrong, hash), PASSPHRASE_WRONG);
	ck_assert_int_eq(passphrase_check(k, &none, hash), PASSPHRASE_WRONG);
	ck_assert_int_eq(
	    passphrase_check(k, &right, "nonsense"), PASSPHRASE_WRONG);
}
END_TEST

static int64_t
cpu_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* Microseconds of CPU; the least of some, as others use memory, too. */
static int64_t
time_of_check(const struct secret *passphrase, const char *hash)
{
	int64_t least = INT64_MAX;

	for (unsigned i = 0; i < 3; i++) {
		int64_t took = cpu_now();

		ck_assert_int_eq(
		    passphrase_check(store_keyring(s.st), passphrase, hash),
		    PASSPHRASE_WRONG);
		took = cpu_now() - took;
		least = took < least ? took : least;
	}
	return least;
}

START_TEST(an_unknown_login_takes_as_long)
{
	secret_auto struct secret right = text_secret("correct horse");
	secret_auto struct secret wrong = text_secret("correct house");
	char hash[PASSPHRASE_HASH_LEN];
	int64_t known, null, empty;

	ck_assert_int_eq(passphrase_hash(store_keyring(s.st), &right, hash), 0);
	known = time_of_check(&wrong, hash);
	null = time_of_check(&wrong, NULL);
	empty = time_of_check(&wrong, "");
	ck_assert_int_gt(null, known / 2);
	ck_assert_int_lt(null, known * 2);
	ck_assert_int_gt(empty, known / 2);
	ck_assert_int_lt(empty, known * 2);
}
END_TEST

/* A hash of one store is worth nothing under another's pepper. */
START_TEST(the_pepper_counts)
{
	secret_auto struct secret right = text_secret("correct horse");
	char hash[PASSPHRASE_HASH_LEN];
	struct temp_store other;

	temp_make(&other);
	ck_assert_int_eq(passphrase_hash(store_keyring(s.st), &right, hash), 0);
	ck_assert_int_eq(
	    passphrase_check(store_keyring(other.st), &right, hash),
	    PASSPHRASE_WRONG);
	temp_remove(&other);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("account");
	TCase *tc = tcase_create("account");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, an_account_comes_back);
	tcase_add_test(tc, a_login_is_one_accounts);
	tcase_add_test(tc, an_account_needs_a_person);
	tcase_add_test(tc, what_guards_an_account_comes_back);
	tcase_add_test(tc, a_login_may_come_later);
	tcase_add_test(tc, passkeys_come_back);
	tcase_add_test(tc, either_guards);
	tcase_add_loop_test(
	    tc, an_unsound_passkey_is_not_kept, 0, (int)PN_ARRAY_LEN(unsound));
	tcase_add_test(tc, codes_and_passkeys_have_a_ceiling);
	tcase_add_test(tc, no_bit_of_an_account_can_be_changed);
	tcase_add_test(tc, the_size_of_a_row_tells_nothing);
	tcase_add_test(tc, an_older_row_has_no_second_factor);
	tcase_add_test(tc, an_older_program_signs_nobody_in_without_it);
	tcase_add_loop_test(
	    tc, fields_have_their_size, 0, (int)PN_ARRAY_LEN(odd));
	tcase_add_loop_test(
	    tc, passkeys_have_their_size, 0, (int)PN_ARRAY_LEN(odd_passkeys));
	tcase_add_test(tc, more_passkeys_are_not_read);
	tcase_add_test(tc, fields_of_newer_programs_stay);
	tcase_add_test(tc, a_passphrase_is_checked);
	tcase_add_test(tc, an_unknown_login_takes_as_long);
	tcase_add_test(tc, the_pepper_counts);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
