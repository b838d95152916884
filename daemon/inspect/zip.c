/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/inspect/zip.h"

#include <string.h>
#include "base/attr.h"

#define UNPACKED_MAX (UINT64_C(500) << 20)
/* Of one entry: a larger one a scanner may pass over (MaxFileSize of clamd). */
#define ENTRY_MAX (UINT64_C(100) << 20)
/* Of one entry, once it is larger than that. */
#define RATIO_MAX 200
#define RATIO_FROM (1U << 20)

#define LOCAL 0x04034b50
#define LISTED 0x02014b50
#define DESCRIPTOR 0x08074b50
#define END 0x06054b50

#define FLAG_ENCRYPTED 0x0001
#define FLAG_DESCRIPTOR 0x0008
#define FLAG_STRONG 0x0040
#define FLAG_MASKED 0x2000

#define METHOD_STORED 0
#define METHOD_DEFLATED 8
#define NAME_MAX_LEN 512

/* ---- memory for zlib ------------------------------------------------- */

static void *
give(void *opaque, unsigned n, unsigned size)
{
	struct zip *z = opaque;
	size_t len = (size_t)n * size;
	void *at = z->memory + z->memory_len;

	len += -len % _Alignof(max_align_t);
	if (len > sizeof(z->memory) - z->memory_len)
		return NULL;
	z->memory_len += len;
	return at;
}

/* It asks once, as long as nothing is given back. */
static void
keep(void *opaque, void *at)
{
	(void)opaque;
	(void)at;
}

static bool
zip_init(struct zip *z)
{
	memset(&z->parts, 0, sizeof(z->parts));
	memset(&z->stream, 0, sizeof(z->stream));
	z->unpacked = 0;
	z->entries_n = z->names_len = 0;
	z->memory_len = 0;
	z->stream.zalloc = give;
	z->stream.zfree = keep;
	z->stream.opaque = z;
	return inflateInit2(&z->stream, -MAX_WBITS) == Z_OK;
}

/* ---- one entry ------------------------------------------------------- */

static enum inspect_refusal
take_block(struct zip *z, struct zip_entry *e, const uint8_t *data, size_t len,
    uint64_t packed)
{
	uint64_t size = (uint64_t)e->size + len;

	z->unpacked += len;
	if (z->unpacked > UNPACKED_MAX || size > ENTRY_MAX ||
	    (size > RATIO_FROM && size / RATIO_MAX > packed))
		return INSPECT_BOMB;
	e->size = (uint32_t)size;
	e->crc = (uint32_t)crc32(e->crc, data, (uInt)len);
	return part_block(&z->part, data, len);
}

static enum inspect_refusal
take_stored(struct source *s, struct zip *z, struct zip_entry *e, uint32_t left)
{
	enum inspect_refusal why = INSPECT_GOOD;

	while (why == INSPECT_GOOD && left > 0) {
		const uint8_t *data;
		size_t n =
		    source_peek(s, left < ZIP_BLOCK ? left : ZIP_BLOCK, &data);

		if (n == 0)
			return INSPECT_BROKEN;
		why = take_block(z, e, data, n, UINT64_MAX);
		source_skip(s, n);
		left -= (uint32_t)n;
	}
	return why;
}

/* *LEN bytes are in the block; more are put behind them. zlib's status. */
static int
inflate_some(struct source *s, struct zip *z, size_t *len)
{
	const uint8_t *data;
	size_t n = source_peek(s, SOURCE_AHEAD, &data);
	int status;

	z->stream.next_in = data;
	z->stream.avail_in = (uInt)n;
	z->stream.next_out = z->block + *len;
	z->stream.avail_out = (uInt)(sizeof(z->block) - *len);
	status = inflate(&z->stream, Z_NO_FLUSH);
	source_skip(s, n - z->stream.avail_in);
	*len = sizeof(z->block) - z->stream.avail_out;
	return status;
}

static enum inspect_refusal
take_deflated(struct source *s, struct zip *z, struct zip_entry *e)
{
	uint64_t begun = s->at;
	int status = inflateReset(&z->stream);
	size_t len = 0;

	while (status == Z_OK) {
		enum inspect_refusal why = INSPECT_GOOD;

		status = inflate_some(s, z, &len);
		if (len == sizeof(z->block) || status == Z_STREAM_END) {
			why = take_block(z, e, z->block, len, s->at - begun);
			len = 0;
		}
		if (why != INSPECT_GOOD)
			return why;
	}
	return status == Z_STREAM_END ? INSPECT_GOOD : INSPECT_BROKEN;
}

/* Adds the name to the others; its part begins. */
static enum inspect_refusal
take_name(struct source *s, struct zip *z, struct zip_entry *e, uint16_t len)
{
	uint8_t *name = z->names + z->names_len;

	if (len > NAME_MAX_LEN)
		return INSPECT_BROKEN;
	if (len > sizeof(z->names) - z->names_len)
		return INSPECT_BOMB;
	source_take(s, name, len);
	e->name_at = z->names_len;
	e->name_len = len;
	z->names_len += len;
	return source_short(s) ? INSPECT_BROKEN
			       : part_begin(name, len, &z->parts, &z->part);
}

static bool
has_descriptor(struct source *s, const struct zip_entry *e)
{
	uint32_t crc = source_le32(s);

	if (crc == DESCRIPTOR)
		crc = source_le32(s);
	return crc == e->crc && source_le32(s) == e->packed &&
	       source_le32(s) == e->size;
}

