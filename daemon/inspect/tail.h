/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The end record of a zip, looked for in a file that is none. Who opens a zip
 * begins at its end, and does not mind what stands before it: such a file
 * would be two at once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAIL_OVERLAP 22 /* bytes of an end record */

/*
 * Whether one begins in the first LEN of the bytes DATA, of which there are
 * AHEAD >= LEN; they stand at AT of a file of SIZE bytes. EXACT: its comment
 * goes to the very end of the file; else one near enough is enough, as
 * readers look for it there.
 */
bool tail_has_zip(const uint8_t *data, size_t len, size_t ahead, uint64_t at,
    uint64_t size, bool exact);
