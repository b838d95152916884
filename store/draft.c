/* SPDX-License-Identifier: Apache-2.0 */

#include "store/draft.h"

#include <string.h>
#include <sodium.h>
#include "store/envelope.h"
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

static struct envelope
draft_envelope(const struct id *person, const struct id *about)
{
	static const uint8_t known[] = {TAG_BODY, TAG_KEY};
	struct envelope e = {
	    .space = KV_DRAFT,
	    .label = SEAL_DRAFT,
	    .key = key_of_id(person),
	    .header = DRAFT_HEADER,
	    .known = {known, sizeof(known)},
	};

	key_add_id(&e.key, about);
	return e;
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
	buf_add_byte(&record, DRAFT_FORMAT);
	buf_add_u64(&record, (uint64_t)d->saved);
	err = envelope_pack_long(txn, &e, &key, &fields, &record);
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
	struct record r;
	int err;

	buf_init(&body, DRAFT_MAX);
	err = slot_get(txn, SLOT_PERSON, person, 0, &key);
	if (err == 0)
		err = kv_get(store_kv(txn), e.space, key_slice(&e.key), &val);
	if (err == 0)
		err = envelope_open_long(txn, &e, &key, val, &fields);
	if (err != 0)
		return err;
	record_open(&r, val, DRAFT_FORMAT);
	d.saved = record_i64(&r);
	err = record_error(&r);
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
