/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A client of clamd (clamd(8)), ClamAV's daemon, on its UNIX socket.
 *
 * The file stands in memory that has no name and no disk (memfd_create(2)),
 * sealed, so that nobody who is handed it can change it. clamd gets the
 * descriptor (its command FILDES) and maps it: it makes no copy of the whole,
 * as it does of a stream. What it takes out of a container it does write, to
 * its TemporaryDirectory; posternctl status looks where that is.
 *
 * Only an answer that says OK is clean. Whatever is not understood, late or
 * cut off is a code, and the file has not been scanned.
 */

#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"

/* Positive codes. */
enum clamd_code {
	CLAMD_INFECTED = 230,
	CLAMD_UNREACHABLE, /* nobody listens, or we may not connect */
	CLAMD_SILENT,      /* no answer in time, or it hung up before */
	CLAMD_UNCLEAR,     /* an error of its own, or not its language */
	CLAMD_EXCEEDED,    /* it did not look at all of the file */
	CLAMD_LENIENT,     /* it calls clean what it did not look at */
};

#define CLAMD_VERSION_MAX 100

/* Whom to ask, and how long to wait for one answer. One thread's. */
struct clamd {
	const char *path;
	int64_t timeout; /* milliseconds */
	int stop;        /* readable: give up with -ECANCELED; -1: never */
	int held;        /* clamd.c's; -1 to begin with */
};

/* A file's bytes. */
struct clamd_file;

/* Room for SIZE bytes, from 1. */
int clamd_file_new(size_t size, struct clamd_file **f_r) PN_NODISCARD;
/* Appends; -EOVERFLOW behind SIZE. */
int clamd_file_add(
    struct clamd_file *f, const void *data, size_t len) PN_NODISCARD;
/* Wipes them, also where clamd still holds them. */
void clamd_file_free(struct clamd_file **f);

/*
 * 0: it is clean. Else a code, -ECANCELED or -errno; -EINVAL when bytes are
 * missing.
 */
int clamd_scan(struct clamd *c, struct clamd_file *f) PN_NODISCARD;
/*
 * CLAMD_SILENT while it still holds a file that it gave no answer about in
 * time: as long as it does, it gets no other, so that there is never more
 * than one in memory. Else 0.
 */
int clamd_ready(struct clamd *c) PN_NODISCARD;
/*
 * Would it say so if it did not look at all of a file? It must be configured
 * to (AlertExceedsMax), and is by no default. Asked with a hole of more bytes
 * than clamd ever looks at, which costs neither side any memory. 0,
 * CLAMD_LENIENT or as clamd_scan().
 */
int clamd_probe(struct clamd *c) PN_NODISCARD;
/* Which it is and how old its signatures are, printable; or a code. */
int clamd_version(const struct clamd *c,
    char version_r[static CLAMD_VERSION_MAX + 1]) PN_NODISCARD;
void clamd_fini(struct clamd *c);

#define clamd_file_auto PN_CLEANUP(clamd_file_free)
