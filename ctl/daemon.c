/* SPDX-License-Identifier: Apache-2.0 */

#include "ctl/daemon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "base/buf.h"
#include "base/json.h"
#include "base/utf8.h"
#include "ctl/check.h"

#define CALL_TIMEOUT_MS 30000
#define PAGES_MAX 100000

int
daemon_open(struct ctl *ctl, struct client **c_r)
{
	settings_auto struct settings *s = NULL;
	const char *path = ctl->args.value[ARG_SOCKET];
	int r;

	if (path == NULL) {
		r = check_load(ctl, &s);
		if (r != EX_OK)
			return r;
		path = s->sockets.admin;
	}
	ctl->socket = strdup(path);
	if (ctl->socket == NULL)
		return EX_OSERR;
	r = client_open(path, c_r);
	if (r == 0)
		return EX_OK;
	(void)fprintf(ctl->err, "posternctl: %s: %s\n", path, strerror(-r));
	return r == -ENAMETOOLONG ? EX_USAGE : EX_OSERR;
}

static int
not_reached(struct ctl *ctl, int error)
{
	const char *socket = ctl->socket;

	switch (error) {
	case -EACCES:
	case -EPERM:
		(void)fprintf(ctl->err,
		    "posternctl: you may not use %s.\nOnly root and members "
		    "of the socket's group may: ls -l %s\n",
		    socket, socket);
		return EX_NOPERM;
	case -ETIMEDOUT:
		(void)fprintf(ctl->err,
		    "posternctl: posternd did not answer in %d seconds. Try "
		    "again; then: journalctl -u posternd\n",
		    CALL_TIMEOUT_MS / 1000);
		return EX_TEMPFAIL;
	case -ECONNRESET:
		(void)fprintf(ctl->err,
		    "posternctl: the connection to posternd broke; whether it "
		    "did what was asked is not known. Look before trying "
		    "again.\n");
		return EX_TEMPFAIL;
	case -ENOMEM:
		(void)fprintf(ctl->err, "posternctl: out of memory\n");
		return EX_OSERR;
	default:
		(void)fprintf(ctl->err,
		    "posternctl: posternd cannot be reached at %s: %s\n"
		    "Is it running? systemctl status posternd\n",
		    socket, strerror(-error));
		return EX_UNAVAILABLE;
	}
}

static int
code_of_status(int status)
{
	switch (status) {
	case 401:
	case 403:
		return EX_NOPERM;
	case 408:
	case 429:
	case 503:
	case 507:
		return EX_TEMPFAIL;
	default:
		return status >= 400 && status < 500 ? EX_DATAERR
						     : EX_UNAVAILABLE;
	}
}

static int
refused(struct ctl *ctl, const struct client_reply *reply)
{
	const char *detail = client_reply_detail(reply);
	const char *field = json_get_text(reply->body, "field");
	buf_auto struct buf shown = {0};

	buf_init(&shown, 1 << 16);
	if (field != NULL) {
		utf8_add_visible(&shown, field, strlen(field));
		buf_add_str(&shown, ": ");
	}
	utf8_add_visible(&shown, detail, strlen(detail));
	(void)fprintf(ctl->err, "posternctl: %s (%d)\n",
	    shown.len > 0 ? (char *)shown.data : "posternd refused",
	    reply->status);
	return code_of_status(reply->status);
}

int
daemon_call(struct ctl *ctl, struct client *c, const char *method,
    const char *target, json_t *body, struct client_reply *reply_r)
{
	int r = client_call(c, method, target, body, CALL_TIMEOUT_MS, reply_r);

	if (r < 0)
		return not_reached(ctl, r);
	if (reply_r->status < 200 || reply_r->status > 299)
		return refused(ctl, reply_r);
	if (reply_r->body == NULL)
		return not_reached(ctl, -EPROTO);
	return EX_OK;
}

static int
next_target(const char *target, const json_t *next, struct buf *b)
{
	char *cursor = daemon_path_segment(json_string_value(next));

	if (cursor == NULL)
		return -ENOMEM;
	buf_reset(b);
	buf_printf(b, "%s&cursor=%s", target, cursor);
	free(cursor);
	return buf_error(b);
}

int
daemon_list(
    struct ctl *ctl, struct client *c, const char *target, json_t **items_r)
{
	json_auto json_t *items = json_array();
	buf_auto struct buf page = {0};

	buf_init(&page, 2048);
	buf_add_str(&page, target);
	for (int i = 0; items != NULL && i < PAGES_MAX; i++) {
		client_reply_auto struct client_reply reply = {0};
		const json_t *next;
		int code =
		    daemon_call(ctl, c, "GET", (char *)page.data, NULL, &reply);

		if (code != EX_OK)
			return code;
		if (json_array_extend(
			items, json_object_get(reply.body, "items")) != 0)
			return not_reached(ctl, -EPROTO);
		next = json_object_get(reply.body, "next");
		if (!json_is_string(next)) {
			*items_r = items;
			items = NULL;
			return EX_OK;
		}
		if (next_target(target, next, &page) < 0)
			break;
	}
	return not_reached(ctl, items == NULL ? -ENOMEM : -EPROTO);
}

static int
write_json(const char *data, size_t len, void *arg)
{
	return fwrite(data, 1, len, arg) == len ? 0 : -1;
}

int
daemon_print_json(FILE *out, json_t *j)
{
	/* escaped, so that no name can drive a terminal */
	if (json_dump_callback(
		j, write_json, out, JSON_INDENT(2) | JSON_ENSURE_ASCII) != 0 ||
	    fputc('\n', out) == EOF)
		return EX_IOERR;
	return EX_OK;
}

int
daemon_print_items(FILE *out, json_t *items)
{
	json_auto json_t *j = json_pack("{s:O}", "items", items);

	return j == NULL ? EX_OSERR : daemon_print_json(out, j);
}

char *
daemon_path_segment(const char *text)
{
	buf_auto struct buf b = {0};

	buf_init(&b, 4096);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || strchr("-_~", c) != NULL;

		if (plain)
			buf_add_byte(&b, c);
		else
			buf_printf(&b, "%%%02X", (unsigned)c);
	}
	return buf_error(&b) < 0 || b.len == 0 ? NULL : strdup((char *)b.data);
}
