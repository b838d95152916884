/* SPDX-License-Identifier: Apache-2.0 */

#include "ctl/exim.h"

#include <string.h>
#include <sysexits.h>
#include "ctl/check.h"
#include "ctl/door.h"

/* Whom a mail is for, as conditions of a router or an ACL. */
static void
print_ours(FILE *out, const struct settings *s, const char *indent)
{
	const char *mailbox = s->mail.mailbox;
	size_t len = strcspn(mailbox, "@");

	if (s->mail.address_style != SETTINGS_STYLE_PLUS) {
		(void)fprintf(
		    out, "%sdomains = %s\n", indent, s->mail.reply_domain);
		return;
	}
	(void)fprintf(out, "%sdomains = %s\n%slocal_parts = \\N^(?i)", indent,
	    mailbox + len + 1, indent);
	door_print_pattern(out, mailbox, len);
	(void)fputs("\\+[rb]-[a-z2-7]+$\\N\n", out);
}

/* All else of the reply domain is refused here, without asking. */
static void
print_others(FILE *out, const struct settings *s)
{
	const char *sender = s->mail.fixed_sender;

	(void)fprintf(out,
	    "postern_others:\n"
	    "  driver = redirect\n"
	    "  domains = %s\n"
	    "  local_parts = !\\N^(?i)([rb]-[a-z2-7]+",
	    s->mail.reply_domain);
	if (door_bounces(s) == DOOR_BOUNCES_BESIDE) {
		(void)fputc('|', out);
		door_print_pattern(out, sender, strcspn(sender, "@"));
	}
	(void)fputs(")$\\N\n"
		    "  allow_fail\n"
		    "  data = ${if eqi{$local_part}{postmaster}"
		    "{postmaster@$primary_hostname}"
		    "{:fail: Not accepted here}}\n\n",
	    out);
}

static void
print_bounces(FILE *out, const struct settings *s)
{
	const char *sender = s->mail.fixed_sender;
	size_t len = strcspn(sender, "@");
	char how[1024];

	if (door_bounces(s) == DOOR_BOUNCES_TOKEN)
		return;
	(void)snprintf(how, sizeof(how),
	    "# Repeat the router \"postern\" below under another name, with\n"
	    "#\tdomains = %s\n"
	    "#\tlocal_parts = %.*s\n",
	    sender + len + 1, (int)len, sender);
	door_print_bounces(out, s, how);
}

static void
print_router(FILE *out, const struct settings *s)
{
	const struct door_address door = door_address(s);
	bool six = strchr(door.host, ']') != NULL;

	(void)fprintf(out, "#\n# FILE /etc/exim4/conf.d/router/050_postern\n");
	if (s->mail.address_style != SETTINGS_STYLE_PLUS)
		print_others(out, s);
	(void)fputs("postern:\n"
		    "  driver = manualroute\n",
	    out);
	print_ours(out, s, "  ");
	/* IPv6 addresses hold the colons that separate hosts */
	(void)fprintf(out,
	    "  transport = postern\n"
	    "  route_list = * \"%s%.*s\" byname\n"
	    "  self = send\n"
	    "  host_find_failed = defer\n"
	    "  no_more\n",
	    six ? "<+ " : "", door.host_len, door.host);
}

static void
print_transport(FILE *out, const struct settings *s)
{
	(void)fprintf(out,
	    "#\n# FILE /etc/exim4/conf.d/transport/30_postern\n"
	    "# The smtp driver, as the lmtp driver cannot ask at RCPT time.\n"
	    "postern:\n"
	    "  driver = smtp\n"
	    "  protocol = lmtp\n"
	    "  port = %s\n"
	    "  allow_localhost\n"
	    "  hosts_try_fastopen =\n"
	    "  # Mail of any size is taken; a refusal for its size would be a "
	    "bounce.\n"
	    "  size_addition = -1\n",
	    door_address(s).port);
}

static void
print_acl(FILE *out, const struct settings *s)
{
	(void)fprintf(out,
	    "#\n# FILE /etc/exim4/postern_rcpt\n"
	    "# Refuse what postern-bridge refuses, put off what it cannot "
	    "tell.\n"
	    "# The bounce of a later refusal would send the client's own words "
	    "back.\n"
	    "deny\n");
	print_ours(out, s, "  ");
	(void)fprintf(out, "  message = Not accepted here\n"
			   "  !verify = recipient/callout=20s,no_cache\n");
}

void
exim_print(FILE *out, const struct settings *s)
{
	(void)fprintf(out,
	    "# From: posternctl exim-config\n"
	    "# For Debian's split configuration; otherwise put each piece "
	    "where routers,\n"
	    "# transports and the RCPT ACL stand, the router first.\n");
	door_print_hint(out, s);
	if (s->mail.address_style == SETTINGS_STYLE_PLUS)
		(void)fprintf(out,
		    "#\n# Answers come to plus addresses of %s.\n",
		    s->mail.mailbox);
	else
		(void)fprintf(out,
		    "#\n# Answers come to %s, a domain of their own: point its "
		    "MX record\n"
		    "# here, and add it to dc_relay_domains in "
		    "/etc/exim4/update-exim4.conf.conf.\n",
		    s->mail.reply_domain);
	print_bounces(out, s);
	print_router(out, s);
	print_transport(out, s);
	print_acl(out, s);
	(void)fprintf(out,
	    "#\n# FILE /etc/exim4/conf.d/main/00_postern\n"
	    "CHECK_RCPT_LOCAL_ACL_FILE = /etc/exim4/postern_rcpt\n"
	    "#\n# Then: update-exim4.conf && systemctl reload exim4\n");
}

int
exim_config(struct ctl *ctl)
{
	settings_auto struct settings *s = NULL;
	int code = check_load(ctl, &s);

	if (code != EX_OK)
		return code;
	exim_print(ctl->out, s);
	return EX_OK;
}
