/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The store of one practice: a directory with data.mdb, keyring, and the
 * sealed files in its directory "attachments".
 *
 * Everything with a meaning (people, threads, outbox ...) takes a store_txn.
 * What is ordered by time shares one monotonic 64-bit number, taken from the
 * write transaction.
 *
 * Positive codes of every module here: KV_*, RECORD_*, KEYRING_*, SEAL_*.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "store/keyring.h"
#include "store/kv.h"
#include "store/news.h"

struct store;
struct store_txn;

struct store_options {
	const char *directory;
	size_t map_size; /* bytes; 0: 64 GiB */
	size_t reserve;  /* bytes kept allocated ahead; 0: none */
};

/*
 * Makes directory (mode 0700) if need be, keyring, database and the directory
 * of the sealed files, all synced.
 * -EEXIST when there is a store already.
 */
int store_create(const struct store_options *opt,
    const uint8_t mk[static KEYRING_KEY_LEN],
    char recovery_r[static KEYRING_RECOVERY_TEXT]) PN_NODISCARD;
/* -ENOENT, KEYRING_*, RECORD_NEWER (a newer store: nothing is touched). */
int store_open(const struct store_options *opt,
    const uint8_t mk[static KEYRING_KEY_LEN], struct store **st_r) PN_NODISCARD;
void store_close(struct store **st);
const struct keyring *store_keyring(const struct store *st);
/* The directory of the sealed files: a descriptor of the store's. */
int store_attachments(const struct store *st);
size_t store_used(struct store *st);
/* 0, or KV_FULL when the disk gives no more room: go read-only. */
int store_reserve(struct store *st) PN_NODISCARD;
/* The same for LEN bytes beside the database, of which they take nothing. */
int store_room(const struct store *st, size_t len) PN_NODISCARD;

int store_begin(
    struct store *st, bool write, struct store_txn **txn_r) PN_NODISCARD;
int store_commit(struct store_txn **txn) PN_NODISCARD;
void store_abort(struct store_txn **txn);
struct kv_txn *store_kv(struct store_txn *txn);
const struct keyring *store_txn_keyring(const struct store_txn *txn);
/* The next number; each call takes one. Write transactions only. */
uint64_t store_number(struct store_txn *txn);
/* Puts and dels so far, to see whether an operation left a trace. */
uint64_t store_changes(const struct store_txn *txn);
uint64_t store_count(struct store_txn *txn, enum kv_space space);

/*
 * TELL is called on the writer's thread after each commit that has changed
 * threads, before those who wrote are told: every thread at most once, in its
 * last state. NEWS is valid during the call. NULL ends it. Not while a write
 * transaction is open; and while somebody watches, one thread writes.
 */
void store_watch(struct store *st,
    void (*tell)(const struct news *news, size_t n, void *arg), void *arg);
/*
 * For whoever writes a thread's head: its news, to be filled in at once, or
 * NULL when nobody watches. Forgotten if the transaction is. -ENOMEM.
 */
int store_news(struct store_txn *txn, const struct id *thread,
    struct news **news_r) PN_NODISCARD;

#define store_txn_auto PN_CLEANUP(store_abort)
