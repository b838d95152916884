/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The sessions in memory: every request looks here, none touches the disk.
 * What is durable (that it exists, that it ended) is store/session's; the
 * last use is written now and then, with a write that happens anyway.
 * Here they end by the boot clock: a wall clock set back keeps nobody signed
 * in. Any thread.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/person.h"
#include "store/session.h"
#include "store/store.h"

#define SESSIONS_WRITE_EVERY (5 * CLOCK_MINUTE)
/* One more ends the one that was used least recently. */
#define SESSIONS_PER_PERSON 32

struct sessions;

/* What time it is, by either clock. */
struct sessions_time {
	int64_t wall;
	int64_t boot;
};

struct sessions_time sessions_time(void);
/* What a session is called where it is listed: the start of its hash. */
struct id sessions_id(const uint8_t hash[static SESSION_HASH_LEN]);

struct sessions_found {
	struct session session; /* its last use as it was before this one */
	enum person_role role;
	int64_t left; /* milliseconds until it ends for want of use */
};

/* Loads those that live; IDLE in milliseconds. */
int sessions_load(struct store_txn *txn, struct sessions_time now, int64_t idle,
    struct sessions **s_r) PN_NODISCARD;
void sessions_free(struct sessions **s);
/* After the commit. -ENOMEM: it will be found at the next start. */
int sessions_add(struct sessions *s, const struct session *session,
    enum person_role role, struct sessions_time now) PN_NODISCARD;
/*
 * Whether PERSON has as many as there may be, WITHOUT aside (a hash; NULL:
 * none), and which to end for one more.
 */
bool sessions_full(struct sessions *s, const struct id *person,
    const uint8_t *without, uint8_t hash_r[static SESSION_HASH_LEN]);
/* True if it lives; with USE its last use is NOW. */
bool sessions_find(struct sessions *s,
    const uint8_t hash[static SESSION_HASH_LEN], struct sessions_time now,
    bool use, struct sessions_found *found_r);
/* Those of PERSON that live, in no order. EACH runs under the lock. */
int sessions_list(struct sessions *s, const struct id *person,
    struct sessions_time now,
    int (*each)(const struct session *session, void *arg),
    void *arg) PN_NODISCARD;
void sessions_end(
    struct sessions *s, const uint8_t hash[static SESSION_HASH_LEN]);
/* After the commit that ended all of PERSON's but KEEP (NULL: none). */
void sessions_end_person(
    struct sessions *s, const struct id *person, const uint8_t *keep);
/* Whether it is still there, as TXN sees it: 0 or KV_NOT_FOUND. */
int sessions_check(struct store_txn *txn,
    const uint8_t hash[static SESSION_HASH_LEN]) PN_NODISCARD;
/*
 * Inside a write transaction: ends all sessions of PERSON in the store but
 * KEEP (a hash; NULL: none).
 */
int sessions_del_person(struct store_txn *txn, const struct id *person,
    const uint8_t *keep) PN_NODISCARD;
/* Inside a write transaction: writes the last use if that is long ago. */
int sessions_touch(struct sessions *s, struct store_txn *txn,
    const uint8_t hash[static SESSION_HASH_LEN], int64_t now) PN_NODISCARD;
/* Inside a write transaction: deletes some of the dead from the store. */
int sessions_purge(
    struct sessions *s, struct store_txn *txn, int64_t now) PN_NODISCARD;
/* Forgets the dead; returns how many live. */
size_t sessions_sweep(struct sessions *s, int64_t boot);
