/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Opening an account takes two things that reach a person by two ways: a
 * link by mail, and a code that staff hand over. Neither is worth anything
 * alone. Issuing new ones makes the old ones worthless. Inside transactions.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/clock.h"
#include "store/account.h"
#include "store/store.h"

#define ENROLMENT_LIFE (7 * CLOCK_DAY)
#define ENROLMENT_TRIES 5

/* Positive codes. */
enum enrolment_code {
	ENROLMENT_REFUSED = 210, /* link or code, or it is too late */
	ENROLMENT_IN_USE,        /* an account that is open: reset it */
	ENROLMENT_NO_ADDRESS,    /* no link can be sent */
	ENROLMENT_INACTIVE,      /* takes no part */
};

struct enrolment_issued {
	struct id person;
	int64_t expires;
	bool reset;      /* an open account was; all sessions have ended */
	uint64_t mail;   /* the link's notification, due at once */
	uint64_t notice; /* tells of the reset; 0: none */
	char code[ACCOUNT_CODE_TEXT + 1];
};

/* Makes the account if there is none. Nothing written with a code. */
int enrolment_issue(struct store_txn *txn, const struct person *p, bool reset,
    int64_t now, struct enrolment_issued *i_r) PN_NODISCARD;
/* "none", "invited", "active", "reset". A NULL: there is no account. */
const char *enrolment_word(const struct account *a);
/* Whose LINK it is, if it still leads to an account that waits for it. */
int enrolment_find(struct store_txn *txn, const char *link, int64_t now,
    struct person *p_r, struct account *a_r) PN_NODISCARD;
/* Whether it is A's code; one that is not takes a try from A. */
bool enrolment_try(
    const struct keyring *k, const char *code, struct account *a);
