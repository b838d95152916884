/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Enrolling as a request. Two doors lead here, portal.sock with the right
 * "provision" and admin.sock: each has its own shape of request and answer,
 * and what a participant or a relation may be, who may, and what is written
 * and audited is the same for both.
 */

#include <jansson.h>
#include <stdbool.h>
#include "base/secret.h"
#include "daemon/enrol.h"
#include "daemon/request.h"

#define ENROLLING_LANGUAGE_MAX 35
#define ENROLLING_TIME_ZONE_MAX 64
#define ENROLLING_CREDENTIALS_MAX 64

/* A request's state. */
struct enrolling {
	struct enrolment e;
	struct enrolled done;
	struct secret passphrase; /* of a login; to be hashed into e */
};

/*
 * Reads role, name, credentials, language, time_zone, active and addresses
 * of BODY, whose lengths have been checked; it must live as long as the
 * request. NULL: answered.
 */
struct enrolling *enrolling_read(struct request *req, json_t *body,
    const char *external_id, bool staff) PN_NODISCARD;
/* For struct request_write. */
int enrolling_run(struct request *req, struct store_txn *txn) PN_NODISCARD;
void enrolling_committed(struct request *req);
/* What run() said, if it is not 0. */
void enrolling_refuse(struct request *req, int result);

/* A request's state. */
struct relating {
	struct enrol_relation want;
	struct relation relation;
};

/* Reads active and writable. NULL: answered. */
struct relating *relating_read(struct request *req, json_t *body,
    const char *client, const char *provider) PN_NODISCARD;
int relating_run(struct request *req, struct store_txn *txn) PN_NODISCARD;
void relating_refuse(struct request *req, int result);
