/* SPDX-License-Identifier: Apache-2.0 */

#include "store/entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "store/key.h"
#include "store/record.h"
#include "store/seal.h"

#define ENTRY_FORMAT 1
#define ENTRY_BOUND 80 /* bytes of the header that the seal binds */
#define ENTRY_SEQ (1 + ENTRY_BOUND)
#define ENTRY_MAC (ENTRY_SEQ + 8)
#define ENTRY_HEADER (ENTRY_MAC + CHAIN_LEN)
/* What stands before an attachment's name. */
#define ATTACHMENT_FIXED (ID_LEN + BLOB_KEY_LEN + 1 + 8 + 4 + 4)
/* A body's fields: one tag and length for each 64 KiB. */
#define ENTRY_FIELDS_MAX                                                       \
	(ENTRY_BODY_MAX + 1024 +                                               \
	    ATTACHMENTS_MAX * (3 + ATTACHMENT_FIXED + ATTACHMENT_NAME_MAX))
#define ENTRY_RECORD_MAX (ENTRY_FIELDS_MAX + 8192)

/* Sealed fields; a body longer than one field continues in the next. */
#define TAG_BODY 1
#define TAG_EVENT 2
#define TAG_ABOUT 3
/* Critical: who cannot read it must not show the message without it. */
#define TAG_ATTACHMENT (RECORD_CRITICAL | 4)

void
entry_sealed_fini(struct entry_sealed *e)
{
	buf_fini(&e->record);
}

void
entry_fini(struct entry *e)
{
	secret_fini(&e->body);
	for (size_t i = 0; i < e->attachments_n; i++)
		attachment_fini(&e->attachments[i]);
	free(e->attachments);
	e->attachments = NULL;
	e->attachments_n = 0;
}

/* RECORD begins with format and bound header. */
static void
entry_aad(const struct keyring *k, const uint8_t *record,
    uint8_t aad_r[static ENTRY_AAD_LEN])
{
	aad_r[0] = record[0];
	memcpy(aad_r + 1, keyring_store_id(k)->b, ID_LEN);
	memcpy(aad_r + 1 + ID_LEN, record + 1, ENTRY_BOUND);
}

static void
entry_pack_header(const struct entry_head *h, struct buf *b)
{
	buf_add_byte(b, ENTRY_FORMAT);
	record_add_id(b, &h->thread);
	buf_add_u32(b, h->generation);
	record_add_id(b, &h->id);
	buf_add_byte(b, (uint8_t)h->kind);
	buf_add_byte(b, (uint8_t)h->visibility);
	record_add_id(b, &h->author);
	record_add_id(b, &h->acting_for);
	buf_add_u64(b, (uint64_t)h->at);
	buf_add_u16(b, h->flags);
}

/* Pads FIELDS so that the whole record has a bucket's size, and seals. */
static int
entry_seal_fields(const struct keyring *k, const struct slot_key *key,
    struct buf *fields, struct entry_sealed *e)
{
	uint8_t aad[ENTRY_AAD_LEN];
	int err;

	entry_pack_header(&e->head, &e->record);
	/* seq and MAC are given at the append */
	(void)buf_grow(&e->record, 8 + CHAIN_LEN);
	err = buf_error(&e->record);
	if (err == 0)
		err = seal_pad(fields, ENTRY_HEADER);
	if (err != 0)
		return err;
	memset(e->record.data + ENTRY_SEQ, 0, 8 + CHAIN_LEN);
	entry_aad(k, e->record.data, aad);
	return seal(SEAL_ENTRY, key->key, (struct kv_slice){aad, sizeof(aad)},
	    (struct kv_slice){fields->data, fields->len}, &e->record);
}

/* Whether A is one that read_attachment() takes. */
static bool
is_sound(const struct attachment *a)
{
	return !id_is_nil(&a->id) && a->type >= ATTACHMENT_PDF &&
	       a->type <= ATTACHMENT_CSV && a->size > 0 &&
	       a->size <= BLOB_SIZE_MAX && a->name.len > 0 &&
	       a->name.len <= ATTACHMENT_NAME_MAX;
}

