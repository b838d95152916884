/* SPDX-License-Identifier: Apache-2.0 */

#include "store/verify.h"

#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "store/account.h"
#include "store/attachment.h"
#include "store/audit.h"
#include "store/blind.h"
#include "store/draft.h"
#include "store/idem.h"
#include "store/outbox.h"
#include "store/person.h"
#include "store/picture.h"
#include "store/record.h"
#include "store/relation.h"
#include "store/seal.h"
#include "store/session.h"
#include "store/slot.h"
#include "store/thread.h"

struct look {
	struct verify *v;
	const struct store *st;
	struct store_txn *txn;
	uint64_t entries; /* that threads account for */
	uint64_t indexes; /* that people and accounts account for */
};

static void
found(struct look *l, enum verify_what what, int code, const struct id *id,
    uint64_t number)
{
	struct verify_damage d = {.what = what, .code = code, .number = number};

	if (code == 0)
		return;
	if (id != NULL)
		d.id = *id;
	l->v->bad++;
	l->v->damaged(&d, l->v->arg);
}

/* The ids, numbers and bytes a key is made of. */
static struct record
key_reader(struct kv_slice key)
{
	return (struct record){.at = key.data, .left = key.len};
}

/* The whole key was one id. */
static int
key_is_id(struct kv_slice key, struct id *id_r)
{
	struct record r = key_reader(key);

	*id_r = record_id(&r);
	return record_error(&r) != 0 || r.left != 0 ? RECORD_CORRUPT : 0;
}

static int
key_is_ids(struct kv_slice key, struct id *a_r, struct id *b_r)
{
	struct record r = key_reader(key);

	*a_r = record_id(&r);
	*b_r = record_id(&r);
	return record_error(&r) != 0 || r.left != 0 ? RECORD_CORRUPT : 0;
}

static int
key_is_number(struct kv_slice key, uint64_t *number_r)
{
	struct record r = key_reader(key);

	*number_r = record_u64(&r);
	return record_error(&r) != 0 || r.left != 0 ? RECORD_CORRUPT : 0;
}

/* ---- people ---------------------------------------------------------- */

static int
look_at_person(struct kv_slice key, struct kv_slice val, void *arg)
{
	person_auto struct person p = {0};
	struct look *l = arg;
	struct id id, other = {0};
	int r;

	(void)val;
	l->v->looked[VERIFY_PERSON]++;
	r = key_is_id(key, &id);
	if (r == 0)
		r = person_get(l->txn, &id, &p);
	found(l, VERIFY_PERSON, r, &id, 0);
	if (r != 0)
		return 0;
	r = person_by_external(l->txn, secret_text(&p.external_id), &other);
	if (r == 0 && !id_equal(&id, &other))
		r = RECORD_CORRUPT;
	found(l, VERIFY_INDEX, r, &id, 0);
	l->indexes += r == 0;
	return 0;
}

static int
look_at_address(struct kv_slice key, struct kv_slice val, void *arg)
{
	address_auto struct address a = {0};
	struct look *l = arg;
	struct id person, id;
	struct kv_slice mark;
	struct key index;
	int r;

	(void)val;
	l->v->looked[VERIFY_ADDRESS]++;
	r = key_is_ids(key, &person, &id);
	if (r == 0)
		r = address_get(l->txn, &person, &id, &a);
	found(l, VERIFY_ADDRESS, r, &person, 0);
	if (r != 0)
		return 0;
	r = blind_key(l->txn, BLIND_ADDRESS, secret_text(&a.text), &index);
	if (r == 0) {
		key_add_id(&index, &person);
		key_add_id(&index, &id);
		r = kv_get(
		    store_kv(l->txn), KV_BLIND, key_slice(&index), &mark);
	}
	found(l, VERIFY_INDEX, r, &person, 0);
	l->indexes += r == 0;
	return 0;
}

static int
look_at_account(struct kv_slice key, struct kv_slice val, void *arg)
{
	account_auto struct account a = {0};
	struct look *l = arg;
	struct id id, other = {0};
	uint64_t indexes = 1;
	int r;

	(void)val;
	l->v->looked[VERIFY_ACCOUNT]++;
	r = key_is_id(key, &id);
	if (r == 0)
		r = account_get(l->txn, &id, &a);
	found(l, VERIFY_ACCOUNT, r, &id, 0);
	if (r != 0)
		return 0;
	/* one that nobody has chosen a login name for has no row for it */
	if (a.login.len > 0) {
		indexes++;
		r = account_by_login(l->txn, secret_text(&a.login), &other);
		if (r == 0 && !id_equal(&id, &other))
			r = RECORD_CORRUPT;
	}
	if (r == 0)
		r = account_by_person(l->txn, &a.person, &other);
	found(l, VERIFY_INDEX, r, &id, 0);
	l->indexes += r == 0 ? indexes : 0;
	return 0;
}

