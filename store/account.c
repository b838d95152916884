/* SPDX-License-Identifier: Apache-2.0 */

#include "store/account.h"

#include <errno.h>
#include <string.h>
#include <sodium.h>
#include "store/blind.h"
#include "store/envelope.h"
#include "store/record.h"

#define ACCOUNT_FORMAT 1
#define ACCOUNT_HEADER (1 + 1 + ID_LEN)
/*
 * So that the size of a row does not tell how well its account is guarded: one
 * passkey beside all the rest fits as a rule, and several into the next step.
 */
#define ACCOUNT_PAD 512
#define ACCOUNT_PAD_LONG 1536

/* A program that does not know what guards an account lets nobody in. */
#define TAG_LOGIN 1
#define TAG_PASSPHRASE 2
#define TAG_TOTP (RECORD_CRITICAL | 3)
#define TAG_SHORT (RECORD_CRITICAL | 4)
#define TAG_RECOVERY 5
#define TAG_ENROLMENT 6
#define TAG_PASSKEY (RECORD_CRITICAL | 7)

#define TOTP_FIELD_LEN (ACCOUNT_TOTP_LEN + 8)
#define ENROLMENT_FIELD_LEN (8 + 8 + 1 + ACCOUNT_CODE_LEN)

void
account_fini(struct account *a)
{
	secret_fini(&a->login);
	sodium_memzero(a, sizeof(*a));
}

bool
account_guarded(const struct account *a)
{
	return a->totp || a->passkey_count > 0;
}

static struct envelope
account_envelope(const struct id *id)
{
	static const uint8_t known[] = {TAG_LOGIN, TAG_PASSPHRASE, TAG_TOTP,
	    TAG_SHORT, TAG_RECOVERY, TAG_ENROLMENT, TAG_PASSKEY};

	return (struct envelope){
	    .space = KV_ACCOUNT,
	    .label = SEAL_ACCOUNT,
	    .key = key_of_id(id),
	    .header = ACCOUNT_HEADER,
	    .pad = ACCOUNT_PAD,
	    .known = {known, sizeof(known)},
	};
}

static struct key
account_back_key(const struct id *person, const struct id *id)
{
	struct key key = {.len = 0};

	key_add_byte(&key, BLIND_ACCOUNT);
	key_add_id(&key, person);
	if (id != NULL)
		key_add_id(&key, id);
	return key;
}

/* The index row of a login name, free or A's own; empty for none. */
static int
account_claim(
    struct store_txn *txn, const struct account *a, struct key *index_r)
{
	struct id holder;
	int err;

	*index_r = (struct key){.len = 0};
	if (a->login.len == 0)
		return 0;
	if (a->login.len > PERSON_TEXT_MAX)
		return PERSON_TOO_LONG;
	err = blind_key(txn, BLIND_LOGIN, secret_text(&a->login), index_r);
	if (err == 0)
		err = blind_get(txn, index_r, &holder);
	if (err == KV_NOT_FOUND)
		return 0;
	return err == 0 && !id_equal(&holder, &a->id) ? PERSON_TAKEN : err;
}

/* What is not there is left out. */
static void
account_fields(const struct account *a, struct buf *b)
{
	const size_t hash_len = strnlen(a->passphrase, PASSPHRASE_HASH_LEN - 1);

	if (a->login.len > 0)
		record_add_field(b, TAG_LOGIN, a->login.data, a->login.len);
	if (hash_len > 0)
		record_add_field(b, TAG_PASSPHRASE, a->passphrase, hash_len);
	if (a->totp) {
		buf_add_byte(b, TAG_TOTP);
		buf_add_u16(b, TOTP_FIELD_LEN);
		buf_add(b, a->totp_secret, ACCOUNT_TOTP_LEN);
		buf_add_u64(b, a->totp_step);
	}
	if (a->short_passphrase)
		record_add_field(b, TAG_SHORT, NULL, 0);
	if (a->recovery_count > 0)
		record_add_field(b, TAG_RECOVERY, a->recovery,
		    a->recovery_count * ACCOUNT_CODE_LEN);
	if (a->enrolment.expires != 0) {
		buf_add_byte(b, TAG_ENROLMENT);
		buf_add_u16(b, ENROLMENT_FIELD_LEN);
		buf_add_u64(b, (uint64_t)a->enrolment.expires);
		buf_add_u64(b, a->enrolment.number);
		buf_add_byte(b, a->enrolment.tries);
		buf_add(b, a->enrolment.code, ACCOUNT_CODE_LEN);
	}
	for (size_t i = 0; i < a->passkey_count; i++) {
		buf_add_byte(b, TAG_PASSKEY);
		buf_add_u16(b, (uint16_t)passkey_len(&a->passkeys[i]));
		passkey_pack(&a->passkeys[i], b);
	}
}

