/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An ordered key-value transaction: the only thing that knows the engine
 * (LMDB first). Keys are 1..KV_KEY_MAX bytes and sort bytewise.
 *
 * One process, one writer at a time, any number of short readers. Values
 * returned point into the transaction and die with it, in a write
 * transaction already with its next put or del; nothing mapped leaves this
 * file's callers in store/. Ranges are bounded. A write transaction has a
 * sticky error: after the first failure every put and del is a no-op, reads
 * return that failure, and kv_commit() aborts and returns it. A failed
 * commit must not be retried: the process ends and reopens (a sync error may
 * be reported once).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"

#define KV_KEY_MAX 96

struct kv;
struct kv_txn;

/* Each space is a database of its own; numbers are part of the format. */
enum kv_space {
	KV_META,       /* singletons by name */
	KV_PERSON,     /* participant id */
	KV_ACCOUNT,    /* account id */
	KV_ADDRESS,    /* participant id, address id */
	KV_BLIND,      /* kind byte, blind index, ids */
	KV_RELATION,   /* kind byte, id, id */
	KV_THREAD,     /* thread id: the head */
	KV_MEMBER,     /* participant id, thread id */
	KV_BLOCK,      /* thread id, block: entry numbers, 64 a row */
	KV_SLOT,       /* kind byte, id, generation: wrapped keys */
	KV_SESSION,    /* hash of the token */
	KV_ENTRY,      /* number; appended */
	KV_OUTBOX,     /* number; appended, state changes in place */
	KV_IDEM,       /* number; appended */
	KV_AUDIT,      /* number; appended */
	KV_DRAFT,      /* participant id, id of what it is about */
	KV_PICTURE,    /* participant id */
	KV_ATTACHMENT, /* attachment id */
	KV_SPACES,
};

/* Positive codes. */
enum kv_code {
	KV_NOT_FOUND = 1,
	KV_FULL, /* map or disk is full */
};

struct kv_slice {
	const void *data;
	size_t len;
};

struct kv_options {
	const char *directory; /* must exist */
	size_t map_size;       /* bytes */
	bool create;           /* make the file; else -ENOENT without one */
};

/*
 * -EBUSY when another process has it open; -EUCLEAN for what is no store.
 * Opening an existing one writes nothing to data.mdb: spaces that an older
 * program did not make are empty, and refuse puts until kv_make_spaces().
 */
int kv_open(const struct kv_options *opt, struct kv **kv_r) PN_NODISCARD;
int kv_make_spaces(struct kv *kv) PN_NODISCARD;
void kv_close(struct kv **kv);
/*
 * Keeps BYTES of disk allocated ahead of the file's end, so that what must
 * still be written on a full disk can be. 0 or KV_FULL when the file system
 * refuses. Cheap when nothing is to do: called before every batch.
 */
int kv_reserve(struct kv *kv, size_t bytes) PN_NODISCARD;
/*
 * For who writes beside the file: whether BYTES are free, where they are not
 * allocated ahead because the file system can not. 0 or KV_FULL. Any thread.
 */
int kv_room(struct kv *kv, size_t bytes) PN_NODISCARD;
/* Bytes of pages in use, for figures. */
size_t kv_used(struct kv *kv);

int kv_begin(struct kv *kv, bool write, struct kv_txn **txn_r) PN_NODISCARD;
/* Consumes *TXN in all cases. */
int kv_commit(struct kv_txn **txn) PN_NODISCARD;
void kv_abort(struct kv_txn **txn);
/* Puts and dels made so far. */
uint64_t kv_changes(const struct kv_txn *txn);

int kv_get(struct kv_txn *txn, enum kv_space space, struct kv_slice key,
    struct kv_slice *val_r) PN_NODISCARD;
void kv_put(struct kv_txn *txn, enum kv_space space, struct kv_slice key,
    struct kv_slice val);
/* KEY must be above every key of the space (else the error is -EINVAL). */
void kv_append(struct kv_txn *txn, enum kv_space space, struct kv_slice key,
    struct kv_slice val);
/* No error when there is nothing to delete. */
void kv_del(struct kv_txn *txn, enum kv_space space, struct kv_slice key);

struct kv_range {
	enum kv_space space;
	struct kv_slice from; /* inclusive; empty: the first */
	struct kv_slice to;   /* exclusive; empty: past the last */
	bool backward;        /* visit from the end */
	size_t limit;         /* rows at most; must be set */
};

/*
 * Calls EACH for the rows in order; a non-zero return ends the walk and is
 * returned. EACH may not change the space it walks.
 */
int kv_scan(struct kv_txn *txn, const struct kv_range *range,
    int (*each)(struct kv_slice key, struct kv_slice val, void *arg),
    void *arg) PN_NODISCARD;
/* The last key of a space, or KV_NOT_FOUND. */
int kv_last(struct kv_txn *txn, enum kv_space space,
    struct kv_slice *key_r) PN_NODISCARD;
/* Rows in a space. */
uint64_t kv_count(struct kv_txn *txn, enum kv_space space);

#define kv_txn_auto PN_CLEANUP(kv_abort)
