/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Lists of words against lower-case text, for the rules (bridge/rule.h). */

#include <stdbool.h>
#include <stddef.h>
#include "base/attr.h"

/* Does any of the N WORDS stand in TEXT, or at its beginning? */
bool words_in(const char *text, const char *const *words, size_t n);
bool words_first(const char *text, const char *const *words, size_t n);

#define WORDS_IN(text, words) words_in(text, words, PN_ARRAY_LEN(words))
#define WORDS_FIRST(text, words) words_first(text, words, PN_ARRAY_LEN(words))