static int
account_pack(struct store_txn *txn, const struct account *a,
    const struct slot_key *key, struct buf *record)
{
	struct envelope e = account_envelope(&a->id);
	buf_auto struct buf fields = {0};
	int err;

	buf_init(&fields, ENVELOPE_MAX);
	account_fields(a, &fields);
	if (fields.len > ACCOUNT_PAD)
		e.pad = ACCOUNT_PAD_LONG;
	buf_add_byte(record, ACCOUNT_FORMAT);
	buf_add_byte(record, a->active ? 1 : 0);
	record_add_id(record, &a->person);
	err = buf_error(record);
	return err != 0 ? err : envelope_pack(txn, &e, key, &fields, record);
}

static bool
account_sound(const struct account *a)
{
	if (a->recovery_count > ACCOUNT_RECOVERY_MAX ||
	    a->passkey_count > ACCOUNT_PASSKEYS_MAX)
		return false;
	for (size_t i = 0; i < a->passkey_count; i++) {
		if (!passkey_sound(&a->passkeys[i]))
			return false;
	}
	return true;
}

int
account_put(struct store_txn *txn, const struct account *a)
{
	account_auto struct account old = {0};
	slot_key_auto struct slot_key key = {0};
	struct key at = key_of_id(&a->id), index, was;
	struct key back = account_back_key(&a->person, &a->id);
	buf_auto struct buf record = {0};
	int err;

	buf_init(&record, ENVELOPE_MAX);
	if (!account_sound(a))
		return -EINVAL;
	err = slot_get(txn, SLOT_PERSON, &a->person, 0, &key);
	if (err != 0)
		return err;
	err = account_get(txn, &a->id, &old);
	if (err != 0 && err != KV_NOT_FOUND)
		return err;
	/* an account stays its person's */
	if (err == 0 && !id_equal(&old.person, &a->person))
		return PERSON_TAKEN;
	err = account_claim(txn, &old, &was);
	if (err == 0)
		err = account_claim(txn, a, &index);
	if (err == 0)
		err = account_pack(txn, a, &key, &record);
	if (err != 0)
		return err;
	kv_put(store_kv(txn), KV_ACCOUNT, key_slice(&at),
	    (struct kv_slice){record.data, record.len});
	if (was.len > 0)
		kv_del(store_kv(txn), KV_BLIND, key_slice(&was));
	blind_mark(txn, &back);
	return index.len > 0 ? blind_put(txn, &index, &a->id) : 0;
}

static int
open_passphrase(struct kv_slice val, struct account *a)
{
	if (val.len >= PASSPHRASE_HASH_LEN)
		return RECORD_CORRUPT;
	memcpy(a->passphrase, val.data, val.len);
	a->passphrase[val.len] = '\0';
	return 0;
}

static int
open_totp(struct kv_slice val, struct account *a)
{
	struct record r = {.at = val.data, .left = val.len};

	if (val.len != TOTP_FIELD_LEN)
		return RECORD_CORRUPT;
	a->totp = true;
	record_bytes(&r, a->totp_secret, ACCOUNT_TOTP_LEN);
	a->totp_step = record_u64(&r);
	return record_error(&r);
}

static int
open_recovery(struct kv_slice val, struct account *a)
{
	if (val.len % ACCOUNT_CODE_LEN != 0 || val.len > sizeof(a->recovery))
		return RECORD_CORRUPT;
	memcpy(a->recovery, val.data, val.len);
	a->recovery_count = val.len / ACCOUNT_CODE_LEN;
	return 0;
}

