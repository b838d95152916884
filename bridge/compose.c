/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/compose.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <gmime/gmime.h>

#define LINE_MAX_BYTES 998 /* RFC 5322, section 2.1.1 */
#define LINE_PLAIN_MAX 200 /* above this, quoted-printable breaks lines */
#define MESSAGE_ID_MAX 80
#define NAME_MAX_BYTES 200
#define HEADER_MAX 320

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeMessage, g_object_unref)

bool
compose_wire_safe(const uint8_t *data, size_t len)
{
	size_t line = 0;

	if (len < 2 || data[len - 2] != '\r' || data[len - 1] != '\n')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\r') {
			if (i + 1 >= len || data[i + 1] != '\n')
				return false;
			i++;
			line = 0;
			continue;
		}
		if (data[i] == '\n' || data[i] == 0 || data[i] > 0x7e)
			return false;
		if (data[i] < ' ' && data[i] != '\t')
			return false;
		if (++line > LINE_MAX_BYTES)
			return false;
	}
	return true;
}

static bool
message_id_valid(const char *id)
{
	size_t len = strlen(id);

	if (len == 0 || len > MESSAGE_ID_MAX || id[0] == '.' ||
	    id[len - 1] == '.' || strstr(id, "..") != NULL)
		return false;
	return strspn(id, "abcdefghijklmnopqrstuvwxyz"
			  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == len;
}

/* The envelope: where bounces go. Nothing answers a prompt: null sender. */
static int
sender_build(const struct compose_identity *identity,
    const struct compose_notice *notice, char out[static ADDRESS_MAX + 1])
{
	out[0] = '\0';
	if (notice->kind == TEMPLATE_PROMPT || notice->bounce[0] == '\0')
		return 0;
	if (identity->fixed_sender != NULL) {
		if (!address_valid(identity->fixed_sender))
			return -EINVAL;
		memcpy(out, identity->fixed_sender,
		    strlen(identity->fixed_sender) + 1);
		return 0;
	}
	return address_build(
	    &identity->style, ADDRESS_BOUNCE, notice->bounce, out);
}

/* ---- headers ------------------------------------------------------------ */

/* One line of valid UTF-8 without control characters; to g_free(). */
static char *
header_text(const char *text)
{
	char *s = g_utf8_make_valid(text, -1);

	for (char *c = s; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	if (strlen(s) > NAME_MAX_BYTES) {
		char *end = g_utf8_find_prev_char(s, s + NAME_MAX_BYTES);

		*(end == NULL ? s : end) = '\0';
	}
	return s;
}

static void
add_from(GMimeMessage *m, const struct compose_identity *identity,
    const struct compose_notice *notice)
{
	const char *name = identity->from_name;
	g_autofree char *text = NULL;
	InternetAddress *from;

	if (name == NULL)
		name = notice->values.practice_name;
	text = header_text(name == NULL ? "" : name);
	from = internet_address_mailbox_new(
	    text[0] == '\0' ? NULL : text, identity->from);
	internet_address_set_charset(from, "utf-8");
	internet_address_list_add(g_mime_message_get_from(m), from);
	g_object_unref(from);
}

static void
add_date(GMimeMessage *m, int64_t ms)
{
	GDateTime *date = g_date_time_new_from_unix_utc(ms / 1000);

	if (date == NULL)
		return;
	g_mime_message_set_date(m, date);
	g_date_time_unref(date);
}

/*
 * X-Auto-Response-Suppress is what Exchange obeys instead of RFC 3834. Our
 * own header carries the bounce token for relays that rewrite the envelope.
 */
static void
add_automatic(GMimeMessage *m, const struct compose_notice *notice)
{
	bool prompt = notice->kind == TEMPLATE_PROMPT;
	char own[ADDRESS_LABELLED_MAX + 1] = "prompt";
	GMimeObject *o = GMIME_OBJECT(m);

	if (notice->bounce[0] != '\0')
		(void)snprintf(own, sizeof(own), "b-%s", notice->bounce);
	g_mime_object_set_header(o, "Auto-Submitted",
	    prompt ? "auto-replied" : "auto-generated", "us-ascii");
	g_mime_object_set_header(
	    o, "X-Auto-Response-Suppress", "All", "us-ascii");
	g_mime_object_set_header(o, COMPOSE_OWN_HEADER, own, "us-ascii");
}

static int
add_headers(GMimeMessage *m, const struct template_set *templates,
    const struct compose_identity *identity,
    const struct compose_notice *notice)
{
	char reply[ADDRESS_MAX + 1];
	char id[HEADER_MAX];
	buf_auto struct buf subject = {0};
	g_autofree char *text = NULL;
	int r;

	buf_init(&subject, TEMPLATE_OUT_MAX);
	r = template_render(templates, notice->language, notice->kind,
	    TEMPLATE_SUBJECT, &notice->values, &subject);
	if (r == 0 && notice->reply[0] != '\0')
		r = address_build(
		    &identity->style, ADDRESS_REPLY, notice->reply, reply);
	if (r < 0)
		return r;
	text = header_text((const char *)subject.data);
	add_from(m, identity, notice);
	g_mime_message_add_mailbox(m, GMIME_ADDRESS_TYPE_TO, NULL, notice->to);
	if (notice->reply[0] != '\0')
		g_mime_message_add_mailbox(
		    m, GMIME_ADDRESS_TYPE_REPLY_TO, NULL, reply);
	g_mime_message_set_subject(m, text, "utf-8");
	add_date(m, notice->date);
	(void)snprintf(id, sizeof(id), "%s@%s", notice->message_id,
	    address_domain(identity->from));
	g_mime_message_set_message_id(m, id);
	add_automatic(m, notice);
	return 0;
}

/* ---- body --------------------------------------------------------------- */

static bool
is_plain(const struct buf *text)
{
	size_t line = 0;

	for (size_t i = 0; i < text->len; i++) {
		line = text->data[i] == '\n' ? 0 : line + 1;
		if (text->data[i] > 0x7e || line > LINE_PLAIN_MAX)
			return false;
	}
	return true;
}

/* A GMimePart, as GMimeTextPart would choose a charset by itself. */
static GMimeObject *
part_new(const char *subtype, const struct buf *text)
{
	GMimePart *part = g_mime_part_new_with_type("text", subtype);
	GMimeStream *stream =
	    g_mime_stream_mem_new_with_buffer((char *)text->data, text->len);
	GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(
	    stream, GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_object_set_content_type_parameter(
	    GMIME_OBJECT(part), "charset", "utf-8");
	g_mime_part_set_content_encoding(
	    part, is_plain(text) ? GMIME_CONTENT_ENCODING_7BIT
				 : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	g_mime_part_set_content(part, content);
	g_object_unref(content);
	g_object_unref(stream);
	return GMIME_OBJECT(part);
}

static int
add_body(GMimeMessage *m, const struct template_set *templates,
    const struct compose_notice *notice)
{
	static const struct {
		enum template_part part;
		const char *subtype;
	} parts[] = {{TEMPLATE_TEXT, "plain"}, {TEMPLATE_HTML, "html"}};
	GMimeMultipart *both = g_mime_multipart_new_with_subtype("alternative");
	char boundary[MESSAGE_ID_MAX + 16];
	int r = 0;

	/* '=' and '_' together occur in no quoted-printable line */
	(void)snprintf(boundary, sizeof(boundary), "=_%s", notice->message_id);
	g_mime_multipart_set_boundary(both, boundary);
	for (size_t i = 0; r == 0 && i < PN_ARRAY_LEN(parts); i++) {
		buf_auto struct buf text = {0};
		GMimeObject *part;

		buf_init(&text, TEMPLATE_OUT_MAX);
		r = template_render(templates, notice->language, notice->kind,
		    parts[i].part, &notice->values, &text);
		if (r < 0)
			break;
		part = part_new(parts[i].subtype, &text);
		g_mime_multipart_add(both, part);
		g_object_unref(part);
	}
	g_mime_message_set_mime_part(m, GMIME_OBJECT(both));
	g_object_unref(both);
	return r;
}

static int
write_out(GMimeMessage *m, struct buf *out)
{
	GMimeFormatOptions *options = g_mime_format_options_new();
	GMimeStream *stream = g_mime_stream_mem_new();
	GByteArray *bytes;
	int r = 0;

	g_mime_format_options_set_newline_format(
	    options, GMIME_NEWLINE_FORMAT_DOS);
	if (g_mime_object_write_to_stream(GMIME_OBJECT(m), options, stream) < 0)
		r = -ENOMEM;
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	if (r == 0) {
		buf_add(out, bytes->data, bytes->len);
		if (bytes->len < 2 || bytes->data[bytes->len - 1] != '\n')
			buf_add_str(out, "\r\n");
		r = buf_error(out);
	}
	g_object_unref(stream);
	g_mime_format_options_free(options);
	return r;
}

int
compose(const struct template_set *templates,
    const struct compose_identity *identity,
    const struct compose_notice *notice, struct composed *c_r)
{
	g_autoptr(GMimeMessage) m = NULL;
	int r;

	*c_r = (struct composed){0};
	buf_init(&c_r->mail, COMPOSE_MAIL_MAX);
	if (!address_valid(notice->to) || !address_valid(identity->from) ||
	    !message_id_valid(notice->message_id))
		return -EINVAL;
	memcpy(c_r->recipient, notice->to, strlen(notice->to) + 1);
	r = sender_build(identity, notice, c_r->sender);
	if (r < 0)
		return r;
	m = g_mime_message_new(true);
	r = add_headers(m, templates, identity, notice);
	if (r == 0)
		r = add_body(m, templates, notice);
	if (r == 0)
		r = write_out(m, &c_r->mail);
	if (r == 0 && !compose_wire_safe(c_r->mail.data, c_r->mail.len))
		r = -EILSEQ;
	return r;
}

void
composed_fini(struct composed *c)
{
	buf_fini(&c->mail);
}
