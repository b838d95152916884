/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The work that faults are put into: messages, some with a sealed file, posted
 * through the writer as the daemon does it, and a look at what is left of them
 * afterwards.
 */

#include <stdbool.h>
#include <stdint.h>
#include "store/store.h"
#include "tests/unit/place.h"

#define POSTING_MIB ((size_t)1 << 20)
#define POSTING_WINDOW 12

enum verdict {
	SOUND,
	UNOPENABLE,
	BROKEN, /* opens, and something is wrong, half there or without file */
	LOST,   /* sound, but without all that was acknowledged */
	VERDICTS,
};

/* Makes a store in PLACE with some empty threads. */
void posting_make(const struct place *place);
/*
 * Opens it, posts COUNT messages, a few at once, and closes it. Each message
 * is acknowledged by ACK with its number on the writer's thread. EARLY
 * acknowledges before the commit: the mistake that a test must see.
 */
struct posting {
	size_t count;
	void (*ack)(uint64_t number);
	bool early;
};
void posting_run(const struct place *place, const struct posting *p);
/* Opens what is left in PLACE. May crash: see posting_verdict(). */
enum verdict posting_look(const struct place *place, uint64_t acked);
/* The same in a child; a crash is BROKEN. */
enum verdict posting_verdict(const struct place *place, uint64_t acked);
