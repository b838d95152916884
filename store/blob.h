/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A file's bytes, sealed as they come: one file in the store's directory
 * "attachments", named by its id, under a random key of its own that is kept
 * elsewhere (in the sealed message). Never whole in memory.
 *
 *   file = format (1) || header (24) || chunks
 *   chunk = crypto_secretstream_xchacha20poly1305 of 65,536 bytes of plain,
 *           with AAD = format || store id || file id
 *
 * The last chunk carries the final tag and is padded with zeros, so that a
 * file's length shows its size in steps of 64 KiB only. The exact size comes
 * from whoever opens it, and is enforced.
 *
 * Writers and readers belong to one thread at a time; the store may be used
 * by several. They must not outlive it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/id.h"
#include "store/store.h"

#define BLOB_CHUNK ((size_t)65536)
#define BLOB_KEY_LEN 32
#define BLOB_SIZE_MAX ((uint64_t)1 << 40)

/* Positive codes. */
enum blob_code {
	BLOB_DAMAGED = 98, /* not what was written, or not under this key */
	BLOB_FULL,         /* no room: disk, quota, or the largest file */
};

struct blob_writer;
struct blob_reader;

/*
 * Makes the file of ID (mode 0600), under a new random key. -EEXIST when
 * there is one; BLOB_FULL.
 */
int blob_create(const struct store *st, const struct id *id,
    struct blob_writer **w_r) PN_NODISCARD;
/*
 * Seals and writes one chunk: BLOB_CHUNK bytes, or with LAST 1..BLOB_CHUNK.
 * BLOB_FULL. After an error nothing but freeing is left to do.
 */
int blob_append(struct blob_writer *w, const void *data, size_t len,
    bool last) PN_NODISCARD;
/* After LAST: the file is on the disk, then its name. BLOB_FULL. */
int blob_sync(struct blob_writer *w) PN_NODISCARD;
void blob_key(const struct blob_writer *w, uint8_t key_r[static BLOB_KEY_LEN]);
/* Wipes and closes; the file stays. */
void blob_writer_free(struct blob_writer **w);

/*
 * KV_NOT_FOUND without a file; BLOB_DAMAGED when its length is not what SIZE
 * asks for, or its format not known. The key is tried by the first read.
 */
int blob_open(const struct store *st, const struct id *id,
    const uint8_t key[static BLOB_KEY_LEN], uint64_t size,
    struct blob_reader **r_r) PN_NODISCARD;
/*
 * The next chunk into TO, *LEN_R bytes of it: BLOB_CHUNK, fewer in the last,
 * 0 after it. BLOB_DAMAGED (TO is wiped then).
 */
int blob_read(struct blob_reader *r, uint8_t to[static BLOB_CHUNK],
    size_t *len_r) PN_NODISCARD;
/* The next read gives the first chunk again. BLOB_DAMAGED. */
int blob_rewind(struct blob_reader *r) PN_NODISCARD;
void blob_reader_free(struct blob_reader **r);

/* No error when there is none. Not synced: what comes back is swept again. */
int blob_delete(const struct store *st, const struct id *id) PN_NODISCARD;
/*
 * Calls EACH for every file whose name is an id, in no order; a non-zero
 * return ends the walk and is returned. EACH may delete it.
 */
int blob_each(const struct store *st,
    int (*each)(const struct id *id, void *arg), void *arg) PN_NODISCARD;

#define blob_writer_auto PN_CLEANUP(blob_writer_free)
#define blob_reader_auto PN_CLEANUP(blob_reader_free)
