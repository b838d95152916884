/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A person's own address, corrected by themselves: a code goes to the new one,
 * whoever types it in has shown that it is theirs, and the old one is told.
 * Inside write transactions. The code is stored nowhere: it is derived from
 * the address's id.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/clock.h"
#include "base/id.h"
#include "daemon/keys.h"
#include "store/person.h"
#include "store/store.h"

#define CORRECTION_LIFE CLOCK_HOUR
#define CORRECTION_TRIES 5
#define CORRECTION_DIGITS 8

/* Positive codes; nothing was written. */
enum correction_code {
	CORRECTION_NO_SUCH = 240, /* what it is to replace is not there */
};

struct correction {
	struct id address;
	int64_t expires;
	uint64_t mail; /* the code's notification, due at once */
};

/*
 * TEXT is checked. REPLACES nil: the one in use, if there is one. What was
 * asked for before is forgotten. CORRECTION_NO_SUCH, PERSON_ADDRESSES_FULL.
 */
int correction_ask(struct store_txn *txn, const struct id *person,
    const char *text, const struct id *replaces, int64_t now,
    struct correction *c_r) PN_NODISCARD;

/* An address that waits for a code which is good no more. */
bool correction_is_over(const struct address *a, int64_t now);

struct corrected {
	bool wrong;
	uint8_t tries;   /* that are left; at 0 it is gone */
	uint64_t notice; /* to the old address, due at once; 0: none */
};

/*
 * A wrong code is no refusal: it takes a try, and that is written.
 * KV_NOT_FOUND: none of PERSON's that waits, or it is too late.
 */
int correction_confirm(struct store_txn *txn, const struct keys *keys,
    const struct id *person, const struct id *address, const char *code,
    int64_t now, struct corrected *c_r) PN_NODISCARD;
void correction_code(const struct keys *keys, const struct id *address,
    char code_r[static CORRECTION_DIGITS + 1]);
