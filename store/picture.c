/* SPDX-License-Identifier: Apache-2.0 */

#include "store/picture.h"

#include "store/envelope.h"
#include "store/record.h"

#define PICTURE_FORMAT 1
#define PICTURE_HEADER (1 + 8 + 1)
/* An image, the heads of its fields, and what a newer program has added. */
#define PICTURE_ROW_MAX (PICTURE_MAX + (64 << 10))

/* Sealed field. */
#define TAG_IMAGE 1

void
picture_fini(struct picture *p)
{
	secret_fini(&p->image);
	*p = (struct picture){0};
}

static struct envelope
picture_envelope(const struct id *person)
{
	static const uint8_t known[] = {TAG_IMAGE};

	return (struct envelope){
	    .space = KV_PICTURE,
	    .label = SEAL_PICTURE,
	    .key = key_of_id(person),
	    .header = PICTURE_HEADER,
	    .known = {known, sizeof(known)},
	};
}

int
picture_put(struct store_txn *txn, const struct picture *p)
{
	struct envelope e = picture_envelope(&p->person);
	slot_key_auto struct slot_key key = {0};
	buf_auto struct buf fields = {0};
	buf_auto struct buf record = {0};
	int err;

	buf_init(&fields, PICTURE_ROW_MAX);
	buf_init(&record, PICTURE_ROW_MAX);
	if (p->image.len == 0 || p->image.len > PICTURE_MAX)
		return PICTURE_BAD_SIZE;
	err = slot_get(txn, SLOT_PERSON, &p->person, 0, &key);
	if (err != 0)
		return err;
	record_add_field(&fields, TAG_IMAGE, p->image.data, p->image.len);
	buf_add_byte(&record, PICTURE_FORMAT);
	buf_add_u64(&record, (uint64_t)p->changed);
	buf_add_byte(&record, (uint8_t)p->kind);
	err = envelope_pack_long(txn, &e, &key, &fields, &record);
	if (err == 0)
		kv_put(store_kv(txn), e.space, key_slice(&e.key),
		    (struct kv_slice){record.data, record.len});
	return err;
}

static int
picture_header(struct kv_slice val, struct picture *p)
{
	struct record r;

	record_open(&r, val, PICTURE_FORMAT);
	p->changed = record_i64(&r);
	p->kind = record_u8(&r);
	return record_error(&r);
}

static int
picture_open(struct kv_slice fields, struct picture *p)
{
	struct record r = {.at = fields.data, .left = fields.len};
	struct kv_slice val;
	uint8_t tag;
	int err = 0;

	while (err == 0 && !record_padded(&r) && record_field(&r, &tag, &val)) {
		if (tag == TAG_IMAGE && p->image.len > 0)
			err = RECORD_CORRUPT;
		else if (tag == TAG_IMAGE)
			err = secret_set(&p->image, val.data, val.len);
		else
			record_unknown(&r, tag, val, NULL);
	}
	if (err == 0)
		err = record_error(&r);
	if (err != 0)
		return err;
	return p->image.len > 0 && p->image.len <= PICTURE_MAX &&
		       (p->kind == PICTURE_PNG || p->kind == PICTURE_JPEG)
		   ? 0
		   : RECORD_CORRUPT;
}

int
picture_get(struct store_txn *txn, const struct id *person, struct picture *p_r)
{
	struct envelope e = picture_envelope(person);
	picture_auto struct picture p = {.person = *person};
	slot_key_auto struct slot_key key = {0};
	secret_auto struct secret fields = {0};
	struct kv_slice val;
	int err;

	err = slot_get(txn, SLOT_PERSON, person, 0, &key);
	if (err == 0)
		err = kv_get(store_kv(txn), e.space, key_slice(&e.key), &val);
	if (err == 0)
		err = envelope_open_long(txn, &e, &key, val, &fields);
	if (err == 0)
		err = picture_header(val, &p);
	if (err == 0)
		err = picture_open(
		    (struct kv_slice){fields.data, fields.len}, &p);
	if (err != 0)
		return err;
	*p_r = p;
	p.image = (struct secret){0};
	return 0;
}

int
picture_changed(
    struct store_txn *txn, const struct id *person, int64_t *changed_r)
{
	struct key at = key_of_id(person);
	struct picture p = {0};
	struct kv_slice val;
	int err;

	err = kv_get(store_kv(txn), KV_PICTURE, key_slice(&at), &val);
	if (err == 0)
		err = picture_header(val, &p);
	*changed_r = err == 0 ? p.changed : 0;
	return err;
}

void
picture_del(struct store_txn *txn, const struct id *person)
{
	struct key at = key_of_id(person);

	kv_del(store_kv(txn), KV_PICTURE, key_slice(&at));
}
