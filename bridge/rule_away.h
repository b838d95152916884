/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The words by which subjects say "out of office" and "automatic reply", per
 * language, each with the mail in tests/mail that shows it. They are the last
 * resort: responders that follow RFC 3834 have said it in a header.
 */

#include <stddef.h>

/* Bytes of text in which a responder says that it is one. */
#define AWAY_TEXT_MAX 1000

enum away_sure {
	AWAY_AUTO, /* no person calls a mail of their own that */
	/* nor this, if it is all there is before a colon, or of an answer */
	AWAY_BARE,
	/* people write this, too: the text must say that a machine did */
	AWAY_AWAY,
};

struct away {
	const char *text; /* lower case, at the beginning of a subject */
	enum away_sure sure;
	const char *sample;
};

size_t away_count(void);
const struct away *away_get(size_t i);
