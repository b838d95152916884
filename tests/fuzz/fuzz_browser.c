/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What browsers, and a proxy, put into headers: cookies, an address, the
 * place in a stream of events. Each is read as if all of the bytes were it.
 */

#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "daemon/brake.h"
#include "daemon/cookie.h"
#include "daemon/live.h"
#include "store/session.h"
#include "tests/fuzz/fuzz.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyz234567"
#define AGAIN                                                                  \
	";" COOKIE_SESSION                                                     \
	"=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* What is found stands there, and with another one it is found no more. */
static void
read_cookie(const char *data, size_t len)
{
	char value[SESSION_TEXT_LEN + 1], other[SESSION_TEXT_LEN + 1];
	bool found =
	    cookie_find(data, len, COOKIE_SESSION, SESSION_TEXT_LEN, value);
	char *twice;

	if (strlen(value) != (found ? SESSION_TEXT_LEN : 0))
		abort();
	if (!found)
		return;
	if (strspn(value, LETTERS) != SESSION_TEXT_LEN)
		abort();
	twice = malloc(len + sizeof(AGAIN));
	if (twice == NULL)
		abort();
	memcpy(twice, data, len);
	memcpy(twice + len, AGAIN, sizeof(AGAIN));
	if (cookie_find(twice, len + sizeof(AGAIN) - 1, COOKIE_SESSION,
		SESSION_TEXT_LEN, other) ||
	    other[0] != '\0')
		abort();
	free(twice);
}

static void
nothing(struct live_stream *s)
{
	(void)s;
}

static bool
alive(struct live_stream *s)
{
	(void)s;
	return true;
}

/* Nobody guesses where this process's events are: all are fetched again. */
static void
resume(struct live *l, const char *last_event)
{
	struct live_stream s = {.wake = nothing, .alive = alive};
	char text[LIVE_TEXT_MAX + 1];
	bool again = false;
	ptrdiff_t n;

	live_add(l, &s, last_event);
	while ((n = live_read(l, &s, text, LIVE_TEXT_MAX, nothing)) > 0) {
		if (n > LIVE_TEXT_MAX || s.text_len > LIVE_TEXT_MAX)
			abort();
		text[n] = '\0';
		again = again || strstr(text, "\nevent: resync\n") != NULL;
	}
	live_remove(l, &s);
	if (n != 0 || !again)
		abort();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return sodium_init() < 0 ? -1 : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct live *l;
	struct brake_from from;
	char *text = malloc(len + 1);

	if (text == NULL || (l == NULL && live_new(&l) != 0))
		abort();
	read_cookie((const char *)data, len);
	memcpy(text, data, len);
	text[len] = '\0';
	resume(l, text);
	if (brake_from_parse(text, &from) == 0 && strlen(text) > 45)
		abort();
	free(text);
	return 0;
}