/* Rows under the client hold the relation; the provider's only point to it. */
static int
look_at_relation(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct record reader = key_reader(key);
	struct look *l = arg;
	struct relation rel;
	struct id whose, other;
	uint8_t by;
	int r;

	(void)val;
	l->v->looked[VERIFY_RELATION]++;
	by = record_u8(&reader);
	whose = record_id(&reader);
	other = record_id(&reader);
	if (record_error(&reader) != 0 || reader.left != 0)
		r = RECORD_CORRUPT;
	else if (by == 'c')
		r = relation_get(l->txn, &whose, &other, &rel);
	else
		r = relation_get(l->txn, &other, &whose, &rel);
	found(l, VERIFY_RELATION, r, &whose, 0);
	return 0;
}

static int
look_at_picture(struct kv_slice key, struct kv_slice val, void *arg)
{
	picture_auto struct picture p = {0};
	struct look *l = arg;
	struct id id;
	int r;

	(void)val;
	l->v->looked[VERIFY_PICTURE]++;
	r = key_is_id(key, &id);
	if (r == 0)
		r = picture_get(l->txn, &id, &p);
	found(l, VERIFY_PICTURE, r, &id, 0);
	return 0;
}

/* ---- threads --------------------------------------------------------- */

/* Each file that a message brings along has a row that leads back to it. */
static int
look_at_entry(const struct entry *e, void *arg)
{
	struct look *l = arg;

	for (size_t i = 0; i < e->attachments_n; i++) {
		const struct id *id = &e->attachments[i].id;
		struct attachment_row row;
		int r = attachment_get(l->txn, id, &row);

		if (r == 0 && (!id_equal(&row.thread, &e->head.thread) ||
				  row.number != e->number))
			r = RECORD_CORRUPT;
		/* the row's own damage is named where it is looked at */
		if (r == KV_NOT_FOUND || r == RECORD_CORRUPT)
			found(l, VERIFY_ATTACHMENT, r, id, e->number);
	}
	return 0;
}

static int
look_at_thread(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct look *l = arg;
	struct thread t;
	struct id id;
	int r;

	(void)val;
	l->v->looked[VERIFY_THREAD]++;
	r = key_is_id(key, &id);
	if (r == 0)
		r = thread_get(l->txn, &id, &t);
	if (r == 0) {
		l->entries += t.count;
		r = thread_verify(l->txn, &t, look_at_entry, l);
	}
	for (size_t i = 0; r == 0 && i < t.member_count; i++) {
		struct key member = key_of_id(&t.members[i].person);
		struct kv_slice mark;

		key_add_id(&member, &id);
		r = kv_get(
		    store_kv(l->txn), KV_MEMBER, key_slice(&member), &mark);
	}
	found(l, VERIFY_THREAD, r, &id, 0);
	return 0;
}

static int
look_at_member(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct look *l = arg;
	struct id person, id;
	struct thread t;
	int r;

	(void)val;
	l->v->looked[VERIFY_MEMBER]++;
	r = key_is_ids(key, &person, &id);
	if (r == 0)
		r = thread_get(l->txn, &id, &t);
	if (r == 0 && thread_member(&t, &person) == NULL)
		r = RECORD_CORRUPT;
	found(l, VERIFY_MEMBER, r, &person, 0);
	return 0;
}

static int
look_at_draft(struct kv_slice key, struct kv_slice val, void *arg)
{
	draft_auto struct draft d = {0};
	struct look *l = arg;
	struct id person, about;
	int r;

	(void)val;
	l->v->looked[VERIFY_DRAFT]++;
	r = key_is_ids(key, &person, &about);
	if (r == 0)
		r = draft_get(l->txn, &person, &about, &d);
	found(l, VERIFY_DRAFT, r, &person, 0);
	return 0;
}

