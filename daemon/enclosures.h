/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files that a message names: uploads of its author, which its transaction
 * makes its own.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/attachment.h"
#include "store/store.h"

struct request;

/* Positive codes. */
enum enclosures_code {
	/* a name that is none, or does not end as its file's type does */
	ENCLOSURES_NAME = 260,
};

/* All of it is wiped by enclosures_fini(). */
struct enclosures {
	size_t n;
	struct id uploads[ATTACHMENTS_MAX];
	struct attachment files[ATTACHMENTS_MAX];
	size_t bad; /* which of them a code is about */
};

void enclosures_fini(struct enclosures *e);
/* LIST is a message's "attachments", or NULL. False: answered. */
bool enclosures_read(struct request *req, json_t *list, struct enclosures *e);
/* Before sealing. UPLOAD_GONE, ENCLOSURES_NAME. */
int enclosures_find(
    const struct request *req, struct enclosures *e) PN_NODISCARD;
/* In the writer, before its first put. UPLOAD_GONE. */
int enclosures_bind(
    const struct request *req, struct enclosures *e) PN_NODISCARD;
/* Rows that lead to the message NUMBER of THREAD. */
int enclosures_put(const struct request *req, struct store_txn *txn,
    const struct enclosures *e, const struct id *thread,
    uint64_t number) PN_NODISCARD;
void enclosures_committed(
    const struct request *req, const struct enclosures *e);
/* Answers with what CODE, one of the above, says of a file. */
void enclosures_refuse(
    struct request *req, const struct enclosures *e, int code);
