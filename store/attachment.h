/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A file that a message brings along. What there is to know of it (key, type,
 * size, name) stands inside the sealed message; its bytes are a blob of the
 * same id (store/blob.h). A row leads from the id to the message, and holds
 * what changes: whether the file was scanned, and with what result. It holds
 * nothing else, so it stands in clear, stamped.
 *
 *   key = attachment id
 *   record = format (1) || thread (16) || number (8) || state (1) ||
 *            changed (8) || fields || stamp (32)
 */

#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "base/secret.h"
#include "store/blob.h"
#include "store/store.h"

#define ATTACHMENT_NAME_MAX 255 /* bytes of UTF-8 */
#define ATTACHMENTS_MAX 32      /* of one message */

/* Positive codes; nothing was written. */
enum attachment_code {
	ATTACHMENT_TAKEN = 97, /* it is another message's already */
};

/* Numbers are part of the format. */
enum attachment_type {
	ATTACHMENT_PDF = 1,
	ATTACHMENT_JPEG,
	ATTACHMENT_PNG,
	ATTACHMENT_DOC,
	ATTACHMENT_DOCX,
	ATTACHMENT_CSV,
};

/* Numbers are part of the format. */
enum attachment_state {
	ATTACHMENT_UNCHECKED = 1, /* there was no scanner */
	ATTACHMENT_PENDING,
	ATTACHMENT_CLEAN,
	ATTACHMENT_INFECTED,
};

/* What the sealed message says of a file. */
struct attachment {
	struct id id;
	uint8_t key[BLOB_KEY_LEN];
	enum attachment_type type;
	uint64_t size;
	uint32_t width; /* pixels of a picture, else 0 */
	uint32_t height;
	struct secret name; /* 1..ATTACHMENT_NAME_MAX bytes */
};

struct attachment_row {
	struct id id;
	struct id thread;
	uint64_t number; /* of the message */
	enum attachment_state state;
	int64_t changed; /* when the state was set */
};

/* Wipes key and name. */
void attachment_fini(struct attachment *a);
/*
 * New, or in the place of the one before, which must lead to the same message
 * (else ATTACHMENT_TAKEN). SEAL_FORGED, RECORD_*.
 */
int attachment_put(
    struct store_txn *txn, const struct attachment_row *row) PN_NODISCARD;
/* KV_NOT_FOUND, SEAL_FORGED, RECORD_*. */
int attachment_get(struct store_txn *txn, const struct id *id,
    struct attachment_row *row_r) PN_NODISCARD;
/*
 * In order of id, after AFTER (NULL: from the first), at most LIMIT. A row
 * that cannot be read ends the walk.
 */
int attachment_list(struct store_txn *txn, const struct id *after, size_t limit,
    int (*each)(const struct attachment_row *row, void *arg),
    void *arg) PN_NODISCARD;

#define attachment_auto PN_CLEANUP(attachment_fini)
