/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Passkeys as a page and its browser see them: what is asked of an
 * authenticator, and what comes of it (WebAuthn, 5.4 and 5.5, in the form of
 * its section 5.1.8 for JSON).
 *
 * A challenge belongs to the session and to the minutes it is given in, and is
 * derived from both, so that nothing is kept: whoever answers it gets another
 * session, and it is good once. Passkeys are for our own pages: over
 * portal.sock there are none to make or use.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/settings.h"
#include "base/url.h"
#include "daemon/keys.h"
#include "daemon/proof.h"
#include "daemon/request.h"
#include "store/account.h"
#include "store/session.h"

/* base64url of 32 bytes */
#define PASSKEYS_CHALLENGE_LEN 43

/* A challenge is answered in the slot it is of, or in the next one. */
#define PASSKEYS_SLOT (5 * CLOCK_MINUTE)

/* Positive code. */
enum passkeys_code {
	PASSKEYS_COPIED = 225, /* its counter ran backwards: there are two */
};

/*
 * Whom passkeys are made for: the host of the portal. False: it has no name,
 * and browsers make none for an address.
 */
bool passkeys_rp(
    const struct settings *s, char rp_r[static URL_DOMAIN_MAX + 1]);
/* Of the slot of NOW (milliseconds). */
void passkeys_challenge(const struct keys *keys,
    const uint8_t session[static SESSION_HASH_LEN], enum proof_kind kind,
    int64_t now, char text_r[static PASSKEYS_CHALLENGE_LEN + 1]);
/* What one is called where they are listed: a hash of its id. */
struct id passkeys_name(const struct passkey *p);
/* A's with this id, or NULL. */
struct passkey *passkeys_find(struct account *a, const uint8_t *id, size_t len);
/* A has the passkey P of its own no more. */
void passkeys_forget(struct account *a, struct passkey *p);
/*
 * P was used, and its authenticator counts COUNT uses: 0, or PASSKEYS_COPIED
 * if it has counted so far before. One that does not count says 0 each time.
 */
int passkeys_count(struct passkey *p, uint32_t count) PN_NODISCARD;

/* ---- views; NULL: no memory ------------------------------------------ */

/* {id, label, created_at}, as they were added. */
json_t *passkeys_view(const struct account *a) PN_NODISCARD;
/* What to make one with; null if there can be no more, or none at all. */
json_t *passkeys_view_create(const struct request *req, const struct person *p,
    const struct account *a) PN_NODISCARD;
/* What to use one with; null if there is none. */
json_t *passkeys_view_get(
    const struct request *req, const struct account *a) PN_NODISCARD;

/* ---- what comes back ------------------------------------------------- */

/* The bytes of a base64url field of OBJ, at most CAP. False: answered. */
bool passkeys_bytes(struct request *req, json_t *obj, const char *name,
    uint8_t *to, size_t cap, size_t *len_r);
/*
 * Fills J with OBJ's client_data and authenticator_data. *WRONG_R: they are
 * not what was asked for here. False: answered.
 */
bool passkeys_take(struct request *req, json_t *obj, enum proof_kind kind,
    struct proof_job *j, bool *wrong_r);
/*
 * From a pool: 0 and what is so, PROOF_REFUSED, or POOL_BUSY if nobody can say
 * so now.
 */
int passkeys_judge(const struct request *req, const struct proof_job *j,
    struct proof_answer *a_r) PN_NODISCARD;
