/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What follows from a verdict on a mail that came in: one table and one
 * function, without a store.
 *
 * SECURITY: the verdict comes from the process that has the network and is
 * not believed beyond this: it can make one line appear on the thread its
 * token belongs to, one notice to the practice, one prompt to the address on
 * file, all of them rarely; mark that one notification as failed, as held back
 * by a challenge; and, with a bounce token, the address it went to as doubtful
 * or stopped.
 * Whom and where never depends on the verdict.
 */

#include <stdbool.h>
#include <stddef.h>
#include "base/attr.h"
#include "base/clock.h"
#include "daemon/health.h"
#include "store/keyring.h"
#include "store/thread.h"
#include "store/token.h"

/* At most one event of this kind on a thread in that time. */
#define INBOUND_EVENT_EVERY (10 * CLOCK_MINUTE)

/* Numbers go into the audit: append only. */
enum inbound_kind {
	INBOUND_PERSON = 1,
	INBOUND_AUTO_REPLY,
	INBOUND_AUTO_OTHER,
	INBOUND_BOUNCE,
	INBOUND_DELAYED,
	INBOUND_DELIVERED,
	INBOUND_COMPLAINT,
	INBOUND_RECEIPT,
	INBOUND_REPORT,
	INBOUND_LIST,
	INBOUND_CHALLENGE,
	INBOUND_CALENDAR,
	INBOUND_SPAM,
	INBOUND_OWN,
	INBOUND_MALFORMED,
};

/* 0 or -EINVAL. */
int inbound_kind_parse(
    const char *word, enum inbound_kind *kind_r) PN_NODISCARD;

/*
 * "r-<token>", "b-<token>" or "m-<token>" (a Message-ID), either case. 0, or
 * TOKEN_FORGED for anything that is not ours.
 */
int inbound_recipient(const struct keyring *k, const char *recipient,
    enum token_label *label_r, struct token *token_r) PN_NODISCARD;

/* Whose token it is, as their thread sees them. */
enum inbound_side {
	INBOUND_NOBODY,   /* a test, or no member of the thread */
	INBOUND_CLIENT,   /* the client, now */
	INBOUND_PRACTICE, /* a provider or cover, now */
	INBOUND_PAST,     /* was a member once */
};

struct inbound_case {
	enum inbound_kind kind;
	enum token_label label;
	bool hard;    /* a bounce that says the address is dead */
	bool active;  /* the token's participant takes part */
	bool expired; /* the token is older than tokens are good for */
	bool told;    /* the thread had such an event just now */
	bool may_prompt;
	enum inbound_side side;
};

struct inbound_effect {
	bool event; /* EVENT_ANSWERED_BY_MAIL */
	enum entry_visibility visibility;
	bool notify; /* the practice's side, by mail */
	bool prompt;
	/* the notification did not arrive, or was not welcome: what that says
	 * of the address it went to */
	enum health_news news;
};

/*
 * An expired token still counts as an answer: nobody who answers an old mail
 * is left with silence. An expired bounce says nothing any more.
 */
struct inbound_effect inbound_decide(const struct inbound_case *c);
