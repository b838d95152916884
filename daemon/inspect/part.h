/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a .docx may hold: the parts of it, by their names and by what they
 * begin with. A name says what a part is to Word, the content what it is to
 * somebody who has taken it out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "daemon/inspect/compound.h"

/* Blocks of a part but the last are whole multiples of this. */
#define PART_ALIGN COMPOUND_SLOT

struct part {
	bool begun;
	bool types;  /* it is the list of what the others are */
	bool office; /* by its name: it may be an archive itself */
	bool compound;
	unsigned macro, vba; /* how much of these words has been seen */
	struct compound objects;
};

/* What the names have been so far. */
struct parts {
	bool types;
	bool document;
};

/*
 * NAME is any bytes. INSPECT_GOOD, or why such a part cannot be; P_R may be
 * NULL if the name alone is asked about.
 */
enum inspect_refusal part_begin(
    const uint8_t *name, size_t len, struct parts *all, struct part *p_r);
enum inspect_refusal part_block(
    struct part *p, const uint8_t *data, size_t len);
enum inspect_refusal part_end(const struct part *p);
