/* SPDX-License-Identifier: Apache-2.0 */

#include "store/head.h"

#include "store/keep.h"
#include "store/key.h"
#include "store/record.h"
#include "store/seal.h"
#include "store/stamp.h"

#define HEAD_FORMAT 1
#define HEAD_HEADER                                                            \
	(1 + 2 * ID_LEN + 3 * 8 + 8 + 4 + 4 + 8 + THREAD_MAC_LEN + 8)
#define HEAD_MAX 8192
#define TAG_MEMBER (RECORD_CRITICAL | 1)
#define TAG_RECENT (RECORD_CRITICAL | 2)
#define TAG_WAITING 3
#define TAG_UNNOTIFIED 4
#define MEMBER_LEN (ID_LEN + 1 + 1 + 8 + 8 + 8 + 4)
#define UNNOTIFIED_LEN (8 + 1 + 2)

static int
head_keep(struct store_txn *txn, const struct key *key, struct buf *out)
{
	static const uint8_t known[] = {
	    TAG_MEMBER, TAG_RECENT, TAG_WAITING, TAG_UNNOTIFIED};
	struct kv_slice val;
	int err;

	err = kv_get(store_kv(txn), KV_THREAD, key_slice(key), &val);
	if (err == KV_NOT_FOUND)
		return 0;
	if (err == 0)
		err = stamp_check(
		    store_txn_keyring(txn), KV_THREAD, key_slice(key), &val);
	if (err != 0)
		return err == SEAL_FORGED ? THREAD_BROKEN : err;
	return keep_unknown(
	    val, HEAD_HEADER, (struct kv_slice){known, sizeof(known)}, out);
}

static void
head_pack_member(const struct thread_member *m, struct buf *b)
{
	buf_add_byte(b, TAG_MEMBER);
	buf_add_u16(b, MEMBER_LEN);
	record_add_id(b, &m->person);
	buf_add_byte(b, (uint8_t)m->capacity);
	buf_add_byte(b, m->rights);
	buf_add_u64(b, (uint64_t)m->since);
	buf_add_u64(b, (uint64_t)m->until);
	buf_add_u64(b, m->read_up_to);
	buf_add_u32(b, m->unread);
}

/* What most threads have none of is left out. */
static void
head_pack_state(const struct thread *t, struct buf *b)
{
	if (t->waiting != 0) {
		buf_add_byte(b, TAG_WAITING);
		buf_add_u16(b, 8);
		buf_add_u64(b, (uint64_t)t->waiting);
	}
	if (t->unnotified.since != 0) {
		buf_add_byte(b, TAG_UNNOTIFIED);
		buf_add_u16(b, UNNOTIFIED_LEN);
		buf_add_u64(b, (uint64_t)t->unnotified.since);
		buf_add_byte(b, (uint8_t)t->unnotified.reason);
		buf_add_u16(b, t->unnotified.code);
	}
}

static void
head_pack(const struct thread *t, struct buf *b)
{
	buf_add_byte(b, HEAD_FORMAT);
	record_add_id(b, &t->client);
	record_add_id(b, &t->counterpart);
	buf_add_u64(b, (uint64_t)t->created);
	buf_add_u64(b, (uint64_t)t->closed);
	buf_add_u64(b, (uint64_t)t->last_at);
	buf_add_u64(b, t->count);
	buf_add_u32(b, t->generation);
	buf_add_u32(b, t->generation_count);
	buf_add_u64(b, (uint64_t)t->generation_since);
	buf_add(b, t->chain, sizeof(t->chain));
	buf_add_u64(b, (uint64_t)t->mailed);
	for (size_t i = 0; i < t->member_count; i++)
		head_pack_member(&t->members[i], b);
	buf_add_byte(b, TAG_RECENT);
	buf_add_u16(b, (uint16_t)(t->count % THREAD_BLOCK * 8));
	for (size_t i = 0; i < t->count % THREAD_BLOCK; i++)
		buf_add_u64(b, t->recent[i]);
	head_pack_state(t, b);
}

_Static_assert(THREAD_MEMBERS <= NEWS_MEMBERS, "news of all members fit");

