/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The configuration all programs share: FILE, then the *.conf of the
 * directory "FILE.d" beside it (postern.conf.d/) in the order of their names.
 * A later file overrides an earlier one key by key.
 *
 *	# a comment, on a line of its own; so is a line that begins with ;
 *	[practice]
 *	name = Lakeside Clinic #2
 *	[frontend intake]
 *	user = intake
 *	rights = assert provision
 *
 * A value is the rest of its line, without the blanks around it; nothing
 * inside it is special. It may stand in "double quotes", which are taken off.
 * Keys, types, ranges and defaults are the tables in schema.c, printed by
 * settings_describe(). All errors of all files are collected, each as
 * "file:line: section.key: expected ..., found ...".
 *
 * The values hold no secret: passphrases and keys stand in files of their own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "base/attr.h"
#include "base/log.h"
#include "base/url.h"

#define SETTINGS_FILE POSTERN_SYSCONFDIR "/postern.conf"
/* Sections of one kind that have a name, such as [frontend NAME]. */
#define SETTINGS_NAMED_MAX 16
#define SETTINGS_LANGUAGES_MAX 16

enum settings_address_style {
	SETTINGS_STYLE_DOMAIN, /* r-TOKEN@reply-domain */
	SETTINGS_STYLE_PLUS,   /* mailbox+r-TOKEN@its domain */
};

enum settings_envelope {
	SETTINGS_ENVELOPE_TOKEN, /* b-TOKEN@..., one per notification */
	SETTINGS_ENVELOPE_FIXED, /* mail.fixed-sender, for relays that rewrite
				  */
};

enum settings_tls {
	SETTINGS_TLS_STARTTLS,
	SETTINGS_TLS_IMPLICIT,
	SETTINGS_TLS_NONE, /* loopback only; checked at load */
};

/* Of a mail in a mailbox that was dealt with. */
enum settings_after {
	SETTINGS_AFTER_MOVE,
	SETTINGS_AFTER_DELETE,
};

enum settings_login {
	SETTINGS_LOGIN_PASSWORD,
	SETTINGS_LOGIN_OAUTH,
};

enum settings_grant {
	SETTINGS_GRANT_DEVICE, /* somebody signs in (RFC 8628) */
	SETTINGS_GRANT_CLIENT, /* client credentials (RFC 6749, 4.4) */
};

enum settings_metadata {
	SETTINGS_METADATA_STRIP,
	SETTINGS_METADATA_KEEP,
};

enum settings_factor {
	SETTINGS_FACTOR_OPTIONAL,
	SETTINGS_FACTOR_REQUIRED,
};

enum {
	SETTINGS_RIGHT_ASSERT = 1,    /* may open sessions for people */
	SETTINGS_RIGHT_PROVISION = 2, /* may enrol and relate people */
	SETTINGS_RIGHT_FACTOR = 4,    /* checks second factors itself */
};

enum {
	SETTINGS_ROLE_CLIENT = 1,
	SETTINGS_ROLE_PROVIDER = 2,
	SETTINGS_ROLE_STAFF = 4,
};

/* One [frontend NAME]: a local program that speaks to portal.sock. */
struct settings_frontend {
	char *name;
	char *user;     /* unix user: name or number */
	int64_t rights; /* SETTINGS_RIGHT_* */
	int64_t roles;  /* SETTINGS_ROLE_*: whom it may assert */
};

/* One [menu NAME]: an entry of the portal's menu, above "Messages". */
struct settings_menu {
	char *name;
	char *label;
	char *url;      /* or a path of the portal's own host */
	char *language; /* only for people with this one; "": for all */
	int64_t roles;  /* SETTINGS_ROLE_*: for whom */
};

/* One [practice LANG]: what [practice] says, in another language. */
struct settings_words {
	char *language;
	char *emergency;
};

/*
 * Texts are never NULL; "" is "not set". Durations are milliseconds, sizes
 * bytes. int64_t members with an enum named beside them hold its values.
 */
