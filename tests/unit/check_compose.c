/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <gmime/gmime.h>
#include "bridge/compose.h"
#include "tests/unit/run.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567abcdef"
#define DATE INT64_C(1795435200000) /* Mon, 23 Nov 2026 12:00:00 */

static struct template_set *
load(void)
{
	char dir[512];
	char error[TEMPLATE_ERROR_MAX];
	struct template_set *set = NULL;

	g_mime_init();
	(void)snprintf(
	    dir, sizeof(dir), "%s/templates", getenv("POSTERN_SRCDIR"));
	ck_assert_msg(template_load(dir, &set, error) == 0, "%s", error);
	return set;
}

static const struct compose_identity plain = {
    .from = "portal@practice.example",
    .style = {.domain = "reply.practice.example"},
};

static const char *const languages[] = {"en", "es"};

/* Every kind in every language: loop number I. */
#define KINDS_AND_LANGUAGES (TEMPLATE_KINDS * (int)PN_ARRAY_LEN(languages))

static struct compose_notice
notice(int i)
{
	enum template_kind kind = (enum template_kind)(i % TEMPLATE_KINDS);

	return (struct compose_notice){
	    .kind = kind,
	    .to = "client@example.net",
	    .language = languages[i / TEMPLATE_KINDS],
	    .reply = TOKEN,
	    .bounce = kind == TEMPLATE_PROMPT ? "" : TOKEN,
	    .message_id = "abcdefghijklmnopqrstuvwx22",
	    .values =
		{
		    .practice_name = "Lakeside",
		    .practice_phone = "+1 555 0100",
		    .emergency = "call 911",
		    .link_url = "https://portal.example/t/" TOKEN,
		},
	    .date = DATE,
	};
}

static bool
has_line(const struct composed *c, const char *line)
{
	char wanted[512];

	(void)snprintf(wanted, sizeof(wanted), "\r\n%s\r\n", line);
	return strstr((const char *)c->mail.data, wanted) != NULL ||
	       strncmp((const char *)c->mail.data, wanted + 2,
		   strlen(wanted) - 2) == 0;
}

START_TEST(test_headers)
{
	template_auto struct template_set *set = load();
	struct compose_notice n = notice(_i);
	bool prompt = n.kind == TEMPLATE_PROMPT;
	composed_auto struct composed c = {0};
	const char *plain_at, *html_at;

	ck_assert_int_eq(compose(set, &plain, &n, &c), 0);
	ck_assert_str_eq(c.recipient, "client@example.net");
	ck_assert_str_eq(
	    c.sender, prompt ? "" : "b-" TOKEN "@reply.practice.example");
	ck_assert(has_line(&c, "From: Lakeside <portal@practice.example>"));
	ck_assert(has_line(&c, "To: client@example.net"));
	ck_assert(has_line(&c, "Reply-To: r-" TOKEN "@reply.practice.example"));
	ck_assert(has_line(&c, "Date: Mon, 23 Nov 2026 12:00:00 +0000"));
	ck_assert(has_line(
	    &c, "Message-Id: <abcdefghijklmnopqrstuvwx22@practice.example>"));
	ck_assert(has_line(&c, prompt ? "Auto-Submitted: auto-replied"
				      : "Auto-Submitted: auto-generated"));
	ck_assert(has_line(&c, "X-Auto-Response-Suppress: All"));
	ck_assert(has_line(&c, "MIME-Version: 1.0"));
	plain_at = strstr((const char *)c.mail.data, "text/plain");
	html_at = strstr((const char *)c.mail.data, "text/html");
	ck_assert_ptr_nonnull(plain_at);
	ck_assert_ptr_nonnull(html_at);
	ck_assert(plain_at < html_at);
	ck_assert_ptr_null(strstr((const char *)c.mail.data, "In-Reply-To"));
	ck_assert_ptr_null(strstr((const char *)c.mail.data, "Precedence"));
	ck_assert(compose_wire_safe(c.mail.data, c.mail.len));
}
END_TEST

/* Names from a settings file may hold anything. */
static const char *const names[] = {
    "Praxis M\xc3\xbcller",
    "\xe8\xa8\xba\xe7\x99\x82\xe6\x89\x80",
    "a\r\nBcc: evil@example.org",
    "a\nb\rc",
    "\xff\xfe broken",
    "\"quoted\" <evil@example.org>",
    "a, b; c: d",
    "=?utf-8?q?=0D=0ABcc:_x?=",
    "",
};

START_TEST(test_names)
{
	template_auto struct template_set *set = load();
	struct compose_identity id = plain;
	struct compose_notice n = notice(TEMPLATE_MESSAGE);
	composed_auto struct composed c = {0};
	const char *text;

	n.values.practice_name = names[_i];
	ck_assert_int_eq(compose(set, &id, &n, &c), 0);
	ck_assert(compose_wire_safe(c.mail.data, c.mail.len));
	text = (const char *)c.mail.data;
	ck_assert_ptr_null(strstr(text, "\nBcc"));
	ck_assert_ptr_nonnull(strstr(text, "portal@practice.example"));
}
END_TEST

START_TEST(test_long_line)
{
	template_auto struct template_set *set = load();
	struct compose_notice n = notice(TEMPLATE_MESSAGE);
	composed_auto struct composed c = {0};
	char url[1001];

	memset(url, 'x', sizeof(url));
	memcpy(url, "https://p.example/", 18);
	url[1000] = '\0';
	n.values.link_url = url;
	n.values.practice_name = url + 18;
	ck_assert_int_eq(compose(set, &plain, &n, &c), 0);
	ck_assert(compose_wire_safe(c.mail.data, c.mail.len));
}
END_TEST

