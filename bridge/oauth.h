/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Access tokens for a mailbox (OAuth 2.0, RFC 6749), from the mail provider's
 * token endpoint over HTTPS: by a refresh token, which somebody's signing in
 * on a device of their own has given us (RFC 8628), or by client credentials.
 *
 * The refresh token is kept in the bridge's directory. Where the provider
 * hands out another one each time, the new one is on the disk before the old
 * one is forgotten.
 *
 * SECURITY: certificate and name are always checked, no redirect is followed,
 * an answer has a ceiling and is read strictly. None of its words goes on but
 * the code and the address that a person is to be shown, and those only if
 * they look like such. One thread at a time, after curl_global_init().
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"

#define OAUTH_ANSWER_MAX (64 * 1024)
#define OAUTH_USER_CODE_MAX 32
#define OAUTH_URI_MAX 256

/* The strings must stay. NULL where not set. */
struct oauth_settings {
	bool device; /* else client credentials */
	const char *token_endpoint;
	const char *device_endpoint;
	const char *client_id;
	const char *client_secret;
	const char *scope;
	const char *ca_file;
	const char *directory;
	int64_t timeout; /* milliseconds for one request */
	/* Asked about once a second; true: -ECANCELED. */
	bool (*abort)(void *context);
	void *context;
};

/* Positive codes. */
enum oauth_code {
	OAUTH_SIGN_IN = 1, /* nobody has signed in, or that holds no more */
	OAUTH_CLIENT,      /* the client or its secret is refused */
	OAUTH_REFUSED,     /* something else we asked for is */
	OAUTH_PENDING,     /* poll: nobody has entered the code yet */
	OAUTH_DENIED,      /* poll: somebody said no, or the time is over */
	OAUTH_TROUBLE, /* the endpoint cannot be reached, or talks nonsense */
};

struct oauth;

int oauth_open(const struct oauth_settings *s, struct oauth **o_r) PN_NODISCARD;
void oauth_close(struct oauth **o);

/*
 * An access token that is good for a minute at least: *TOKEN_R stays O's.
 * 0, OAUTH_SIGN_IN, OAUTH_CLIENT, OAUTH_REFUSED, OAUTH_TROUBLE, or -errno.
 */
int oauth_token(struct oauth *o, const char **token_r) PN_NODISCARD;
/* The mailbox refuses the token: the next one is to be a new one. */
void oauth_forget(struct oauth *o);
/* clock_now() at which the refresh token ends, if it was said; else 0. */
int64_t oauth_refresh_ends(const struct oauth *o);

/* For a person: go there, enter that. */
struct oauth_prompt {
	char user_code[OAUTH_USER_CODE_MAX + 1];
	char verification_uri[OAUTH_URI_MAX + 1];
	int64_t expires; /* clock_now() */
};

/* Begins to sign in. As oauth_token(). */
int oauth_begin(struct oauth *o, struct oauth_prompt *prompt_r) PN_NODISCARD;
/* Milliseconds to wait before oauth_poll(). */
int64_t oauth_interval(const struct oauth *o);
/* As oauth_token(), OAUTH_PENDING or OAUTH_DENIED. 0: signed in. */
int oauth_poll(struct oauth *o) PN_NODISCARD;

#define oauth_auto PN_CLEANUP(oauth_close)
