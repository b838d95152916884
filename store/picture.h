/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How a participant looks, for the card that shows them: one picture each, as
 * it was handed in. Sealed under the person key, padded like an entry, and
 * bound to its place.
 *
 *   key = person
 *   record = format (1) || changed (8) || kind (1) || sealed, of a padded size
 *   AAD = store id || space (1) || key || format || changed || kind
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "base/secret.h"
#include "store/store.h"

#define PICTURE_MAX 32768 /* bytes of an image */

/* Positive codes; nothing was written. */
enum picture_code {
	PICTURE_BAD_SIZE = 96, /* empty, or above PICTURE_MAX */
};

/* Numbers are part of the format. */
enum picture_kind {
	PICTURE_PNG = 1,
	PICTURE_JPEG,
};

struct picture {
	struct id person;
	int64_t changed;
	enum picture_kind kind;
	struct secret image;
};

void picture_fini(struct picture *p);
/*
 * New, or in the place of the one before, be that damaged. KV_NOT_FOUND
 * without a person or with one that is erased; PICTURE_*, RECORD_NEWER.
 */
int picture_put(struct store_txn *txn, const struct picture *p) PN_NODISCARD;
/* KV_NOT_FOUND, SEAL_FORGED, RECORD_*. *P_R must be zeroed. */
int picture_get(struct store_txn *txn, const struct id *person,
    struct picture *p_r) PN_NODISCARD;
/*
 * When it was changed, for lists: no seal is opened, so that it is only as
 * good as whoever could write to the disk. KV_NOT_FOUND, RECORD_*, and 0.
 */
int picture_changed(struct store_txn *txn, const struct id *person,
    int64_t *changed_r) PN_NODISCARD;
/* No error when there is none. */
void picture_del(struct store_txn *txn, const struct id *person);

#define picture_auto PN_CLEANUP(picture_fini)
