/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What becomes of one mail that came in: all that ever leaves the parse
 * child. Numbers, and a token whose grammar is ours: there is no field into
 * which a word of the mail fits.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "bridge/address.h"

/* One list for code, API, tools and tests: verdict_kind_name(). */
enum verdict_kind {
	VERDICT_PERSON,     /* someone wrote */
	VERDICT_AUTO_REPLY, /* out of office, vacation, acknowledgement */
	VERDICT_AUTO_OTHER, /* other machine mail */
	VERDICT_BOUNCE,     /* not delivered; see hard */
	VERDICT_DELAYED,
	VERDICT_DELIVERED,
	VERDICT_COMPLAINT, /* ARF, RFC 5965 */
	VERDICT_RECEIPT,   /* MDN, RFC 8098 */
	VERDICT_REPORT,    /* DMARC, TLS aggregate */
	VERDICT_LIST,
	VERDICT_CHALLENGE, /* challenge-response */
	VERDICT_CALENDAR,
	VERDICT_SPAM,
	VERDICT_OWN, /* our own mail come back */
	VERDICT_MALFORMED,
	VERDICT_KINDS,
};

struct verdict {
	uint8_t kind;  /* enum verdict_kind */
	uint8_t hard;  /* of a bounce: 1 if the address is dead */
	uint16_t rule; /* which rule spoke: classify_rule_id() */
	/* RFC 3463 class.subject.detail; class 0: none known */
	uint16_t status_class;
	uint16_t status_subject;
	uint16_t status_detail;
	/* which notification it is about, as trace_find() says; may be "" */
	char token[ADDRESS_LABELLED_MAX + 1];
};

/* RFC 3463, section 3, has no greater subject; posternd takes none. */
#define VERDICT_SUBJECT_MAX 7
#define VERDICT_STATUS_LEN 9 /* 5.999.999 */

/* The kind's name in the API: "auto-reply". */
const char *verdict_kind_name(enum verdict_kind kind);
/* "5.1.1", or "" if none is known. */
void verdict_status(
    const struct verdict *v, char text_r[static VERDICT_STATUS_LEN + 1]);
/* Is all of V within its range? A broken child may send anything. */
bool verdict_valid(const struct verdict *v, size_t n_rules);
