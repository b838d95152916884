/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Records what this process does to one file: every write, every sync, and
 * where in between something was acknowledged. The engine's system calls are
 * seen because this program's own pwrite(), writev() and fdatasync() stand
 * before the C library's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum op_kind {
	OP_WRITE,
	OP_SYNC,
	OP_ACK,
};

struct op {
	enum op_kind kind;
	off_t offset;
	uint8_t *data;
	size_t len;
	bool synced; /* a write through O_DSYNC */
	uint64_t ack;
};

struct recording {
	struct op *ops;
	size_t count;
	size_t writes, syncs, acks;
};

/* All on one thread at a time: the writer's, or its stopped owner's. */
void recorder_start(const char *path);
void recorder_ack(uint64_t what);
/* The caller's to free with recording_fini(). */
struct recording recorder_stop(void);
void recording_fini(struct recording *r);
