/* SPDX-License-Identifier: Apache-2.0 */

#include "store/person.h"

#include <string.h>
#include "store/blind.h"
#include "store/envelope.h"
#include "store/record.h"

#define ADDRESS_FORMAT 1
#define ADDRESS_HEADER (1 + 1 + 1 + ADDRESS_PROMPTS * 8)
#define TAG_TEXT 1
#define TAG_HEALTH 2  /* since || reason || code */
#define TAG_RETURNS 3 /* times, newest first */
#define TAG_CONFIRM 4 /* expires || tries || replaces */
#define HEALTH_LEN (8 + 1 + 2)
#define CONFIRM_LEN (8 + 1 + ID_LEN)
/* People who may share one address; more is not counted. */
#define ADDRESS_SHARED 1000

void
address_fini(struct address *a)
{
	secret_fini(&a->text);
	*a = (struct address){0};
}

static struct key
address_key(const struct id *person, const struct id *id)
{
	struct key key = key_of_id(person);

	if (id != NULL)
		key_add_id(&key, id);
	return key;
}

static struct envelope
address_envelope(const struct id *person, const struct id *id)
{
	static const uint8_t known[] = {
	    TAG_TEXT, TAG_HEALTH, TAG_RETURNS, TAG_CONFIRM};

	return (struct envelope){
	    .space = KV_ADDRESS,
	    .label = SEAL_ADDRESS,
	    .key = address_key(person, id),
	    .header = ADDRESS_HEADER,
	    .known = {known, sizeof(known)},
	};
}

static int
address_index(struct store_txn *txn, const struct address *a, struct key *key_r)
{
	int err;

	err = blind_key(txn, BLIND_ADDRESS, secret_text(&a->text), key_r);
	if (err == 0) {
		key_add_id(key_r, &a->person);
		key_add_id(key_r, &a->id);
	}
	return err;
}

/* What does not apply is left out. */
static void
address_add_health(const struct address *a, struct buf *fields)
{
	size_t n = 0;

	if (a->since != 0) {
		buf_add_byte(fields, TAG_HEALTH);
		buf_add_u16(fields, HEALTH_LEN);
		buf_add_u64(fields, (uint64_t)a->since);
		buf_add_byte(fields, (uint8_t)a->reason);
		buf_add_u16(fields, a->code);
	}
	while (n < ADDRESS_RETURNS && a->returns[n] != 0)
		n++;
	if (n > 0) {
		buf_add_byte(fields, TAG_RETURNS);
		buf_add_u16(fields, (uint16_t)(n * 8));
		for (size_t i = 0; i < n; i++)
			buf_add_u64(fields, (uint64_t)a->returns[i]);
	}
	if (a->expires != 0) {
		buf_add_byte(fields, TAG_CONFIRM);
		buf_add_u16(fields, CONFIRM_LEN);
		buf_add_u64(fields, (uint64_t)a->expires);
		buf_add_byte(fields, a->tries);
		record_add_id(fields, &a->replaces);
	}
}

/* The domain in lower case; the local part belongs to its host. */
static int
address_fields(const struct address *a, struct buf *fields)
{
	secret_auto struct secret text = {0};
	char *domain;
	int err;

	if (a->text.len > PERSON_TEXT_MAX)
		return PERSON_TOO_LONG;
	err = secret_set(&text, secret_text(&a->text), a->text.len);
	if (err != 0)
		return err;
	domain = strrchr((char *)text.data, '@');
	for (; domain != NULL && *domain != '\0'; domain++) {
		if (*domain >= 'A' && *domain <= 'Z')
			*domain = (char)(*domain - 'A' + 'a');
	}
	record_add_field(fields, TAG_TEXT, text.data, text.len);
	address_add_health(a, fields);
	return buf_error(fields);
}

static int
address_pack(struct store_txn *txn, const struct address *a,
    const struct slot_key *key, struct buf *record)
{
	struct envelope e = address_envelope(&a->person, &a->id);
	buf_auto struct buf fields = {0};
	int err;

	buf_init(&fields, ENVELOPE_MAX);
	err = address_fields(a, &fields);
	if (err != 0)
		return err;
	buf_add_byte(record, ADDRESS_FORMAT);
	buf_add_byte(record, (uint8_t)a->state);
	buf_add_byte(record, a->position);
	for (size_t i = 0; i < ADDRESS_PROMPTS; i++)
		buf_add_u64(record, (uint64_t)a->prompts[i]);
	err = buf_error(record);
	return err != 0 ? err : envelope_pack(txn, &e, key, &fields, record);
}

