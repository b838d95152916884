/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/api.h"

#include <errno.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "base/settings.h"
#include "daemon/enclosures.h"
#include "daemon/grammar.h"
#include "daemon/notices.h"
#include "daemon/once.h"
#include "daemon/posternd.h"
#include "daemon/rate.h"
#include "daemon/recipients.h"
#include "daemon/request.h"
#include "daemon/sessions.h"
#include "daemon/uploads.h"
#include "daemon/view.h"
#include "store/draft.h"
#include "store/idem.h"
#include "store/relation.h"
#include "store/thread.h"

/* An operation's outcome: this key was answered before. */
#define MESSAGE_REPLAY 160

#define TRIES 3

/* A message on its way into a thread, or into one it is the first of. */
struct message {
	bool by_pair;    /* POST /v1/threads: to whom, not where */
	bool create;     /* there is no thread yet */
	bool drafted;    /* its draft goes with it */
	struct id other; /* by_pair */
	struct thread t; /* as last seen; create: the one to be */
	struct slot_key key;
	struct secret body;
	struct enclosures files;
	struct entry_sealed sealed;
	struct idem idem;
	int refusal; /* why not, unless it was answered before */
	unsigned tries;
	uint64_t seq;
	struct recipients_rows rows;
};

static void
message_fini(void *state)
{
	struct message *m = state;

	slot_key_fini(&m->key);
	secret_fini(&m->body);
	enclosures_fini(&m->files);
	entry_sealed_fini(&m->sealed);
}

/* ---- looking and sealing, before the writer -------------------------- */

static int
get_relation(struct store_txn *txn, const struct thread *t,
    struct relation *rel, struct object *object)
{
	int r = relation_get(txn, &t->client, &t->counterpart, rel);

	if (r != 0 && r != KV_NOT_FOUND)
		return r;
	object->thread = t;
	object->relation = r == 0 ? rel : NULL;
	return 0;
}

/* May ACTOR write into thread ID, as TXN sees it? */
static int
may_append(struct store_txn *txn, const struct actor *actor,
    const struct id *id, struct thread *t)
{
	struct object object = {0};
	struct relation rel;
	int r = thread_get(txn, id, t);

	if (r == 0)
		r = get_relation(txn, t, &rel, &object);
	if (r != 0 && r != KV_NOT_FOUND)
		return r;
	return authorise(actor, VERB_ENTRY_POST, &object);
}

/* May ACTOR write to OTHER, as TXN sees it? REL is theirs. */
static int
may_start(struct store_txn *txn, const struct actor *actor,
    const struct id *other, struct relation *rel)
{
	person_auto struct person p = {0};
	struct object object = {0};
	int r = person_get(txn, other, &p);

	if (r == 0) {
		object.person = &p;
		r = relation_with(txn, &actor->person,
		    actor->role == ROLE_CLIENT, other, rel);
	}
	if (r != 0 && r != KV_NOT_FOUND)
		return r;
	object.relation = r == 0 ? rel : NULL;
	return authorise(actor, VERB_THREAD_START, &object);
}

static int
find_thread(struct store_txn *txn, const struct actor *actor, struct message *m)
{
	struct relation rel;
	struct id id = m->t.id;
	int r;

	if (m->by_pair) {
		r = may_start(txn, actor, &m->other, &rel);
		if (r != 0)
			return r;
		m->create = id_is_nil(&rel.thread);
		if (m->create) {
			thread_init(
			    &m->t, &rel.client, &rel.provider, clock_now());
			m->key = slot_key_new();
			return 0;
		}
		id = rel.thread;
	}
	r = may_append(txn, actor, &id, &m->t);
	if (r != 0)
		return r;
	slot_key_fini(&m->key);
	return slot_get(txn, SLOT_THREAD, &id, m->t.generation, &m->key);
}

static int
prepare(struct request *req, struct message *m)
{
	const struct request_info *info = request_info(req);
	store_txn_auto struct store_txn *txn = NULL;
	struct entry_head head;
	int r = store_begin(info->d->store, false, &txn);

	if (r == 0)
		r = find_thread(txn, &info->actor, m);
	store_abort(&txn);
	if (r == 0)
		r = enclosures_find(req, &m->files);
	if (r != 0)
		return r;
	head = (struct entry_head){.id = id_new(),
	    .thread = m->t.id,
	    .generation = m->t.generation,
	    .kind = ENTRY_MESSAGE,
	    .visibility = VISIBLE_ALL,
	    .author = info->actor.person,
	    .at = clock_now()};
	entry_sealed_fini(&m->sealed);
	memset(&m->sealed, 0, sizeof(m->sealed));
	return entry_seal(store_keyring(info->d->store), &m->key, &head,
	    &m->body, m->files.files, m->files.n, &m->sealed);
}

