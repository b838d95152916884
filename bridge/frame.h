/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an IMAP server may send (RFC 3501, section 2.2), watched as it streams
 * by and before any parser sees it: lines, and literals between them. The
 * parser behind it allocates what a literal announces, recurses with every
 * parenthesis and grows with every line, so that all of these have ceilings
 * here. A server says BYE and goes: that is an end of the stream.
 *
 * Literals are expected in FETCH responses only: elsewhere {5} at the end of
 * a line may be mere text, and a parser that takes it so would be out of step
 * with this one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"

#define FRAME_LINE_MAX ((size_t)64 * 1024)
#define FRAME_LITERAL_MAX ((uint32_t)256 * 1024)
#define FRAME_DEPTH_MAX 8 /* of parentheses */
#define FRAME_HEAD 32

/* Starts as {0}. */
struct frame {
	unsigned exists; /* how often it said that there are so many mails */
	uint64_t left;   /* bytes the peer may still send; frame_allow() */
	size_t line;     /* bytes of the line so far */
	size_t depth;
	char head[FRAME_HEAD]; /* how the line begins */
	enum { FRAME_TEXT, FRAME_NUMBER, FRAME_CLOSED } state;
	uint32_t number;  /* of the literal announced, so far */
	uint32_t literal; /* bytes of one still to come */
};

/* For one command: at most BYTES from now on. */
void frame_allow(struct frame *f, uint64_t bytes);
/*
 * 0; -EMSGSIZE: more than is allowed of something; -EPROTO: a literal where
 * none belongs; -ECONNRESET: BYE.
 */
int frame_feed(struct frame *f, const char *data, size_t len) PN_NODISCARD;
