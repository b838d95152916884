/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "bridge/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "bridge/caps.h"

#define REPORT_TEXT_MAX ((size_t)64 * 1024)

/* ---- headers ------------------------------------------------------------- */

const char *
facts_text(const struct facts *f)
{
	return f->text.len == 0 ? "" : (const char *)f->text.data;
}

const char *
facts_header(const struct facts *f, const char *name)
{
	return g_mime_object_get_header(GMIME_OBJECT(f->message), name);
}

static bool
header_any(const struct facts *f, const char *name, const char *wanted,
    bool (*match)(const char *value, const char *wanted))
{
	GMimeHeaderList *list =
	    g_mime_object_get_header_list(GMIME_OBJECT(f->message));
	int n = g_mime_header_list_get_count(list);

	for (int i = 0; i < n; i++) {
		GMimeHeader *h = g_mime_header_list_get_header_at(list, i);
		const char *value;

		if (strcasecmp(g_mime_header_get_name(h), name) != 0)
			continue;
		value = g_mime_header_get_value(h);
		if (value != NULL && match(value, wanted))
			return true;
	}
	return false;
}

static bool
begins(const char *value, const char *word)
{
	size_t len = strlen(word);

	value += strspn(value, " \t\r\n");
	return strncasecmp(value, word, len) == 0 &&
	       (value[len] == '\0' || strchr(" \t\r\n;,(", value[len]) != NULL);
}

static bool
holds(const char *value, const char *text)
{
	return strcasestr(value, text) != NULL;
}

bool
facts_header_word(const struct facts *f, const char *name, const char *word)
{
	return header_any(f, name, word, begins);
}

bool
facts_header_has(const struct facts *f, const char *name, const char *text)
{
	return header_any(f, name, text, holds);
}

const char *
facts_header_last(const struct facts *f, const char *name)
{
	GMimeHeaderList *list =
	    g_mime_object_get_header_list(GMIME_OBJECT(f->message));
	int n = g_mime_header_list_get_count(list);

	while (n-- > 0) {
		GMimeHeader *h = g_mime_header_list_get_header_at(list, n);

		if (strcasecmp(g_mime_header_get_name(h), name) == 0)
			return g_mime_header_get_value(h);
	}
	return NULL;
}

unsigned
facts_header_count(const struct facts *f, const char *name)
{
	GMimeHeaderList *list =
	    g_mime_object_get_header_list(GMIME_OBJECT(f->message));
	int n = g_mime_header_list_get_count(list);
	unsigned found = 0;

	for (int i = 0; i < n; i++) {
		GMimeHeader *h = g_mime_header_list_get_header_at(list, i);

		if (strcasecmp(g_mime_header_get_name(h), name) == 0)
			found++;
	}
	return found;
}

/* ---- parts --------------------------------------------------------------- */

static void
add_content(GMimePart *part, struct buf *out)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *mem;
	GByteArray *bytes;
	size_t room = out->max - out->len;

	if (content == NULL)
		return;
	mem = g_mime_stream_mem_new();
	(void)g_mime_data_wrapper_write_to_stream(content, mem);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(mem));
	if (bytes->len < room)
		room = bytes->len;
	for (size_t i = 0; i < room; i++)
		buf_add_byte(out, bytes->data[i] == 0 ? ' ' : bytes->data[i]);
	g_object_unref(mem);
}

static bool
plain_ascii(const struct buf *raw)
{
	for (size_t i = 0; i < raw->len; i++)
		if (raw->data[i] >= 0x80)
			return false;
	return true;
}

/* In UTF-8 and lower case; as it is where nobody knows its charset. */
static void
to_low(GMimePart *part, struct buf *raw)
{
	const char *charset = g_mime_object_get_content_type_parameter(
	    GMIME_OBJECT(part), "charset");
	GMimeFilter *filter;
	char *out;
	char *low;
	size_t len;
	size_t prespace;

	if (charset == NULL || raw->len == 0 ||
	    (plain_ascii(raw) && strncasecmp(charset, "iso-2022", 8) != 0 &&
		strncasecmp(charset, "utf-7", 5) != 0))
		return;
	filter = g_mime_filter_charset_new(charset, "utf-8");
	if (filter == NULL)
		return;
	g_mime_filter_complete(
	    filter, (char *)raw->data, raw->len, 0, &out, &len, &prespace);
	low = g_utf8_strdown(out, (gssize)len);
	len = strlen(low);
	buf_reset(raw);
	buf_add(raw, low, len < raw->max ? len : raw->max);
	g_free(low);
	g_object_unref(filter);
}

