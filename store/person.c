/* SPDX-License-Identifier: Apache-2.0 */

#include "store/person.h"

#include "store/blind.h"
#include "store/envelope.h"
#include "store/record.h"

#define PERSON_FORMAT 1
#define PERSON_HEADER (1 + 1 + 1 + 8 + 8)
#define PERSON_TEXTS 5
#define TAG_RESPONSE 6

/* Tags of the sealed texts are 1.. in this order. */
static void
person_texts(struct person *p, struct secret *texts_r[static PERSON_TEXTS])
{
	texts_r[0] = &p->external_id;
	texts_r[1] = &p->name;
	texts_r[2] = &p->credentials;
	texts_r[3] = &p->language;
	texts_r[4] = &p->time_zone;
}

void
person_fini(struct person *p)
{
	struct secret *texts[PERSON_TEXTS];

	person_texts(p, texts);
	for (size_t i = 0; i < PERSON_TEXTS; i++)
		secret_fini(texts[i]);
	*p = (struct person){0};
}

static struct envelope
person_envelope(const struct id *id)
{
	static const uint8_t known[] = {1, 2, 3, 4, 5, TAG_RESPONSE};

	return (struct envelope){
	    .space = KV_PERSON,
	    .label = SEAL_PROFILE,
	    .key = key_of_id(id),
	    .header = PERSON_HEADER,
	    .known = {known, sizeof(known)},
	};
}

static int
person_fields(const struct person *p, struct buf *fields)
{
	const struct secret *texts[PERSON_TEXTS] = {&p->external_id, &p->name,
	    &p->credentials, &p->language, &p->time_zone};
	const uint8_t days[] = {p->response_from, p->response_to};

	for (size_t i = 0; i < PERSON_TEXTS; i++) {
		if (texts[i]->len > PERSON_TEXT_MAX)
			return PERSON_TOO_LONG;
		if (texts[i]->len > 0)
			record_add_field(fields, (uint8_t)(i + 1),
			    texts[i]->data, texts[i]->len);
	}
	if (p->response_from != 0 || p->response_to != 0)
		record_add_field(fields, TAG_RESPONSE, days, sizeof(days));
	return buf_error(fields);
}

/* An old row's external id under KEY; one whose key is gone stays as it is. */
static int
person_before(struct store_txn *txn, const struct id *id, struct person *old,
    struct slot_key *key, bool *new_r)
{
	struct kv_slice val;
	struct key at = key_of_id(id);
	int err;

	err = kv_get(store_kv(txn), KV_PERSON, key_slice(&at), &val);
	*new_r = err == KV_NOT_FOUND;
	if (*new_r) {
		*key = slot_key_new();
		return 0;
	}
	if (err == 0)
		err = slot_get(txn, SLOT_PERSON, id, 0, key);
	return err != 0 ? err : person_get(txn, id, old);
}

/* The index row of an external id, free or P's own; empty for none. */
static int
person_claim(struct store_txn *txn, const struct person *p, struct key *index_r)
{
	struct id holder;
	int err;

	*index_r = (struct key){.len = 0};
	if (p->external_id.len == 0)
		return 0;
	err = blind_key(
	    txn, BLIND_EXTERNAL, secret_text(&p->external_id), index_r);
	if (err == 0)
		err = blind_get(txn, index_r, &holder);
	if (err == KV_NOT_FOUND)
		return 0;
	return err == 0 && !id_equal(&holder, &p->id) ? PERSON_TAKEN : err;
}

static int
person_pack(struct store_txn *txn, const struct person *p,
    const struct slot_key *key, struct buf *record)
{
	struct envelope e = person_envelope(&p->id);
	buf_auto struct buf fields = {0};
	int err;

	buf_init(&fields, ENVELOPE_MAX);
	err = person_fields(p, &fields);
	if (err != 0)
		return err;
	buf_add_byte(record, PERSON_FORMAT);
	buf_add_byte(record, (uint8_t)p->role);
	buf_add_byte(record, p->active ? 1 : 0);
	buf_add_u64(record, (uint64_t)p->created);
	buf_add_u64(record, (uint64_t)p->prompted);
	err = buf_error(record);
	return err != 0 ? err : envelope_pack(txn, &e, key, &fields, record);
}

