/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Telling posternd how the mailbox or the Maildir is, so that posternctl can
 * say it: at once when that changes, and every minute. The answer may carry an
 * administrator's wish to sign in to the mailbox. A thread of its own, as the
 * mailbox's waits on the network.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "bridge/oauth.h"

/* The words of these are in beat.c and in the API's description. */
enum beat_state {
	BEAT_CONNECTING,
	BEAT_CONNECTED,
	BEAT_TROUBLE,
	BEAT_SIGNING_IN,
	BEAT_WATCHING, /* a Maildir */
};

enum beat_error {
	BEAT_NONE,
	BEAT_UNREACHABLE,
	BEAT_TIMEOUT,
	BEAT_NO_TRUST,
	BEAT_UNTRUSTED,
	BEAT_NO_TLS,
	BEAT_DISCONNECTED,
	BEAT_PROTOCOL,
	BEAT_LOGIN,
	BEAT_OAUTH_ONLY,
	BEAT_NO_PASSWORD,
	BEAT_FOLDER,
	BEAT_FETCH,
	BEAT_VERDICT,
	BEAT_STATE,
	BEAT_SIGN_IN,
	BEAT_CLIENT,
	BEAT_TOKEN,
	BEAT_MACHINE,
	/* of a Maildir */
	BEAT_MISSING,
	BEAT_DENIED,
};

struct beat_report {
	enum beat_state state;
	enum beat_error error;
	int64_t since;              /* clock_now() */
	int64_t secret_expires;     /* clock_now(), or 0 */
	int64_t passed_over;        /* mails */
	struct oauth_prompt prompt; /* when signing in */
};

struct beat;

/*
 * WHAT: "mailbox" or "maildir". WISH is called when an administrator wants to
 * sign in; NULL: nobody can. SOCKET and WHAT must stay.
 */
int beat_start(const char *socket, const char *what,
    const struct beat_report *first, void (*wish)(void *context), void *context,
    struct beat **b_r) PN_NODISCARD;
/* Ends what is under way. */
void beat_stop(struct beat **b);
void beat_tell(struct beat *b, const struct beat_report *report);

const char *beat_state_name(enum beat_state state);
const char *beat_error_name(enum beat_error error);
