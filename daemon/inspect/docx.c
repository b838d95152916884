/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A ZIP (APPNOTE.TXT 6.3) is read twice by those who know it: from its front,
 * and by the directory at its end. Only one in which both say the same, with
 * nothing before, between or behind, is let through; so none can be another
 * file for somebody else.
 */

#include "daemon/inspect/format.h"

#include <string.h>
#include <strings.h>

enum state {
	SIGN, /* of what follows */
	LOCAL,
	NAME,
	EXTRA,
	STORED,
	DEFLATED,
	DESCRIPTOR,
	LISTED, /* an entry of the directory */
	LISTED_NAME,
	LISTED_EXTRA,
	END,
	AFTER,
};

#define SIGN_LOCAL 0x04034b50
#define SIGN_LISTED 0x02014b50
#define SIGN_END 0x06054b50
#define SIGN_DESCRIPTOR 0x08074b50
#define LOCAL_LEN 26
#define LISTED_LEN 42
#define END_LEN 18
#define DESCRIPTOR_LEN 16

#define FLAG_LOCKED 0x0001
#define FLAG_DESCRIPTOR 0x0008
#define FLAG_STRONG 0x0040
#define DEFLATE 8

/* Unpacked; what is less may be as dense as it likes. */
#define DENSE_FROM (UINT64_C(1) << 20)
#define DENSE_MAX 200

static const char office_macros[] = "macroEnabled";
/* UTF-16: how an OLE object calls a file that was put into it */
static const char native[] = "O\0l\0e\0001\0000\0N\0a\0t\0i\0v\0e";

void
zip_begin(struct zip *z)
{
	z->state = SIGN;
	gather_start(&z->g, 4);
}

/* ---- names ------------------------------------------------------------- */

static uint64_t
hash_of(const uint8_t *name, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ name[i]) * UINT64_C(0x100000001b3);
	return h;
}

static bool
ends_with(const char *name, const char *end)
{
	size_t len = strlen(name);
	size_t n = strlen(end);

	return len >= n && strcasecmp(name + len - n, end) == 0;
}

static bool
ends_with_one(const char *name, const char *const *ends)
{
	for (; *ends != NULL; ends++) {
		if (ends_with(name, *ends))
			return true;
	}
	return false;
}

/* What a system runs when somebody opens it. */
static const char *const programs[] = {".exe", ".dll", ".scr", ".com", ".bat",
    ".cmd", ".pif", ".cpl", ".msi", ".msp", ".hta", ".js", ".jse", ".vbs",
    ".vbe", ".vb", ".wsf", ".wsh", ".wsc", ".ps1", ".psm1", ".lnk", ".url",
    ".reg", ".inf", ".jar", ".class", ".sh", ".elf", ".so", ".app", ".dmg",
    ".deb", ".rpm", ".apk", ".py", ".pl", ".rb", ".php", ".zip", ".rar", ".7z",
    ".iso", NULL};
static const char *const macro_files[] = {
    "vbaProject.bin", "vbaData.xml", ".docm", ".dotm", ".xlsm", ".pptm", NULL};
static const char *const office_files[] = {".docx", ".xlsx", ".pptx", NULL};

/* What a way out of a directory looks like. */
static bool
leads_out(const char *name)
{
	return name[0] == '/' || strchr(name, '\\') != NULL ||
	       strstr(name, "../") != NULL || ends_with(name, "..") ||
	       strchr(name, ':') != NULL;
}

