/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/classify.h"

#include <string.h>
#include <strings.h>
#include "base/buf.h"
#include "bridge/caps.h"
#include "bridge/compose.h"
#include "bridge/facts.h"
#include "bridge/family.h"
#include "bridge/rule.h"
#include "bridge/signs.h"
#include "bridge/words.h"

#define HOPS_MAX 50 /* as Postfix; two hosted mail systems make thirty */
#define OWN_ID_MIN 20

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
	       (f->own->style.mailbox == NULL &&
		   f->own->style.domain[0] != '\0' &&
		   strcasecmp(at + 1, f->own->style.domain) == 0);
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
	if (facts_header_has(f, "Return-Path", "spamblocker-challenge@"))
		return true;
	/* TMDA's users send their own mail through it */
	if (f->null_sender && facts_header_has(f, "X-Delivery-Agent", "tmda"))
		return true;
	if (WORDS_IN(f->from, senders) || WORDS_IN(f->subject, subjects))
		return true;
	return strstr(facts_text(f), "boxbe.com") != NULL && f->is_report;
}

/* ---- reports by structure ------------------------------------------------ */

static bool
complaint(const struct facts *f)
{
	return f->has_feedback;
}

/* Microsoft's junk mail reports, and what Amazon's service says in JSON. */
static bool
old_complaint(const struct facts *f)
{
	static const char *const json[] = {
	    "{\"notificationtype\":\"complaint\""};
	static const char *const subjects[] = {"complaint about message from "};

	if (facts_header(f, "X-HmXmrOriginalRecipient") != NULL)
		return true;
	if (WORDS_FIRST(facts_text(f), json))
		return rule_from_machine(f);
	return f->has_returned && WORDS_FIRST(f->subject, subjects);
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
	       !rule_is_answer(f);
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

static bool
family(const struct facts *f)
{
	size_t i;

	return signs_find(f, &i);
}

static bool
calendar(const struct facts *f)
{
	return f->has_calendar ||
	       facts_header_has(f, "Content-Class", "calendarmessage") ||
	       (f->has_appointment && !rule_is_answer(f) &&
		   facts_header(f, "In-Reply-To") == NULL);
}

/*
 * Senders of bulk have it, but Proton puts one on each user's mail, and
 * Amazon on all it relays.
 */
static bool
feedback_id(const struct facts *f)
{
	static const char *const programs[] = {
	    "Amazon WorkMail",
	    "Apple Mail",
	    "iPhone Mail",
	    "iPad Mail",
	    "Microsoft Outlook",
	    "Mozilla Thunderbird",
	    "Roundcube",
	};

	if (facts_header(f, "Feedback-ID") == NULL ||
	    facts_header_has(f, "Feedback-ID", ":user:proton"))
		return false;
	for (size_t i = 0; i < PN_ARRAY_LEN(programs); i++)
		if (facts_header_has(f, "X-Mailer", programs[i]) ||
		    facts_header_has(f, "User-Agent", programs[i]))
			return false;
	return true;
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
	    "X-CampaignID",
	};

	for (size_t i = 0; i < PN_ARRAY_LEN(names); i++)
		if (facts_header(f, names[i]) != NULL)
			return true;
	return feedback_id(f) || facts_header_word(f, "Precedence", "bulk") ||
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
    {"junk-report", VERDICT_COMPLAINT, old_complaint},
    {"disposition", VERDICT_RECEIPT, receipt},
    {"disposition-rejected", VERDICT_BOUNCE, refused_by_receipt},
    {"tls-report", VERDICT_REPORT, tls_report},
    {"dmarc-report", VERDICT_REPORT, dmarc_report},
    {"status-failed", VERDICT_BOUNCE, status_failed},
    {"status-delayed", VERDICT_DELAYED, status_delayed},
    {"status-delivered", VERDICT_DELIVERED, status_delivered},
    {"delay-words", VERDICT_DELAYED, rule_bounce_delay},
    {"status-broken", VERDICT_BOUNCE, rule_broken_report},
    {"bounce-header", VERDICT_BOUNCE, rule_bounce_header},
    {"receipt-words", VERDICT_RECEIPT, rule_receipt_words},
    {"family", VERDICT_BOUNCE, family}, /* whose id speaks for it */
    {"bounce-signs", VERDICT_BOUNCE, rule_bounce_signs},
    {"calendar", VERDICT_CALENDAR, calendar},
    {"auto-replied", VERDICT_AUTO_REPLY, rule_auto_replied},
    {"reply-header", VERDICT_AUTO_REPLY, rule_reply_header},
    {"reply-subject", VERDICT_AUTO_REPLY, rule_reply_by_subject},
    {"reply-colon", VERDICT_AUTO_REPLY, rule_reply_before_colon},
    {"reply-third", VERDICT_AUTO_REPLY, rule_reply_in_third_person},
    {"reply-signs", VERDICT_AUTO_REPLY, rule_reply_signs},
    {"list", VERDICT_LIST, list},
    {"auto-submitted", VERDICT_AUTO_OTHER, rule_auto_submitted},
    {"auto-header", VERDICT_AUTO_OTHER, rule_other_header},
    {"no-reply", VERDICT_AUTO_OTHER, rule_other_sender},
    {"from-root", VERDICT_AUTO_OTHER, rule_from_root},
    {"null-to-bounce", VERDICT_BOUNCE, null_to_bounce},
    {"mailer", VERDICT_BOUNCE, rule_from_mailer},
    {"no-answers", VERDICT_AUTO_OTHER, rule_answers_unwanted},
    {"spam", VERDICT_SPAM, spam},
    {"null-sender", VERDICT_AUTO_OTHER, null_sender},
    {"to-bounce", VERDICT_AUTO_OTHER, to_bounce},
    {"person", VERDICT_PERSON, always},
};

