/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include "bridge/template.h"
#include "tests/unit/run.h"

#define PATH_LEN 512

static const struct template_values values = {
    .practice_name = "Lake & <Side> \"Clinic\" 'x'",
    .practice_phone = "+1 555 0100",
    .emergency = "call 911",
    .link_url = "https://p.example/t/abc?a=1&b=2",
};

/* A directory whose English templates are all "plain", but for one file. */
static void
write_file(const char *dir, const char *name, const char *text, size_t len)
{
	char path[PATH_LEN];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/en/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

static void
make_dir(char *dir)
{
	static const char *const parts[] = {"subject", "txt", "html"};
	char path[PATH_LEN];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/en", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	for (size_t k = 0; k < TEMPLATE_KINDS; k++) {
		for (size_t p = 0; p < PN_ARRAY_LEN(parts); p++) {
			(void)snprintf(path, sizeof(path), "%s.%s",
			    template_kind_name((enum template_kind)k),
			    parts[p]);
			write_file(dir, path, "plain\n", 6);
		}
	}
}

static int
remove_one(const char *path, const struct stat *st, int what, struct FTW *where)
{
	(void)st;
	(void)what;
	(void)where;
	return remove(path);
}

static void
remove_dir(const char *dir)
{
	(void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const struct {
	const char *file;
	const char *text;
	const char *where; /* in the error; NULL: loads */
} sets[] = {
    {"message.txt", "{{practice_name}} {{link_url}}\n", NULL},
    {"message.txt",
	"{{#practice_phone}}{{practice_phone}}"
	"{{/practice_phone}}\n",
	NULL},
    {"prompt.html", "{{emergency}}", NULL},
    {"message.txt", "a\nb {{body}}\n", "message.txt:2:"},
    {"message.txt", "{{subject}}", "message.txt:1:"},
    {"message.txt", "{{sender}}", "message.txt:1:"},
    {"message.txt", "{{ practice_name }}", "message.txt:1:"},
    {"message.txt", "{{Practice_name}}", "message.txt:1:"},
    {"message.txt", "{{practice_name}", "message.txt:1:"},
    {"message.txt", "{{}}", "message.txt:1:"},
    {"message.txt", "{{{practice_name}}}", "message.txt:1:"},
    {"message.txt", "{{&practice_name}}", "message.txt:1:"},
    {"message.txt", "{{>practice_name}}", "message.txt:1:"},
    {"message.txt", "x }} y", "message.txt:1:"},
    {"message.txt", "\n\n{{", "message.txt:3:"},
    {"message.txt", "{{practice_name {{practice_name}}", "message.txt:1:"},
    {"message.txt", "{{#practice_name}}x", "message.txt:1:"},
    {"message.txt", "x\n{{/practice_name}}", "message.txt:2:"},
    {"message.txt", "{{#practice_name}}{{/practice_phone}}", "message.txt:1:"},
    {"message.txt",
	"{{#practice_name}}{{#practice_phone}}{{/practice_phone}}"
	"{{/practice_name}}",
	"message.txt:1:"},
    /* the crisis line in a notification would disclose */
    {"message.txt", "{{emergency}}", "message.txt:1:"},
    {"answered.html", "{{emergency}}", "answered.html:1:"},
    {"test.txt", "{{emergency}}", "test.txt:1:"},
    {"test.txt", "{{link_url}}", "test.txt:1:"},
    {"enrolment.txt", "{{link_url}}", NULL},
    {"enrolment.html", "{{emergency}}", "enrolment.html:1:"},
    {"enrolment.txt", "{{code}}", "enrolment.txt:1:"},
    {"enrolment.subject", "{{name}}", "enrolment.subject:1:"},
    {"account.txt", "{{emergency}}", "account.txt:1:"},
    {"account.html", "{{link_url}}", "account.html:1:"},
    {"account.txt", "{{login}}", "account.txt:1:"},
    {"message.txt", "a\rb", "message.txt:1:"},
    {"message.txt", "a\tb", "message.txt:1:"},
    {"message.subject", "one\ntwo\n", "message.subject:2:"},
    {"message.subject", "", "message.subject:1:"},
    {"message.subject", "\n", "message.subject:1:"},
};

START_TEST(test_load)
{
	char dir[] = "/tmp/postern-templates-XXXXXX";
	char error[TEMPLATE_ERROR_MAX];
	template_auto struct template_set *set = NULL;
	int r;

	make_dir(dir);
	write_file(dir, sets[_i].file, sets[_i].text, strlen(sets[_i].text));
	r = template_load(dir, &set, error);
	remove_dir(dir);
	if (sets[_i].where == NULL) {
		ck_assert_msg(r == 0, "case %d: %s", _i, error);
		return;
	}
	ck_assert_msg(r == TEMPLATE_BROKEN, "case %d: %d", _i, r);
	ck_assert_msg(
	    strstr(error, sets[_i].where) != NULL, "case %d: %s", _i, error);
}
END_TEST

START_TEST(test_load_incomplete)
{
	char dir[] = "/tmp/postern-templates-XXXXXX";
	char path[PATH_LEN];
	char error[TEMPLATE_ERROR_MAX];
	struct template_set *set = NULL;

	make_dir(dir);
	write_file(dir, "test.txt", "a\0b", 3);
	ck_assert_int_eq(template_load(dir, &set, error), TEMPLATE_BROKEN);
	(void)snprintf(path, sizeof(path), "%s/en/test.txt", dir);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(template_load(dir, &set, error), TEMPLATE_BROKEN);
	ck_assert_ptr_nonnull(strstr(error, "test.txt"));
	remove_dir(dir);
	ck_assert_int_eq(template_load(dir, &set, error), TEMPLATE_BROKEN);
	ck_assert_ptr_null(set);
}
END_TEST

static const struct {
	const char *file;
	enum template_part part;
	const char *text;
	const char *phone;
	const char *expected;
} renders[] = {
    {"message.txt", TEMPLATE_TEXT, "{{practice_name}}.\n", NULL,
	"Lake & <Side> \"Clinic\" 'x'.\n"},
    {"message.html", TEMPLATE_HTML,
	"<a href=\"{{link_url}}\">"
	"{{practice_name}}</a>",
	NULL,
	"<a href=\"https://p.example/t/abc?a=1&amp;b=2\">Lake &amp; "
	"&lt;Side&gt; &quot;Clinic&quot; &#39;x&#39;</a>"},
    {"message.txt", TEMPLATE_TEXT,
	"a{{#practice_phone}} {{practice_phone}}{{/practice_phone}} b", "12",
	"a 12 b"},
    {"message.txt", TEMPLATE_TEXT,
	"a{{#practice_phone}} {{practice_phone}}{{/practice_phone}} b", "",
	"a b"},
    {"message.txt", TEMPLATE_TEXT, "[{{practice_phone}}]", NULL, "[]"},
    /* a value is data: braces in it mean nothing, controls vanish */
    {"message.txt", TEMPLATE_TEXT, "{{practice_phone}}",
	"{{link_url}}\r\nBcc: x", "{{link_url}}  Bcc: x"},
    {"message.subject", TEMPLATE_SUBJECT, "Hi {{practice_phone}}\n",
	"a\r\nBcc: evil@x\x7f", "Hi a  Bcc: evil@x "},
};

START_TEST(test_render)
{
	char dir[] = "/tmp/postern-templates-XXXXXX";
	char error[TEMPLATE_ERROR_MAX];
	template_auto struct template_set *set = NULL;
	struct template_values v = values;
	buf_auto struct buf out = {0};

	buf_init(&out, TEMPLATE_OUT_MAX);
	v.practice_phone = renders[_i].phone;
	make_dir(dir);
	write_file(
	    dir, renders[_i].file, renders[_i].text, strlen(renders[_i].text));
	ck_assert_int_eq(template_load(dir, &set, error), 0);
	remove_dir(dir);
	ck_assert_int_eq(template_render(set, "de-CH", TEMPLATE_MESSAGE,
			     renders[_i].part, &v, &out),
	    0);
	ck_assert_str_eq((const char *)out.data, renders[_i].expected);
}
END_TEST

/* ---- the words we ship -----------------------------------------------------
 */

static struct template_set *
load_shipped(void)
{
	char dir[PATH_LEN];
	char error[TEMPLATE_ERROR_MAX];
	struct template_set *set = NULL;

	(void)snprintf(
	    dir, sizeof(dir), "%s/templates", getenv("POSTERN_SRCDIR"));
	ck_assert_msg(template_load(dir, &set, error) == 0, "%s", error);
	return set;
}

static void
render_shipped(const char *language, enum template_kind kind,
    enum template_part part, struct buf *out)
{
	template_auto struct template_set *set = load_shipped();

	ck_assert_int_eq(
	    template_render(set, language, kind, part, &values, out), 0);
	/* blanks and case are the layout's */
	for (size_t i = 0; i < out->len; i++) {
		if (out->data[i] == '\n')
			out->data[i] = ' ';
		if (out->data[i] >= 'A' && out->data[i] <= 'Z')
			out->data[i] = (uint8_t)(out->data[i] + 32);
	}
}

#define PHRASES_MAX 10

/* What a mail must say, in each language; row TEMPLATE_KINDS: every mail. */
static const struct {
	const char *language;
	const char *title; /* of the page, which HTML mails are */
	const char *danger;
	const char *phrases[TEMPLATE_KINDS + 1][PHRASES_MAX];
} shipped[] = {
    {
	"en",
	"<html lang=\"en\">",
	"danger",
	{
	    [TEMPLATE_KINDS] = {"replies to this e-mail are not read",
		"for emergencies"},
	    [TEMPLATE_MESSAGE] = {"something new", "log in",
		"nothing of it is in this e-mail"},
	    [TEMPLATE_ANSWERED] = {"nothing of it was kept"},
	    [TEMPLATE_PROMPT] = {"nobody has read your e-mail", "sent folder",
		"copy it", "into the portal",
		"you will not get this message a second time",
		"nobody will read that e-mail either", "if you are in danger",
		"call 911"},
	    [TEMPLATE_ENROLMENT] = {"has prepared an account for you",
		"follow this link and type the code",
		"in person or by telephone", "good for seven days",
		"opens nothing without the code",
		"if you expect nothing from this practice"},
	    [TEMPLATE_ACCOUNT] = {"the way you sign in", "was changed",
		"if that was you", "nothing you need to do",
		"call the practice at once"},
	},
    },
    {
	"es",
	"<html lang=\"es\">",
	"peligro",
	{
	    [TEMPLATE_KINDS] = {"las respuestas a este correo no se leen",
		"para emergencias"},
	    [TEMPLATE_MESSAGE] = {"algo nuevo", "inicie sesión",
		"este correo no dice nada más"},
	    [TEMPLATE_ANSWERED] = {"no se guardó nada de"},
	    [TEMPLATE_PROMPT] = {"nadie ha leído su correo",
		"carpeta de enviados", "cópielo", "al portal",
		"no recibirá este mensaje otra vez",
		"nadie leerá tampoco ese correo", "si está en peligro",
		"call 911"},
	    [TEMPLATE_ENROLMENT] = {"ha preparado una cuenta para usted",
		"siga este enlace y escriba el código",
		"en persona o por teléfono", "durante siete días",
		"sin el código no abre nada",
		"si no espera nada de este consultorio"},
	    [TEMPLATE_ACCOUNT] = {"ha cambiado la forma", "usted entra",
		"si lo hizo usted", "no tiene que hacer nada",
		"llame al consultorio de inmediato"},
	},
    },
};

#define KIND_PARTS (TEMPLATE_KINDS * 2)

START_TEST(test_promises)
{
	size_t l = (size_t)_i / KIND_PARTS;
	enum template_kind kind = (enum template_kind)(_i % KIND_PARTS / 2);
	enum template_part part = _i % 2 ? TEMPLATE_HTML : TEMPLATE_TEXT;
	const enum template_kind rows[] = {kind, TEMPLATE_KINDS};
	buf_auto struct buf out = {0};
	const char *text;

	buf_init(&out, TEMPLATE_OUT_MAX);
	render_shipped(shipped[l].language, kind, part, &out);
	text = (const char *)out.data;
	for (size_t row = 0; row < PN_ARRAY_LEN(rows); row++) {
		const char *const *phrase = shipped[l].phrases[rows[row]];

		for (; *phrase != NULL; phrase++)
			ck_assert_msg(strstr(text, *phrase) != NULL,
			    "%s, %s lacks: %s", shipped[l].language,
			    template_kind_name(kind), *phrase);
	}
	if (kind != TEMPLATE_PROMPT) {
		ck_assert_ptr_null(strstr(text, "911"));
		ck_assert_ptr_null(strstr(text, shipped[l].danger));
	}
	ck_assert((strstr(text, "https://p.example/t/abc") != NULL) ==
		  (kind != TEMPLATE_TEST && kind != TEMPLATE_ACCOUNT &&
		      kind != TEMPLATE_ADDRESS && kind != TEMPLATE_REPLACED));
	if (part == TEMPLATE_HTML)
		ck_assert_ptr_nonnull(strstr(text, shipped[l].title));
}
END_TEST

/* Its tags, one after another, in the file FILE of LANGUAGE. */
static void
tags_of(const char *language, const char *file, struct buf *tags)
{
	char path[PATH_LEN];
	char text[TEMPLATE_FILE_MAX + 1] = "";
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/templates/%s/%s",
	    getenv("POSTERN_SRCDIR"), language, file);
	f = fopen(path, "re");
	ck_assert_msg(f != NULL, "%s", path);
	ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, f), 0);
	(void)fclose(f);
	for (const char *at = text; (at = strstr(at, "{{")) != NULL;) {
		size_t len = (size_t)(strstr(at, "}}") + 2 - at);

		buf_add(tags, at, len);
		at += len;
	}
}

