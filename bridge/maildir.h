/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The Maildir door: one thread that watches new/ of a Maildir for replies and
 * bounces. A mail says itself what it is about (inbound_found()); what is not
 * about a notice of ours is judged once and left as it is.
 *
 * Old mail is never touched. The first time a Maildir is opened, the file
 * MAILDIR_SINCE is put into it; what was delivered before that file's time is
 * not even opened. It stands in the Maildir, so that nothing that comes while
 * the bridge is down is missed. A time that has not come yet becomes now.
 *
 * Only regular files are read, no links, and CLASSIFY_MAIL_MAX bytes of each.
 * A mail is moved or deleted after its verdict is durable. One whose verdict
 * posternd finds fault with INBOUND_TRIES times is left as it is until the next
 * start. new/ is looked through at each sign of inotify(7), and without one
 * every MAILDIR_RESCAN.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "bridge/address.h"
#include "bridge/parser.h"

#define MAILDIR_SINCE ".postern-since"
#define MAILDIR_DONE ".Postern" /* the folder mail is moved to (Maildir++) */
#define MAILDIR_RESCAN 60000    /* milliseconds */
/* At first, then twice as long each time, up to one of these. */
#define MAILDIR_RETRY 1000
#define MAILDIR_AWAY_MAX (5 * 60 * 1000)    /* posternd is away */
#define MAILDIR_UNREAD_MAX (60 * 60 * 1000) /* the file cannot be read */
/* More files than this in new/: the others wait until some are gone. */
#define MAILDIR_FILES_MAX 100000

struct maildir;

struct maildir_settings {
	const char *path;
	const char *bridge_socket;
	struct address_style style;
	bool remove; /* delete what is done, instead of moving it */
};

/* SETTINGS' strings and PARSER outlive it. 0 or -errno. */
int maildir_open(const struct maildir_settings *settings, struct parser *parser,
    struct maildir **m_r) PN_NODISCARD;
/*
 * As door_close(): false if the thread still waits for posternd, and then the
 * process must exit at once.
 */
bool maildir_close(struct maildir **m, int64_t grace_ms) PN_NODISCARD;
