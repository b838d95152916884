/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>
#include <gmime/gmime.h>
#include "bridge/classify.h"
#include "bridge/family.h"
#include "bridge/report.h"
#include "bridge/rule_away.h"
#include "bridge/signs.h"
#include "tests/unit/run.h"

#define PATH_LEN 512
#define LINE_LEN 256
#define MAIL_MAX ((size_t)1024 * 1024)

static const struct trace_own own = {
    .from = "portal@practice.example",
    .style = {.domain = "reply.practice.example"},
};

static struct verdict
judge(const struct classify_envelope *envelope, const void *data, size_t len)
{
	struct verdict v;
	/* exactly LEN bytes, so that a sanitizer sees one read too many */
	uint8_t *copy = malloc(len == 0 ? 1 : len);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, data, len);
	classify(&own, envelope, copy, len, &v);
	free(copy);
	ck_assert(verdict_valid(&v, classify_rules()));
	return v;
}

static size_t
read_mail(const char *name, uint8_t *data)
{
	char path[PATH_LEN];
	FILE *f;
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/tests/mail/%s",
	    getenv("POSTERN_SRCDIR"), name);
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s", path);
	len = fread(data, 1, MAIL_MAX, f);
	(void)fclose(f);
	return len;
}

/* What labels.tsv says of one mail. */
struct label {
	char *file;
	char *kind;
	char *hard;
	char *status;
	char *token;
};

static void
label_read(char *line, struct label *l_r)
{
	char **fields[] = {
	    &l_r->file, &l_r->kind, &l_r->hard, &l_r->status, &l_r->token};

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < PN_ARRAY_LEN(fields); i++) {
		*fields[i] = strsep(&line, "\t");
		ck_assert_ptr_nonnull(*fields[i]);
	}
	ck_assert_ptr_null(line);
}

/* Is V what L says? */
static void
expect(const struct label *l, const struct verdict *v, const char *how)
{
	char status[VERDICT_STATUS_LEN + 1];
	const char *hard = "-";

	if (v->kind == VERDICT_BOUNCE)
		hard = v->hard ? "hard" : "soft";
	verdict_status(v, status);
	ck_assert_msg(
	    strcmp(verdict_kind_name(v->kind), l->kind) == 0 &&
		strcmp(hard, l->hard) == 0 &&
		strcmp(*status == '\0' ? "-" : status, l->status) == 0 &&
		strcmp(*v->token == '\0' ? "-" : v->token, l->token) == 0,
	    "%s%s: %s %s %s %s by %s", l->file, how, verdict_kind_name(v->kind),
	    hard, status, v->token, classify_rule_id(v->rule));
}

/* Each mail of labels.tsv through CHECK; returns how many there were. */
static unsigned
each_mail(void (*check)(const struct label *l, uint8_t *data, size_t len))
{
	static uint8_t data[MAIL_MAX];
	char path[PATH_LEN];
	char line[LINE_LEN];
	struct label label;
	unsigned n = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/tests/mail/labels.tsv",
	    getenv("POSTERN_SRCDIR"));
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
	for (; fgets(line, sizeof(line), f) != NULL; n++) {
		label_read(line, &label);
		check(&label, data, read_mail(label.file, data));
	}
	(void)fclose(f);
	return n;
}

static const struct classify_envelope on_disk = {.unknown = true};

static void
check_mail(const struct label *l, uint8_t *data, size_t len)
{
	struct verdict v = judge(&on_disk, data, len);

	expect(l, &v, "");
}

START_TEST(test_mails)
{
	ck_assert_uint_ge(each_mail(check_mail), 820);
}
END_TEST

/* What ends its lines another way is the same mail. */
static void
check_line_ends(const struct label *l, uint8_t *data, size_t len)
{
	struct verdict v;
	size_t to = 0;

	if (strcmp(l->kind, "malformed") == 0)
		return;
	for (size_t i = 0; i < len; i++)
		if (data[i] != '\r' || i + 1 == len || data[i + 1] != '\n')
			data[to++] = data[i];
	v = judge(&on_disk, data, to);
	expect(l, &v, " with LF");
}

START_TEST(test_line_ends)
{
	(void)each_mail(check_line_ends);
}
END_TEST

/* A bounce is no person's mail when half of it is missing. */
static void
check_half(const struct label *l, uint8_t *data, size_t len)
{
	struct verdict v = judge(&on_disk, data, len / 2);

	if (strcmp(l->kind, "bounce") == 0 || strcmp(l->kind, "delayed") == 0)
		ck_assert_msg(v.kind != VERDICT_PERSON, "half of %s", l->file);
}

