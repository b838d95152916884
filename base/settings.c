/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/settings.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/ini.h"
#include "base/schema.h"

#define FILES_MAX 256
/* mailbox+r-TOKEN in the 64 bytes of a local part (RFC 5321, 4.5.3.1.1) */
#define TOKEN_LEN 37
#define MAILBOX_MAX (64 - 1 - 2 - TOKEN_LEN)

/* Where a value was set; line 0: nowhere, it is the default. */
struct origin {
	const char *file;
	unsigned line;
};

struct loader {
	struct settings *s;
	struct settings_errors *errors;
	char *files[FILES_MAX];
	size_t n_files;
	const char *file; /* being read */
	struct origin origins[SCHEMA_SETTINGS];
	struct origin frontends[SETTINGS_FRONTENDS_MAX][SCHEMA_FRONTEND];
};

static void
loader_fini(struct loader *l)
{
	for (size_t i = 0; i < l->n_files; i++)
		free(l->files[i]);
	settings_free(&l->s);
}

void
settings_errors_fini(struct settings_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++)
		free(errors->lines[i]);
	free(errors->lines);
	*errors = (struct settings_errors){0};
}

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

static int error_at(struct loader *l, struct origin at, const char *fmt, ...)
    PN_PRINTF(3, 4);

static int
error_at(struct loader *l, struct origin at, const char *fmt, ...)
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

static const struct setting *
find_setting(
    const struct setting *table, size_t n, const char *section, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].section, section) == 0 &&
		    (key == NULL || strcmp(table[i].key, key) == 0))
			return &table[i];
	return NULL;
}

/* The keys of a section, for somebody who mistyped one. */
static void
add_keys(
    struct buf *b, const struct setting *table, size_t n, const char *section)
{
	const char *comma = "";

	for (size_t i = 0; i < n; i++) {
		if (strcmp(table[i].section, section) != 0)
			continue;
		buf_printf(b, "%s%s", comma, table[i].key);
		comma = ", ";
	}
}

static int
refuse_value(
    struct loader *l, const struct setting *s, const struct ini_item *item)
{
	struct origin at = {l->file, item->line};
	buf_auto struct buf b = {0};

	buf_init(&b, 512);
	setting_expected(s, &b);
	if (buf_error(&b) < 0)
		return buf_error(&b);
	return error_at(l, at, "%s.%s: expected %s, found \"%.200s\"",
	    item->section, item->key, (char *)b.data, item->value);
}

/* One value into the struct at BASE; ORIGIN is where it was set before. */
static int
take_value(struct loader *l, const struct setting *s, void *base,
    struct origin *origin, const struct ini_item *item)
{
	struct origin at = {l->file, item->line};
	int r;

	if (origin->line > 0 && origin->file == l->file)
		return error_at(l, at,
		    "%s.%s: expected once in a file, found again (first in "
		    "line %u)",
		    item->section, item->key, origin->line);
	*origin = at;
	r = setting_set(s, base, item->value);
	return r == SETTING_REFUSED ? refuse_value(l, s, item) : r;
}

static int
take_unknown_key(struct loader *l, const struct ini_item *item,
    const struct setting *table, size_t n, const char *section)
{
	struct origin at = {l->file, item->line};
	buf_auto struct buf b = {0};

	buf_init(&b, 1024);
	add_keys(&b, table, n, section);
	if (buf_error(&b) < 0)
		return buf_error(&b);
	return error_at(l, at,
	    "%s.%s: expected one of %s; found an unknown key", item->section,
	    item->key, (char *)b.data);
}

/* NAME of "frontend NAME", else NULL. */
static const char *
frontend_name(const char *section)
{
	static const char prefix[] = "frontend ";

	if (strncmp(section, prefix, sizeof(prefix) - 1) != 0)
		return NULL;
	section += sizeof(prefix) - 1;
	return section + strspn(section, " ");
}

static int
set_defaults(const struct setting *table, size_t n, void *base)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++) {
		/* "" need not pass the rule: required, and checked at the end
		 */
		if (table[i].type == SETTING_TEXT && table[i].def[0] == '\0') {
			char **text = (char **)((char *)base + table[i].offset);

			*text = strdup("");
			r = *text == NULL ? -ENOMEM : 0;
		} else {
			r = setting_set(&table[i], base, table[i].def);
		}
	}
	return r > 0 ? -EINVAL : r;
}