static int
address_count(struct kv_slice key, struct kv_slice val, void *arg)
{
	size_t *count = arg;

	(void)key;
	(void)val;
	(*count)++;
	return 0;
}

/* 0 for one more, or PERSON_ADDRESSES_FULL. */
static int
address_room(struct store_txn *txn, const struct id *person)
{
	struct key from = address_key(person, NULL), to = key_past(&from);
	struct kv_range range = {
	    .space = KV_ADDRESS,
	    .from = key_slice(&from),
	    .to = key_slice(&to),
	    .limit = PERSON_ADDRESSES,
	};
	size_t count = 0;
	int err;

	err = kv_scan(store_kv(txn), &range, address_count, &count);
	if (err != 0)
		return err;
	return count < PERSON_ADDRESSES ? 0 : PERSON_ADDRESSES_FULL;
}

int
address_put(struct store_txn *txn, const struct address *a)
{
	address_auto struct address old = {0};
	slot_key_auto struct slot_key key = {0};
	struct key at = address_key(&a->person, &a->id);
	struct key index, was = {.len = 0};
	buf_auto struct buf record = {0};
	int err;

	buf_init(&record, ENVELOPE_MAX);
	err = slot_get(txn, SLOT_PERSON, &a->person, 0, &key);
	if (err != 0)
		return err;
	err = address_get(txn, &a->person, &a->id, &old);
	if (err == KV_NOT_FOUND)
		err = address_room(txn, &a->person);
	else if (err == 0)
		err = address_index(txn, &old, &was);
	if (err == 0)
		err = address_pack(txn, a, &key, &record);
	if (err == 0)
		err = address_index(txn, a, &index);
	if (err != 0)
		return err;
	kv_put(store_kv(txn), KV_ADDRESS, key_slice(&at),
	    (struct kv_slice){record.data, record.len});
	if (was.len > 0)
		kv_del(store_kv(txn), KV_BLIND, key_slice(&was));
	blind_mark(txn, &index);
	return 0;
}

static int
open_health(struct kv_slice val, struct address *a)
{
	struct record r = {.at = val.data, .left = val.len};

	a->since = record_i64(&r);
	a->reason = record_u8(&r);
	a->code = record_u16(&r);
	return val.len == HEALTH_LEN ? record_error(&r) : RECORD_CORRUPT;
}

static int
open_returns(struct kv_slice val, struct address *a)
{
	struct record r = {.at = val.data, .left = val.len};

	if (val.len % 8 != 0 || val.len > sizeof(a->returns))
		return RECORD_CORRUPT;
	for (size_t i = 0; i < val.len / 8; i++)
		a->returns[i] = record_i64(&r);
	return record_error(&r);
}

static int
open_confirm(struct kv_slice val, struct address *a)
{
	struct record r = {.at = val.data, .left = val.len};

	a->expires = record_i64(&r);
	a->tries = record_u8(&r);
	a->replaces = record_id(&r);
	return val.len == CONFIRM_LEN ? record_error(&r) : RECORD_CORRUPT;
}

static int
address_open(struct kv_slice fields, struct address *a)
{
	struct record r = {.at = fields.data, .left = fields.len};
	struct kv_slice val;
	uint8_t tag;
	int err = 0;

	while (err == 0 && !record_padded(&r) && record_field(&r, &tag, &val)) {
		switch (tag) {
		case TAG_TEXT:
			secret_fini(&a->text);
			err = secret_set(&a->text, val.data, val.len);
			break;
		case TAG_HEALTH:
			err = open_health(val, a);
			break;
		case TAG_RETURNS:
			err = open_returns(val, a);
			break;
		case TAG_CONFIRM:
			err = open_confirm(val, a);
			break;
		default:
			record_unknown(&r, tag, val, NULL);
		}
	}
	return err != 0 ? err : record_error(&r);
}

int
address_get(struct store_txn *txn, const struct id *person, const struct id *id,
    struct address *a_r)
{
	slot_key_auto struct slot_key key = {0};
	address_auto struct address a = {.id = *id, .person = *person};
	secret_auto struct secret fields = {0};
	struct envelope e = address_envelope(person, id);
	struct kv_slice val;
	struct record r;
	int err;