/* Lower case ASCII, runs of blanks as one, and nothing between < and >. */
static void
add_text(struct buf *out, const struct buf *in, bool html)
{
	bool tag = false;
	bool blank = true;

	for (size_t i = 0; i < in->len && out->len < out->max; i++) {
		uint8_t c = in->data[i];

		if (html && (c == '<' || tag)) {
			tag = c != '>';
			c = ' ';
		}
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			if (!blank)
				buf_add_byte(out, ' ');
			blank = true;
			continue;
		}
		blank = false;
		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c + 32);
		buf_add_byte(out, c);
	}
}

static void
read_text(struct facts *f, GMimePart *part, bool html)
{
	buf_auto struct buf raw = {0};

	if (f->text.len >= f->text.max)
		return;
	buf_init(&raw, FACTS_TEXT_MAX * 4);
	add_content(part, &raw);
	to_low(part, &raw);
	add_text(&f->text, &raw, html);
	if (f->text.len < f->text.max)
		buf_add_byte(&f->text, ' ');
}

static void
read_status(struct facts *f, GMimePart *part)
{
	buf_auto struct buf raw = {0};

	f->has_delivery_status = true;
	buf_init(&raw, REPORT_TEXT_MAX);
	add_content(part, &raw);
	if (raw.len > 0 && f->report.action == REPORT_NONE)
		report_read((const char *)raw.data, &f->report);
}

/* RFC 2046 forbids it, but some encode what they send back. */
static void
read_back(struct facts *f, GMimeObject *o)
{
	f->has_returned = true;
	if (!GMIME_IS_PART(o))
		return;
	switch (g_mime_part_get_content_encoding(GMIME_PART(o))) {
	case GMIME_CONTENT_ENCODING_BASE64:
	case GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE:
		add_content(GMIME_PART(o), &f->back);
		break;
	default:
		break;
	}
}

static void
look_at_message(struct facts *f, GMimeObject *o, const char *subtype)
{
	if (strcasecmp(subtype, "delivery-status") == 0 ||
	    strcasecmp(subtype, "global-delivery-status") == 0) {
		if (GMIME_IS_PART(o))
			read_status(f, GMIME_PART(o));
	} else if (strcasecmp(subtype, "disposition-notification") == 0 ||
		   strcasecmp(subtype, "global-disposition-notification") ==
		       0) {
		f->has_disposition = true;
	} else if (strcasecmp(subtype, "feedback-report") == 0) {
		f->has_feedback = true;
	} else if (strcasecmp(subtype, "rfc822") == 0 ||
		   strcasecmp(subtype, "global") == 0 ||
		   strcasecmp(subtype, "global-headers") == 0 ||
		   strcasecmp(subtype, "partial") == 0) {
		read_back(f, o);
	}
}

static void
look_at_application(struct facts *f, const char *subtype)
{
	if (strncasecmp(subtype, "tlsrpt", 6) == 0)
		f->has_tls_report = true;
	if (strcasestr(subtype, "zip") != NULL)
		f->has_archive = true;
}

/* People attach appointments; what schedules one says how (RFC 6047, 2.4). */
static bool
only_attached(GMimeObject *o, GMimeContentType *type)
{
	const char *method = g_mime_content_type_get_parameter(type, "method");
	const char *how = g_mime_object_get_disposition(o);

	return how != NULL && strcasecmp(how, "attachment") == 0 &&
	       (method == NULL || strcasecmp(method, "publish") == 0);
}

