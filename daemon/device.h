/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A browser that has signed in to an account before shows so by a token, and
 * is not held up by what others try (daemon/brake.h). It signs nobody in.
 *
 *   base32(nonce (16) || MAC (16)), the MAC over nonce and account
 */

#include <stdbool.h>
#include "base/id.h"
#include "daemon/keys.h"

#define DEVICE_TEXT_LEN 52

void device_new(const struct keys *keys, const struct id *account,
    char text_r[static DEVICE_TEXT_LEN + 1]);
/* Whether TEXT is ACCOUNT's; DEVICE_R tells devices apart. */
bool device_of(const struct keys *keys, const struct id *account,
    const char *text, struct id *device_r);
