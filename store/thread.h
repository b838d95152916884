/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A thread: about one client, with one counterpart. Its head holds members,
 * what each has read, the generation of its key and the end of its chain;
 * its entries are appended by number. The sequence (1, 2, ...) is the
 * position in the thread. Numbers of the newest entries stand in the head;
 * every full 64 of them move to a block row.
 *
 * Sealing needs no lock: entry_seal() outside the writer under the head's
 * generation of that moment, thread_append() inside it. The chain (a running
 * MAC over predecessor, position and ciphertext) is made at the append; every
 * page is checked against its predecessor, the newest against the head.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/secret.h"
#include "store/attachment.h"
#include "store/slot.h"
#include "store/store.h"

#define THREAD_MEMBERS 16
#define THREAD_BLOCK 64
#define THREAD_MAC_LEN 32
#define THREAD_GENERATION_ENTRIES 1000
#define THREAD_GENERATION_DAYS 30
#define THREAD_PAGE 100
#define ENTRY_BODY_MAX ((size_t)1 << 20)

/* Positive codes. */
enum thread_code {
	THREAD_EXISTS = 70, /* the pair has an open thread already */
	THREAD_BROKEN,      /* chain or seal does not verify */
	THREAD_STALE,       /* sealed for a generation that is gone */
	THREAD_ERASED,      /* the entry's key is gone; it is a tombstone */
};

enum member_capacity {
	MEMBER_CLIENT = 1,
	MEMBER_COUNTERPART,
	MEMBER_COVER,
	MEMBER_GUARDIAN,
};

#define MEMBER_MAY_READ 1
#define MEMBER_MAY_WRITE 2

struct thread_member {
	struct id person;
	enum member_capacity capacity;
	uint8_t rights;
	int64_t since;
	int64_t until; /* 0: current */
	uint64_t read_up_to;
	uint32_t unread; /* visible entries of others after read_up_to */
};

enum entry_kind {
	ENTRY_MESSAGE = 1,
	ENTRY_EVENT,
};

enum entry_visibility {
	VISIBLE_ALL = 1,
	VISIBLE_PRACTICE,
};

enum entry_event {
	EVENT_ANSWERED_BY_MAIL = 1,
	EVENT_NOT_NOTIFIED,
	EVENT_MEMBERS_CHANGED,
	EVENT_CLOSED,
	EVENT_FILE_WITHHELD, /* a scanner found something in a file */
};

enum unnotified_reason {
	UNNOTIFIED_NO_ADDRESS = 1,
	UNNOTIFIED_REFUSED,
	UNNOTIFIED_GIVEN_UP,
	UNNOTIFIED_STOPPED,   /* mail to the address came back before */
	UNNOTIFIED_COMPLAINT, /* a notice was reported as spam */
	UNNOTIFIED_CHALLENGE, /* held back until somebody answers for us */
};

/* The client could not be told of something new by e-mail. */
struct thread_unnotified {
	int64_t since; /* 0: none of it */
	enum unnotified_reason reason;
	uint16_t code; /* as daemon/mailcode.h packs it, or 0 */
};

/* Plain values; members beyond member_count are zero. */
struct thread {
	struct id id;
	struct id client;
	struct id counterpart;
	int64_t created;
	int64_t closed;  /* 0: open */
	int64_t last_at; /* of the newest entry that everyone sees, or 0 */
	uint64_t count;  /* entries */
	uint32_t generation;
	uint32_t generation_count;
	int64_t generation_since;
	uint8_t chain[THREAD_MAC_LEN];
	size_t member_count;
	struct thread_member members[THREAD_MEMBERS];
	uint64_t recent[THREAD_BLOCK]; /* numbers of the last count % 64 */
	int64_t mailed; /* last event EVENT_ANSWERED_BY_MAIL, or 0 */
	/* since when a message of the client's side waits for one of the
	 * practice's that the client sees; 0: none does */
	int64_t waiting;
	struct thread_unnotified unnotified; /* its callers' to set */
};

/* What is bound into the seal; acting_for is nil unless for another. */
struct entry_head {
	struct id id;
	struct id thread;
	uint32_t generation;
	enum entry_kind kind;
	enum entry_visibility visibility;
	struct id author; /* nil: the system */
	struct id acting_for;
	int64_t at;
	uint16_t flags;
};

/* A sealed entry on its way to the writer. */
struct entry_sealed {
	struct entry_head head;
	enum entry_event event; /* 0 for a message */
	struct buf record;
};

