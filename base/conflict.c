/* SPDX-License-Identifier: Apache-2.0 */

#include "base/conflict.h"

#include <string.h>
#include <strings.h>

/* mailbox+r-TOKEN in the 64 bytes of a local part (RFC 5321, 4.5.3.1.1) */
#define TOKEN_LEN 37
#define MAILBOX_MAX (64 - 1 - 2 - TOKEN_LEN)

static bool
is_loopback(const char *host)
{
	return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0 ||
	       strcmp(host, "localhost") == 0;
}

/*
 * Mail to the fixed sender is looked at for bounces and dropped. One of the
 * reply domain cannot be led elsewhere; people must not write to it.
 */
static bool
is_answered_in_silence(const struct settings *s)
{
	const char *at = strrchr(s->mail.from, '@');

	return s->mail.envelope_sender == SETTINGS_ENVELOPE_FIXED &&
	       s->mail.address_style == SETTINGS_STYLE_DOMAIN && at != NULL &&
	       strcasecmp(at + 1, s->mail.reply_domain) == 0 &&
	       strcasecmp(s->mail.from, s->mail.fixed_sender) == 0;
}

static int
check_mail(struct loader *l)
{
	const struct settings *s = l->s;
	int r = 0;

	if (s->mail.address_style == SETTINGS_STYLE_PLUS &&
	    (s->mail.mailbox[0] == '\0' ||
		strcspn(s->mail.mailbox, "@+") > MAILBOX_MAX ||
		strchr(s->mail.mailbox, '+') != NULL))
		r = loader_error(l, loader_origin(l, "mail", "mailbox"),
		    "mail.mailbox: expected, with address-style = plus, an "
		    "address with at most %d characters before the @ and no "
		    "+, found \"%s\"",
		    MAILBOX_MAX, s->mail.mailbox);
	if (r == 0 && s->mail.envelope_sender == SETTINGS_ENVELOPE_FIXED &&
	    s->mail.fixed_sender[0] == '\0')
		r = loader_error(l, loader_origin(l, "mail", "envelope-sender"),
		    "mail.fixed-sender: expected an e-mail address with "
		    "envelope-sender = fixed, found nothing");
	if (r == 0 && is_answered_in_silence(s))
		r = loader_error(l, loader_origin(l, "mail", "fixed-sender"),
		    "mail.fixed-sender: expected another address than "
		    "mail.from, which people answer, as all mail to "
		    "mail.reply-domain is dropped, found \"%s\"",
		    s->mail.fixed_sender);
	return r;
}

static int
check_relay(struct loader *l)
{
	const struct settings *s = l->s;

	if (s->relay.tls != SETTINGS_TLS_NONE || is_loopback(s->relay.host))
		return 0;
	return loader_error(l, loader_origin(l, "relay", "tls"),
	    "relay.tls: expected starttls or implicit, found \"none\" with a "
	    "host other than 127.0.0.1, ::1 or localhost");
}

/* What KEY must be for the mailbox to be read, if it is still nothing. */
static int
want_mailbox(
    struct loader *l, const char *key, const char *value, const char *with)
{
	if (value[0] != '\0')
		return 0;
	return loader_error(l, loader_origin(l, "mailbox", "host"),
	    "mailbox.%s: expected something with %s, found nothing", key, with);
}

static int
check_oauth(struct loader *l)
{
	const struct settings *s = l->s;
	bool device = s->mailbox.grant == SETTINGS_GRANT_DEVICE;
	int r = want_mailbox(
	    l, "token-endpoint", s->mailbox.token_endpoint, "login = oauth");

	if (r == 0)
		r = want_mailbox(
		    l, "client-id", s->mailbox.client_id, "login = oauth");
	if (r == 0)
		r = want_mailbox(l, "scope", s->mailbox.scope, "login = oauth");
	if (r == 0 && device)
		r = want_mailbox(l, "device-endpoint",
		    s->mailbox.device_endpoint, "grant = device");
	return r;
}

