/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "ctl/postfix.h"

#include <inttypes.h>
#include <string.h>
#include <sysexits.h>
#include "ctl/check.h"
#include "ctl/door.h"

#define QUEUE_DIRECTORY "/var/spool/postfix"
/* Postfix's own default of message_size_limit, and room for its headers. */
#define POSTFIX_SIZE INT64_C(10240000)
#define HEADER_ROOM 65536

/* The part of PATH below DIR, or NULL. */
static const char *
below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (strncmp(path, dir, len) != 0 || path[len] != '/')
		return NULL;
	return path + len + 1;
}

/* Debian's lmtp(8) lives in its queue directory and sees nothing else. */
static const char *
print_socket(FILE *out, const struct settings *s, const char *queue_directory)
{
	const char *path = below(s->sockets.lmtp, queue_directory);

	if (path != NULL)
		return path;
	path = "private/postern";
	(void)fprintf(out,
	    "#\n"
	    "# Postfix's lmtp(8) runs in a chroot and cannot see %s.\n"
	    "# Put the socket where it can:\n"
	    "# /etc/systemd/system/postern-bridge-lmtp.socket.d/postfix.conf\n"
	    "#\t[Socket]\n"
	    "#\tListenStream=\n"
	    "#\tListenStream=%s/%s\n"
	    "#\tSocketUser=postfix\n"
	    "#\tSocketGroup=root\n"
	    "#\tSocketMode=0600\n"
	    "# then: systemctl daemon-reload\n"
	    "#       systemctl restart postern-bridge-lmtp.socket "
	    "postern-bridge.service\n",
	    s->sockets.lmtp, queue_directory, path);
	return path;
}

static void
print_plus_pattern(FILE *out, const char *mailbox, const char *result)
{
	size_t len = strcspn(mailbox, "@");

	(void)fputs("#\t/^", out);
	door_print_pattern(out, mailbox, len);
	(void)fputs("\\+[rb]-[a-z2-7]+@", out);
	door_print_pattern(out, mailbox + len + 1, strlen(mailbox + len + 1));
	(void)fprintf(out, "$/ %s\n", result);
}

static void
print_plus_style(FILE *out, const struct settings *s, const char *path)
{
	char transport[256];

	(void)snprintf(transport, sizeof(transport), "lmtp:unix:%s", path);
	(void)fprintf(out,
	    "#\n# Answers come to plus addresses of %s.\n"
	    "# /etc/postfix/postern_transport\n",
	    s->mail.mailbox);
	print_plus_pattern(out, s->mail.mailbox, transport);
	(void)fprintf(out, "# /etc/postfix/postern_access\n");
	print_plus_pattern(out, s->mail.mailbox, "reject_unverified_recipient");
	(void)fprintf(out,
	    "#\n# Where main.cf sets one of these already, put ours first.\n"
	    "recipient_delimiter = +\n"
	    "transport_maps = regexp:/etc/postfix/postern_transport\n"
	    "smtpd_recipient_restrictions =\n"
	    "    check_recipient_access regexp:/etc/postfix/postern_access\n");
}

static void
print_domain_style(FILE *out, const struct settings *s, const char *path)
{
	(void)fprintf(out,
	    "#\n# Answers come to any address of %s, a domain of their own:\n"
	    "# point its MX record here, and keep it out of mydestination.\n"
	    "#\n# Where main.cf sets one of these already, put ours first.\n"
	    "relay_domains = %s\n"
	    "transport_maps = inline:{ { %s = lmtp:unix:%s } }\n"
	    "smtpd_recipient_restrictions =\n"
	    "    check_recipient_access inline:{ { %s = "
	    "reject_unverified_recipient } }\n",
	    s->mail.reply_domain, s->mail.reply_domain, s->mail.reply_domain,
	    path, s->mail.reply_domain);
}

static void
print_bounces(FILE *out, const struct settings *s, const char *path)
{
	char how[1024];

	(void)snprintf(how, sizeof(how),
	    "# Its address must exist; add to transport_maps:\n"
	    "#\tinline:{ { %s = lmtp:unix:%s } }\n",
	    s->mail.fixed_sender, path);
	door_print_bounces(out, s, how);
}

static void
print_size(FILE *out, const struct settings *s)
{
	int64_t room = s->limits.inbound_bytes - HEADER_ROOM;

	(void)fprintf(out,
	    "#\n# Not above limits.inbound-bytes: a mail refused after it was\n"
	    "# taken in would be bounced, and the client's words with it.\n");
	if (room >= POSTFIX_SIZE)
		(void)fprintf(out,
		    "# Postfix's own 10240000 will do; at most:\n"
		    "#message_size_limit = %" PRId64 "\n",
		    room);
	else
		(void)fprintf(out, "message_size_limit = %" PRId64 "\n", room);
}

void
postfix_print(FILE *out, const struct settings *s, const char *queue_directory)
{
	const char *path;

	(void)fprintf(out,
	    "# For /etc/postfix/main.cf, from: posternctl postfix-config\n");
	path = print_socket(out, s, queue_directory);
	if (s->mail.address_style == SETTINGS_STYLE_PLUS)
		print_plus_style(out, s, path);
	else
		print_domain_style(out, s, path);
	print_bounces(out, s, path);
	(void)fprintf(out,
	    "#\n# Ask postern-bridge while the sender is still connected. A "
	    "refusal\n"
	    "# later would make Postfix send the client's own words back.\n"
	    "unverified_recipient_reject_code = 550\n"
	    "unverified_recipient_reject_reason = Not accepted here\n"
	    "address_verify_poll_delay = 1s\n"
	    "# A wrong address is asked about again soon: should the answer "
	    "have\n"
	    "# been a mistake of ours, nobody is refused for days because of "
	    "it.\n"
	    "# Not address_verify_negative_cache = no: then no refusal is ever\n"
	    "# told, only \"try again later\".\n"
	    "address_verify_negative_refresh_time = 1m\n"
	    "address_verify_negative_expire_time = 5m\n");
	print_size(out, s);
	(void)fprintf(out, "#\n# Then: postfix check && postfix reload\n");
}

int
postfix_config(struct ctl *ctl)
{
	settings_auto struct settings *s = NULL;
	const char *dir = ctl->args.value[ARG_QUEUE_DIRECTORY];
	int code = check_load(ctl, &s);

	if (code != EX_OK)
		return code;
	if (dir == NULL)
		dir = QUEUE_DIRECTORY;
	if (dir[0] != '/') {
		(void)fprintf(ctl->err,
		    "posternctl postfix-config: --queue-directory expects an "
		    "absolute path\n");
		return EX_USAGE;
	}
	postfix_print(ctl->out, s, dir);
	return EX_OK;
}
