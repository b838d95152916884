/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files on their way in: from their first byte until a message binds them.
 *
 * What is known of them, their keys above all, is in memory only. A restart
 * forgets them: their files are ciphertext without a key then, and deleted at
 * the start (daemon/sweep.h), as is what nobody has touched for UPLOADS_MS. The
 * portal sends them again.
 *
 * An upload belongs to who began it, under an id of their own choosing. One
 * holder at a time: whoever took it gives it back. Any thread.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/clock.h"
#include "base/id.h"
#include "store/attachment.h"
#include "store/blob.h"
#include "store/store.h"

#define UPLOADS_MAX 1024
#define UPLOADS_PER_PERSON 64
/* In somebody's hands at the same time, with a piece of each in memory. */
#define UPLOADS_HELD 64
#define UPLOADS_HELD_PER_PERSON 8
#define UPLOADS_MS (24 * CLOCK_HOUR)

struct uploads;

/* Positive codes. */
enum upload_code {
	UPLOAD_GONE = 240, /* there is no such one, or it is not complete */
	UPLOAD_OFFSET,     /* it has come farther, or not so far */
	UPLOAD_HELD,       /* somebody else has it */
	UPLOAD_TOO_MANY,   /* of this person */
	UPLOADS_FULL,
};

/* Its holder's to read and change, but for who and what it is called. */
struct upload {
	struct id person;
	struct id id;
	struct attachment file; /* as sent; once complete, as it is kept */
	uint64_t received;      /* bytes of what is sent, in whole chunks */
	bool complete;
	struct blob_writer *writer; /* until complete */

	/* uploads.c's */
	bool held;
	bool bound;
	int64_t used; /* clock_boot() */
	struct upload *next;
};

struct upload_wish {
	struct id person;
	struct id id;
	enum attachment_type type;
	uint64_t first; /* where it goes on; 0: from the start, again */
	uint64_t size;
};

int uploads_new(struct store *st, struct uploads **u_r) PN_NODISCARD;
void uploads_free(struct uploads **u);
/* A new one, or the one that goes on. UPLOAD_* */
int uploads_take(struct uploads *u, const struct upload_wish *wish,
    struct upload **up_r) PN_NODISCARD;
void uploads_give(struct uploads *u, struct upload *up);
/* Its holder is done with it for good: its file goes, too. */
void uploads_drop(struct uploads *u, struct upload *up);
/*
 * How far it has come; the copy has neither name, key nor writer. UPLOAD_GONE,
 * UPLOAD_HELD
 */
int uploads_look(struct uploads *u, const struct id *person,
    const struct id *id, struct upload *up_r) PN_NODISCARD;
/* UPLOAD_GONE, UPLOAD_HELD */
int uploads_cancel(struct uploads *u, const struct id *person,
    const struct id *id) PN_NODISCARD;

/*
 * For a message that names it. FILE_R is all of it but the name; to be wiped.
 * UPLOAD_GONE
 */
int uploads_file(struct uploads *u, const struct id *person,
    const struct id *id, struct attachment *file_r) PN_NODISCARD;
/*
 * In the writer, before its first put: nobody else can take or bind it any
 * more, if it is still FILE. After the commit it is forgotten, its file stays.
 */
int uploads_bind(struct uploads *u, const struct id *person,
    const struct id *id, const struct id *file) PN_NODISCARD;
void uploads_unbind(
    struct uploads *u, const struct id *person, const struct id *id);
void uploads_forget(
    struct uploads *u, const struct id *person, const struct id *id);
/* Drops those that nobody has touched for UPLOADS_MS. */
void uploads_tick(struct uploads *u, int64_t boot);
