/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What happens to a mail before GMime sees it: odd beginnings and line ends
 * are mended, and what would cost it too much is refused or cut off. In the
 * parse child.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

/* Before GMime sees a mail, and on what it makes of it. */
#define CAPS_HEADER_MAX ((size_t)64 * 1024)
#define CAPS_HEADER_LINES 500
#define CAPS_LINE_MAX ((size_t)16 * 1024) /* with its continuations */
#define CAPS_DEPTH_MAX 20
#define CAPS_PARTS_MAX 100

/* Some old systems end lines with CR alone; COPY_R then has the mail. */
bool caps_cr_only(const uint8_t *data, size_t len);
void caps_cr_to_lf(struct buf *copy_r, const uint8_t *data, size_t len);
/* Does the line before the header (mbox(5)) name no envelope sender? */
bool caps_mbox_null(const uint8_t *data, size_t len);
/* Moves on to the header, if one comes soon. */
void caps_skip_preface(const uint8_t **data, size_t *len);
/* False: too many lines or bytes, or a field that GMime may not survive. */
bool caps_header_fits(const uint8_t *data, size_t len);
/* LEN, or less: as far as the mail can be read at a fair price. */
size_t caps_cut(const uint8_t *data, size_t len);
