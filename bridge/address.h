/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The few mail addresses the bridge ever handles: people's, which posternd
 * hands it, and its own token addresses, where replies and bounces come back.
 *
 * Whatever goes to libcurl or into a header passes address_valid() first:
 * neither libcurl nor a relay would stop a CR LF inside an address.
 */

#include <stdbool.h>
#include <stddef.h>
#include "base/attr.h"

#define ADDRESS_MAX 254 /* RFC 5321, section 4.5.3.1.3 */
#define ADDRESS_LOCAL_MAX 64
#define ADDRESS_TOKEN_MIN 16
#define ADDRESS_TOKEN_MAX 48
/* "r-" or "b-" and the token. */
#define ADDRESS_LABELLED_MAX (2 + ADDRESS_TOKEN_MAX)

/*
 * dot-atom "@" domain of RFC 5321 in ASCII, or an address literal; no quoted
 * local part, no comment, no space, nothing above 0x7e.
 */
bool address_valid(const char *address);
/* What stands behind the last '@'; "" if there is none. */
const char *address_domain(const char *address);

/*
 * How our own addresses look. In domain style r-TOKEN@domain; in plus style,
 * MAILBOX is set and they are LOCAL+r-TOKEN@ the mailbox's domain.
 */
struct address_style {
	const char *domain;
	const char *mailbox; /* NULL in domain style */
	/* where bounces go that have no address of their own; or NULL */
	const char *fixed_sender;
};

enum address_label {
	ADDRESS_REPLY = 'r',
	ADDRESS_BOUNCE = 'b',
	ADDRESS_MESSAGE_ID = 'm', /* of a Message-ID; no address has it */
};

/* 0, or -EINVAL if TOKEN is no bare base32 or the result no valid address. */
int address_build(const struct address_style *style, enum address_label label,
    const char *token, char address_r[static ADDRESS_MAX + 1]) PN_NODISCARD;
/*
 * Is ADDRESS one of ours, by its form alone? Then LABELLED_R is "r-TOKEN" or
 * "b-TOKEN" in lower case. Mail systems fold local parts: any case is taken.
 */
bool address_parse(const struct address_style *style, const char *address,
    char labelled_r[static ADDRESS_LABELLED_MAX + 1]);
/* Is TEXT "L-TOKEN" with LABEL for L, in any case? LABELLED_R: lower case. */
bool address_labelled(const char *text, enum address_label label,
    char labelled_r[static ADDRESS_LABELLED_MAX + 1]);
