/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/classify.h"

#include <string.h>
#include <strings.h>
#include "bridge/compose.h"
#include "bridge/facts.h"

#define HOPS_MAX 25
#define OWN_ID_MIN 20

/* ---- words --------------------------------------------------------------- */

static bool
any_in(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(text, words[i]) != NULL)
			return true;
	return false;
}

static bool
any_first(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(text, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

#define ANY_IN(text, words) any_in(text, words, PN_ARRAY_LEN(words))
#define ANY_FIRST(text, words) any_first(text, words, PN_ARRAY_LEN(words))

static const char *
text_of(const struct facts *f)
{
	return f->text.len == 0 ? "" : (const char *)f->text.data;
}

/* ---- our own ------------------------------------------------------------- */

static bool
own_header(const struct facts *f)
{
	return facts_header(f, COMPOSE_OWN_HEADER) != NULL;
}

static bool
own_from(const struct facts *f)
{
	const char *at = strrchr(f->from, '@');

	if (at == NULL)
		return false;
	return strcasecmp(f->from, f->own->from) == 0 ||
	       (f->own->reply_domain[0] != '\0' &&
		   strcasecmp(at + 1, f->own->reply_domain) == 0);
}

/* People at the practice share our domain, so the local part must be ours. */
static bool
own_message_id(const struct facts *f)
{
	const char *id = g_mime_message_get_message_id(f->message);
	const char *domain = strrchr(f->own->from, '@');
	size_t len;

	if (id == NULL || domain == NULL)
		return false;
	len = strspn(id, "abcdefghijklmnopqrstuvwxyz234567");
	return len >= OWN_ID_MIN && strcasecmp(id + len, domain) == 0;
}

static bool
too_many_hops(const struct facts *f)
{
	return facts_header_count(f, "Received") > HOPS_MAX;
}

/* ---- challenge-response -------------------------------------------------- */

static bool
challenge(const struct facts *f)
{
	static const char *const senders[] = {
	    "spamblocker-challenge@",
	    "@boxbe.com",
	    "@bluebottle.com",
	    "@spamarrest.com",
	    "@mailblocks.com",
	    "@knowspam.net",
	};
	static const char *const subjects[] = {
	    "please confirm (conf#",
	    "[confirm conf#",
	    "verify#",
	    "your email requires verification",
	    "your message requires verification",
	    "(action required) your message",
	    "[boxbe]",
	};

	if (facts_header(f, "X-Boxbe-Challenge") != NULL ||
	    facts_header(f, "X-BoxTrapper") != NULL)
		return true;
	if (ANY_IN(f->from, senders) || ANY_IN(f->subject, subjects))
		return true;
	return strstr(text_of(f), "boxbe.com") != NULL && f->is_report;
}

/* ---- reports by structure ------------------------------------------------ */

static bool
complaint(const struct facts *f)
{
	return f->has_feedback;
}

/* Some systems refuse a mail by a notification with this Auto-Submitted. */
static bool
receipt(const struct facts *f)
{
	return f->has_disposition &&
	       !facts_header_has(f, "Auto-Submitted", "(rejected)");
}

static bool
refused_by_receipt(const struct facts *f)
{
	return f->has_disposition;
}

static bool
tls_report(const struct facts *f)
{
	return f->has_tls_report ||
	       facts_header(f, "TLS-Report-Domain") != NULL;
}

static bool
dmarc_report(const struct facts *f)
{
	return f->has_archive &&
	       (strstr(f->subject, "report domain:") != NULL ||
		   strstr(f->subject, "dmarc") != NULL) &&
	       strncmp(f->subject, "re:", 3) != 0;
}

static bool
status_failed(const struct facts *f)
{
	return f->has_delivery_status && f->report.action == REPORT_FAILED;
}

static bool
status_delayed(const struct facts *f)
{
	return f->has_delivery_status && f->report.action == REPORT_DELAYED;
}

static bool
status_delivered(const struct facts *f)
{
	return f->has_delivery_status && f->report.action == REPORT_DELIVERED;
}

/* ---- bounces without a readable report ------------------------------------
 */

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

	return ANY_IN(f->subject, words);
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

	return ANY_IN(f->subject, anywhere);
}

/* "Re: Undelivered Mail" is two people talking about one. */
static bool
is_answer(const struct facts *f)
{
	static const char *const prefixes[] = {
	    "re:", "re[", "fwd:", "fw:", "aw:", "wg:", "sv:", "antw:", "rv:"};

	return ANY_FIRST(f->subject, prefixes);
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

	if (ANY_FIRST(f->from, locals))
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

	return ANY_IN(text_of(f), words);
}

static bool
bounce_header(const struct facts *f)
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
static bool
bounce_signs(const struct facts *f)
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

static bool
broken_report(const struct facts *f)
{
	return f->has_delivery_status ||
	       (f->is_report &&
		   facts_header_has(f, "Content-Type", "delivery-status"));
}

static bool
bounce_delay(const struct facts *f)
{
	return delay_subject(f) && !is_answer(f) &&
	       (from_daemon(f) || f->null_sender || f->has_delivery_status);
}

/* ---- automatic ------------------------------------------------------------
 */

static bool
reply_subject(const struct facts *f)
{
	static const char *const first[] = {
	    "automatic reply",
	    "auto reply",
	    "auto-reply",
	    "autoreply",
	    "auto:",
	    "auto response",
	    "auto-response",
	    "autoresponse",
	    "automated reply",
	    "automated response",
	    "[auto-reply]",
	    "[autoreply]",
	    "out of office",
	    "out of the office",
	    "out-of-office",
	    "vacation reply",
	    "on vacation",
	    "away from my mail",
	    "i am out of",
	    "abwesenheit",
	    "automatische antwort",
	    "abwesend",
	    "réponse automatique",
	    "absence du bureau",
	    "automatisch antwoord",
	    "afwezig",
	    "autosvar",
	    "automatisk svar",
	    "automatiskt svar",
	    "respuesta automática",
	    "risposta automatica",
	    "fuori sede",
	    "fuori ufficio",
	    "frånvaro",
	    "resposta automática",
	    "automaattinen vastaus",
	    "automatická odpověď",
	    "odpowiedź automatyczna",
	    "автоответ",
	    "自動応答",
	    "自动回复",
	    "自動回覆",
	};

	return ANY_FIRST(f->subject, first);
}

/* RFC 3834, section 5: anything but "no"; parameters and comments allowed. */
static bool
auto_submitted(const struct facts *f)
{
	return facts_header(f, "Auto-Submitted") != NULL &&
	       !(facts_header_count(f, "Auto-Submitted") == 1 &&
		   facts_header_word(f, "Auto-Submitted", "no"));
}

static bool
auto_replied(const struct facts *f)
{
	return auto_submitted(f) &&
	       (facts_header_has(f, "Auto-Submitted", "auto-replied") ||
		   facts_header_has(f, "Auto-Submitted", "vacation") ||
		   reply_subject(f));
}

static bool
reply_header(const struct facts *f)
{
	static const char *const names[] = {
	    "X-Autoreply",
	    "X-Auto-Reply",
	    "X-Autorespond",
	    "X-Autoresponder",
	    "X-Autoresponse",
	    "X-AutoReply-From",
	    "X-Mail-Autoreply",
	    "X-Autogenerated",
	    "X-MS-Exchange-Inbox-Rules-Loop",
	};

	for (size_t i = 0; i < PN_ARRAY_LEN(names); i++) {
		const char *v = facts_header(f, names[i]);

		if (v != NULL && strcasecmp(v, "no") != 0)
			return true;
	}
	return facts_header_word(f, "Precedence", "auto_reply") ||
	       facts_header_word(f, "Precedence", "auto-reply") ||
	       facts_header_word(f, "X-Precedence", "auto_reply") ||
	       facts_header_has(f, "X-POST-MessageClass", "autoresponder") ||
	       facts_header_has(f, "Delivered-To", "autoresponder") ||
	       facts_header_has(f, "X-Apple-Action", "vacation");
}

static bool
other_header(const struct facts *f)
{
	static const char *const names[] = {
	    "X-FC-MachineGenerated",
	    "X-AMAZON-MAIL-RELAY-TYPE",
	    "X-Cron-Env",
	    "X-MS-Exchange-Generated-Message-Source",
	};

	for (size_t i = 0; i < PN_ARRAY_LEN(names); i++)
		if (facts_header(f, names[i]) != NULL)
			return true;
	return false;
}

/* A request about answers, which costs us nothing to obey. */
static bool
answers_unwanted(const struct facts *f)
{
	return facts_header_has(f, "X-Auto-Response-Suppress", "all") ||
	       facts_header_has(f, "X-Auto-Response-Suppress", "oof") ||
	       facts_header_has(f, "X-Auto-Response-Suppress", "autoreply");
}

static bool
reply_by_subject(const struct facts *f)
{
	return reply_subject(f);
}

static bool
calendar(const struct facts *f)
{
	return f->has_calendar ||
	       facts_header_has(f, "Content-Class", "calendarmessage");
}

static bool
list(const struct facts *f)
{
	static const char *const names[] = {
	    "List-Id",
	    "List-Post",
	    "List-Unsubscribe",
	    "List-Help",
	    "List-Subscribe",
	    "List-Owner",
	    "List-Archive",
	    "X-BeenThere",
	    "Mailing-List",
	    "X-Mailing-List",
	    "X-Mailman-Version",
	    "Feedback-ID",
	    "X-CampaignID",
	};

	for (size_t i = 0; i < PN_ARRAY_LEN(names); i++)
		if (facts_header(f, names[i]) != NULL)
			return true;
	return facts_header_word(f, "Precedence", "bulk") ||
	       facts_header_word(f, "Precedence", "list") ||
	       facts_header_word(f, "Precedence", "junk");
}

static bool
spam(const struct facts *f)
{
	return facts_header_word(f, "X-Spam-Flag", "yes") ||
	       facts_header_word(f, "X-Spam-Status", "yes") ||
	       facts_header_word(f, "X-Spam", "yes") ||
	       facts_header_word(f, "X-Rspamd-Action", "reject") ||
	       facts_header_word(f, "X-Rspamd-Action", "add header");
}

static bool
null_to_bounce(const struct facts *f)
{
	return f->to_bounce && f->null_sender;
}

static bool
null_sender(const struct facts *f)
{
	return f->null_sender;
}

static bool
to_bounce(const struct facts *f)
{
	return f->to_bounce;
}

static bool
always(const struct facts *f)
{
	(void)f;
	return true;
}

/* ---- the table ------------------------------------------------------------
 */

static const struct rule {
	const char *id;
	enum verdict_kind kind;
	bool (*match)(const struct facts *f); /* NULL: not by a rule */
} rules[] = {
    {"malformed", VERDICT_MALFORMED, NULL}, /* number 0, and see classify() */
    {"own-header", VERDICT_OWN, own_header},
    {"own-from", VERDICT_OWN, own_from},
    {"own-message-id", VERDICT_OWN, own_message_id},
    {"hops", VERDICT_OWN, too_many_hops},
    {"challenge", VERDICT_CHALLENGE, challenge},
    {"feedback-report", VERDICT_COMPLAINT, complaint},
    {"disposition", VERDICT_RECEIPT, receipt},
    {"disposition-rejected", VERDICT_BOUNCE, refused_by_receipt},
    {"tls-report", VERDICT_REPORT, tls_report},
    {"dmarc-report", VERDICT_REPORT, dmarc_report},
    {"status-failed", VERDICT_BOUNCE, status_failed},
    {"status-delayed", VERDICT_DELAYED, status_delayed},
    {"status-delivered", VERDICT_DELIVERED, status_delivered},
    {"delay-words", VERDICT_DELAYED, bounce_delay},
    {"status-broken", VERDICT_BOUNCE, broken_report},
    {"bounce-header", VERDICT_BOUNCE, bounce_header},
    {"bounce-signs", VERDICT_BOUNCE, bounce_signs},
    {"calendar", VERDICT_CALENDAR, calendar},
    {"auto-replied", VERDICT_AUTO_REPLY, auto_replied},
    {"reply-header", VERDICT_AUTO_REPLY, reply_header},
    {"reply-subject", VERDICT_AUTO_REPLY, reply_by_subject},
    {"list", VERDICT_LIST, list},
    {"auto-submitted", VERDICT_AUTO_OTHER, auto_submitted},
    {"auto-header", VERDICT_AUTO_OTHER, other_header},
    {"no-answers", VERDICT_AUTO_OTHER, answers_unwanted},
    {"spam", VERDICT_SPAM, spam},
    {"null-to-bounce", VERDICT_BOUNCE, null_to_bounce},
    {"null-sender", VERDICT_AUTO_OTHER, null_sender},
    {"to-bounce", VERDICT_AUTO_OTHER, to_bounce},
    {"person", VERDICT_PERSON, always},
};

size_t
classify_rules(void)
{
	return PN_ARRAY_LEN(rules);
}

const char *
classify_rule_id(size_t rule)
{
	return rules[rule].id;
}

size_t
classify_rule_malformed(void)
{
	return 0;
}

/* ---- ceilings before GMime ------------------------------------------------
 */

/*
 * Its address parser recurses without limit, so no field may be long, not
 * even folded over many lines.
 */
static bool
header_fits(const uint8_t *data, size_t len)
{
	size_t lines = 0;
	size_t field = 0;

	for (size_t i = 0; i < len;) {
		const uint8_t *end = memchr(data + i, '\n', len - i);
		size_t n = end == NULL ? len - i : (size_t)(end - data) + 1 - i;

		if (data[i] == '\n' || (data[i] == '\r' && n == 2))
			return true;
		if (data[i] != ' ' && data[i] != '\t')
			field = 0;
		field += n;
		i += n;
		if (field > CLASSIFY_LINE_MAX || i > CLASSIFY_HEADER_MAX ||
		    ++lines > CLASSIFY_HEADER_LINES)
			return false;
	}
	return true;
}

/* mbox files put a line of their own before the header. */
static void
skip_from_line(const uint8_t **data, size_t *len)
{
	const uint8_t *end;

	if (*len < 5 || memcmp(*data, "From ", 5) != 0)
		return;
	end = memchr(*data, '\n', *len);
	if (end == NULL)
		return;
	*len -= (size_t)(end + 1 - *data);
	*data = end + 1;
}

static void
add_status(struct verdict *v, const struct report *r)
{
	v->hard = v->kind == VERDICT_BOUNCE && r->hard ? 1 : 0;
	if (r->status.class == 0)
		return;
	v->status_class = r->status.class;
	v->status_subject = r->status.subject;
	v->status_detail = r->status.detail;
}

static void
decide(const struct facts *f, struct verdict *v)
{
	struct report guess;
	size_t i = 1;

	while (!rules[i].match(f))
		i++;
	v->rule = (uint16_t)i;
	v->kind = (uint8_t)rules[i].kind;
	if (f->has_delivery_status && f->report.action != REPORT_NONE) {
		add_status(v, &f->report);
		if (report_after_data(text_of(f)))
			v->hard = 0;
	} else if (v->kind == VERDICT_BOUNCE) {
		report_guess(text_of(f), &guess);
		add_status(v, &guess);
	}
}

void
classify(const struct classify_own *own,
    const struct classify_envelope *envelope, const uint8_t *data, size_t len,
    struct verdict *v_r)
{
	facts_auto struct facts f = {0};

	*v_r = (struct verdict){.kind = VERDICT_MALFORMED};
	skip_from_line(&data, &len);
	if (len > CLASSIFY_MAIL_MAX)
		len = CLASSIFY_MAIL_MAX;
	if (len == 0 || memchr(data, '\0', len < 64 ? len : 64) != NULL ||
	    !header_fits(data, len))
		return;
	if (facts_read(own, envelope, data, len, &f) < 0 || f.too_much)
		return;
	decide(&f, v_r);
}
