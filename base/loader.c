/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/loader.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/buf.h"
#include "base/ini.h"

/* ---- errors ------------------------------------------------------------ */

static int
errors_add(struct settings_errors *e, const char *text)
{
	char **lines;

	if (e->n > SETTINGS_ERRORS_MAX)
		return 0;
	if (e->n == SETTINGS_ERRORS_MAX)
		text = "there are more errors";
	lines = reallocarray(e->lines, e->n + 1, sizeof(*lines));
	if (lines == NULL)
		return -ENOMEM;
	e->lines = lines;
	lines[e->n] = strdup(text);
	if (lines[e->n] == NULL)
		return -ENOMEM;
	e->n++;
	return 0;
}

int
loader_error(struct loader *l, struct origin at, const char *fmt, ...)
{
	buf_auto struct buf b = {0};
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_init(&b, 8192);
	buf_add_str(&b, at.file == NULL ? l->files[0] : at.file);
	if (at.line > 0)
		buf_printf(&b, ":%u", at.line);
	buf_printf(&b, ": %s", text);
	return buf_error(&b) < 0 ? buf_error(&b)
				 : errors_add(l->errors, (char *)b.data);
}

/* Of the file being read, the last one. */
static struct origin
origin_at(const struct loader *l, const struct ini_item *item)
{
	return (struct origin){l->files[l->n_files - 1], item->line};
}

/* ---- sections ---------------------------------------------------------- */

/* The kind whose word begins SECTION, and the name behind it; else NULL. */
static const struct schema_kind *
find_kind(const char *section, const char **name_r)
{
	size_t word = strcspn(section, " ");

	if (section[word] == '\0')
		return NULL;
	for (size_t i = 0; i < SCHEMA_KINDS; i++) {
		const struct schema_kind *kind = &schema_kinds[i];

		if (strlen(kind->word) != word ||
		    strncmp(section, kind->word, word) != 0)
			continue;
		*name_r = section + word + strspn(section + word, " ");
		return kind;
	}
	return NULL;
}

/* Not by case: languages have none, and other names are lower case. */
static size_t
find_item(
    const struct schema_kind *kind, const struct settings *s, const char *name)
{
	size_t i = 0;

	while (i < schema_count(kind, s) &&
	       strcasecmp(schema_name(kind, s, i), name) != 0)
		i++;
	return i;
}

static int
enter_item(struct loader *l, const struct ini_item *item,
    const struct schema_kind *kind, const char *name)
{
	size_t i = find_item(kind, l->s, name);
	struct loader_item *known = l->items[kind - schema_kinds];
	int r;

	if (!kind->rule->holds(name))
		return loader_error(l, origin_at(l, item),
		    "[%.100s]: expected %s after \"%s\"", item->section,
		    kind->rule->expected, kind->word);
	if (i == SETTINGS_NAMED_MAX)
		return loader_error(l, origin_at(l, item),
		    "[%.100s]: expected at most %d sections [%s %s]",
		    item->section, SETTINGS_NAMED_MAX, kind->word, kind->name);
	if (i == schema_count(kind, l->s)) {
		r = schema_add(kind, l->s, name);
		if (r < 0)
			return r;
		known[i].section = origin_at(l, item);
	}
	l->place = (struct loader_place){kind->rows, kind->n_rows, kind->word,
	    schema_item(kind, l->s, i), known[i].keys};
	return 0;
}

static int
refuse_section(struct loader *l, const struct ini_item *item)
{
	buf_auto struct buf b = {0};

	buf_init(&b, 512);
	for (size_t i = 0; i < SCHEMA_KINDS; i++)
		buf_printf(&b, "%s[%s %s]", i == 0 ? "" : ", ",
		    schema_kinds[i].word, schema_kinds[i].name);
	if (buf_error(&b) < 0)
		return buf_error(&b);
	return loader_error(l, origin_at(l, item),
	    "[%.100s]: expected a known section, or one of %s", item->section,
	    (char *)b.data);
}

static int
enter_section(struct loader *l, const struct ini_item *item)
{
	const char *name = NULL;
	const struct schema_kind *kind = find_kind(item->section, &name);
	const struct setting *first;

	l->place = (struct loader_place){0};
	if (kind != NULL)
		return enter_item(l, item, kind, name);
	first =
	    schema_find(schema_settings, SCHEMA_SETTINGS, item->section, NULL);
	if (first == NULL)
		return refuse_section(l, item);
	l->place = (struct loader_place){
	    schema_settings, SCHEMA_SETTINGS, first->section, l->s, l->origins};
	return 0;
}

/* ---- values ------------------------------------------------------------ */

static int
refuse_value(
    struct loader *l, const struct setting *s, const struct ini_item *item)
{
	buf_auto struct buf b = {0};

