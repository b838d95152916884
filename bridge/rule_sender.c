/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/rule.h"

#include <stdio.h>
#include <string.h>
#include "base/attr.h"
#include "bridge/words.h"

#define LOCAL_MAX 64 /* RFC 5321, section 4.5.3.1.1 */

/* No person has such an address; some are their own postmaster. */
bool
rule_from_mailer(const struct facts *f)
{
	static const char *const locals[] = {
	    "mailer-daemon",
	    "mailerdaemon@",
	    "mailer_daemon@",
	    "mail-daemon@",
	    "maildaemon@",
	};

	return WORDS_FIRST(f->from, locals);
}

bool
rule_from_daemon(const struct facts *f)
{
	static const char *const locals[] = {
	    "postmaster@",
	    "postmaster",
	    "post_master@",
	    "post.master@",
	    "mdaemon@",
	    "mmdf@",
	    "microsoftexchange",
	    "smtp-daemon@",
	    "bounce-handler@",
	    "mail-delivery@",
	    "maildelivery@",
	    "mailsystem@",
	    "mail_system@",
	    "mailer@",
	    "autobounce@",
	    "bounce@",
	    "bounces@",
	    "delivery-failure@",
	    "nondelivery@",
	};
	static const char *const names[] = {
	    "mail delivery s",
	    "mailer-daemon",
	    "mail administrator",
	    "mail delivery subsystem",
	    "system administrator",
	    "internet mail delivery",
	    "<>",
	};

	if (rule_from_mailer(f) || WORDS_FIRST(f->from, locals))
		return true;
	for (size_t i = 0; i < PN_ARRAY_LEN(names); i++)
		if (facts_header_has(f, "From", names[i]))
			return true;
	return false;
}

/* Nobody reads what goes to these, so nobody wrote from them. */
bool
rule_other_sender(const struct facts *f)
{
	static const char *const locals[] = {
	    "alerts@",
	    "asterisk@",
	    "auto-confirm@",
	    "auto-reply@",
	    "automailer@",
	    "autoreply@",
	    "autoresponder@",
	    "copier@",
	    "cron@",
	    "fail2ban@",
	    "jenkins@",
	    "kopierer@",
	    "listserv@",
	    "logwatch@",
	    "majordomo@",
	    "monit@",
	    "nagios@",
	    "nobody@",
	    "notification@",
	    "notifications@",
	    "scanner@",
	    "wordpress@",
	    "www-data@",
	};
	static const char *const unread[] = {
	    "noreply",
	    "no-reply",
	    "no_reply",
	    "no.reply",
	    "no-responder",
	    "noresponder",
	    "nao-responda",
	    "naoresponda",
	    "ne-pas-repondre",
	    "nepasrepondre",
	    "nicht-antworten",
	    "keine-antwort",
	    "donotreply",
	    "do-not-reply",
	    "do_not_reply",
	    "do.not.reply",
	    "donot-reply",
	    "dontreply",
	    "keineantwort",
	    "no-responda",
	    "non-rispondere",
	    "nonrispondere",
	    "niet-beantwoorden",
	    "svar-ej",
	    "svar-ikke",
	};
	char local[LOCAL_MAX + 1];

	(void)snprintf(
	    local, sizeof(local), "%.*s", (int)strcspn(f->from, "@"), f->from);
	return WORDS_FIRST(f->from, locals) || WORDS_IN(local, unread);
}

bool
rule_from_machine(const struct facts *f)
{
	return rule_from_daemon(f) || rule_other_sender(f);
}
