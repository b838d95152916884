/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What every way of starting posternd begins with: settings, master key,
 * store. Each logs what is wrong in a sentence that says what to do, and
 * returns an enum posternd_exit: EXIT_BAD_CONFIG where starting again cannot
 * help.
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/settings.h"
#include "store/store.h"

/* FILE NULL: the default. */
int start_settings(const char *file, struct settings **s_r) PN_NODISCARD;

struct start_keys {
	const char *key_file;      /* NULL: as configured */
	const char *recovery_file; /* instead of a master key, or NULL */
};

int start_key(const struct settings *s, const struct start_keys *keys,
    uint8_t mk_r[static KEYRING_KEY_LEN]) PN_NODISCARD;
/* Point into S. */
struct store_options start_options(const struct settings *s);
/* What CODE of store_open() or store_create() comes to. */
int start_trouble(int code);
