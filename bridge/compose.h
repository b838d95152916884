/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One notification as bytes for the wire (RFC 5322, MIME through GMime):
 * multipart/alternative, plain text first, 7-bit, CRLF, no line beyond 998
 * bytes. Nothing that goes in depends on what was written, so neither do
 * size and shape of what comes out.
 *
 * SECURITY: all text comes from the templates, the settings and posternd, and
 * is still checked here: addresses and tokens by grammar, header texts
 * encoded, and the finished mail scanned before anybody sends it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/buf.h"
#include "bridge/address.h"
#include "bridge/template.h"

/* How this installation writes mail; all strings outlive their use. */
struct compose_identity {
	const char *from;         /* address */
	const char *from_name;    /* NULL: the practice's name */
	const char *fixed_sender; /* NULL: one envelope sender per mail */
	struct address_style style;
};

/* One notification, as posternd leases it. */
struct compose_notice {
	enum template_kind kind;
	const char *to;
	const char *language;
	const char *reply;      /* token */
	const char *bounce;     /* token; "" in a prompt: null sender */
	const char *message_id; /* local part */
	struct template_values values;
	int64_t date; /* milliseconds UTC */
};

struct composed {
	char sender[ADDRESS_MAX + 1]; /* envelope; "" is <> */
	char recipient[ADDRESS_MAX + 1];
	struct buf mail;
};

/* Our own header: what carries it is our own mail. */
#define COMPOSE_OWN_HEADER "X-Postern-Notice"

#define COMPOSE_MAIL_MAX ((size_t)256 * 1024)

/*
 * 0; -EINVAL if an address, token or id breaks its grammar, -EILSEQ if the
 * result is not fit for the wire, -EMSGSIZE, -ENOMEM.
 */
int compose(const struct template_set *templates,
    const struct compose_identity *identity,
    const struct compose_notice *notice, struct composed *c_r) PN_NODISCARD;
void composed_fini(struct composed *c);

/* Is this 7-bit, every line ended by CRLF and no longer than 998 bytes? */
bool compose_wire_safe(const uint8_t *data, size_t len);

#define composed_auto PN_CLEANUP(composed_fini)
