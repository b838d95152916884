/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A TCP connection that becomes a verified TLS one (GnuTLS), with a deadline
 * over all that is done on it and a way to break it off from another thread.
 *
 * SECURITY: the certificate and the host's name are always checked, with SNI,
 * against the system's trust or, if ca_file is set, against that alone. There
 * is no way to switch that off. What is read before channel_secure() is
 * nobody's word: the caller must not act on it but to go on to TLS, and bytes
 * that came along with the last of it are refused.
 *
 * Errors of all: -ETIMEDOUT the deadline has passed; -ECANCELED told to stop;
 * -ECONNRESET the peer has gone, an end of data included; others as the
 * system gives them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"

struct channel;

/* The strings must stay. */
struct channel_target {
	const char *host; /* a name or an address */
	uint16_t port;
	const char *ca_file; /* NULL: the system's trust */
	int stop;            /* readable once all is to end; -1: never */
};

/* Positive codes. */
enum channel_code {
	CHANNEL_NO_ADDRESS = 1, /* connect: the host has none */
	CHANNEL_NO_TRUST,       /* secure: no certificate to trust was read */
	CHANNEL_UNTRUSTED,      /* secure: not trusted, or for another name */
	CHANNEL_NO_TLS,         /* secure: the peer does not get TLS done */
};

/* DEADLINE in terms of clock_boot(), here and until it is moved. */
int channel_connect(const struct channel_target *target, int64_t deadline,
    struct channel **c_r) PN_NODISCARD;
int channel_secure(struct channel *c) PN_NODISCARD;
/* Says good-bye, and waits for no answer. */
void channel_close(struct channel **c);

void channel_set_deadline(struct channel *c, int64_t deadline);
/* Bytes read, at least one and at most MAX; never 0. */
int channel_read(
    struct channel *c, void *data, size_t max, size_t *n_r) PN_NODISCARD;
/* All of it. */
int channel_write(struct channel *c, const void *data, size_t len) PN_NODISCARD;
/* Until there is something to read: 0, -ETIMEDOUT at UNTIL. */
int channel_wait(struct channel *c, int64_t until) PN_NODISCARD;

#define channel_auto PN_CLEANUP(channel_close)
