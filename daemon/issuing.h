/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Handing out an enrolment code as a request, for both doors that lead here:
 * see daemon/provisioning.h.
 */

#include "daemon/request.h"

#define ISSUING_BODY_MAX 1024

/*
 * All of it, for WHO (an id or an external id); whoever asks was let in by
 * the door, and whether they may is looked at here. 201 {code, expires_at,
 * mail}: the code is shown this once.
 */
void issuing_post(struct request *req, const char *who);
