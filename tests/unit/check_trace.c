/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>
#include <gmime/gmime.h>
#include "base/attr.h"
#include "bridge/classify.h"
#include "bridge/trace.h"
#include "tests/unit/run.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567abcdef"
#define OTHER "zyxwvutsrqponmlkjihgfedcba765432zyxwvu"
#define REPLY "r-" TOKEN "@reply.practice.example"
#define BOUNCE "b-" TOKEN "@reply.practice.example"
#define NOTICE "X-Postern-Notice: b-" TOKEN "\r\n"
#define ID "Message-ID: <" TOKEN "@practice.example>\r\n"
#define HEAD "From: a@b.example\r\n"

static const struct trace_own by_domain = {
    .from = "portal@practice.example",
    .style = {.domain = "reply.practice.example"},
};
static const struct trace_own by_mailbox = {
    .from = "portal@practice.example",
    .style = {.domain = "", .mailbox = "portal@practice.example"},
};

/* RETURNED: the mail may have one of ours in it. */
static const struct {
	const char *name;
	const char *mail;
	bool returned;
	const char *found;
} places[] = {
    {"nothing", HEAD "\r\n", true, ""},
    {"empty", "", true, ""},
    /* in its own header */
    {"To", HEAD "To: " REPLY "\r\n\r\n", false, "r-" TOKEN},
    {"To, with a name", HEAD "To: \"L, x\" <" REPLY ">\r\n\r\n", false,
	"r-" TOKEN},
    {"Cc, folded", HEAD "Cc: a@b.example,\r\n <" REPLY ">\r\n\r\n", false,
	"r-" TOKEN},
    {"Delivered-To", HEAD "Delivered-To: " REPLY "\r\n\r\n", false, "r-" TOKEN},
    {"X-Original-To", HEAD "X-Original-To: " BOUNCE "\r\n\r\n", false,
	"b-" TOKEN},
    {"Received for", "Received: by x for <" BOUNCE ">; now\r\n\r\n", false,
	"b-" TOKEN},
    {"folded case",
	HEAD "To: R-ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEF"
	     "@REPLY.practice.EXAMPLE\r\n\r\n",
	false, "r-" TOKEN},
    {"a bounce address outweighs a reply address",
	HEAD "To: " REPLY "\r\nCc: b-" OTHER "@reply.practice.example\r\n\r\n",
	false, "b-" OTHER},
    {"the first of two",
	HEAD "To: " REPLY ", r-" OTHER "@reply.practice.example\r\n\r\n", false,
	"r-" TOKEN},
    {"no line behind the header", HEAD "To: " REPLY, false, "r-" TOKEN},
    /* in what came back */
    {"our header", HEAD "\r\n" NOTICE, true, "b-" TOKEN},
    {"our header, as some write it",
	HEAD "\r\nX-POSTERN-NOTICE:b-" TOKEN "\r\n", true, "b-" TOKEN},
    {"our header, folded", HEAD "\r\nX-Postern-Notice:\r\n b-" TOKEN "\r\n",
	true, "b-" TOKEN},
    {"our header, quoted", HEAD "\r\n> " NOTICE, true, "b-" TOKEN},
    {"Message-ID", HEAD "\r\n" ID, true, "m-" TOKEN},
    {"In-Reply-To of a report",
	HEAD "\r\nIn-Reply-To: <" TOKEN "@practice.example>\r\n", true,
	"m-" TOKEN},
    {"our header outweighs Message-ID",
	HEAD "\r\nMessage-ID: <" OTHER "@practice.example>\r\n" NOTICE, true,
	"b-" TOKEN},
    {"what came back outweighs a reply address",
	HEAD "To: r-" OTHER "@reply.practice.example\r\n\r\n" NOTICE, true,
	"b-" TOKEN},
    {"a bounce address outweighs what came back",
	HEAD "To: " BOUNCE "\r\n\r\nX-Postern-Notice: b-" OTHER "\r\n", true,
	"b-" TOKEN},
    {"a reply address stays if nothing came back", HEAD "To: " REPLY "\r\n\r\n",
	true, "r-" TOKEN},
    /* of a person: never behind the header */
    {"quoted header", HEAD "\r\n" NOTICE ID, false, ""},
    {"address in the text", HEAD "\r\nIt said " BOUNCE "\r\n", false, ""},
    /* forged shapes */
    {"address in the text of a report", HEAD "\r\nIt said " BOUNCE "\r\n", true,
	""},
    {"another domain", HEAD "To: r-" TOKEN "@reply.other.example\r\n\r\n",
	false, ""},
    {"a domain behind ours",
	HEAD "To: r-" TOKEN "@reply.practice.example.com\r\n\r\n", false, ""},
    {"a domain below ours",
	HEAD "To: r-" TOKEN "@x.reply.practice.example\r\n\r\n", false, ""},
    {"another label", HEAD "To: x-" TOKEN "@reply.practice.example\r\n\r\n",
	false, ""},
    {"m- is no address", HEAD "To: m-" TOKEN "@reply.practice.example\r\n\r\n",
	false, ""},
    {"digits that base32 has not",
	HEAD "To: r-abcdefghijklmnopqrstuvwxyz018901abcdef"
	     "@reply.practice.example\r\n\r\n",
	false, ""},
    {"too short", HEAD "To: r-abcdefgh@reply.practice.example\r\n\r\n", false,
	""},
    {"too long", HEAD "To: r-" TOKEN TOKEN "@reply.practice.example\r\n\r\n",
	false, ""},
    {"a reply token in our header",
	HEAD "\r\nX-Postern-Notice: r-" TOKEN "\r\n", true, ""},
    {"nothing in our header", HEAD "\r\nX-Postern-Notice:", true, ""},
    {"a Message-ID of another",
	HEAD "\r\nMessage-ID: <" TOKEN "@other.example>\r\n", true, ""},
    {"a Message-ID of a colleague",
	HEAD "\r\nMessage-ID: <1234.5678@practice.example>\r\n", true, ""},
};

