/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The formats, each in a file of its own: what to make of a source that begins
 * as one. They return why not (enum inspect_refusal), or INSPECT_GOOD with
 * what there is to say in V_R.
 */

#include "daemon/inspect/source.h"
#include "daemon/inspect/zip.h"

/* Where they work; nobody allocates. */
struct inspect_room {
	struct source source;
	struct zip zip;
};

enum inspect_refusal pdf_inspect(struct source *s);
enum inspect_refusal png_inspect(struct source *s, struct inspect_verdict *v_r);
enum inspect_refusal jpeg_inspect(
    struct source *s, struct inspect_verdict *v_r);
enum inspect_refusal csv_inspect(struct source *s);

/* For pictures: INSPECT_PIXELS, INSPECT_BROKEN if there are none. */
enum inspect_refusal pixels_check(const struct inspect_verdict *v);
/* Leaves out LEN bytes from AT on. False: there are too many cuts already. */
bool cut_add(struct inspect_verdict *v, uint64_t at, uint64_t len);
