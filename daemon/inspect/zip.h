/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A zip (APPNOTE.TXT) as a .docx is one: entries from the first byte on, one
 * behind the other, stored or deflated, then the directory, which must say the
 * same of them, then nothing. Whoever reads it from its end sees what has
 * been looked at here from its start.
 */

/* next_in is not written to */
#ifndef ZLIB_CONST
#define ZLIB_CONST
#endif
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>
#include "daemon/inspect/part.h"
#include "daemon/inspect/source.h"

#define ZIP_ENTRIES 4096
#define ZIP_NAMES (192U << 10) /* bytes of all names */
#define ZIP_BLOCK 32768        /* unpacked at a time */
#define ZIP_MEMORY (64U << 10) /* for zlib */

struct zip_entry {
	uint32_t at;
	uint32_t crc;
	uint32_t packed;
	uint32_t size;
	uint32_t name_at; /* in names */
	uint16_t name_len;
	uint8_t method;
	bool listed; /* the directory has named it */
};

struct zip {
	struct parts parts;
	struct part part;
	uint64_t unpacked; /* of all entries */
	uint32_t entries_n;
	uint32_t names_len;
	size_t memory_len;
	z_stream stream;
	struct zip_entry entries[ZIP_ENTRIES];
	uint8_t names[ZIP_NAMES];
	uint8_t block[ZIP_BLOCK];
	_Alignas(max_align_t) uint8_t memory[ZIP_MEMORY];
};

enum inspect_refusal docx_inspect(struct source *s, struct zip *z);
