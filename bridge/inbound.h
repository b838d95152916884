/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Mail that came in, between the doors and posternd: is this recipient ours,
 * what kind of mail is it, and is its verdict durable? posternd decides what
 * follows from it. One per connection or mailbox, as it holds a client.
 *
 * Mail to the fixed envelope sender, if there is one, tells itself what it is
 * about, like mail out of a mailbox. What is about nothing of ours is taken
 * and dropped there: it came after somebody's mail was taken, and a refusal
 * would only make another bounce.
 *
 * Nothing here has a side effect before a verdict is handed over.
 */

#include "base/attr.h"
#include "bridge/address.h"
#include "bridge/lmtp.h"
#include "bridge/parser.h"

struct inbound;

/* SOCKET and STYLE's strings outlive it. 0 or -errno. */
int inbound_open(const char *socket, const struct address_style *style,
    struct parser *parser, struct inbound **in_r) PN_NODISCARD;
void inbound_close(struct inbound **in);

/* What struct lmtp_handler asks for; CONTEXT is the struct inbound. */
enum lmtp_answer inbound_recipient(void *context, const char *address);
void inbound_mail(void *context, const struct lmtp_mail *mail, bool *safe_r);

enum inbound_outcome {
	INBOUND_AGAIN,    /* cannot tell now: try later */
	INBOUND_RECORDED, /* its verdict is durable */
	INBOUND_FOREIGN,  /* nothing of ours: leave it alone */
	INBOUND_REFUSED,  /* posternd finds fault with the verdict itself */
};

/*
 * The same verdict will be refused again, but for a posternd that is replaced
 * just now: after so many refusals a mail is left where it is.
 */
#define INBOUND_TRIES 3

/*
 * A mail out of a mailbox, where no envelope is known: it tells itself which
 * notification it is about. DATA: its first bytes, at least LMTP_KEEP_MAX or
 * all. DOOR is for the log.
 */
enum inbound_outcome inbound_found(struct inbound *in, const char *door,
    const uint8_t *data, size_t len) PN_NODISCARD;

#define inbound_auto PN_CLEANUP(inbound_close)
