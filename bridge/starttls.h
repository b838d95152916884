/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From an IMAP server's greeting to where TLS begins (RFC 3501, section
 * 6.2.1). Nobody vouches for a byte of what is heard here: none of it goes
 * further, nothing secret is said, and what comes along with the last line is
 * refused, as is a server that offers no TLS.
 */

#include "base/attr.h"

struct channel;

/* Positive code. */
enum starttls_code {
	STARTTLS_UNSAFE = 1, /* there is no TLS, or no safe way to it */
};

/*
 * 0: channel_secure() is next. -EPROTO: it does not speak IMAP; -EMSGSIZE: it
 * says more than it may; or as channel_read().
 */
int starttls(struct channel *c) PN_NODISCARD;