static void
hash_add(crypto_generichash_state *h, const char *text)
{
	/* with its NUL, so that parts cannot run into each other */
	(void)crypto_generichash_update(
	    h, (const uint8_t *)text, strlen(text) + 1);
}

static void
fill_idem(struct request *req, struct message *m)
{
	const struct request_info *info = request_info(req);
	crypto_generichash_state h;

	m->idem.person = info->actor.person;
	once_key(&info->d->keys, info->key, m->idem.key);
	(void)crypto_generichash_init(
	    &h, info->d->keys.of[KEYS_IDEMPOTENCY], KEYS_LEN, IDEM_HASH_LEN);
	hash_add(&h, "request");
	hash_add(&h, info->method);
	hash_add(&h, info->path);
	(void)crypto_generichash_update(&h, info->body->data, info->body->len);
	(void)crypto_generichash_final(&h, m->idem.request, IDEM_HASH_LEN);
	sodium_memzero(&h, sizeof(h));
}

/* ---- in the writer --------------------------------------------------- */

static int
place(struct request *req, struct store_txn *txn, struct message *m)
{
	const struct request_info *info = request_info(req);
	struct relation rel;
	int r;

	if (m->create) {
		r = may_start(txn, &info->actor, &m->other, &rel);
		if (r == 0 && !id_is_nil(&rel.thread))
			r = THREAD_EXISTS;
		if (r == 0)
			r = enclosures_bind(req, &m->files);
		return r != 0 ? r : thread_create(txn, &m->t, &m->key);
	}
	r = may_append(txn, &info->actor, &m->sealed.head.thread, &m->t);
	if (r == 0 && m->t.generation != m->sealed.head.generation)
		r = THREAD_STALE;
	return r != 0 ? r : enclosures_bind(req, &m->files);
}

/* From here on nothing refuses: what is not 0 ends the process. */
static int
put(struct request *req, struct store_txn *txn, struct message *m)
{
	const struct request_info *info = request_info(req);
	struct recipients to;
	struct audit audit = {
	    .number = store_number(txn), .at = m->sealed.head.at};
	int r = thread_append(txn, &m->t, &m->sealed, audit.number, &m->seq);

	if (r == 0)
		r = enclosures_put(req, txn, &m->files, &m->t.id, audit.number);
	if (r != 0)
		return r;
	if (m->drafted)
		draft_del(txn, &info->actor.person,
		    m->by_pair ? &m->other : &m->t.id);
	recipients_of(&m->t, &info->actor.person, &to);
	r = recipients_notify(
	    txn, &m->t, &to, audit.number, clock_now(), &m->rows);
	m->idem.number = audit.number;
	m->idem.at = m->sealed.head.at;
	m->idem.thread = m->t.id;
	m->idem.entry = m->sealed.head.id;
	m->idem.seq = m->seq;
	if (r == 0)
		r = idem_add(txn, info->d->idem, &m->idem);
	audit.verb = m->create ? AUDIT_THREAD_NEW : AUDIT_MESSAGE_POST;
	audit.subject = m->t.id;
	audit.detail = m->seq;
	return r != 0 ? r : request_audit_add(req, txn, &audit);
}

static int
message_run(struct request *req, struct store_txn *txn)
{
	const struct request_info *info = request_info(req);
	struct message *m = request_state_get(req);
	struct idem found = {0};
	int r;

	m->idem.at = clock_now();
	r = idem_find(txn, info->d->idem, &m->idem, &found);
	if (r == 0) {
		m->idem = found;
		return MESSAGE_REPLAY;
	}
	if (r != KV_NOT_FOUND)
		return r;
	if (m->refusal != 0)
		return m->refusal;
	r = sessions_check(txn, info->session);
	if (r != 0)
		return r == KV_NOT_FOUND ? REQUEST_SESSION_ENDED : r;
	r = place(req, txn, m);
	return r != 0 ? r : put(req, txn, m);
}

static void
message_committed(struct request *req)
{
	const struct message *m = request_state_get(req);
	int64_t now = clock_now();

	enclosures_committed(req, &m->files);
	for (size_t i = 0; i < m->rows.n; i++)
		notices_due(
		    request_info(req)->d->notices, m->rows.numbers[i], now);
}

/* ---- the request ----------------------------------------------------- */

