/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/template.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define LANGUAGE_MAX 15
#define LANGUAGES_MAX 32
#define PATH_LEN 512
#define TAG_MAX 32

struct language {
	char name[LANGUAGE_MAX + 1];
	char *text[TEMPLATE_KINDS][TEMPLATE_PARTS];
};

struct template_set {
	struct language *languages;
	size_t n;
};

static const char *const kind_names[TEMPLATE_KINDS] = {
    [TEMPLATE_MESSAGE] = "message",
    [TEMPLATE_ANSWERED] = "answered",
    [TEMPLATE_PROMPT] = "prompt",
    [TEMPLATE_TEST] = "test",
    [TEMPLATE_ENROLMENT] = "enrolment",
    [TEMPLATE_ACCOUNT] = "account",
    [TEMPLATE_ADDRESS] = "address",
    [TEMPLATE_REPLACED] = "replaced",
    [TEMPLATE_OVERDUE] = "overdue",
    [TEMPLATE_SUMMARY] = "summary",
};

static const char *const part_names[TEMPLATE_PARTS] = {
    [TEMPLATE_SUBJECT] = "subject",
    [TEMPLATE_TEXT] = "txt",
    [TEMPLATE_HTML] = "html",
};

#define IN(kind) (1U << (kind))
#define IN_ALL (IN(TEMPLATE_KINDS) - 1)

/*
 * The crisis line would tell whoever sees a notification what kind of practice
 * this is; it belongs into the prompt alone. A warning about one's account
 * has no link: it is what forged warnings want followed.
 */
static const struct variable {
	const char *name;
	size_t offset; /* in struct template_values */
	unsigned kinds;
} variables[] = {
    {"practice_name", offsetof(struct template_values, practice_name), IN_ALL},
    {"practice_phone", offsetof(struct template_values, practice_phone),
	IN_ALL},
    {"emergency", offsetof(struct template_values, emergency),
	IN(TEMPLATE_PROMPT)},
    {"link_url", offsetof(struct template_values, link_url),
	IN(TEMPLATE_MESSAGE) | IN(TEMPLATE_ANSWERED) | IN(TEMPLATE_PROMPT) |
	    IN(TEMPLATE_ENROLMENT) | IN(TEMPLATE_OVERDUE) |
	    IN(TEMPLATE_SUMMARY)},
    {"code", offsetof(struct template_values, code), IN(TEMPLATE_ADDRESS)},
    {"count_unreached", offsetof(struct template_values, count_unreached),
	IN(TEMPLATE_SUMMARY)},
    {"count_waiting", offsetof(struct template_values, count_waiting),
	IN(TEMPLATE_SUMMARY)},
    {"count_withheld", offsetof(struct template_values, count_withheld),
	IN(TEMPLATE_SUMMARY)},
    {"count_unreadable", offsetof(struct template_values, count_unreadable),
	IN(TEMPLATE_SUMMARY)},
};

static const struct variable *
variable_find(const char *name, size_t len)
{
	for (size_t i = 0; i < PN_ARRAY_LEN(variables); i++)
		if (strlen(variables[i].name) == len &&
		    memcmp(variables[i].name, name, len) == 0)
			return &variables[i];
	return NULL;
}

static const char *
variable_value(const struct variable *v, const struct template_values *values)
{
	const char *const *at =
	    (const void *)((const char *)values + v->offset);

	return *at == NULL ? "" : *at;
}

/* ---- the tags of one text ---------------------------------------------- */

enum tag_what {
	TAG_VALUE,
	TAG_OPEN,
	TAG_CLOSE,
};

struct tag {
	enum tag_what what;
	const struct variable *variable; /* NULL: unknown */
	const char *name;
	size_t name_len;
	const char *after; /* first character behind it; NULL: unclosed */
};

/* AT stands on "{{". */
static struct tag
tag_read(const char *at)
{
	const char *end = strstr(at, "}}");
	struct tag t = {.what = TAG_VALUE, .name = at + 2};

	if (end == NULL || end - t.name > TAG_MAX)
		return t;
	t.after = end + 2;
	if (*t.name == '#' || *t.name == '/')
		t.what = *t.name++ == '#' ? TAG_OPEN : TAG_CLOSE;
	t.name_len = (size_t)(end - t.name);
	t.variable = variable_find(t.name, t.name_len);
	return t;
}

/* ---- loading ------------------------------------------------------------ */

struct source {
	const char *path;
	enum template_kind kind;
	char *error; /* TEMPLATE_ERROR_MAX */
};

