/* SPDX-License-Identifier: Apache-2.0 */

/* Opens the stores that releases have left in tests/golden. */

#include <sodium.h>
#include "store/account.h"
#include "store/attachment.h"
#include "store/audit.h"
#include "store/draft.h"
#include "store/idem.h"
#include "store/outbox.h"
#include "store/person.h"
#include "store/picture.h"
#include "store/relation.h"
#include "store/rounds.h"
#include "store/session.h"
#include "store/thread.h"
#include "store/token.h"
#include "store/verify.h"
#include "tests/unit/golden.h"
#include "tests/unit/place.h"
#include "tests/unit/run.h"

static const struct {
	const char *name;
	bool signs_in;  /* since 0.2.0; golden.h says what else */
	bool has_files; /* since 0.3.0 */
	bool fares;     /* since 0.4.0 */
} releases[] = {
    {"0.1.0", false, false, false},
    {"0.2.0", true, false, false},
    {"0.3.0", true, true, false},
    {"0.4.0", true, true, true},
};

static char expected[64 * 1024];
static struct place place;
static struct store *st;
static struct store_txn *txn;

/* The whole file, at most MAX bytes. */
static size_t
read_golden(const char *release, const char *name, void *to, size_t max)
{
	const char *top = getenv("POSTERN_SRCDIR");
	char path[PATH_MAX];
	size_t len;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/tests/golden/%s/%s",
	    top == NULL ? "." : top, release, name);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	len = fread(to, 1, max, f);
	(void)fclose(f);
	ck_assert_uint_lt(len, max);
	return len;
}

/* The value of NAME in expected.txt. */
static void
expect_text(const char *name, char *text_r, size_t size)
{
	char start[64];
	const char *at;

	(void)snprintf(start, sizeof(start), "%s = ", name);
	at = strstr(expected, start);
	ck_assert_ptr_nonnull(at);
	at += strlen(start);
	ck_assert_uint_lt(strcspn(at, "\n"), size);
	memcpy(text_r, at, strcspn(at, "\n"));
	text_r[strcspn(at, "\n")] = '\0';
}

/* The sealed files, if the release had any. */
static void
copy_files(const char *release, uint8_t *data, size_t max)
{
	const char *top = getenv("POSTERN_SRCDIR");
	char path[PATH_MAX], name[320];
	struct dirent *e;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/tests/golden/%s/attachments",
	    top == NULL ? "." : top, release);
	dir = opendir(path);
	if (dir == NULL)
		return;
	(void)snprintf(path, sizeof(path), "%s/attachments", place.path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof(name), "attachments/%s", e->d_name);
		place_write(
		    &place, name, data, read_golden(release, name, data, max));
	}
	(void)closedir(dir);
}

/* A copy is opened: LMDB and the keyring may write. */
static void
copy_golden(const char *release)
{
	static uint8_t data[4 << 20];
	size_t len = read_golden(release, "data.mdb", data, sizeof(data));

	place_make(&place);
	place_write(&place, "data.mdb", data, len);
	len = read_golden(release, "keyring", data, sizeof(data));
	place_write(&place, "keyring", data, len);
	len = read_golden(release, "expected.txt", expected, sizeof(expected));
	expected[len] = '\0';
	copy_files(release, data, sizeof(data));
}

static void
open_golden(const uint8_t key[static KEYRING_KEY_LEN])
{
	struct store_options opt = {
	    .directory = place.path,
	    .map_size = (size_t)64 << 20,
	};

	ck_assert_int_eq(store_open(&opt, key, &st), 0);
	ck_assert_int_eq(store_begin(st, true, &txn), 0);
}

static void
setup(int i)
{
	char hex[2 * KEYRING_KEY_LEN + 1];
	uint8_t key[KEYRING_KEY_LEN];
	size_t len;

	copy_golden(releases[i].name);
	expect_text("key", hex, sizeof(hex));
	ck_assert_int_eq(sodium_hex2bin(key, sizeof(key), hex, strlen(hex),
			     NULL, &len, NULL),
	    0);
	open_golden(key);
}

