/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sealed files for one test, and the messages that bring them along. */

#include <stdlib.h>
#include <unistd.h>
#include "store/attachment.h"
#include "store/thread.h"
#include "tests/unit/temp_store.h"

/* Byte AT of every file here: no two chunks are alike. */
static inline uint8_t
file_byte(uint64_t at)
{
	return (uint8_t)(1 + (at * 31 + at / BLOB_CHUNK) % 251);
}

static inline void
file_fill(uint8_t *to, uint64_t at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = file_byte(at + i);
}

/* A synced file of SIZE bytes. */
static inline void
file_make(const struct store *st, const struct id *id, uint64_t size,
    uint8_t key_r[static BLOB_KEY_LEN])
{
	static uint8_t chunk[BLOB_CHUNK];
	blob_writer_auto struct blob_writer *w = NULL;

	ck_assert_int_eq(blob_create(st, id, &w), 0);
	blob_key(w, key_r);
	for (uint64_t at = 0; at < size; at += BLOB_CHUNK) {
		bool last = size - at <= BLOB_CHUNK;
		size_t len = last ? (size_t)(size - at) : BLOB_CHUNK;

		file_fill(chunk, at, len);
		ck_assert_int_eq(blob_append(w, chunk, len, last), 0);
	}
	ck_assert_int_eq(blob_sync(w), 0);
}

static inline struct attachment
attachment_make(
    const struct store *st, enum attachment_type type, uint64_t size)
{
	struct attachment a = {
	    .id = id_new(), .type = type, .size = size, .name = {0}};

	a.name = text_secret("Befund Gr\303\274\303\237e.pdf");
	file_make(st, &a.id, size, a.key);
	return a;
}

/* Posts a message with N attachments, and writes their rows. */
static inline uint64_t
post_files(struct store_txn *txn, const struct keyring *k, struct thread *th,
    const char *text, const struct attachment *a, size_t n)
{
	entry_sealed_auto struct entry_sealed e = {0};
	slot_key_auto struct slot_key key = {0};
	secret_auto struct secret body = {0};
	struct entry_head h = {
	    .id = id_new(),
	    .thread = th->id,
	    .generation = th->generation,
	    .kind = ENTRY_MESSAGE,
	    .visibility = VISIBLE_ALL,
	    .author = th->client,
	    .at = th->created + 1,
	};
	uint64_t number = store_number(txn), seq;

	if (*text != '\0')
		body = text_secret(text);
	ck_assert_int_eq(
	    slot_get(txn, SLOT_THREAD, &th->id, h.generation, &key), 0);
	ck_assert_int_eq(entry_seal(k, &key, &h, &body, a, n, &e), 0);
	ck_assert_int_eq(thread_append(txn, th, &e, number, &seq), 0);
	for (size_t i = 0; i < n; i++) {
		struct attachment_row row = {
		    .id = a[i].id,
		    .thread = th->id,
		    .number = number,
		    .state = ATTACHMENT_UNCHECKED,
		    .changed = h.at,
		};

		ck_assert_int_eq(attachment_put(txn, &row), 0);
	}
	return number;
}

static inline void
file_path(const struct place *p, const struct id *id, char path_r[PATH_MAX])
{
	char name[ID_TEXT_LEN + 1];

	id_text(id, name);
	(void)snprintf(path_r, PATH_MAX, "%s/attachments/%s", p->path, name);
}

/* The sealed file as it stands. The caller's to free. */
static inline uint8_t *
file_read(const struct place *p, const struct id *id, size_t *len_r)
{
	char path[PATH_MAX];
	struct stat st;
	uint8_t *data;
	int fd;

	file_path(p, id, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	*len_r = (size_t)st.st_size;
	data = malloc(*len_r + 1);
	ck_assert_ptr_nonnull(data);
	ck_assert_int_eq(read(fd, data, *len_r), st.st_size);
	(void)close(fd);
	return data;
}

static inline void
file_write(
    const struct place *p, const struct id *id, const void *data, size_t len)
{
	char path[PATH_MAX];
	int fd;

	file_path(p, id, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	ck_assert_int_eq(close(fd), 0);
}

/* Turns one bit of the sealed file over. */
static inline void
file_flip(const struct place *p, const struct id *id, size_t byte, uint8_t bit)
{
	char path[PATH_MAX];
	uint8_t b;
	int fd;

	file_path(p, id, path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &b, 1, (off_t)byte), 1);
	b ^= bit;
	ck_assert_int_eq(pwrite(fd, &b, 1, (off_t)byte), 1);
	ck_assert_int_eq(close(fd), 0);
}

static inline void
file_truncate(const struct place *p, const struct id *id, size_t len)
{
	char path[PATH_MAX];

	file_path(p, id, path);
	ck_assert_int_eq(truncate(path, (off_t)len), 0);
}
