/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A new session on its way, whatever opens it: a passphrase, a frontend's
 * word, a second factor, an enrolment. Each step up gets a new one, and the
 * one before ends in the same transaction.
 *
 * Embedded in a request's state. The caller fills in the first part; then
 * opening_start(), opening_put() inside the writer, opening_committed()
 * after it, and opening_view() for the answer.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/settings.h"
#include "daemon/device.h"
#include "daemon/request.h"
#include "store/account.h"
#include "store/session.h"

#define OPENING_HALF (10 * CLOCK_MINUTE)

struct opening {
	struct session session; /* person, account, state, label */
	bool has_old;
	uint8_t old[SESSION_HASH_LEN]; /* it takes the place of this one */
	bool others;                   /* all others of its person end, too */

	enum person_role role;
	char token[SESSION_TEXT_LEN + 1];
	char device[DEVICE_TEXT_LEN + 1]; /* for a browser; "": it has one */
	bool crowded;                     /* ends the session of HASH_OUT */
	uint8_t hash_out[SESSION_HASH_LEN];
	bool kept; /* in the table, too */
	json_t *answer;
};

void opening_fini(struct opening *o);
/* Whether ROLE's people need a second factor here. */
bool opening_needs_factor(const struct settings *s, enum person_role role);
/* How far ROLE comes with a passphrase; ACCOUNT may be NULL. */
enum session_state opening_state(const struct settings *s,
    enum person_role role, const struct account *account);
/* It takes the place of the session that REQ was sent in. */
void opening_replace(struct request *req, struct opening *o);
/* A token, and the times. */
void opening_start(struct request *req, struct opening *o);
/* P is whose it will be; all checks are done. 0 or a refusal, no trace. */
int opening_put(struct request *req, struct store_txn *txn, struct opening *o,
    const struct person *p) PN_NODISCARD;
void opening_committed(struct request *req, struct opening *o);
/* The session as its page sees it, and its cookies. NULL: no memory. */
json_t *opening_view(struct request *req, struct opening *o) PN_NODISCARD;

/* The session that REQ was sent in, likewise. P NULL while it is half open. */
json_t *opening_view_current(
    const struct request *req, const struct person *p) PN_NODISCARD;
