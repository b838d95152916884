/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What can be wrong with a request, as RFC 9457 problem details: a stable
 * type "urn:postern:error:<slug>" for programs, a status, and a title that
 * a portal may show to a person.
 */

#include <jansson.h>
#include "base/attr.h"

enum problem {
	PROBLEM_NONE,
	PROBLEM_MALFORMED_REQUEST,
	PROBLEM_MALFORMED_JSON,
	PROBLEM_INVALID_FIELD,
	PROBLEM_INVALID_QUERY,
	PROBLEM_UNAUTHENTICATED,
	PROBLEM_LOGIN_REFUSED,
	PROBLEM_FACTOR_REFUSED,
	PROBLEM_ENROLMENT_REFUSED,
	PROBLEM_RECOVERY_REFUSED,
	PROBLEM_FACTOR_DUE,
	PROBLEM_WEAK_PASSPHRASE,
	PROBLEM_CSRF,
	PROBLEM_CROSS_ORIGIN,
	PROBLEM_NO_ADDRESS,
	PROBLEM_UNKNOWN_PEER,
	PROBLEM_FORBIDDEN,
	PROBLEM_THREAD_CLOSED,
	PROBLEM_WRITING_CLOSED,
	PROBLEM_MEMBERSHIP_ENDED,
	PROBLEM_UNREACHABLE,
	PROBLEM_NOT_FOUND,
	PROBLEM_METHOD_NOT_ALLOWED,
	PROBLEM_CONFLICT,
	PROBLEM_TOO_LARGE,
	PROBLEM_UNSUPPORTED_MEDIA_TYPE,
	PROBLEM_EXPECTATION_FAILED,
	PROBLEM_HEADERS_TOO_LARGE,
	PROBLEM_KEY_REQUIRED,
	PROBLEM_KEY_REUSED,
	PROBLEM_TOO_MANY_REQUESTS,
	PROBLEM_INTERNAL,
	PROBLEM_DAMAGED,
	PROBLEM_BUSY,
	PROBLEM_TOO_MANY_CONNECTIONS,
	PROBLEM_STOPPING,
	PROBLEM_STORAGE_FULL,
	PROBLEMS,
};

unsigned problem_status(enum problem p);
const char *problem_slug(enum problem p);
/* Seconds for Retry-After, or 0 for none. */
unsigned problem_retry(enum problem p);
/* DETAIL and FIELD may be NULL. A new object, or NULL without memory. */
json_t *problem_json(
    enum problem p, const char *detail, const char *field) PN_NODISCARD;
