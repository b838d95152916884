/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Provisioning as a request. Two doors lead here, portal.sock with the right
 * "provision" and admin.sock: each has its own shape of request and answer,
 * and what a participant or a relation may be, who may, and what is written
 * and audited is the same for both.
 */

#include <jansson.h>
#include <stdbool.h>
#include "base/secret.h"
#include "daemon/provision.h"
#include "daemon/request.h"

/* A request's state. */
struct provisioning {
	struct provision e;
	struct provisioned done;
	struct secret passphrase; /* of a login; to be hashed into e */
};

/*
 * Reads role, name, credentials, language, time_zone, active and addresses
 * of BODY, whose lengths have been checked; it must live as long as the
 * request. NULL: answered.
 */
struct provisioning *provisioning_read(struct request *req, json_t *body,
    const char *external_id, bool staff) PN_NODISCARD;
/* For struct request_write. */
int provisioning_run(struct request *req, struct store_txn *txn) PN_NODISCARD;
void provisioning_committed(struct request *req);
/* Whom it concerns: sessions that end, contacts who are told. */
void provisioning_settle(struct request *req, const struct provisioned *done);
/* What run() said, if it is not 0. */
void provisioning_refuse(struct request *req, int result);

/* A request's state. */
struct relating {
	struct provision_relation want;
	struct relation relation;
};

/* Reads active and writable. NULL: answered. */
struct relating *relating_read(struct request *req, json_t *body,
    const char *client, const char *provider) PN_NODISCARD;
int relating_run(struct request *req, struct store_txn *txn) PN_NODISCARD;
void relating_committed(struct request *req);
void relating_refuse(struct request *req, int result);
