/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The rows of docs/formats.md: what stands there is read, and what is written
 * stands there. (Their bytes come from vectors.py, not from this code.)
 */

#include <sodium.h>
#include "store/account.h"
#include "store/attachment.h"
#include "store/audit.h"
#include "store/blind.h"
#include "store/draft.h"
#include "store/head.h"
#include "store/idem.h"
#include "store/outbox.h"
#include "store/rounds.h"
#include "store/person.h"
#include "store/picture.h"
#include "store/relation.h"
#include "store/session.h"
#include "tests/unit/place.h"
#include "tests/unit/run.h"
#include "tests/unit/vectors.h"

#define CREATED (INT64_C(1790000000000))

static struct place place;
static struct store *st;
static struct store_txn *txn;
static struct id client, provider, thread;

static void
put(struct kv_txn *kv, enum kv_space space, const char *key_name,
    const char *row_name)
{
	uint8_t key[VECTOR_MAX / 2], row[VECTOR_MAX / 2];
	size_t key_len = vector_bytes(key_name, key);
	size_t row_len = vector_bytes(row_name, row);

	kv_put(kv, space, (struct kv_slice){key, key_len},
	    (struct kv_slice){row, row_len});
}

static void
put_as(struct kv_txn *kv, enum kv_space space, const char *key,
    const char *row_name)
{
	uint8_t row[VECTOR_MAX / 2];
	size_t row_len = vector_bytes(row_name, row);

	kv_put(kv, space, (struct kv_slice){key, strlen(key)},
	    (struct kv_slice){row, row_len});
}

static void
put_first(struct kv_txn *kv, enum kv_space space, const char *row_name)
{
	static const uint8_t one[] = {0, 0, 0, 0, 0, 0, 0, 1};
	uint8_t row[VECTOR_MAX / 2];
	size_t row_len = vector_bytes(row_name, row);

	kv_put(kv, space, (struct kv_slice){one, sizeof(one)},
	    (struct kv_slice){row, row_len});
}

static void
make_store(void)
{
	struct kv_options o = {
	    .directory = place.path,
	    .map_size = (size_t)64 << 20,
	    .create = true,
	};
	uint8_t file[VECTOR_MAX / 2];
	size_t len = vector_bytes("keyring.file", file);
	struct kv_txn *kv = NULL;
	struct kv *raw = NULL;

	place_write(&place, "keyring", file, len);
	ck_assert_int_eq(kv_open(&o, &raw), 0);
	ck_assert_int_eq(kv_begin(raw, true, &kv), 0);
	put_as(kv, KV_META, "store", "meta.store");
	put_as(kv, KV_META, "audit", "audit.end");
	put(kv, KV_SLOT, "slot.key", "slot.row");
	put(kv, KV_SLOT, "person.slot-key", "person.slot");
	put(kv, KV_PERSON, "person.id", "person.row");
	put(kv, KV_ADDRESS, "address.key", "address.row");
	put(kv, KV_ACCOUNT, "account.id", "account.row");
	put(kv, KV_BLIND, "blind.key", "blind.row");
	put(kv, KV_RELATION, "relation.key", "relation.row");
	put(kv, KV_THREAD, "thread.id", "thread.head");
	put(kv, KV_DRAFT, "draft.key", "draft.row");
	put(kv, KV_PICTURE, "person.id", "picture.row");
	put(kv, KV_ATTACHMENT, "attachment.id", "attachment.row");
	put(kv, KV_SESSION, "session.key", "session.row");
	put_first(kv, KV_ENTRY, "entry.row");
	put_first(kv, KV_OUTBOX, "outbox.row");
	put_first(kv, KV_IDEM, "idem.row");
	put_first(kv, KV_AUDIT, "audit.row");
	ck_assert_int_eq(kv_commit(&kv), 0);
	kv_close(&raw);
}

