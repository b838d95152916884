/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Slows down whoever guesses at passphrases and codes, without letting one
 * keep another out. In memory, bounded, the same for what exists and what
 * does not. When it is full, what has failed least and longest ago makes
 * room: names that are nobody's wash away no guesser's count. Any thread.
 *
 *   - By what is guessed at and the address block it comes from: three tries
 *     are free, then 1, 2, 4 ... 60 seconds between two.
 *   - By what is guessed at, over all blocks: beyond BRAKE_WIDE tries in an
 *     hour a block has one free try, then one a minute. Whoever has not tried
 *     yet is never refused for what others did.
 *   - By address and by block, whatever is guessed at: BRAKE_ADDRESS and
 *     BRAKE_BLOCK in ten minutes.
 *   - A device that has signed in there before is counted by itself alone,
 *     until it has failed BRAKE_DEVICE times.
 *
 * A block is a /24 of IPv4 or a /48 of IPv6; an address of IPv6 is its /64.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"

#define BRAKE_FREE 3
#define BRAKE_WIDE 100
#define BRAKE_ADDRESS 20
#define BRAKE_BLOCK 100
#define BRAKE_DEVICE 10

struct brake;

/* An address; IPv4 mapped (RFC 4291, 2.5.5.2). Zero: it was not told. */
struct brake_from {
	uint8_t b[16];
};

/* 0 or -EINVAL. */
int brake_from_parse(const char *text, struct brake_from *from_r) PN_NODISCARD;

struct brake_try {
	struct id what;         /* that is guessed at: a hash of its name */
	struct brake_from from; /* zero: blocks and addresses do not count */
	bool known;             /* DEVICE has signed in there */
	struct id device;
	bool stranger; /* brake.c's: how it was counted */
};

int brake_new(struct brake **b_r) PN_NODISCARD;
void brake_free(struct brake **b);
/*
 * 0: go on; it counts as failed until something else is said. Otherwise the
 * seconds to wait, and nothing is counted. BOOT is clock_boot().
 */
unsigned brake_take(struct brake *b, struct brake_try *t, int64_t boot);
/* It was right: what failed before is forgotten. */
void brake_right(struct brake *b, const struct brake_try *t);
/* It was not looked at after all. */
void brake_undo(struct brake *b, const struct brake_try *t);