/* Behind the signature. What E is told to be is what it turns out to be. */
static enum inspect_refusal
take_entry(struct source *s, struct zip *z, struct zip_entry *e)
{
	enum inspect_refusal why;
	uint32_t crc, packed, size;
	uint16_t flags, method, name_len, extra_len;
	uint64_t begun;

	source_skip(s, 2); /* what is needed to unpack it */
	flags = source_le16(s);
	method = source_le16(s);
	source_skip(s, 4); /* when it was changed */
	crc = source_le32(s);
	packed = source_le32(s);
	size = source_le32(s);
	name_len = source_le16(s);
	extra_len = source_le16(s);
	if ((flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED)) != 0)
		return INSPECT_ENCRYPTED;
	if (method != METHOD_STORED && method != METHOD_DEFLATED)
		return INSPECT_BROKEN;
	e->method = (uint8_t)method;
	why = take_name(s, z, e, name_len);
	if (why != INSPECT_GOOD)
		return why;
	source_skip(s, extra_len);
	begun = s->at;
	why = method == METHOD_STORED ? take_stored(s, z, e, packed)
				      : take_deflated(s, z, e);
	if (why == INSPECT_GOOD)
		why = part_end(&z->part);
	if (why != INSPECT_GOOD)
		return why;
	e->packed = (uint32_t)(s->at - begun);
	if ((flags & FLAG_DESCRIPTOR) != 0)
		return has_descriptor(s, e) ? INSPECT_GOOD : INSPECT_BROKEN;
	return crc == e->crc && packed == e->packed && size == e->size
		   ? INSPECT_GOOD
		   : INSPECT_BROKEN;
}

/* Two of one name: which one is read depends on who reads. */
static bool
is_new(const struct zip *z, const struct zip_entry *e)
{
	const uint8_t *name = z->names + e->name_at;

	for (uint32_t i = 0; i < z->entries_n; i++) {
		const struct zip_entry *o = &z->entries[i];

		if (o->name_len == e->name_len &&
		    memcmp(z->names + o->name_at, name, e->name_len) == 0)
			return false;
	}
	return true;
}

static enum inspect_refusal
take_entries(struct source *s, struct zip *z)
{
	while (source_is(s, "PK\3\4", 4)) {
		struct zip_entry *e = &z->entries[z->entries_n];
		enum inspect_refusal why;

		if (z->entries_n == ZIP_ENTRIES)
			return INSPECT_BOMB;
		if (s->at > UINT32_MAX)
			return INSPECT_BROKEN;
		*e = (struct zip_entry){.at = (uint32_t)s->at};
		source_skip(s, 4);
		why = take_entry(s, z, e);
		if (why == INSPECT_GOOD && (source_short(s) || !is_new(z, e)))
			why = INSPECT_BROKEN;
		if (why != INSPECT_GOOD)
			return why;
		z->entries_n++;
	}
	return INSPECT_GOOD;
}

/* ---- the directory --------------------------------------------------- */

/* Mostly in the order of the entries. */
static struct zip_entry *
find_entry(struct zip *z, uint32_t at, uint32_t near)
{
	for (uint32_t i = 0; i < z->entries_n; i++) {
		struct zip_entry *e = &z->entries[(near + i) % z->entries_n];

		if (e->at == at)
			return e->listed ? NULL : e;
	}
	return NULL;
}

static bool
check_listed(struct source *s, struct zip *z, uint32_t near)
{
	struct zip_entry told = {0};
	struct zip_entry *e;
	uint16_t flags, method, extra_len, comment_len, disk;
	const uint8_t *name;

	source_skip(s, 8); /* signature, who made it, who can read it */
	flags = source_le16(s);
	method = source_le16(s);
	source_skip(s, 4);
	told.crc = source_le32(s);
	told.packed = source_le32(s);
	told.size = source_le32(s);
	told.name_len = source_le16(s);
	extra_len = source_le16(s);
	comment_len = source_le16(s);
	disk = source_le16(s);
	source_skip(s, 6); /* attributes */
	e = find_entry(z, source_le32(s), near);
	if (source_short(s) || e == NULL || disk != 0 ||
	    (flags & FLAG_ENCRYPTED) != 0 || method != e->method ||
	    told.crc != e->crc || told.packed != e->packed ||
	    told.size != e->size || told.name_len != e->name_len ||
	    source_peek(s, e->name_len, &name) != e->name_len ||
	    memcmp(name, z->names + e->name_at, e->name_len) != 0)
		return false;
	e->listed = true;
	source_skip(s, (uint64_t)told.name_len + extra_len + comment_len);
	return !source_short(s);
}

static enum inspect_refusal
check_end(struct source *s, const struct zip *z, uint64_t begun)
{
	uint64_t len = s->at - begun;
	uint16_t comment_len;

	/* signature, this disk, that of the directory */
	if (source_le32(s) != END || source_le32(s) != 0 ||
	    source_le16(s) != z->entries_n || source_le16(s) != z->entries_n ||
	    source_le32(s) != len || source_le32(s) != begun)
		return INSPECT_BROKEN;
	comment_len = source_le16(s);
	if (source_short(s))
		return INSPECT_BROKEN;
	return comment_len > 0 || source_left(s) > 0 ? INSPECT_MIXED
						     : INSPECT_GOOD;
}

static enum inspect_refusal
check_directory(struct source *s, struct zip *z)
{
	uint64_t begun = s->at;

	for (uint32_t i = 0; i < z->entries_n; i++) {
		if (!source_is(s, "PK\1\2", 4) || !check_listed(s, z, i))
			return INSPECT_BROKEN;
	}
	return check_end(s, z, begun);
}

enum inspect_refusal
docx_inspect(struct source *s, struct zip *z)
{
	enum inspect_refusal why =
	    zip_init(z) ? take_entries(s, z) : INSPECT_BROKEN;

	if (why == INSPECT_GOOD)
		why = check_directory(s, z);
	if (why == INSPECT_GOOD && (!z->parts.types || !z->parts.document))
		why = INSPECT_UNKNOWN;
	return why;
}