static void
setup(void)
{
	struct store_options o = {
	    .directory = place.path,
	    .map_size = (size_t)64 << 20,
	};
	uint8_t mk[VECTOR_MAX / 2], id[VECTOR_MAX / 2];

	place_make(&place);
	make_store();
	(void)vector_bytes("keyring.mk", mk);
	ck_assert_int_eq(store_open(&o, mk, &st), 0);
	ck_assert_int_eq(store_begin(st, true, &txn), 0);
	(void)vector_bytes("person.id", id);
	memcpy(provider.b, id, ID_LEN);
	(void)vector_bytes("thread.id", id);
	memcpy(thread.b, id, ID_LEN);
	for (size_t i = 0; i < ID_LEN; i++)
		client.b[i] = (uint8_t)(0x21 + i);
}

static void
teardown(void)
{
	store_abort(&txn);
	store_close(&st);
	place_remove(&place);
}

/* The row under KEY is still, byte for byte, the vector. */
static void
ck_row(enum kv_space space, struct kv_slice key, const char *row_name)
{
	uint8_t row[VECTOR_MAX / 2];
	size_t len = vector_bytes(row_name, row);
	struct kv_slice val;

	ck_assert_int_eq(kv_get(store_kv(txn), space, key, &val), 0);
	ck_assert_uint_eq(val.len, len);
	ck_assert_mem_eq(val.data, row, len);
}

START_TEST(a_participant)
{
	person_auto struct person p = {0};
	struct id found;

	ck_assert_int_eq(person_by_external(txn, "P-7", &found), 0);
	ck_assert(id_equal(&found, &provider));
	ck_assert_int_eq(person_get(txn, &found, &p), 0);
	ck_assert_int_eq(p.role, ROLE_PROVIDER);
	ck_assert(p.active);
	ck_assert_int_eq(p.created, CREATED);
	ck_assert_int_eq(p.prompted, 0);
	ck_assert_str_eq(secret_text(&p.external_id), "P-7");
	ck_assert_str_eq(secret_text(&p.name), "Dr. Ben Example");
	ck_assert_str_eq(secret_text(&p.credentials), "LMFT");
	ck_assert_str_eq(secret_text(&p.language), "en");
	ck_assert_str_eq(secret_text(&p.time_zone), "America/New_York");
	ck_assert_uint_eq(p.response_from, 0);
	ck_assert_uint_eq(p.response_to, 0);
	person_fini(&p);
	put(store_kv(txn), KV_PERSON, "person.id", "person.response");
	ck_assert_int_eq(person_get(txn, &found, &p), 0);
	ck_assert_str_eq(secret_text(&p.name), "Dr. Ben Example");
	ck_assert_uint_eq(p.response_from, 2);
	ck_assert_uint_eq(p.response_to, 5);
}
END_TEST

START_TEST(an_address)
{
	address_auto struct address a = {0};
	uint8_t key[VECTOR_MAX / 2];
	struct id id;

	ck_assert_uint_eq(vector_bytes("address.key", key), 2 * ID_LEN);
	memcpy(id.b, key + ID_LEN, ID_LEN);
	ck_assert_int_eq(address_get(txn, &provider, &id, &a), 0);
	ck_assert_int_eq(a.state, ADDRESS_GOOD);
	ck_assert_uint_eq(a.position, 2);
	ck_assert_int_eq(a.prompts[0], CREATED);
	ck_assert_int_eq(a.prompts[1], 0);
	ck_assert_str_eq(secret_text(&a.text), "Ben@practice.example");
}
END_TEST

START_TEST(how_an_address_fares)
{
	address_auto struct address a = {0}, b = {0};
	uint8_t key[VECTOR_MAX / 2];
	struct id id;

	ck_assert_uint_eq(vector_bytes("address.key", key), 2 * ID_LEN);
	memcpy(id.b, key + ID_LEN, ID_LEN);
	put(store_kv(txn), KV_ADDRESS, "address.key", "address.stopped");
	ck_assert_int_eq(address_get(txn, &provider, &id, &a), 0);
	ck_assert_int_eq(a.state, ADDRESS_STOPPED);
	ck_assert_int_eq(a.since, CREATED + 3);
	ck_assert_int_eq(a.reason, ADDRESS_FAILING);
	ck_assert_uint_eq(a.code, 0xa401); /* 5.1.1 */
	ck_assert_int_eq(a.returns[0], CREATED + 3);
	ck_assert_int_eq(a.returns[2], CREATED);
	ck_assert_int_eq(a.returns[3], 0);
	put(store_kv(txn), KV_ADDRESS, "address.key", "address.unconfirmed");
	ck_assert_int_eq(address_get(txn, &provider, &id, &b), 0);
	ck_assert_int_eq(b.state, ADDRESS_UNCONFIRMED);
	ck_assert_int_eq(b.since, CREATED);
	ck_assert_int_eq(b.reason, ADDRESS_FINE);
	ck_assert_int_eq(b.expires, CREATED + 3600000);
	ck_assert_uint_eq(b.tries, 4);
	ck_assert_uint_eq(b.replaces.b[0], 0x32);
	ck_assert_uint_eq(b.replaces.b[ID_LEN - 1], 0x41);
}
END_TEST

