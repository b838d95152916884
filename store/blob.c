/* SPDX-License-Identifier: Apache-2.0 */

#include "store/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sodium.h>
#include "base/secret.h"

#define BLOB_FORMAT 1
#define BLOB_AAD_LEN (1 + 2 * ID_LEN)
#define HEADER_LEN crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define HEAD_LEN (1 + HEADER_LEN)
#define SEALED_LEN (BLOB_CHUNK + crypto_secretstream_xchacha20poly1305_ABYTES)
#define TAG_MORE crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
#define TAG_END crypto_secretstream_xchacha20poly1305_TAG_FINAL

_Static_assert(BLOB_KEY_LEN == crypto_secretstream_xchacha20poly1305_KEYBYTES &&
		   HEADER_LEN == 24 && SEALED_LEN == BLOB_CHUNK + 17,
    "sizes are part of the format");

struct blob_writer {
	crypto_secretstream_xchacha20poly1305_state state;
	uint8_t key[BLOB_KEY_LEN];
	uint8_t aad[BLOB_AAD_LEN];
	const struct store *st;
	int fd;
	int dir; /* the store's */
	int err; /* sticky: the stream and the file have parted */
	bool complete;
};

struct blob_reader {
	crypto_secretstream_xchacha20poly1305_state state;
	uint8_t key[BLOB_KEY_LEN];
	uint8_t aad[BLOB_AAD_LEN];
	uint8_t sealed[SEALED_LEN];
	int fd;
	uint64_t size;
	uint64_t next; /* chunk */
};

static uint64_t
chunks_of(uint64_t size)
{
	return (size + BLOB_CHUNK - 1) / BLOB_CHUNK;
}

static void
make_aad(const struct store *st, const struct id *id,
    uint8_t aad_r[static BLOB_AAD_LEN])
{
	aad_r[0] = BLOB_FORMAT;
	memcpy(aad_r + 1, keyring_store_id(store_keyring(st))->b, ID_LEN);
	memcpy(aad_r + 1 + ID_LEN, id->b, ID_LEN);
}

/* What errno says of a file that is made, written or synced. */
static int
write_error(void)
{
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		return BLOB_FULL;
	return -errno;
}

/* ---- writing --------------------------------------------------------- */

static int
write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return write_error();
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The file and its head. */
static int
start_file(struct blob_writer *w, const char *name)
{
	uint8_t head[HEAD_LEN] = {BLOB_FORMAT};
	int err;

	(void)crypto_secretstream_xchacha20poly1305_init_push(
	    &w->state, head + 1, w->key);
	w->fd = openat(w->dir, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    S_IRUSR | S_IWUSR);
	if (w->fd < 0)
		return write_error();
	err = write_all(w->fd, head, sizeof(head));
	if (err != 0)
		(void)unlinkat(w->dir, name, 0);
	return err;
}

int
blob_create(
    const struct store *st, const struct id *id, struct blob_writer **w_r)
{
	blob_writer_auto struct blob_writer *w = sodium_malloc(sizeof(*w));
	char name[ID_TEXT_LEN + 1];
	int err;

	if (w == NULL)
		return -ENOMEM;
	memset(w, 0, sizeof(*w));
	w->fd = -1;
	w->st = st;
	w->dir = store_attachments(st);
	make_aad(st, id, w->aad);
	crypto_secretstream_xchacha20poly1305_keygen(w->key);
	id_text(id, name);
	err = start_file(w, name);
	if (err != 0)
		return err;
	*w_r = w;
	w = NULL;
	return 0;
}

/* What a piece takes while it is sealed. */
struct work {
	uint8_t plain[BLOB_CHUNK]; /* padded */
	uint8_t sealed[SEALED_LEN];
};

static int
write_chunk(struct blob_writer *w, struct work *work, const void *data,
    size_t len, bool last)
{
	int err = store_room(w->st, sizeof(work->sealed));

	if (err != 0)
		return err == KV_FULL ? BLOB_FULL : err;
	memcpy(work->plain, data, len);
	memset(work->plain + len, 0, BLOB_CHUNK - len);
	if (crypto_secretstream_xchacha20poly1305_push(&w->state, work->sealed,
		NULL, work->plain, BLOB_CHUNK, w->aad, sizeof(w->aad),
		last ? TAG_END : TAG_MORE) != 0)
		return -EINVAL;
	return write_all(w->fd, work->sealed, sizeof(work->sealed));
}

int
blob_append(struct blob_writer *w, const void *data, size_t len, bool last)
{
	struct work *work;

	if (w->err != 0)
		return w->err;
	if (w->complete || len == 0 || len > BLOB_CHUNK ||
	    (len < BLOB_CHUNK && !last))
		return -EINVAL;
	/* a writer may wait for its next piece for hours: without memory */
	work = secret_malloc(sizeof(*work));
	if (work == NULL)
		return -ENOMEM;
	w->err = write_chunk(w, work, data, len, last);
	secret_free(work);
	w->complete = last;
	return w->err;
}

int
blob_sync(struct blob_writer *w)
{
	if (w->err != 0)
		return w->err;
	if (!w->complete)
		return -EINVAL;
	/* not tried again: after a failed sync nobody knows what is there */
	if (fsync(w->fd) != 0 || fsync(w->dir) != 0)
		w->err = write_error();
	return w->err;
}

void
blob_key(const struct blob_writer *w, uint8_t key_r[static BLOB_KEY_LEN])
{
	memcpy(key_r, w->key, BLOB_KEY_LEN);
}

