/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Notifications: one row per mail to send, by number. Rows stay for as long
 * as their tokens live, because a token is resolved through its row. Due
 * times are in memory only, rebuilt from the rows at start.
 *
 *   pending -> leased -> sent | deferred | failed | ambiguous
 *   deferred, ambiguous -> leased (again, under the same Message-ID)
 *   any but sent, failed -> cancelled
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "base/secret.h"
#include "store/store.h"

enum outbox_state {
	OUTBOX_PENDING = 1,
	OUTBOX_LEASED,
	OUTBOX_SENT,
	OUTBOX_DEFERRED,
	OUTBOX_FAILED,
	OUTBOX_AMBIGUOUS,
	OUTBOX_CANCELLED,
};

enum outbox_kind {
	OUTBOX_MESSAGE = 1, /* something new in a thread */
	OUTBOX_ANSWERED,    /* someone answered a notification by e-mail */
	OUTBOX_PROMPT,      /* use the portal: nobody read your e-mail */
	OUTBOX_TEST,        /* a sysadmin's test; to stands in the row */
	OUTBOX_ENROLMENT,   /* open your account: link, and code from staff */
	OUTBOX_ACCOUNT,     /* your access was changed */
	OUTBOX_ADDRESS,     /* a code, to an address that is to be confirmed */
	OUTBOX_REPLACED,    /* to an address that is not used any more */
	OUTBOX_OVERDUE,     /* to the practice: somebody could not be told */
	OUTBOX_SUMMARY,     /* of a day; to stands in the row */
};

/* What a summary counts. */
enum outbox_count {
	OUTBOX_UNREACHED,  /* people without an address in use */
	OUTBOX_WAITING,    /* threads unread for a day, and not told by mail */
	OUTBOX_WITHHELD,   /* files in which a scanner found something */
	OUTBOX_UNREADABLE, /* mails to us that nobody can read, if many */
	OUTBOX_COUNTS,
};

struct outbox_row {
	uint64_t number;
	uint32_t salt; /* part of its tokens; random */
	enum outbox_kind kind;
	enum outbox_state state;
	int64_t created;
	int64_t due; /* not before; for a leased row the lease's end */
	uint16_t attempts;
	uint16_t code;     /* of the last try, as daemon/mailcode.h packs it */
	struct id person;  /* nil for a test */
	struct id address; /* nil: the person's first good one at lease time */
	struct id thread;
	uint64_t answers; /* a prompt: the notification it answers, or 0 */
	struct secret to; /* OUTBOX_TEST, OUTBOX_SUMMARY; sealed in the row */
	uint32_t counts[OUTBOX_COUNTS]; /* OUTBOX_SUMMARY only */
};

void outbox_row_fini(struct outbox_row *r);
/* Appends under r->number (from store_number()). */
int outbox_add(struct store_txn *txn, const struct outbox_row *r) PN_NODISCARD;
int outbox_put(struct store_txn *txn, const struct outbox_row *r) PN_NODISCARD;
/* KV_NOT_FOUND. */
int outbox_get(struct store_txn *txn, uint64_t number,
    struct outbox_row *r_r) PN_NODISCARD;
/* From AFTER (exclusive) on; 0: from the first. */
int outbox_list(struct store_txn *txn, uint64_t after, size_t limit,
    int (*each)(const struct outbox_row *r, void *arg), void *arg) PN_NODISCARD;
/* When to try again after ATTEMPTS tries: 1, 2, 5, 15, 30, 60 minutes. */
int64_t outbox_backoff(unsigned attempts);

#define outbox_row_auto PN_CLEANUP(outbox_row_fini)

/*
 * The due times of rows that still want sending. Not thread-safe: the
 * owner locks.
 */
struct outbox_due;
/* WHEN says when a row is due, not 0; NULL: when it says itself. */
int outbox_due_load(struct store_txn *txn,
    int64_t (*when)(const struct outbox_row *row, void *arg), void *arg,
    struct outbox_due **d_r) PN_NODISCARD;
void outbox_due_free(struct outbox_due **d);
/* Sets or moves NUMBER; DUE 0 removes it. -ENOMEM. */
int outbox_due_set(
    struct outbox_due *d, uint64_t number, int64_t due) PN_NODISCARD;
/* The earliest, or false. */
bool outbox_due_first(
    const struct outbox_due *d, uint64_t *number_r, int64_t *due_r);
size_t outbox_due_count(const struct outbox_due *d);