static void
teardown(void)
{
	store_abort(&txn);
	store_close(&st);
	place_remove(&place);
}

START_TEST(the_recovery_key_opens_it)
{
	char text[KEYRING_RECOVERY_TEXT];
	uint8_t key[KEYRING_KEY_LEN];

	copy_golden(releases[_i].name);
	expect_text("recovery", text, sizeof(text));
	ck_assert_int_eq(keyring_recovery_parse(text, key), 0);
	open_golden(key);
	teardown();
}
END_TEST

static void
get_person(const struct golden_person *want, struct person *p_r)
{
	struct id id;

	ck_assert_int_eq(person_by_external(txn, want->external_id, &id), 0);
	ck_assert_int_eq(person_get(txn, &id, p_r), 0);
}

static int
see_address(const struct address *a, void *arg)
{
	const struct golden_person *want = arg;

	ck_assert_str_eq(secret_text(&a->text), want->address);
	ck_assert_int_eq(a->state, ADDRESS_GOOD);
	ck_assert_uint_eq(a->position, 2);
	ck_assert_int_eq(a->prompts[0], GOLDEN_NOW + 1);
	return 7;
}

static void
ck_person(const struct golden_person *want, enum person_role role)
{
	struct golden_person copy = *want;
	person_auto struct person p = {0};
	unsigned count;

	get_person(want, &p);
	ck_assert_int_eq(p.role, role);
	ck_assert(p.active);
	ck_assert_int_eq(p.created, GOLDEN_NOW);
	ck_assert_int_eq(p.prompted, GOLDEN_NOW + 1);
	ck_assert_str_eq(secret_text(&p.external_id), want->external_id);
	ck_assert_str_eq(secret_text(&p.name), want->name);
	ck_assert_str_eq(secret_text(&p.credentials), want->credentials);
	ck_assert_str_eq(secret_text(&p.language), "en");
	ck_assert_str_eq(secret_text(&p.time_zone), want->time_zone);
	ck_assert_int_eq(address_list(txn, &p.id, see_address, &copy), 7);
	ck_assert_int_eq(
	    address_prompts_since(txn, want->address, GOLDEN_NOW, &count), 0);
	ck_assert_uint_eq(count, 1);
}

START_TEST(people)
{
	secret_auto struct secret passphrase = {0};
	account_auto struct account a = {0};
	person_auto struct person p = {0};
	struct id id;

	setup(_i);
	ck_person(&golden_client, ROLE_CLIENT);
	ck_person(&golden_provider, ROLE_PROVIDER);
	get_person(&golden_provider, &p);
	ck_assert_int_eq(account_by_login(txn, "BEN", &id), 0);
	ck_assert_int_eq(account_get(txn, &id, &a), 0);
	ck_assert(id_equal(&a.person, &p.id));
	ck_assert_int_eq(account_by_person(txn, &p.id, &id), 0);
	ck_assert(id_equal(&a.id, &id));
	ck_assert_int_eq(secret_set(&passphrase, GOLDEN_PASSPHRASE,
			     strlen(GOLDEN_PASSPHRASE)),
	    0);
	ck_assert_int_eq(
	    passphrase_check(store_keyring(st), &passphrase, a.passphrase), 0);
	teardown();
}
END_TEST

/* By way of the relation. */
static void
get_thread(struct thread *t_r)
{
	person_auto struct person client = {0}, provider = {0};
	struct relation r;

	get_person(&golden_client, &client);
	get_person(&golden_provider, &provider);
	ck_assert_int_eq(relation_get(txn, &client.id, &provider.id, &r), 0);
	ck_assert_int_eq(r.since, GOLDEN_NOW);
	ck_assert(r.writable);
	ck_assert_int_eq(thread_get(txn, &r.thread, t_r), 0);
	ck_assert(id_equal(&t_r->client, &client.id));
	ck_assert(id_equal(&t_r->counterpart, &provider.id));
}

