/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/attr.h"
#include "base/public.h"
#include "daemon/strength.h"
#include "tests/unit/run.h"

#define UMLAUT "\303\244"
#define FACE "\360\237\230\200"

static const struct {
	const char *text;
	size_t length;
} lengths[] = {
    {"", 0},
    {"a", 1},
    {UMLAUT, 1},
    {"\342\202\254", 1},
    {FACE, 1},
    {"e\314\201", 2},
    {"a" UMLAUT FACE "b", 4},
};

START_TEST(characters_count)
{
	ck_assert_uint_eq(
	    strength_length(lengths[_i].text), lengths[_i].length);
}
END_TEST

static const struct {
	const char *text;
	bool beside;
	bool is_short;
} bounds[] = {
    {"", false, true},
    {"", true, true},
    {"kx9$mq2zwf7!vb", false, true},
    {"kx9$mq2zwf7!vb4", false, false},
    {"kx9$mq2", true, true},
    {"kx9$mq2z", true, false},
    {"kx9$mq2z", false, true},
    /* in characters, not in bytes */
    {"gr\303\274ne v\303\266gel\303\244\303\266\303\274", false, true},
    {"gr\303\274ne v\303\266gel \303\244\303\266\303\274", false, false},
    {FACE "x" UMLAUT "q" FACE "7" UMLAUT, true, true},
    {FACE "x" UMLAUT "q" FACE "7" UMLAUT "k", true, false},
};

/* The words say the numbers that the page is told. */
START_TEST(a_passphrase_is_long_enough_or_not)
{
	const char *wrong =
	    strength_refuses(bounds[_i].text, bounds[_i].beside, NULL);
	char words[64];

	(void)snprintf(words, sizeof(words),
	    "too short: at least %d characters",
	    bounds[_i].beside ? PUBLIC_PASSPHRASE_MIN_WITH_FACTOR
			      : PUBLIC_PASSPHRASE_MIN);
	if (bounds[_i].is_short)
		ck_assert_pstr_eq(wrong, words);
	else
		ck_assert_ptr_null(wrong);
}
END_TEST

/* Who works and writes here. */
static const char *here[] = {
    "Jane Okafor-Smith", "j.okafor@lakeside.example", "Lakeside Clinic", NULL};

static const struct {
	const char *text;
	bool beside;
	bool taken;
} table[] = {
    /* what everybody takes */
    {"password", true, false},
    {"12345678", true, false},
    {"qwertyui", true, false},
    {"Passw0rd!", true, false},
    {"letmein1", true, false},
    {"passwordpassword", false, false},
    {"Password1234567!", false, false},
    {"p@ssw0rdp@ssw0rd", false, false},
    {"drowssapdrowssap", false, false},
    {"iloveyouiloveyou", false, false},
    {"monkeymonkeymonkey", false, false},
    {"Summer2026Summer", false, false},
    /* what the keyboard offers */
    {"qwertyuiopasdfgh", false, false},
    {"qwertyuiop123456", false, false},
    {"asdfasdfasdfasdf", false, false},
    {"1234567890123456", false, false},
    {"abcdefghijklmnop", false, false},
    /* the same over and over */
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, false},
    {"               ", false, false},
    {"abcabcabcabcabcabc", false, false},
    {UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT
	    UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT,
	false, false},
    /* what anybody here would try first */
    {"jane2026", true, false},
    {"okafor77", true, false},
    {"Lakeside!", true, false},
    {"janeokafor12345", false, false},
    {"J4neOk4for12345", false, false},
    {"LAKESIDECLINIC1", false, false},
    {"lakesideclinic2026", false, false},
    {"LakesideClinic!", false, false},
    {"smithokaforjane", false, false},
    /* what nobody does; no capitals, digits or signs asked for */
    {"kx9$mq2z", true, true},
    {"mellow-otter", true, true},
    {"trombone umbrella", false, true},
    {"purple elephant dances slowly", false, true},
    {"seven grey owls under jane's desk", false, true},
    {"un gato duerme en la ventana", false, true},
    {"heute wollen wir schwimmen gehen", false, true},
    {"gr\303\274ne K\303\244ngurus springen", false, true},
    {"\343\201\212\350\214\266\343\202\222\351\243\262\343\202\200\346\231"
     "\202\351\226\223\343\201\214\345\245\275\343\201\215\343\201\247\343\201"
     "\231\344\273\212\346\227\245\343\202\202",
	false, true},
    {"  leading and trailing blanks  ", false, true},
    {"\"quotes\"; drop <b>table</b> 'x' \\n", false, true},
};