static void
look_at(struct facts *f, GMimeObject *o)
{
	GMimeContentType *type = g_mime_object_get_content_type(o);
	const char *major = g_mime_content_type_get_media_type(type);
	const char *minor = g_mime_content_type_get_media_subtype(type);

	if (major == NULL || minor == NULL)
		return;
	if (strcasecmp(major, "multipart") == 0 &&
	    strcasecmp(minor, "report") == 0)
		f->is_report = true;
	else if (strcasecmp(major, "message") == 0)
		look_at_message(f, o, minor);
	else if (strcasecmp(major, "application") == 0)
		look_at_application(f, minor);
	if (strcasecmp(major, "text") != 0)
		return;
	if (strcasecmp(minor, "calendar") == 0 && only_attached(o, type))
		f->has_appointment = true;
	else if (strcasecmp(minor, "calendar") == 0)
		f->has_calendar = true;
	else if (strcasecmp(minor, "rfc822-headers") == 0)
		read_back(f, o);
	else if (GMIME_IS_PART(o))
		read_text(f, GMIME_PART(o), strcasecmp(minor, "html") == 0);
}

/*
 * Returned and forwarded messages are looked at from outside only: what a
 * mail carries says nothing about who sent it. Depth is bounded by the caller.
 */
static void
walk(struct facts *f, GMimeObject *o, unsigned depth)
{
	if (depth > f->depth)
		f->depth = depth;
	if (depth > CAPS_DEPTH_MAX || ++f->parts > CAPS_PARTS_MAX) {
		f->too_much = true;
		return;
	}
	look_at(f, o);
	if (GMIME_IS_MULTIPART(o)) {
		GMimeMultipart *m = GMIME_MULTIPART(o);
		int n = g_mime_multipart_get_count(m);

		for (int i = 0; i < n && !f->too_much; i++)
			walk(f, g_mime_multipart_get_part(m, i), depth + 1);
	}
}

/*
 * A multipart whose boundary is missing or wrong has no text part: then what
 * stands behind the header is its text.
 */
static void
read_raw(struct facts *f, const uint8_t *data, size_t len)
{
	buf_auto struct buf raw = {0};
	const char *body = memmem(data, len, "\n\n", 2);
	const char *crlf = memmem(data, len, "\r\n\r\n", 4);

	if (body == NULL || (crlf != NULL && crlf < body))
		body = crlf;
	if (body == NULL)
		return;
	len -= (size_t)(body - (const char *)data);
	buf_init(&raw, FACTS_TEXT_MAX);
	for (size_t i = 0; i < len && raw.len < raw.max; i++)
		buf_add_byte(&raw, body[i] == '\0' ? ' ' : (uint8_t)body[i]);
	add_text(&f->text, &raw, false);
	f->broken = true;
}

/* ---- the whole ----------------------------------------------------------- */

/* Where the encoded word at WORD ends, or NULL. RFC 2047, section 2. */
static const char *
word_end(const char *word)
{
	const char *at = strchr(word + 2, '?');

	if (at == NULL || at[1] == '\0' || at[2] != '?')
		return NULL;
	at = strstr(at + 3, "?=");
	return at == NULL ? NULL : at + 2;
}

/*
 * GMime decodes words of one charset as if they were one, and stops at the
 * padding of the first; here each is decoded by itself.
 */
static char *
word_by_word(const char *raw)
{
	GString *out = g_string_new(NULL);
	const char *word;

	while ((word = strstr(raw, "=?")) != NULL) {
		const char *end = word_end(word);
		char *one;
		char *plain;

		if (end == NULL)
			break;
		if (raw + strspn(raw, " \t\r\n") != word)
			g_string_append_len(out, raw, word - raw);
		one = g_strndup(word, (gsize)(end - word));
		plain = g_mime_utils_header_decode_text(NULL, one);
		g_string_append(out, plain);
		g_free(plain);
		g_free(one);
		raw = end;
	}
	g_string_append(out, raw);
	return g_string_free(out, FALSE);
}

/* Is there padding, "=?=", before the next word? */
static bool
pads_inside(const char *raw)
{
	while ((raw = strstr(raw, "=?=")) != NULL) {
		raw += 3;
		if (strncmp(raw + strspn(raw, " \t\r\n"), "=?", 2) == 0)
			return true;
	}
	return false;
}