/* The families' rules are numbered behind those of the table. */
size_t
classify_rules(void)
{
	return PN_ARRAY_LEN(rules) + family_count();
}

const char *
classify_rule_id(size_t rule)
{
	if (rule >= PN_ARRAY_LEN(rules))
		return family_get(rule - PN_ARRAY_LEN(rules))->id;
	return rules[rule].id;
}

size_t
classify_rule_malformed(void)
{
	return 0;
}

/* People pass reports on, and some programs take their parts along. */
static bool
passed_on(const struct facts *f)
{
	return rule_is_answer(f) && !f->is_report && !f->to_bounce &&
	       !f->null_sender && !f->sender_unknown &&
	       !rule_auto_submitted(f) && !rule_from_machine(f);
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
	size_t which;

	while (!rules[i].match(f))
		i++;
	v->kind = (uint8_t)rules[i].kind;
	if (rules[i].match == family && signs_find(f, &which))
		i = PN_ARRAY_LEN(rules) + which;
	v->rule = (uint16_t)i;
	if (f->has_delivery_status && f->report.action != REPORT_NONE) {
		add_status(v, &f->report);
		if (f->report.mute && v->kind == VERDICT_BOUNCE) {
			report_guess(facts_text(f), &guess);
			v->hard = guess.hard ? 1 : 0;
		}
		if (report_refuses_mail(facts_text(f), &f->report))
			v->hard = 0;
	} else if (v->kind == VERDICT_BOUNCE) {
		report_guess(facts_text(f), &guess);
		add_status(v, &guess);
		/* what cannot be told from what came back proves nothing */
		if (f->broken)
			v->hard = 0;
	}
}

/* Kinds that are about a mail of ours, which may have come back with them. */
static bool
is_about_ours(enum verdict_kind kind)
{
	return kind == VERDICT_BOUNCE || kind == VERDICT_DELAYED ||
	       kind == VERDICT_DELIVERED || kind == VERDICT_COMPLAINT;
}

/* The token; behind the header only where a mail of ours may have come back. */
static void
trace(const struct facts *f, const uint8_t *data, size_t len, struct verdict *v)
{
	bool about = is_about_ours(v->kind);

	trace_find(f->own, data, len, about, v->token);
	if (!about || v->token[0] == ADDRESS_BOUNCE ||
	    v->token[0] == ADDRESS_MESSAGE_ID)
		return;
	trace_returned(f->own, f->back.data, f->back.len, v->token);
	if (v->token[0] == '\0' || v->token[0] == ADDRESS_REPLY)
		trace_returned(f->own, f->text.data, f->text.len, v->token);
}

void
classify(const struct trace_own *own, const struct classify_envelope *envelope,
    const uint8_t *data, size_t len, struct verdict *v_r)
{
	facts_auto struct facts f = {0};
	buf_auto struct buf copy = {0};
	struct classify_envelope at = *envelope;

	*v_r = (struct verdict){.kind = VERDICT_MALFORMED};
	if (len > CLASSIFY_MAIL_MAX)
		len = CLASSIFY_MAIL_MAX;
	if (caps_cr_only(data, len)) {
		caps_cr_to_lf(&copy, data, len);
		data = copy.data;
		len = copy.len;
	}
	if (envelope->unknown && caps_mbox_null(data, len))
		at.null_sender = true;
	caps_skip_preface(&data, &len);
	if (len == 0 || memchr(data, '\0', len < 64 ? len : 64) != NULL ||
	    !caps_header_fits(data, len))
		return;
	len = caps_cut(data, len);
	if (facts_read(own, &at, data, len, &f) < 0 || f.too_much)
		return;
	if (envelope->unknown) {
		trace_find(own, data, len, false, v_r->token);
		f.to_bounce = v_r->token[0] == ADDRESS_BOUNCE;
	}
	if (passed_on(&f))
		f.has_delivery_status = f.has_disposition = false;
	decide(&f, v_r);
	trace(&f, data, len, v_r);
}