static int
look_at_key(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct record reader = key_reader(key);
	slot_key_auto struct slot_key opened = {0};
	struct look *l = arg;
	uint32_t generation;
	struct id id;
	uint8_t kind;
	int r;

	(void)val;
	l->v->looked[VERIFY_KEY]++;
	kind = record_u8(&reader);
	id = record_id(&reader);
	generation = record_u32(&reader);
	r = record_error(&reader) != 0 || reader.left != 0 ? RECORD_CORRUPT : 0;
	if (r == 0)
		r = slot_get(l->txn, kind, &id, generation, &opened);
	found(l, VERIFY_KEY, r, &id, generation);
	return 0;
}

/* ---- files ----------------------------------------------------------- */

/* Reads A's file to its end. */
static int
read_file(struct look *l, const struct attachment *a)
{
	blob_reader_auto struct blob_reader *reader = NULL;
	uint8_t *chunk = secret_malloc(BLOB_CHUNK);
	size_t len = 1;
	int r;

	if (chunk == NULL)
		return -ENOMEM;
	r = blob_open(l->st, &a->id, a->key, a->size, &reader);
	while (r == 0 && len > 0)
		r = blob_read(reader, chunk, &len);
	secret_free(chunk);
	return r;
}

/* The file of ID is as the message that ROW leads to says. */
static int
check_file(struct look *l, const struct attachment_row *row)
{
	entry_auto struct entry e = {0};
	struct thread t;
	int r;

	r = thread_get(l->txn, &row->thread, &t);
	if (r == 0)
		r = thread_entry(l->txn, &t, row->number, &e);
	/* of an erased message nothing is left to hold a file against */
	if (r != 0)
		return r == THREAD_ERASED ? 0 : r;
	for (size_t i = 0; i < e.attachments_n; i++) {
		if (id_equal(&e.attachments[i].id, &row->id))
			return read_file(l, &e.attachments[i]);
	}
	return KV_NOT_FOUND;
}

static int
look_at_attachment(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct attachment_row row = {0};
	struct look *l = arg;
	struct id id;
	int r;

	(void)val;
	l->v->looked[VERIFY_ATTACHMENT]++;
	r = key_is_id(key, &id);
	if (r == 0)
		r = attachment_get(l->txn, &id, &row);
	if (r == 0)
		r = check_file(l, &row);
	found(l, VERIFY_ATTACHMENT, r, &id, row.number);
	return 0;
}

static int
look_at_file(const struct id *id, void *arg)
{
	struct key key = key_of_id(id);
	struct look *l = arg;
	struct kv_slice val;
	int r;

	r = kv_get(store_kv(l->txn), KV_ATTACHMENT, key_slice(&key), &val);
	l->v->unbound += r == KV_NOT_FOUND;
	return 0;
}

/* ---- what is kept by number ------------------------------------------ */

static int
look_at_notification(struct kv_slice key, struct kv_slice val, void *arg)
{
	outbox_row_auto struct outbox_row row = {0};
	struct look *l = arg;
	uint64_t number;
	int r;

	(void)val;
	l->v->looked[VERIFY_NOTIFICATION]++;
	r = key_is_number(key, &number);
	if (r == 0)
		r = outbox_get(l->txn, number, &row);
	found(l, VERIFY_NOTIFICATION, r, NULL, number);
	return 0;
}

static int
look_at_session(struct kv_slice key, struct kv_slice val, void *arg)
{
	struct look *l = arg;
	struct session s;
	uint8_t hash[SESSION_HASH_LEN];
	int r = RECORD_CORRUPT;

	(void)val;
	l->v->looked[VERIFY_SESSION]++;
	if (key.len == sizeof(hash)) {
		memcpy(hash, key.data, sizeof(hash));
		r = session_get(l->txn, hash, &s);
	}
	found(l, VERIFY_SESSION, r, r == 0 ? &s.person : NULL, 0);
	return 0;
}

static void
look_at_idempotency(struct look *l)
{
	struct idem_table *t = NULL;
	int r = idem_load(l->txn, clock_now(), &t);

	l->v->looked[VERIFY_IDEMPOTENCY] = store_count(l->txn, KV_IDEM);
	found(l, VERIFY_IDEMPOTENCY, r, NULL, 0);
	if (t != NULL)
		idem_free(&t);
}

static void
look_at_audit(struct look *l)
{
	uint64_t number = 0;
	int r = audit_verify(l->txn, &number);

	l->v->looked[VERIFY_AUDIT] = store_count(l->txn, KV_AUDIT);
	found(l, VERIFY_AUDIT, r, NULL, number);
}

