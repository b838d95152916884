/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Text that came from outside. UTF-8 as RFC 3629 has it: no overlong forms,
 * no surrogates, nothing above U+10FFFF.
 */

#include <stdbool.h>
#include <stddef.h>
#include "base/attr.h"
#include "base/buf.h"

bool utf8_valid(const char *text, size_t len);
/*
 * True if TEXT holds a C0 or C1 control, DEL, a line or paragraph separator,
 * or one of the characters that reorder text (bidirectional controls): what
 * may stand in no name, header or terminal line. TEXT must be valid.
 */
bool utf8_has_control(const char *text, size_t len);
/* Whether PART stands in TEXT, in either case. Both must be valid. */
bool utf8_contains(const char *text, const char *part);
/*
 * Appends TEXT with all of these, and every byte that is not UTF-8, written
 * out as \xNN, so that a name cannot drive a terminal.
 */
void utf8_add_visible(struct buf *b, const char *text, size_t len);