static char *
subject_of(GMimeMessage *m)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(m));
	GMimeHeader *h = g_mime_header_list_get_header(list, "Subject");
	const char *raw = h == NULL ? NULL : g_mime_header_get_raw_value(h);
	const char *subject;

	if (raw != NULL && pads_inside(raw))
		return word_by_word(raw);
	subject = g_mime_message_get_subject(m);
	return g_strdup(subject == NULL ? "" : subject);
}

static char *
plain_subject(GMimeMessage *m)
{
	char *subject = subject_of(m);
	char *valid = g_utf8_make_valid(subject, -1);
	char *low = g_utf8_strdown(valid, -1);
	char *to = low;

	for (const char *at = low; *at != '\0'; at++) {
		bool blank = (unsigned char)*at <= ' ';

		if (blank && (to == low || to[-1] == ' '))
			continue;
		*to++ = blank ? ' ' : *at;
	}
	*to = '\0';
	g_free(valid);
	g_free(subject);
	return low;
}

static char *
from_address(GMimeMessage *m)
{
	InternetAddressList *list = g_mime_message_get_from(m);
	int n = list == NULL ? 0 : internet_address_list_length(list);

	for (int i = 0; i < n; i++) {
		InternetAddress *a = internet_address_list_get_address(list, i);
		const char *addr;

		if (!INTERNET_ADDRESS_IS_MAILBOX(a))
			continue;
		addr = internet_address_mailbox_get_addr(
		    INTERNET_ADDRESS_MAILBOX(a));
		if (addr != NULL)
			return g_ascii_strdown(addr, -1);
	}
	return g_strdup("");
}

static GMimeMessage *
parse(const uint8_t *data, size_t len)
{
	GMimeStream *stream =
	    g_mime_stream_mem_new_with_buffer((const char *)data, len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *m;

	g_mime_parser_set_persist_stream(parser, false);
	m = g_mime_parser_construct_message(parser, NULL);
	g_object_unref(parser);
	g_object_unref(stream);
	return m;
}

/*
 * As programs that deliver write it: nothing, qmail's of a double bounce, or
 * what sendmail puts in place of it.
 */
static bool
return_path_null(const struct facts *f)
{
	static const char *const nobody[] = {"mailer-daemon", "#@[]"};
	const char *v = facts_header(f, "Return-Path");

	if (v == NULL)
		return false;
	v += strspn(v, " \t<");
	if (*v == '\0' || *v == '>')
		return true;
	for (size_t i = 0; i < PN_ARRAY_LEN(nobody); i++)
		if (strncasecmp(v, nobody[i], strlen(nobody[i])) == 0)
			return true;
	return false;
}

int
facts_read(const struct trace_own *own,
    const struct classify_envelope *envelope, const uint8_t *data, size_t len,
    struct facts *f_r)
{
	GMimeObject *top;

	*f_r = (struct facts){
	    .own = own,
	    .null_sender = envelope->null_sender,
	    .to_bounce = envelope->to_bounce,
	};
	buf_init(&f_r->text, FACTS_TEXT_MAX);
	buf_init(&f_r->back, FACTS_BACK_MAX);
	f_r->message = parse(data, len);
	if (f_r->message == NULL)
		return -EBADMSG;
	f_r->subject = plain_subject(f_r->message);
	f_r->from = from_address(f_r->message);
	if (envelope->unknown) {
		f_r->null_sender =
		    envelope->null_sender || return_path_null(f_r);
		f_r->sender_unknown = facts_header(f_r, "Return-Path") == NULL;
	}
	top = g_mime_message_get_mime_part(f_r->message);
	if (top != NULL)
		walk(f_r, top, 1);
	if (f_r->text.len == 0 && GMIME_IS_MULTIPART(top))
		read_raw(f_r, data, len);
	return 0;
}

void
facts_fini(struct facts *f)
{
	if (f->message != NULL)
		g_object_unref(f->message);
	g_free(f->subject);
	g_free(f->from);
	buf_fini(&f->text);
	buf_fini(&f->back);
	*f = (struct facts){0};
}