static int
see_entry(const struct entry *e, void *arg)
{
	static char body[GOLDEN_LONG_LEN + 1];
	struct thread *t = arg;

	ck_assert_uint_eq(e->seq, t->count--);
	ck_assert(e->erased == (e->seq <= GOLDEN_ERASED));
	if (e->erased)
		return 0;
	if (e->seq == GOLDEN_EVENT || e->seq == GOLDEN_HIDDEN) {
		ck_assert_int_eq(e->head.kind, ENTRY_EVENT);
		ck_assert_int_eq(e->event, e->seq == GOLDEN_EVENT
					       ? EVENT_ANSWERED_BY_MAIL
					       : EVENT_NOT_NOTIFIED);
		ck_assert(id_equal(&e->about, &t->client));
		return 0;
	}
	golden_body(e->seq, body, sizeof(body));
	ck_assert_str_eq(secret_text(&e->body), body);
	ck_assert_int_eq(e->head.kind, ENTRY_MESSAGE);
	ck_assert(id_equal(
	    &e->head.author, e->seq % 2 == 1 ? &t->client : &t->counterpart));
	ck_assert_int_eq(
	    e->head.at, GOLDEN_NOW + GOLDEN_MONTH + (int64_t)e->seq * 1000);
	return 0;
}

START_TEST(a_thread)
{
	struct thread_page all = {0, THREAD_PAGE, true};
	struct thread t, left;
	uint64_t bad;

	setup(_i);
	get_thread(&t);
	ck_assert_uint_eq(t.count, GOLDEN_ENTRIES);
	ck_assert_uint_eq(t.generation, 2);
	ck_assert_uint_eq(
	    thread_member(&t, &t.counterpart)->read_up_to, GOLDEN_READ);
	ck_assert_uint_eq(thread_member(&t, &t.counterpart)->unread, 11);
	left = t;
	ck_assert_int_eq(thread_page(txn, &t, &all, see_entry, &left), 0);
	ck_assert_uint_eq(left.count, 0);
	ck_assert_int_eq(thread_verify(txn, &t, NULL, NULL), 0);
	ck_assert_int_eq(audit_verify(txn, &bad), 0);
	ck_assert_uint_eq(store_count(txn, KV_AUDIT),
	    GOLDEN_ENTRIES + (releases[_i].signs_in ? 1 : 0));
	teardown();
}
END_TEST

/* And writes go on where the old ones ended. */
START_TEST(a_thread_goes_on)
{
	entry_sealed_auto struct entry_sealed e = {0};
	slot_key_auto struct slot_key key = {0};
	secret_auto struct secret body = {0};
	struct entry_head h = {
	    .id = id_new(),
	    .kind = ENTRY_MESSAGE,
	    .visibility = VISIBLE_ALL,
	    .at = GOLDEN_NOW + GOLDEN_MONTH + GOLDEN_ENTRIES * 1000,
	};
	struct audit a = {.verb = AUDIT_MESSAGE_POST};
	uint64_t seq, bad;
	struct thread t;

	setup(_i);
	get_thread(&t);
	h.thread = t.id;
	h.generation = t.generation;
	h.author = t.client;
	ck_assert_int_eq(
	    slot_get(txn, SLOT_THREAD, &t.id, t.generation, &key), 0);
	ck_assert_int_eq(secret_set(&body, "more", 4), 0);
	ck_assert_int_eq(
	    entry_seal(store_keyring(st), &key, &h, &body, NULL, 0, &e), 0);
	a.number = store_number(txn);
	ck_assert_int_eq(thread_append(txn, &t, &e, a.number, &seq), 0);
	ck_assert_uint_eq(seq, GOLDEN_ENTRIES + 1);
	ck_assert_int_eq(audit_add(txn, &a), 0);
	ck_assert_int_eq(thread_verify(txn, &t, NULL, NULL), 0);
	ck_assert_int_eq(audit_verify(txn, &bad), 0);
	teardown();
}
END_TEST