/* The frontend NAME, made if there is none: *INDEX_R, or n_frontends. */
static int
get_frontend(struct loader *l, const char *name, size_t *index_r)
{
	struct settings *s = l->s;
	struct settings_frontend *f;

	for (*index_r = 0; *index_r < s->n_frontends; (*index_r)++)
		if (strcmp(s->frontends[*index_r].name, name) == 0)
			return 0;
	if (s->n_frontends == SETTINGS_FRONTENDS_MAX)
		return 0;
	f = reallocarray(s->frontends, s->n_frontends + 1, sizeof(*f));
	if (f == NULL)
		return -ENOMEM;
	s->frontends = f;
	f += s->n_frontends++;
	*f = (struct settings_frontend){.name = strdup(name)};
	return f->name == NULL
		   ? -ENOMEM
		   : set_defaults(schema_frontend, SCHEMA_FRONTEND, f);
}

static int
take_section(struct loader *l, const struct ini_item *item)
{
	struct origin at = {l->file, item->line};
	const char *name = frontend_name(item->section);
	size_t index;
	int r;

	if (name == NULL) {
		if (find_setting(schema_settings, SCHEMA_SETTINGS,
			item->section, NULL) != NULL)
			return 0;
		return error_at(l, at,
		    "[%.100s]: expected a known section, or [frontend NAME]",
		    item->section);
	}
	if (*name == '\0' || strlen(name) > 32 ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
		strlen(name))
		return error_at(l, at,
		    "[%.100s]: expected a name of 1 to 32 lower-case letters, "
		    "digits and hyphens",
		    item->section);
	r = get_frontend(l, name, &index);
	if (r == 0 && index == SETTINGS_FRONTENDS_MAX)
		return error_at(l, at,
		    "[%.100s]: expected at most %d frontends", item->section,
		    SETTINGS_FRONTENDS_MAX);
	return r;
}

static int
take_frontend_value(
    struct loader *l, const char *name, const struct ini_item *item)
{
	const struct setting *s = find_setting(
	    schema_frontend, SCHEMA_FRONTEND, "frontend", item->key);

	if (s == NULL)
		return take_unknown_key(
		    l, item, schema_frontend, SCHEMA_FRONTEND, "frontend");
	for (size_t i = 0; i < l->s->n_frontends; i++)
		if (strcmp(l->s->frontends[i].name, name) == 0)
			return take_value(l, s, &l->s->frontends[i],
			    &l->frontends[i][s - schema_frontend], item);
	return 0; /* its section line was refused */
}

static int
take_item(const struct ini_item *item, void *arg)
{
	struct loader *l = arg;
	struct origin at = {l->file, item->line};
	const char *name = frontend_name(item->section);
	const struct setting *s;

	if (item->event == INI_SECTION)
		return take_section(l, item);
	if (item->event == INI_ERROR && item->key != NULL)
		return error_at(
		    l, at, "%s.%s: %s", item->section, item->key, item->value);
	if (item->event == INI_ERROR)
		return error_at(l, at, "%s", item->value);
	if (item->section[0] == '\0')
		return error_at(l, at,
		    "%s: expected a [section] before the first key", item->key);
	if (name != NULL)
		return take_frontend_value(l, name, item);
	s = find_setting(
	    schema_settings, SCHEMA_SETTINGS, item->section, item->key);
	if (s != NULL)
		return take_value(
		    l, s, l->s, &l->origins[s - schema_settings], item);
	if (find_setting(
		schema_settings, SCHEMA_SETTINGS, item->section, NULL) == NULL)
		return 0; /* the section was refused */
	return take_unknown_key(
	    l, item, schema_settings, SCHEMA_SETTINGS, item->section);
}

