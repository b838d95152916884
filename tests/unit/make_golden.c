/* SPDX-License-Identifier: Apache-2.0 */

/*
 * make_golden DIRECTORY: writes a store for tests/golden, with its key and
 * what was made at random (expected.txt). To be run once a release.
 */

#include <err.h>
#include <stdlib.h>
#include <sodium.h>
#include "store/account.h"
#include "store/attachment.h"
#include "store/audit.h"
#include "store/draft.h"
#include "store/idem.h"
#include "store/key.h"
#include "store/outbox.h"
#include "store/person.h"
#include "store/picture.h"
#include "store/relation.h"
#include "store/rounds.h"
#include "store/session.h"
#include "store/thread.h"
#include "store/token.h"
#include "tests/unit/golden.h"

static void
must(int rc, const char *what)
{
	if (rc != 0)
		errx(EXIT_FAILURE, "%s: %d", what, rc);
}

static struct secret
text(const char *value)
{
	struct secret s = {0};

	must(secret_set(&s, value, strlen(value)), "memory");
	return s;
}

struct golden {
	struct store *st;
	struct store_txn *txn;
	FILE *expected;
	struct id client, provider, other;
	struct thread thread;
};

static struct id
make_person(
    struct golden *g, enum person_role role, const struct golden_person *as)
{
	person_auto struct person p = {
	    .id = id_new(),
	    .role = role,
	    .active = true,
	    .created = GOLDEN_NOW,
	    .prompted = GOLDEN_NOW + 1,
	    .external_id = text(as->external_id),
	    .name = text(as->name),
	    .credentials = text(as->credentials),
	    .language = text("en"),
	    .time_zone = text(as->time_zone),
	};
	address_auto struct address a = {
	    .id = id_new(),
	    .person = p.id,
	    .state = ADDRESS_GOOD,
	    .position = 2,
	    .prompts = {GOLDEN_NOW + 1},
	    .text = text(as->address),
	};

	must(person_put(g->txn, &p), "person");
	must(address_put(g->txn, &a), "address");
	return p.id;
}

static void
make_people(struct golden *g)
{
	struct relation r = {.since = GOLDEN_NOW, .writable = true};

	g->client = make_person(g, ROLE_CLIENT, &golden_client);
	g->provider = make_person(g, ROLE_PROVIDER, &golden_provider);
	g->other = make_person(g, ROLE_PROVIDER, &golden_other);
	r.client = g->client;
	r.provider = g->provider;
	must(relation_put(g->txn, &r), "relation");
	r.provider = g->other;
	must(relation_put(g->txn, &r), "relation");
}

/* One of each kind, each longer than the one before. */
static void
add_passkeys(struct account *a)
{
	for (uint8_t n = PASSKEY_ES256; n <= PASSKEY_RS256; n++) {
		struct passkey *p = &a->passkeys[a->passkey_count++];

		*p = (struct passkey){
		    .created = GOLDEN_NOW + n,
		    .count = GOLDEN_COUNT,
		    .algorithm = n,
		    .id_len = (uint8_t)(n * 20),
		    .label = GOLDEN_PASSKEY,
		};
		memset(p->id, n, p->id_len);
		memset(p->key, n, passkey_key_len(n));
	}
}

/* With second factors; a short passphrase is not enough without. */
static void
make_account(struct golden *g, const struct id *person, const char *login,
    const char *words)
{
	secret_auto struct secret passphrase = text(words);
	account_auto struct account a = {
	    .id = id_new(),
	    .person = *person,
	    .active = true,
	    .login = text(login),
	    .short_passphrase = strcmp(words, GOLDEN_SHORT) == 0,
	    .totp = true,
	    .totp_step = GOLDEN_TOTP_STEP,
	    .recovery_count = GOLDEN_CODES,
	};

	for (size_t i = 0; i < ACCOUNT_TOTP_LEN; i++)
		a.totp_secret[i] = (uint8_t)i;
	for (size_t i = 0; i < GOLDEN_CODES; i++)
		memset(a.recovery[i], (int)i, ACCOUNT_CODE_LEN);
	if (a.short_passphrase)
		add_passkeys(&a);
	must(passphrase_hash(store_keyring(g->st), &passphrase, a.passphrase),
	    "passphrase");
	must(account_put(g->txn, &a), "account");
}

