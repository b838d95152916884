/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/signs.h"

#include <stdio.h>
#include <string.h>
#include "bridge/family.h"
#include "bridge/rule.h"

/* Bytes of text in which a machine has said what this is about. */
#define SIGN_WITHIN 1000
/* ... and where nothing else says that a machine wrote it */
#define OPENING_WITHIN 16

/* What the signs are looked for in, and whether they count. */
struct scene {
	bool nobody; /* no person can have written it */
	bool answer;
	bool alone; /* nothing is known of who wrote it */
	char text[SIGN_WITHIN + 1];
};

static void
scene_set(const struct facts *f, struct scene *s_r)
{
	const char *text = facts_text(f);

	s_r->nobody = f->null_sender || rule_from_machine(f);
	s_r->answer = rule_is_answer(f);
	s_r->alone = f->sender_unknown && !s_r->answer;
	(void)snprintf(s_r->text, sizeof(s_r->text), "%s", text);
}

/* Nothing stands before it but a word or two; quoted, it is a person's. */
static bool
opens(const struct scene *at, const char *words)
{
	const char *found = strstr(at->text, words);

	return found != NULL && found - at->text <= OPENING_WITHIN &&
	       memchr(at->text, '>', (size_t)(found - at->text)) == NULL;
}

static bool
sign_fits(const struct facts *f, const struct scene *at, const struct sign *s)
{
	switch (s->place) {
	case SIGN_HEADER:
		return facts_header(f, s->text) != NULL;
	case SIGN_SUBJECT:
		return at->nobody && !at->answer &&
		       strstr(f->subject, s->text) != NULL;
	case SIGN_TEXT:
		return at->nobody && strstr(at->text, s->text) != NULL;
	case SIGN_OPENING:
		return (at->nobody && strstr(at->text, s->text) != NULL) ||
		       (at->alone && opens(at, s->text));
	case SIGN_NONE:
		break;
	}
	return false;
}

bool
signs_find(const struct facts *f, size_t *i_r)
{
	struct scene at;

	scene_set(f, &at);
	for (size_t i = 0; i < family_count(); i++) {
		const struct sign *s = family_get(i)->signs;

		for (; s != NULL && s->place != SIGN_NONE; s++)
			if (sign_fits(f, &at, s)) {
				*i_r = i;
				return true;
			}
	}
	return false;
}
