/* SPDX-License-Identifier: Apache-2.0 */

#include "base/public.h"

#include "base/json.h"

static const struct {
	int64_t role;
	const char *word;
} roles[] = {
    {SETTINGS_ROLE_CLIENT, "client"},
    {SETTINGS_ROLE_PROVIDER, "provider"},
    {SETTINGS_ROLE_STAFF, "staff"},
};

/* null in JSON. */
static const char *
or_null(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

/* All of these hand out a new reference, or NULL when memory is short. */

static json_t *
role_words(int64_t flags)
{
	json_auto json_t *list = json_array();
	int r = list == NULL ? -1 : 0;

	for (size_t i = 0; r == 0 && i < PN_ARRAY_LEN(roles); i++)
		if ((flags & roles[i].role) != 0)
			r = json_array_append_new(
			    list, json_string(roles[i].word));
	return r == 0 ? json_incref(list) : NULL;
}

static json_t *
menu(const struct settings *s)
{
	json_auto json_t *list = json_array();
	int r = list == NULL ? -1 : 0;

	for (size_t i = 0; r == 0 && i < s->n_menu; i++) {
		const struct settings_menu *m = &s->menu[i];

		r = json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s?, s:o}", "label", m->label,
			      "url", m->url, "language", or_null(m->language),
			      "roles", role_words(m->roles)));
	}
	return r == 0 ? json_incref(list) : NULL;
}

static json_t *
languages(const struct settings *s)
{
	json_auto json_t *list = json_array();
	int r = list == NULL ? -1 : 0;

	for (char **at = s->portal.languages; r == 0 && *at != NULL; at++)
		r = json_array_append_new(list, json_string(*at));
	return r == 0 ? json_incref(list) : NULL;
}

static json_t *
emergency(const struct settings *s)
{
	json_auto json_t *words =
	    json_pack("{s:s}", s->practice.language, s->practice.emergency);
	int r = words == NULL ? -1 : 0;

	for (size_t i = 0; r == 0 && i < s->n_words; i++)
		r = json_object_set_new(words, s->words[i].language,
		    json_string(s->words[i].emergency));
	return r == 0 ? json_incref(words) : NULL;
}

static json_t *
sign_in(const struct settings *s)
{
	bool required =
	    s->accounts.client_second_factor == SETTINGS_FACTOR_REQUIRED;

	return json_pack("{s:i, s:i, s:s}", "passphrase_min",
	    PUBLIC_PASSPHRASE_MIN, "passphrase_min_with_factor",
	    PUBLIC_PASSPHRASE_MIN_WITH_FACTOR, "client_second_factor",
	    required ? "required" : "optional");
}

/* What a file's name may end in; daemon/media.c knows what each stands for. */
static json_t *
attachment_types(void)
{
	return json_pack("[s, s, s, s, s, s, s]", ".pdf", ".jpg", ".jpeg",
	    ".doc", ".docx", ".csv", ".png");
}

static json_t *
limits(const struct settings *s)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:o}", "message_bytes",
	    (json_int_t)s->limits.message_bytes, "message_attachments",
	    (json_int_t)s->limits.message_attachments, "attachment_bytes",
	    (json_int_t)s->limits.attachment_bytes, "attachment_bytes_per_hour",
	    (json_int_t)s->limits.attachment_bytes_per_hour, "attachment_types",
	    attachment_types());
}

json_t *
public_settings(const struct settings *s)
{
	return json_pack("{s:{s:s, s:s, s:s, s:s}, s:o, s:o, s:o, s:s?, "
			 "s:{s:i, s:i}, s:o, s:o}",
	    "practice", "name", s->practice.name, "phone", s->practice.phone,
	    "emergency", s->practice.emergency, "language",
	    s->practice.language, "emergency", emergency(s), "languages",
	    languages(s), "menu", menu(s), "appointments",
	    or_null(s->portal.appointments), "response_days", "from",
	    PUBLIC_RESPONSE_DAYS_FROM, "to", PUBLIC_RESPONSE_DAYS_TO, "limits",
	    limits(s), "sign_in", sign_in(s));
}
