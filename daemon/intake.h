/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What becomes of a file once all of it is here: it is looked at by the file
 * child (daemon/inspect/inspect.h), what it tells without its owner's knowing
 * is left out, and it is synced. For a worker's thread; the upload is held.
 */

#include "base/attr.h"
#include "daemon/uploads.h"

struct children;

/* Positive codes. */
enum intake_code {
	INTAKE_REFUSED = 250, /* INTAKE's refusal says why */
	INTAKE_MISMATCH,      /* it is not what it was announced as */
};

struct intake {
	struct store *st;
	struct children *inspectors;
	bool strip;  /* metadata of pictures; what is behind them always */
	int refusal; /* out: enum inspect_refusal */
};

/* Its last piece: LEN bytes, at most BLOB_CHUNK. Then as said above. */
int intake_finish(struct intake *in, struct upload *up, const void *data,
    size_t len) PN_NODISCARD;
/* "macros", and the same for a person. CODE is intake_finish()'s. */
const char *intake_reason(const struct intake *in, int code);
const char *intake_words(const struct intake *in, int code);
