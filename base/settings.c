/* SPDX-License-Identifier: Apache-2.0 */

#include "base/settings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/buf.h"
#include "base/conflict.h"
#include "base/loader.h"
#include "base/schema.h"

/* portal.link has passed its rule, or its default stands there. */
static void
derive(struct settings *s)
{
	struct url url;
	bool good = url_parse(s->portal.link, &url);

	assert(good);
	if (good)
		url_origin(&url, s->portal.origin);
}

int
settings_load(
    const char *file, struct settings **s_r, struct settings_errors *errors_r)
{
	PN_CLEANUP(loader_fini) struct loader l = {.errors = errors_r};
	int r = loader_read(&l, file == NULL ? SETTINGS_FILE : file);

	if (r == 0)
		r = conflict_check(&l);
	if (r < 0)
		return r;
	if (errors_r->n > 0)
		return SETTINGS_INVALID;
	derive(l.s);
	*s_r = l.s;
	l.s = NULL;
	return 0;
}

void
settings_errors_fini(struct settings_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++)
		free(errors->lines[i]);
	free(errors->lines);
	*errors = (struct settings_errors){0};
}

void
settings_free(struct settings **sp)
{
	struct settings *s = *sp;

	if (s == NULL)
		return;
	for (size_t i = 0; i < SCHEMA_SETTINGS; i++)
		setting_clear(&schema_settings[i], s);
	for (size_t i = 0; i < SCHEMA_KINDS; i++)
		schema_clear(&schema_kinds[i], s);
	free(s);
	*sp = NULL;
}

/* The words in the language of exactly this tag, or NULL. */
static const char *
emergency_in(const struct settings *s, const char *tag, size_t len)
{
	if (strlen(s->practice.language) == len &&
	    strncasecmp(s->practice.language, tag, len) == 0)
		return s->practice.emergency;
	for (size_t i = 0; i < s->n_words; i++)
		if (strlen(s->words[i].language) == len &&
		    strncasecmp(s->words[i].language, tag, len) == 0)
			return s->words[i].emergency;
	return NULL;
}

const char *
settings_emergency(const struct settings *s, const char *language)
{
	size_t len = language == NULL ? 0 : strlen(language);

	/* a subtag less each time (RFC 4647, section 3.4) */
	while (len > 0) {
		const char *words = emergency_in(s, language, len);

		if (words != NULL)
			return words;
		while (--len > 0 && language[len] != '-')
			;
	}
	return s->practice.emergency;
}

static void
describe_row(FILE *out, const struct setting *row)
{
	buf_auto struct buf b = {0};

	buf_init(&b, 512);
	setting_expected(row, &b);
	(void)fprintf(out, "# %s\n# Expects %s.\n#%s =%s%s\n", row->help,
	    b.len > 0 ? (char *)b.data : "", row->key,
	    row->def[0] == '\0' ? "" : " ", row->def);
}

static void
describe_kind(FILE *out, const struct schema_kind *kind)
{
	(void)fprintf(
	    out, "\n# %s\n#[%s %s]\n", kind->help, kind->word, kind->name);
	for (size_t i = 0; i < kind->n_rows; i++)
		describe_row(out, &kind->rows[i]);
}

void
settings_describe(FILE *out)
{
	(void)fprintf(out,
	    "# Postern's configuration. Each key stands with its default.\n"
	    "# Changes are best made in files of their own: "
	    "postern.conf.d/*.conf.\n"
	    "# Check them with: posternctl check-config\n");
	for (size_t i = 0; i < SCHEMA_SETTINGS; i++) {
		const struct setting *row = &schema_settings[i];

		if (i == 0 || strcmp(row->section, row[-1].section) != 0)
			(void)fprintf(out, "\n[%s]\n", row->section);
		describe_row(out, row);
	}
	for (size_t i = 0; i < SCHEMA_KINDS; i++)
		describe_kind(out, &schema_kinds[i]);
}
