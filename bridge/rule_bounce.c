/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/rule.h"

#include <stdio.h>
#include <string.h>
#include "bridge/words.h"

/* Bytes of text in which a warning says that it is one. */
#define DELAY_WITHIN 1000

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
	    "delivery incomplete",
	    "delivery has been delayed",
	    "delivery status notification: warning",
	    "zustellung verzögert",
	    "verzögerte zustellung",
	    "remise retardée",
	    "avis de retard",
	    "retard de distribution",
	    "entrega retrasada",
	    "consegna ritardata",
	    "ritardo nella consegna",
	    "entrega atrasada",
	    "bezorging vertraagd",
	    "配信遅延",
	    "задержка доставки",
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
	};

	return WORDS_IN(f->subject, anywhere);
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
	    "not a valid user",
	    "rejected",
	};

	return WORDS_IN(facts_text(f), words);
}

bool
rule_bounce_header(const struct facts *f)
{
	return facts_header_has(f, "Auto-Submitted", "(failure)");
}

/* From whom does not matter where so much says the same. */
static bool
returned_by_subject(const struct facts *f)
{
	static const char *const first[] = {
	    "undeliverable:",
	    "undeliverable mail",
	    "undelivered mail returned",
	    "mail delivery failed",
	    "mail delivery failure",
	    "mail delivery error",
	    "mail system error - returned mail",
	    "delivery status notification (failure)",
	    "delivery failure",
	    "failure notice",
	    "message delivery failure",
	    "non-delivery",
	    "returned mail:",
	    "message not delivered:",
	};

	return f->sender_unknown && f->has_returned && bounce_words(f) &&
	       WORDS_FIRST(f->subject, first);
}

/* The mail, or its header, with or without MIME. */
static bool
came_back(const struct facts *f)
{
	const char *text = facts_text(f);

	return f->has_returned || (strstr(text, "message-id:") != NULL &&
				      strstr(text, "subject:") != NULL &&
				      strstr(text, "from:") != NULL);
}

/* Two of: a daemon wrote it, no envelope sender, words, the mail returned. */
bool
rule_bounce_signs(const struct facts *f)
{
	unsigned signs = 0;

	if (rule_is_answer(f))
		return false;
	if (returned_by_subject(f))
		return true;
	signs += rule_from_daemon(f) ? 1 : 0;
	signs += f->null_sender ? 1 : 0;
	if (signs == 0)
		return false;
	signs += bounce_subject(f) ? 1 : 0;
	signs += came_back(f) || f->is_report ? 1 : 0;
	/* words prove nothing in a mail that a person may have sent */
	signs += (f->null_sender || f->sender_unknown || rule_from_mailer(f)) &&
			 bounce_words(f)
		     ? 1
		     : 0;
	if (signs < 2)
		return false;
	/* a postmaster may be a person, and write of a delivery that failed */
	if (!f->null_sender && !f->sender_unknown && !rule_from_mailer(f) &&
	    !came_back(f) && !f->is_report && !bounce_words(f))
		return false;
	/* in whatever language */
	return bounce_subject(f) || bounce_words(f) ||
	       (came_back(f) && (f->null_sender || rule_from_mailer(f)) &&
		   !rule_reply_anywhere(f));
}

bool
rule_broken_report(const struct facts *f)
{
	return f->has_delivery_status ||
	       (f->is_report &&
		   facts_header_has(f, "Content-Type", "delivery-status"));
}

/* Sent while the mail is still in a queue, whatever the subject says. */
static bool
delay_text(const struct facts *f)
{
	static const char *const words[] = {
	    "this is a warning message only",
	    "has not yet been delivered to one or more of its recipients",
	    "your message has not been delivered yet",
	    "your message will be retried",
	    "this is just a warning",
	    "this is only a temporary failure report",
	};
	char first[DELAY_WITHIN + 1];

	(void)snprintf(first, sizeof(first), "%s", facts_text(f));
	return WORDS_IN(first, words);
}

bool
rule_receipt_words(const struct facts *f)
{
	static const char *const first[] = {
	    "read: ",
	    "not read: ",
	    "gelesen: ",
	    "ungelesen gelöscht: ",
	    "lu : ",
	    "lu: ",
	    "leído: ",
	    "letto: ",
	    "lida: ",
	    "gelezen: ",
	    "läst: ",
	    "læst: ",
	    "lest: ",
	    "luettu: ",
	    "przeczytano: ",
	    "прочтено: ",
	    "開封済み: ",
	    "已读: ",
	};

	return f->null_sender && WORDS_FIRST(f->subject, first);
}

bool
rule_bounce_delay(const struct facts *f)
{
	return (delay_subject(f) || delay_text(f)) && !rule_is_answer(f) &&
	       (rule_from_daemon(f) || f->null_sender ||
		   f->has_delivery_status);
}