/* Whatever nothing leads to was put there, or left by something taken. */
static void
look_for_strays(struct look *l)
{
	uint64_t entries = store_count(l->txn, KV_ENTRY);
	uint64_t indexes = store_count(l->txn, KV_BLIND);

	l->v->looked[VERIFY_ENTRY] = entries;
	l->v->looked[VERIFY_INDEX] = indexes;
	if (entries != l->entries)
		found(l, VERIFY_ENTRY, KV_NOT_FOUND, NULL, 0);
	if (indexes != l->indexes)
		found(l, VERIFY_INDEX, KV_NOT_FOUND, NULL, 0);
}

static const struct {
	enum kv_space space;
	enum verify_what what;
	int (*each)(struct kv_slice key, struct kv_slice val, void *arg);
} passes[] = {
    {KV_SLOT, VERIFY_KEY, look_at_key},
    {KV_PERSON, VERIFY_PERSON, look_at_person},
    {KV_ADDRESS, VERIFY_ADDRESS, look_at_address},
    {KV_ACCOUNT, VERIFY_ACCOUNT, look_at_account},
    {KV_RELATION, VERIFY_RELATION, look_at_relation},
    {KV_THREAD, VERIFY_THREAD, look_at_thread},
    {KV_MEMBER, VERIFY_MEMBER, look_at_member},
    {KV_DRAFT, VERIFY_DRAFT, look_at_draft},
    {KV_PICTURE, VERIFY_PICTURE, look_at_picture},
    {KV_ATTACHMENT, VERIFY_ATTACHMENT, look_at_attachment},
    {KV_OUTBOX, VERIFY_NOTIFICATION, look_at_notification},
    {KV_SESSION, VERIFY_SESSION, look_at_session},
};

int
verify_store(struct store *st, struct verify *v)
{
	store_txn_auto struct store_txn *txn = NULL;
	struct look l = {.v = v, .st = st};
	int r = store_begin(st, false, &txn);

	if (r != 0)
		return r;
	l.txn = txn;
	for (size_t i = 0; i < PN_ARRAY_LEN(passes); i++) {
		struct kv_range all = {
		    .space = passes[i].space, .limit = SIZE_MAX};

		r = kv_scan(store_kv(txn), &all, passes[i].each, &l);
		found(&l, passes[i].what, r, NULL, 0);
	}
	look_at_idempotency(&l);
	look_at_audit(&l);
	look_for_strays(&l);
	found(&l, VERIFY_ATTACHMENT, blob_each(st, look_at_file, &l), NULL, 0);
	return 0;
}

/* ---- words ----------------------------------------------------------- */

const char *
verify_word(enum verify_what what, uint64_t count)
{
	static const char *const words[VERIFY_WHATS][2] = {
	    [VERIFY_PERSON] = {"participant", "participants"},
	    [VERIFY_ADDRESS] = {"address", "addresses"},
	    [VERIFY_ACCOUNT] = {"account", "accounts"},
	    [VERIFY_RELATION] = {"relation row", "relation rows"},
	    [VERIFY_THREAD] = {"thread", "threads"},
	    [VERIFY_ENTRY] = {"entry", "entries"},
	    [VERIFY_MEMBER] = {"member", "members"},
	    [VERIFY_DRAFT] = {"draft", "drafts"},
	    [VERIFY_PICTURE] = {"picture", "pictures"},
	    [VERIFY_ATTACHMENT] = {"attachment", "attachments"},
	    [VERIFY_KEY] = {"key", "keys"},
	    [VERIFY_NOTIFICATION] = {"notification", "notifications"},
	    [VERIFY_SESSION] = {"session", "sessions"},
	    [VERIFY_IDEMPOTENCY] = {"idempotency record",
		"idempotency records"},
	    [VERIFY_INDEX] = {"index row", "index rows"},
	    [VERIFY_AUDIT] = {"audit entry", "audit entries"},
	};

	return words[what][count != 1];
}

const char *
verify_reason(int code)
{
	switch (code) {
	case KV_NOT_FOUND:
		return "what belongs to it is missing, or it belongs to nothing";
	case RECORD_CORRUPT:
		return "not as it was written";
	case RECORD_NEWER:
		return "written by a newer version";
	case SEAL_FORGED:
		return "does not open: changed, or moved from elsewhere";
	case THREAD_BROKEN:
		return "its chain does not hold: changed, moved or missing entries";
	case BLOB_DAMAGED:
		return "its file is not as it was written: changed, cut or "
		       "moved";
	case AUDIT_BROKEN:
		return "does not follow from the one before: changed, moved or "
		       "missing entries";
	default:
		return code < 0 ? strerror(-code) : "cannot be read";
	}
}
