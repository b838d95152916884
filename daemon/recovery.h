/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Recovery codes: ten, each good once, in place of a second factor or of a
 * lost passphrase. They are shown when they are made and kept as hashes.
 */

#include <jansson.h>
#include <stdbool.h>
#include "base/attr.h"
#include "store/account.h"

/* Of what was typed. */
#define RECOVERY_TEXT_MAX 64

/* New ones for A, which loses those it had. The texts; NULL: no memory. */
json_t *recovery_renew(const struct keyring *k, struct account *a) PN_NODISCARD;
/* Whether TEXT is one of A's, which has it no more then. */
bool recovery_use(const struct keyring *k, const char *text, struct account *a);
