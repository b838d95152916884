/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>
#include "bridge/address.h"
#include "tests/unit/run.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567abcdef"

static const struct address_style domain_style = {
    .domain = "reply.practice.example",
};
static const struct address_style plus_style = {
    .domain = "reply.practice.example",
    .mailbox = "office@practice.example",
};

static const struct {
	const char *address;
	bool valid;
} grammar[] = {
    {"a@b", true},
    {"first.last+tag@mail.example.org", true},
    {"o'hara@example.org", true},
    {"a@[192.0.2.1]", true},
    {"a@[IPv6:2001:db8::1]", true},
    {"a@xn--mller-kva.example", true},
    {"", false},
    {"a", false},
    {"@b", false},
    {"a@", false},
    {"a@b\r\nRCPT TO:<evil@c>", false},
    {"a@b\n", false},
    {"a b@c", false},
    {"a@b c", false},
    {"<a@b>", false},
    {"a@b>", false},
    {"a@b> NOTIFY=NEVER", false},
    {"\"a b\"@c", false},
    {"a..b@c", false},
    {".a@b", false},
    {"a.@b", false},
    {"a@.b", false},
    {"a@b.", false},
    {"a@b..c", false},
    {"a@-b", false},
    {"a@b-", false},
    {"a@b-.c", false},
    {"a@b_c", false},
    {"a@[1.2.3.4", false},
    {"a@[]", false},
    {"m\xc3\xbcller@example.org", false},
    {"a@m\xc3\xbcller.example", false},
    {"a\x7f@b", false},
    {"a(comment)@b", false},
    {"a@b,c@d", false},
    {"a@b@c", false},
};

START_TEST(test_grammar)
{
	ck_assert_msg(address_valid(grammar[_i].address) == grammar[_i].valid,
	    "case %d", _i);
}
END_TEST

START_TEST(test_lengths)
{
	char address[ADDRESS_MAX + 16];
	char local[ADDRESS_LOCAL_MAX + 2];

	memset(local, 'x', sizeof(local));
	(void)snprintf(address, sizeof(address), "%.*s@b.example",
	    ADDRESS_LOCAL_MAX, local);
	ck_assert(address_valid(address));
	(void)snprintf(address, sizeof(address), "%.*s@b.example",
	    ADDRESS_LOCAL_MAX + 1, local);
	ck_assert(!address_valid(address));
	memset(address, 'x', sizeof(address));
	memcpy(address, "a@", 2);
	for (size_t i = 32; i < sizeof(address); i += 32)
		address[i] = '.';
	address[ADDRESS_MAX] = '\0';
	ck_assert(address_valid(address));
	address[ADDRESS_MAX] = 'x';
	address[ADDRESS_MAX + 1] = '\0';
	ck_assert(!address_valid(address));
}
END_TEST

static const struct {
	const struct address_style *style;
	const char *address;
	const char *labelled; /* NULL: none of ours */
} ours[] = {
    {&domain_style, "r-" TOKEN "@reply.practice.example", "r-" TOKEN},
    {&domain_style, "b-" TOKEN "@reply.practice.example", "b-" TOKEN},
    {&domain_style,
	"R-ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEF@REPLY.practice.example",
	"r-" TOKEN},
    {&domain_style, "r-" TOKEN "@practice.example", NULL},
    {&domain_style, "r-" TOKEN "@x.reply.practice.example", NULL},
    {&domain_style, "c-" TOKEN "@reply.practice.example", NULL},
    {&domain_style, "r_" TOKEN "@reply.practice.example", NULL},
    {&domain_style, "r-@reply.practice.example", NULL},
    {&domain_style, "r-abc@reply.practice.example", NULL},
    {&domain_style, "r-" TOKEN "1@reply.practice.example", NULL},
    {&domain_style, "r-" TOKEN "+x@reply.practice.example", NULL},
    {&domain_style, "r-" TOKEN TOKEN "@reply.practice.example", NULL},
    {&domain_style, "postmaster@reply.practice.example", NULL},
    {&domain_style, "office+r-" TOKEN "@reply.practice.example", NULL},
    {&plus_style, "office+r-" TOKEN "@practice.example", "r-" TOKEN},
    {&plus_style, "Office+B-" TOKEN "@Practice.Example", "b-" TOKEN},
    {&plus_style, "office@practice.example", NULL},
    {&plus_style, "office+@practice.example", NULL},
    {&plus_style, "office-r-" TOKEN "@practice.example", NULL},
    {&plus_style, "other+r-" TOKEN "@practice.example", NULL},
    {&plus_style, "r-" TOKEN "@practice.example", NULL},
    {&plus_style, "r-" TOKEN "@reply.practice.example", NULL},
};

START_TEST(test_parse)
{
	char labelled[ADDRESS_LABELLED_MAX + 1] = "";
	bool is_ours =
	    address_parse(ours[_i].style, ours[_i].address, labelled);

	ck_assert_msg(is_ours == (ours[_i].labelled != NULL), "case %d", _i);
	if (is_ours)
		ck_assert_str_eq(labelled, ours[_i].labelled);
}
END_TEST

START_TEST(test_build)
{
	static const struct address_style odd = {
	    .domain = "reply example",
	};
	char address[ADDRESS_MAX + 1];

	ck_assert_int_eq(
	    address_build(&domain_style, ADDRESS_REPLY, TOKEN, address), 0);
	ck_assert_str_eq(address, "r-" TOKEN "@reply.practice.example");
	ck_assert_int_eq(
	    address_build(&plus_style, ADDRESS_BOUNCE, TOKEN, address), 0);
	ck_assert_str_eq(address, "office+b-" TOKEN "@practice.example");
	ck_assert_int_lt(
	    address_build(&domain_style, ADDRESS_REPLY, "", address), 0);
	ck_assert_int_lt(address_build(&domain_style, ADDRESS_REPLY,
			     TOKEN "\r\nX: y", address),
	    0);
	ck_assert_int_lt(address_build(&odd, ADDRESS_REPLY, TOKEN, address), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("address");
	TCase *t = tcase_create("address");

	tcase_add_loop_test(t, test_grammar, 0, (int)PN_ARRAY_LEN(grammar));
	tcase_add_test(t, test_lengths);
	tcase_add_loop_test(t, test_parse, 0, (int)PN_ARRAY_LEN(ours));
	tcase_add_test(t, test_build);
	suite_add_tcase(s, t);
	return run_suite(s);
}
