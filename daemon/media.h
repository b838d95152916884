/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The kinds of file that people may send, and what such a file may be called.
 */

#include <stdbool.h>
#include <stddef.h>
#include "base/attr.h"
#include "base/buf.h"
#include "store/attachment.h"

/* Of a Content-Type, exactly: false for all others. */
bool media_parse(const char *text, enum attachment_type *type_r) PN_NODISCARD;
/* "image/png" */
const char *media_type(enum attachment_type type);
/*
 * A file's name as it is shown and offered for saving: UTF-8 without control
 * characters, slashes, and signs that turn the direction of what follows, as
 * these make an .exe look like a .pdf. At most ATTACHMENT_NAME_MAX bytes.
 */
bool media_is_name(const char *name) PN_NODISCARD;
/* Whether NAME ends as one of TYPE does, in any case. */
bool media_name_fits(const char *name, enum attachment_type type) PN_NODISCARD;
/*
 * Appends a Content-Disposition that has NAME saved (RFC 6266): in ASCII for
 * who knows no better, and as it is (RFC 8187).
 */
void media_disposition(const char *name, struct buf *b);