static void message_submit(struct request *req, struct message *m);

static void
message_then(struct request *req, int result)
{
	struct message *m = request_state_get(req);
	json_t *entry;

	/* someone was first: made the thread, or its next key */
	if ((result == THREAD_EXISTS || result == THREAD_STALE) &&
	    m->tries < TRIES) {
		message_submit(req, m);
		return;
	}
	if (result == UPLOAD_GONE || result == ENCLOSURES_NAME) {
		enclosures_refuse(req, &m->files, result);
		return;
	}
	if (result != 0 && result != MESSAGE_REPLAY) {
		request_refuse(req, result);
		return;
	}
	entry = view_entry_place(
	    m->idem.seq, &m->idem.entry, ENTRY_MESSAGE, m->idem.at);
	request_reply(req, 201,
	    m->by_pair ? json_pack("{s:{s:o}, s:o}", "thread", "id",
			     view_id(&m->idem.thread), "entry", entry)
		       : json_pack("{s:o}", "entry", entry));
}

static void
message_submit(struct request *req, struct message *m)
{
	static const struct request_write write = {.run = message_run,
	    .committed = message_committed,
	    .then = message_then};
	const struct request_info *info = request_info(req);
	int r;

	r = prepare(req, m);
	if (r < 0) {
		request_refuse(req, r);
		return;
	}
	if (r == 0 && m->tries++ == 0 &&
	    !rate_take(info->d->post_rate, &info->actor.person, clock_boot()))
		r = REQUEST_TOO_MANY;
	/*
	 * A refusal goes to the writer, too: if this very request was answered
	 * 201 before, its sender must hear so, whatever has changed since.
	 */
	if (m->refusal == 0)
		m->refusal = r;
	request_write(req, &write);
}

static void
message_start(struct request *req, struct message *m, json_t *body)
{
	const struct request_info *info = request_info(req);
	const char *text = json_get_text(body, "body");
	size_t len = strlen(text);

	if (len > (size_t)info->d->settings->limits.message_bytes) {
		request_problem(req, PROBLEM_TOO_LARGE, NULL, "body");
		return;
	}
	if (len > 0 && !grammar_body(text, len)) {
		request_bad_field(
		    req, "body", "no control characters but tab and line feed");
		return;
	}
	if (!enclosures_read(
		req, json_object_get(body, "attachments"), &m->files))
		return;
	if (len == 0 && m->files.n == 0) {
		request_bad_field(req, "body", "expected a text, or a file");
		return;
	}
	if (len > 0 && secret_set(&m->body, text, len) != 0) {
		request_refuse(req, -ENOMEM);
		return;
	}
	m->drafted = json_get_flag(body, "draft", false);
	fill_idem(req, m);
	message_submit(req, m);
}

static void
post_entry(struct request *req)
{
	static const struct json_field fields[] = {
	    {"body", JSON_IS_STRING, true, 0, 0},
	    {"draft", JSON_IS_BOOLEAN, false, 0, 0},
	    {"attachments", JSON_IS_ARRAY, false, 0, 0},
	};
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	struct message *m;

	if (body == NULL)
		return;
	m = request_state(req, sizeof(*m), message_fini);
	if (m != NULL && request_param_id(req, 0, &m->t.id))
		message_start(req, m, body);
}

static void
post_thread(struct request *req)
{
	static const struct json_field fields[] = {
	    {"to", JSON_IS_STRING, true, ID_TEXT_LEN, ID_TEXT_LEN},
	    {"body", JSON_IS_STRING, true, 0, 0},
	    {"draft", JSON_IS_BOOLEAN, false, 0, 0},
	    {"attachments", JSON_IS_ARRAY, false, 0, 0},
	};
	json_t *body = request_fields(req, fields, PN_ARRAY_LEN(fields));
	struct message *m;

	if (body == NULL)
		return;
	m = request_state(req, sizeof(*m), message_fini);
	if (m == NULL)
		return;
	m->by_pair = true;
	if (id_parse(json_get_text(body, "to"), &m->other) != 0)
		request_problem(req, PROBLEM_NOT_FOUND, NULL, NULL);
	else
		message_start(req, m, body);
}

const struct route api_message_routes[] = {
    {"POST", "/v1/threads", ROUTE_SESSION | ROUTE_KEY | ROUTE_MESSAGE, NULL, 1,
	post_thread},
    {"POST", "/v1/threads/{id}/entries",
	ROUTE_SESSION | ROUTE_KEY | ROUTE_MESSAGE, NULL, 1, post_entry},
    {0},
};