static void
add_attachment(struct buf *b, const struct attachment *a)
{
	buf_add_byte(b, TAG_ATTACHMENT);
	buf_add_u16(b, (uint16_t)(ATTACHMENT_FIXED + a->name.len));
	record_add_id(b, &a->id);
	buf_add(b, a->key, sizeof(a->key));
	buf_add_byte(b, (uint8_t)a->type);
	buf_add_u64(b, a->size);
	buf_add_u32(b, a->width);
	buf_add_u32(b, a->height);
	buf_add(b, a->name.data, a->name.len);
}

int
entry_seal(const struct keyring *k, const struct slot_key *key,
    const struct entry_head *head, const struct secret *body,
    const struct attachment *attachments, size_t n, struct entry_sealed *e_r)
{
	buf_auto struct buf fields = {0};

	*e_r = (struct entry_sealed){.head = *head};
	buf_init(&e_r->record, ENTRY_RECORD_MAX);
	buf_init(&fields, ENTRY_RECORD_MAX);
	if (body->len > ENTRY_BODY_MAX || n > ATTACHMENTS_MAX)
		return -EMSGSIZE;
	record_add_long(&fields, TAG_BODY, body->data, body->len);
	for (size_t i = 0; i < n; i++) {
		if (!is_sound(&attachments[i]))
			return -EINVAL;
		add_attachment(&fields, &attachments[i]);
	}
	return entry_seal_fields(k, key, &fields, e_r);
}

int
entry_seal_event(const struct keyring *k, const struct slot_key *key,
    const struct entry_head *head, enum entry_event event,
    const struct id *about, struct entry_sealed *e_r)
{
	const uint8_t what[] = {(uint8_t)event};
	buf_auto struct buf fields = {0};

	*e_r = (struct entry_sealed){.head = *head, .event = event};
	buf_init(&e_r->record, ENTRY_RECORD_MAX);
	buf_init(&fields, ENTRY_RECORD_MAX);
	record_add_field(&fields, TAG_EVENT, what, sizeof(what));
	if (about != NULL && !id_is_nil(about))
		record_add_field(&fields, TAG_ABOUT, about->b, ID_LEN);
	return entry_seal_fields(k, key, &fields, e_r);
}

static struct kv_slice
aad_slice(const uint8_t aad[static ENTRY_AAD_LEN])
{
	return (struct kv_slice){aad, ENTRY_AAD_LEN};
}

int
entry_place(const struct keyring *k, const struct chain *c,
    struct entry_sealed *e, uint64_t seq, uint8_t mac[static CHAIN_LEN])
{
	struct kv_slice sealed;
	uint8_t aad[ENTRY_AAD_LEN];
	uint8_t *record = e->record.data;

	if (e->record.len < ENTRY_HEADER + SEAL_OVERHEAD)
		return -EINVAL;
	sealed.data = record + ENTRY_HEADER;
	sealed.len = e->record.len - ENTRY_HEADER;
	entry_aad(k, record, aad);
	chain_next(c, mac, seq, aad_slice(aad), sealed, mac);
	for (size_t i = 0; i < 8; i++)
		record[ENTRY_SEQ + i] = (uint8_t)(seq >> (8 * (7 - i)));
	memcpy(record + ENTRY_MAC, mac, CHAIN_LEN);
	return 0;
}

int
entry_get(struct store_txn *txn, uint64_t number, struct entry_row *row_r)
{
	struct key key = key_of_number(number);
	struct entry_head *h = &row_r->head;
	struct kv_slice val;
	struct record r;
	int err;

	err = kv_get(store_kv(txn), KV_ENTRY, key_slice(&key), &val);
	if (err != 0)
		return err;
	record_open(&r, val, ENTRY_FORMAT);
	*row_r = (struct entry_row){.number = number};
	h->thread = record_id(&r);
	h->generation = record_u32(&r);
	h->id = record_id(&r);
	h->kind = record_u8(&r);
	h->visibility = record_u8(&r);
	h->author = record_id(&r);
	h->acting_for = record_id(&r);
	h->at = record_i64(&r);
	h->flags = record_u16(&r);
	row_r->seq = record_u64(&r);
	record_bytes(&r, row_r->mac, sizeof(row_r->mac));
	row_r->sealed = (struct kv_slice){r.at, r.left};
	err = record_error(&r);
	if (err != 0)
		return err;
	if (row_r->sealed.len < SEAL_OVERHEAD)
		return RECORD_CORRUPT;
	entry_aad(store_txn_keyring(txn), val.data, row_r->aad);
	return 0;
}

