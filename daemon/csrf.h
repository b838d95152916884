/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The token with which a page shows that it can read what it was answered,
 * which another site's page cannot. Derived from the session, so that it is
 * stored nowhere and changes with it.
 */

#include <stdbool.h>
#include <stdint.h>
#include "daemon/keys.h"
#include "store/session.h"

#define CSRF_TEXT_LEN 32 /* base32 of 20 bytes */

void csrf_text(const struct keys *keys,
    const uint8_t session[static SESSION_HASH_LEN],
    char text_r[static CSRF_TEXT_LEN + 1]);
bool csrf_holds(const struct keys *keys,
    const uint8_t session[static SESSION_HASH_LEN],
    const char text[static CSRF_TEXT_LEN + 1]);
