/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The keyring: one file of at most 4 KiB beside the store, never in a
 * backup. Its body is sealed by a random file key, which is wrapped once by
 * the master key and once by the offline recovery key; rotating the master
 * key rewrites this file and nothing else. Written to a new name, synced,
 * renamed, directory synced.
 *
 * Holds the store's id, KEKs by epoch, token keys by quarterly epoch, the
 * blind-index key, the passphrase pepper, the audit key and the chain key.
 * In memory in one sodium_malloc()ed block.
 */

#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"

#define KEYRING_KEY_LEN 32
#define KEYRING_BLIND_LEN 16
#define KEYRING_TOKEN_EPOCHS 4
#define KEYRING_TOKEN_DAYS 91
/* base32 in groups of four with dashes, and a NUL */
#define KEYRING_RECOVERY_TEXT 65

/* Positive codes. */
enum keyring_code {
	KEYRING_MISSING = 20, /* no such file */
	KEYRING_WRONG_KEY,    /* neither wrap opens */
	KEYRING_CORRUPT,
	KEYRING_NEWER, /* written by a newer program */
};

struct keyring;

/*
 * Makes the file DIRECTORY/keyring (-EEXIST if there is one) and fills
 * RECOVERY_R with the text of the recovery key, which is kept nowhere.
 */
int keyring_create(const char *directory,
    const uint8_t mk[static KEYRING_KEY_LEN],
    char recovery_r[static KEYRING_RECOVERY_TEXT]) PN_NODISCARD;
/* MK or the recovery key's bytes. Then keyring_renew() unless NOW is 0. */
int keyring_open(const char *directory,
    const uint8_t mk[static KEYRING_KEY_LEN], int64_t now,
    struct keyring **k_r) PN_NODISCARD;
/*
 * Adds a token epoch and writes the file when the newest is older than a
 * quarter; the last KEYRING_TOKEN_EPOCHS are kept. A full or read-only disk
 * is no error: the newest stays in use and the next start tries again.
 */
int keyring_renew(
    struct keyring *k, const char *directory, int64_t now) PN_NODISCARD;
void keyring_close(struct keyring **k);
/* 0 or -EINVAL; dashes, spaces and case do not matter. */
int keyring_recovery_parse(
    const char *text, uint8_t mk_r[static KEYRING_KEY_LEN]) PN_NODISCARD;

const struct id *keyring_store_id(const struct keyring *k);
/* The newest KEK's epoch; NULL from keyring_kek() for an unknown one. */
uint32_t keyring_kek_epoch(const struct keyring *k);
const uint8_t *keyring_kek(const struct keyring *k, uint32_t epoch);
uint8_t keyring_token_epoch(const struct keyring *k);
const uint8_t *keyring_token_key(const struct keyring *k, uint8_t epoch);
const uint8_t *keyring_pepper(const struct keyring *k);
const uint8_t *keyring_audit_key(const struct keyring *k);
const uint8_t *keyring_chain_key(const struct keyring *k);
/*
 * Keyed hash for look-up: KIND keeps an address from standing for a login
 * name. The caller normalises (lower case) first.
 */
void keyring_blind(const struct keyring *k, uint8_t kind, const void *data,
    size_t len, uint8_t blind_r[static KEYRING_BLIND_LEN]);
