/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/phrases.h"

#include <ctype.h>
#include <string.h>

void
phrases_fill(struct phrases *s)
{
	memset(s->first, 0, sizeof(s->first));
	s->n = 0;
	for (size_t i = 0; i < family_count(); i++) {
		const struct phrase *p = family_get(i)->phrases;

		for (; p != NULL && p->text != NULL; p++) {
			uint8_t c = (uint8_t)p->text[0];

			if (s->n >= PHRASES_MAX)
				return;
			s->all[s->n] = p;
			s->next[s->n] = s->first[c];
			s->first[c] = ++s->n;
		}
	}
}

/* Scripts without blanks have no words that begin. */
static bool
begins_word(const char *text, size_t at)
{
	return at == 0 || !isalnum((unsigned char)text[at - 1]) ||
	       (unsigned char)text[at] >= 0x80;
}

/* At TEXT, which is inside of WHOLE. */
static const struct phrase *
phrase_here(const struct phrases *s, const char *whole, const char *text,
    unsigned meanings)
{
	for (uint16_t i = s->first[(uint8_t)text[0]]; i != 0;
	     i = s->next[i - 1]) {
		const struct phrase *p = s->all[i - 1];

		if ((p->means & meanings) != 0 && p->text[1] == text[1] &&
		    strncmp(text, p->text, strlen(p->text)) == 0 &&
		    (p->also == NULL || strstr(whole, p->also) != NULL))
			return p;
	}
	return NULL;
}

const char *
phrases_next(const struct phrases *s, const char *text, size_t *at,
    unsigned meanings, size_t *len_r)
{
	for (; text[*at] != '\0'; (*at)++) {
		const struct phrase *p;

		if (!begins_word(text, *at))
			continue;
		p = phrase_here(s, text, text + *at, meanings);
		if (p == NULL)
			continue;
		*len_r = strlen(p->text);
		return text + (*at)++;
	}
	return NULL;
}

bool
phrases_say(const struct phrases *s, const char *text, unsigned meanings)
{
	size_t at = 0;
	size_t len;

	return phrases_next(s, text, &at, meanings, &len) != NULL;
}