static int
see_row(const struct outbox_row *r, void *arg)
{
	unsigned *tests = arg;

	if (r->kind != OUTBOX_TEST)
		return 0;
	ck_assert_str_eq(secret_text(&r->to), "root@practice.example");
	ck_assert_int_eq(r->state, OUTBOX_DEFERRED);
	ck_assert_uint_eq(r->code, 471);
	(*tests)++;
	return 0;
}

START_TEST(the_outbox)
{
	PN_CLEANUP(outbox_due_free) struct outbox_due *due = NULL;
	outbox_row_auto struct outbox_row r = {0};
	char reply[TOKEN_TEXT_LEN + 1];
	struct token token;
	unsigned tests = 0;

	setup(_i);
	expect_text("reply", reply, sizeof(reply));
	ck_assert_int_eq(
	    token_open(store_keyring(st), TOKEN_REPLY, reply, &token), 0);
	ck_assert_int_eq(outbox_get(txn, token.number, &r), 0);
	ck_assert_uint_eq(r.salt, token.salt);
	ck_assert_int_eq(r.state, OUTBOX_PENDING);
	ck_assert_int_eq(r.due, GOLDEN_NOW + GOLDEN_ENTRIES);
	ck_assert_int_eq(outbox_list(txn, 0, 1000, see_row, &tests), 0);
	ck_assert_uint_eq(tests, 1);
	ck_assert_int_eq(outbox_due_load(txn, NULL, NULL, &due), 0);
	ck_assert_uint_eq(outbox_due_count(due), 2);
	teardown();
}
END_TEST

START_TEST(a_session_and_an_answer)
{
	PN_CLEANUP(idem_free) struct idem_table *table = NULL;
	char token[SESSION_TEXT_LEN + 1];
	uint8_t hash[SESSION_HASH_LEN];
	struct idem want = {.at = GOLDEN_NOW, .key = {9}, .request = {9}};
	struct idem found;
	struct session s;
	struct thread t;

	setup(_i);
	get_thread(&t);
	expect_text("session", token, sizeof(token));
	ck_assert_int_eq(session_token_hash(token, hash), 0);
	ck_assert_int_eq(session_get(txn, hash, &s), 0);
	ck_assert(id_equal(&s.person, &t.client));
	ck_assert(id_is_nil(&s.account));
	ck_assert_int_eq(s.used, GOLDEN_NOW + 1);
	ck_assert_str_eq(s.frontend, "portal");
	want.person = t.client;
	ck_assert_int_eq(idem_load(txn, GOLDEN_NOW, &table), 0);
	ck_assert_int_eq(idem_find(txn, table, &want, &found), 0);
	ck_assert_uint_eq(found.seq, 9);
	ck_assert(id_equal(&found.thread, &t.id));
	teardown();
}
END_TEST

/* ---- since 0.2.0 ----------------------------------------------------- */

static void
get_account(const struct golden_person *of, struct account *a_r)
{
	person_auto struct person p = {0};
	struct id id;

	get_person(of, &p);
	ck_assert_int_eq(account_by_person(txn, &p.id, &id), 0);
	ck_assert_int_eq(account_get(txn, &id, a_r), 0);
}

static void
ck_passkeys(const struct account *a)
{
	ck_assert_uint_eq(a->passkey_count, 3);
	for (uint8_t n = PASSKEY_ES256; n <= PASSKEY_RS256; n++) {
		const struct passkey *p = &a->passkeys[n - 1];
		size_t key_len = passkey_key_len(n);

		ck_assert_int_eq(p->created, GOLDEN_NOW + n);
		ck_assert_uint_eq(p->count, GOLDEN_COUNT);
		ck_assert_uint_eq(p->algorithm, n);
		ck_assert_uint_eq(p->id_len, n * 20);
		ck_assert_uint_eq(p->id[p->id_len - 1], n);
		ck_assert_uint_eq(p->key[key_len - 1], n);
		ck_assert_str_eq(p->label, GOLDEN_PASSKEY);
	}
}

