/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/inspect/compound.h"

#include <string.h>
#include "base/attr.h"
#include "daemon/inspect/tail.h"

#define HEADER_LEN 512
#define DIFAT_AT 76
#define DIFAT_N 109
#define NO_SECTOR 0xfffffffa /* and above: not one, free, the end */

/* In a directory entry. */
#define NAME_BYTES 64
#define NAME_LEN_AT 64
#define TYPE_AT 66
#define COLOUR_AT 67
#define START_AT 116
#define SIZE_AT 120
#define TYPE_STORAGE 1
#define TYPE_STREAM 2
#define TYPE_ROOT 5
#define LARGE 4096 /* a smaller stream is in that of small ones, in */
#define SMALL_SECTOR 64

/* In a Word document's first bytes, FIB. */
#define HEAD_IDENT 0xa5ec
#define HEAD_VERSION 0x00c1 /* 97 */
#define HEAD_VERSION_MAX 0x01ff
#define HEAD_FLAGS_AT 10
#define HEAD_ENCRYPTED 0x0100

const uint8_t compound_start[8] = {
    0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1};

void
compound_init(struct compound *c)
{
	memset(c, 0, sizeof(*c));
}

/* ---- directory entries ----------------------------------------------- */

static bool
is_entry(const uint8_t *slot)
{
	uint16_t len = le16_at(slot + NAME_LEN_AT);
	uint8_t type = slot[TYPE_AT];

	return len >= 4 && len <= NAME_BYTES && len % 2 == 0 &&
	       le16_at(slot + len - 2) == 0 && slot[COLOUR_AT] <= 1 &&
	       (type == TYPE_STORAGE || type == TYPE_STREAM ||
		   type == TYPE_ROOT);
}

