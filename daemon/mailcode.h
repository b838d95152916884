/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Enhanced status codes (RFC 3463) as outbox rows keep them, in 16 bits:
 * class (3) || subject (3) || detail (10), so that 5.7.509 fits too. A value
 * of class 0 is no code but a small count, and has no text.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"

#define MAILCODE_TEXT_LEN 8 /* 5.7.1023 */

/* "" is 0. 0 or -EINVAL: not a code, or a part of it out of range. */
int mailcode_parse(const char *text, uint16_t *code_r) PN_NODISCARD;
bool mailcode_is_count(uint16_t code);
/* Class 5: no later try would differ. */
bool mailcode_is_permanent(uint16_t code);
/* 5.1.1 and its like: the address, or its domain, does not exist. */
bool mailcode_blames_address(uint16_t code);
/* "" for a count. */
void mailcode_text(uint16_t code, char text_r[static MAILCODE_TEXT_LEN + 1]);
