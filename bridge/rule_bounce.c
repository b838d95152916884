/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/rule.h"

#include <string.h>
#include "bridge/words.h"

static bool
delay_subject(const struct facts *f)
{
	static const char *const words[] = {
	    "delivery status notification (delay)",
	    "delivery delayed",
	    "delayed mail",
	    "delayed:",
	    "warning: message",
	    "warning: could not send message",
	    "mail delivery delayed",
	    "message delayed",
	    "still being retried",
	    "delivery temporarily",
	};

	return WORDS_IN(f->subject, words);
}

static bool
bounce_subject(const struct facts *f)
{
	static const char *const anywhere[] = {
	    "undeliverable",
	    "undelivered mail",
	    "undeliverable mail",
	    "undelivered message",
	    "returned mail",
	    "returned to sender",
	    "mail delivery fail",
	    "mail delivery problem",
	    "mail delivery error",
	    "mail system error",
	    "mail failure",
	    "delivery failure",
	    "delivery failed",
	    "delivery has failed",
	    "delivery report",
	    "delivery error",
	    "delivery notification",
	    "delivery status notification",
	    "delivery problem",
	    "delivery unsuccessful",
	    "delivery not possible",
	    "failure notice",
	    "failure delivery",
	    "failed delivery",
	    "failed mail",
	    "nondeliverable",
	    "non delivery",
	    "non-delivery",
	    "could not be delivered",
	    "could not deliver",
	    "cannot be delivered",
	    "can't be delivered",
	    "not deliverable",
	    "unable to deliver",
	    "message rejected",
	    "rejected mail",
	    "mailbox full",
	    "mailbox is full",
	    "over quota",
	    "user unknown",
	    "unknown user",
	    "unzustellbar",
	    "nicht zugestellt",
	    "non remis",
	    "non distribu",
	    "no se ha podido entregar",
	    "mancato recapito",
	    "niet bezorgd",
	    "onbestelbaar",
	};

	return WORDS_IN(f->subject, anywhere);
}

/* "Re: Undelivered Mail" is two people talking about one. */
static bool
is_answer(const struct facts *f)
{
	static const char *const prefixes[] = {
	    "re:", "re[", "fwd:", "fw:", "aw:", "wg:", "sv:", "antw:", "rv:"};

	return WORDS_FIRST(f->subject, prefixes);
}

static bool
from_daemon(const struct facts *f)
{
	static const char *const locals[] = {
	    "mailer-daemon@",
	    "mailer-daemon",
	    "mailerdaemon@",
	    "mailer_daemon@",
	    "mail-daemon@",
	    "maildaemon@",
	    "postmaster@",
	    "postmaster",
	    "mdaemon@",
	    "mmdf@",
	    "microsoftexchange",
	    "smtp-daemon@",
	    "bounce-handler@",
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

	if (WORDS_FIRST(f->from, locals))
		return true;
	for (size_t i = 0; i < PN_ARRAY_LEN(names); i++)
		if (facts_header_has(f, "From", names[i]))
			return true;
	return false;
}

static bool
bounce_words(const struct facts *f)
{
	static const char *const words[] = {
	    "this is the qmail-send program",
	    "this is the mail system at host",
	    "did not reach the following recipient",
	    "could not be delivered to",
	    "delivery to the following recipient",
	    "the following addresses had",
	    "the following address(es) failed",
	    "the following recipients",
	    "permanent fatal errors",
	    "unable to deliver",
	    "undeliverable",
	    "undelivered",
	    "was not delivered",
	    "not be delivered",
	    "could not be sent",
	    "delivery failed",
	    "delivery has failed",
	    "user unknown",
	    "returned mail",
	    "message you sent",
	    "mailbox full",
	    "mailbox is full",
	    "over quota",
	    "does not exist",
	    "rejected",
	};

	return WORDS_IN(facts_text(f), words);
}

bool
rule_bounce_header(const struct facts *f)
{
	static const char *const names[] = {
	    "X-Failed-Recipients",
	    "X-MDDSN-Message",
	    "X-MXL-NoteHash",
	    "X-Actual-Recipient-Failed",
	};

	for (size_t i = 0; i < PN_ARRAY_LEN(names); i++)
		if (facts_header(f, names[i]) != NULL)
			return true;
	return facts_header_has(f, "Auto-Submitted", "(failure)");
}

/* Two of: a daemon wrote it, no envelope sender, words, the mail returned. */
bool
rule_bounce_signs(const struct facts *f)
{
	unsigned signs = 0;

	if (is_answer(f))
		return false;
	signs += from_daemon(f) ? 1 : 0;
	signs += f->null_sender ? 1 : 0;
	if (signs == 0)
		return false;
	signs += bounce_subject(f) ? 1 : 0;
	signs += f->has_returned || f->is_report ? 1 : 0;
	/* words prove nothing in a mail that has a sender */
	signs +=
	    (f->null_sender || f->sender_unknown) && bounce_words(f) ? 1 : 0;
	return signs >= 2 && (bounce_subject(f) || bounce_words(f));
}

bool
rule_broken_report(const struct facts *f)
{
	return f->has_delivery_status ||
	       (f->is_report &&
		   facts_header_has(f, "Content-Type", "delivery-status"));
}

bool
rule_bounce_delay(const struct facts *f)
{
	return delay_subject(f) && !is_answer(f) &&
	       (from_daemon(f) || f->null_sender || f->has_delivery_status);
}
