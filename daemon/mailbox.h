/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the bridge said last of the mailbox or the Maildir it watches, and an
 * administrator's wish that somebody signs in there. In memory only: the
 * bridge says it again every minute. Any thread may ask.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/settings.h"

#define MAILBOX_STATE_MAX 16
#define MAILBOX_CODE_MAX 32
#define MAILBOX_URI_MAX 256

/* Texts "" and times 0 where there are none. */
struct mailbox_news {
	char state[MAILBOX_STATE_MAX + 1];
	char error[MAILBOX_STATE_MAX + 1];
	int64_t since;
	int64_t secret_expires;
	int64_t passed_over; /* mails, since the bridge started */
	/* while somebody signs in */
	char user_code[MAILBOX_CODE_MAX + 1];
	char verification_uri[MAILBOX_URI_MAX + 1];
	int64_t expires;
};

struct mailbox;

enum mailbox_kind {
	MAILBOX_IMAP,
	MAILBOX_MAILDIR, /* nobody signs in, and there is no secret */
};

int mailbox_new(enum mailbox_kind kind, struct mailbox **m_r) PN_NODISCARD;
void mailbox_free(struct mailbox **m);

/* Are these words the bridge may use? An error is "" where all is well. */
bool mailbox_is_state(const struct mailbox *m, const char *word);
bool mailbox_is_error(const struct mailbox *m, const char *word);

/* Takes NEWS. True: somebody is to sign in. */
bool mailbox_take(
    struct mailbox *m, const struct mailbox_news *news, int64_t now);
/* Once the bridge asks again. */
void mailbox_wish(struct mailbox *m, int64_t now);

/*
 * {state, since, error, passed_over}, of a mailbox also {secret_expires_at},
 * with WITH_CODE also {user_code, verification_uri, expires_at}. State "off"
 * where none is watched, "unknown" where the bridge has been silent.
 */
json_t *mailbox_view(struct mailbox *m, const struct settings *s, int64_t now,
    bool with_code) PN_NODISCARD;
/* Adds what is wrong to REASONS. STARTED: posternd, clock_now(). 0 or
 * -ENOMEM. */
int mailbox_reasons(struct mailbox *m, const struct settings *s,
    int64_t started, int64_t now, json_t *reasons) PN_NODISCARD;
