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
#include "daemon/cookie.h"
#include "daemon/csrf.h"
#include "daemon/device.h"
#include "daemon/problem.h"
#include "store/idem.h"
#include "store/session.h"

#define ADMIT_HEADERS_MAX 64
#define ADMIT_BYTES_MAX 16384

/* The greatest origin a browser names, and its longest address. */
#define ADMIT_ORIGIN_MAX 300
#define ADMIT_ADDRESS_MAX 45
#define ADMIT_EVENT_MAX 40
/* Names of media, and ranges of bytes. */
#define ADMIT_TYPE_MAX 100
#define ADMIT_RANGE_MAX 64

/* Headers that may come once only. */
enum admit_once {
	ADMIT_AUTHORIZATION,
	ADMIT_CONTENT_ENCODING,
	ADMIT_CONTENT_LENGTH,
	ADMIT_CONTENT_RANGE,
	ADMIT_CONTENT_TYPE,
	ADMIT_COOKIE,
	ADMIT_CSRF,
	ADMIT_EXPECT,
	ADMIT_FETCH_SITE,
	ADMIT_HOST,
	ADMIT_IF_RANGE,
	ADMIT_KEY,
	ADMIT_LAST_EVENT,
	ADMIT_ORIGIN,
	ADMIT_RANGE,
	ADMIT_REAL_IP,
	ADMIT_ONCE,
};

/* Whence a browser says a request comes (Fetch Metadata). */
enum admit_site {
	ADMIT_SITE_UNKNOWN, /* it does not say */
	ADMIT_SITE_SAME,    /* our own pages */
	ADMIT_SITE_NONE,    /* a person: the address bar, a bookmark, a mail */
	ADMIT_SITE_OTHER,
};

struct admit {
	size_t headers;
	size_t bytes;
	unsigned seen; /* bits of enum admit_once */
	enum problem problem;
	int64_t length; /* of the body; -1: none given */
	bool json;      /* Content-Type: application/json */
	enum admit_site site;
	/* "" : none, or nothing that could be one */
	char bearer[SESSION_TEXT_LEN + 1];
	char cookie[SESSION_TEXT_LEN + 1];
	char device[DEVICE_TEXT_LEN + 1];
	char csrf[CSRF_TEXT_LEN + 1];
	char key[IDEM_KEY_MAX + 1];
	char origin[ADMIT_ORIGIN_MAX + 1];
	char address[ADMIT_ADDRESS_MAX + 1];
	char last_event[ADMIT_EVENT_MAX + 1];
	char type[ADMIT_TYPE_MAX + 1];           /* Content-Type */
	char content_range[ADMIT_RANGE_MAX + 1]; /* as it came */
	char range[ADMIT_RANGE_MAX + 1];
	char if_range[ADMIT_RANGE_MAX + 1];
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
/* The same of one that is taken piece by piece: of any type, and some length.
 */
enum problem admit_stream(const struct admit *a, size_t max) PN_NODISCARD;
/* Wipes the tokens. */
void admit_fini(struct admit *a);
