/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whoever is at a session: participant and account, whether it is really
 * they, and telling them when the way they sign in was changed.
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/secret.h"
#include "daemon/brake.h"
#include "daemon/request.h"
#include "store/account.h"

/*
 * As TXN sees them: 0, REQUEST_SESSION_ENDED, or a code of the store. Without
 * an account, as a frontend may vouch for somebody, A_R stays zero.
 */
int self_get(struct request *req, struct store_txn *txn, struct person *p_r,
    struct account *a_r) PN_NODISCARD;

/* First in a request's state, to ask for the passphrase once more. */
struct self_confirm {
	void (*then)(struct request *req);
	struct secret passphrase;
	struct brake_try try;
	char hash[PASSPHRASE_HASH_LEN]; /* of the account, as it was then */
};

void self_confirm_fini(struct self_confirm *c);
/* THEN, if it is right; everything else is answered. */
void self_confirm(struct request *req, const char *passphrase,
    void (*then)(struct request *req));

/*
 * Inside a write transaction: a mail that says that the way of signing in was
 * changed. NUMBER_R is for notices_due() after the commit.
 */
int self_tell(struct store_txn *txn, const struct id *person, int64_t now,
    uint64_t *number_r) PN_NODISCARD;