static int
read_file(struct loader *l, char *path)
{
	struct origin at = {path, 0};
	int r;

	if (path == NULL)
		return -ENOMEM;
	l->files[l->n_files++] = path;
	l->file = path;
	r = ini_read(path, take_item, l);
	if (r < 0 && r != -ENOMEM)
		return error_at(
		    l, at, "expected a readable file, found: %s", strerror(-r));
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
		r = error_at(
		    l, (struct origin){0}, "%s: %s", dir, strerror(errno));
	if (n >= FILES_MAX)
		r = error_at(l, (struct origin){0},
		    "%s: expected fewer than %d files", dir, FILES_MAX);
	for (int i = 0; i < n; i++) {
		if (r == 0 && n < FILES_MAX) {
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

static struct origin
origin_of(const struct loader *l, const char *section, const char *key)
{
	const struct setting *s =
	    find_setting(schema_settings, SCHEMA_SETTINGS, section, key);

	return s == NULL ? (struct origin){0} : l->origins[s - schema_settings];
}

static bool
is_loopback(const char *host)
{
	return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0 ||
	       strcmp(host, "localhost") == 0;
}

/* What no row can know: keys that depend on one another. */
static int
check_together(struct loader *l)
{
	const struct settings *s = l->s;
	int r = 0;

	if (s->mail.address_style == SETTINGS_STYLE_PLUS &&
	    (s->mail.mailbox[0] == '\0' ||
		strcspn(s->mail.mailbox, "@+") > MAILBOX_MAX ||
		strchr(s->mail.mailbox, '+') != NULL))
		r = error_at(l, origin_of(l, "mail", "mailbox"),
		    "mail.mailbox: expected, with address-style = plus, an "
		    "address with at most %d characters before the @ and no "
		    "+, found \"%s\"",
		    MAILBOX_MAX, s->mail.mailbox);
	if (r == 0 && s->mail.envelope_sender == SETTINGS_ENVELOPE_FIXED &&
	    s->mail.fixed_sender[0] == '\0')
		r = error_at(l, origin_of(l, "mail", "envelope-sender"),
		    "mail.fixed-sender: expected an e-mail address with "
		    "envelope-sender = fixed, found nothing");
	if (r == 0 && s->relay.tls == SETTINGS_TLS_NONE &&
	    !is_loopback(s->relay.host))
		r = error_at(l, origin_of(l, "relay", "tls"),
		    "relay.tls: expected starttls or implicit, found \"none\" "
		    "with a host other than 127.0.0.1, ::1 or localhost");
	if (r == 0 && s->limits.session_idle > s->limits.session_absolute)
		r = error_at(l, origin_of(l, "limits", "session-idle"),
		    "limits.session-idle: expected at most "
		    "limits.session-absolute, found more");
	return r;
}

static int
check_frontends(struct loader *l)
{
	const struct settings *s = l->s;
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n_frontends; i++) {
		const struct settings_frontend *f = &s->frontends[i];

		if (f->user[0] == '\0' && l->frontends[i][0].line == 0)
			r = error_at(l, (struct origin){0},
			    "frontend %s.user: expected a user's name or "
			    "number, found nothing",
			    f->name);
		for (size_t j = 0; r == 0 && j < i; j++)
			if (f->user[0] != '\0' &&
			    strcmp(f->user, s->frontends[j].user) == 0)
				r = error_at(l, l->frontends[i][0],
				    "frontend %s.user: expected a user of its "
				    "own, found that of frontend %s",
				    f->name, s->frontends[j].name);
	}
	return r;
}

int
settings_load(
    const char *file, struct settings **s_r, struct settings_errors *errors_r)
{
	PN_CLEANUP(loader_fini) struct loader l = {.errors = errors_r};
	int r;

	file = file == NULL ? SETTINGS_FILE : file;
	l.s = calloc(1, sizeof(*l.s));
	if (l.s == NULL)
		return -ENOMEM;
	r = set_defaults(schema_settings, SCHEMA_SETTINGS, l.s);
	if (r == 0)
		r = read_file(&l, strdup(file));
	if (r == 0)
		r = read_drop_ins(&l, file);
	if (r == 0)
		r = check_together(&l);
	if (r == 0)
		r = check_frontends(&l);
	if (r < 0)
		return r;
	if (errors_r->n > 0)
		return SETTINGS_INVALID;
	*s_r = l.s;
	l.s = NULL;
	return 0;
}

void
settings_free(struct settings **sp)
{
	struct settings *s = *sp;

	if (s == NULL)
		return;
	for (size_t i = 0; i < SCHEMA_SETTINGS; i++)
		setting_clear(&schema_settings[i], s);
	for (size_t i = 0; i < s->n_frontends; i++) {
		for (size_t j = 0; j < SCHEMA_FRONTEND; j++)
			setting_clear(&schema_frontend[j], &s->frontends[i]);
		free(s->frontends[i].name);
	}
	free(s->frontends);
	free(s);
	*sp = NULL;
}

static void
describe_table(FILE *out, const struct setting *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct setting *s = &table[i];
		buf_auto struct buf b = {0};

		if (i == 0 || strcmp(s->section, table[i - 1].section) != 0)
			(void)fprintf(out, "\n%s[%s%s]\n",
			    table == schema_frontend ? "#" : "", s->section,
			    table == schema_frontend ? " NAME" : "");
		buf_init(&b, 512);
		setting_expected(s, &b);
		(void)fprintf(out, "# %s\n# Expects %s.\n#%s =%s%s\n", s->help,
		    b.len > 0 ? (char *)b.data : "", s->key,
		    s->def[0] == '\0' ? "" : " ", s->def);
	}
}

void
settings_describe(FILE *out)
{
	(void)fprintf(out,
	    "# Postern's configuration. Each key stands with its default.\n"
	    "# Changes are best made in files of their own: "
	    "postern.conf.d/*.conf.\n"
	    "# Check them with: posternctl check-config\n");
	describe_table(out, schema_settings, SCHEMA_SETTINGS);
	(void)fprintf(out,
	    "\n# One section for each local program that speaks to the portal "
	    "socket.\n");
	describe_table(out, schema_frontend, SCHEMA_FRONTEND);
}