static void
ck_guarded(const struct golden_person *of, const char *login, const char *words)
{
	secret_auto struct secret passphrase = {0};
	account_auto struct account a = {0};

	get_account(of, &a);
	ck_assert_str_eq(secret_text(&a.login), login);
	ck_assert(a.active);
	ck_assert(a.totp);
	ck_assert(a.short_passphrase == (strcmp(words, GOLDEN_SHORT) == 0));
	for (size_t i = 0; i < ACCOUNT_TOTP_LEN; i++)
		ck_assert_uint_eq(a.totp_secret[i], i);
	ck_assert_uint_eq(a.totp_step, GOLDEN_TOTP_STEP);
	if (a.short_passphrase)
		ck_passkeys(&a);
	else
		ck_assert_uint_eq(a.passkey_count, 0);
	ck_assert_uint_eq(a.recovery_count, GOLDEN_CODES);
	for (size_t i = 0; i < GOLDEN_CODES; i++)
		ck_assert_uint_eq(a.recovery[i][ACCOUNT_CODE_LEN - 1], i);
	ck_assert_int_eq(a.enrolment.expires, 0);
	ck_assert_int_eq(secret_set(&passphrase, words, strlen(words)), 0);
	ck_assert_int_eq(
	    passphrase_check(store_keyring(st), &passphrase, a.passphrase), 0);
}

static void
ck_invited(void)
{
	outbox_row_auto struct outbox_row row = {0};
	account_auto struct account a = {0};
	char code[ACCOUNT_CODE_TEXT + 1];
	uint8_t hash[ACCOUNT_CODE_LEN];

	get_account(&golden_client, &a);
	ck_assert_str_eq(secret_text(&a.login), "");
	ck_assert_str_eq(a.passphrase, "");
	ck_assert(!a.totp);
	ck_assert_int_eq(a.enrolment.expires, GOLDEN_NOW + 7);
	ck_assert_uint_eq(a.enrolment.tries, 5);
	expect_text("code", code, sizeof(code));
	ck_assert_int_eq(
	    account_code_hash(store_keyring(st), &a.id, code, hash), 0);
	ck_assert_mem_eq(hash, a.enrolment.code, sizeof(hash));
	ck_assert_int_eq(outbox_get(txn, a.enrolment.number, &row), 0);
	ck_assert_int_eq(row.kind, OUTBOX_ENROLMENT);
}

START_TEST(accounts)
{
	account_auto struct account old = {0};
	person_auto struct person p = {0};

	setup(_i);
	if (releases[_i].signs_in) {
		ck_guarded(&golden_provider, "ben", GOLDEN_PASSPHRASE);
		ck_guarded(&golden_other, "cleo", GOLDEN_SHORT);
		ck_invited();
		get_person(&golden_other, &p);
		ck_assert_uint_eq(p.response_from, GOLDEN_FROM);
		ck_assert_uint_eq(p.response_to, GOLDEN_TO);
	} else {
		get_account(&golden_provider, &old);
		ck_assert(!account_guarded(&old));
		ck_assert(!old.short_passphrase);
		ck_assert_uint_eq(old.recovery_count, 0);
		ck_assert_int_eq(old.enrolment.expires, 0);
		get_person(&golden_provider, &p);
		ck_assert_uint_eq(p.response_from, 0);
		ck_assert_uint_eq(p.response_to, 0);
	}
	teardown();
}
END_TEST

static void
ck_waiting(void)
{
	person_auto struct person client = {0}, other = {0};
	struct relation r;
	struct thread t;

	get_person(&golden_client, &client);
	get_person(&golden_other, &other);
	ck_assert_int_eq(relation_get(txn, &client.id, &other.id, &r), 0);
	ck_assert_int_eq(thread_get(txn, &r.thread, &t), 0);
	ck_assert_uint_eq(t.count, 2);
	ck_assert_int_eq(t.waiting, GOLDEN_NOW + 2);
	ck_assert_int_eq(t.unnotified.since, GOLDEN_NOW + 3);
	ck_assert_int_eq(t.unnotified.reason, UNNOTIFIED_GIVEN_UP);
	ck_assert_uint_eq(t.unnotified.code, GOLDEN_CODE);
	ck_assert_int_eq(thread_verify(txn, &t, NULL, NULL), 0);
}