/* Of its id and key the first bytes are given; the others count on. */
static void
ck_passkey(const struct passkey *p, const struct passkey *want)
{
	size_t key_len = passkey_key_len(want->algorithm);

	ck_assert_int_eq(p->created, want->created);
	ck_assert_uint_eq(p->count, want->count);
	ck_assert_uint_eq(p->algorithm, want->algorithm);
	ck_assert_uint_eq(p->id_len, want->id_len);
	ck_assert_str_eq(p->label, want->label);
	for (size_t i = 0; i < p->id_len; i++)
		ck_assert_uint_eq(p->id[i], want->id[0] + i);
	for (size_t i = 0; i < key_len; i++)
		ck_assert_uint_eq(p->key[i], want->key[0] + i);
}

START_TEST(an_account)
{
	uint8_t want[VECTOR_MAX / 2], hash[VECTOR_MAX / 2];
	account_auto struct account a = {0};
	struct id id;

	ck_assert_uint_eq(vector_bytes("account.id", want), ID_LEN);
	memcpy(id.b, want, ID_LEN);
	(void)vector_bytes("account.code-hash", hash);
	ck_assert_int_eq(account_get(txn, &id, &a), 0);
	ck_assert(a.active);
	ck_assert(id_equal(&a.person, &provider));
	ck_assert_str_eq(secret_text(&a.login), "ben");
	ck_assert_str_eq(a.passphrase, "$argon2id$v=19$not-really");
	ck_assert(a.short_passphrase);
	ck_assert(a.totp);
	ck_assert_uint_eq(a.totp_secret[0], 0x61);
	ck_assert_uint_eq(a.totp_secret[ACCOUNT_TOTP_LEN - 1], 0x74);
	ck_assert_uint_eq(a.totp_step, 59666666);
	ck_assert_uint_eq(a.recovery_count, 2);
	ck_assert_mem_eq(a.recovery[0], hash, ACCOUNT_CODE_LEN);
	ck_assert_uint_eq(a.recovery[1][0], 0x71);
	ck_assert_int_eq(a.enrolment.expires, CREATED + 2000);
	ck_assert_uint_eq(a.enrolment.number, 1);
	ck_assert_uint_eq(a.enrolment.tries, 5);
	ck_assert_mem_eq(a.enrolment.code, hash, ACCOUNT_CODE_LEN);
	ck_assert_uint_eq(a.passkey_count, 2);
	ck_passkey(&a.passkeys[0], &(struct passkey){.created = CREATED + 6000,
				       .count = 7,
				       .algorithm = PASSKEY_ES256,
				       .id_len = 16,
				       .id = {0x81},
				       .key = {0x91},
				       .label = "Phone"});
	ck_passkey(&a.passkeys[1], &(struct passkey){.created = CREATED + 7000,
				       .algorithm = PASSKEY_EDDSA,
				       .id_len = 32,
				       .id = {0xa1},
				       .key = {0xb1},
				       .label = "Key"});
}
END_TEST

START_TEST(an_index_row)
{
	struct key key;

	ck_assert_int_eq(blind_key(txn, BLIND_EXTERNAL, "P-7", &key), 0);
	kv_del(store_kv(txn), KV_BLIND, key_slice(&key));
	ck_assert_int_eq(blind_put(txn, &key, &provider), 0);
	ck_row(KV_BLIND, key_slice(&key), "blind.row");
}
END_TEST

