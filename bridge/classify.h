/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who wrote this mail: a person, or which kind of machine? A table of rules,
 * each with an id; the first that matches speaks. When in doubt a mail is not
 * answered, but a person is never taken for a machine on the strength of what
 * the body says.
 *
 * The order is: what cannot be read; our own mail; challenges; reports by
 * MIME structure; bounces that are no reports; calendar; automatic signs (RFC
 * 3834 and the older ones); lists; the local filter's word on spam; people.
 *
 * SECURITY: this reads hostile bytes, so it runs in the parse child alone
 * (bridge/child.h), after caps that keep GMime away from what it cannot take.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "bridge/trace.h"
#include "bridge/verdict.h"

/* What is behind is not looked at. */
#define CLASSIFY_MAIL_MAX ((size_t)256 * 1024)

/* The envelope, as the MTA gave it. */
struct classify_envelope {
	bool null_sender;
	bool to_bounce; /* the recipient is a b- address: never a person */
	/* no MTA was asked (mails on disk): believe the header */
	bool unknown;
};

/*
 * OWN: how to know our own mail; an address or domain of it may be "".
 * g_mime_init() first. Never fails: what cannot be read is "malformed".
 */
void classify(const struct trace_own *own,
    const struct classify_envelope *envelope, const uint8_t *data, size_t len,
    struct verdict *v_r);

/* Rules are numbered 0..classify_rules()-1; their ids are short and stable. */
size_t classify_rules(void);
const char *classify_rule_id(size_t rule);
/* "malformed": for a mail whose child gave no answer. */
size_t classify_rule_malformed(void);
