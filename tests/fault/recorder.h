/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Records what this process does to a store's database and to its sealed
 * files: every write, every sync (of a file, or of the directory that names
 * them), and where in between something was acknowledged. The system calls
 * are seen because this program's own pwrite(), writev(), write(),
 * fdatasync() and fsync() stand before the C library's.
 *
 * It does not see names come and go, but by the first write to a file; nor
 * what is done to the keyring, and to files that were there before.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/id.h"

enum op_kind {
	OP_WRITE,
	OP_SYNC,
	OP_NAMES, /* the directory of the sealed files is synced */
	OP_ACK,
};

struct op {
	enum op_kind kind;
	size_t file; /* 0: the database, else the FILEth sealed file */
	off_t offset;
	uint8_t *data;
	size_t len;
	bool synced; /* a write through O_DSYNC */
	uint64_t ack;
};

struct recording {
	struct op *ops;
	size_t count;
	size_t writes, syncs, acks; /* of the database */
	size_t files;
	char (*names)[ID_TEXT_LEN + 1]; /* of the sealed files, from 0 */
};

/* All on one thread at a time: the writer's, or its stopped owner's. */
void recorder_start(const char *directory);
void recorder_ack(uint64_t what);
/* The caller's to free with recording_fini(). */
struct recording recorder_stop(void);
void recording_fini(struct recording *r);