START_TEST(test_half)
{
	(void)each_mail(check_half);
}
END_TEST

/* ---- families ------------------------------------------------------------ */

static void
facts_of(const char *name, struct facts *f_r)
{
	static uint8_t data[MAIL_MAX];
	size_t len = read_mail(name, data);
	/* an mbox line is no field */
	size_t skip =
	    memcmp(data, "From ", 5) == 0
		? (size_t)((uint8_t *)memchr(data, '\n', len) - data) + 1
		: 0;

	ck_assert_int_eq(
	    facts_read(&own, &on_disk, data + skip, len - skip, f_r), 0);
}

/* Does its sample show each sign, and is it known by it? */
START_TEST(test_signs)
{
	const struct sign *s = family_get((size_t)_i)->signs;

	for (; s != NULL && s->place != SIGN_NONE; s++) {
		facts_auto struct facts f = {0};
		size_t which;
		bool there = false;

		facts_of(s->sample, &f);
		if (s->place == SIGN_HEADER)
			there = facts_header(&f, s->text) != NULL;
		else if (s->place == SIGN_SUBJECT)
			there = strstr(f.subject, s->text) != NULL;
		else
			there = strstr(facts_text(&f), s->text) != NULL;
		ck_assert_msg(there, "\"%s\" in %s", s->text, s->sample);
		ck_assert_msg(signs_find(&f, &which), "%s", s->sample);
	}
}
END_TEST

/* Does its sample say each phrase, and a report mean what it says by it? */
START_TEST(test_phrases)
{
	const struct phrase *p = family_get((size_t)_i)->phrases;

	for (; p != NULL && p->text != NULL; p++) {
		facts_auto struct facts f = {0};
		bool hard = p->means != PHRASE_SOFT && p->means != PHRASE_ALIVE;
		char text[LINE_LEN * 2];
		struct report r;

		facts_of(p->sample, &f);
		ck_assert_msg(strstr(facts_text(&f), p->text) != NULL,
		    "\"%s\" in %s", p->text, p->sample);
		(void)snprintf(text, sizeof(text),
		    "Action: failed\nStatus: %s\n"
		    "Diagnostic-Code: smtp; 550 %s %s\n",
		    hard ? "5.0.0" : "5.1.1", p->also == NULL ? "" : p->also,
		    p->text);
		report_read(text, &r);
		ck_assert_msg(r.hard == hard, "\"%s\"", p->text);
	}
}
END_TEST

START_TEST(test_away)
{
	for (size_t i = 0; i < away_count(); i++) {
		facts_auto struct facts f = {0};
		const struct away *a = away_get(i);

		facts_of(a->sample, &f);
		ck_assert_msg(strncmp(f.subject, a->text, strlen(a->text)) == 0,
		    "\"%s\" in %s", a->text, a->sample);
	}
}
END_TEST

#define HEAD "From: a@b.example\r\nSubject: Hello\r\n"

/* The envelope outweighs what the mail looks like. */
static const struct {
	const char *name;
	struct classify_envelope envelope;
	const char *mail;
	enum verdict_kind kind;
} envelopes[] = {
    {"a person", {false, false, false}, HEAD "\r\nhi\r\n", VERDICT_PERSON},
    {"no body", {false, false, false}, HEAD, VERDICT_PERSON},
    {"null sender", {true, false, false}, HEAD "\r\nhi\r\n",
	VERDICT_AUTO_OTHER},
    {"to a bounce address", {false, true, false}, HEAD "\r\nhi\r\n",
	VERDICT_AUTO_OTHER},
    {"null sender to a bounce address", {true, true, false}, HEAD "\r\nhi\r\n",
	VERDICT_BOUNCE},
    {"the same, from a mailer without a word", {true, true, false},
	"From: MAILER-DAEMON\r\nSubject: failed\r\n\r\nsorry\r\n",
	VERDICT_BOUNCE},
    {"Return-Path is not believed behind an MTA", {false, false, false},
	"Return-Path: <>\r\n" HEAD "\r\nhi\r\n", VERDICT_PERSON},
    {"nor the other way", {true, false, false},
	"Return-Path: <a@b.example>\r\n" HEAD "\r\nhi\r\n", VERDICT_AUTO_OTHER},
    {"what an answer quotes of us", {false, false, false},
	"X-Auto-Response-Suppress: All\r\n" HEAD
	"\r\nYes.\r\nFrom: <portal@practice.example>\r\nAutomated message\r\n",
	VERDICT_PERSON},
    {"LF alone", {false, false, false}, "From: a@b\nSubject: x\n\nhi\n",
	VERDICT_PERSON},
    {"header without a body line", {false, false, false}, "From: a@b.example",
	VERDICT_PERSON},
};