int
person_put(struct store_txn *txn, const struct person *p)
{
	person_auto struct person old = {0};
	slot_key_auto struct slot_key key = {0};
	struct key at = key_of_id(&p->id), index, was;
	buf_auto struct buf record = {0};
	bool new;
	int err;

	buf_init(&record, ENVELOPE_MAX);
	err = person_before(txn, &p->id, &old, &key, &new);
	if (err == 0)
		err = person_pack(txn, p, &key, &record);
	if (err == 0)
		err = person_claim(txn, &old, &was);
	if (err == 0)
		err = person_claim(txn, p, &index);
	if (err == 0 && new)
		err = slot_put(txn, SLOT_PERSON, &p->id, 0, &key);
	if (err != 0)
		return err;
	kv_put(store_kv(txn), KV_PERSON, key_slice(&at),
	    (struct kv_slice){record.data, record.len});
	if (was.len > 0)
		kv_del(store_kv(txn), KV_BLIND, key_slice(&was));
	return index.len > 0 ? blind_put(txn, &index, &p->id) : 0;
}

static int
open_response(struct kv_slice val, struct person *p)
{
	const uint8_t *days = val.data;

	if (val.len != 2)
		return RECORD_CORRUPT;
	p->response_from = days[0];
	p->response_to = days[1];
	return 0;
}

static int
person_open(struct kv_slice fields, struct person *p)
{
	struct record r = {.at = fields.data, .left = fields.len};
	struct secret *texts[PERSON_TEXTS];
	struct kv_slice val;
	uint8_t tag;
	int err = 0;

	person_texts(p, texts);
	while (err == 0 && !record_padded(&r) && record_field(&r, &tag, &val)) {
		if (tag >= 1 && tag <= PERSON_TEXTS) {
			secret_fini(texts[tag - 1]);
			err = secret_set(texts[tag - 1], val.data, val.len);
		} else if (tag == TAG_RESPONSE) {
			err = open_response(val, p);
		} else {
			record_unknown(&r, tag, val, NULL);
		}
	}
	return err != 0 ? err : record_error(&r);
}

static int
person_read(struct store_txn *txn, const struct id *id, struct kv_slice val,
    struct person *p_r)
{
	slot_key_auto struct slot_key key = {0};
	person_auto struct person p = {.id = *id};
	secret_auto struct secret fields = {0};
	struct envelope e = person_envelope(id);
	struct record r;
	int err;

	err = slot_get(txn, SLOT_PERSON, id, 0, &key);
	if (err == 0)
		err = envelope_open(txn, &e, &key, val, &fields);
	if (err != 0)
		return err;
	record_open(&r, val, PERSON_FORMAT);
	p.role = record_u8(&r);
	p.active = record_u8(&r) != 0;
	p.created = record_i64(&r);
	p.prompted = record_i64(&r);
	err = record_error(&r);
	if (err == 0)
		err =
		    person_open((struct kv_slice){fields.data, fields.len}, &p);
	if (err != 0)
		return err;
	*p_r = p;
	p = (struct person){0};
	return 0;
}

int
person_get(struct store_txn *txn, const struct id *id, struct person *p_r)
{
	struct key key = key_of_id(id);
	struct kv_slice val;
	int err;

	err = kv_get(store_kv(txn), KV_PERSON, key_slice(&key), &val);
	return err != 0 ? err : person_read(txn, id, val, p_r);
}

int
person_by_external(
    struct store_txn *txn, const char *external_id, struct id *id_r)
{
	struct key key;
	int err;

	err = blind_key(txn, BLIND_EXTERNAL, external_id, &key);
	return err != 0 ? err : blind_get(txn, &key, id_r);
}

struct walk {
	struct store_txn *txn;
	int (*each)(const struct person *p, void *arg);
	void *arg;
};

static int
person_walk(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct record r = {.at = key.data, .left = key.len};
	struct id id = record_id(&r);
	person_auto struct person p = {0};
	struct walk *w = arg;
	int err;

	err = record_error(&r);
	if (err == 0)
		err = person_read(w->txn, &id, val, &p);
	/* its key is erased */
	if (err == KV_NOT_FOUND)
		return 0;
	return err != 0 ? err : w->each(&p, w->arg);
}

int
person_list(struct store_txn *txn, const struct id *after, size_t limit,
    int (*each)(const struct person *p, void *arg), void *arg)
{
	struct key from = {.len = 0};
	struct kv_range range = {.space = KV_PERSON, .limit = limit};
	struct walk w = {txn, each, arg};

	if (after != NULL) {
		key_add_id(&from, after);
		key_add_byte(&from, 0);
		range.from = key_slice(&from);
	}
	return kv_scan(store_kv(txn), &range, person_walk, &w);
}