	buf_init(&b, 512);
	setting_expected(s, &b);
	if (buf_error(&b) < 0)
		return buf_error(&b);
	return loader_error(l, origin_at(l, item),
	    "%s.%s: expected %s, found \"%.200s\"", item->section, item->key,
	    (char *)b.data, item->value);
}

/* With the section's keys, for somebody who mistyped one. */
static int
refuse_key(struct loader *l, const struct ini_item *item)
{
	const struct loader_place *p = &l->place;
	buf_auto struct buf b = {0};

	buf_init(&b, 1024);
	for (size_t i = 0; i < p->n_rows; i++)
		if (strcmp(p->rows[i].section, p->section) == 0)
			buf_printf(
			    &b, "%s%s", b.len == 0 ? "" : ", ", p->rows[i].key);
	if (buf_error(&b) < 0)
		return buf_error(&b);
	return loader_error(l, origin_at(l, item),
	    "%s.%s: expected one of %s; found an unknown key", item->section,
	    item->key, (char *)b.data);
}

static int
take_value(struct loader *l, const struct ini_item *item)
{
	const struct loader_place *p = &l->place;
	struct origin at = origin_at(l, item);
	const struct setting *s;
	struct origin *origin;
	int r;

	if (item->section[0] == '\0')
		return loader_error(l, at,
		    "%s: expected a [section] before the first key", item->key);
	if (p->rows == NULL)
		return 0; /* its section was refused */
	s = schema_find(p->rows, p->n_rows, p->section, item->key);
	if (s == NULL)
		return refuse_key(l, item);
	origin = &p->origins[s - p->rows];
	if (origin->line > 0 && origin->file == at.file)
		return loader_error(l, at,
		    "%s.%s: expected once in a file, found again (first in "
		    "line %u)",
		    item->section, item->key, origin->line);
	*origin = at;
	r = setting_set(s, p->base, item->value);
	return r == SETTING_REFUSED ? refuse_value(l, s, item) : r;
}

static int
take_item(const struct ini_item *item, void *arg)
{
	struct loader *l = arg;

	switch (item->event) {
	case INI_SECTION:
		return enter_section(l, item);
	case INI_VALUE:
		return take_value(l, item);
	case INI_ERROR:
		break;
	}
	if (item->key == NULL)
		return loader_error(l, origin_at(l, item), "%s", item->value);
	return loader_error(l, origin_at(l, item), "%s.%s: %s", item->section,
	    item->key, item->value);
}

/* ---- files ------------------------------------------------------------- */

static int
read_file(struct loader *l, char *path)
{
	int r;

	if (path == NULL)
		return -ENOMEM;
	l->files[l->n_files++] = path;
	r = ini_read(path, take_item, l);
	if (r < 0 && r != -ENOMEM)
		return loader_error(l, (struct origin){path, 0},
		    "expected a readable file, found: %s", strerror(-r));
	return r;
}

static int
is_drop_in(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > strlen(".conf") &&
	       strcmp(d->d_name + len - strlen(".conf"), ".conf") == 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
read_drop_ins(struct loader *l, const char *file)
{
	struct dirent **found = NULL;
	char *dir = NULL;
	char *path;
	int r = 0;
	int n;

	if (asprintf(&dir, "%s.d", file) < 0)
		return -ENOMEM;
	n = scandir(dir, &found, is_drop_in, by_name);
	if (n < 0 && errno != ENOENT)
		r = loader_error(
		    l, (struct origin){0}, "%s: %s", dir, strerror(errno));
	if (n >= LOADER_FILES_MAX)
		r = loader_error(l, (struct origin){0},
		    "%s: expected fewer than %d files", dir, LOADER_FILES_MAX);
	for (int i = 0; i < n; i++) {
		if (r == 0 && n < LOADER_FILES_MAX) {
			if (asprintf(&path, "%s/%s", dir, found[i]->d_name) < 0)
				path = NULL;
			r = read_file(l, path);
		}
		free(found[i]);
	}
	free(found);
	free(dir);
	return r;
}

int
loader_read(struct loader *l, const char *file)
{
	int r = 0;

	l->s = calloc(1, sizeof(*l->s));
	if (l->s == NULL)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < SCHEMA_SETTINGS; i++)
		r = setting_start(&schema_settings[i], l->s);
	if (r == 0)
		r = read_file(l, strdup(file));
	if (r == 0)
		r = read_drop_ins(l, file);
	return r;
}

struct origin
loader_origin(const struct loader *l, const char *section, const char *key)
{
	const struct setting *s =
	    schema_find(schema_settings, SCHEMA_SETTINGS, section, key);

	return s == NULL ? (struct origin){0} : l->origins[s - schema_settings];
}

void
loader_fini(struct loader *l)
{
	for (size_t i = 0; i < l->n_files; i++)
		free(l->files[i]);
	settings_free(&l->s);
}
