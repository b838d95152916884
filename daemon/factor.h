/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The second factor: time-based codes (RFC 6238, SHA-1, 6 digits, 30 s), one
 * step early or late. A code is good once: whoever checks one keeps the step.
 *
 * While it is being set up a secret belongs to the session and is derived
 * from it, so that nothing is kept until a code has shown that it arrived.
 */

#include <jansson.h>
#include <stdint.h>
#include "base/attr.h"
#include "daemon/keys.h"
#include "store/account.h"
#include "store/session.h"

#define FACTOR_CODE_LEN 6
#define FACTOR_SHOWN_MAX 64

/* Positive codes. */
enum factor_code {
	FACTOR_WRONG = 190,
};

/* What it was, as the audit tells. */
enum factor_kind {
	FACTOR_CODE,
	FACTOR_RECOVERY, /* a recovery code in its place */
	FACTOR_PASSKEY,
};

int factor_init(void) PN_NODISCARD;
void factor_candidate(const struct keys *keys,
    const uint8_t session[static SESSION_HASH_LEN],
    uint8_t secret_r[static ACCOUNT_TOTP_LEN]);
/*
 * Whether CODE is SECRET's at NOW (milliseconds), and its step is after
 * LAST: 0 and the step, or FACTOR_WRONG.
 */
int factor_check(const uint8_t secret[static ACCOUNT_TOTP_LEN],
    const char *code, int64_t now, uint64_t last,
    uint64_t *step_r) PN_NODISCARD;
/*
 * {secret, uri, qr}: what an authenticator takes, by hand, by link and by
 * camera. ISSUER and NAME are shown by it: what of them fits into
 * FACTOR_SHOWN_MAX bytes, so that the code stays one that can be read. NULL:
 * no memory.
 */
json_t *factor_view(const uint8_t secret[static ACCOUNT_TOTP_LEN],
    const char *issuer, const char *name) PN_NODISCARD;