static void
take_name(struct zip *z, struct finding *f)
{
	char name[ZIP_NAME_MAX + 1];

	memcpy(name, z->g.data, z->name_len);
	name[z->name_len] = '\0';
	if (strlen(name) != z->name_len || leads_out(name))
		finding_refuse(f, INSPECT_BROKEN);
	if (ends_with_one(name, macro_files))
		finding_refuse(f, INSPECT_MACROS);
	if (ends_with_one(name, programs))
		finding_refuse(f, INSPECT_PROGRAM);
	z->entry->name = hash_of(z->g.data, z->name_len);
	for (size_t i = 0; i + 1 < z->n; i++) {
		if (z->entries[i].name == z->entry->name)
			finding_refuse(f, INSPECT_MIXED);
	}
	z->is_types = strcmp(name, "[Content_Types].xml") == 0;
	z->is_object = ends_with(name, ".bin");
	z->is_office = ends_with_one(name, office_files);
	z->types |= z->is_types;
	z->document |= strcmp(name, "word/document.xml") == 0;
	z->finder = (struct finder){0};
	if (z->is_types)
		z->finder = (struct finder){
		    office_macros, sizeof(office_macros) - 1, 0};
	else if (z->is_object)
		z->finder = (struct finder){native, sizeof(native), 0};
}

/* ---- what is unpacked -------------------------------------------------- */

/* True once the word is there. The words begin with no part of themselves. */
static bool
find_word(struct finder *w, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len && w->at < w->len; i++) {
		if (data[i] == (uint8_t)w->word[w->at])
			w->at++;
		else
			w->at = data[i] == (uint8_t)w->word[0];
	}
	return w->at == w->len;
}

static void
look_at_head(struct zip *z, struct finding *f)
{
	if (memcmp(z->head, "MZ", 2) == 0 || memcmp(z->head, "#!", 2) == 0 ||
	    memcmp(z->head,
		"\x7f"
		"ELF",
		4) == 0)
		finding_refuse(f, INSPECT_PROGRAM);
	if (memcmp(z->head, "PK\3\4", 4) == 0 && !z->is_office)
		finding_refuse(f, INSPECT_PROGRAM);
}

static void
take_out(struct zip *z, struct finding *f, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len && z->out + i < sizeof(z->head); i++)
		z->head[z->out + i] = data[i];
	z->crc = (uint32_t)crc32(z->crc, data, (uInt)len);
	z->out += len;
	z->total += len;
	if (z->total > INSPECT_UNPACKED_MAX ||
	    (z->out > DENSE_FROM && z->out / DENSE_MAX > z->in))
		finding_refuse(f, INSPECT_BOMB);
	if (z->finder.len > 0 && find_word(&z->finder, data, len))
		finding_refuse(
		    f, z->is_types ? INSPECT_MACROS : INSPECT_PROGRAM);
}

/* ---- from the front ---------------------------------------------------- */

static void
next_sign(struct zip *z)
{
	z->state = SIGN;
	gather_start(&z->g, 4);
}

static void
start_local(struct zip *z, struct finding *f)
{
	struct zip_entry *e;

	if (z->n == ZIP_ENTRIES || z->directory != 0) {
		finding_refuse(
		    f, z->directory != 0 ? INSPECT_MIXED : INSPECT_BOMB);
		return;
	}
	e = &z->entries[z->n++];
	*e = (struct zip_entry){.at = (uint32_t)(f->at - 4)};
	z->entry = e;
	z->state = LOCAL;
	gather_start(&z->g, LOCAL_LEN);
}

static void
take_local(struct zip *z, struct finding *f)
{
	const uint8_t *h = z->g.data;

	z->flags = le16(h + 2);
	z->method = le16(h + 4);
	z->entry->crc = le32(h + 10);
	z->entry->packed = le32(h + 14);
	z->entry->size = le32(h + 18);
	z->name_len = le16(h + 22);
	z->extra_len = le16(h + 24);
	if ((z->flags & (FLAG_LOCKED | FLAG_STRONG)) != 0)
		finding_refuse(f, INSPECT_ENCRYPTED);
	/* where what is only stored ends is known beforehand, or never */
	if (z->name_len == 0 || z->name_len > ZIP_NAME_MAX ||
	    (z->method != 0 && z->method != DEFLATE) ||
	    (z->method == 0 && (z->flags & FLAG_DESCRIPTOR) != 0) ||
	    (z->method == 0 && z->entry->packed != z->entry->size))
		finding_refuse(f, INSPECT_BROKEN);
	z->state = NAME;
	gather_start(&z->g, z->name_len);
}

