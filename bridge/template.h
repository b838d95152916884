/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The words of the mails: templates/LANGUAGE/KIND.{subject,txt,html}.
 *
 *	{{variable}}			its value
 *	{{#variable}}...{{/variable}}	only if the value is not empty
 *
 * That is all of the language: no nesting, no loops, no partials. The
 * variables are the table in template.c, and each kind of mail has its own
 * subset; none of them can carry a message or a person's name, so no template
 * can, and counts only stand in what the practice gets. Anything else in double
 *braces refuses the whole set at load.
 *
 * Values are escaped for HTML in .html files. A value or a subject is one
 * line: its control characters become blanks.
 */

#include <stddef.h>
#include "base/attr.h"
#include "base/buf.h"

enum template_kind {
	TEMPLATE_MESSAGE,   /* something new is waiting */
	TEMPLATE_ANSWERED,  /* to the provider: someone answered by e-mail */
	TEMPLATE_PROMPT,    /* to whoever answered by e-mail */
	TEMPLATE_TEST,      /* posternctl test-mail */
	TEMPLATE_ENROLMENT, /* half of what opens an account: the link */
	TEMPLATE_ACCOUNT,   /* how one signs in has changed */
	TEMPLATE_ADDRESS,   /* a code, to an address to be confirmed */
	TEMPLATE_REPLACED,  /* this address is not used any more */
	TEMPLATE_OVERDUE,   /* to the practice: somebody could not be told */
	TEMPLATE_SUMMARY,   /* to the practice, of a day */
	TEMPLATE_KINDS,
};

enum template_part {
	TEMPLATE_SUBJECT,
	TEMPLATE_TEXT,
	TEMPLATE_HTML,
	TEMPLATE_PARTS,
};

/* NULL counts as empty. UTF-8. */
struct template_values {
	const char *practice_name;
	const char *practice_phone;
	const char *emergency;
	const char *link_url;
	const char *code; /* of an address */
	/* decimal, or "" for none */
	const char *count_unreached;
	const char *count_waiting;
	const char *count_withheld;
	const char *count_unreadable;
};

/* Room for one error: "file:line: what is wrong". */
#define TEMPLATE_ERROR_MAX 1024

/* Ceilings: of a file, and of one rendered part. */
#define TEMPLATE_FILE_MAX ((size_t)32 * 1024)
#define TEMPLATE_OUT_MAX ((size_t)64 * 1024)

/* Positive code of template_load(). */
enum template_code {
	TEMPLATE_BROKEN = 1, /* error_r says what and where */
};

struct template_set;

/*
 * Loads every language under DIR; "en" must be there, and each language must
 * be complete. 0, TEMPLATE_BROKEN or -errno. Read-only afterwards, so any
 * thread may render.
 */
int template_load(const char *dir, struct template_set **set_r,
    char error_r[static TEMPLATE_ERROR_MAX]) PN_NODISCARD;
void template_free(struct template_set **set);

/* The name of a kind in file names and in the bridge API; NULL-free. */
const char *template_kind_name(enum template_kind kind);
/* 0, or -ENOENT for a name that is none. */
int template_kind_parse(
    const char *name, enum template_kind *kind_r) PN_NODISCARD;

/*
 * Appends one part in LANGUAGE ("de-CH" falls back to "de", then "en") to
 * OUT, lines ending in LF; a subject without any.
 * 0, -EMSGSIZE, -ENOMEM.
 */
int template_render(const struct template_set *set, const char *language,
    enum template_kind kind, enum template_part part,
    const struct template_values *values, struct buf *out) PN_NODISCARD;

#define template_auto PN_CLEANUP(template_free)
