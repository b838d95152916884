/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Token buckets by id, in memory: at most PER in each WINDOW, evenly
 * refilled. Bounded: when it is full of busy buckets, the oldest makes room.
 * Any thread.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"

struct rate;

/* PER 1..; WINDOW in milliseconds. */
int rate_new(int64_t per, int64_t window, struct rate **r_r) PN_NODISCARD;
void rate_free(struct rate **r);
/* Takes one. False: none left. BOOT is clock_boot(). */
bool rate_take(struct rate *r, const struct id *who, int64_t boot);
/* Takes N at once, or none; false, too, if N is more than PER. */
bool rate_take_many(
    struct rate *r, const struct id *who, int64_t n, int64_t boot);
/* In how many milliseconds N can be taken, which is no more than PER. */
int64_t rate_wait(
    struct rate *r, const struct id *who, int64_t n, int64_t boot);
/* Gives back one, or N, that were taken for nothing. */
void rate_give(struct rate *r, const struct id *who);
void rate_give_many(struct rate *r, const struct id *who, int64_t n);