/* No language says more or less than another. */
START_TEST(test_same_tags_in_all_languages)
{
	static const char *const parts[] = {"subject", "txt", "html"};
	const char *kind = template_kind_name((enum template_kind)_i);

	for (size_t p = 0; p < PN_ARRAY_LEN(parts); p++) {
		buf_auto struct buf first = {0};
		char file[64];

		(void)snprintf(file, sizeof(file), "%s.%s", kind, parts[p]);
		buf_init(&first, TEMPLATE_FILE_MAX);
		tags_of(shipped[0].language, file, &first);
		for (size_t l = 1; l < PN_ARRAY_LEN(shipped); l++) {
			buf_auto struct buf other = {0};

			buf_init(&other, TEMPLATE_FILE_MAX);
			tags_of(shipped[l].language, file, &other);
			ck_assert_uint_eq(first.len, other.len);
			if (first.len > 0)
				ck_assert_mem_eq(
				    first.data, other.data, first.len);
		}
	}
}
END_TEST

static const struct {
	const char *wanted;
	const char *found;
} fallbacks[] = {
    {"es-MX", "Hola:"},
    {"ES", "Hola:"},
    {"en-GB", "Hello,"},
    {"fr", "Hello,"},
    {"", "Hello,"},
};

START_TEST(test_fallbacks)
{
	template_auto struct template_set *set = load_shipped();
	buf_auto struct buf out = {0};

	buf_init(&out, TEMPLATE_OUT_MAX);
	ck_assert_int_eq(template_render(set, fallbacks[_i].wanted,
			     TEMPLATE_MESSAGE, TEMPLATE_TEXT, &values, &out),
	    0);
	ck_assert_msg(strncmp((const char *)out.data, fallbacks[_i].found,
			  strlen(fallbacks[_i].found)) == 0,
	    "%s", (const char *)out.data);
}
END_TEST

