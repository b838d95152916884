/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The master key, as the system hands it over: 32 bytes, or 64 hex digits
 * with or without an end of line.
 *
 * It comes from the first of: the file --key-file names, the file
 * store.key-file names, the systemd credential "store.key". A key file must be
 * a regular file of ours or root's that nobody else can read; a credential's
 * directory is private already, and its mode shows an ACL's mask. systemd
 * starts a unit whose credential is missing all the same, so refusing is up to
 * us.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "base/attr.h"
#include "store/keyring.h"

/* Positive codes. */
enum masterkey_code {
	MASTERKEY_NONE = 180, /* no key is configured */
	MASTERKEY_MISSING,    /* the file is not there */
	MASTERKEY_OPEN_MODE,  /* others can read it, or it is another's */
	MASTERKEY_FORM,       /* not 32 bytes, not 64 hex digits */
	MASTERKEY_WEAK,       /* all zero */
};

enum masterkey_from {
	MASTERKEY_FROM_OPTION, /* --key-file */
	MASTERKEY_FROM_SETTING,
	MASTERKEY_FROM_CREDENTIAL,
	MASTERKEY_FROM_RECOVERY, /* --recovery-key-file */
};

/* Where to look; NULL and "" are not given. */
struct masterkey_source {
	const char *option;
	const char *setting;
};

/* 0, MASTERKEY_* or -errno; FROM_R is set unless MASTERKEY_NONE. */
int masterkey_load(const struct masterkey_source *source,
    uint8_t mk_r[static KEYRING_KEY_LEN],
    enum masterkey_from *from_r) PN_NODISCARD;
/* One file; PRIVATE checks its owner and mode. */
int masterkey_read(const char *path, int is_private,
    uint8_t mk_r[static KEYRING_KEY_LEN]) PN_NODISCARD;
/* Makes PATH (-EEXIST) with a random key, mode 0600, synced. */
int masterkey_create(
    const char *path, uint8_t mk_r[static KEYRING_KEY_LEN]) PN_NODISCARD;
/* A recovery key's text from a file; dashes and blanks do not matter. */
int masterkey_read_recovery(
    const char *path, uint8_t mk_r[static KEYRING_KEY_LEN]) PN_NODISCARD;
/* What is wrong and what to do; of a -errno, what could not be read. */
const char *masterkey_words(int code, enum masterkey_from from);