START_TEST(who_waits)
{
	struct thread t;

	setup(_i);
	get_thread(&t);
	ck_assert_int_eq(t.waiting, 0);
	ck_assert_int_eq(t.unnotified.since, 0);
	if (releases[_i].signs_in)
		ck_waiting();
	teardown();
}
END_TEST

static void
ck_draft(const struct id *person, const struct id *about, uint64_t like)
{
	static char body[GOLDEN_LONG_LEN + 1];
	draft_auto struct draft d = {0};

	golden_body(like, body, sizeof(body));
	ck_assert_int_eq(draft_get(txn, person, about, &d), 0);
	ck_assert_int_eq(d.saved, GOLDEN_NOW + 4);
	ck_assert_str_eq(d.key, GOLDEN_KEY);
	ck_assert_str_eq(secret_text(&d.body), body);
}

/* Where there were none, they can be kept now. */
START_TEST(drafts)
{
	draft_auto struct draft back = {0};
	struct draft d = {.saved = GOLDEN_NOW};
	struct thread t;

	setup(_i);
	get_thread(&t);
	if (releases[_i].signs_in) {
		ck_draft(&t.client, &t.id, GOLDEN_LONG);
		ck_draft(&t.counterpart, &t.client, 1);
	} else {
		ck_assert_uint_eq(store_count(txn, KV_DRAFT), 0);
	}
	d.person = t.counterpart;
	d.about = t.id;
	ck_assert_int_eq(draft_put(txn, &d), 0);
	ck_assert_int_eq(draft_get(txn, &d.person, &d.about, &back), 0);
	teardown();
}
END_TEST

/* Likewise. */
START_TEST(a_picture)
{
	picture_auto struct picture p = {0}, back = {0};
	person_auto struct person of = {0};

	setup(_i);
	if (releases[_i].signs_in) {
		get_person(&golden_other, &of);
		ck_assert_int_eq(picture_get(txn, &of.id, &p), 0);
		ck_assert_int_eq(p.changed, GOLDEN_NOW + 5);
		ck_assert_int_eq(p.kind, PICTURE_JPEG);
		ck_assert_str_eq(secret_text(&p.image), GOLDEN_IMAGE);
	} else {
		ck_assert_uint_eq(store_count(txn, KV_PICTURE), 0);
		get_person(&golden_client, &of);
		p.person = of.id;
		p.kind = PICTURE_PNG;
		ck_assert_int_eq(secret_set(&p.image, "face", 4), 0);
	}
	ck_assert_int_eq(picture_put(txn, &p), 0);
	ck_assert_int_eq(picture_get(txn, &of.id, &back), 0);
	teardown();
}
END_TEST

START_TEST(a_half_open_session)
{
	char token[SESSION_TEXT_LEN + 1];
	uint8_t hash[SESSION_HASH_LEN];
	bool half = releases[_i].signs_in;
	struct session s;

	setup(_i);
	expect_text(half ? "half-open" : "session", token, sizeof(token));
	ck_assert_int_eq(session_token_hash(token, hash), 0);
	ck_assert_int_eq(session_get(txn, hash, &s), 0);
	ck_assert_int_eq(s.state, half ? SESSION_FACTOR_DUE : SESSION_OPEN);
	ck_assert_str_eq(s.label, half ? GOLDEN_LABEL : "");
	teardown();
}
END_TEST

/* ---- since 0.3.0 ----------------------------------------------------- */