/* For whoever watches. */
static int
head_tell(struct store_txn *txn, const struct thread *t)
{
	struct news *news;
	int err;

	err = store_news(txn, &t->id, &news);
	if (err != 0 || news == NULL)
		return err;
	news->n = 0;
	for (size_t i = 0; i < t->member_count; i++) {
		const struct thread_member *m = &t->members[i];

		if (m->until == 0)
			news->members[news->n++] =
			    (struct news_member){m->person, m->unread,
				m->capacity == MEMBER_COUNTERPART ||
				    m->capacity == MEMBER_COVER};
	}
	return 0;
}

int
head_put(struct store_txn *txn, const struct thread *t)
{
	struct key key = key_of_id(&t->id);
	buf_auto struct buf b = {0};
	int err;

	buf_init(&b, HEAD_MAX);
	head_pack(t, &b);
	err = head_keep(txn, &key, &b);
	if (err != 0)
		return err;
	stamp_add(store_txn_keyring(txn), KV_THREAD, key_slice(&key), &b);
	err = buf_error(&b);
	if (err != 0)
		return err;
	kv_put(store_kv(txn), KV_THREAD, key_slice(&key),
	    (struct kv_slice){b.data, b.len});
	return head_tell(txn, t);
}

static int
head_member(struct kv_slice val, struct thread *t)
{
	struct record r = {.at = val.data, .left = val.len};
	struct thread_member *m;

	if (val.len != MEMBER_LEN || t->member_count == THREAD_MEMBERS)
		return RECORD_CORRUPT;
	m = &t->members[t->member_count++];
	m->person = record_id(&r);
	m->capacity = record_u8(&r);
	m->rights = record_u8(&r);
	m->since = record_i64(&r);
	m->until = record_i64(&r);
	m->read_up_to = record_u64(&r);
	m->unread = record_u32(&r);
	return record_error(&r);
}

static int
head_recent(struct kv_slice val, struct thread *t)
{
	struct record r = {.at = val.data, .left = val.len};

	if (val.len != t->count % THREAD_BLOCK * 8)
		return RECORD_CORRUPT;
	for (size_t i = 0; i < t->count % THREAD_BLOCK; i++)
		t->recent[i] = record_u64(&r);
	return record_error(&r);
}

static int
head_waiting(struct kv_slice val, struct thread *t)
{
	struct record r = {.at = val.data, .left = val.len};

	if (val.len != 8)
		return RECORD_CORRUPT;
	t->waiting = record_i64(&r);
	return record_error(&r);
}

static int
head_unnotified(struct kv_slice val, struct thread *t)
{
	struct record r = {.at = val.data, .left = val.len};

	if (val.len != UNNOTIFIED_LEN)
		return RECORD_CORRUPT;
	t->unnotified.since = record_i64(&r);
	t->unnotified.reason = record_u8(&r);
	t->unnotified.code = record_u16(&r);
	return record_error(&r);
}

static int
head_open(struct kv_slice val, struct thread *t)
{
	struct kv_slice field;
	struct record r;
	uint8_t tag;
	int err = 0;

	record_open(&r, val, HEAD_FORMAT);
	t->client = record_id(&r);
	t->counterpart = record_id(&r);
	t->created = record_i64(&r);
	t->closed = record_i64(&r);
	t->last_at = record_i64(&r);
	t->count = record_u64(&r);
	t->generation = record_u32(&r);
	t->generation_count = record_u32(&r);
	t->generation_since = record_i64(&r);
	record_bytes(&r, t->chain, sizeof(t->chain));
	t->mailed = record_i64(&r);
	while (err == 0 && record_field(&r, &tag, &field)) {
		if (tag == TAG_MEMBER)
			err = head_member(field, t);
		else if (tag == TAG_RECENT)
			err = head_recent(field, t);
		else if (tag == TAG_WAITING)
			err = head_waiting(field, t);
		else if (tag == TAG_UNNOTIFIED)
			err = head_unnotified(field, t);
		else
			record_unknown(&r, tag, field, NULL);
	}
	return err != 0 ? err : record_error(&r);
}

int
head_get(struct store_txn *txn, const struct id *id, struct thread *t_r)
{
	struct key key = key_of_id(id);
	struct kv_slice val;
	int err;

	err = kv_get(store_kv(txn), KV_THREAD, key_slice(&key), &val);
	if (err == 0)
		err = stamp_check(
		    store_txn_keyring(txn), KV_THREAD, key_slice(&key), &val);
	if (err != 0)
		return err == SEAL_FORGED ? THREAD_BROKEN : err;
	*t_r = (struct thread){.id = *id};
	return head_open(val, t_r);
}