START_TEST(test_envelopes)
{
	struct verdict v = judge(&envelopes[_i].envelope, envelopes[_i].mail,
	    strlen(envelopes[_i].mail));

	ck_assert_msg(v.kind == envelopes[_i].kind, "%s: %s by %s",
	    envelopes[_i].name, verdict_kind_name(v.kind),
	    classify_rule_id(v.rule));
}
END_TEST

/* Every beginning of every mail is a mail that was cut off. */
START_TEST(test_cut_off)
{
	static uint8_t data[MAIL_MAX];
	static const char *const names[] = {
	    "bounce-hard-wrapped.eml",
	    "person-japanese.eml",
	    "calendar-answer.eml",
	    "complaint-arf.eml",
	    "bounce-soft-several.eml",
	};
	const struct classify_envelope envelope = {.unknown = true};
	size_t len = read_mail(names[_i], data);

	for (size_t n = 0; n <= len; n++)
		(void)judge(&envelope, data, n);
}
END_TEST

static const struct {
	const char *text;
	enum report_action action;
	bool hard;
	const char *status;
} reports[] = {
    {"", REPORT_NONE, false, ""},
    {"Reporting-MTA: dns; x\n\n", REPORT_NONE, false, ""},
    {"Action: failed\nStatus: 5.1.1\n", REPORT_FAILED, true, "5.1.1"},
    {"action: FAILED\r\nstatus: 5.1.1\r\n", REPORT_FAILED, true, "5.1.1"},
    {"Action: failed (really)\nStatus: 5.1.1 (no)\n", REPORT_FAILED, true,
	"5.1.1"},
    {"Status: 5.1.1\n", REPORT_FAILED, true, "5.1.1"},
    {"Action: failed\nStatus: unknown\n", REPORT_FAILED, false, ""},
    {"Action: failed\nStatus: 5.1.1.1.1\n", REPORT_FAILED, false, ""},
    {"Action: failed\nStatus: 5.1111.1\n", REPORT_FAILED, false, ""},
    {"Action: failed\nStatus: 7.1.1\n", REPORT_FAILED, false, ""},
    {"Action: failed\nStatus: 5.1.10\n", REPORT_FAILED, true, "5.1.10"},
    {"Action: failed\nStatus: 5.1.7\n", REPORT_FAILED, false, "5.1.7"},
    {"Action: failed\nStatus: 5.2.2\n", REPORT_FAILED, false, "5.2.2"},
    {"Action: failed\nStatus: 5.0.0\n"
     "Diagnostic-Code: smtp; 550 5.1.1 no\n",
	REPORT_FAILED, true, "5.1.1"},
    {"Action: failed\nStatus: 5.0.0\n"
     "Diagnostic-Code: smtp; 550\n  5.1.1\n  user unknown\n",
	REPORT_FAILED, true, "5.1.1"},
    {"Action: failed\nStatus: 5.1.1\n"
     "Diagnostic-Code: smtp; 450 4.2.0 greylisted\n",
	REPORT_FAILED, false, "5.1.1"},
    {"Action: delayed\nStatus: 4.4.7\n", REPORT_DELAYED, false, "4.4.7"},
    {"Action: expanded\nStatus: 2.0.0\n", REPORT_DELIVERED, false, "2.0.0"},
    {"Action: delayed\nStatus: 4.4.7\n\nAction: failed\nStatus: 5.1.1\n",
	REPORT_FAILED, true, "5.1.1"},
    {"Action: failed\nStatus: 5.1.1\n\nAction: failed\nStatus: 5.2.2\n",
	REPORT_FAILED, false, "5.1.1"},
    {"Action: failed\nStatus: 5.8.1\n", REPORT_FAILED, false, ""},
    {"Action: failed\nStatus: 5.99.1\n"
     "Diagnostic-Code: smtp; 550 5.1.1 no\n",
	REPORT_FAILED, true, "5.1.1"},
    {"no colon\n:\n: \n\nAction\n", REPORT_NONE, false, ""},
};

