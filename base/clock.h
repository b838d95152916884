/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Time: signed 64-bit milliseconds, UTC, in store and programs; RFC 3339 in
 * the API. Deadlines use the boot clock, which nobody can set.
 */

#include <stddef.h>
#include <stdint.h>

#define CLOCK_TEXT_LEN 24 /* 2026-11-23T20:29:00.123Z */

#define CLOCK_SECOND INT64_C(1000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR (60 * CLOCK_MINUTE)
#define CLOCK_DAY (24 * CLOCK_HOUR)

/* Wall clock. */
int64_t clock_now(void);
/* Milliseconds since boot, counting suspend. */
int64_t clock_boot(void);
/* RFC 3339; years outside 0001..9999 are clamped to them. */
void clock_text(int64_t ms, char text_r[static CLOCK_TEXT_LEN + 1]);
