/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which passphrases may be chosen: by length, and by how soon somebody who
 * knows the common ones would come upon it. Nothing is asked about kinds of
 * characters (NIST SP 800-63B, 3.1.1). The lengths stand in base/public.h.
 */

#include <stdbool.h>
#include <stddef.h>

#define STRENGTH_BYTES 1024

/* Characters of UTF-8 that has been checked. */
size_t strength_length(const char *passphrase);
/*
 * NULL, or in words what is wrong. CONTEXT: words that are easy to guess
 * here (names, the practice), ending with NULL; it may be NULL.
 */
const char *strength_refuses(
    const char *passphrase, bool beside, const char **context);
