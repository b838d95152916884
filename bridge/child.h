/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The side of the parser that meets hostile bytes: what a child of its nursery
 * (base/nursery.h) does. It reads a job and the mail from its socket, and
 * writes a struct verdict. The bridge side is bridge/parser.h.
 */

#include <stdint.h>
#include "base/nursery.h"
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

/* OWN must stay as long as the nursery. */
struct nursery child_nursery(const struct trace_own *own);
