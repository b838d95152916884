/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A keyring in a directory of its own, for one test. */

#include <check.h>
#include "store/keyring.h"
#include "tests/unit/place.h"

struct ring {
	struct place place;
	struct keyring *k;
};

static inline void
ring_open(struct ring *r)
{
	const uint8_t mk[KEYRING_KEY_LEN] = "master key";

	ck_assert_int_eq(keyring_open(r->place.path, mk, 0, &r->k), 0);
}

static inline void
ring_make(struct ring *r)
{
	const uint8_t mk[KEYRING_KEY_LEN] = "master key";
	char recovery[KEYRING_RECOVERY_TEXT];

	place_make(&r->place);
	ck_assert_int_eq(keyring_create(r->place.path, mk, recovery), 0);
	ring_open(r);
}

static inline void
ring_remove(struct ring *r)
{
	keyring_close(&r->k);
	place_remove(&r->place);
}
