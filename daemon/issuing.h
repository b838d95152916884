/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Handing out an enrolment code as a request, for both doors that lead here:
 * see daemon/provisioning.h.
 */

#include <jansson.h>
#include <stdbool.h>
#include "base/attr.h"
#include "daemon/request.h"

#define ISSUING_BODY_MAX 1024

/* WHO: an id or an external id. False: answered. */
bool issuing_read(struct request *req, const char *who);
/* For struct request_write. */
int issuing_run(struct request *req, struct store_txn *txn) PN_NODISCARD;
void issuing_committed(struct request *req);
void issuing_refuse(struct request *req, int result);
/* {code, expires_at, mail}: the code is shown this once. */
json_t *issuing_view(const struct request *req) PN_NODISCARD;
