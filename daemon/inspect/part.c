/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/inspect/part.h"

#include <string.h>
#include "base/attr.h"

static const char macro_word[] = "macroenabled";
static const char vba_word[] = "vbaproject";

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool
same(const uint8_t *name, size_t len, const char *other)
{
	if (len != strlen(other))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (lower(name[i]) != lower((uint8_t)other[i]))
			return false;
	}
	return true;
}

/* ---- names ----------------------------------------------------------- */

/* Relative, downwards, and the same on every system. */
static bool
is_path(const uint8_t *name, size_t len)
{
	size_t start = 0;

	if (len == 0 || name[0] == '/')
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (i < len &&
		    (name[i] < ' ' || name[i] == '\\' || name[i] == ':'))
			return false;
		if (i < len && name[i] != '/')
			continue;
		/* ".", "..", and nothing but at the end */
		if ((i == start && i < len) ||
		    (i > start && i - start <= 2 && name[start] == '.' &&
			name[i - 1] == '.'))
			return false;
		start = i + 1;
	}
	return true;
}

/* What is behind the last dot; dots and blanks at the end do not count. */
static const uint8_t *
extension(const uint8_t *name, size_t len, size_t *len_r)
{
	size_t at;

	while (len > 0 && (name[len - 1] == '.' || name[len - 1] == ' '))
		len--;
	for (at = len; at > 0 && name[at - 1] != '.' && name[at - 1] != '/';)
		at--;
	*len_r = at > 0 && name[at - 1] == '.' ? len - at : 0;
	return name + at;
}

static bool
is_one_of(const uint8_t *name, size_t len, const char *const *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (same(name, len, all[i]))
			return true;
	}
	return false;
}

static bool
is_program(const uint8_t *ext, size_t len)
{
	static const char *const all[] = {"apk", "app", "appx", "bat", "bash",
	    "chm", "cmd", "com", "command", "cpl", "deb", "desktop", "dll",
	    "dmg", "elf", "exe", "hta", "img", "inf", "iso", "jar", "js", "jse",
	    "lnk", "msc", "msi", "msix", "msp", "ocx", "pif", "pl", "ps1",
	    "psm1", "py", "rb", "reg", "rpm", "scf", "scr", "sh", "so", "sys",
	    "url", "vb", "vbe", "vbs", "vhd", "vhdx", "wsf", "wsh"};

	return is_one_of(ext, len, all, PN_ARRAY_LEN(all));
}

static bool
is_macros(const uint8_t *name, size_t len, const uint8_t *ext, size_t ext_len)
{
	static const char *const exts[] = {"docm", "dotm", "pptm", "potm",
	    "ppam", "ppsm", "xlam", "xlsm", "xltm"};
	static const char *const names[] = {
	    "vbaproject.bin", "vbadata.xml", "vbaprojectsignature.bin"};
	size_t at = len;

	while (at > 0 && name[at - 1] != '/')
		at--;
	return is_one_of(ext, ext_len, exts, PN_ARRAY_LEN(exts)) ||
	       is_one_of(name + at, len - at, names, PN_ARRAY_LEN(names));
}

static bool
is_office(const uint8_t *ext, size_t len)
{
	static const char *const all[] = {"docx", "dotx", "odp", "ods", "odt",
	    "potx", "pptx", "thmx", "xlsx", "xltx"};

	return is_one_of(ext, len, all, PN_ARRAY_LEN(all));
}

/* word/document.xml; some servers put a number in. */
static bool
is_document(const uint8_t *name, size_t len)
{
	static const char start[] = "word/document", end[] = ".xml";
	const size_t start_len = sizeof(start) - 1, end_len = sizeof(end) - 1;

	if (len < start_len + end_len || !same(name, start_len, start) ||
	    !same(name + len - end_len, end_len, end))
		return false;
	for (size_t i = start_len; i < len - end_len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
	}
	return true;
}

enum inspect_refusal
part_begin(const uint8_t *name, size_t len, struct parts *all, struct part *p_r)
{
	bool types = same(name, len, "[Content_Types].xml");
	size_t ext_len;
	const uint8_t *ext = extension(name, len, &ext_len);

	if (!is_path(name, len))
		return INSPECT_BROKEN;
	if (is_macros(name, len, ext, ext_len))
		return INSPECT_MACROS;
	if (is_program(ext, ext_len))
		return INSPECT_PROGRAM;
	all->types = all->types || types;
	all->document = all->document || is_document(name, len);
	if (p_r != NULL) {
		memset(p_r, 0, sizeof(*p_r));
		p_r->types = types;
		p_r->office = is_office(ext, ext_len);
	}
	return INSPECT_GOOD;
}

/* ---- contents -------------------------------------------------------- */

static bool
starts(const uint8_t *data, size_t len, const char *start, size_t start_len)
{
	return len >= start_len && memcmp(data, start, start_len) == 0;
}

static enum inspect_refusal
check_start(struct part *p, const uint8_t *data, size_t len)
{
	static const struct {
		const char *start;
		size_t len;
	} programs[] = {{"MZ", 2},
	    {"\x7f"
	     "ELF",
		4},
	    {"#!", 2}, {"Rar!", 4}, {"7z\xbc\xaf", 4}, {"MSCF", 4}};

	for (size_t i = 0; i < PN_ARRAY_LEN(programs); i++) {
		if (starts(data, len, programs[i].start, programs[i].len))
			return INSPECT_PROGRAM;
	}
	if (starts(data, len, "PK\3\4", 4) && !p->office)
		return INSPECT_PROGRAM;
	p->compound = starts(
	    data, len, (const char *)compound_start, sizeof(compound_start));
	return INSPECT_GOOD;
}

/* Whether WORD, no letter of which is its first again, ends with C. */
static bool
match(unsigned *seen, const char *word, uint8_t c)
{
	if (c != (uint8_t)word[*seen])
		*seen = 0;
	if (c == (uint8_t)word[*seen])
		(*seen)++;
	if (word[*seen] != '\0')
		return false;
	*seen = 0;
	return true;
}

/* The text is XML, in UTF-8 or UTF-16; there is no need to write "&" in it. */
static enum inspect_refusal
scan_types(struct part *p, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = lower(data[i]);

		if (c == 0)
			continue;
		if (c == '&')
			return INSPECT_BROKEN;
		if (match(&p->macro, macro_word, c) ||
		    match(&p->vba, vba_word, c))
			return INSPECT_MACROS;
	}
	return INSPECT_GOOD;
}

/* An archive's names are not packed, whatever its parts are. */
static enum inspect_refusal
scan_names(struct part *p, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (match(&p->vba, vba_word, lower(data[i])))
			return INSPECT_MACROS;
	}
	return INSPECT_GOOD;
}

enum inspect_refusal
part_block(struct part *p, const uint8_t *data, size_t len)
{
	enum inspect_refusal why = INSPECT_GOOD;

	if (!p->begun)
		why = check_start(p, data, len);
	p->begun = true;
	if (why == INSPECT_GOOD && p->types)
		why = scan_types(p, data, len);
	if (why == INSPECT_GOOD && p->office)
		why = scan_names(p, data, len);
	for (size_t i = 0; p->compound && i + COMPOUND_SLOT <= len;
	     i += COMPOUND_SLOT)
		compound_slot(&p->objects, data + i);
	return why;
}

enum inspect_refusal
part_end(const struct part *p)
{
	return compound_refusal(&p->objects);
}