int
entry_follows(const struct chain *c, const struct entry_row *row,
    const uint8_t previous[static CHAIN_LEN])
{
	uint8_t mac[CHAIN_LEN];

	chain_next(
	    c, previous, row->seq, aad_slice(row->aad), row->sealed, mac);
	return sodium_memcmp(mac, row->mac, sizeof(mac)) == 0 ? 0
							      : THREAD_BROKEN;
}

/* Adds one to E, whose ATTACHMENTS has room for all that there may be. */
static int
read_attachment(struct kv_slice val, struct entry *e)
{
	struct record r = {.at = val.data, .left = val.len};
	struct attachment *a;
	int err;

	if (e->attachments_n == ATTACHMENTS_MAX)
		return RECORD_CORRUPT;
	if (e->attachments == NULL)
		e->attachments = calloc(ATTACHMENTS_MAX, sizeof(*a));
	if (e->attachments == NULL)
		return -ENOMEM;
	a = &e->attachments[e->attachments_n++];
	a->id = record_id(&r);
	record_bytes(&r, a->key, sizeof(a->key));
	a->type = record_u8(&r);
	a->size = record_u64(&r);
	a->width = record_u32(&r);
	a->height = record_u32(&r);
	err = record_error(&r);
	if (err == 0)
		err = secret_set(&a->name, r.at, r.left);
	if (err != 0)
		return err;
	if (a->type > ATTACHMENT_CSV)
		return RECORD_NEWER;
	return is_sound(a) ? 0 : RECORD_CORRUPT;
}

/* Takes what entry_seal() cut into fields together again. */
static int
entry_unpack(struct kv_slice fields, struct buf *body, struct entry *e)
{
	struct record r = {.at = fields.data, .left = fields.len};
	struct kv_slice val;
	uint8_t tag;
	int err = 0;

	while (err == 0 && !record_padded(&r) && record_field(&r, &tag, &val)) {
		if (tag == TAG_BODY)
			buf_add(body, val.data, val.len);
		else if (tag == TAG_EVENT && val.len == 1)
			e->event = *(const uint8_t *)val.data;
		else if (tag == TAG_ABOUT && val.len == ID_LEN)
			memcpy(e->about.b, val.data, ID_LEN);
		else if (tag == TAG_ATTACHMENT)
			err = read_attachment(val, e);
		else if (tag == TAG_EVENT || tag == TAG_ABOUT)
			err = RECORD_CORRUPT;
		else
			record_unknown(&r, tag, val, NULL);
	}
	return err != 0 ? err : record_error(&r);
}

int
entry_open(
    const struct slot_key *key, const struct entry_row *row, struct entry *e_r)
{
	secret_auto struct secret plain = {0};
	buf_auto struct buf body = {0};
	int err;

	buf_init(&body, ENTRY_FIELDS_MAX);
	err = seal_open(
	    SEAL_ENTRY, key->key, aad_slice(row->aad), row->sealed, &plain);
	if (err != 0)
		return err == SEAL_FORGED ? THREAD_BROKEN : err;
	e_r->head = row->head;
	e_r->seq = row->seq;
	e_r->number = row->number;
	err =
	    entry_unpack((struct kv_slice){plain.data, plain.len}, &body, e_r);
	if (err == 0)
		err = buf_error(&body);
	if (err == 0 && body.len > 0)
		err = secret_set(&e_r->body, body.data, body.len);
	return err;
}