static void
end_entry(struct zip *z, struct finding *f)
{
	if (z->crc != z->entry->crc || z->out != z->entry->size ||
	    z->in != z->entry->packed)
		finding_refuse(f, INSPECT_BROKEN);
	if (z->out >= sizeof(z->head))
		look_at_head(z, f);
	next_sign(z);
}

static void
start_data(struct zip *z, struct finding *f)
{
	z->crc = (uint32_t)crc32(0, NULL, 0);
	z->in = z->out = 0;
	z->state = z->method == DEFLATE ? DEFLATED : STORED;
	if (z->method == DEFLATE) {
		memset(&z->z, 0, sizeof(z->z));
		z->z_open = inflateInit2(&z->z, -MAX_WBITS) == Z_OK;
		if (!z->z_open)
			finding_refuse(f, INSPECT_BROKEN);
	} else if (z->entry->size == 0) {
		end_entry(z, f);
	}
}

static void
start_extra(struct zip *z, struct finding *f)
{
	z->skip = z->extra_len;
	z->state = EXTRA;
	if (z->skip == 0)
		start_data(z, f);
}

static size_t
take_stored(struct zip *z, struct finding *f, const uint8_t *data, size_t len)
{
	uint64_t left = z->entry->size - z->out;
	size_t n = left < len ? (size_t)left : len;

	z->in += n;
	take_out(z, f, data, n);
	if (z->out == z->entry->size)
		end_entry(z, f);
	return n;
}

static void
end_deflated(struct zip *z, struct finding *f)
{
	(void)inflateEnd(&z->z);
	z->z_open = false;
	if ((z->flags & FLAG_DESCRIPTOR) == 0) {
		end_entry(z, f);
		return;
	}
	z->state = DESCRIPTOR;
	gather_start(&z->g, DESCRIPTOR_LEN);
}

static size_t
take_deflated(struct zip *z, struct finding *f, const uint8_t *data, size_t len)
{
	int r = Z_OK;

	z->z.next_in = (Bytef *)(uintptr_t)data;
	z->z.avail_in = (uInt)len;
	while (f->v.refusal == INSPECT_GOOD && r == Z_OK) {
		uInt before = z->z.avail_in;
		size_t n;

		z->z.next_out = z->window;
		z->z.avail_out = sizeof(z->window);
		r = inflate(&z->z, Z_NO_FLUSH);
		n = sizeof(z->window) - z->z.avail_out;
		z->in += before - z->z.avail_in;
		take_out(z, f, z->window, n);
		if (r == Z_OK && z->z.avail_in == 0 && z->z.avail_out > 0)
			break;
	}
	len -= z->z.avail_in;
	if (r == Z_STREAM_END)
		end_deflated(z, f);
	else if (r != Z_OK && r != Z_BUF_ERROR)
		finding_refuse(f, INSPECT_BROKEN);
	return len;
}

static void
take_descriptor(struct zip *z, struct finding *f)
{
	const uint8_t *d = z->g.data;

	/* its sign may be left out; nobody who writes documents does so */
	if (le32(d) != SIGN_DESCRIPTOR) {
		finding_refuse(f, INSPECT_BROKEN);
		return;
	}
	z->entry->crc = le32(d + 4);
	z->entry->packed = le32(d + 8);
	z->entry->size = le32(d + 12);
	end_entry(z, f);
}

/* ---- the directory ----------------------------------------------------- */

static void
start_listed(struct zip *z, const struct finding *f)
{
	if (z->directory == 0)
		z->directory = f->at - 4;
	z->state = LISTED;
	gather_start(&z->g, LISTED_LEN);
}

static struct zip_entry *
entry_at(struct zip *z, uint32_t at)
{
	/* nearly always in the same order */
	if (z->listed < z->n && z->entries[z->listed].at == at)
		return &z->entries[z->listed];
	for (size_t i = 0; i < z->n; i++) {
		if (z->entries[i].at == at)
			return &z->entries[i];
	}
	return NULL;
}

