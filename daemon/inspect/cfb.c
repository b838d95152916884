/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/inspect/format.h"

#include <string.h>

enum state {
	HEADER,
	REST, /* of the header, in a file of large sectors */
	SLOTS,
};

/* [MS-CFB] 2.2 */
#define HEADER_LEN 512
#define HEADER_MAJOR 0x1a
#define HEADER_ORDER 0x1c
#define HEADER_SHIFT 0x1e
#define HEADER_DIRECTORY 0x30
/* 2.6.1: an entry of a directory. Sectors are a multiple of it. */
#define SLOT_LEN 128
#define SLOT_NAME_LEN 64
#define SLOT_TYPE 66
#define SLOT_SECTOR 116
#define TYPE_STORAGE 1
#define TYPE_STREAM 2
#define TYPE_ROOT 5
/* [MS-DOC] 2.5.2: how the document's stream begins. */
#define FIB_MAGIC 0xa5ec
#define FIB_MAGIC_OLD 0xa5dc
#define FIB_FLAGS 0x0a
#define FIB_ENCRYPTED 0x0100

void
cfb_begin(struct cfb *c)
{
	c->state = HEADER;
	gather_start(&c->g, HEADER_LEN);
}

static void
take_header(struct cfb *c, struct finding *f)
{
	const uint8_t *h = c->g.data;
	uint16_t major = le16(h + HEADER_MAJOR);

	c->shift = le16(h + HEADER_SHIFT);
	c->directory = le32(h + HEADER_DIRECTORY);
	if (le16(h + HEADER_ORDER) != 0xfffe ||
	    !((major == 3 && c->shift == 9) || (major == 4 && c->shift == 12)))
		finding_refuse(f, INSPECT_BROKEN);
	c->state = major == 4 ? REST : SLOTS;
	gather_start(
	    &c->g, major == 4 ? (1U << c->shift) - HEADER_LEN : SLOT_LEN);
}

/* Whether SLOT is called NAME, in UTF-16. */
static bool
is_called(const uint8_t *slot, const char *name)
{
	size_t len = strlen(name);

	if (le16(slot + SLOT_NAME_LEN) != (len + 1) * 2)
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (slot[i * 2] != (uint8_t)name[i] || slot[i * 2 + 1] != 0)
			return false;
	}
	return true;
}

/*
 * Where the directory's sectors lie is told by a table that may come behind
 * them. So every place where an entry may stand is looked at: one that is none
 * can only be refused for nothing, and only if somebody made it so.
 */
static void
take_slot(struct cfb *c, uint64_t at, const uint8_t *slot)
{
	static const char *const macros[] = {
	    "Macros", "_VBA_PROJECT_CUR", "_VBA_PROJECT", "VBA"};
	uint8_t type = slot[SLOT_TYPE];
	uint32_t sector = (uint32_t)((at >> c->shift) - 1);

	if (at == (uint64_t)(c->directory + 1) << c->shift)
		c->root = type == TYPE_ROOT && is_called(slot, "Root Entry");
	if ((at & ((1U << c->shift) - 1)) == 0 && c->heads_n < CFB_HEADS &&
	    (le16(slot) == FIB_MAGIC || le16(slot) == FIB_MAGIC_OLD)) {
		c->heads[c->heads_n].sector = sector;
		c->heads[c->heads_n++].flags = le16(slot + FIB_FLAGS);
	}
	if (type != TYPE_STORAGE && type != TYPE_STREAM)
		return;
	for (size_t i = 0; i < PN_ARRAY_LEN(macros); i++)
		c->macros |= is_called(slot, macros[i]);
	c->encrypted |= is_called(slot, "EncryptedPackage");
	c->native |= is_called(slot, "\1Ole10Native");
	if (type == TYPE_STREAM && is_called(slot, "WordDocument")) {
		c->document = true;
		c->document_at = le32(slot + SLOT_SECTOR);
	}
}

void
cfb_feed(struct cfb *c, struct finding *f, const uint8_t *data, size_t len)
{
	while (f->v.refusal == INSPECT_GOOD && len > 0) {
		size_t before = len;
		bool all = gather_take(&c->g, &data, &len);

		f->at += before - len;
		if (!all)
			return;
		if (c->state == HEADER) {
			take_header(c, f);
			continue;
		}
		if (c->state == SLOTS)
			take_slot(c, f->at - SLOT_LEN, c->g.data);
		c->state = SLOTS;
		gather_start(&c->g, SLOT_LEN);
	}
}

static bool
is_locked(const struct cfb *c, bool *found_r)
{
	for (size_t i = 0; i < c->heads_n; i++) {
		if (c->heads[i].sector != c->document_at)
			continue;
		*found_r = true;
		return (c->heads[i].flags & FIB_ENCRYPTED) != 0;
	}
	*found_r = false;
	return false;
}

void
cfb_end(const struct cfb *c, struct finding *f)
{
	bool found;
	bool locked = is_locked(c, &found);

	if (!c->root)
		finding_refuse(f, INSPECT_BROKEN);
	else if (c->encrypted || (c->document && locked))
		finding_refuse(f, INSPECT_ENCRYPTED);
	else if (!c->document)
		finding_refuse(f, INSPECT_UNKNOWN);
	else if (!found)
		finding_refuse(f, INSPECT_BROKEN);
	else if (c->macros)
		finding_refuse(f, INSPECT_MACROS);
	else if (c->native)
		finding_refuse(f, INSPECT_PROGRAM);
}