void
blob_writer_free(struct blob_writer **w_p)
{
	struct blob_writer *w = *w_p;

	if (w == NULL)
		return;
	if (w->fd >= 0)
		(void)close(w->fd);
	sodium_free(w); /* wipes */
	*w_p = NULL;
}

/* ---- reading --------------------------------------------------------- */

/* LEN bytes at OFFSET, all of them. */
static int
read_all(int fd, uint8_t *to, size_t len, uint64_t offset)
{
	while (len > 0) {
		ssize_t n = pread(fd, to, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return BLOB_DAMAGED;
		to += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int
check_length(int fd, uint64_t size)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || size == 0 || size > BLOB_SIZE_MAX ||
	    (uint64_t)st.st_size != HEAD_LEN + chunks_of(size) * SEALED_LEN)
		return BLOB_DAMAGED;
	return 0;
}

int
blob_open(const struct store *st, const struct id *id,
    const uint8_t key[static BLOB_KEY_LEN], uint64_t size,
    struct blob_reader **r_r)
{
	blob_reader_auto struct blob_reader *r = sodium_malloc(sizeof(*r));
	char name[ID_TEXT_LEN + 1];
	int err;

	if (r == NULL)
		return -ENOMEM;
	memset(r, 0, sizeof(*r));
	r->size = size;
	memcpy(r->key, key, BLOB_KEY_LEN);
	make_aad(st, id, r->aad);
	id_text(id, name);
	/* what is no file must not make anybody wait */
	r->fd = openat(store_attachments(st), name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (r->fd < 0)
		return errno == ENOENT ? KV_NOT_FOUND : -errno;
	err = check_length(r->fd, size);
	if (err == 0)
		err = blob_rewind(r);
	if (err != 0)
		return err;
	*r_r = r;
	r = NULL;
	return 0;
}

int
blob_rewind(struct blob_reader *r)
{
	uint8_t head[HEAD_LEN];
	int err = read_all(r->fd, head, sizeof(head), 0);

	if (err == 0 && head[0] != BLOB_FORMAT)
		err = BLOB_DAMAGED;
	if (err != 0)
		return err;
	(void)crypto_secretstream_xchacha20poly1305_init_pull(
	    &r->state, head + 1, r->key);
	r->next = 0;
	return 0;
}

/* Opens the chunk in R->SEALED, which is the last or not. */
static int
pull(
    struct blob_reader *r, uint8_t to[static BLOB_CHUNK], size_t len, bool last)
{
	unsigned char tag;

	if (crypto_secretstream_xchacha20poly1305_pull(&r->state, to, NULL,
		&tag, r->sealed, sizeof(r->sealed), r->aad,
		sizeof(r->aad)) != 0)
		return BLOB_DAMAGED;
	if (tag != (last ? TAG_END : TAG_MORE))
		return BLOB_DAMAGED;
	return sodium_is_zero(to + len, BLOB_CHUNK - len) ? 0 : BLOB_DAMAGED;
}

int
blob_read(struct blob_reader *r, uint8_t to[static BLOB_CHUNK], size_t *len_r)
{
	const uint64_t n = chunks_of(r->size);
	const bool last = r->next + 1 == n;
	size_t len = BLOB_CHUNK;
	int err;

	*len_r = 0;
	if (r->next == n)
		return 0;
	if (last)
		len = (size_t)(r->size - r->next * BLOB_CHUNK);
	err = read_all(r->fd, r->sealed, sizeof(r->sealed),
	    HEAD_LEN + r->next * SEALED_LEN);
	if (err == 0)
		err = pull(r, to, len, last);
	if (err != 0) {
		sodium_memzero(to, BLOB_CHUNK);
		return err;
	}
	r->next++;
	*len_r = len;
	return 0;
}

void
blob_reader_free(struct blob_reader **r_p)
{
	struct blob_reader *r = *r_p;

	if (r == NULL)
		return;
	if (r->fd >= 0)
		(void)close(r->fd);
	sodium_free(r); /* wipes */
	*r_p = NULL;
}

/* ---- the directory --------------------------------------------------- */

int
blob_delete(const struct store *st, const struct id *id)
{
	char name[ID_TEXT_LEN + 1];

	id_text(id, name);
	if (unlinkat(store_attachments(st), name, 0) != 0 && errno != ENOENT)
		return -errno;
	return 0;
}

/* The one spelling that id_text() gives. */
static bool
is_name(const char *name, struct id *id_r)
{
	char text[ID_TEXT_LEN + 1];

	if (id_parse(name, id_r) != 0)
		return false;
	id_text(id_r, text);
	return strcmp(text, name) == 0;
}

static void
close_dir(DIR **dir)
{
	if (*dir != NULL)
		(void)closedir(*dir);
}

int
blob_each(const struct store *st, int (*each)(const struct id *id, void *arg),
    void *arg)
{
	PN_CLEANUP(close_dir) DIR *dir = NULL;
	const struct dirent *entry;
	struct id id;
	int err = 0;
	int fd;

	/* one of its own: a walk moves the descriptor's place */
	fd = openat(
	    store_attachments(st), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (dir == NULL) {
		err = -errno;
		(void)close(fd);
		return err;
	}
	while (err == 0) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			return -errno;
		if (is_name(entry->d_name, &id))
			err = each(&id, arg);
	}
	return err;
}
