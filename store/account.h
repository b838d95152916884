/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Accounts sign in as a participant: a login name, a passphrase, and what
 * stands beside it (second factors, recovery codes, an enrolment that is under
 * way). All of it is sealed under the participant's key; look-up is by
 * blind index.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "base/secret.h"
#include "store/passkey.h"
#include "store/person.h"

#define PASSPHRASE_HASH_LEN 128 /* crypto_pwhash_STRBYTES */
#define ACCOUNT_TOTP_LEN 20     /* of the secret (RFC 4226, R6) */
#define ACCOUNT_RECOVERY_MAX 10
#define ACCOUNT_PASSKEYS_MAX 8
#define ACCOUNT_CODE_LEN 16  /* of a code's hash */
#define ACCOUNT_CODE_TEXT 14 /* xxxx-xxxx-xxxx */

struct account {
	struct id id;
	struct id person;
	bool active;
	struct secret login;                  /* empty: not chosen yet */
	char passphrase[PASSPHRASE_HASH_LEN]; /* "" : none yet */
	bool short_passphrase; /* good only beside a second factor */
	bool totp;             /* codes are set up (RFC 6238) */
	uint8_t totp_secret[ACCOUNT_TOTP_LEN];
	uint64_t totp_step; /* the last one used: no code is good twice */
	size_t passkey_count;
	struct passkey passkeys[ACCOUNT_PASSKEYS_MAX]; /* no id twice */
	size_t recovery_count; /* single-use codes left */
	uint8_t recovery[ACCOUNT_RECOVERY_MAX][ACCOUNT_CODE_LEN];
	struct {
		int64_t expires; /* 0: none under way */
		uint64_t number; /* of its mail in the outbox */
		uint8_t tries;   /* left */
		uint8_t code[ACCOUNT_CODE_LEN];
	} enrolment;
};

void account_fini(struct account *a);
/* Whether it has a second factor: codes, or a passkey. */
bool account_guarded(const struct account *a);
/*
 * PERSON_*; KV_NOT_FOUND without a person; -EINVAL for too many codes or
 * passkeys, or one that is not sound.
 */
int account_put(struct store_txn *txn, const struct account *a) PN_NODISCARD;
/* KV_NOT_FOUND. *A_R must be zeroed. */
int account_get(struct store_txn *txn, const struct id *id,
    struct account *a_r) PN_NODISCARD;
/* Case of ASCII letters does not matter. */
int account_by_login(
    struct store_txn *txn, const char *login, struct id *id_r) PN_NODISCARD;
/* The first account that signs in as PERSON. */
int account_by_person(struct store_txn *txn, const struct id *person,
    struct id *id_r) PN_NODISCARD;

/*
 * Enrolment and recovery codes: 60 random bits that people read and type,
 * kept only as a hash that is bound to the account and keyed with the pepper.
 * In a text that was typed, case, dashes and blanks do not matter; 0 is read
 * as o and 1 as l. -EINVAL for what cannot be a code.
 */
void account_code_new(char text_r[static ACCOUNT_CODE_TEXT + 1]);
int account_code_hash(const struct keyring *k, const struct id *account,
    const char *text, uint8_t hash_r[static ACCOUNT_CODE_LEN]) PN_NODISCARD;

/*
 * Argon2id over the peppered passphrase (BLAKE2b keyed with the pepper), so
 * that a stolen database without the keyring cannot be guessed at. Slow and
 * memory-hungry by intent: call from a bounded pool only.
 * Check: 0 or PASSPHRASE_WRONG; HASH NULL or "" does the same work and is
 * wrong, so that an unknown login takes as long as a known one.
 */
enum passphrase_code {
	PASSPHRASE_WRONG = 60,
};
int passphrase_hash(const struct keyring *k, const struct secret *passphrase,
    char hash_r[static PASSPHRASE_HASH_LEN]) PN_NODISCARD;
int passphrase_check(const struct keyring *k, const struct secret *passphrase,
    const char *hash) PN_NODISCARD;

#define account_auto PN_CLEANUP(account_fini)
