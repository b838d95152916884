/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A second factor that is being set up, or taken away: what is the same for
 * codes and passkeys. Each step of it ends the session and opens another.
 *
 * In a session that is open already the passphrase is asked for once more. In
 * one that is to set up a first factor it is not: there it was just given.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "daemon/brake.h"
#include "daemon/opening.h"
#include "daemon/request.h"
#include "daemon/self.h"

/* Positive codes, for setup_then(). */
enum setup_code {
	SETUP_NEEDED = 195, /* without it the passphrase is too short: 422 */
	SETUP_REQUIRED,     /* it is the last, and one must be: 403 */
};

/* First in a request's state. */
struct setup {
	struct self_confirm confirm; /* first */
	struct opening opening;
	bool was_open;
	uint64_t notice;
};

void setup_fini(void *state);
/*
 * A state of SIZE for REQ, which may VERB and whose body are exactly FIELDS;
 * one of them is the passphrase. NULL: answered.
 */
void *setup_read(struct request *req, enum verb verb,
    const struct json_field *fields, size_t n, size_t size,
    void (*fini)(void *), json_t **body_r);
/* THEN, once the passphrase was given, where it must be. */
void setup_confirm(
    struct request *req, json_t *body, void (*then)(struct request *req));
/*
 * Whether what LOSE takes from the account may be lost, as it is now, so that
 * nobody types in vain. False: answered.
 */
bool setup_may_lose(
    struct request *req, int (*lose)(struct request *req, struct account *a));
/* WRITE, and a new session. */
void setup_write(struct request *req, const struct request_write *write);

/*
 * In WRITE's run: who it is, who may VERB still; REQUEST_SESSION_ENDED if a
 * first factor was set up meanwhile, as a passphrase alone adds no other.
 */
int setup_get(struct request *req, struct store_txn *txn, enum verb verb,
    struct person *p_r, struct account *a_r) PN_NODISCARD;
/* A new account, for whom a frontend vouches for and who has none yet. */
void setup_account(
    struct request *req, const struct person *p, struct account *a);
/* Whether A may be P's as it is now, with one factor less: 0 or SETUP_*. */
int setup_spare(const struct request *req, const struct person *p,
    const struct account *a) PN_NODISCARD;
/* A is as it is to be: writes it, tells the person, opens the session. */
int setup_put(struct request *req, struct store_txn *txn,
    const struct person *p, const struct account *a,
    struct audit *audit) PN_NODISCARD;
/* WRITE's committed, and the end of its then. */
void setup_committed(struct request *req);
void setup_then(struct request *req, int result);
