/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The server's side of LMTP (RFC 2033, on RFC 5321) as a machine without
 * sockets: bytes in, replies out. PIPELINING, 8BITMIME, SIZE,
 * ENHANCEDSTATUSCODES, and SMTPUTF8 (RFC 6531): whoever writes from an address
 * that is not ASCII would otherwise get a bounce and no prompt.
 *
 * RCPT tells the truth: a recipient that is none of ours is refused there and
 * then, one we cannot ask about is put off (451). Behind an accepted recipient
 * there is no 5xx any more: the sending server would bounce the client's own
 * words. In doubt it is told to try again.
 *
 * Only CR LF . CR LF ends a mail, and only CR LF ends a line, so that a bare
 * CR or LF can smuggle nothing in. Of a mail longer than LMTP_KEEP_MAX only
 * that much is kept, for the judge; the rest is counted and dropped as it
 * streams by. What was kept is wiped as soon as it is judged.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/buf.h"
#include "bridge/address.h"

#define LMTP_KEEP_MAX ((size_t)256 * 1024)
#define LMTP_RECIPIENTS_MAX 100
#define LMTP_COMMAND_MAX 1000 /* bytes of a command line, CR LF included */
#define LMTP_ERRORS_MAX 20    /* wrong commands until 421 */
/* What one lmtp_feed() may be given, so that its replies are bounded too. */
#define LMTP_FEED_MAX 4096

enum lmtp_answer {
	LMTP_ACCEPT,
	LMTP_REFUSE, /* 550 5.1.1 */
	LMTP_UNSURE, /* 451: cannot tell now */
};

struct lmtp_mail {
	bool null_sender;
	const uint8_t *data; /* first LMTP_KEEP_MAX bytes, unstuffed, CR LF */
	size_t len;
	uint64_t total; /* bytes of all of it */
	const char *recipients[LMTP_RECIPIENTS_MAX];
	size_t n;
};

struct lmtp_handler {
	/* ADDRESS as given in RCPT, without <>. Must have no side effect. */
	enum lmtp_answer (*recipient)(void *context, const char *address);
	/*
	 * Judge MAIL for each recipient; SAFE_R[i] becomes true once its
	 * verdict is durable, and only then is the mail taken for it.
	 */
	void (*mail)(void *context, const struct lmtp_mail *mail, bool *safe_r);
	void *context;
};

struct lmtp;

/* SIZE_LIMIT is announced, and held against what MAIL announces. */
int lmtp_new(const struct lmtp_handler *handler, const char *hostname,
    uint64_t size_limit, struct lmtp **l_r) PN_NODISCARD;
void lmtp_free(struct lmtp **l);

/* Appends the greeting, or replies to LEN <= LMTP_FEED_MAX bytes. */
void lmtp_greet(struct lmtp *l, struct buf *out);
void lmtp_feed(
    struct lmtp *l, const uint8_t *data, size_t len, struct buf *out);
/* 421 at a time of the server's choosing; nothing is taken afterwards. */
void lmtp_shut(struct lmtp *l, struct buf *out);
/* True after QUIT, too many errors or lmtp_shut(). */
bool lmtp_done(const struct lmtp *l);
/* Is a mail or a transaction under way? */
bool lmtp_busy(const struct lmtp *l);

#define lmtp_auto PN_CLEANUP(lmtp_free)