/* Not opened yet: a code is handed out, and its mail is sent. */
static void
make_invitation(struct golden *g)
{
	account_auto struct account a = {
	    .id = id_new(), .person = g->client, .active = true};
	struct outbox_row o = {
	    .number = store_number(g->txn),
	    .kind = OUTBOX_ENROLMENT,
	    .state = OUTBOX_SENT,
	    .created = GOLDEN_NOW,
	    .person = g->client,
	};
	char code[ACCOUNT_CODE_TEXT + 1];

	account_code_new(code);
	a.enrolment.expires = GOLDEN_NOW + 7;
	a.enrolment.number = o.number;
	a.enrolment.tries = 5;
	must(account_code_hash(
		 store_keyring(g->st), &a.id, code, a.enrolment.code),
	    "code");
	must(account_put(g->txn, &a), "account");
	must(outbox_add(g->txn, &o), "enrolment");
	(void)fprintf(g->expected, "code = %s\n", code);
}

static void
make_accounts(struct golden *g)
{
	person_auto struct person p = {0};

	make_account(g, &g->provider, "ben", GOLDEN_PASSPHRASE);
	make_account(g, &g->other, "cleo", GOLDEN_SHORT);
	make_invitation(g);
	must(person_get(g->txn, &g->other, &p), "person");
	p.response_from = GOLDEN_FROM;
	p.response_to = GOLDEN_TO;
	must(person_put(g->txn, &p), "person");
}

static void
seal_entry(struct golden *g, uint64_t seq, struct entry_sealed *e)
{
	static char body[GOLDEN_LONG_LEN + 1];
	slot_key_auto struct slot_key key = {0};
	struct entry_head h = {
	    .id = id_new(),
	    .thread = g->thread.id,
	    .generation = g->thread.generation,
	    .kind = ENTRY_MESSAGE,
	    .visibility = seq == GOLDEN_HIDDEN ? VISIBLE_PRACTICE : VISIBLE_ALL,
	    .author = seq % 2 == 1 ? g->client : g->provider,
	    .at = GOLDEN_NOW + (int64_t)seq * 1000,
	};
	secret_auto struct secret s = {0};

	if (seq >= GOLDEN_ERASED)
		h.at += GOLDEN_MONTH;
	must(slot_get(g->txn, SLOT_THREAD, &h.thread, h.generation, &key),
	    "slot");
	if (seq == GOLDEN_EVENT || seq == GOLDEN_HIDDEN) {
		h.kind = ENTRY_EVENT;
		h.author = (struct id){0};
		must(entry_seal_event(store_keyring(g->st), &key, &h,
			 seq == GOLDEN_EVENT ? EVENT_ANSWERED_BY_MAIL
					     : EVENT_NOT_NOTIFIED,
			 &g->client, e),
		    "event");
		return;
	}
	golden_body(seq, body, sizeof(body));
	s = text(body);
	must(entry_seal(store_keyring(g->st), &key, &h, &s, NULL, 0, e),
	    "entry");
}

