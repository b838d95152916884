/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a request's headers must be before its body is read. The HTTP library
 * forgives what RFC 9112 calls ambiguous (two lengths, a length and a
 * transfer coding, blanks before a colon): whoever guesses differently from
 * the sender is smuggled to, so all of it is refused.
 *
 * Feed every header in turn, then ask.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "daemon/problem.h"
#include "store/idem.h"
#include "store/session.h"

#define ADMIT_HEADERS_MAX 64
#define ADMIT_BYTES_MAX 16384

/* Headers that may come once only. */
enum admit_once {
	ADMIT_AUTHORIZATION,
	ADMIT_CONTENT_ENCODING,
	ADMIT_CONTENT_LENGTH,
	ADMIT_CONTENT_TYPE,
	ADMIT_EXPECT,
	ADMIT_HOST,
	ADMIT_KEY,
	ADMIT_ONCE,
};

struct admit {
	size_t headers;
	size_t bytes;
	unsigned seen; /* bits of enum admit_once */
	enum problem problem;
	int64_t length; /* of the body; -1: none given */
	bool json;      /* Content-Type: application/json */
	bool bearer;    /* token holds something to look up */
	char token[SESSION_TEXT_LEN + 1];
	char key[IDEM_KEY_MAX + 1]; /* "" : none */
};

void admit_init(struct admit *a);
/* VALUE may be NULL with LEN 0. The first thing wrong stays. */
void admit_header(struct admit *a, const char *name, size_t name_len,
    const char *value, size_t len);
/*
 * What has been fed, as a whole. LINE is the length of method, target and
 * version; SIZE that of all of the head. More bytes than these parts make up
 * hide something that the library has swallowed: a NUL and what followed it,
 * a folded line, blanks where none belong.
 */
enum problem admit_head(
    const struct admit *a, size_t line, size_t size) PN_NODISCARD;
/* Whether a body of at most MAX bytes (0: none at all) may follow. */
enum problem admit_body(const struct admit *a, size_t max) PN_NODISCARD;
/* Wipes the token. */
void admit_fini(struct admit *a);