START_TEST(a_relation)
{
	uint8_t at[VECTOR_MAX / 2];
	struct kv_slice key = {at, vector_bytes("relation.key", at)};
	struct relation r;

	ck_assert_int_eq(relation_get(txn, &client, &provider, &r), 0);
	ck_assert_int_eq(r.since, CREATED);
	ck_assert_int_eq(r.until, 0);
	ck_assert(r.writable);
	ck_assert(id_equal(&r.thread, &thread));
	kv_del(store_kv(txn), KV_RELATION, key);
	ck_assert_int_eq(relation_put(txn, &r), 0);
	ck_row(KV_RELATION, key, "relation.row");
}
END_TEST

static int
read_entry(const struct entry *e, void *arg)
{
	unsigned *count = arg;

	ck_assert_uint_eq(e->seq, 1);
	ck_assert_uint_eq(e->number, 1);
	ck_assert_uint_eq(e->head.generation, 1);
	ck_assert_int_eq(e->head.kind, ENTRY_MESSAGE);
	ck_assert_int_eq(e->head.visibility, VISIBLE_ALL);
	ck_assert(id_equal(&e->head.author, &client));
	ck_assert(id_is_nil(&e->head.acting_for));
	ck_assert_int_eq(e->head.at, CREATED + 1000);
	ck_assert_str_eq(secret_text(&e->body), "Gr\303\274\303\237e");
	(*count)++;
	return 0;
}