/* With the rows that a post makes. */
static void
post(struct golden *g, struct idem_table *idem, uint64_t seq)
{
	entry_sealed_auto struct entry_sealed e = {0};
	uint64_t number = store_number(g->txn), at;
	struct audit a = {
	    .number = number,
	    .at = GOLDEN_NOW,
	    .verb = AUDIT_MESSAGE_POST,
	    .actor = g->client,
	    .subject = g->thread.id,
	    .detail = seq,
	    .via = "portal",
	};
	struct outbox_row o = {
	    .number = number,
	    .salt = (uint32_t)seq,
	    .kind = OUTBOX_MESSAGE,
	    .state = seq == GOLDEN_ENTRIES ? OUTBOX_PENDING : OUTBOX_SENT,
	    .created = GOLDEN_NOW,
	    .due = GOLDEN_NOW + (int64_t)seq,
	    .person = g->provider,
	    .thread = g->thread.id,
	};
	struct idem i = {
	    .number = number,
	    .at = GOLDEN_NOW,
	    .person = g->client,
	    .key = {(uint8_t)seq},
	    .request = {(uint8_t)seq},
	    .thread = g->thread.id,
	    .seq = seq,
	};

	seal_entry(g, seq, &e);
	i.entry = e.head.id;
	must(thread_append(g->txn, &g->thread, &e, number, &at), "append");
	must(audit_add(g->txn, &a), "audit");
	must(outbox_add(g->txn, &o), "outbox");
	must(idem_add(g->txn, idem, &i), "idem");
	if (seq == GOLDEN_ENTRIES) {
		char reply[TOKEN_TEXT_LEN + 1];

		token_make(store_keyring(g->st), TOKEN_REPLY,
		    (struct token){o.number, o.salt}, reply);
		(void)fprintf(g->expected, "reply = %s\n", reply);
	}
}

static void
make_thread(struct golden *g)
{
	slot_key_auto struct slot_key key = slot_key_new();
	PN_CLEANUP(idem_free) struct idem_table *idem = NULL;
	struct key slot = {.len = 0};

	must(idem_load(g->txn, GOLDEN_NOW, &idem), "idem");
	thread_init(&g->thread, &g->client, &g->provider, GOLDEN_NOW);
	must(thread_create(g->txn, &g->thread, &key), "thread");
	for (uint64_t seq = 1; seq <= GOLDEN_ENTRIES; seq++)
		post(g, idem, seq);
	must(
	    thread_read(g->txn, &g->thread, &g->provider, GOLDEN_READ), "read");
	key_add_byte(&slot, SLOT_THREAD);
	key_add_id(&slot, &g->thread.id);
	key_add_u32(&slot, 1);
	kv_del(store_kv(g->txn), KV_SLOT, key_slice(&slot));
}

/* Of a client who waits, and was not told that the provider wrote. */
static void
make_waiting(struct golden *g)
{
	slot_key_auto struct slot_key key = slot_key_new();
	struct audit a = {
	    .at = GOLDEN_NOW,
	    .verb = AUDIT_PERSON_READ,
	    .actor = g->client,
	    .via = "portal",
	};
	struct thread t;
	uint64_t seq;

	thread_init(&t, &g->client, &g->other, GOLDEN_NOW);
	must(thread_create(g->txn, &t, &key), "thread");
	t.unnotified = (struct thread_unnotified){
	    .since = GOLDEN_NOW + 3,
	    .reason = UNNOTIFIED_GIVEN_UP,
	    .code = GOLDEN_CODE,
	};
	for (uint64_t i = 1; i <= 2; i++) {
		entry_sealed_auto struct entry_sealed e = {0};
		secret_auto struct secret body = text("Hello?");
		struct entry_head h = {
		    .id = id_new(),
		    .thread = t.id,
		    .generation = t.generation,
		    .kind = ENTRY_MESSAGE,
		    .visibility = VISIBLE_ALL,
		    .author = i == 1 ? g->other : g->client,
		    .at = GOLDEN_NOW + (int64_t)i,
		};

		must(entry_seal(
			 store_keyring(g->st), &key, &h, &body, NULL, 0, &e),
		    "entry");
		must(thread_append(g->txn, &t, &e, store_number(g->txn), &seq),
		    "append");
	}
	a.subject = t.id;
	a.number = store_number(g->txn);
	must(audit_add(g->txn, &a), "audit");
}

/* The Ith file, sealed and synced, as the message is to name it. */
static struct attachment
make_file(const struct golden *g, size_t i)
{
	static uint8_t chunk[BLOB_CHUNK];
	const struct golden_file *f = &golden_files[i];
	blob_writer_auto struct blob_writer *w = NULL;
	struct attachment a = {
	    .id = id_new(),
	    .type = f->type,
	    .size = f->size,
	    .width = f->width,
	    .height = f->height,
	    .name = text(f->name),
	};

	must(blob_create(g->st, &a.id, &w), "file");
	blob_key(w, a.key);
	for (uint64_t at = 0; at < f->size; at += BLOB_CHUNK) {
		bool last = f->size - at <= BLOB_CHUNK;
		size_t len = last ? (size_t)(f->size - at) : BLOB_CHUNK;

		for (size_t n = 0; n < len; n++)
			chunk[n] = golden_byte(i, at + n);
		must(blob_append(w, chunk, len, last), "chunk");
	}
	must(blob_sync(w), "sync");
	return a;
}

