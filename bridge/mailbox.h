/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The mailbox door: one folder of an IMAP server is watched, and what is new
 * there is judged. A thread of its own, which connects, catches up, waits, and
 * after any trouble begins again, with growing pauses.
 *
 * It begins at the mail that comes next: old mail is never touched, nor is
 * mail that is not about a notification of ours. Of the others each is moved
 * away, or deleted, once its verdict is durable, and only then does the
 * bookmark move past it. Killed in between, the bridge judges that mail again:
 * twice told, never lost, and no second prompt, as posternd limits those.
 *
 * A mail whose verdict posternd finds fault with, or that the server does not
 * hand out, be it that the connection ends each time, is tried again a few
 * times, with pauses, and then left as it is: the log has its UID, and the
 * report says how many there were since the start. One that cannot be put away
 * stays, too, and its verdict is not told again.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "bridge/address.h"
#include "bridge/imap.h"
#include "bridge/oauth.h"
#include "bridge/parser.h"

struct mailbox;

/* The strings must stay. imap.stop, oauth.abort and .context are its own. */
struct mailbox_settings {
	struct imap_server imap;
	const char *user;
	const char *password; /* NULL: by access tokens */
	struct oauth_settings oauth;
	const char *folder;
	const char *processed_folder; /* NULL: delete */
	const char *directory;        /* of the bookmark */
	int64_t idle;                 /* milliseconds, all of these */
	int64_t poll;
	int64_t retry;
	int64_t secret_expires; /* clock_now(), 0: not known */
	const char *bridge_socket;
	struct address_style style;
};

int mailbox_start(const struct mailbox_settings *s, struct parser *parser,
    struct mailbox **m_r) PN_NODISCARD;
/* False: it did not end in GRACE_MS, and goes on using what it was given. */
bool mailbox_stop(struct mailbox **m, int64_t grace_ms) PN_NODISCARD;
