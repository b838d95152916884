/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A child that handles hostile bytes and needs nothing but the pipes it was
 * forked with.
 *
 * SECURITY: after sandbox_enter() the process can compute, get memory (never
 * executable), read, write and poll descriptors it already has, look at
 * clocks, and exit. Opening or looking up a file fails with EACCES, so that a
 * library that asks for a locale or a converter goes on without it; whatever
 * else it asks of the kernel (sockets, exec, fork, ptrace, signals to others)
 * kills it with SIGSYS. It makes no core image. There is no way back.
 *
 * Call in a process with one thread, after everything that opens files (load
 * iconv's converters, locales) and before the first hostile byte.
 */

#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"

struct sandbox_limits {
	int64_t memory; /* bytes of address space; 0: no limit */
	int64_t cpu;    /* seconds of CPU time until SIGKILL; 0: no limit */
};

/* Closes every descriptor but standard error and the N of KEEP. */
int sandbox_close_others(const int *keep, size_t n) PN_NODISCARD;
/* 0 or -errno; after an error the caller must exit, not go on unguarded. */
int sandbox_enter(const struct sandbox_limits *limits) PN_NODISCARD;
