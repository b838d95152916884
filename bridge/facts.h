/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the rules ask about one mail, taken out of GMime's tree once. Lives in
 * the parse child; nothing of it leaves.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gmime/gmime.h>
#include "base/attr.h"
#include "base/buf.h"
#include "bridge/classify.h"
#include "bridge/report.h"

/* Bytes of readable text the rules may look at, all parts together. */
#define FACTS_TEXT_MAX ((size_t)16 * 1024)
/* Bytes kept of a returned mail that was encoded. */
#define FACTS_BACK_MAX ((size_t)64 * 1024)

struct facts {
	GMimeMessage *message;
	const struct trace_own *own;
	bool null_sender;
	bool sender_unknown; /* no envelope, and no Return-Path either */
	bool to_bounce;

	char *subject;   /* decoded, lower case, one blank between words */
	char *from;      /* address, lower case; "" if there is none */
	struct buf text; /* of the text parts: lower case, tags taken out */
	struct buf back; /* what came back, if it had to be decoded */

	unsigned parts;
	unsigned depth;
	bool too_much; /* depth or number of parts over the ceiling */

	bool is_report; /* multipart/report anywhere */
	bool has_delivery_status;
	bool has_disposition;
	bool has_feedback;
	bool has_tls_report;
	bool has_archive;     /* zip or gzip: a DMARC report's body */
	bool has_calendar;    /* an invitation or an answer */
	bool has_appointment; /* a file of one, which people attach */
	bool has_returned;    /* message/rfc822 or text/rfc822-headers */
	bool broken;          /* its text is what stands behind the header */
	struct report report; /* if has_delivery_status */
};

/* 0, or -EBADMSG if there is no message in DATA; facts_fini() either way. */
int facts_read(const struct trace_own *own,
    const struct classify_envelope *envelope, const uint8_t *data, size_t len,
    struct facts *f_r) PN_NODISCARD;
void facts_fini(struct facts *f);

/* The readable text, "" if there is none. */
const char *facts_text(const struct facts *f);
/* First value of a top-level header, or NULL. */
const char *facts_header(const struct facts *f, const char *name);
/* The last one's: of Received, the oldest. */
const char *facts_header_last(const struct facts *f, const char *name);
unsigned facts_header_count(const struct facts *f, const char *name);
/* Does a header of NAME begin with WORD, which ends there? In any case. */
bool facts_header_word(
    const struct facts *f, const char *name, const char *word);
/* Does the value contain TEXT, in any case? */
bool facts_header_has(
    const struct facts *f, const char *name, const char *text);

#define facts_auto PN_CLEANUP(facts_fini)
