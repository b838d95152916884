/* SPDX-License-Identifier: Apache-2.0 */

#include "store/envelope.h"

#include <string.h>
#include "store/keep.h"
#include "store/record.h"

#define FIELD_SEALED (RECORD_CRITICAL | 1)

/* What binds a row with HEADER to its place. AAD is fresh, to be released. */
static int
envelope_aad(struct store_txn *txn, const struct envelope *e,
    const void *header, struct buf *aad)
{
	buf_init(aad, 256);
	record_add_id(aad, keyring_store_id(store_txn_keyring(txn)));
	buf_add_byte(aad, (uint8_t)e->space);
	buf_add(aad, e->key.b, e->key.len);
	buf_add(aad, header, e->header);
	return buf_error(aad);
}

/* Old fields that this program does not know, sealed and in clear. */
static int
envelope_keep(struct store_txn *txn, const struct envelope *e,
    const struct slot_key *key, struct buf *fields, struct buf *outer)
{
	static const uint8_t known[] = {FIELD_SEALED};
	secret_auto struct secret old = {0};
	struct kv_slice val;
	int err;

	err = kv_get(store_kv(txn), e->space, key_slice(&e->key), &val);
	if (err == KV_NOT_FOUND)
		return 0;
	if (err == 0)
		err = envelope_open(txn, e, key, val, &old);
	if (err == 0)
		err = keep_fields(
		    (struct kv_slice){old.data, old.len}, e->known, fields);
	if (err == 0)
		err = keep_unknown(val, e->header,
		    (struct kv_slice){known, sizeof(known)}, outer);
	return err;
}

int
envelope_pack(struct store_txn *txn, const struct envelope *e,
    const struct slot_key *key, struct buf *fields, struct buf *record)
{
	const size_t pad = e->pad != 0 ? e->pad : ENVELOPE_PAD;
	buf_auto struct buf outer = {0};
	buf_auto struct buf sealed = {0};
	buf_auto struct buf aad = {0};
	int err;

	buf_init(&outer, ENVELOPE_MAX);
	buf_init(&sealed, ENVELOPE_MAX);
	err = envelope_aad(txn, e, record->data, &aad);
	if (err == 0)
		err = envelope_keep(txn, e, key, fields, &outer);
	if (err != 0)
		return err;
	while ((fields->len == 0 || fields->len % pad != 0) &&
	       buf_error(fields) == 0)
		buf_add_byte(fields, 0);
	err = buf_error(fields);
	if (err == 0)
		err = seal(e->label, key->key,
		    (struct kv_slice){aad.data, aad.len},
		    (struct kv_slice){fields->data, fields->len}, &sealed);
	if (err != 0)
		return err;
	record_add_field(record, FIELD_SEALED, sealed.data, sealed.len);
	buf_add(record, outer.data, outer.len);
	return buf_error(record);
}

int
envelope_open(struct store_txn *txn, const struct envelope *e,
    const struct slot_key *key, struct kv_slice val, struct secret *fields_r)
{
	buf_auto struct buf aad = {0};
	struct kv_slice sealed = {0}, field;
	struct record r;
	uint8_t tag;
	int err;

	record_open(&r, val, 1);
	err = record_error(&r);
	if (err != 0)
		return err;
	if (val.len < e->header)
		return RECORD_CORRUPT;
	err = envelope_aad(txn, e, val.data, &aad);
	if (err != 0)
		return err;
	r.at = (const uint8_t *)val.data + e->header;
	r.left = val.len - e->header;
	while (record_field(&r, &tag, &field)) {
		if (tag == FIELD_SEALED)
			sealed = field;
		else
			record_unknown(&r, tag, field, NULL);
	}
	err = record_error(&r);
	if (err != 0)
		return err;
	return seal_open(e->label, key->key,
	    (struct kv_slice){aad.data, aad.len}, sealed, fields_r);
}

/* ---- long rows ------------------------------------------------------- */

/* What the old one holds that this program does not know. */
static int
envelope_keep_long(struct store_txn *txn, const struct envelope *e,
    const struct slot_key *key, struct buf *fields)
{
	secret_auto struct secret old = {0};
	struct kv_slice val;
	int err;

	err = kv_get(store_kv(txn), e->space, key_slice(&e->key), &val);
	if (err == 0)
		err = envelope_open_long(txn, e, key, val, &old);
	if (err == 0)
		err = keep_fields(
		    (struct kv_slice){old.data, old.len}, e->known, fields);
	/* one that is lost anyway keeps nobody from writing another */
	if (err == KV_NOT_FOUND || err == SEAL_FORGED || err == RECORD_CORRUPT)
		return 0;
	return err;
}

int
envelope_pack_long(struct store_txn *txn, const struct envelope *e,
    const struct slot_key *key, struct buf *fields, struct buf *record)
{
	buf_auto struct buf aad = {0};
	int err;

	err = buf_error(record);
	if (err == 0)
		err = envelope_keep_long(txn, e, key, fields);
	if (err == 0)
		err = seal_pad(fields, e->header);
	if (err == 0)
		err = envelope_aad(txn, e, record->data, &aad);
	if (err != 0)
		return err;
	return seal(e->label, key->key, (struct kv_slice){aad.data, aad.len},
	    (struct kv_slice){fields->data, fields->len}, record);
}

int
envelope_open_long(struct store_txn *txn, const struct envelope *e,
    const struct slot_key *key, struct kv_slice val, struct secret *fields_r)
{
	buf_auto struct buf aad = {0};
	struct record r;
	int err;

	record_open(&r, val, 1);
	err = record_error(&r);
	if (err != 0)
		return err;
	if (val.len < e->header)
		return RECORD_CORRUPT;
	err = envelope_aad(txn, e, val.data, &aad);
	if (err != 0)
		return err;
	return seal_open(e->label, key->key,
	    (struct kv_slice){aad.data, aad.len},
	    (struct kv_slice){
		(const uint8_t *)val.data + e->header, val.len - e->header},
	    fields_r);
}