struct settings {
	struct {
		char *name;
		char *phone;
		char *emergency;
		char *language;
		char *summary_to; /* "": nobody */
	} practice;
	struct {
		char *link;                   /* holds {id} once */
		char origin[URL_ORIGIN_SIZE]; /* of link; no key of its own */
		char **languages;             /* at least one; ends in NULL */
		char *appointments;
	} portal;
	struct {
		int64_t client_second_factor; /* enum settings_factor */
	} accounts;
	struct {
		int64_t metadata; /* enum settings_metadata */
		char *clamd;      /* its socket; "": nobody scans */
	} attachments;
	struct {
		char *directory;
		char *key_file;
		int64_t map_size;
		int64_t reserve;
	} store;
	struct {
		char *portal;
		char *web;
		char *bridge;
		char *admin;
		char *lmtp;
		char *lmtp_tcp; /* "": off */
		char *web_user;
		char *bridge_user;
		char *admin_user;
	} sockets;
	struct {
		char *from;
		char *from_name; /* "" : the practice's name */
		char *reply_domain;
		int64_t address_style; /* enum settings_address_style */
		char *mailbox;
		int64_t envelope_sender; /* enum settings_envelope */
		char *fixed_sender;
		char *maildir;         /* "": none */
		int64_t maildir_after; /* enum settings_after */
	} mail;
	struct {
		char *host;
		int64_t port;
		int64_t tls; /* enum settings_tls */
		char *ca_file;
		char *user;
		char *password_file;
		int64_t connections;
		int64_t timeout;
	} relay;
	struct {
		char *host; /* "": no mailbox is read */
		int64_t port;
		int64_t tls; /* enum settings_tls, never NONE */
		char *ca_file;
		char *user;
		int64_t login; /* enum settings_login */
		char *password_file;
		char *folder;
		int64_t after; /* enum settings_after */
		char *processed_folder;
		int64_t timeout;
		int64_t idle;
		int64_t poll;
		int64_t retry;
		int64_t grant; /* enum settings_grant */
		char *token_endpoint;
		char *device_endpoint;
		char *client_id;
		char *client_secret_file;
		char *scope;
		char *secret_expires; /* YYYY-MM-DD or "" */
	} mailbox;
	struct {
		int64_t message_bytes;
		int64_t attachment_bytes; /* of one file */
		int64_t message_attachments;
		int64_t attachment_bytes_per_hour; /* of one participant */
		int64_t session_idle;
		int64_t session_absolute;
		int64_t posts_per_minute;
		int64_t connections_per_user;
		int64_t web_connections;
		int64_t queue;
		int64_t login_workers;
		int64_t login_queue;
		int64_t inbound_bytes;
		int64_t prompt_per_day;
		int64_t prompt_per_week;
		int64_t returned_mails;
		int64_t returned_days;
		int64_t recipients_per_second;
		int64_t token_days;
	} limits;
	struct {
		int64_t level; /* enum log_level */
	} log;
	struct settings_frontend frontends[SETTINGS_NAMED_MAX];
	size_t n_frontends;
	struct settings_menu menu[SETTINGS_NAMED_MAX];
	size_t n_menu;
	struct settings_words words[SETTINGS_NAMED_MAX];
	size_t n_words;
};

/* Positive code of settings_load(). */
enum settings_code {
	SETTINGS_INVALID = 1, /* errors_r says why: exit 78 */
};

/* At most SETTINGS_ERRORS_MAX lines; the last one says if there were more. */
#define SETTINGS_ERRORS_MAX 100

struct settings_errors {
	char **lines;
	size_t n;
};

/*
 * FILE NULL: SETTINGS_FILE. A FILE that does not exist is an error, a missing
 * drop-in directory is not. 0, SETTINGS_INVALID, or -ENOMEM.
 * ERRORS_R starts as {0} and is released by settings_errors_fini().
 */
int settings_load(const char *file, struct settings **s_r,
    struct settings_errors *errors_r) PN_NODISCARD;
void settings_free(struct settings **s);
void settings_errors_fini(struct settings_errors *errors);

/*
 * What somebody in danger should do, in LANGUAGE or the nearest there is:
 * "es-MX" falls back to "es", then to the practice's own. NULL or "": that.
 */
const char *settings_emergency(const struct settings *s, const char *language);

/*
 * Every key with its help, type, range and default, in the form of a
 * configuration file in which all is commented out.
 */
void settings_describe(FILE *out);

#define settings_auto PN_CLEANUP(settings_free)
#define settings_errors_auto PN_CLEANUP(settings_errors_fini)
