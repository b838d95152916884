/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A verdict made to happen, inside one write transaction: the event, the
 * notices to the practice's side, the one prompt and its limits, or the
 * failed notification. What may happen is inbound_decide()'s to say.
 *
 * The limits stand with the participant and the address, so that they hold
 * over restarts: so many prompts to a participant a day, whatever the tokens,
 * and so many to an address a week, whosever it is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "daemon/inbound.h"
#include "store/store.h"
#include "store/thread.h"
#include "store/token.h"

struct answer {
	enum inbound_kind kind;
	enum token_label label;
	struct token token;
	bool hard;
	uint16_t code; /* mailcode, of a bounce */
};

struct answer_limits {
	int64_t token_days;
	int64_t prompt_per_day;
	int64_t prompt_per_week;
	struct health_limits health;
};

struct answer_result {
	struct id person; /* nil: a token that leads nowhere any more */
	struct id thread;
	bool told;
	bool prompted;
	bool failed; /* the token's own notification; no more due */
	/* notifications made, due at once */
	size_t made;
	uint64_t numbers[THREAD_MEMBERS + 2];
};

/* 0 or -errno; what cannot be read has no effect. */
int answer_apply(struct store_txn *txn, const struct answer *a,
    const struct answer_limits *limits, int64_t now,
    struct answer_result *r_r) PN_NODISCARD;