static void
bind_files(struct golden *g, const struct attachment *files,
    const struct entry_head *h, uint64_t number)
{
	for (size_t i = 0; i < GOLDEN_FILES; i++) {
		struct attachment_row row = {
		    .id = files[i].id,
		    .thread = h->thread,
		    .number = number,
		    .state = golden_files[i].state,
		    .changed = GOLDEN_NOW + 6 + (int64_t)i,
		};

		must(attachment_put(g->txn, &row), "attachment");
	}
}

/* Between two who have no other thread. */
static void
make_files(struct golden *g)
{
	slot_key_auto struct slot_key key = slot_key_new();
	secret_auto struct secret body = text(GOLDEN_FILE_BODY);
	entry_sealed_auto struct entry_sealed e = {0}, event = {0};
	struct attachment files[GOLDEN_FILES];
	uint64_t number = store_number(g->txn), seq;
	struct thread t;
	struct entry_head h;

	thread_init(&t, &g->other, &g->provider, GOLDEN_NOW);
	must(thread_create(g->txn, &t, &key), "thread");
	h = (struct entry_head){
	    .id = id_new(),
	    .thread = t.id,
	    .generation = t.generation,
	    .kind = ENTRY_MESSAGE,
	    .visibility = VISIBLE_ALL,
	    .author = g->other,
	    .at = GOLDEN_NOW + 6,
	};
	for (size_t i = 0; i < GOLDEN_FILES; i++)
		files[i] = make_file(g, i);
	must(entry_seal(store_keyring(g->st), &key, &h, &body, files,
		 GOLDEN_FILES, &e),
	    "entry");
	must(thread_append(g->txn, &t, &e, number, &seq), "append");
	bind_files(g, files, &h, number);
	h.id = id_new();
	h.kind = ENTRY_EVENT;
	h.author = (struct id){0};
	must(entry_seal_event(store_keyring(g->st), &key, &h,
		 EVENT_FILE_WITHHELD, NULL, &event),
	    "event");
	must(thread_append(g->txn, &t, &event, store_number(g->txn), &seq),
	    "append");
	for (size_t i = 0; i < GOLDEN_FILES; i++)
		attachment_fini(&files[i]);
}

static void
make_draft(struct golden *g, const struct id *person, const struct id *about,
    uint64_t like)
{
	static char body[GOLDEN_LONG_LEN + 1];
	draft_auto struct draft d = {
	    .person = *person,
	    .about = *about,
	    .saved = GOLDEN_NOW + 4,
	    .key = GOLDEN_KEY,
	};

	golden_body(like, body, sizeof(body));
	d.body = text(body);
	must(draft_put(g->txn, &d), "draft");
}

static void
make_picture(struct golden *g)
{
	picture_auto struct picture p = {
	    .person = g->other,
	    .changed = GOLDEN_NOW + 5,
	    .kind = PICTURE_JPEG,
	    .image = text(GOLDEN_IMAGE),
	};

	must(picture_put(g->txn, &p), "picture");
}

static void
make_half_open(struct golden *g)
{
	char token[SESSION_TEXT_LEN + 1];
	struct session s = {
	    .person = g->other,
	    .created = GOLDEN_NOW,
	    .used = GOLDEN_NOW + 1,
	    .expires = GOLDEN_NOW + 2,
	    .state = SESSION_FACTOR_DUE,
	    .frontend = "web",
	    .label = GOLDEN_LABEL,
	};

	session_token_new(token, s.hash);
	must(session_put(g->txn, &s), "session");
	(void)fprintf(g->expected, "half-open = %s\n", token);
}