/* An opened entry; an event has no body and no attachments. */
struct entry {
	struct entry_head head;
	uint64_t seq;
	uint64_t number;
	bool erased;
	enum entry_event event; /* 0 for a message */
	struct id about;        /* whom the event is about, or nil */
	struct secret body;
	struct attachment *attachments;
	size_t attachments_n;
};

void thread_init(struct thread *t, const struct id *client,
    const struct id *counterpart, int64_t now);
/* KV_NOT_FOUND; THREAD_BROKEN for a head that this store did not write. */
int thread_get(struct store_txn *txn, const struct id *id,
    struct thread *t_r) PN_NODISCARD;
/*
 * Writes a new head, its key's slot, its members' rows; the pair's relation,
 * if it has one, comes to name it. THREAD_EXISTS.
 */
int thread_create(struct store_txn *txn, const struct thread *t,
    const struct slot_key *key) PN_NODISCARD;
/* Writes the head back, e.g. after a change of members. */
int thread_put(struct store_txn *txn, const struct thread *t) PN_NODISCARD;
/* NULL when P is and was no member. Past members are returned too. */
struct thread_member *thread_member(struct thread *t, const struct id *person);
/*
 * Whose member PERSON is or was, in order of thread id, after AFTER (NULL:
 * from the first).
 */
int thread_list(struct store_txn *txn, const struct id *person,
    const struct id *after, size_t limit,
    int (*each)(const struct thread *t, void *arg), void *arg) PN_NODISCARD;

/*
 * A message: its text, which may be empty, and N ATTACHMENTS (NULL: none).
 * -EMSGSIZE above ENTRY_BODY_MAX or ATTACHMENTS_MAX; -EINVAL for an
 * attachment that could not be read back. E_R is to be released in any case.
 */
int entry_seal(const struct keyring *k, const struct slot_key *key,
    const struct entry_head *head, const struct secret *body,
    const struct attachment *attachments, size_t n,
    struct entry_sealed *e_r) PN_NODISCARD;
/* An event says what happened, and to whom; it holds no text. */
int entry_seal_event(const struct keyring *k, const struct slot_key *key,
    const struct entry_head *head, enum entry_event event,
    const struct id *about, struct entry_sealed *e_r) PN_NODISCARD;
void entry_sealed_fini(struct entry_sealed *e);
void entry_fini(struct entry *e);
/*
 * Appends under NUMBER (one for each entry): entry row, chain, unread counts,
 * what waits, head (*T, read in this transaction, is updated and written), a
 * new key generation when one is due. SEQ_R is its place. THREAD_STALE: seal
 * again.
 */
int thread_append(struct store_txn *txn, struct thread *t,
    struct entry_sealed *e, uint64_t number, uint64_t *seq_r) PN_NODISCARD;
/*
 * Marks read and recounts; never moves back. What the client reads needs no
 * mail any more: UNNOTIFIED ends. Writes the head. KV_NOT_FOUND when PERSON
 * is no member.
 */
int thread_read(struct store_txn *txn, struct thread *t,
    const struct id *person, uint64_t up_to) PN_NODISCARD;
/*
 * Entries BEFORE (exclusive; 0: from the newest) backwards, newest first, at
 * most LIMIT <= THREAD_PAGE visible to PRACTICE side or not, verified.
 * THREAD_BROKEN before anything unverified is handed to EACH.
 */
struct thread_page {
	uint64_t before;
	size_t limit;
	bool practice;
};
int thread_page(struct store_txn *txn, const struct thread *t,
    const struct thread_page *page,
    int (*each)(const struct entry *e, void *arg), void *arg) PN_NODISCARD;
/*
 * The one entry of NUMBER, held against both its neighbours (the newest
 * against the head) and opened, whoever may see it. *E_R must be zeroed, and
 * is to be released in any case. KV_NOT_FOUND when it is no entry of T;
 * THREAD_BROKEN, THREAD_ERASED, RECORD_*.
 */
int thread_entry(struct store_txn *txn, const struct thread *t, uint64_t number,
    struct entry *e_r) PN_NODISCARD;
/*
 * Checks the whole chain, opens every entry and hands it to EACH (may be
 * NULL), newest first, as soon as it is held against its predecessor; what
 * EACH returns ends it, unless 0.
 */
int thread_verify(struct store_txn *txn, const struct thread *t,
    int (*each)(const struct entry *e, void *arg), void *arg) PN_NODISCARD;

#define entry_sealed_auto PN_CLEANUP(entry_sealed_fini)
#define entry_auto PN_CLEANUP(entry_fini)
