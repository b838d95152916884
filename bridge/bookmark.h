/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How far a mailbox has been read: the first UID that is not decided yet, and
 * the UIDVALIDITY it counts under (RFC 3501, section 2.3.1.1). Kept in a file
 * that also says whose mailbox it is, so that it is never taken for another's.
 */

#include <stdint.h>
#include "base/attr.h"

struct bookmark {
	uint32_t validity;
	uint32_t next;
};

/* The strings must stay. */
struct bookmark_place {
	const char *directory;
	const char *host;
	const char *user;
	const char *folder;
};

/* Positive codes of bookmark_read(): why there is none. */
enum bookmark_code {
	BOOKMARK_NONE = 1, /* there never was one */
	BOOKMARK_OTHER,    /* it is damaged, or another mailbox's */
};

/* 0, an enum bookmark_code, or -errno. */
int bookmark_read(
    const struct bookmark_place *place, struct bookmark *b_r) PN_NODISCARD;
/* 0 once it is on the disk, or -errno. */
int bookmark_write(
    const struct bookmark_place *place, const struct bookmark *b) PN_NODISCARD;