START_TEST(test_reports)
{
	struct report r;
	struct verdict v = {0};
	char status[VERDICT_STATUS_LEN + 1];

	report_read(reports[_i].text, &r);
	ck_assert_msg(r.action == reports[_i].action, "case %d", _i);
	ck_assert_msg(r.hard == reports[_i].hard, "case %d", _i);
	v.status_class = r.status.class;
	v.status_subject = r.status.subject;
	v.status_detail = r.status.detail;
	verdict_status(&v, status);
	ck_assert_str_eq(status, reports[_i].status);
}
END_TEST

static const struct {
	const char *text;
	bool hard;
} guesses[] = {
    {"550 5.1.1 user unknown", true},
    {"no such user here", true},
    {"5.1.1", true},
    {"", false},
    {"could not be delivered", false},
    {"user unknown, as the mailbox is full", false},
    {"450 4.1.1 user unknown", false},
    {"no such user: blocked by policy", false},
    {"sorry. --- below this line is a copy of the message. no such user",
	false},
    {"no such user --- below this line is a copy of the message. quota", true},
};

START_TEST(test_guesses)
{
	struct report r;

	report_guess(guesses[_i].text, &r);
	ck_assert_msg(r.hard == guesses[_i].hard, "case %d", _i);
}
END_TEST

static const struct {
	struct verdict v;
	bool valid;
} verdicts[] = {
    {{.kind = VERDICT_PERSON}, true},
    {{.kind = VERDICT_BOUNCE,
	 .hard = 1,
	 .status_class = 5,
	 .status_subject = VERDICT_SUBJECT_MAX,
	 .status_detail = 999},
	true},
    {{.kind = VERDICT_KINDS}, false},
    {{.kind = 255}, false},
    {{.kind = VERDICT_PERSON, .hard = 1}, false},
    {{.kind = VERDICT_BOUNCE, .hard = 2}, false},
    {{.kind = VERDICT_BOUNCE, .rule = UINT16_MAX}, false},
    {{.kind = VERDICT_BOUNCE, .status_class = 3}, false},
    {{.kind = VERDICT_BOUNCE, .status_subject = 1}, false},
    {{.kind = VERDICT_BOUNCE,
	 .status_class = 5,
	 .status_subject = VERDICT_SUBJECT_MAX + 1},
	false},
    {{.kind = VERDICT_BOUNCE, .status_class = 5, .status_detail = 1000}, false},
};

START_TEST(test_verdicts)
{
	ck_assert_msg(verdict_valid(&verdicts[_i].v, classify_rules()) ==
			  verdicts[_i].valid,
	    "case %d", _i);
}
END_TEST

/* Ids go into the API and into logs: short, plain, one of each. */
START_TEST(test_rule_ids)
{
	for (size_t i = 0; i < classify_rules(); i++) {
		const char *id = classify_rule_id(i);

		ck_assert_uint_le(strlen(id), 24);
		ck_assert_uint_eq(
		    strspn(id, "abcdefghijklmnopqrstuvwxyz-"), strlen(id));
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(id, classify_rule_id(j));
	}
	ck_assert_str_eq(
	    classify_rule_id(classify_rule_malformed()), "malformed");
}
END_TEST

/* It refuses a verdict whose rule it cannot read, and the mail comes again. */
START_TEST(posternd_takes_every_rule)
{
	for (size_t i = 0; i < classify_rules(); i++) {
		const char *id = classify_rule_id(i);

		ck_assert_uint_ge(strlen(id), 1);
		ck_assert_uint_le(strlen(id), 32);
		ck_assert_uint_eq(strlen(id),
		    strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-"));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("classify");
	TCase *t = tcase_create("classify");

	g_mime_init();
	tcase_set_timeout(t, 60);
	tcase_add_test(t, posternd_takes_every_rule);
	tcase_add_test(t, test_mails);
	tcase_add_test(t, test_line_ends);
	tcase_add_test(t, test_half);
	tcase_add_loop_test(t, test_signs, 0, (int)family_count());
	tcase_add_loop_test(t, test_phrases, 0, (int)family_count());
	tcase_add_test(t, test_away);
	tcase_add_loop_test(t, test_envelopes, 0, (int)PN_ARRAY_LEN(envelopes));
	tcase_add_loop_test(t, test_cut_off, 0, 5);
	tcase_add_loop_test(t, test_reports, 0, (int)PN_ARRAY_LEN(reports));
	tcase_add_loop_test(t, test_guesses, 0, (int)PN_ARRAY_LEN(guesses));
	tcase_add_loop_test(t, test_verdicts, 0, (int)PN_ARRAY_LEN(verdicts));
	tcase_add_test(t, test_rule_ids);
	suite_add_tcase(s, t);
	return run_suite(s);
}
