/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How an address fares: good, doubtful, stopped. One table of what each piece
 * of news does, without a store.
 *
 *   it does not exist     stopped at once
 *   reported as spam      stopped at once
 *   a mail came back      doubtful; stopped after mail came back on so many
 *                         days out of so many
 *   a mail is held back   as it was
 *
 * What came back longer ago does not count any more. Nothing but its person,
 * or somebody at the practice, starts a stopped one again.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/settings.h"
#include "store/person.h"

enum health_news {
	HEALTH_NONE,
	HEALTH_RETURNED,  /* this mail, not the address */
	HEALTH_DEAD,      /* the address */
	HEALTH_COMPLAINT, /* ARF (RFC 5965) */
	HEALTH_HELD,      /* by a challenge, which nobody answers */
};

struct health_limits {
	int64_t returns; /* days on which mail came back, 1..ADDRESS_RETURNS */
	int64_t days;    /* out of so many */
};

struct health_limits health_limits_of(const struct settings *s);
/* True if A is to be written. CODE as daemon/mailcode.h packs it. */
bool health_note(struct address *a, enum health_news news, uint16_t code,
    const struct health_limits *limits, int64_t now);
/* May it be written to? */
bool health_usable(const struct address *a);
/* Good again; what was is forgotten. False: it was. */
bool health_restart(struct address *a, int64_t now);
/* "good", "doubtful", "stopped", "unconfirmed", "replaced". */
const char *health_state_word(enum address_state state);
/* "dead", "failing", "complaint", or NULL. */
const char *health_reason_word(enum address_reason reason);
