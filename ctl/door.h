/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the commands that print a mail server's configuration share: where the
 * TCP door is, and names inside patterns.
 */

#include <stddef.h>
#include <stdio.h>
#include "base/settings.h"

struct door_address {
	const char *host; /* without [] */
	int host_len;
	const char *port;
};

/* "127.0.0.1:8024", as set or as the socket unit has it. */
const char *door_where(const struct settings *s);
struct door_address door_address(const struct settings *s);
/* Comment lines that say how to open the TCP door, if it is not set. */
void door_print_hint(FILE *out, const struct settings *s);

/* Where bounces come back to. */
enum door_bounces {
	DOOR_BOUNCES_TOKEN,     /* to addresses as answers have */
	DOOR_BOUNCES_BESIDE,    /* mail.fixed-sender, of the reply domain */
	DOOR_BOUNCES_ELSEWHERE, /* mail.fixed-sender, of another one */
	DOOR_BOUNCES_MAILBOX,   /* a mailbox that gets other mail */
};

enum door_bounces door_bounces(const struct settings *s);
/* Comment lines that say what is needed for a fixed sender; HOW leads it to
 * the door. Nothing without one. */
void door_print_bounces(FILE *out, const struct settings *s, const char *how);
/* LEN bytes of TEXT inside a regular expression: dots stand for themselves. */
void door_print_pattern(FILE *out, const char *text, size_t len);
