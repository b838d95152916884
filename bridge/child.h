/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The side of the parser that meets hostile bytes. A fork server, started
 * while the bridge has one thread and no secret, makes one parse child per
 * request. A child closes itself in (base/sandbox.h), judges at most
 * CHILD_MAILS_MAX mails one after the other and leaves, and so it does when
 * none comes for CHILD_IDLE: GMime wipes nothing, and what was written would
 * stay in its memory. It has one socket, reads a job and the mail from it, and
 * writes a struct verdict. The bridge side is bridge/parser.h.
 *
 * SECURITY: server and children ignore SIGTERM and end when the bridge's end
 * of their socket closes, so that a mail in hand is finished when the whole
 * unit is told to stop. A child that hangs is killed by the bridge through
 * the pidfd that came with it.
 */

#include <stdint.h>
#include "bridge/classify.h"

#define CHILD_MAILS_MAX 100
#define CHILD_IDLE 1000                           /* milliseconds */
#define CHILD_MEMORY ((int64_t)512 * 1024 * 1024) /* address space */
#define CHILD_CPU 30                              /* seconds, in all */

#define CHILD_JOB_MAGIC UINT32_C(0x706e6a31)

/* What goes before the mail's LEN bytes. */
struct child_job {
	uint32_t magic;
	uint32_t len;
	uint8_t null_sender;
	uint8_t to_bounce;
	uint8_t unknown;
	uint8_t zero;
};

/*
 * One byte and a descriptor, the child's socket, ask for a child; the answer
 * is one byte and its pidfd, or the byte alone if there was no fork.
 */
#define CHILD_BYTE 'c'

/* Becomes the fork server on SOCKET; ends with the process. */
void child_server(int socket, const struct classify_own *own)
    __attribute__((noreturn));