static int
check_mailbox(struct loader *l)
{
	const struct settings *s = l->s;
	int r;

	if (s->mailbox.host[0] == '\0')
		return 0;
	r = want_mailbox(l, "user", s->mailbox.user, "mailbox.host");
	/* INBOX in any case, with some servers all names (RFC 3501, 5.1) */
	if (r == 0 && s->mailbox.after == SETTINGS_AFTER_MOVE &&
	    strcasecmp(s->mailbox.folder, s->mailbox.processed_folder) == 0)
		r = loader_error(l,
		    loader_origin(l, "mailbox", "processed-folder"),
		    "mailbox.processed-folder: expected another folder than "
		    "mailbox.folder, found the same");
	if (r == 0 && s->mailbox.login == SETTINGS_LOGIN_OAUTH)
		r = check_oauth(l);
	return r;
}

static int
check_limits(struct loader *l)
{
	const struct settings *s = l->s;
	int r = 0;

	if (s->limits.session_idle > s->limits.session_absolute)
		r = loader_error(l, loader_origin(l, "limits", "session-idle"),
		    "limits.session-idle: expected at most "
		    "limits.session-absolute, found more");
	if (r == 0 &&
	    s->limits.attachment_bytes > s->limits.attachment_bytes_per_hour)
		r = loader_error(l,
		    loader_origin(l, "limits", "attachment-bytes-per-hour"),
		    "limits.attachment-bytes-per-hour: expected at least "
		    "limits.attachment-bytes, found less");
	return r;
}

static int
check_required(struct loader *l, const struct schema_kind *kind, size_t item)
{
	const struct loader_item *at = &l->items[kind - schema_kinds][item];
	int r = 0;

	for (size_t i = 0; r == 0 && i < kind->n_rows; i++) {
		const struct setting *row = &kind->rows[i];

		/* a value that was refused has its own error */
		if (setting_required(row) && at->keys[i].line == 0)
			r = loader_error(l, at->section,
			    "%s %s.%s: expected %s, found nothing", kind->word,
			    schema_name(kind, l->s, item), row->key,
			    row->rule->expected);
	}
	return r;
}

static int
check_items(struct loader *l)
{
	int r = 0;

	for (size_t k = 0; k < SCHEMA_KINDS; k++)
		for (size_t i = 0;
		     r == 0 && i < schema_count(&schema_kinds[k], l->s); i++)
			r = check_required(l, &schema_kinds[k], i);
	return r;
}

/* By its user a peer is told from another, so no two may share one. */
static int
check_user(struct loader *l, size_t i)
{
	const struct settings *s = l->s;
	const struct settings_frontend *f = &s->frontends[i];
	const struct schema_kind *kind = &schema_kinds[SCHEMA_FRONTEND];
	const struct setting *row =
	    schema_find(kind->rows, kind->n_rows, kind->word, "user");
	struct origin at = l->items[SCHEMA_FRONTEND][i].keys[row - kind->rows];
	int r = 0;

	if (f->user[0] == '\0')
		return 0;
	if (strcmp(f->user, s->sockets.web_user) == 0)
		r = loader_error(l, at,
		    "frontend %s.user: expected a user of its own, found "
		    "\"%s\", the reverse proxy's (sockets.web-user)",
		    f->name, f->user);
	for (size_t j = 0; r == 0 && j < i; j++)
		if (strcmp(f->user, s->frontends[j].user) == 0)
			r = loader_error(l, at,
			    "frontend %s.user: expected a user of its own, "
			    "found \"%s\", that of frontend %s",
			    f->name, f->user, s->frontends[j].name);
	return r;
}

static int
check_users(struct loader *l)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->s->n_frontends; i++)
		r = check_user(l, i);
	return r;
}

/* Two words for one thing, and which of them holds? */
static int
check_languages(struct loader *l)
{
	const struct settings *s = l->s;
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n_words; i++)
		if (strcasecmp(s->words[i].language, s->practice.language) == 0)
			r = loader_error(l, l->items[SCHEMA_WORDS][i].section,
			    "[practice %s]: expected a language other than "
			    "practice.language, whose words stand in "
			    "[practice]",
			    s->words[i].language);
	return r;
}

int
conflict_check(struct loader *l)
{
	static int (*const checks[])(struct loader *) = {check_mail,
	    check_relay, check_mailbox, check_limits, check_items, check_users,
	    check_languages};
	int r = 0;

	for (size_t i = 0; r == 0 && i < PN_ARRAY_LEN(checks); i++)
		r = checks[i](l);
	return r;
}
