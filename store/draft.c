/* SPDX-License-Identifier: Apache-2.0 */

#include "store/draft.h"

#include <string.h>
#include <sodium.h>
#include "store/envelope.h"
#include "store/keep.h"
#include "store/record.h"
#include "store/thread.h"

#define DRAFT_FORMAT 1
#define DRAFT_HEADER (1 + 8)
/* A body, the heads of its fields, and what a newer program has added. */
#define DRAFT_MAX (ENTRY_BODY_MAX + (64 << 10))

/* Sealed fields; a body longer than one field continues in the next. */
#define TAG_BODY 1
#define TAG_KEY 2

void
draft_fini(struct draft *d)
{
	secret_fini(&d->body);
	sodium_memzero(d, sizeof(*d));
}

/* Its seal is no field but all that follows the header. */
static struct envelope
draft_envelope(const struct id *person, const struct id *about)
{
	struct envelope e = {
	    .space = KV_DRAFT,
	    .label = SEAL_DRAFT,
	    .key = key_of_id(person),
	    .header = DRAFT_HEADER,
	};

	key_add_id(&e.key, about);
	return e;
}

/* SAVED_R and the sealed fields of VAL. */
static int
draft_unseal(struct store_txn *txn, const struct envelope *e,
    const struct slot_key *key, struct kv_slice val, int64_t *saved_r,
    struct secret *fields_r)
{
	buf_auto struct buf aad = {0};
	struct record r;
	int err;

	record_open(&r, val, DRAFT_FORMAT);
	*saved_r = record_i64(&r);
	err = record_error(&r);
	if (err != 0)
		return err;
	envelope_aad(txn, e, val.data, &aad);
	err = buf_error(&aad);
	if (err != 0)
		return err;
	return seal_open(e->label, key->key,
	    (struct kv_slice){aad.data, aad.len},
	    (struct kv_slice){r.at, r.left}, fields_r);
}

/* What the old one holds that this program does not know. */
static int
draft_keep(struct store_txn *txn, const struct envelope *e,
    const struct slot_key *key, struct buf *fields)
{
	static const uint8_t known[] = {TAG_BODY, TAG_KEY};
	secret_auto struct secret old = {0};
	struct kv_slice val;
	int64_t saved;
	int err;

	err = kv_get(store_kv(txn), e->space, key_slice(&e->key), &val);
	if (err == 0)
		err = draft_unseal(txn, e, key, val, &saved, &old);
	if (err == 0)
		err = keep_fields((struct kv_slice){old.data, old.len},
		    (struct kv_slice){known, sizeof(known)}, fields);
	/* nobody is kept from writing by a draft that is lost anyway */
	if (err == KV_NOT_FOUND || err == SEAL_FORGED || err == RECORD_CORRUPT)
		return 0;
	return err;
}

static int
draft_seal(struct store_txn *txn, const struct envelope *e,
    const struct slot_key *key, int64_t saved, struct buf *fields,
    struct buf *record)
{
	buf_auto struct buf aad = {0};
	int err;

	buf_add_byte(record, DRAFT_FORMAT);
	buf_add_u64(record, (uint64_t)saved);
	err = buf_error(record);
	if (err == 0)
		err = seal_pad(fields, DRAFT_HEADER);
	if (err != 0)
		return err;
	envelope_aad(txn, e, record->data, &aad);
	err = buf_error(&aad);
	if (err != 0)
		return err;
	return seal(e->label, key->key, (struct kv_slice){aad.data, aad.len},
	    (struct kv_slice){fields->data, fields->len}, record);
}

int
draft_put(struct store_txn *txn, const struct draft *d)
{
	struct envelope e = draft_envelope(&d->person, &d->about);
	slot_key_auto struct slot_key key = {0};
	buf_auto struct buf fields = {0};
	buf_auto struct buf record = {0};
	const size_t key_len = strnlen(d->key, DRAFT_KEY_MAX);
	int err;

	buf_init(&fields, DRAFT_MAX);
	buf_init(&record, DRAFT_MAX);
	if (d->body.len > ENTRY_BODY_MAX)
		return DRAFT_TOO_LONG;
	err = slot_get(txn, SLOT_PERSON, &d->person, 0, &key);
	if (err != 0)
		return err;
	record_add_long(&fields, TAG_BODY, d->body.data, d->body.len);
	if (key_len > 0)
		record_add_field(&fields, TAG_KEY, d->key, key_len);
	err = draft_keep(txn, &e, &key, &fields);
	if (err == 0)
		err = draft_seal(txn, &e, &key, d->saved, &fields, &record);
	if (err == 0)
		kv_put(store_kv(txn), e.space, key_slice(&e.key),
		    (struct kv_slice){record.data, record.len});
	return err;
}

static int
draft_open(struct kv_slice fields, struct buf *body, struct draft *d)
{
	struct record r = {.at = fields.data, .left = fields.len};
	struct kv_slice val;
	uint8_t tag;

	while (!record_padded(&r) && record_field(&r, &tag, &val)) {
		if (tag == TAG_BODY) {
			buf_add(body, val.data, val.len);
		} else if (tag != TAG_KEY) {
			record_unknown(&r, tag, val, NULL);
		} else if (val.len > DRAFT_KEY_MAX) {
			return RECORD_CORRUPT;
		} else {
			memcpy(d->key, val.data, val.len);
			d->key[val.len] = '\0';
		}
	}
	return record_error(&r);
}

int
draft_get(struct store_txn *txn, const struct id *person,
    const struct id *about, struct draft *d_r)
{
	struct envelope e = draft_envelope(person, about);
	draft_auto struct draft d = {.person = *person, .about = *about};
	slot_key_auto struct slot_key key = {0};
	secret_auto struct secret fields = {0};
	buf_auto struct buf body = {0};
	struct kv_slice val;
	int err;

	buf_init(&body, DRAFT_MAX);
	err = slot_get(txn, SLOT_PERSON, person, 0, &key);
	if (err == 0)
		err = kv_get(store_kv(txn), e.space, key_slice(&e.key), &val);
	if (err == 0)
		err = draft_unseal(txn, &e, &key, val, &d.saved, &fields);
	if (err == 0)
		err = draft_open(
		    (struct kv_slice){fields.data, fields.len}, &body, &d);
	if (err == 0)
		err = buf_error(&body);
	if (err == 0 && body.len > 0)
		err = secret_set(&d.body, body.data, body.len);
	if (err != 0)
		return err;
	*d_r = d;
	d.body = (struct secret){0};
	return 0;
}

void
draft_del(
    struct store_txn *txn, const struct id *person, const struct id *about)
{
	struct envelope e = draft_envelope(person, about);

	kv_del(store_kv(txn), e.space, key_slice(&e.key));
}
