/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The client's side of IMAP (RFC 3501, with IDLE, MOVE, UIDPLUS and XOAUTH2),
 * as much as a mailbox that is watched needs. libetpan speaks the protocol,
 * over bridge/channel.h, behind bridge/frame.h and bridge/sieve.h; no other
 * file knows it.
 *
 * Of a mail only BODY.PEEK[] is ever asked for: what a sender wrote passes
 * through no parser here, and no mail is marked as read.
 *
 * One thread at a time. After any error but IMAP_REFUSED and IMAP_GONE the
 * connection is of no use any more.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/buf.h"

/* Bytes of a mail that are fetched. */
#define IMAP_MAIL_MAX ((size_t)256 * 1024)
/* UIDs one search may span, so that its answer fits into a line. */
#define IMAP_SPAN 4096

struct imap;

/* The strings must stay. */
struct imap_server {
	const char *host;
	uint16_t port;
	bool starttls;
	const char *ca_file; /* NULL: the system's trust */
	int64_t timeout;     /* milliseconds for a connect, for a command */
	int stop;            /* readable once all is to end: -ECANCELED */
};

/* Positive codes. */
enum imap_code {
	IMAP_NO_ADDRESS = 1, /* open: the host has none */
	IMAP_NO_TRUST,       /* open: no certificate to trust was read */
	IMAP_UNTRUSTED,      /* open: its certificate is not trusted */
	IMAP_NO_TLS,         /* open: no TLS, or no safe way to it */
	IMAP_REFUSED,        /* the server says NO or BAD */
	IMAP_GONE,           /* fetch: there is no such mail any more */
	IMAP_OAUTH_ONLY,     /* login: no password is taken, a token is */
	IMAP_NO_PASSWORD,    /* login: nor is that */
};

/*
 * All return 0, a code of these where they can, or: -ETIMEDOUT; -ECANCELED;
 * -ECONNRESET the connection broke or the server said BYE; -EPROTO it does
 * not speak IMAP; -EMSGSIZE it says more than it may; -ENOMEM, or -errno.
 */
int imap_open(const struct imap_server *server, struct imap **i_r) PN_NODISCARD;
void imap_close(struct imap **i);

/* By LOGIN; where that is off, by AUTHENTICATE PLAIN (RFC 4616). */
int imap_login(
    struct imap *i, const char *user, const char *password) PN_NODISCARD;
/* TOKEN: an access token (XOAUTH2). */
int imap_login_token(
    struct imap *i, const char *user, const char *token) PN_NODISCARD;
/* Neither is ever 0. */
int imap_select(struct imap *i, const char *folder, uint32_t *validity_r,
    uint32_t *next_r) PN_NODISCARD;

/*
 * UIDs from FIRST on, ascending; LAST 0: to the end. -EMSGSIZE if there are
 * more than IMAP_SPAN: ask for less.
 */
int imap_search(struct imap *i, uint32_t first, uint32_t last,
    uint32_t uids_r[static IMAP_SPAN], size_t *n_r) PN_NODISCARD;
/* Its first IMAP_MAIL_MAX bytes are added to MAIL. */
int imap_fetch(struct imap *i, uint32_t uid, struct buf *mail) PN_NODISCARD;
/*
 * Away with UID: into FOLDER, which is made if there is none, or for good with
 * FOLDER NULL. A server that cannot remove one mail alone has it flagged
 * \Deleted, and not a mail of others with it.
 */
int imap_remove(struct imap *i, uint32_t uid, const char *folder) PN_NODISCARD;

/*
 * Until there may be a new mail, for at most MS: by IDLE, where the server can,
 * else by waiting. 0 in both cases.
 */
int imap_wait(struct imap *i, int64_t ms) PN_NODISCARD;
bool imap_has_idle(const struct imap *i);

#define imap_auto PN_CLEANUP(imap_close)