static int
open_enrolment(struct kv_slice val, struct account *a)
{
	struct record r = {.at = val.data, .left = val.len};

	if (val.len != ENROLMENT_FIELD_LEN)
		return RECORD_CORRUPT;
	a->enrolment.expires = record_i64(&r);
	a->enrolment.number = record_u64(&r);
	a->enrolment.tries = record_u8(&r);
	record_bytes(&r, a->enrolment.code, ACCOUNT_CODE_LEN);
	return record_error(&r);
}

static int
open_passkey(struct kv_slice val, struct account *a)
{
	if (a->passkey_count == ACCOUNT_PASSKEYS_MAX)
		return RECORD_CORRUPT;
	return passkey_open(val, &a->passkeys[a->passkey_count++]);
}

static int
account_open(struct kv_slice fields, struct account *a)
{
	struct record r = {.at = fields.data, .left = fields.len};
	struct kv_slice val;
	uint8_t tag;
	int err = 0;

	while (err == 0 && !record_padded(&r) && record_field(&r, &tag, &val)) {
		switch (tag) {
		case TAG_LOGIN:
			secret_fini(&a->login);
			err = secret_set(&a->login, val.data, val.len);
			break;
		case TAG_PASSPHRASE:
			err = open_passphrase(val, a);
			break;
		case TAG_TOTP:
			err = open_totp(val, a);
			break;
		case TAG_SHORT:
			a->short_passphrase = true;
			break;
		case TAG_RECOVERY:
			err = open_recovery(val, a);
			break;
		case TAG_ENROLMENT:
			err = open_enrolment(val, a);
			break;
		case TAG_PASSKEY:
			err = open_passkey(val, a);
			break;
		default:
			record_unknown(&r, tag, val, NULL);
		}
	}
	return err != 0 ? err : record_error(&r);
}

int
account_get(struct store_txn *txn, const struct id *id, struct account *a_r)
{
	slot_key_auto struct slot_key key = {0};
	account_auto struct account a = {.id = *id};
	secret_auto struct secret fields = {0};
	struct envelope e = account_envelope(id);
	struct kv_slice val;
	struct record r;
	int err;

	err = kv_get(store_kv(txn), KV_ACCOUNT, key_slice(&e.key), &val);
	if (err != 0)
		return err;
	record_open(&r, val, ACCOUNT_FORMAT);
	a.active = record_u8(&r) != 0;
	a.person = record_id(&r);
	err = record_error(&r);
	if (err == 0)
		err = slot_get(txn, SLOT_PERSON, &a.person, 0, &key);
	if (err == 0)
		err = envelope_open(txn, &e, &key, val, &fields);
	if (err == 0)
		err = account_open(
		    (struct kv_slice){fields.data, fields.len}, &a);
	if (err != 0)
		return err;
	*a_r = a;
	a.login = (struct secret){0};
	return 0;
}

int
account_by_login(struct store_txn *txn, const char *login, struct id *id_r)
{
	struct key key;
	int err;

	err = blind_key(txn, BLIND_LOGIN, login, &key);
	return err != 0 ? err : blind_get(txn, &key, id_r);
}

static int
account_first(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct id *id = arg;

	(void)val;
	if (key.len != 1 + 2 * ID_LEN)
		return RECORD_CORRUPT;
	memcpy(id->b, (const uint8_t *)key.data + 1 + ID_LEN, ID_LEN);
	return 0;
}

int
account_by_person(
    struct store_txn *txn, const struct id *person, struct id *id_r)
{
	struct key from = account_back_key(person, NULL);
	struct key to = key_past(&from);
	struct kv_range range = {
	    .space = KV_BLIND,
	    .from = key_slice(&from),
	    .to = key_slice(&to),
	    .limit = 1,
	};
	int err;

	*id_r = (struct id){0};
	err = kv_scan(store_kv(txn), &range, account_first, id_r);
	return err == 0 && id_is_nil(id_r) ? KV_NOT_FOUND : err;
}