START_TEST(test_places)
{
	size_t len = strlen(places[_i].mail);
	char found[ADDRESS_LABELLED_MAX + 1];
	/* exactly LEN bytes, so that a sanitizer sees one read too many */
	uint8_t *copy = malloc(len == 0 ? 1 : len);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, places[_i].mail, len);
	trace_find(&by_domain, copy, len, places[_i].returned, found);
	free(copy);
	ck_assert_msg(strcmp(found, places[_i].found) == 0, "%s: \"%s\"",
	    places[_i].name, found);
}
END_TEST

START_TEST(test_plus_style)
{
	static const char mail[] =
	    HEAD "To: portal+r-" TOKEN "@practice.example\r\n\r\n";
	static const char bare[] = HEAD "To: " REPLY "\r\n\r\n";
	char found[ADDRESS_LABELLED_MAX + 1];

	trace_find(
	    &by_mailbox, (const uint8_t *)mail, sizeof(mail) - 1, false, found);
	ck_assert_str_eq(found, "r-" TOKEN);
	trace_find(
	    &by_mailbox, (const uint8_t *)bare, sizeof(bare) - 1, false, found);
	ck_assert_str_eq(found, "");
}
END_TEST

/* ---- through the classifier ---------------------------------------------- */

#define REPORT(type, back)                                                     \
	"From: MAILER-DAEMON@mx.example.org\r\n"                               \
	"Content-Type: multipart/report; report-type=delivery-status; "        \
	"boundary=x\r\n\r\n"                                                   \
	"--x\r\nContent-Type: text/plain\r\n\r\nUser unknown\r\n"              \
	"--x\r\nContent-Type: message/delivery-status\r\n\r\n"                 \
	"Final-Recipient: rfc822; robin@example.net\r\n"                       \
	"Action: failed\r\nStatus: 5.1.1\r\n\r\n"                              \
	"--x\r\nContent-Type: " type "\r\n\r\n" back "\r\n--x--\r\n"

/* "X-Postern-Notice: b-TOKEN" in base64 */
#define NOTICE64                                                               \
	"WC1Qb3N0ZXJuLU5vdGljZTogYi1hYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5"         \
	"\r\nejIzNDU2N2FiY2RlZg0K"
#define BASE64 "\r\nContent-Transfer-Encoding: base64"

static const struct {
	const char *name;
	const char *mail;
	const char *found;
} mails[] = {
    {"the whole mail", REPORT("message/rfc822", HEAD NOTICE ID "\r\nhi"),
	"b-" TOKEN},
    {"its header alone (RFC 3462)", REPORT("text/rfc822-headers", HEAD ID),
	"m-" TOKEN},
    {"some of its header, as Exchange does",
	REPORT("text/rfc822-headers", "Subject: x\r\n" NOTICE), "b-" TOKEN},
    {"another Message-ID, as Amazon does",
	REPORT("message/rfc822",
	    "Message-ID: <0100018f@email.amazonses.example>\r\n" NOTICE),
	"b-" TOKEN},
    {"in base64", REPORT("message/rfc822" BASE64, NOTICE64), "b-" TOKEN},
    {"its header in base64", REPORT("text/rfc822-headers" BASE64, NOTICE64),
	"b-" TOKEN},
    {"in a part of global headers",
	REPORT("message/global-headers" BASE64, NOTICE64), "b-" TOKEN},
    {"in base64 that is text of the report",
	REPORT("text/plain" BASE64, NOTICE64), "b-" TOKEN},
    {"in an attachment that is none of it",
	REPORT("application/octet-stream" BASE64, NOTICE64), ""},
    {"a person's mail with one attached",
	"From: robin@example.net\r\n"
	"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
	"--x\r\nContent-Type: text/plain\r\n\r\nWhat is this?\r\n"
	"--x\r\nContent-Type: message/rfc822" BASE64 "\r\n\r\n" NOTICE64
	"\r\n--x--\r\n",
	""},
};

START_TEST(test_mails)
{
	const struct classify_envelope envelope = {.null_sender = false};
	struct verdict v;

	classify(&by_domain, &envelope, (const uint8_t *)mails[_i].mail,
	    strlen(mails[_i].mail), &v);
	ck_assert_msg(strcmp(v.token, mails[_i].found) == 0, "%s: \"%s\"",
	    mails[_i].name, v.token);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("trace");
	TCase *t = tcase_create("trace");

	g_mime_init();
	tcase_add_loop_test(t, test_places, 0, (int)PN_ARRAY_LEN(places));
	tcase_add_test(t, test_plus_style);
	tcase_add_loop_test(t, test_mails, 0, (int)PN_ARRAY_LEN(mails));
	suite_add_tcase(s, t);
	return run_suite(s);
}