START_TEST(a_thread_and_its_entry)
{
	struct thread_page newest = {0, 10, false};
	struct key key = key_of_id(&thread);
	unsigned count = 0;
	struct thread t;

	ck_assert_int_eq(thread_get(txn, &thread, &t), 0);
	ck_assert_uint_eq(t.count, 1);
	ck_assert_uint_eq(t.member_count, 2);
	ck_assert_uint_eq(thread_member(&t, &provider)->unread, 1);
	ck_assert_int_eq(thread_page(txn, &t, &newest, read_entry, &count), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(thread_verify(txn, &t, NULL, NULL), 0);
	kv_del(store_kv(txn), KV_THREAD, key_slice(&key));
	ck_assert_int_eq(t.waiting, 0);
	ck_assert_int_eq(t.unnotified.since, 0);
	ck_assert_int_eq(head_put(txn, &t), 0);
	ck_row(KV_THREAD, key_slice(&key), "thread.head");
	put(store_kv(txn), KV_THREAD, "thread.id", "thread.waiting");
	ck_assert_int_eq(thread_get(txn, &thread, &t), 0);
	ck_assert_int_eq(t.waiting, CREATED + 1000);
	ck_assert_int_eq(t.unnotified.since, CREATED + 3000);
	ck_assert_int_eq(t.unnotified.reason, UNNOTIFIED_REFUSED);
	ck_assert_uint_eq(t.unnotified.code, 0x9c01);
	kv_del(store_kv(txn), KV_THREAD, key_slice(&key));
	ck_assert_int_eq(head_put(txn, &t), 0);
	ck_row(KV_THREAD, key_slice(&key), "thread.waiting");
}
END_TEST

/* ---- attachments ----------------------------------------------------- */

#define FILE_SIZE 70000
#define FILE_LEN (1 + 24 + 2 * (BLOB_CHUNK + 17))

static struct id
attachment_id(void)
{
	uint8_t bytes[VECTOR_MAX / 2];
	struct id id;

	ck_assert_uint_eq(vector_bytes("attachment.id", bytes), ID_LEN);
	memcpy(id.b, bytes, ID_LEN);
	return id;
}

START_TEST(an_attachments_row)
{
	struct id id = attachment_id();
	struct attachment_row row;
	struct key key = key_of_id(&id);

	ck_assert_int_eq(attachment_get(txn, &id, &row), 0);
	ck_assert(id_equal(&row.id, &id));
	ck_assert(id_equal(&row.thread, &thread));
	ck_assert_uint_eq(row.number, 1);
	ck_assert_int_eq(row.state, ATTACHMENT_PENDING);
	ck_assert_int_eq(row.changed, CREATED + 6000);
	kv_del(store_kv(txn), KV_ATTACHMENT, key_slice(&key));
	ck_assert_int_eq(attachment_put(txn, &row), 0);
	ck_row(KV_ATTACHMENT, key_slice(&key), "attachment.row");
}
END_TEST

/* The file that is too long for the document: by what stands there. */
static void
make_file(const struct id *id)
{
	static uint8_t plain[2 * BLOB_CHUNK], file[FILE_LEN];
	crypto_secretstream_xchacha20poly1305_state state;
	uint8_t key[VECTOR_MAX / 2], want[VECTOR_MAX / 2], hash[32];
	uint8_t aad[1 + 2 * ID_LEN] = {1};
	char name[64], text[ID_TEXT_LEN + 1];

	(void)vector_bytes("attachment.key", key);
	memcpy(aad + 1, keyring_store_id(store_keyring(st))->b, ID_LEN);
	memcpy(aad + 1 + ID_LEN, id->b, ID_LEN);
	for (size_t i = 0; i < FILE_SIZE; i++)
		plain[i] = (uint8_t)(i % 251);
	file[0] = 1;
	for (size_t i = 0; i < 24; i++)
		file[1 + i] = (uint8_t)(14 + i);
	ck_assert_int_eq(crypto_secretstream_xchacha20poly1305_init_pull(
			     &state, file + 1, key),
	    0);
	for (size_t i = 0; i < 2; i++)
		(void)crypto_secretstream_xchacha20poly1305_push(&state,
		    file + 25 + i * (BLOB_CHUNK + 17), NULL,
		    plain + i * BLOB_CHUNK, BLOB_CHUNK, aad, sizeof(aad),
		    i == 1 ? 3 : 0);
	(void)crypto_generichash(
	    hash, sizeof(hash), file, sizeof(file), NULL, 0);
	ck_assert_uint_eq(vector_bytes("attachment.file-hash", want), 32);
	ck_assert_mem_eq(hash, want, sizeof(hash));
	id_text(id, text);
	(void)snprintf(name, sizeof(name), "attachments/%s", text);
	place_write(&place, name, file, sizeof(file));
}

static void
ck_file(const struct attachment *a)
{
	static uint8_t chunk[BLOB_CHUNK];
	blob_reader_auto struct blob_reader *r = NULL;
	size_t at = 0, len = 1;

	ck_assert_int_eq(blob_open(st, &a->id, a->key, a->size, &r), 0);
	while (len > 0) {
		ck_assert_int_eq(blob_read(r, chunk, &len), 0);
		for (size_t i = 0; i < len; i++)
			ck_assert_uint_eq(chunk[i], at++ % 251);
	}
	ck_assert_uint_eq(at, FILE_SIZE);
}

START_TEST(a_message_with_a_file)
{
	entry_auto struct entry e = {0};
	struct id id = attachment_id();
	struct thread t;

	put_first(store_kv(txn), KV_ENTRY, "entry.files");
	put(store_kv(txn), KV_THREAD, "thread.id", "thread.files");
	ck_assert_int_eq(thread_get(txn, &thread, &t), 0);
	ck_assert_int_eq(thread_entry(txn, &t, 1, &e), 0);
	ck_assert_str_eq(secret_text(&e.body), "Gr\303\274\303\237e");
	ck_assert_uint_eq(e.attachments_n, 1);
	ck_assert(id_equal(&e.attachments[0].id, &id));
	ck_assert_int_eq(e.attachments[0].type, ATTACHMENT_CSV);
	ck_assert_uint_eq(e.attachments[0].size, FILE_SIZE);
	ck_assert_uint_eq(e.attachments[0].width, 0);
	ck_assert_uint_eq(e.attachments[0].height, 0);
	ck_assert_str_eq(
	    secret_text(&e.attachments[0].name), "Gr\303\274\303\237e.csv");
	make_file(&id);
	ck_file(&e.attachments[0]);
}
END_TEST

START_TEST(a_draft)
{
	draft_auto struct draft d = {0};

	ck_assert_int_eq(draft_get(txn, &provider, &thread, &d), 0);
	ck_assert_int_eq(d.saved, CREATED + 4000);
	ck_assert_str_eq(d.key, "key-1");
	ck_assert_str_eq(secret_text(&d.body), "Gr\303\274\303\237e");
}
END_TEST

START_TEST(a_picture)
{
	picture_auto struct picture p = {0};

	ck_assert_int_eq(picture_get(txn, &provider, &p), 0);
	ck_assert_int_eq(p.changed, CREATED + 5000);
	ck_assert_int_eq(p.kind, PICTURE_JPEG);
	ck_assert_uint_eq(p.image.len, 4);
	ck_assert_mem_eq(p.image.data, "\xff\xd8\xff\xd9", 4);
}
END_TEST

START_TEST(a_session)
{
	uint8_t want[VECTOR_MAX / 2], hash[SESSION_HASH_LEN];
	struct kv_slice key = {want, vector_bytes("session.key", want)};
	char token[VECTOR_MAX];
	struct session s;

	vector_text("session.token", token);
	ck_assert_int_eq(session_token_hash(token, hash), 0);
	ck_assert_uint_eq(key.len, sizeof(hash));
	ck_assert_mem_eq(hash, want, sizeof(hash));
	ck_assert_int_eq(session_get(txn, hash, &s), 0);
	ck_assert(id_equal(&s.person, &provider));
	ck_assert_int_eq(s.used, CREATED + 1);
	ck_assert_str_eq(s.frontend, "portal");
	ck_assert_int_eq(s.state, SESSION_OPEN);
	ck_assert_str_eq(s.label, "");
	session_del(txn, hash);
	ck_assert_int_eq(session_put(txn, &s), 0);
	ck_row(KV_SESSION, key, "session.row");
	put(store_kv(txn), KV_SESSION, "session.key", "session.half-open");
	ck_assert_int_eq(session_get(txn, hash, &s), 0);
	ck_assert_int_eq(s.state, SESSION_FACTOR_DUE);
	ck_assert_str_eq(s.label, "Firefox on Linux");
	session_del(txn, hash);
	ck_assert_int_eq(session_put(txn, &s), 0);
	ck_row(KV_SESSION, key, "session.half-open");
}
END_TEST

START_TEST(a_notification)
{
	struct key key = key_of_number(1);
	struct outbox_row r;

	ck_assert_int_eq(outbox_get(txn, 1, &r), 0);
	ck_assert_int_eq(r.kind, OUTBOX_MESSAGE);
	ck_assert_int_eq(r.state, OUTBOX_DEFERRED);
	ck_assert_int_eq(r.due, CREATED + 60000);
	ck_assert_uint_eq(r.code, 421);
	ck_assert(id_equal(&r.person, &provider));
	kv_del(store_kv(txn), KV_OUTBOX, key_slice(&key));
	ck_assert_int_eq(outbox_add(txn, &r), 0);
	ck_row(KV_OUTBOX, key_slice(&key), "outbox.row");
}
END_TEST

static const struct {
	const char *row;
	enum outbox_kind kind;
	bool address;
	bool thread;
} notices[] = {
    {"outbox.address", OUTBOX_ADDRESS, true, false},
    {"outbox.replaced", OUTBOX_REPLACED, true, false},
    {"outbox.overdue", OUTBOX_OVERDUE, false, true},
};

START_TEST(a_notification_about_mail)
{
	struct key key = key_of_number(1);
	struct outbox_row r;

	put_first(store_kv(txn), KV_OUTBOX, notices[_i].row);
	ck_assert_int_eq(outbox_get(txn, 1, &r), 0);
	ck_assert_int_eq(r.kind, notices[_i].kind);
	ck_assert(id_equal(&r.person, &provider));
	ck_assert_uint_eq(r.address.b[0], notices[_i].address ? 0x31 : 0);
	ck_assert(id_equal(
	    &r.thread, notices[_i].thread ? &thread : &(struct id){0}));
	kv_del(store_kv(txn), KV_OUTBOX, key_slice(&key));
	ck_assert_int_eq(outbox_add(txn, &r), 0);
	ck_row(KV_OUTBOX, key_slice(&key), notices[_i].row);
}
END_TEST

START_TEST(a_summary)
{
	outbox_row_auto struct outbox_row r = {0};

	put_first(store_kv(txn), KV_OUTBOX, "outbox.summary");
	ck_assert_int_eq(outbox_get(txn, 1, &r), 0);
	ck_assert_int_eq(r.kind, OUTBOX_SUMMARY);
	ck_assert_str_eq(secret_text(&r.to), "office@practice.example");
	ck_assert_uint_eq(r.counts[OUTBOX_UNREACHED], 3);
	ck_assert_uint_eq(r.counts[OUTBOX_WAITING], 2);
	ck_assert_uint_eq(r.counts[OUTBOX_WITHHELD], 1);
	ck_assert_uint_eq(r.counts[OUTBOX_UNREADABLE], 10);
}
END_TEST

START_TEST(the_last_round)
{
	struct rounds r;

	put_as(store_kv(txn), KV_META, "rounds", "rounds.row");
	ck_assert_int_eq(rounds_get(txn, &r), 0);
	ck_assert_int_eq(r.looked, CREATED);
	ck_assert_int_eq(r.summed_up, CREATED - 60000);
	kv_del(store_kv(txn), KV_META, (struct kv_slice){"rounds", 6});
	ck_assert_int_eq(rounds_put(txn, &r), 0);
	ck_row(KV_META, (struct kv_slice){"rounds", 6}, "rounds.row");
}
END_TEST

START_TEST(an_idempotency_record)
{
	PN_CLEANUP(idem_free) struct idem_table *t = NULL;
	struct idem want = {.at = CREATED, .person = client}, found;
	struct key key = key_of_number(1);

	for (uint8_t i = 0; i < IDEM_HASH_LEN; i++) {
		want.key[i] = (uint8_t)(1 + i);
		want.request[i] = (uint8_t)(2 + i);
	}
	ck_assert_int_eq(idem_load(txn, CREATED, &t), 0);
	ck_assert_int_eq(idem_find(txn, t, &want, &found), 0);
	ck_assert(id_equal(&found.thread, &thread));
	ck_assert_uint_eq(found.seq, 1);
	kv_del(store_kv(txn), KV_IDEM, key_slice(&key));
	ck_assert_int_eq(idem_add(txn, t, &found), 0);
	ck_row(KV_IDEM, key_slice(&key), "idem.row");
}
END_TEST

static int
read_audit(const struct audit *a, void *arg)
{
	struct audit *to = arg;

	*to = *a;
	return 0;
}

START_TEST(an_audit_entry)
{
	struct kv_slice end = {"audit", 5};
	struct key key = key_of_number(1);
	struct audit a = {0};
	uint64_t bad;

	ck_assert_int_eq(audit_list(txn, 0, 10, read_audit, &a), 0);
	ck_assert_uint_eq(a.number, 1);
	ck_assert_int_eq(a.at, CREATED);
	ck_assert_int_eq(a.verb, AUDIT_MESSAGE_POST);
	ck_assert(id_equal(&a.actor, &client));
	ck_assert(id_equal(&a.subject, &thread));
	ck_assert_uint_eq(a.detail, 1);
	ck_assert_str_eq(a.via, "portal");
	ck_assert_int_eq(audit_verify(txn, &bad), 0);
	kv_del(store_kv(txn), KV_AUDIT, key_slice(&key));
	kv_del(store_kv(txn), KV_META, end);
	ck_assert_int_eq(audit_add(txn, &a), 0);
	ck_row(KV_AUDIT, key_slice(&key), "audit.row");
	ck_row(KV_META, end, "audit.end");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("formats");
	TCase *tc = tcase_create("formats");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_participant);
	tcase_add_test(tc, an_address);
	tcase_add_test(tc, how_an_address_fares);
	tcase_add_test(tc, an_account);
	tcase_add_test(tc, an_index_row);
	tcase_add_test(tc, a_relation);
	tcase_add_test(tc, a_thread_and_its_entry);
	tcase_add_test(tc, an_attachments_row);
	tcase_add_test(tc, a_message_with_a_file);
	tcase_add_test(tc, a_draft);
	tcase_add_test(tc, a_picture);
	tcase_add_test(tc, a_session);
	tcase_add_test(tc, a_notification);
	tcase_add_loop_test(
	    tc, a_notification_about_mail, 0, (int)PN_ARRAY_LEN(notices));
	tcase_add_test(tc, a_summary);
	tcase_add_test(tc, the_last_round);
	tcase_add_test(tc, an_idempotency_record);
	tcase_add_test(tc, an_audit_entry);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
