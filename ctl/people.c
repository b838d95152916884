/* SPDX-License-Identifier: Apache-2.0 */

#include "ctl/people.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include <sodium.h>
#include "base/buf.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "ctl/ask.h"
#include "ctl/daemon.h"
#include "ctl/table.h"

#define IMAGE_MAX 32768

static int
no_memory(struct ctl *ctl)
{
	(void)fprintf(ctl->err, "posternctl: out of memory\n");
	return EX_OSERR;
}

/* Arguments are the terminal's bytes: posternd takes UTF-8 only. */
static int
check_text(struct ctl *ctl, const char *what, const char *text)
{
	if (utf8_valid(text, strlen(text)) &&
	    !utf8_has_control(text, strlen(text)))
		return EX_OK;
	(void)fprintf(ctl->err,
	    "posternctl: %s must be UTF-8 text without control characters\n",
	    what);
	return EX_DATAERR;
}

static int
add_texts(struct ctl *ctl, json_t *body)
{
	static const struct {
		enum arg arg;
		const char *field;
	} fields[] = {
	    {ARG_EXTERNAL_ID, "external_id"},
	    {ARG_ROLE, "role"},
	    {ARG_NAME, "name"},
	    {ARG_LANGUAGE, "language"},
	    {ARG_TIME_ZONE, "time_zone"},
	    {ARG_CREDENTIALS, "credentials"},
	    {ARG_LOGIN, "login"},
	};
	const struct args *a = &ctl->args;

	for (size_t i = 0; i < PN_ARRAY_LEN(fields); i++) {
		const char *text = a->value[fields[i].arg];
		char what[32];

		if (text == NULL)
			continue;
		(void)snprintf(
		    what, sizeof(what), "--%s", args_name(fields[i].arg));
		if (check_text(ctl, what, text) != EX_OK)
			return EX_DATAERR;
		if (json_object_set_new(
			body, fields[i].field, json_string(text)) != 0)
			return no_memory(ctl);
	}
	return EX_OK;
}

static int
add_addresses(struct ctl *ctl, json_t *body)
{
	json_t *list;

	if (ctl->args.n_addresses == 0)
		return EX_OK;
	list = json_array();
	if (json_object_set_new(body, "addresses", list) != 0)
		return no_memory(ctl);
	for (size_t i = 0; i < ctl->args.n_addresses; i++) {
		const char *address = ctl->args.addresses[i];

		if (check_text(ctl, "--address", address) != EX_OK)
			return EX_DATAERR;
		if (json_array_append_new(list, json_string(address)) != 0)
			return no_memory(ctl);
	}
	return EX_OK;
}

static int
add_passphrase(struct ctl *ctl, json_t *body)
{
	secret_auto struct secret s = {0};
	json_t *text;
	int r;

	if (!args_given(&ctl->args, ARG_LOGIN))
		return EX_OK;
	r = ask_passphrase(ctl->in, ctl->err, &s);
	if (r == ASK_NOTHING)
		(void)fprintf(ctl->err,
		    "posternctl: --login wants a passphrase on standard "
		    "input\n");
	else if (r == ASK_TOO_LONG)
		(void)fprintf(ctl->err,
		    "posternctl: the passphrase is longer than %d bytes\n",
		    ASK_LEN_MAX);
	else if (r == ASK_DIFFERENT)
		(void)fprintf(ctl->err, "posternctl: the two differ\n");
	else if (r < 0)
		(void)fprintf(ctl->err, "posternctl: %s\n", strerror(-r));
	if (r != 0)
		return r < 0 ? EX_OSERR : EX_DATAERR;
	text = json_stringn(secret_text(&s), s.len);
	if (text == NULL) {
		(void)fprintf(
		    ctl->err, "posternctl: the passphrase must be UTF-8\n");
		return EX_DATAERR;
	}
	return json_object_set_new(body, "passphrase", text) == 0
		   ? EX_OK
		   : no_memory(ctl);
}

/* Sends BODY, then prints the reply as JSON, or leaves it to the caller. */
static int
call(struct ctl *ctl, const char *method, const char *target, json_t *body,
    struct client_reply *reply_r)
{
	client_auto struct client *c = NULL;
	int code = daemon_open(ctl, &c);

	if (code == EX_OK)
		code = daemon_call(ctl, c, method, target, body, reply_r);
	if (code == EX_OK && args_given(&ctl->args, ARG_JSON))
		code = daemon_print_json(ctl->out, reply_r->body);
	return code;
}

static void
print_text(FILE *out, const char *text)
{
	buf_auto struct buf b = {0};

	buf_init(&b, 4096);
	if (text != NULL)
		utf8_add_visible(&b, text, strlen(text));
	(void)fputs(b.len > 0 ? (char *)b.data : "-", out);
}

