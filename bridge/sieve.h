/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the parser behind bridge/frame.h gets to see of what an IMAP server
 * says: the few responses the mailbox door asks for, each in its plainest
 * form. That parser knows dozens of others, and there are bytes in some of
 * them (RFC 3501, section 7) that it does not survive.
 *
 *   * OK ...                         the greeting, without its words
 *   * OK [UIDVALIDITY 7], [UIDNEXT 9]
 *   * SEARCH 4 5
 *   * 1 FETCH (UID 4 BODY[]<0> ...)  without what else is in there
 *   tag OK, NO or BAD                without the words
 *   +                                without the words
 *
 * Other untagged responses are left out, and what is no response is an error.
 * A line or a literal's part at a time: nothing is handed out before somebody
 * asks for it, so that each reader may have its lines as it wants them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"

/* Longer lines do not get here: FRAME_LINE_MAX. */
#define SIEVE_MAX ((size_t)64 * 1024)

/* Starts as {0}. */
struct sieve {
	char in[SIEVE_MAX + 1];
	size_t in_len;
	size_t in_used;
	char out[SIEVE_MAX + 64];
	size_t out_len;
	size_t out_used;
	uint32_t literal; /* bytes of one still to come */
	bool greeted;
	bool inside; /* behind a literal, in its response */
	bool keep;   /* that response, literal and all */
};

/* The greeting was read by others: it is as if it came now. */
void sieve_greet(struct sieve *s);
/* Where more may be put: at most *ROOM_R bytes, then sieve_add(). */
char *sieve_room(struct sieve *s, size_t *room_r);
void sieve_add(struct sieve *s, size_t len);
/* Is there something that was put in and has not been handed out? */
bool sieve_holds(const struct sieve *s);
/*
 * At most MAX bytes, *N_R of them; 0: there is no more to say before more is
 * put in. WHOLE: lines as they are, without literals and what follows them.
 * 0; -EPROTO: that is no response; -EMSGSIZE: a line too long.
 */
int sieve_read(struct sieve *s, bool whole, char *data, size_t max,
    size_t *n_r) PN_NODISCARD;
/* What has been handed out. */
void sieve_wipe(struct sieve *s);