static void
ck_file(size_t i, const struct attachment *a)
{
	static uint8_t chunk[BLOB_CHUNK];
	const struct golden_file *want = &golden_files[i];
	blob_reader_auto struct blob_reader *r = NULL;
	uint64_t at = 0;
	size_t len = 1;

	ck_assert_str_eq(secret_text(&a->name), want->name);
	ck_assert_int_eq(a->type, want->type);
	ck_assert_uint_eq(a->size, want->size);
	ck_assert_uint_eq(a->width, want->width);
	ck_assert_uint_eq(a->height, want->height);
	ck_assert_int_eq(blob_open(st, &a->id, a->key, a->size, &r), 0);
	while (len > 0) {
		ck_assert_int_eq(blob_read(r, chunk, &len), 0);
		for (size_t n = 0; n < len; n++)
			ck_assert_uint_eq(chunk[n], golden_byte(i, at++));
	}
	ck_assert_uint_eq(at, want->size);
}

static int
see_files(const struct entry *e, void *arg)
{
	struct attachment_row row;
	unsigned *seen = arg;

	(*seen)++;
	if (e->seq == 2) {
		ck_assert_int_eq(e->event, EVENT_FILE_WITHHELD);
		ck_assert(id_is_nil(&e->about));
		ck_assert_uint_eq(e->attachments_n, 0);
		return 0;
	}
	ck_assert_str_eq(secret_text(&e->body), GOLDEN_FILE_BODY);
	ck_assert_uint_eq(e->attachments_n, GOLDEN_FILES);
	for (size_t i = 0; i < GOLDEN_FILES; i++) {
		ck_file(i, &e->attachments[i]);
		ck_assert_int_eq(
		    attachment_get(txn, &e->attachments[i].id, &row), 0);
		ck_assert_uint_eq(row.number, e->number);
		ck_assert_int_eq(row.state, golden_files[i].state);
		ck_assert_int_eq(row.changed, GOLDEN_NOW + 6 + (int64_t)i);
	}
	return 0;
}

static int
first_row(const struct attachment_row *row, void *arg)
{
	struct id *of = arg;

	*of = row->thread;
	return 7;
}

START_TEST(files)
{
	unsigned seen = 0;
	struct thread t;
	struct id id;

	setup(_i);
	if (releases[_i].has_files) {
		ck_assert_int_eq(
		    attachment_list(txn, NULL, 9, first_row, &id), 7);
		ck_assert_int_eq(thread_get(txn, &id, &t), 0);
		ck_assert_int_eq(thread_verify(txn, &t, see_files, &seen), 0);
		ck_assert_uint_eq(seen, 2);
	} else {
		/* where there were none, they can be kept now */
		struct attachment_row row = {
		    .id = id_new(), .state = ATTACHMENT_PENDING};

		ck_assert_uint_eq(store_count(txn, KV_ATTACHMENT), 0);
		ck_assert_int_eq(attachment_put(txn, &row), 0);
		ck_assert_int_eq(attachment_get(txn, &row.id, &row), 0);
	}
	teardown();
}
END_TEST

/* ---- since 0.4.0 ----------------------------------------------------- */

static int
see_how_it_fares(const struct address *a, void *arg)
{
	unsigned *seen = arg;

	(*seen)++;
	if (strcmp(secret_text(&a->text), GOLDEN_DOUBTFUL) == 0) {
		ck_assert_int_eq(a->state, ADDRESS_DOUBTFUL);
		ck_assert_int_eq(a->since, GOLDEN_NOW);
		ck_assert_int_eq(a->reason, ADDRESS_FAILING);
		ck_assert_uint_eq(a->code, GOLDEN_RETURN_CODE);
		ck_assert_int_eq(a->returns[0], GOLDEN_NOW + 1);
		ck_assert_int_eq(a->returns[1], GOLDEN_NOW);
		ck_assert_int_eq(a->returns[2], 0);
	} else if (strcmp(secret_text(&a->text), GOLDEN_NEW) == 0) {
		ck_assert_int_eq(a->state, ADDRESS_UNCONFIRMED);
		ck_assert_int_eq(a->expires, GOLDEN_NOW + 1);
		ck_assert_uint_eq(a->tries, GOLDEN_TRIES);
		ck_assert(!id_is_nil(&a->replaces));
	} else {
		ck_assert_int_eq(a->state, ADDRESS_GOOD);
		ck_assert_int_eq(a->since, 0);
		ck_assert_int_eq(a->expires, 0);
	}
	return 0;
}