static void
take_listed(struct zip *z, struct finding *f)
{
	const uint8_t *h = z->g.data;
	struct zip_entry *e = entry_at(z, le32(h + 38));

	z->name_len = le16(h + 24);
	z->extra_len = le16(h + 26);
	if (z->name_len == 0 || z->name_len > ZIP_NAME_MAX || e == NULL ||
	    e->listed || le32(h + 12) != e->crc || le32(h + 16) != e->packed ||
	    le32(h + 20) != e->size || le16(h + 28) != 0) {
		finding_refuse(f, INSPECT_MIXED);
		return;
	}
	e->listed = true;
	z->entry = e;
	z->state = LISTED_NAME;
	gather_start(&z->g, z->name_len);
}

static void
take_listed_name(struct zip *z, struct finding *f)
{
	if (hash_of(z->g.data, z->name_len) != z->entry->name)
		finding_refuse(f, INSPECT_MIXED);
	z->listed++;
	z->skip = z->extra_len;
	z->state = LISTED_EXTRA;
	if (z->skip == 0)
		next_sign(z);
}

static void
take_end(struct zip *z, struct finding *f)
{
	const uint8_t *h = z->g.data;
	uint64_t begun = f->at - 4 - END_LEN;

	if (le32(h) != 0 || le16(h + 4) != z->listed ||
	    le16(h + 6) != z->listed || z->listed != z->n ||
	    le32(h + 8) != begun - z->directory ||
	    le32(h + 12) != z->directory || le16(h + 16) != 0)
		finding_refuse(f, INSPECT_MIXED);
	z->state = AFTER;
}

/* ---- all of it --------------------------------------------------------- */

static void
take_sign(struct zip *z, struct finding *f)
{
	switch (le32(z->g.data)) {
	case SIGN_LOCAL:
		start_local(z, f);
		break;
	case SIGN_LISTED:
		start_listed(z, f);
		break;
	case SIGN_END:
		z->state = END;
		gather_start(&z->g, END_LEN);
		break;
	default:
		finding_refuse(f, INSPECT_BROKEN);
	}
}

static void
gathered(struct zip *z, struct finding *f)
{
	switch (z->state) {
	case SIGN:
		take_sign(z, f);
		break;
	case LOCAL:
		take_local(z, f);
		break;
	case NAME:
		take_name(z, f);
		start_extra(z, f);
		break;
	case DESCRIPTOR:
		take_descriptor(z, f);
		break;
	case LISTED:
		take_listed(z, f);
		break;
	case LISTED_NAME:
		take_listed_name(z, f);
		break;
	default:
		take_end(z, f);
	}
}

static size_t
skip_extra(struct zip *z, struct finding *f, size_t len)
{
	size_t n = z->skip < len ? z->skip : len;

	z->skip -= n;
	if (z->skip > 0)
		return n;
	if (z->state == EXTRA)
		start_data(z, f);
	else
		next_sign(z);
	return n;
}

void
zip_feed(struct zip *z, struct finding *f, const uint8_t *data, size_t len)
{
	while (f->v.refusal == INSPECT_GOOD && len > 0) {
		const uint8_t *from = data;
		size_t n = 0;
		bool all = false;

		switch (z->state) {
		case AFTER:
			finding_refuse(f, INSPECT_MIXED);
			return;
		case EXTRA:
		case LISTED_EXTRA:
			n = skip_extra(z, f, len);
			break;
		case STORED:
			n = take_stored(z, f, data, len);
			break;
		case DEFLATED:
			n = take_deflated(z, f, data, len);
			break;
		default:
			all = gather_take(&z->g, &data, &len);
		}
		data += n;
		len -= n;
		f->at += (uint64_t)(data - from);
		if (all)
			gathered(z, f);
	}
}

void
zip_end(struct zip *z, struct finding *f)
{
	if (z->z_open)
		(void)inflateEnd(&z->z);
	z->z_open = false;
	if (z->state != AFTER)
		finding_refuse(f, INSPECT_BROKEN);
	else if (!z->types || !z->document)
		finding_refuse(f, INSPECT_UNKNOWN);
}