	err = kv_get(store_kv(txn), KV_ADDRESS, key_slice(&e.key), &val);
	if (err == 0)
		err = slot_get(txn, SLOT_PERSON, person, 0, &key);
	if (err == 0)
		err = envelope_open(txn, &e, &key, val, &fields);
	if (err != 0)
		return err;
	record_open(&r, val, ADDRESS_FORMAT);
	a.state = record_u8(&r);
	a.position = record_u8(&r);
	for (size_t i = 0; i < ADDRESS_PROMPTS; i++)
		a.prompts[i] = record_i64(&r);
	err = record_error(&r);
	if (err == 0)
		err = address_open(
		    (struct kv_slice){fields.data, fields.len}, &a);
	if (err != 0)
		return err;
	*a_r = a;
	a = (struct address){0};
	return 0;
}

int
address_del(struct store_txn *txn, const struct id *person, const struct id *id)
{
	address_auto struct address a = {0};
	struct key at = address_key(person, id), index;
	int err;

	err = address_get(txn, person, id, &a);
	if (err == 0)
		err = address_index(txn, &a, &index);
	if (err != 0)
		return err;
	kv_del(store_kv(txn), KV_ADDRESS, key_slice(&at));
	kv_del(store_kv(txn), KV_BLIND, key_slice(&index));
	return 0;
}

struct walk {
	struct store_txn *txn;
	int (*each)(const struct address *a, void *arg);
	void *arg;
};

/* KEY ends with person and address. */
static int
address_walk(struct kv_slice key, struct kv_slice val, void *arg)
{
	address_auto struct address a = {0};
	struct walk *w = arg;
	struct id person, id;
	struct record r;
	int err;

	(void)val;
	if (key.len < 2 * ID_LEN)
		return RECORD_CORRUPT;
	r = (struct record){
	    .at = (const uint8_t *)key.data + key.len - 2 * ID_LEN,
	    .left = 2 * ID_LEN,
	};
	person = record_id(&r);
	id = record_id(&r);
	err = address_get(w->txn, &person, &id, &a);
	/* its person is erased */
	if (err == KV_NOT_FOUND)
		return 0;
	return err != 0 ? err : w->each(&a, w->arg);
}

struct shelf {
	size_t count;
	struct address items[PERSON_ADDRESSES];
};

static void
shelf_fini(struct shelf *s)
{
	for (size_t i = 0; i < s->count; i++)
		address_fini(&s->items[i]);
}

/* Behind those of a lower or the same position. */
static int
shelf_add(const struct address *a, void *arg)
{
	struct shelf *s = arg;
	struct address copy = *a;
	size_t i = s->count;
	int err;

	if (s->count == PERSON_ADDRESSES)
		return RECORD_CORRUPT;
	copy.text = (struct secret){0};
	err = secret_set(&copy.text, a->text.data, a->text.len);
	if (err != 0)
		return err;
	for (; i > 0 && s->items[i - 1].position > a->position; i--)
		s->items[i] = s->items[i - 1];
	s->items[i] = copy;
	s->count++;
	return 0;
}

int
address_list(struct store_txn *txn, const struct id *person,
    int (*each)(const struct address *a, void *arg), void *arg)
{
	PN_CLEANUP(shelf_fini) struct shelf shelf = {0};
	struct key from = address_key(person, NULL), to = key_past(&from);
	struct kv_range range = {
	    .space = KV_ADDRESS,
	    .from = key_slice(&from),
	    .to = key_slice(&to),
	    .limit = PERSON_ADDRESSES,
	};
	struct walk w = {txn, shelf_add, &shelf};
	int err;

	err = kv_scan(store_kv(txn), &range, address_walk, &w);
	for (size_t i = 0; err == 0 && i < shelf.count; i++)
		err = each(&shelf.items[i], arg);
	return err;
}

struct prompts {
	int64_t since;
	unsigned count;
};

static int
address_add_prompts(const struct address *a, void *arg)
{
	struct prompts *p = arg;

	for (size_t i = 0; i < ADDRESS_PROMPTS; i++) {
		if (a->prompts[i] != 0 && a->prompts[i] >= p->since)
			p->count++;
	}
	return 0;
}

int
address_prompts_since(
    struct store_txn *txn, const char *text, int64_t since, unsigned *count_r)
{
	struct kv_range range = {.space = KV_BLIND, .limit = ADDRESS_SHARED};
	struct prompts p = {.since = since};
	struct walk w = {txn, address_add_prompts, &p};
	struct key from, to;
	int err;

	*count_r = 0;
	err = blind_key(txn, BLIND_ADDRESS, text, &from);
	if (err != 0)
		return err == KV_NOT_FOUND ? 0 : err;
	to = key_past(&from);
	range.from = key_slice(&from);
	range.to = key_slice(&to);
	err = kv_scan(store_kv(txn), &range, address_walk, &w);
	if (err == 0)
		*count_r = p.count;
	return err;
}
