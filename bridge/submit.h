/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Handing one mail to the relay (SMTP, RFC 5321) through libcurl, over a
 * connection that stays open between mails. Not thread-safe: one submitter
 * per thread, after curl_global_init().
 *
 * SECURITY: with TLS the certificate and the host's name are always checked,
 * against ca_file alone if that is set; STARTTLS not offered is a failure,
 * not a fallback. Without TLS only a loopback address is ever connected to.
 * The relay's reply text may quote addresses and is thrown away but for its
 * code.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "bridge/compose.h"

enum submit_tls {
	SUBMIT_STARTTLS,
	SUBMIT_IMPLICIT,
	SUBMIT_NONE,
};

/* Copied; NULL where not set. */
struct submit_relay {
	const char *host;
	uint16_t port;
	enum submit_tls tls;
	const char *ca_file;
	const char *user;
	const char *password;
	int64_t timeout; /* milliseconds for one mail, give or take a second */
};

enum submit_outcome {
	SUBMIT_SENT,
	SUBMIT_DEFERRED,  /* 4xx, or no way to the relay: try again later */
	SUBMIT_FAILED,    /* 5xx for this mail: trying again is no use */
	SUBMIT_AMBIGUOUS, /* all was sent, but the answer never came */
};

#define SUBMIT_CODE_LEN 9 /* 5.999.999 */

struct submit_result {
	enum submit_outcome outcome;
	char code[SUBMIT_CODE_LEN + 1]; /* enhanced status code, or "" */
	bool relay;      /* the relay itself is the trouble, not this mail */
	const char *why; /* for the log, where no server said it; else NULL */
};

struct submitter;

/*
 * ABORT, if not NULL, is asked about once a second
 * while a mail is under way; true breaks the connection.
 */
int submit_open(const struct submit_relay *relay, bool (*abort)(void *context),
    void *context, struct submitter **s_r) PN_NODISCARD;
void submit_close(struct submitter **s);

/*
 * Always yields a result: trouble of our own is "deferred". A kept connection
 * that turns out to be dead is replaced once, unless the relay may have the
 * mail.
 */
void submit_mail(struct submitter *s, const struct composed *mail,
    struct submit_result *result_r);

/* The outcome's name in the API. */
const char *submit_outcome_name(enum submit_outcome outcome);

#define submit_auto PN_CLEANUP(submit_close)
