/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A new passphrase, from a request's body to its hash in an account. For all
 * who set one: enrolment, recovery, a change.
 */

#include <stdbool.h>
#include "base/attr.h"
#include "base/secret.h"
#include "daemon/request.h"
#include "store/account.h"

struct newpass {
	struct secret text;
	bool is_short; /* good only beside a second factor */
	char hash[PASSPHRASE_HASH_LEN];
};

void newpass_fini(struct newpass *n);
/*
 * Whether TEXT will do for P with account A under LOGIN; FIELD names it in
 * what is answered otherwise. False: answered.
 */
bool newpass_take(struct request *req, struct newpass *n, const char *text,
    const struct person *p, const struct account *a, const char *login,
    const char *field);
/* Slow: from a pool. The text is gone then. */
int newpass_hash(const struct keyring *k, struct newpass *n) PN_NODISCARD;
void newpass_into(const struct newpass *n, struct account *a);