START_TEST(a_passphrase_is_hard_to_guess_or_not)
{
	const char *wrong =
	    strength_refuses(table[_i].text, table[_i].beside, here);

	if (table[_i].taken)
		ck_assert_ptr_null(wrong);
	else
		ck_assert_pstr_eq(wrong,
		    "too easy to guess: what many people use, a name, or "
		    "something repeated");
}
END_TEST

/* What is easy here is not elsewhere; a word or two is no matter. */
static struct {
	const char *words[4];
	bool taken;
} contexts[] = {
    {{NULL}, true},
    {{"", NULL}, true},
    {{" .@-_", "", NULL}, true},
    {{"Someone Else", "Seaside", NULL}, true},
    {{"Lakeside", NULL}, false},
    {{"la", "ke", "si", NULL}, true},
    {{"Lakeside", "Clinic", NULL}, false},
    {{"lakeside-clinic", NULL}, false},
    {{"", "LAKESIDE_CLINIC@example.org", NULL}, false},
};

START_TEST(the_context_decides)
{
	const char *wrong =
	    strength_refuses("lakesideclinic2026", false, contexts[_i].words);

	ck_assert((wrong == NULL) == contexts[_i].taken);
}
END_TEST

/* Names as long as they may be, and more words than are looked at. */
START_TEST(a_context_has_a_ceiling)
{
	char many[1025], one[1025];
	const char *context[] = {many, one, many, "otter", NULL};

	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = "wxyz "[i % 5];
	memset(one, 'w', sizeof(one));
	many[1024] = one[1024] = '\0';
	ck_assert_ptr_null(strength_refuses("mellow-otter", true, context));
	ck_assert_ptr_nonnull(strength_refuses("wxyzwxyz", true, context));
	ck_assert_ptr_nonnull(strength_refuses("wwwwwwww", true, context));
}
END_TEST

/* Of the longest there is only the beginning is looked at, soon. */
static const char *const longest[] = {
    "a",
    "ab",
    "password",
    "1990",
    "qwerty",
    "mellow otter, ",
    "@",
    "4",
    UMLAUT,
    "lakeside okafor jane ",
    "p4ssw0rdS3cr3t!",
    "1/2/1990",
    "trombone umbrella",
};

START_TEST(the_longest_takes_no_longer)
{
	char text[STRENGTH_BYTES + 1];
	size_t len = strlen(longest[_i]);
	clock_t before = clock();

	for (size_t i = 0; i < STRENGTH_BYTES; i++)
		text[i] = longest[_i][i % len];
	text[STRENGTH_BYTES] = '\0';
	(void)strength_refuses(text, false, here);
	/* some milliseconds; a tenth of a second under a sanitizer */
	ck_assert_int_lt(clock() - before, CLOCKS_PER_SEC / 2);
	/* what is hard by then stays so, whatever follows */
	memset(text + 100, 'a', STRENGTH_BYTES - 100);
	memcpy(text, "seven grey owls under a desk", 28);
	ck_assert_ptr_null(strength_refuses(text, false, here));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("strength");
	TCase *tc = tcase_create("strength");

	tcase_add_loop_test(
	    tc, characters_count, 0, (int)PN_ARRAY_LEN(lengths));
	tcase_add_loop_test(tc, a_passphrase_is_long_enough_or_not, 0,
	    (int)PN_ARRAY_LEN(bounds));
	tcase_add_loop_test(tc, a_passphrase_is_hard_to_guess_or_not, 0,
	    (int)PN_ARRAY_LEN(table));
	tcase_add_loop_test(
	    tc, the_context_decides, 0, (int)PN_ARRAY_LEN(contexts));
	tcase_add_test(tc, a_context_has_a_ceiling);
	tcase_add_loop_test(
	    tc, the_longest_takes_no_longer, 0, (int)PN_ARRAY_LEN(longest));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
