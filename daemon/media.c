/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/media.h"

#include <string.h>
#include <strings.h>
#include "base/utf8.h"

struct media {
	const char *type;
	const char *ends[2]; /* of a file's name */
};

static const struct media medias[] = {
    [ATTACHMENT_PDF] = {"application/pdf", {".pdf"}},
    [ATTACHMENT_JPEG] = {"image/jpeg", {".jpg", ".jpeg"}},
    [ATTACHMENT_PNG] = {"image/png", {".png"}},
    [ATTACHMENT_DOC] = {"application/msword", {".doc"}},
    [ATTACHMENT_DOCX] = {"application/vnd.openxmlformats-officedocument."
			 "wordprocessingml.document",
	{".docx"}},
    [ATTACHMENT_CSV] = {"text/csv", {".csv"}},
};

bool
media_parse(const char *text, enum attachment_type *type_r)
{
	for (unsigned i = ATTACHMENT_PDF; i < PN_ARRAY_LEN(medias); i++) {
		if (strcasecmp(text, medias[i].type) != 0)
			continue;
		*type_r = (enum attachment_type)i;
		return true;
	}
	return false;
}

const char *
media_type(enum attachment_type type)
{
	return medias[type].type;
}

bool
media_name_fits(const char *name, enum attachment_type type)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < PN_ARRAY_LEN(medias[type].ends); i++) {
		const char *end = medias[type].ends[i];
		size_t n = end != NULL ? strlen(end) : 0;

		if (n > 0 && len > n && strcasecmp(name + len - n, end) == 0)
			return true;
	}
	return false;
}

bool
media_is_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= ATTACHMENT_NAME_MAX && utf8_valid(name, len) &&
	       !utf8_has_control(name, len) && strpbrk(name, "/\\") == NULL;
}

/* attr-char (RFC 8187, 3.2.1) */
static bool
is_attr_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("!#$&+-.^_`|~", c) != NULL);
}

/* Nothing that a quoted-string would have to escape (RFC 6266, 4.3). */
static void
add_ascii(const char *name, struct buf *b)
{
	for (const char *p = name; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if ((c & 0xc0) == 0x80)
			continue; /* in the middle of a character */
		buf_add_byte(b, is_attr_char(c) || c == ' ' ? c : '_');
	}
}

void
media_disposition(const char *name, struct buf *b)
{
	buf_add_str(b, "attachment; filename=\"");
	add_ascii(name, b);
	buf_add_str(b, "\"; filename*=UTF-8''");
	for (const char *p = name; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (is_attr_char(c))
			buf_add_byte(b, c);
		else
			buf_printf(b, "%%%02X", c);
	}
}