static int
see_summary(const struct outbox_row *r, void *arg)
{
	unsigned *seen = arg;

	if (r->kind != OUTBOX_SUMMARY)
		return 0;
	ck_assert_str_eq(secret_text(&r->to), "office@practice.example");
	ck_assert_uint_eq(r->counts[OUTBOX_UNREACHED], GOLDEN_UNREACHED);
	ck_assert_uint_eq(r->counts[OUTBOX_WAITING], 0);
	(*seen)++;
	return 0;
}

START_TEST(how_addresses_fare)
{
	const unsigned more = releases[_i].fares ? 1 : 0;
	unsigned addresses = 0, summaries = 0;
	struct rounds r;
	struct id cleo;

	setup(_i);
	ck_assert_int_eq(
	    rounds_get(txn, &r), releases[_i].fares ? 0 : KV_NOT_FOUND);
	ck_assert_int_eq(r.looked, releases[_i].fares ? GOLDEN_LOOKED : 0);
	ck_assert_int_eq(outbox_list(txn, 0, 1000, see_summary, &summaries), 0);
	ck_assert_uint_eq(summaries, more);
	if (person_by_external(txn, golden_other.external_id, &cleo) == 0) {
		ck_assert_int_eq(
		    address_list(txn, &cleo, see_how_it_fares, &addresses), 0);
		ck_assert_uint_eq(addresses, 1 + 2 * more);
	}
	teardown();
}
END_TEST

static void
see_damage(const struct verify_damage *d, void *arg)
{
	(void)arg;
	ck_abort_msg("%s: %s", verify_word(d->what, 1), verify_reason(d->code));
}

START_TEST(all_of_it_is_well)
{
	struct verify v = {.damaged = see_damage};
	const uint64_t more = releases[_i].signs_in ? 1 : 0;
	const uint64_t filed = releases[_i].has_files ? 1 : 0;

	setup(_i);
	ck_assert_int_eq(verify_store(st, &v), 0);
	ck_assert_uint_eq(v.bad, 0);
	ck_assert_uint_eq(v.looked[VERIFY_PERSON], 2 + more);
	ck_assert_uint_eq(v.looked[VERIFY_ACCOUNT], 1 + 2 * more);
	ck_assert_uint_eq(v.looked[VERIFY_THREAD], 1 + more + filed);
	ck_assert_uint_eq(v.looked[VERIFY_SESSION], 1 + more);
	ck_assert_uint_eq(v.looked[VERIFY_DRAFT], 2 * more);
	ck_assert_uint_eq(v.looked[VERIFY_PICTURE], more);
	ck_assert_uint_eq(v.looked[VERIFY_ATTACHMENT], GOLDEN_FILES * filed);
	ck_assert_uint_eq(v.unbound, 0);
	teardown();
}
END_TEST

int
main(void)
{
	const int count = (int)PN_ARRAY_LEN(releases);
	Suite *suite = suite_create("golden");
	TCase *tc = tcase_create("golden");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, the_recovery_key_opens_it, 0, count);
	tcase_add_loop_test(tc, people, 0, count);
	tcase_add_loop_test(tc, a_thread, 0, count);
	tcase_add_loop_test(tc, a_thread_goes_on, 0, count);
	tcase_add_loop_test(tc, the_outbox, 0, count);
	tcase_add_loop_test(tc, a_session_and_an_answer, 0, count);
	tcase_add_loop_test(tc, accounts, 0, count);
	tcase_add_loop_test(tc, who_waits, 0, count);
	tcase_add_loop_test(tc, drafts, 0, count);
	tcase_add_loop_test(tc, a_picture, 0, count);
	tcase_add_loop_test(tc, a_half_open_session, 0, count);
	tcase_add_loop_test(tc, files, 0, count);
	tcase_add_loop_test(tc, how_addresses_fare, 0, count);
	tcase_add_loop_test(tc, all_of_it_is_well, 0, count);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
