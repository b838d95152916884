/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a browser says about the making or the use of a passkey (client data,
 * WebAuthn 5.8.1): what is done, to which challenge, on whose page. The
 * authenticator's signature is over it, so a page that looks like ours is told
 * apart here.
 *
 * SECURITY: it is JSON from outside, read as strictly as any (base/json.h).
 * What it says beyond that is a browser's own business and does not count, but
 * a page within another's frame is refused.
 */

#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"

#define CLIENTDATA_MAX 2048
#define CLIENTDATA_CHALLENGES 2

/* Positive code. */
enum clientdata_code {
	CLIENTDATA_WRONG = 220,
};

struct clientdata {
	const char *type; /* "webauthn.create", "webauthn.get" */
	const char *challenges[CLIENTDATA_CHALLENGES]; /* either, base64url */
	const char *origin;                            /* of our pages */
};

/* 0, CLIENTDATA_WRONG if DATA is not just what was WANTed, or -ENOMEM. */
int clientdata_check(const uint8_t *data, size_t len,
    const struct clientdata *want) PN_NODISCARD;
