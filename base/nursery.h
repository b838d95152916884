/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where children are made that meet hostile bytes: a fork server, one process
 * with one thread and no secret. A child closes itself in (base/sandbox.h),
 * does at most so many jobs one after the other and leaves; so it does when
 * none comes for a while, as the libraries it uses wipe nothing, and what it
 * was given would stay in its memory. It has one socket. Whoever wants
 * something of a child asks through base/children.h.
 *
 * SECURITY: server and children ignore SIGTERM and end when the other end of
 * their socket closes, so that what is in hand is finished when the whole unit
 * is told to stop. A child that hangs is killed by who asked it, through the
 * pidfd that came with it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/sandbox.h"

struct nursery {
	const char *name;             /* of its processes, for ps(1) */
	struct sandbox_limits limits; /* of a child, in all its life */
	unsigned jobs;                /* it leaves after so many, */
	int idle;                     /* or so many milliseconds without one */
	size_t room;                  /* zeroed bytes for a child's work */
	/* In the server, once: whatever opens files. False: it cannot be. */
	bool (*warm_up)(const void *arg);
	/* A child's: one job, to its answer. False: it leaves. */
	bool (*serve)(int fd, uint8_t *room, const void *arg);
	const void *arg;
};

/*
 * One byte and a descriptor, the child's socket, ask for a child; the answer
 * is one byte and its pidfd, or the byte alone if there was no fork.
 */
#define NURSERY_BYTE 'c'

/* Becomes the server on SOCKET, a SOCK_SEQPACKET; ends with the process. */
void nursery_run(int socket, const struct nursery *n) PN_NORETURN;

/*
 * For serve(). False: the other end is gone. A child that is fed piece by piece
 * may answer before it has read all, and must leave then.
 */
bool nursery_read(int fd, void *data, size_t len) PN_NODISCARD;
bool nursery_write(int fd, const void *data, size_t len) PN_NODISCARD;