/* As such names are compared: without regard to case. */
static bool
name_is(const uint8_t *slot, const char *name)
{
	size_t len = strlen(name);

	if (le16_at(slot + NAME_LEN_AT) != 2 * (len + 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		uint16_t a = le16_at(slot + 2 * i);
		uint16_t b = (uint8_t)name[i];

		if (a >= 'A' && a <= 'Z')
			a |= 0x20;
		if (b >= 'A' && b <= 'Z')
			b |= 0x20;
		if (a != b)
			return false;
	}
	return true;
}

static bool
name_is_macros(const uint8_t *slot)
{
	static const char *const names[] = {
	    "Macros", "VBA", "_VBA_PROJECT", "_VBA_PROJECT_CUR"};

	for (size_t i = 0; i < PN_ARRAY_LEN(names); i++) {
		if (name_is(slot, names[i]))
			return true;
	}
	return false;
}

void
compound_slot(struct compound *c, const uint8_t *slot)
{
	if (!is_entry(slot))
		return;
	c->macros = c->macros || name_is_macros(slot);
	c->package = c->package || name_is(slot, "EncryptedPackage");
	c->program = c->program || name_is(slot, "\1Ole10Native");
	if (name_is(slot, "WordDocument") && slot[TYPE_AT] == TYPE_STREAM &&
	    c->words_n < COMPOUND_WORDS) {
		c->words[c->words_n].start = le32_at(slot + START_AT);
		c->words[c->words_n++].small = le32_at(slot + SIZE_AT) < LARGE;
	}
}

enum inspect_refusal
compound_refusal(const struct compound *c)
{
	if (c->package)
		return INSPECT_ENCRYPTED;
	if (c->macros)
		return INSPECT_MACROS;
	return c->program ? INSPECT_PROGRAM : INSPECT_GOOD;
}

/* ---- a file ---------------------------------------------------------- */

struct shape {
	unsigned shift;   /* of a sector's size */
	uint64_t sectors; /* that there are */
	uint64_t root;    /* where the directory begins */
	bool rooted;      /* and so it does */
};

/* Sector 0 is behind the header, which fills one. */
static uint64_t
sector_at(const struct shape *h, uint32_t sector)
{
	return ((uint64_t)sector + 1) << h->shift;
}

static bool
read_header(struct source *s, struct shape *h)
{
	uint8_t d[HEADER_LEN];
	uint16_t version;

	source_take(s, d, sizeof(d));
	version = le16_at(d + 26);
	h->shift = le16_at(d + 30);
	if (source_short(s) || le16_at(d + 28) != 0xfffe ||
	    !((version == 3 && h->shift == 9) ||
		(version == 4 && h->shift == 12)) ||
	    le16_at(d + 32) != 6)
		return false;
	h->sectors = s->from.size >> h->shift;
	h->root = sector_at(h, le32_at(d + 48));
	/* a file that is cut off mostly lacks one of these */
	if (h->root + COMPOUND_SLOT > s->from.size)
		return false;
	for (size_t i = 0; i < DIFAT_N; i++) {
		uint32_t sector = le32_at(d + DIFAT_AT + 4 * i);

		if (sector < NO_SECTOR && sector_at(h, sector) >= s->from.size)
			return false;
	}
	source_skip(s, (UINT64_C(1) << h->shift) - HEADER_LEN);
	return true;
}

static bool
is_root(const uint8_t *slot)
{
	return is_entry(slot) && slot[TYPE_AT] == TYPE_ROOT;
}

/* What begins as a Word document; false: too many do. */
static bool
add_head(struct compound *c, const uint8_t *data, uint64_t at)
{
	uint16_t version = le16_at(data + 2);

	if (le16_at(data) != HEAD_IDENT || version < HEAD_VERSION ||
	    version > HEAD_VERSION_MAX)
		return true;
	if (c->heads_n == COMPOUND_WORDS)
		return false;
	c->heads[c->heads_n].at = at;
	c->heads[c->heads_n++].encrypted =
	    (le16_at(data + HEAD_FLAGS_AT) & HEAD_ENCRYPTED) != 0;
	return true;
}

static bool
add_slots(struct compound *c, struct shape *h, const uint8_t *data, size_t len,
    uint64_t at)
{
	for (size_t i = 0; i + COMPOUND_SLOT <= len; i += COMPOUND_SLOT) {
		compound_slot(c, data + i);
		if (at + i == h->root)
			h->rooted = is_root(data + i);
		if (!add_head(c, data + i, at + i) ||
		    !add_head(
			c, data + i + SMALL_SECTOR, at + i + SMALL_SECTOR))
			return false;
	}
	return true;
}

/* Where a small one is, only the chains could tell: any head will do. */
static enum inspect_refusal
words_refusal(const struct compound *c, const struct shape *h)
{
	bool found = false;

	for (unsigned i = 0; i < c->words_n; i++) {
		for (unsigned k = 0; k < c->heads_n; k++) {
			if (!c->words[i].small &&
			    c->heads[k].at != sector_at(h, c->words[i].start))
				continue;
			if (c->heads[k].encrypted)
				return INSPECT_ENCRYPTED;
			found = true;
		}
	}
	return found && h->rooted ? INSPECT_GOOD : INSPECT_BROKEN;
}

enum inspect_refusal
doc_inspect(struct source *s)
{
	const size_t step = SOURCE_AHEAD - COMPOUND_SLOT;
	struct compound c;
	struct shape h = {0};
	const uint8_t *data;
	bool zip = false;
	size_t ahead;

	compound_init(&c);
	if (!read_header(s, &h))
		return INSPECT_BROKEN;
	while ((ahead = source_peek(s, SOURCE_AHEAD, &data)) > 0) {
		size_t len = ahead < SOURCE_AHEAD ? ahead : step;

		if (!add_slots(&c, &h, data, len, s->at))
			return INSPECT_BROKEN;
		zip = zip ||
		      tail_has_zip(data, len, ahead, s->at, s->from.size, true);
		source_skip(s, len);
	}
	/* not Word's, whatever else there is in it */
	if (c.words_n == 0 && !c.package)
		return INSPECT_UNKNOWN;
	if (compound_refusal(&c) != INSPECT_GOOD)
		return compound_refusal(&c);
	return zip ? INSPECT_MIXED : words_refusal(&c, &h);
}
