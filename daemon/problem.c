/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/problem.h"

struct words {
	unsigned status;
	unsigned retry; /* seconds */
	const char *slug;
	const char *title;
};

static const struct words words[PROBLEMS] = {
    [PROBLEM_NONE] = {500, 0, "internal", "Something went wrong."},
    [PROBLEM_MALFORMED_REQUEST] = {400, 0, "malformed-request",
	"The request is not well-formed HTTP."},
    [PROBLEM_MALFORMED_JSON] = {400, 0, "malformed-json",
	"The request's body is not a JSON object."},
    [PROBLEM_INVALID_FIELD] = {422, 0, "invalid-field",
	"Something in the request is not what was expected."},
    [PROBLEM_INVALID_QUERY] = {422, 0, "invalid-query",
	"A parameter of the address is not what was expected."},
    [PROBLEM_UNAUTHENTICATED] = {401, 0, "unauthenticated",
	"You are not logged in, or your session has ended."},
    [PROBLEM_LOGIN_REFUSED] = {401, 0, "login-refused",
	"Login name and passphrase do not match."},
    [PROBLEM_FACTOR_REFUSED] = {401, 0, "factor-refused",
	"This code is not right, or it was used before."},
    [PROBLEM_ENROLMENT_REFUSED] = {401, 0, "enrolment-refused",
	"Link and code do not match, or they are no longer good."},
    [PROBLEM_RECOVERY_REFUSED] = {401, 0, "recovery-refused",
	"Login name and recovery code do not match."},
    [PROBLEM_CODE_REFUSED] = {403, 0, "code-refused",
	"This is not the code that was sent."},
    [PROBLEM_FACTOR_DUE] = {403, 0, "second-factor-due",
	"The second step of signing in is still to be done."},
    [PROBLEM_WEAK_PASSPHRASE] = {422, 0, "weak-passphrase",
	"Please choose another passphrase."},
    [PROBLEM_CSRF] = {403, 0, "csrf",
	"This page is out of date. Please load it again."},
    [PROBLEM_CROSS_ORIGIN] = {403, 0, "cross-origin",
	"Only the portal's own pages may do this."},
    [PROBLEM_NO_ADDRESS] = {400, 0, "no-client-address",
	"The reverse proxy must tell the client's address in X-Real-IP."},
    [PROBLEM_UNKNOWN_PEER] = {403, 0, "unknown-peer",
	"This program is not allowed to use this socket."},
    [PROBLEM_FORBIDDEN] = {403, 0, "forbidden",
	"You are not allowed to do this."},
    [PROBLEM_THREAD_CLOSED] = {403, 0, "thread-closed",
	"This conversation is closed. It can still be read."},
    [PROBLEM_WRITING_CLOSED] = {403, 0, "writing-closed",
	"New messages to this contact are no longer possible here."},
    [PROBLEM_MEMBERSHIP_ENDED] = {403, 0, "membership-ended",
	"You are no longer part of this conversation."},
    [PROBLEM_UNREACHABLE] = {403, 0, "unreachable",
	"This contact no longer takes part."},
    [PROBLEM_NOT_FOUND] = {404, 0, "not-found", "There is nothing here."},
    [PROBLEM_METHOD_NOT_ALLOWED] = {405, 0, "method-not-allowed",
	"This cannot be done here."},
    [PROBLEM_CONFLICT] = {409, 0, "conflict",
	"This is already there, as something else."},
    [PROBLEM_UPLOAD_GONE] = {409, 0, "upload-gone",
	"A file is no longer here. Please send it again."},
    [PROBLEM_UPLOAD_OFFSET] = {409, 0, "upload-offset",
	"This is not where the file goes on."},
    [PROBLEM_UPLOAD_BUSY] = {409, 1, "upload-busy",
	"This file is still being received."},
    [PROBLEM_ATTACHMENT_PENDING] = {409, 5, "attachment-pending",
	"This file is being checked. Please try again shortly."},
    [PROBLEM_ATTACHMENT_WITHHELD] = {403, 0, "attachment-withheld",
	"This file was withheld, as a virus was found in it."},
    [PROBLEM_FILE_REFUSED] = {422, 0, "file-refused",
	"This file cannot be sent here."},
    [PROBLEM_TOO_LARGE] = {413, 0, "too-large", "This is too long."},
    [PROBLEM_UNSUPPORTED_MEDIA_TYPE] = {415, 0, "unsupported-media-type",
	"The request's body is not of a kind that is taken here."},
    [PROBLEM_RANGE] = {416, 0, "range-not-satisfiable",
	"The file is shorter than that."},
    [PROBLEM_EXPECTATION_FAILED] = {417, 0, "expectation-failed",
	"The request expects something that is not offered."},
    [PROBLEM_HEADERS_TOO_LARGE] = {431, 0, "headers-too-large",
	"The request's headers are too long."},
    [PROBLEM_KEY_REQUIRED] = {400, 0, "idempotency-key-required",
	"The request must carry one Idempotency-Key."},
    [PROBLEM_KEY_REUSED] = {422, 0, "idempotency-key-reused",
	"This Idempotency-Key was used for another request."},
    [PROBLEM_TOO_MANY_REQUESTS] = {429, 10, "too-many-requests",
	"That was too much at once. Please try again shortly."},
    [PROBLEM_INTERNAL] = {500, 0, "internal", "Something went wrong."},
    [PROBLEM_DAMAGED] = {500, 0, "damaged",
	"What is stored here does not verify, so it is not shown."},
    [PROBLEM_BUSY] = {503, 1, "busy", "Please try again in a moment."},
    [PROBLEM_TOO_MANY_CONNECTIONS] = {503, 2, "too-many-connections",
	"Please try again in a moment."},
    [PROBLEM_STOPPING] = {503, 5, "stopping", "Please try again in a moment."},
    [PROBLEM_STORAGE_FULL] = {507, 0, "storage-full",
	"Nothing can be written at the moment. What is there can be read."},
};

unsigned
problem_status(enum problem p)
{
	return words[p].status;
}

const char *
problem_slug(enum problem p)
{
	return words[p].slug;
}

unsigned
problem_retry(enum problem p)
{
	return words[p].retry;
}

json_t *
problem_json(enum problem p, const char *detail, const char *field)
{
	json_t *j = json_pack("{s:s+, s:s, s:i, s:s*, s:s*}", "type",
	    "urn:postern:error:", words[p].slug, "title", words[p].title,
	    "status", (int)words[p].status, "detail", detail, "field", field);

	return j;
}
