/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * posternd's own keys, one for each purpose, derived from the pepper: what
 * they make or recognise is stored nowhere, and ends with the store.
 */

#include <stdint.h>
#include "store/keyring.h"

#define KEYS_LEN 32

enum keys_purpose {
	KEYS_IDEMPOTENCY, /* a body's bare hash could be guessed at */
	KEYS_CSRF,
	KEYS_DEVICE,
	KEYS_SETUP,   /* second factors that are being set up */
	KEYS_BRAKE,   /* login names, as the brake remembers them */
	KEYS_PASSKEY, /* challenges to them */
	KEYS_ADDRESS, /* codes that show whose an address is */
	KEYS_PURPOSES,
};

struct keys {
	uint8_t of[KEYS_PURPOSES][KEYS_LEN];
};

void keys_derive(const struct keyring *k, struct keys *keys_r);
void keys_fini(struct keys *keys);