/* Two notifications differ in their tokens, and in nothing a size tells. */
START_TEST(test_one_shape)
{
	template_auto struct template_set *set = load();
	struct compose_notice n = notice(_i);
	composed_auto struct composed a = {0};
	composed_auto struct composed b = {0};

	ck_assert_int_eq(compose(set, &plain, &n, &a), 0);
	n.reply = "zbcdefghijklmnopqrstuvwxyz234567abcdef";
	n.bounce = n.bounce[0] == '\0' ? "" : n.reply;
	n.message_id = "zbcdefghijklmnopqrstuvwx22";
	n.values.link_url = "https://portal.example/t/z"
			    "bcdefghijklmnopqrstuvwxyz234567abcdef";
	ck_assert_int_eq(compose(set, &plain, &n, &b), 0);
	ck_assert_uint_eq(a.mail.len, b.mail.len);
	for (size_t i = 0; i < a.mail.len; i++)
		ck_assert(a.mail.data[i] == b.mail.data[i] ||
			  (a.mail.data[i] == 'a' && b.mail.data[i] == 'z'));
}
END_TEST

START_TEST(test_envelopes)
{
	template_auto struct template_set *set = load();
	struct compose_identity id = plain;
	struct compose_notice n = notice(TEMPLATE_MESSAGE);
	composed_auto struct composed fixed = {0};
	composed_auto struct composed plus = {0};
	composed_auto struct composed prompt = {0};

	id.fixed_sender = "bounces@practice.example";
	ck_assert_int_eq(compose(set, &id, &n, &fixed), 0);
	ck_assert_str_eq(fixed.sender, "bounces@practice.example");
	/* the returned headers still tell whose it was */
	ck_assert(has_line(&fixed, "X-Postern-Notice: b-" TOKEN));
	id.style.mailbox = "office@practice.example";
	id.fixed_sender = NULL;
	ck_assert_int_eq(compose(set, &id, &n, &plus), 0);
	ck_assert_str_eq(plus.sender, "office+b-" TOKEN "@practice.example");
	ck_assert(
	    has_line(&plus, "Reply-To: office+r-" TOKEN "@practice.example"));
	/* a prompt has a null sender whatever the lease and settings say */
	n = notice(TEMPLATE_PROMPT);
	n.bounce = TOKEN;
	id.fixed_sender = "bounces@practice.example";
	ck_assert_int_eq(compose(set, &id, &n, &prompt), 0);
	ck_assert_str_eq(prompt.sender, "");
}
END_TEST

static const struct {
	const char *to;
	const char *reply;
	const char *bounce;
	const char *message_id;
} bad[] = {
    {"a@b\r\nRCPT TO:<e@x>", TOKEN, TOKEN, "abc"},
    {"a b@c", TOKEN, TOKEN, "abc"},
    {"m\xc3\xbcller@c", TOKEN, TOKEN, "abc"},
    {"", TOKEN, TOKEN, "abc"},
    {"a@b", TOKEN "\r\nX: y", TOKEN, "abc"},
    {"a@b", "short", TOKEN, "abc"},
    {"a@b", TOKEN, "../../etc/passwd@x", "abc"},
    {"a@b", TOKEN, TOKEN, "a b"},
    {"a@b", TOKEN, TOKEN, "a>\r\nX: y"},
    {"a@b", TOKEN, TOKEN, ""},
    {"a@b", TOKEN, TOKEN, "a@b"},
};

START_TEST(test_refusals)
{
	template_auto struct template_set *set = load();
	struct compose_notice n = notice(TEMPLATE_MESSAGE);
	composed_auto struct composed c = {0};

	n.to = bad[_i].to;
	n.reply = bad[_i].reply;
	n.bounce = bad[_i].bounce;
	n.message_id = bad[_i].message_id;
	ck_assert_int_eq(compose(set, &plain, &n, &c), -EINVAL);
}
END_TEST

static const struct {
	const char *text;
	bool safe;
} wires[] = {
    {"a\r\n", true},
    {"a\tb\r\n\r\n", true},
    {"a", false},
    {"a\n", false},
    {"a\r", false},
    {"a\nb\r\n", false},
    {"a\rb\r\n", false},
    {"a\r\r\n", false},
    {"\xc3\xbc\r\n", false},
    {"a\x01\r\n", false},
    {"a\x7f\r\n", false},
};

START_TEST(test_wire)
{
	ck_assert_msg(compose_wire_safe((const uint8_t *)wires[_i].text,
			  strlen(wires[_i].text)) == wires[_i].safe,
	    "case %d", _i);
}
END_TEST

START_TEST(test_wire_lengths)
{
	uint8_t line[1001];

	memset(line, 'x', sizeof(line));
	memcpy(line + 998, "\r\n", 2);
	ck_assert(compose_wire_safe(line, 1000));
	line[998] = 'x';
	memcpy(line + 999, "\r\n", 2);
	ck_assert(!compose_wire_safe(line, 1001));
	ck_assert(!compose_wire_safe((const uint8_t *)"a\0\r\n", 4));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("compose");
	TCase *t = tcase_create("compose");

	tcase_add_loop_test(t, test_headers, 0, KINDS_AND_LANGUAGES);
	tcase_add_loop_test(t, test_names, 0, (int)PN_ARRAY_LEN(names));
	tcase_add_test(t, test_long_line);
	tcase_add_loop_test(t, test_one_shape, 0, KINDS_AND_LANGUAGES);
	tcase_add_test(t, test_envelopes);
	tcase_add_loop_test(t, test_refusals, 0, (int)PN_ARRAY_LEN(bad));
	tcase_add_loop_test(t, test_wire, 0, (int)PN_ARRAY_LEN(wires));
	tcase_add_test(t, test_wire_lengths);
	suite_add_tcase(s, t);
	return run_suite(s);
}
