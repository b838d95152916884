/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What became of a leased notification, as the bridge reports it. Inside a
 * write transaction.
 *
 *   sent                 done
 *   deferred             again later, more and more seldom, until given up
 *   ambiguous            again under the same Message-ID, a few times: the
 *                        final dot was sent and no answer came
 *   failed               done; the practice is told about a client
 *
 * Only a leased row takes a result. What comes late or twice changes nothing.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "daemon/health.h"
#include "store/outbox.h"
#include "store/store.h"

/* That many unclear ends in a row, and it has failed. */
#define OUTCOME_AMBIGUOUS_TRIES 5

enum outcome {
	OUTCOME_SENT = 1,
	OUTCOME_DEFERRED,
	OUTCOME_FAILED,
	OUTCOME_AMBIGUOUS,
};

/* 0 or -EINVAL. */
int outcome_parse(const char *word, enum outcome *o_r) PN_NODISCARD;
/* "pending", "leased" ... as the API names them. */
const char *outcome_state_word(enum outbox_state state);
/* "message", "answered" ... likewise; templates/ has words for each. */
const char *outcome_kind_word(enum outbox_kind kind);

struct outcome_change {
	enum outbox_state state; /* now */
	bool changed;
	int64_t due; /* if changed: when it is due again; 0: no more */
	uint64_t
	    again; /* what goes to another address instead, at once; or 0 */
	struct id person;
	struct id thread;
};

struct outcome_report {
	uint64_t number;
	enum outcome outcome;
	uint16_t code; /* mailcode, or 0 */
};

/* 0, KV_NOT_FOUND (no readable row of that number) or -errno. */
int outcome_apply(struct store_txn *txn, const struct outcome_report *report,
    const struct health_limits *limits, int64_t now,
    struct outcome_change *c_r) PN_NODISCARD;
