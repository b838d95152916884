/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Compound files ([MS-CFB]): Word 97's own, and objects inside newer ones.
 *
 * Their directory may be anywhere and in pieces, and a file is read once. So
 * each 128 bytes that could be an entry of it are taken for one. What is bad
 * is found in this way wherever it is; what is good must be where the header
 * says.
 */

#include <stdbool.h>
#include <stdint.h>
#include "daemon/inspect/source.h"

#define COMPOUND_SLOT 128 /* bytes of a directory entry */
#define COMPOUND_WORDS 16 /* documents inside documents */

struct compound {
	bool macros;
	bool package; /* an encrypted .docx */
	bool program;
	unsigned words_n;
	struct {
		uint32_t start; /* the first sector of its stream */
		bool small;     /* which is one in the stream of small ones */
	} words[COMPOUND_WORDS];
	unsigned heads_n;
	struct {
		uint64_t at;
		bool encrypted;
	} heads[COMPOUND_WORDS]; /* what begins as such a stream */
};

extern const uint8_t compound_start[8];

void compound_init(struct compound *c);
/* A slot is aligned in its file. */
void compound_slot(struct compound *c, const uint8_t *slot);
/* Of what the slots have told, whatever kind of file it is. */
enum inspect_refusal compound_refusal(const struct compound *c);

enum inspect_refusal doc_inspect(struct source *s);