static void
make_rest(struct golden *g)
{
	char token[SESSION_TEXT_LEN + 1];
	struct session s = {
	    .person = g->client,
	    .created = GOLDEN_NOW,
	    .used = GOLDEN_NOW + 1,
	    .expires = GOLDEN_NOW + 2,
	    .frontend = "portal",
	};
	outbox_row_auto struct outbox_row test = {
	    .number = store_number(g->txn),
	    .kind = OUTBOX_TEST,
	    .state = OUTBOX_DEFERRED,
	    .created = GOLDEN_NOW,
	    .due = GOLDEN_NOW,
	    .attempts = 2,
	    .code = 471,
	    .to = text("root@practice.example"),
	};

	session_token_new(token, s.hash);
	must(session_put(g->txn, &s), "session");
	must(outbox_add(g->txn, &test), "test");
	(void)fprintf(g->expected, "session = %s\n", token);
}

static void
make_addresses(struct golden *g)
{
	address_auto struct address doubtful = {
	    .id = id_new(),
	    .person = g->other,
	    .state = ADDRESS_DOUBTFUL,
	    .position = 3,
	    .text = text(GOLDEN_DOUBTFUL),
	    .since = GOLDEN_NOW,
	    .reason = ADDRESS_FAILING,
	    .code = GOLDEN_RETURN_CODE,
	    .returns = {GOLDEN_NOW + 1, GOLDEN_NOW},
	};
	address_auto struct address new = {
	    .id = id_new(),
	    .person = g->other,
	    .state = ADDRESS_UNCONFIRMED,
	    .position = UINT8_MAX,
	    .text = text(GOLDEN_NEW),
	    .since = GOLDEN_NOW,
	    .expires = GOLDEN_NOW + 1,
	    .tries = GOLDEN_TRIES,
	    .replaces = doubtful.id,
	};

	must(address_put(g->txn, &doubtful), "address");
	must(address_put(g->txn, &new), "address");
}

static void
make_rounds(struct golden *g)
{
	const struct rounds r = {.looked = GOLDEN_LOOKED};
	outbox_row_auto struct outbox_row summary = {
	    .number = store_number(g->txn),
	    .kind = OUTBOX_SUMMARY,
	    .state = OUTBOX_SENT,
	    .created = GOLDEN_NOW,
	    .to = text("office@practice.example"),
	    .counts = {[OUTBOX_UNREACHED] = GOLDEN_UNREACHED},
	};

	must(outbox_add(g->txn, &summary), "summary");
	must(rounds_put(g->txn, &r), "rounds");
}

int
main(int argc, char **argv)
{
	char recovery[KEYRING_RECOVERY_TEXT], hex[2 * KEYRING_KEY_LEN + 1];
	struct store_options opt = {.map_size = (size_t)16 << 20};
	uint8_t mk[KEYRING_KEY_LEN];
	struct golden g = {.st = NULL};
	char path[4096];

	if (argc != 2 || sodium_init() < 0)
		errx(EXIT_FAILURE, "usage: make_golden DIRECTORY");
	opt.directory = argv[1];
	randombytes_buf(mk, sizeof(mk));
	must(store_create(&opt, mk, recovery), "create");
	must(store_open(&opt, mk, &g.st), "open");
	must(store_begin(g.st, true, &g.txn), "begin");
	(void)snprintf(path, sizeof(path), "%s/expected.txt", argv[1]);
	g.expected = fopen(path, "we");
	if (g.expected == NULL)
		err(EXIT_FAILURE, "expected.txt");
	(void)sodium_bin2hex(hex, sizeof(hex), mk, sizeof(mk));
	(void)fprintf(g.expected, "key = %s\nrecovery = %s\n", hex, recovery);
	make_people(&g);
	make_thread(&g);
	make_rest(&g);
	make_accounts(&g);
	make_waiting(&g);
	make_draft(&g, &g.client, &g.thread.id, GOLDEN_LONG);
	make_draft(&g, &g.provider, &g.client, 1);
	make_picture(&g);
	make_files(&g);
	make_half_open(&g);
	make_addresses(&g);
	make_rounds(&g);
	must(store_commit(&g.txn), "commit");
	store_close(&g.st);
	return fclose(g.expected) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
