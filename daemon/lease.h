/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Handing one notification to the bridge. Inside a write transaction.
 *
 * The address is looked up now, not when the row was made: the one of the
 * last try while it is good, else the participant's first good one; but mail
 * about an address goes to that one, in the state it is for, or not at all. A
 * row whose participant takes no part any more is cancelled; one that nobody
 * can be reached for, or that was tried for long enough, has failed, and the
 * practice's side reads on the thread that this client was not notified.
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/secret.h"
#include "store/outbox.h"
#include "store/person.h"
#include "store/store.h"
#include "store/thread.h"
#include "store/token.h"

#define LEASE_MAX 20
#define LEASE_TIME (2 * CLOCK_MINUTE)
/*
 * Given up when it is this old and was tried this often: after days without
 * a bridge the first greylisting is no reason to give up.
 */
#define LEASE_GIVE_UP (72 * CLOCK_HOUR)
#define LEASE_GIVE_UP_TRIES 6

/* Positive codes. */
enum lease_code {
	LEASE_NONE = 140, /* nothing to send; its state says why */
};

struct lease {
	uint64_t number;
	uint32_t salt;
	struct token reply; /* a prompt's is that of what it answers */
	enum outbox_kind kind;
	enum outbox_state state; /* what became of the row */
	unsigned attempt;
	struct id person;
	struct id address;
	struct id thread;
	uint32_t counts[OUTBOX_COUNTS]; /* of a summary */
	struct secret to;
	struct secret language; /* of the participant; empty for a test */
};

/*
 * 0: leased until NOW + LEASE_TIME. LEASE_NONE: cancelled, failed, or not to
 * be sent at all (L_R->state; 0 without a readable row); nothing is due for
 * it any more. L_R is zeroed before.
 */
int lease_take(struct store_txn *txn, uint64_t number, int64_t now,
    struct lease *l_r) PN_NODISCARD;
void lease_fini(struct lease *l);
/*
 * The address to write to: PREFER if it is good, else the first good one.
 * KV_NOT_FOUND when there is none.
 */
int lease_address(struct store_txn *txn, const struct id *person,
    const struct id *prefer, struct address *a_r) PN_NODISCARD;
/*
 * Writes ROW as failed, and tells the practice's side: an event on the thread,
 * unless the newest entry is one, and beside it since when and why its client
 * could not be told: WHY, or if that is 0 what ROW and the addresses say. 0 or
 * -errno; a thread that cannot be read does not keep the row from failing.
 */
int lease_fail(struct store_txn *txn, struct outbox_row *row,
    enum unnotified_reason why, int64_t now) PN_NODISCARD;

#define lease_auto PN_CLEANUP(lease_fini)
