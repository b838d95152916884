/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Has the files of messages looked at by clamd, if attachments.clamd names
 * one: one after the other, on a thread of its own, so that at most one file
 * is in memory. A file that waits for it is pending, and nobody gets it.
 *
 *   clean       state clean; open pages hear that the thread has changed
 *   infected    state infected for good, an event for both sides, and a
 *               notification to each member that there is something new
 *   else        stays pending and is tried again, more and more seldom, for
 *               as long as it takes
 *
 * What is to be tried, and why it failed last, is in memory; after a restart
 * it begins anew with every row that is pending.
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/clock.h"
#include "base/id.h"

#define SCANNER_FIRST_WAIT (5 * CLOCK_SECOND) /* doubles each time */
#define SCANNER_LONGEST_WAIT (10 * CLOCK_MINUTE)

/* Positive codes, beside those of daemon/clamd.h. */
enum scanner_code {
	SCANNER_UNREADABLE = 270, /* the file, or the message it belongs to */
};

struct posternd;
struct scanner;

/* Does nothing yet. D outlives it. */
int scanner_new(struct posternd *d, struct scanner **s_r) PN_NODISCARD;
/* A thread that does scanner_load(), and then scanner_step() at its time. */
int scanner_start(struct scanner *s) PN_NODISCARD;
/* Gives up what it is at; what it wrote is in the writer's queue by then. */
void scanner_stop(struct scanner *s);
/* Stops first, if need be. */
void scanner_free(struct scanner **s);

/*
 * After the commit that made it pending. Any thread; S may be NULL. Without
 * memory it is found again at the next start.
 */
void scanner_due(struct scanner *s, const struct id *attachment);

/*
 * Why nothing can be scanned at all (CLAMD_*, or -errno), and since when by
 * the wall clock; else 0.
 */
int scanner_trouble(struct scanner *s, int64_t *since_r);
/* Why the last try of ATTACHMENT failed; 0: there was none. */
int scanner_why(struct scanner *s, const struct id *attachment);
/* "unreachable", "silent", ... as the API names a code that is not 0. */
const char *scanner_word(int code);

/* Takes up what is pending. 0 or a code. */
int scanner_load(struct scanner *s) PN_NODISCARD;
/* Tries one file if one is due. When the next is, by clock_boot(). */
int64_t scanner_step(struct scanner *s);