int
people_add(struct ctl *ctl)
{
	client_reply_auto struct client_reply reply = {0};
	json_auto json_t *body = json_object();
	int code = body == NULL ? no_memory(ctl) : add_texts(ctl, body);

	if (code == EX_OK)
		code = add_addresses(ctl, body);
	if (code == EX_OK)
		code = add_passphrase(ctl, body);
	if (code == EX_OK)
		code =
		    call(ctl, "POST", "/v1/admin/participants", body, &reply);
	if (code != EX_OK || args_given(&ctl->args, ARG_JSON))
		return code;
	(void)fputs("added ", ctl->out);
	print_text(ctl->out, json_get_text(reply.body, "id"));
	(void)fputc('\n', ctl->out);
	return EX_OK;
}

/* "a@b, c@d (stopped)", or their number. */
static void
add_address_cell(struct table *t, json_t *addresses)
{
	buf_auto struct buf b = {0};
	size_t i;
	json_t *v;

	if (json_is_integer(addresses)) {
		table_addf(
		    t, "%" JSON_INTEGER_FORMAT, json_integer_value(addresses));
		return;
	}
	buf_init(&b, 4000);
	json_array_foreach(addresses, i, v)
	{
		const char *address = json_get_text(v, "address");
		const char *state = json_get_text(v, "state");

		buf_printf(&b, "%s%s", i == 0 ? "" : ", ",
		    address == NULL ? "?" : address);
		if (state != NULL && strcmp(state, "good") != 0)
			buf_printf(&b, " (%s)", state);
	}
	table_add(t, b.len > 0 ? (char *)b.data : NULL);
}

static int
print_people(struct ctl *ctl, json_t *items)
{
	static const char *const heads[] = {"ID", "ROLE", "STATE", "ACCOUNT",
	    "ADDRESSES", "EXTERNAL ID", "NAME", NULL};
	table_auto struct table *t = table_new(heads);
	size_t i;
	json_t *v;

	if (t == NULL)
		return no_memory(ctl);
	json_array_foreach(items, i, v)
	{
		table_add(t, json_get_text(v, "id"));
		table_add(t, json_get_text(v, "role"));
		table_add(t,
		    json_get_flag(v, "active", true) ? "active" : "disabled");
		table_add(t, json_get_text(v, "account"));
		add_address_cell(t, json_object_get(v, "addresses"));
		table_add(t, json_get_text(v, "external_id"));
		table_add(t, json_get_text(v, "name"));
	}
	return table_print(t, ctl->out) == 0 ? EX_OK : no_memory(ctl);
}

int
people_list(struct ctl *ctl)
{
	client_auto struct client *c = NULL;
	json_auto json_t *items = NULL;
	const char *target =
	    args_given(&ctl->args, ARG_SHOW_ADDRESSES)
		? "/v1/admin/participants?limit=100&addresses=1"
		: "/v1/admin/participants?limit=100";
	int code = daemon_open(ctl, &c);

	if (code == EX_OK)
		code = daemon_list(ctl, c, target, &items);
	if (code != EX_OK)
		return code;
	return args_given(&ctl->args, ARG_JSON)
		   ? daemon_print_items(ctl->out, items)
		   : print_people(ctl, items);
}

/* /v1/admin/participants/ID/ACTION of the operand ID: 0 or an exit code. */
static int
add_target(struct ctl *ctl, const char *action, struct buf *target)
{
	char *who = daemon_path_segment(ctl->args.words[0]);

	if (who != NULL)
		buf_printf(target, "/v1/admin/participants/%s/%s", who, action);
	free(who);
	if (target->len > 0 && buf_error(target) == 0)
		return EX_OK;
	(void)fprintf(ctl->err, "posternctl: that is no id\n");
	return EX_DATAERR;
}

int
people_disable(struct ctl *ctl)
{
	client_reply_auto struct client_reply reply = {0};
	json_auto json_t *body = json_object();
	buf_auto struct buf target = {0};
	int code;

	buf_init(&target, 4096);
	code = add_target(ctl, "disable", &target);
	if (code == EX_OK)
		code = call(ctl, "POST", (char *)target.data, body, &reply);
	if (code != EX_OK || args_given(&ctl->args, ARG_JSON))
		return code;
	(void)fputs("disabled ", ctl->out);
	print_text(ctl->out, json_get_text(reply.body, "id"));
	(void)fputs("; all its sessions have ended\n", ctl->out);
	return EX_OK;
}

/* What to do about a refusal, beside what posternd said. */
static void
print_code_advice(FILE *err, const struct client_reply *reply)
{
	const char *field = json_get_text(reply->body, "field");

	if (reply->status == 409)
		(void)fputs(
		    "With --reset they start again: sessions, passphrase, "
		    "second factor and\nrecovery codes end at once, and an "
		    "e-mail tells them.\n",
		    err);
	else if (field != NULL && strcmp(field, "addresses") == 0)
		(void)fputs(
		    "The other half, a link, goes by e-mail: they need an "
		    "address that works.\n",
		    err);
}

