/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Text that came from outside. UTF-8 as RFC 3629 has it: no overlong forms,
 * no surrogates, nothing above U+10FFFF.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/buf.h"

bool utf8_valid(const char *text, size_t len);
/* Bytes of the sequence at TEXT and its code point; 0 if it is not UTF-8. */
size_t utf8_next(const char *text, size_t len, uint32_t *code_r);
/* Appends a code point that utf8_next() gave, or another valid one. */
void utf8_add(struct buf *b, uint32_t code);
/*
 * True if TEXT holds a C0 or C1 control, DEL, a line or paragraph separator,
 * or one of the characters that reorder text (bidirectional controls): what
 * may stand in no name, header or terminal line. TEXT must be valid.
 */
bool utf8_has_control(const char *text, size_t len);
/*
 * Appends TEXT with all of these, and every byte that is not UTF-8, written
 * out as \xNN, so that a name cannot drive a terminal.
 */
void utf8_add_visible(struct buf *b, const char *text, size_t len);