static int
broken(const struct source *src, size_t line, const char *what)
{
	(void)snprintf(src->error, TEMPLATE_ERROR_MAX, "%s:%zu: %s", src->path,
	    line, what);
	return TEMPLATE_BROKEN;
}

static size_t
line_of(const char *text, const char *at)
{
	size_t line = 1;

	for (; text < at; text++)
		if (*text == '\n')
			line++;
	return line;
}

static int
tag_check(const struct source *src, size_t line, const struct tag *t,
    const struct variable **section)
{
	if (t->after == NULL)
		return broken(src, line, "{{ without }}");
	if (t->variable == NULL)
		return broken(src, line,
		    "unknown variable; known are practice_name, "
		    "practice_phone, emergency, link_url");
	if ((t->variable->kinds & IN(src->kind)) == 0)
		return broken(
		    src, line, "this variable has no place in this mail");
	switch (t->what) {
	case TAG_VALUE:
		return 0;
	case TAG_OPEN:
		if (*section != NULL)
			return broken(src, line, "sections do not nest");
		*section = t->variable;
		return 0;
	case TAG_CLOSE:
		if (*section != t->variable)
			return broken(src, line, "{{/...}} closes nothing");
		*section = NULL;
		return 0;
	}
	return 0;
}

static int
text_check(const struct source *src, const char *text)
{
	const struct variable *section = NULL;
	size_t opened = 0;

	for (const char *at = text; *at != '\0';) {
		size_t line = line_of(text, at);
		struct tag t;
		int r;

		if (strncmp(at, "}}", 2) == 0)
			return broken(src, line, "}} without {{");
		if (strncmp(at, "{{", 2) != 0) {
			if ((unsigned char)*at < ' ' && *at != '\n')
				return broken(src, line, "control character");
			at++;
			continue;
		}
		t = tag_read(at);
		r = tag_check(src, line, &t, &section);
		if (r != 0)
			return r;
		if (t.what == TAG_OPEN)
			opened = line;
		at = t.after;
	}
	if (section != NULL)
		return broken(src, opened, "section is never closed");
	return 0;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static int
file_read(const struct source *src, char **text_r)
{
	PN_CLEANUP(close_fd) int fd = open(src->path, O_RDONLY | O_CLOEXEC);
	char *text;
	size_t len = 0;
	ssize_t n = 0;

	if (fd < 0)
		return broken(src, 0, strerror(errno));
	text = calloc(1, TEMPLATE_FILE_MAX + 1);
	if (text == NULL)
		return -ENOMEM;
	while (len <= TEMPLATE_FILE_MAX &&
	       (n = read(fd, text + len, TEMPLATE_FILE_MAX + 1 - len)) > 0)
		len += (size_t)n;
	if (n < 0 || len > TEMPLATE_FILE_MAX ||
	    memchr(text, '\0', len) != NULL) {
		free(text);
		return broken(src, 1, "unreadable, too long, or holds a NUL");
	}
	text[len] = '\0';
	*text_r = text;
	return 0;
}

/* A subject is one line, and its line end is the file's, not the header's. */
static int
subject_check(const struct source *src, char *text)
{
	size_t len = strlen(text);

	if (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	if (len == 0)
		return broken(src, 1, "empty subject");
	if (strchr(text, '\n') != NULL)
		return broken(src, 2, "a subject is one line");
	return 0;
}

static int
language_load(const char *dir, struct language *l, char *error)
{
	char path[PATH_LEN];
	struct source src = {.path = path, .error = error};

	for (size_t k = 0; k < TEMPLATE_KINDS; k++) {
		for (size_t p = 0; p < TEMPLATE_PARTS; p++) {
			char **text = &l->text[k][p];
			int n = snprintf(path, sizeof(path), "%s/%s/%s.%s", dir,
			    l->name, kind_names[k], part_names[p]);
			int r;

			if (n < 0 || (size_t)n >= sizeof(path))
				return -ENAMETOOLONG;
			src.kind = (enum template_kind)k;
			r = file_read(&src, text);
			if (r == 0 && p == TEMPLATE_SUBJECT)
				r = subject_check(&src, *text);
			if (r == 0)
				r = text_check(&src, *text);
			if (r != 0)
				return r;
		}
	}
	return 0;
}

static bool
is_language(const char *name)
{
	size_t len = strlen(name);

	if (len < 2 || len > LANGUAGE_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '-')
			return false;
	return true;
}

static const struct language *
language_find(const struct template_set *set, const char *name, size_t len)
{
	for (size_t i = 0; i < set->n; i++)
		if (strlen(set->languages[i].name) == len &&
		    strncasecmp(set->languages[i].name, name, len) == 0)
			return &set->languages[i];
	return NULL;
}

static void
close_dir(DIR **d)
{
	if (*d != NULL)
		(void)closedir(*d);
}

static int
dir_load(const char *dir, struct template_set *set, char *error)
{
	PN_CLEANUP(close_dir) DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL) {
		(void)snprintf(
		    error, TEMPLATE_ERROR_MAX, "%s: %s", dir, strerror(errno));
		return TEMPLATE_BROKEN;
	}
	while ((e = readdir(d)) != NULL) {
		struct language *l = &set->languages[set->n];
		struct stat st;
		int r;

		if (!is_language(e->d_name) ||
		    fstatat(dirfd(d), e->d_name, &st, 0) != 0 ||
		    !S_ISDIR(st.st_mode))
			continue;
		if (set->n == LANGUAGES_MAX)
			return -E2BIG;
		memcpy(l->name, e->d_name, strlen(e->d_name) + 1);
		set->n++;
		r = language_load(dir, l, error);
		if (r != 0)
			return r;
	}
	if (language_find(set, "en", 2) == NULL) {
		(void)snprintf(error, TEMPLATE_ERROR_MAX,
		    "%s: no templates in English (en/)", dir);
		return TEMPLATE_BROKEN;
	}
	return 0;
}

int
template_load(const char *dir, struct template_set **set_r,
    char error_r[static TEMPLATE_ERROR_MAX])
{
	template_auto struct template_set *set = calloc(1, sizeof(*set));
	int r;

	error_r[0] = '\0';
	if (set == NULL)
		return -ENOMEM;
	set->languages = calloc(LANGUAGES_MAX, sizeof(*set->languages));
	if (set->languages == NULL)
		return -ENOMEM;
	r = dir_load(dir, set, error_r);
	if (r != 0)
		return r;
	*set_r = set;
	set = NULL;
	return 0;
}

void
template_free(struct template_set **set)
{
	if (*set == NULL)
		return;
	for (size_t i = 0; i < (*set)->n; i++)
		for (size_t k = 0; k < TEMPLATE_KINDS; k++)
			for (size_t p = 0; p < TEMPLATE_PARTS; p++)
				free((*set)->languages[i].text[k][p]);
	free((*set)->languages);
	free(*set);
	*set = NULL;
}

const char *
template_kind_name(enum template_kind kind)
{
	return kind_names[kind];
}

int
template_kind_parse(const char *name, enum template_kind *kind_r)
{
	for (size_t k = 0; k < TEMPLATE_KINDS; k++) {
		if (strcmp(kind_names[k], name) == 0) {
			*kind_r = (enum template_kind)k;
			return 0;
		}
	}
	return -ENOENT;
}

/* ---- rendering ---------------------------------------------------------- */

static void
add_html(struct buf *out, char c)
{
	switch (c) {
	case '&':
		buf_add_str(out, "&amp;");
		break;
	case '<':
		buf_add_str(out, "&lt;");
		break;
	case '>':
		buf_add_str(out, "&gt;");
		break;
	case '"':
		buf_add_str(out, "&quot;");
		break;
	case '\'':
		buf_add_str(out, "&#39;");
		break;
	default:
		buf_add_byte(out, (uint8_t)c);
	}
}

static void
add_value(struct buf *out, enum template_part part, const char *value)
{
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if (c < ' ' || c == 0x7f)
			c = ' ';
		if (part == TEMPLATE_HTML)
			add_html(out, (char)c);
		else
			buf_add_byte(out, c);
	}
}

static const struct language *
language_pick(const struct template_set *set, const char *name)
{
	const struct language *l = language_find(set, name, strlen(name));

	if (l == NULL)
		l = language_find(set, name, strcspn(name, "-"));
	if (l == NULL)
		l = language_find(set, "en", 2);
	return l == NULL ? set->languages : l;
}

int
template_render(const struct template_set *set, const char *language,
    enum template_kind kind, enum template_part part,
    const struct template_values *values, struct buf *out)
{
	const char *at = language_pick(set, language)->text[kind][part];
	bool hidden = false;

	while (*at != '\0') {
		const char *next = strstr(at, "{{");
		size_t plain = next == NULL ? strlen(at) : (size_t)(next - at);
		struct tag t;
		const char *value;

		if (!hidden)
			buf_add(out, at, plain);
		at += plain;
		if (next == NULL)
			break;
		t = tag_read(at);
		value = variable_value(t.variable, values);
		if (t.what == TAG_VALUE && !hidden)
			add_value(out, part, value);
		else if (t.what == TAG_OPEN)
			hidden = *value == '\0';
		else if (t.what == TAG_CLOSE)
			hidden = false;
		at = t.after;
	}
	return buf_error(out);
}