/* To a program the code alone, to a person also what to do with it. */
static void
print_code(struct ctl *ctl, json_t *body)
{
	print_text(ctl->out, json_get_text(body, "code"));
	(void)fputc('\n', ctl->out);
	if (isatty(fileno(ctl->out)) != 1)
		return;
	(void)fputs("Hand this code over in person or by telephone, never by "
		    "e-mail. It is not shown\nagain. With the link that they "
		    "get by e-mail it opens the account until\n",
	    ctl->out);
	print_text(ctl->out, json_get_text(body, "expires_at"));
	(void)fputs(".\n", ctl->out);
}

int
people_code(struct ctl *ctl)
{
	client_reply_auto struct client_reply reply = {0};
	json_auto json_t *body =
	    json_pack("{s:b}", "reset", args_given(&ctl->args, ARG_RESET));
	buf_auto struct buf target = {0};
	int code;

	if (body == NULL)
		return no_memory(ctl);
	buf_init(&target, 4096);
	code = add_target(ctl, "enrolment", &target);
	if (code != EX_OK)
		return code;
	code = call(ctl, "POST", (char *)target.data, body, &reply);
	if (code != EX_OK)
		print_code_advice(ctl->err, &reply);
	else if (!args_given(&ctl->args, ARG_JSON))
		print_code(ctl, reply.body);
	return code;
}

/* ---- a picture ------------------------------------------------------- */

/* All of standard input; 0 or an exit code. */
static int
read_image(struct ctl *ctl, struct buf *image)
{
	uint8_t part[4096];
	size_t n;

	if (isatty(fileno(ctl->in)) == 1) {
		(void)fputs("posternctl: give the image on standard input, as "
			    "in <face.png\n",
		    ctl->err);
		return EX_USAGE;
	}
	while (buf_error(image) == 0 &&
	       (n = fread(part, 1, sizeof(part), ctl->in)) > 0)
		buf_add(image, part, n);
	if (buf_error(image) == -EMSGSIZE) {
		(void)fprintf(ctl->err,
		    "posternctl: an image has at most %d bytes\n", IMAGE_MAX);
		return EX_DATAERR;
	}
	if (ferror(ctl->in) != 0) {
		(void)fputs(
		    "posternctl: standard input cannot be read\n", ctl->err);
		return EX_IOERR;
	}
	return buf_error(image) == 0 ? EX_OK : no_memory(ctl);
}

static json_t *
pack_image(const struct buf *image)
{
	static const int variant = sodium_base64_VARIANT_ORIGINAL;
	const size_t size = sodium_base64_encoded_len(image->len, variant);
	char *text = secret_malloc(size);
	json_t *body = NULL;

	if (text != NULL)
		body = json_pack("{s:s}", "image",
		    sodium_bin2base64(
			text, size, image->data, image->len, variant));
	secret_free(text);
	return body;
}

int
people_picture(struct ctl *ctl)
{
	client_reply_auto struct client_reply reply = {0};
	const bool remove = args_given(&ctl->args, ARG_REMOVE);
	json_auto json_t *body = NULL;
	buf_auto struct buf target = {0}, image = {0};
	int code;

	buf_init(&target, 4096);
	buf_init(&image, IMAGE_MAX);
	code = add_target(ctl, "picture", &target);
	if (code == EX_OK && !remove)
		code = read_image(ctl, &image);
	if (code != EX_OK)
		return code;
	body = remove ? json_pack("{s:n}", "image") : pack_image(&image);
	if (body == NULL)
		return no_memory(ctl);
	code = call(ctl, "PUT", (char *)target.data, body, &reply);
	if (code == EX_OK && !args_given(&ctl->args, ARG_JSON))
		(void)fputs(
		    remove ? "taken away\n" : "shown from now on\n", ctl->out);
	return code;
}

int
people_relate(struct ctl *ctl)
{
	client_reply_auto struct client_reply reply = {0};
	json_auto json_t *body = NULL;
	const char *const *words = ctl->args.words;
	const char *until;
	int code;

	if (check_text(ctl, "CLIENT", words[0]) != EX_OK ||
	    check_text(ctl, "PROVIDER", words[1]) != EX_OK)
		return EX_DATAERR;
	body = json_pack("{s:s, s:s, s:b, s:b}", "client", words[0], "provider",
	    words[1], "active", args_given(&ctl->args, ARG_END) ? 0 : 1,
	    "writable", args_given(&ctl->args, ARG_NO_WRITING) ? 0 : 1);
	if (body == NULL)
		return no_memory(ctl);
	code = call(ctl, "PUT", "/v1/admin/relations", body, &reply);
	if (code != EX_OK || args_given(&ctl->args, ARG_JSON))
		return code;
	(void)fputs("related since ", ctl->out);
	print_text(ctl->out, json_get_text(reply.body, "since"));
	until = json_get_text(reply.body, "until");
	if (until != NULL) {
		(void)fputs(", until ", ctl->out);
		print_text(ctl->out, until);
	}
	(void)fprintf(ctl->out, "; new messages: %s\n",
	    json_get_flag(reply.body, "writable", true) ? "yes" : "no");
	return EX_OK;
}
