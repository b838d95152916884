/* SPDX-License-Identifier: Apache-2.0 */

#include "store/session.h"

#include <string.h>
#include <sodium.h>
#include "base/base32.h"
#include "base/buf.h"
#include "store/keep.h"
#include "store/record.h"
#include "store/seal.h"
#include "store/stamp.h"

#define SESSION_FORMAT 1
#define SESSION_HEADER (1 + 2 * ID_LEN + 3 * 8)
#define SESSION_MAX 1024
/* A program that knows no states takes none for an open one. */
#define TAG_FRONTEND 1
#define TAG_STATE (RECORD_CRITICAL | 2)
#define TAG_LABEL 3

_Static_assert(
    BASE32_LEN(SESSION_TOKEN_LEN) == SESSION_TEXT_LEN, "the token's text");

static void
session_hash(const uint8_t token[static SESSION_TOKEN_LEN],
    uint8_t hash_r[static SESSION_HASH_LEN])
{
	(void)crypto_generichash(
	    hash_r, SESSION_HASH_LEN, token, SESSION_TOKEN_LEN, NULL, 0);
}

void
session_token_new(char text_r[static SESSION_TEXT_LEN + 1],
    uint8_t hash_r[static SESSION_HASH_LEN])
{
	uint8_t token[SESSION_TOKEN_LEN];

	randombytes_buf(token, sizeof(token));
	base32_encode(token, sizeof(token), text_r);
	session_hash(token, hash_r);
	sodium_memzero(token, sizeof(token));
}

int
session_token_hash(const char *text, uint8_t hash_r[static SESSION_HASH_LEN])
{
	uint8_t token[SESSION_TOKEN_LEN];
	int err;

	err = base32_decode(text, strlen(text), token, sizeof(token));
	if (err == 0)
		session_hash(token, hash_r);
	sodium_memzero(token, sizeof(token));
	return err;
}

static struct kv_slice
hash_slice(const uint8_t hash[static SESSION_HASH_LEN])
{
	return (struct kv_slice){hash, SESSION_HASH_LEN};
}

static int
session_keep(struct store_txn *txn, const struct session *s, struct buf *out)
{
	static const uint8_t known[] = {TAG_FRONTEND, TAG_STATE, TAG_LABEL};
	struct kv_slice key = hash_slice(s->hash), val;
	int err;

	err = kv_get(store_kv(txn), KV_SESSION, key, &val);
	if (err == 0)
		err =
		    stamp_check(store_txn_keyring(txn), KV_SESSION, key, &val);
	if (err != 0)
		return err == KV_NOT_FOUND || err == SEAL_FORGED ? 0 : err;
	return keep_unknown(
	    val, SESSION_HEADER, (struct kv_slice){known, sizeof(known)}, out);
}

static void
session_pack(const struct session *s, struct buf *b)
{
	const uint8_t state[] = {(uint8_t)s->state};
	const size_t label_len = strnlen(s->label, SESSION_LABEL_LEN);

	buf_add_byte(b, SESSION_FORMAT);
	record_add_id(b, &s->person);
	record_add_id(b, &s->account);
	buf_add_u64(b, (uint64_t)s->created);
	buf_add_u64(b, (uint64_t)s->used);
	buf_add_u64(b, (uint64_t)s->expires);
	record_add_field(b, TAG_FRONTEND, s->frontend,
	    strnlen(s->frontend, SESSION_FRONTEND_LEN));
	if (s->state != SESSION_OPEN)
		record_add_field(b, TAG_STATE, state, sizeof(state));
	if (label_len > 0)
		record_add_field(b, TAG_LABEL, s->label, label_len);
}

int
session_put(struct store_txn *txn, const struct session *s)
{
	buf_auto struct buf b = {0};
	int err;

	buf_init(&b, SESSION_MAX);
	session_pack(s, &b);
	err = session_keep(txn, s, &b);
	if (err != 0)
		return err;
	stamp_add(store_txn_keyring(txn), KV_SESSION, hash_slice(s->hash), &b);
	err = buf_error(&b);
	if (err == 0)
		kv_put(store_kv(txn), KV_SESSION, hash_slice(s->hash),
		    (struct kv_slice){b.data, b.len});
	return err;
}

static int
session_text(struct kv_slice field, char *text_r, size_t max)
{
	if (field.len > max)
		return RECORD_CORRUPT;
	memcpy(text_r, field.data, field.len);
	return 0;
}

static int
session_state(struct kv_slice field, struct session *s)
{
	const uint8_t *state = field.data;

	if (field.len != 1 || *state == SESSION_OPEN)
		return RECORD_CORRUPT;
	if (*state > SESSION_SETUP_DUE)
		return RECORD_NEWER;
	s->state = *state;
	return 0;
}

/* KEY is the hash; a row of another shape is RECORD_CORRUPT. */
static int
session_read(struct store_txn *txn, struct kv_slice key, struct kv_slice val,
    struct session *s_r)
{
	struct kv_slice field;
	struct record r;
	uint8_t tag;
	int err;

	if (key.len != SESSION_HASH_LEN)
		return RECORD_CORRUPT;
	err = stamp_check(store_txn_keyring(txn), KV_SESSION, key, &val);
	if (err != 0)
		return err;
	*s_r = (struct session){0};
	memcpy(s_r->hash, key.data, key.len);
	record_open(&r, val, SESSION_FORMAT);
	s_r->person = record_id(&r);
	s_r->account = record_id(&r);
	s_r->created = record_i64(&r);
	s_r->used = record_i64(&r);
	s_r->expires = record_i64(&r);
	while (err == 0 && record_field(&r, &tag, &field)) {
		if (tag == TAG_FRONTEND)
			err = session_text(
			    field, s_r->frontend, SESSION_FRONTEND_LEN);
		else if (tag == TAG_LABEL)
			err =
			    session_text(field, s_r->label, SESSION_LABEL_LEN);
		else if (tag == TAG_STATE)
			err = session_state(field, s_r);
		else
			record_unknown(&r, tag, field, NULL);
	}
	return err != 0 ? err : record_error(&r);
}

int
session_get(struct store_txn *txn, const uint8_t hash[static SESSION_HASH_LEN],
    struct session *s_r)
{
	struct kv_slice val;
	int err;

	err = kv_get(store_kv(txn), KV_SESSION, hash_slice(hash), &val);
	if (err == 0)
		err = session_read(txn, hash_slice(hash), val, s_r);
	return err == SEAL_FORGED ? KV_NOT_FOUND : err;
}

void
session_del(struct store_txn *txn, const uint8_t hash[static SESSION_HASH_LEN])
{
	kv_del(store_kv(txn), KV_SESSION, hash_slice(hash));
}

struct walk {
	struct store_txn *txn;
	int (*each)(const struct session *s, void *arg);
	void *arg;
};

static int
session_walk(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct walk *w = arg;
	struct session s;
	int err;

	err = session_read(w->txn, key, val, &s);
	if (err == SEAL_FORGED)
		return 0;
	return err != 0 ? err : w->each(&s, w->arg);
}

int
session_list(struct store_txn *txn,
    int (*each)(const struct session *s, void *arg), void *arg)
{
	struct kv_range all = {.space = KV_SESSION, .limit = SIZE_MAX};
	struct walk w = {txn, each, arg};

	return kv_scan(store_kv(txn), &all, session_walk, &w);
}
