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
 *	[frontend web]
 *	user = www-data
 *	rights = assert provision
 *
 * A value is the rest of its line, without the blanks around it; nothing
 * inside it is special. It may stand in "double quotes", which are taken off.
 * Keys, types, ranges and defaults are one table in settings.c, printed by
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

#define SETTINGS_FILE POSTERN_SYSCONFDIR "/postern.conf"
#define SETTINGS_FRONTENDS_MAX 16

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

enum {
	SETTINGS_RIGHT_ASSERT = 1,    /* may open sessions for people */
	SETTINGS_RIGHT_PROVISION = 2, /* may enrol and relate people */
};

enum {
	SETTINGS_ROLE_CLIENT = 1,
	SETTINGS_ROLE_PROVIDER = 2,
};

/* One [frontend NAME]: a local program that speaks to portal.sock. */
struct settings_frontend {
	char *name;
	char *user;     /* unix user: name or number */
	int64_t rights; /* SETTINGS_RIGHT_* */
	int64_t roles;  /* SETTINGS_ROLE_*: whom it may assert */
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
	} practice;
	struct {
		char *link; /* holds {id} once */
	} portal;
	struct {
		char *directory;
		char *key_file;
		int64_t map_size;
		int64_t reserve;
	} store;
	struct {
		char *portal;
		char *bridge;
		char *admin;
		char *lmtp;
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
		int64_t message_bytes;
		int64_t session_idle;
		int64_t session_absolute;
		int64_t posts_per_minute;
		int64_t connections_per_user;
		int64_t queue;
		int64_t login_workers;
		int64_t login_queue;
		int64_t inbound_bytes;
		int64_t prompt_per_day;
		int64_t prompt_per_week;
		int64_t recipients_per_second;
		int64_t token_days;
	} limits;
	struct {
		int64_t level; /* enum log_level */
	} log;
	struct settings_frontend *frontends;
	size_t n_frontends;
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
 * Every key with its help, type, range and default, in the form of a
 * configuration file in which all is commented out.
 */
void settings_describe(FILE *out);

#define settings_auto PN_CLEANUP(settings_free)
#define settings_errors_auto PN_CLEANUP(settings_errors_fini)
