/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/strength.h"

#include <ctype.h>
#include <string.h>
#include <sodium.h>
#include <zxcvbn.h>
#include "base/public.h"

/* 10^9 guesses of the right sort. */
#define BITS_MIN 30.0
/* The estimate takes the longer the longer it is; more only helps. */
#define LOOK_AT 100
/* Of the words that are easy to guess here. */
#define WORDS_MAX 32
#define WORD_MIN 3
#define ROOM 1024

size_t
strength_length(const char *passphrase)
{
	size_t n = 0;

	for (; *passphrase != '\0'; passphrase++) {
		if (((unsigned char)*passphrase & 0xc0) != 0x80)
			n++;
	}
	return n;
}

/* The words of CONTEXT, each by itself, in lower case; then NULL. */
static size_t
split(const char **context, char *room, size_t size, const char **words)
{
	size_t n = 0, at = 0;

	for (; context != NULL && *context != NULL; context++) {
		const char *text = *context;

		while (*text != '\0' && n < WORDS_MAX) {
			size_t len = strcspn(text, " @._-");

			if (len >= WORD_MIN && len < size - at) {
				words[n++] = room + at;
				for (size_t i = 0; i < len; i++)
					room[at++] = (char)tolower(
					    (unsigned char)text[i]);
				room[at++] = '\0';
			}
			text += len + (text[len] != '\0');
		}
	}
	words[n] = NULL;
	return at;
}

static bool
is_guessed(const char *passphrase, const char **context)
{
	const char *words[WORDS_MAX + 1];
	char head[LOOK_AT + 1], room[ROOM];
	size_t len = strnlen(passphrase, LOOK_AT), used;
	double bits;

	memcpy(head, passphrase, len);
	head[len] = '\0';
	used = split(context, room, sizeof(room), words);
	bits = ZxcvbnMatch(head, words, NULL);
	sodium_memzero(head, sizeof(head));
	sodium_memzero(room, used);
	return bits < BITS_MIN;
}

const char *
strength_refuses(const char *passphrase, bool beside, const char **context)
{
	size_t length = strength_length(passphrase);

	if (length < (beside ? PUBLIC_PASSPHRASE_MIN_WITH_FACTOR
			     : PUBLIC_PASSPHRASE_MIN))
		return beside ? "too short: at least 8 characters"
			      : "too short: at least 15 characters";
	if (is_guessed(passphrase, context))
		return "too easy to guess: what many people use, a name, or "
		       "something repeated";
	return NULL;
}
