/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What mail systems say in their own words: by which signs a bounce that is
 * no report is known, and what the text means for the address. All of it is
 * data. A family (one system, provider or language) is one file of
 * bridge/rules/ and one line in its families.h, so that adding one touches no
 * other; every entry names the mail in tests/mail that justifies it, which a
 * test reads.
 */

#include <stddef.h>

enum sign_place {
	SIGN_NONE,   /* ends a table */
	SIGN_HEADER, /* a header that only bounces have: enough by itself */
	SIGN_SUBJECT,
	SIGN_TEXT, /* near the beginning of what can be read */
	/* the same; no person begins a mail like this, even from nowhere */
	SIGN_OPENING,
};

/* TEXT is a header's name, or words in lower case with single blanks. */
struct sign {
	enum sign_place place;
	const char *text;
	const char *sample;
};

enum phrase_meaning {
	PHRASE_NO_USER = 1 << 0,   /* nobody there will ever be reached */
	PHRASE_NO_DOMAIN = 1 << 1, /* and nobody else at this domain */
	PHRASE_SOFT = 1 << 2,  /* the mail, the day or a policy is to blame */
	PHRASE_ALIVE = 1 << 3, /* there, but full or shut: outweighs the rest */
	/* said of an address that is not there, whatever it sounds like */
	PHRASE_DEAD = 1 << 4,
};

/* TEXT as above; it begins a word, and may end inside one. */
struct phrase {
	const char *text; /* NULL ends a table */
	enum phrase_meaning means;
	const char *sample;
	const char *also; /* counts only with this in the same text; or NULL */
};

struct family {
	const char *id;               /* of its rule, see classify_rule_id() */
	const struct sign *signs;     /* NULL: none */
	const struct phrase *phrases; /* NULL: none */
};

size_t family_count(void);
const struct family *family_get(size_t i);