START_TEST(test_kinds)
{
	enum template_kind kind;

	ck_assert_int_eq(template_kind_parse("prompt", &kind), 0);
	ck_assert_int_eq(kind, TEMPLATE_PROMPT);
	ck_assert_int_eq(template_kind_parse("enrolment", &kind), 0);
	ck_assert_int_eq(kind, TEMPLATE_ENROLMENT);
	ck_assert_int_eq(template_kind_parse("account", &kind), 0);
	ck_assert_int_eq(kind, TEMPLATE_ACCOUNT);
	ck_assert_int_lt(template_kind_parse("Prompt", &kind), 0);
	ck_assert_int_lt(template_kind_parse("", &kind), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("template");
	TCase *t = tcase_create("template");

	tcase_add_loop_test(t, test_load, 0, (int)PN_ARRAY_LEN(sets));
	tcase_add_test(t, test_load_incomplete);
	tcase_add_loop_test(t, test_render, 0, (int)PN_ARRAY_LEN(renders));
	tcase_add_loop_test(
	    t, test_promises, 0, (int)PN_ARRAY_LEN(shipped) * KIND_PARTS);
	tcase_add_loop_test(
	    t, test_same_tags_in_all_languages, 0, TEMPLATE_KINDS);
	tcase_add_loop_test(t, test_fallbacks, 0, (int)PN_ARRAY_LEN(fallbacks));
	tcase_add_test(t, test_kinds);
	suite_add_tcase(s, t);
	return run_suite(s);
}
