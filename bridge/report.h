/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The machine-readable part of a delivery report (RFC 3464, RFC 6533), read
 * as it is found in the wild: blank lines missing, statuses with text behind
 * them, several recipients. And the question every bounce is asked: is the
 * address dead (hard), or could just this mail not be delivered (soft)?
 *
 * Hard needs a reason; unknown is soft. A mailbox that is full, a policy, a
 * filter or an expired queue says nothing about the address, whatever status
 * it was given.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "bridge/verdict.h"

enum report_action {
	REPORT_NONE,
	REPORT_DELIVERED, /* delivered, relayed, expanded */
	REPORT_DELAYED,
	REPORT_FAILED,
};

struct report_status {
	uint16_t class;
	uint16_t subject;
	uint16_t detail;
};

struct report {
	enum report_action action; /* the worst one of all recipients */
	bool hard;
	bool filtered; /* by a server that says what its owner wants */
	bool mute;     /* a failure of which it says nothing, not even a code */
	struct report_status status;
};

/* TEXT is the body of message/delivery-status, NUL-terminated. */
void report_read(const char *text, struct report *r_r);
/*
 * The same question asked of words alone: TEXT in lower case, as in a bounce
 * without a report. action stays REPORT_NONE.
 */
void report_guess(const char *text, struct report *r_r);
/*
 * Does a transcript in TEXT, as above, say that the mail was refused only once
 * the server had it, or as it came? Then a filter spoke, whatever it said about
 * the user; but a status that blames the address itself is believed.
 */
bool report_refuses_mail(const char *text, const struct report *r);
