/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Sessions: 256-bit capabilities, stored as a BLAKE2b-256 hash only. The
 * last use changes with every request and is written now and then. A row
 * that this store did not write is no session: it is not found.
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/store.h"

#define SESSION_TOKEN_LEN 32
#define SESSION_TEXT_LEN 52 /* base32 */
#define SESSION_HASH_LEN 32
#define SESSION_FRONTEND_LEN 31
#define SESSION_LABEL_LEN 48

/* What is still to come before it is good for anything else. */
enum session_state {
	SESSION_OPEN = 0,
	SESSION_FACTOR_DUE = 1, /* the second factor */
	SESSION_SETUP_DUE = 2,  /* setting one up */
};

struct session {
	uint8_t hash[SESSION_HASH_LEN];
	struct id person;
	struct id account; /* nil: asserted */
	int64_t created;
	int64_t used;
	int64_t expires; /* absolute */
	enum session_state state;
	char frontend[SESSION_FRONTEND_LEN + 1]; /* configured name */
	char label[SESSION_LABEL_LEN + 1]; /* "Firefox on Linux"; printable
					      ASCII, as its caller checks */
};

/* A new token's text, to be sent once, and its hash. */
void session_token_new(char text_r[static SESSION_TEXT_LEN + 1],
    uint8_t hash_r[static SESSION_HASH_LEN]);
/* 0 or -EINVAL for what cannot be a token. */
int session_token_hash(
    const char *text, uint8_t hash_r[static SESSION_HASH_LEN]) PN_NODISCARD;
int session_put(struct store_txn *txn, const struct session *s) PN_NODISCARD;
int session_get(struct store_txn *txn,
    const uint8_t hash[static SESSION_HASH_LEN],
    struct session *s_r) PN_NODISCARD;
void session_del(
    struct store_txn *txn, const uint8_t hash[static SESSION_HASH_LEN]);
int session_list(struct store_txn *txn,
    int (*each)(const struct session *s, void *arg), void *arg) PN_NODISCARD;
