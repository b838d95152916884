/* SPDX-License-Identifier: Apache-2.0 */

#include "ctl/dovecot.h"

#include <string.h>
#include <sysexits.h>
#include "ctl/check.h"
#include "ctl/door.h"

static void
print_proxy(FILE *out, const struct settings *s)
{
	const struct door_address door = door_address(s);

	(void)fprintf(out,
	    "#\n"
	    "# Dovecot asks postern-bridge at RCPT, and answers what it says. "
	    "So the mail\n"
	    "# server before it must ask at RCPT, too (Postfix: "
	    "reject_unverified_recipient):\n"
	    "# a later refusal would send the client's own words back.\n"
	    "#\n"
	    "# FILE /etc/dovecot/conf.d/90-postern.conf\n"
	    "protocol lmtp {\n"
	    "  lmtp_proxy = yes\n"
	    "  passdb {\n"
	    "    driver = static\n"
	    "    username_filter = *@%s\n"
	    "    args = proxy=y nopassword=y protocol=lmtp host=%.*s port=%s\n"
	    "  }\n"
	    "}\n",
	    s->mail.reply_domain, door.host_len, door.host, door.port);
}

static void
print_sieve(FILE *out, const struct settings *s)
{
	const char *mailbox = s->mail.mailbox;
	size_t len = strcspn(mailbox, "@");

	(void)fprintf(out,
	    "#\n"
	    "# Answers come to plus addresses of %s.\n"
	    "# What postern-bridge does not take stays in that mailbox.\n"
	    "#     mkdir /etc/dovecot/postern\n"
	    "#     ln -s \"$(command -v postern-deliver)\" "
	    "/etc/dovecot/postern/\n"
	    "#\n"
	    "# FILE /etc/dovecot/conf.d/90-postern.conf\n"
	    "protocol lmtp {\n"
	    "  mail_plugins = $mail_plugins sieve\n"
	    "}\n"
	    "plugin {\n"
	    "  sieve_plugins = sieve_extprograms\n"
	    "  sieve_global_extensions = +vnd.dovecot.pipe\n"
	    "  sieve_pipe_bin_dir = /etc/dovecot/postern\n"
	    "  sieve_before = /etc/dovecot/postern.sieve\n"
	    "}\n"
	    "#\n"
	    "# FILE /etc/dovecot/postern.sieve\n"
	    "require [\"envelope\", \"variables\", \"vnd.dovecot.pipe\"];\n"
	    "if envelope :matches \"from\" \"*\" { set \"from\" \"${1}\"; }\n"
	    "if envelope :matches \"to\" [\"%.*s+r-*%s\", \"%.*s+b-*%s\"] {\n"
	    "  set \"to\" \"${0}\";\n"
	    "  pipe \"postern-deliver\" [\"--socket\", \"%s\", \"-f\", "
	    "\"${from}\", \"${to}\"];\n"
	    "  stop;\n"
	    "}\n"
	    "#\n"
	    "# Then: sievec /etc/dovecot/postern.sieve\n",
	    mailbox, (int)len, mailbox, mailbox + len, (int)len, mailbox,
	    mailbox + len, door_where(s));
}

void
dovecot_print(FILE *out, const struct settings *s)
{
	(void)fprintf(out, "# From: posternctl dovecot-config\n");
	door_print_hint(out, s);
	if (s->mail.address_style == SETTINGS_STYLE_PLUS)
		print_sieve(out, s);
	else
		print_proxy(out, s);
	(void)fprintf(out, "# Then: doveadm reload\n");
}

int
dovecot_config(struct ctl *ctl)
{
	settings_auto struct settings *s = NULL;
	int code = check_load(ctl, &s);

	if (code != EX_OK)
		return code;
	dovecot_print(ctl->out, s);
	return EX_OK;
}
