/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Base32 of RFC 4648, lower case, no padding. Decoding takes either case
 * (mail systems fold local parts) and refuses whatever encoding would not
 * have written: other characters, impossible lengths, trailing bits set.
 */

#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"

#define BASE32_LEN(bytes) (((bytes)*8 + 4) / 5)

/* Writes BASE32_LEN(len) characters and a NUL. */
void base32_encode(const uint8_t *data, size_t len, char *text_r);
/* TEXT of exactly BASE32_LEN(len) characters into LEN bytes; 0 or -EINVAL. */
int base32_decode(const char *text, size_t text_len, uint8_t *data_r,
    size_t len) PN_NODISCARD;
