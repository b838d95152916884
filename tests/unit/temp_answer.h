/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What was answered to a request. The linker puts these in the place of those
 * that would send it: $(answer_wraps).
 */

#include "daemon/request.h"

static struct answered {
	unsigned count;
	enum problem problem;
	const char *detail;
	const char *field;
	int code;
	unsigned wait;
} answered;

void __wrap_request_problem(
    struct request *req, enum problem p, const char *detail, const char *field);
void __wrap_request_refuse(struct request *req, int code);
void __wrap_request_too_many(struct request *req, unsigned seconds);

void
__wrap_request_problem(
    struct request *req, enum problem p, const char *detail, const char *field)
{
	(void)req;
	answered.count++;
	answered.problem = p;
	answered.detail = detail;
	answered.field = field;
}

void
__wrap_request_refuse(struct request *req, int code)
{
	(void)req;
	answered.count++;
	answered.code = code;
}

void
__wrap_request_too_many(struct request *req, unsigned seconds)
{
	(void)req;
	answered.count++;
	answered.wait = seconds;
}
