/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * admin.sock: the files that nobody gets, as they wait for a scanner or it
 * found something in them. Ids and states only.
 */

#include <jansson.h>
#include <stdint.h>
#include "base/attr.h"
#include "daemon/clamd.h"
#include "daemon/request.h"

/* For the status. */
struct held {
	uint64_t pending;
	uint64_t withheld;
	int64_t oldest; /* since when one has been pending; 0: none is */
	int code;       /* of the scanner: 0 it answers */
	int64_t since;  /* since when it does not; 0: it does, or not known */
	char version[CLAMD_VERSION_MAX + 1]; /* "": not known */
};

/* Counts, and asks the scanner, if there is one. 0 or a code. */
int held_look(struct posternd *d, struct held *h_r) PN_NODISCARD;
/* {pending, withheld, oldest_at} */
json_t *held_view(const struct held *h) PN_NODISCARD;
/* {state, since, version}; null without a scanner. */
json_t *held_view_scanner(
    const struct posternd *d, const struct held *h) PN_NODISCARD;
/* Adds what is wrong to REASONS. 0 or -ENOMEM. */
int held_reasons(const struct posternd *d, const struct held *h, int64_t now,
    json_t *reasons) PN_NODISCARD;

/* GET /v1/admin/attachments */
void api_admin_attachments(struct request *req);
