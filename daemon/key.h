/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The master key: a file of exactly KEYRING_KEY_LEN bytes, either the
 * systemd credential store.key or, for development, store.key-file. That
 * one must be the user's own and closed to all others.
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/settings.h"
#include "store/keyring.h"

/* Positive codes. */
enum key_code {
	KEY_NONE = 130, /* neither a credential nor a file is configured */
	KEY_OPEN,       /* others may read or change it */
	KEY_SHAPE,      /* not a key: wrong length, bad recovery text */
};

/* 0, KEY_* or -errno. */
int key_load(const struct settings *s,
    uint8_t mk_r[static KEYRING_KEY_LEN]) PN_NODISCARD;
/* The offline recovery key, as text in FILE. */
int key_load_recovery(
    const char *file, uint8_t mk_r[static KEYRING_KEY_LEN]) PN_NODISCARD;
