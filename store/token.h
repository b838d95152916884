/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Tokens that cross the bridge: derived from a notification's number, stored
 * nowhere, and worth nothing by themselves.
 *
 *   epoch (1) || masked (number 8 || salt 4) || MAC (10)    37 characters
 *
 * MAC = 80 bits of a keyed BLAKE2b over label, epoch and the clear 12 bytes;
 * the mask is derived from label, epoch and MAC. The label keeps a reply, a
 * bounce and a link from standing for one another. Local parts "r-" + 37 stay
 * below the 64 of RFC 5321. Either case is accepted.
 *
 * A Message-ID stays the same however often and long a mail is tried: its
 * key belongs to no epoch, and its epoch byte is 0.
 */

#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "store/keyring.h"

#define TOKEN_TEXT_LEN 37

enum token_label {
	TOKEN_REPLY = 'r',
	TOKEN_BOUNCE = 'b',
	TOKEN_LINK = 't',
	TOKEN_MESSAGE_ID = 'm',
};

/* Positive codes. */
enum token_code {
	TOKEN_FORGED = 40,
};

struct token {
	uint64_t number;
	uint32_t salt;
};

void token_make(const struct keyring *k, enum token_label label,
    struct token token, char text_r[static TOKEN_TEXT_LEN + 1]);
/* 0 or TOKEN_FORGED. Time does not depend on where the MAC differs. */
int token_open(const struct keyring *k, enum token_label label,
    const char *text, struct token *token_r) PN_NODISCARD;
