/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Addresses of web pages (RFC 3986), as far as a configuration needs them:
 * https:// anywhere, http:// on this machine only; a host name without user
 * name or password before it. What follows the host is not looked at here.
 */

#include <stdbool.h>
#include <stddef.h>
#include "base/attr.h"

#define URL_DOMAIN_MAX 253 /* RFC 1035, section 2.3.4 */
/* "https://", the host, ":65535" and the NUL. */
#define URL_ORIGIN_SIZE (8 + URL_DOMAIN_MAX + 6 + 1)

struct url {
	const char *host; /* in the text that was read */
	size_t host_len;
	unsigned port;    /* the scheme's own if none is written */
	const char *rest; /* what follows host and port, "" or from '/' on */
	bool tls;
};

/* Is NAME a domain name (RFC 1123, section 2.1)? Without a final dot. */
bool url_is_domain(const char *name, size_t len);

/* False: TEXT is no such address, and URL_R means nothing. */
bool url_parse(const char *text, struct url *url_r) PN_NODISCARD;

/*
 * As browsers write it in the header Origin (RFC 6454): lower case, no path,
 * no port that is the scheme's own.
 */
void url_origin(const struct url *url, char origin_r[static URL_ORIGIN_SIZE]);
