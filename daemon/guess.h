/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The brake (daemon/brake.h) as requests use it.
 */

#include <stdbool.h>
#include "daemon/brake.h"
#include "daemon/request.h"

enum guess_kind {
	GUESS_LOGIN = 1, /* passphrase or recovery code of a login name */
	GUESS_ENROLMENT, /* code to a link */
	GUESS_FACTOR,    /* of an account's second factor */
};

/* NAME is hashed: nothing keeps what people type. */
void guess_at(const struct request *req, enum guess_kind kind, const char *name,
    struct brake_try *t_r);
/* The same for an account, and for the device, as guess_device(). */
void guess_account(const struct request *req, enum guess_kind kind,
    const struct id *account, struct brake_try *t_r);
/* Whether REQ comes from a device that has signed in to ACCOUNT before. */
void guess_device(
    const struct request *req, const struct id *account, struct brake_try *t);
/* False: answered, with how long to wait. */
bool guess_take(struct request *req, struct brake_try *t);
/* What came of it: RESULT 0 was right, WRONG is wrong, else nobody looked. */
void guess_result(const struct request *req, const struct brake_try *t,
    int result, int wrong);
