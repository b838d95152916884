/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <sys/resource.h>
#include "tests/unit/run.h"
#include "tests/unit/temp_attachment.h"

#define HEAD (1 + 24)
#define SEALED (BLOB_CHUNK + 17)
#define MIB ((uint64_t)1 << 20)
/* Two whole chunks and a part of one. */
#define SIZE (2 * BLOB_CHUNK + 1000)
#define LEN (HEAD + 3 * SEALED)

static struct temp_store s;
static struct id id;
static uint8_t key[BLOB_KEY_LEN];

/* ---- what the system does, by --wrap --------------------------------- */

static struct {
	int fail;      /* errno of the next fsync(), or 0 */
	unsigned skip; /* this many are good before it */
	unsigned syncs;
	bool of_dir[8];
	bool few; /* write() takes a few bytes at a time, and is interrupted */
	unsigned writes;
} sys;

int __real_fsync(int fd);
int __wrap_fsync(int fd);
ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);

int
__wrap_fsync(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	if (sys.syncs < PN_ARRAY_LEN(sys.of_dir))
		sys.of_dir[sys.syncs] = S_ISDIR(st.st_mode);
	sys.syncs++;
	if (sys.fail != 0 && sys.syncs > sys.skip) {
		errno = sys.fail;
		return -1;
	}
	return __real_fsync(fd);
}

ssize_t
__wrap_write(int fd, const void *data, size_t len)
{
	if (!sys.few)
		return __real_write(fd, data, len);
	if (sys.writes++ % 3 == 1) {
		errno = EINTR;
		return -1;
	}
	return __real_write(fd, data, len > 1000 ? 1000 : len);
}

/* ---- a file ---------------------------------------------------------- */

static void
setup(void)
{
	temp_make(&s);
	memset(&sys, 0, sizeof(sys));
	id = id_new();
}

static void
teardown(void)
{
	temp_remove(&s);
}

/* Reads to the end: 0, or what ended it; nothing unsealed stays behind. */
static int
read_as(const struct id *of, const uint8_t as[static BLOB_KEY_LEN],
    uint64_t size, uint64_t *len_r)
{
	static uint8_t to[BLOB_CHUNK], want[BLOB_CHUNK];
	blob_reader_auto struct blob_reader *r = NULL;
	size_t len = 1;
	int err;

	*len_r = 0;
	err = blob_open(s.st, of, as, size, &r);
	ck_assert((err == 0) == (r != NULL));
	while (err == 0 && len > 0) {
		memset(to, 0xee, sizeof(to));
		err = blob_read(r, to, &len);
		if (err != 0) {
			ck_assert_uint_eq(len, 0);
			ck_assert(sodium_is_zero(to, sizeof(to)));
		}
		file_fill(want, *len_r, len);
		ck_assert_mem_eq(to, want, len);
		*len_r += len;
	}
	return err;
}

static int
read_back(uint64_t size)
{
	uint64_t len;
	int err = read_as(&id, key, size, &len);

	ck_assert(err != 0 || len == size);
	return err;
}

static const uint64_t sizes[] = {
    1,
    BLOB_CHUNK - 1,
    BLOB_CHUNK,
    BLOB_CHUNK + 1,
    2 * BLOB_CHUNK,
    SIZE,
    25 * MIB,
    25 * MIB + 1,
};

START_TEST(what_was_written_is_read)
{
	const uint64_t size = sizes[_i];
	uint64_t chunks = (size + BLOB_CHUNK - 1) / BLOB_CHUNK;
	char path[PATH_MAX];
	struct stat st;

	file_make(s.st, &id, size, key);
	ck_assert_int_eq(read_back(size), 0);
	file_path(&s.place, &id, path);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq((uint64_t)st.st_size, HEAD + chunks * SEALED);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	temp_begin(&s);
	temp_reopen(&s);
	ck_assert_int_eq(read_back(size), 0);
}
END_TEST

START_TEST(it_is_read_again_from_the_start)
{
	static uint8_t to[BLOB_CHUNK];
	blob_reader_auto struct blob_reader *r = NULL;
	size_t len;

	file_make(s.st, &id, SIZE, key);
	ck_assert_int_eq(blob_open(s.st, &id, key, SIZE, &r), 0);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i <= round; i++)
			ck_assert_int_eq(blob_read(r, to, &len), 0);
		ck_assert_int_eq(blob_rewind(r), 0);
		ck_assert_int_eq(blob_read(r, to, &len), 0);
		ck_assert_uint_eq(len, BLOB_CHUNK);
		ck_assert_uint_eq(to[7], file_byte(7));
	}
	ck_assert_int_eq(blob_read(r, to, &len), 0);
	ck_assert_int_eq(blob_read(r, to, &len), 0);
	ck_assert_uint_eq(len, 1000);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(blob_read(r, to, &len), 0);
		ck_assert_uint_eq(len, 0);
	}
}
END_TEST

/* Nothing of it is in the file, and no two are alike. */
START_TEST(it_is_sealed)
{
	static uint8_t plain[BLOB_CHUNK];
	struct id other = id_new();
	uint8_t other_key[BLOB_KEY_LEN];
	uint8_t *a, *b;
	size_t len;

	file_make(s.st, &id, BLOB_CHUNK, key);
	file_make(s.st, &other, BLOB_CHUNK, other_key);
	ck_assert_mem_ne(key, other_key, sizeof(key));
	a = file_read(&s.place, &id, &len);
	b = file_read(&s.place, &other, &len);
	file_fill(plain, 0, sizeof(plain));
	for (size_t i = 0; i + 16 <= BLOB_CHUNK; i += 16) {
		ck_assert_ptr_null(memmem(a, len, plain + i, 16));
		ck_assert_mem_ne(a + HEAD + i, b + HEAD + i, 16);
	}
	ck_assert_ptr_null(memmem(a, len, key, sizeof(key)));
	free(a);
	free(b);
}
END_TEST

START_TEST(a_name_is_taken_once)
{
	struct blob_writer *w = NULL;

	file_make(s.st, &id, 1, key);
	ck_assert_int_eq(blob_create(s.st, &id, &w), -EEXIST);
	ck_assert_ptr_null(w);
	ck_assert_int_eq(read_back(1), 0);
}
END_TEST

START_TEST(chunks_are_whole_but_the_last)
{
	static uint8_t chunk[BLOB_CHUNK + 1];
	blob_writer_auto struct blob_writer *w = NULL;

	file_fill(chunk, 0, BLOB_CHUNK);
	ck_assert_int_eq(blob_create(s.st, &id, &w), 0);
	blob_key(w, key);
	ck_assert_int_eq(blob_append(w, chunk, 0, false), -EINVAL);
	ck_assert_int_eq(blob_append(w, chunk, 0, true), -EINVAL);
	ck_assert_int_eq(blob_append(w, chunk, BLOB_CHUNK - 1, false), -EINVAL);
	ck_assert_int_eq(blob_append(w, chunk, BLOB_CHUNK + 1, true), -EINVAL);
	ck_assert_int_eq(blob_append(w, chunk, BLOB_CHUNK, false), 0);
	ck_assert_int_eq(blob_sync(w), -EINVAL);
	file_fill(chunk, BLOB_CHUNK, 5);
	ck_assert_int_eq(blob_append(w, chunk, 5, true), 0);
	ck_assert_int_eq(blob_append(w, chunk, 5, true), -EINVAL);
	ck_assert_int_eq(blob_append(w, chunk, BLOB_CHUNK, false), -EINVAL);
	ck_assert_int_eq(blob_sync(w), 0);
	ck_assert_int_eq(read_back(BLOB_CHUNK + 5), 0);
}
END_TEST

/* What an upload leaves behind that was broken off. */
START_TEST(an_unfinished_one_does_not_open)
{
	static uint8_t chunk[BLOB_CHUNK];
	struct blob_writer *w = NULL;

	file_fill(chunk, 0, sizeof(chunk));
	ck_assert_int_eq(blob_create(s.st, &id, &w), 0);
	blob_key(w, key);
	ck_assert_int_eq(read_back(1), BLOB_DAMAGED);
	ck_assert_int_eq(blob_append(w, chunk, BLOB_CHUNK, false), 0);
	blob_writer_free(&w);
	ck_assert_ptr_null(w);
	ck_assert_int_eq(read_back(BLOB_CHUNK), BLOB_DAMAGED);
	ck_assert_int_eq(read_back(2 * BLOB_CHUNK), BLOB_DAMAGED);
	blob_writer_free(&w);
}
END_TEST

START_TEST(without_a_file_there_is_none)
{
	ck_assert_int_eq(read_back(1), KV_NOT_FOUND);
}
END_TEST

/* ---- changed --------------------------------------------------------- */

/* Every length near a border: what is cut off is missed, whatever is said. */
START_TEST(a_cut_file_does_not_open)
{
	const size_t near = 20;
	uint8_t *data;
	size_t len;

	file_make(s.st, &id, SIZE, key);
	data = file_read(&s.place, &id, &len);
	ck_assert_uint_eq(len, LEN);
	for (size_t cut = 0; cut < len; cut++) {
		size_t past = cut < HEAD ? 0 : (cut - HEAD) % SEALED;

		if (cut > HEAD + near && past > near && past < SEALED - near)
			continue;
		file_write(&s.place, &id, data, cut);
		ck_assert_int_eq(read_back(SIZE), BLOB_DAMAGED);
		for (uint64_t n = 1; n <= 4; n++)
			ck_assert_int_eq(
			    read_back(n * BLOB_CHUNK), BLOB_DAMAGED);
	}
	file_write(&s.place, &id, data, len);
	ck_assert_int_eq(read_back(SIZE), 0);
	free(data);
}
END_TEST

START_TEST(one_that_is_cut_while_it_is_read)
{
	static uint8_t to[BLOB_CHUNK];
	blob_reader_auto struct blob_reader *r = NULL;
	size_t len;

	file_make(s.st, &id, SIZE, key);
	ck_assert_int_eq(blob_open(s.st, &id, key, SIZE, &r), 0);
	ck_assert_int_eq(blob_read(r, to, &len), 0);
	file_truncate(&s.place, &id, HEAD + SEALED + 100);
	ck_assert_int_eq(blob_read(r, to, &len), BLOB_DAMAGED);
	ck_assert_int_eq(blob_read(r, to, &len), BLOB_DAMAGED);
	file_truncate(&s.place, &id, 3);
	ck_assert_int_eq(blob_rewind(r), BLOB_DAMAGED);
}
END_TEST

START_TEST(bytes_behind_the_end)
{
	uint8_t *data;
	size_t len;

	file_make(s.st, &id, SIZE, key);
	data = file_read(&s.place, &id, &len);
	data = realloc(data, len + SEALED);
	ck_assert_ptr_nonnull(data);
	memcpy(data + len, data + HEAD, SEALED);
	for (size_t more = 1; more <= SEALED; more += SEALED - 1) {
		file_write(&s.place, &id, data, len + more);
		ck_assert_int_eq(read_back(SIZE), BLOB_DAMAGED);
		ck_assert_int_eq(read_back(SIZE + BLOB_CHUNK), BLOB_DAMAGED);
	}
	free(data);
}
END_TEST

/* Each bit of the head, and of where chunks begin and end. */
START_TEST(a_changed_bit_does_not_open)
{
	const size_t near = 18;

	file_make(s.st, &id, SIZE, key);
	for (size_t at = 0; at < LEN; at++) {
		size_t past = at < HEAD ? 0 : (at - HEAD) % SEALED;

		if (past > near && past < SEALED - near && past % 8191 != 0)
			continue;
		for (unsigned bit = 0; bit < 8; bit++) {
			file_flip(&s.place, &id, at, (uint8_t)(1 << bit));
			ck_assert_int_eq(read_back(SIZE), BLOB_DAMAGED);
			file_flip(&s.place, &id, at, (uint8_t)(1 << bit));
		}
	}
	ck_assert_int_eq(read_back(SIZE), 0);
}
END_TEST

START_TEST(chunks_have_their_place)
{
	static const size_t orders[][3] = {
	    {1, 0, 2}, {0, 2, 1}, {2, 1, 0}, {0, 0, 2}, {0, 1, 1}, {1, 1, 2}};
	uint8_t *data, *other;
	size_t len;

	file_make(s.st, &id, SIZE, key);
	data = file_read(&s.place, &id, &len);
	other = malloc(len);
	ck_assert_ptr_nonnull(other);
	memcpy(other, data, HEAD);
	for (size_t i = 0; i < PN_ARRAY_LEN(orders); i++) {
		for (size_t c = 0; c < 3; c++)
			memcpy(other + HEAD + c * SEALED,
			    data + HEAD + orders[i][c] * SEALED, SEALED);
		file_write(&s.place, &id, other, len);
		ck_assert_int_eq(read_back(SIZE), BLOB_DAMAGED);
	}
	free(data);
	free(other);
}
END_TEST

START_TEST(another_key_does_not_open_it)
{
	uint64_t len;

	file_make(s.st, &id, SIZE, key);
	for (size_t i = 0; i < 8 * sizeof(key); i++) {
		key[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_eq(read_as(&id, key, SIZE, &len), BLOB_DAMAGED);
		ck_assert_uint_eq(len, 0);
		key[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ck_assert_int_eq(read_back(SIZE), 0);
}
END_TEST

START_TEST(another_name_does_not_open_it)
{
	struct id other = id_new();
	uint8_t *data;
	uint64_t got;
	size_t len;

	file_make(s.st, &id, SIZE, key);
	data = file_read(&s.place, &id, &len);
	file_write(&s.place, &other, data, len);
	ck_assert_int_eq(read_as(&other, key, SIZE, &got), BLOB_DAMAGED);
	ck_assert_uint_eq(got, 0);
	ck_assert_int_eq(read_back(SIZE), 0);
	free(data);
}
END_TEST

START_TEST(another_store_does_not_open_it)
{
	uint8_t *data;
	size_t len;

	file_make(s.st, &id, SIZE, key);
	data = file_read(&s.place, &id, &len);
	temp_remove(&s);
	temp_make(&s);
	file_write(&s.place, &id, data, len);
	ck_assert_int_eq(read_back(SIZE), BLOB_DAMAGED);
	free(data);
}
END_TEST

/* ---- made by somebody who has the key -------------------------------- */

#define TAG(name) crypto_secretstream_xchacha20poly1305_TAG_##name

struct chunk {
	uint8_t tag;
	size_t padding_from; /* 0: no padding */
	uint8_t padding;
};

/* A file of N chunks, sealed without blob.c. */
static void
forge(const struct chunk *chunks, size_t n, uint8_t format)
{
	static uint8_t plain[BLOB_CHUNK], file[HEAD + 4 * SEALED];
	crypto_secretstream_xchacha20poly1305_state st;
	uint8_t aad[1 + 2 * ID_LEN] = {1};

	memcpy(aad + 1, keyring_store_id(store_keyring(s.st))->b, ID_LEN);
	memcpy(aad + 1 + ID_LEN, id.b, ID_LEN);
	crypto_secretstream_xchacha20poly1305_keygen(key);
	file[0] = format;
	(void)crypto_secretstream_xchacha20poly1305_init_push(
	    &st, file + 1, key);
	for (size_t i = 0; i < n; i++) {
		const struct chunk *c = &chunks[i];

		file_fill(plain, i * BLOB_CHUNK, BLOB_CHUNK);
		if (c->padding_from != 0)
			memset(plain + c->padding_from, 0,
			    BLOB_CHUNK - c->padding_from);
		if (c->padding != 0)
			plain[BLOB_CHUNK - 1] = c->padding;
		ck_assert_int_eq(crypto_secretstream_xchacha20poly1305_push(&st,
				     file + HEAD + i * SEALED, NULL, plain,
				     BLOB_CHUNK, aad, sizeof(aad), c->tag),
		    0);
	}
	file_write(&s.place, &id, file, HEAD + n * SEALED);
}

static const struct {
	struct chunk chunks[2];
	uint64_t size;
	uint8_t format;
	int result;
} forged[] = {
    {{{TAG(MESSAGE), 0, 0}, {TAG(FINAL), 0, 0}}, 2 * BLOB_CHUNK, 1, 0},
    {{{TAG(MESSAGE), 0, 0}, {TAG(FINAL), 9, 0}}, BLOB_CHUNK + 9, 1, 0},
    /* the size is not what was written */
    {{{TAG(MESSAGE), 0, 0}, {TAG(FINAL), 9, 0}}, BLOB_CHUNK + 8, 1,
	BLOB_DAMAGED},
    {{{TAG(MESSAGE), 0, 0}, {TAG(FINAL), 0, 0}}, 2 * BLOB_CHUNK - 1, 1,
	BLOB_DAMAGED},
    {{{TAG(MESSAGE), 0, 0}, {TAG(FINAL), 0, 0}}, 2 * BLOB_CHUNK + 1, 1,
	BLOB_DAMAGED},
    {{{TAG(MESSAGE), 0, 0}, {TAG(FINAL), 0, 0}}, BLOB_CHUNK, 1, BLOB_DAMAGED},
    {{{TAG(MESSAGE), 0, 0}, {TAG(FINAL), 0, 0}}, 0, 1, BLOB_DAMAGED},
    {{{TAG(MESSAGE), 0, 0}, {TAG(FINAL), 0, 0}}, UINT64_MAX, 1, BLOB_DAMAGED},
    {{{TAG(MESSAGE), 0, 0}, {TAG(FINAL), 0, 0}}, BLOB_SIZE_MAX + 1, 1,
	BLOB_DAMAGED},
    /* something in the padding */
    {{{TAG(MESSAGE), 0, 0}, {TAG(FINAL), 9, 1}}, BLOB_CHUNK + 9, 1,
	BLOB_DAMAGED},
    /* the end is not at the end, and only there */
    {{{TAG(FINAL), 0, 0}, {TAG(FINAL), 0, 0}}, 2 * BLOB_CHUNK, 1, BLOB_DAMAGED},
    {{{TAG(MESSAGE), 0, 0}, {TAG(MESSAGE), 0, 0}}, 2 * BLOB_CHUNK, 1,
	BLOB_DAMAGED},
    {{{TAG(PUSH), 0, 0}, {TAG(FINAL), 0, 0}}, 2 * BLOB_CHUNK, 1, BLOB_DAMAGED},
    {{{TAG(REKEY), 0, 0}, {TAG(FINAL), 0, 0}}, 2 * BLOB_CHUNK, 1, BLOB_DAMAGED},
    {{{TAG(MESSAGE), 0, 0}, {TAG(FINAL), 0, 0}}, 2 * BLOB_CHUNK, 0,
	BLOB_DAMAGED},
    {{{TAG(MESSAGE), 0, 0}, {TAG(FINAL), 0, 0}}, 2 * BLOB_CHUNK, 2,
	BLOB_DAMAGED},
};

START_TEST(size_padding_and_end_are_exact)
{
	static uint8_t to[BLOB_CHUNK];
	blob_reader_auto struct blob_reader *r = NULL;
	uint64_t sum = 0;
	size_t len = 1;
	int err;

	forge(forged[_i].chunks, 2, forged[_i].format);
	err = blob_open(s.st, &id, key, forged[_i].size, &r);
	while (err == 0 && len > 0) {
		err = blob_read(r, to, &len);
		sum += len;
	}
	ck_assert_int_eq(err, forged[_i].result);
	ck_assert(err != 0 || sum == forged[_i].size);
}
END_TEST

/* ---- what is no file ------------------------------------------------- */

START_TEST(what_is_no_file_is_refused)
{
	char path[PATH_MAX], target[PATH_MAX];
	struct id other = id_new();
	uint64_t len;

	file_make(s.st, &other, 1, key);
	file_path(&s.place, &other, target);
	file_path(&s.place, &id, path);
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert_int_eq(read_as(&id, key, 1, &len), -ELOOP);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(read_as(&id, key, 1, &len), BLOB_DAMAGED);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(read_as(&id, key, 1, &len), BLOB_DAMAGED);
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

/* ---- syncing, and no room -------------------------------------------- */

static struct blob_writer *
written(void)
{
	static uint8_t chunk[BLOB_CHUNK];
	struct blob_writer *w = NULL;

	file_fill(chunk, 0, 10);
	ck_assert_int_eq(blob_create(s.st, &id, &w), 0);
	blob_key(w, key);
	ck_assert_int_eq(blob_append(w, chunk, 10, true), 0);
	return w;
}

START_TEST(the_file_is_synced_then_its_name)
{
	blob_writer_auto struct blob_writer *w = written();

	ck_assert_uint_eq(sys.syncs, 0);
	ck_assert_int_eq(blob_sync(w), 0);
	ck_assert_uint_eq(sys.syncs, 2);
	ck_assert(!sys.of_dir[0]);
	ck_assert(sys.of_dir[1]);
}
END_TEST

static const struct {
	int err;
	int result;
} failures[] = {
    {EIO, -EIO},
    {ENOSPC, BLOB_FULL},
    {EDQUOT, BLOB_FULL},
    {EFBIG, BLOB_FULL},
};

/* A sync that failed once is not believed later. */
START_TEST(a_failed_sync_stays_failed)
{
	for (unsigned skip = 0; skip < 2; skip++) {
		struct blob_writer *w = written();

		sys.syncs = 0;
		sys.skip = skip;
		sys.fail = failures[_i].err;
		ck_assert_int_eq(blob_sync(w), failures[_i].result);
		ck_assert_uint_eq(sys.syncs, skip + 1);
		sys.fail = 0;
		ck_assert_int_eq(blob_sync(w), failures[_i].result);
		ck_assert_uint_eq(sys.syncs, skip + 1);
		blob_writer_free(&w);
		ck_assert_int_eq(blob_delete(s.st, &id), 0);
	}
}
END_TEST

START_TEST(writes_come_in_pieces)
{
	sys.few = true;
	file_make(s.st, &id, SIZE, key);
	ck_assert_uint_gt(sys.writes, 190);
	sys.few = false;
	ck_assert_int_eq(read_back(SIZE), 0);
}
END_TEST

static void
limit_files(rlim_t len)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = len;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(no_room)
{
	static uint8_t chunk[BLOB_CHUNK];
	struct blob_writer *w = NULL;
	char path[PATH_MAX];

	(void)signal(SIGXFSZ, SIG_IGN);
	file_path(&s.place, &id, path);
	/* none for the head: it is as if nothing had been tried */
	limit_files(HEAD - 1);
	ck_assert_int_eq(blob_create(s.st, &id, &w), BLOB_FULL);
	ck_assert_ptr_null(w);
	ck_assert_int_ne(access(path, F_OK), 0);
	/* none for the second chunk */
	limit_files(HEAD + SEALED + 5);
	ck_assert_int_eq(blob_create(s.st, &id, &w), 0);
	ck_assert_int_eq(blob_append(w, chunk, BLOB_CHUNK, false), 0);
	ck_assert_int_eq(blob_append(w, chunk, BLOB_CHUNK, false), BLOB_FULL);
	limit_files(RLIM_INFINITY);
	/* a half chunk is in the file: there is no going on */
	ck_assert_int_eq(blob_append(w, chunk, BLOB_CHUNK, true), BLOB_FULL);
	ck_assert_int_eq(blob_sync(w), BLOB_FULL);
	blob_writer_free(&w);
}
END_TEST

/* ---- the directory --------------------------------------------------- */

struct walk {
	size_t count;
	struct id ids[8];
	int result;
	bool deletes;
};

static int
note(const struct id *one, void *arg)
{
	struct walk *w = arg;

	ck_assert_uint_lt(w->count, PN_ARRAY_LEN(w->ids));
	w->ids[w->count++] = *one;
	if (w->deletes)
		ck_assert_int_eq(blob_delete(s.st, one), 0);
	return w->result;
}

static bool
has(const struct walk *w, const struct id *one)
{
	size_t n = 0;

	for (size_t i = 0; i < w->count; i++)
		n += id_equal(&w->ids[i], one);
	return n == 1;
}

static void
put_name(const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "attachments/%s", name);
	place_write(&s.place, path, "x", 1);
}

START_TEST(all_that_is_there)
{
	struct walk w = {.count = 0};
	struct id ids[3];

	ck_assert_int_eq(blob_each(s.st, note, &w), 0);
	ck_assert_uint_eq(w.count, 0);
	for (size_t i = 0; i < 3; i++) {
		ids[i] = id_new();
		file_make(s.st, &ids[i], 1, key);
	}
	/* what is not ours is left alone */
	put_name("README");
	put_name("ABCDEFGHIJKLMNOPQRSTUVWXYA");
	put_name("abcdefghijklmnopqrstuvwxyb");
	put_name("abcdefghijklmnopqrstuvwxyaa");
	put_name(".abcdefghijklmnopqrstuvwxya");
	/* twice: a walk leaves no trace */
	for (unsigned round = 0; round < 2; round++) {
		w = (struct walk){.count = 0};
		ck_assert_int_eq(blob_each(s.st, note, &w), 0);
		ck_assert_uint_eq(w.count, 3);
		for (size_t i = 0; i < 3; i++)
			ck_assert(has(&w, &ids[i]));
	}
	w = (struct walk){.result = 7};
	ck_assert_int_eq(blob_each(s.st, note, &w), 7);
	ck_assert_uint_eq(w.count, 1);
	w = (struct walk){.deletes = true};
	ck_assert_int_eq(blob_each(s.st, note, &w), 0);
	ck_assert_uint_eq(w.count, 3);
	w = (struct walk){.count = 0};
	ck_assert_int_eq(blob_each(s.st, note, &w), 0);
	ck_assert_uint_eq(w.count, 0);
}
END_TEST

START_TEST(it_is_deleted)
{
	struct id other = id_new();

	file_make(s.st, &id, 1, key);
	file_make(s.st, &other, 1, key);
	ck_assert_int_eq(blob_delete(s.st, &id), 0);
	ck_assert_int_eq(read_back(1), KV_NOT_FOUND);
	ck_assert_int_eq(blob_delete(s.st, &id), 0);
	id = other;
	ck_assert_int_eq(read_back(1), 0);
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_loop_test(
	    tc, what_was_written_is_read, 0, (int)PN_ARRAY_LEN(sizes));
	tcase_add_test(tc, it_is_read_again_from_the_start);
	tcase_add_test(tc, it_is_sealed);
	tcase_add_test(tc, a_name_is_taken_once);
	tcase_add_test(tc, chunks_are_whole_but_the_last);
	tcase_add_test(tc, an_unfinished_one_does_not_open);
	tcase_add_test(tc, without_a_file_there_is_none);
	tcase_add_test(tc, a_cut_file_does_not_open);
	tcase_add_test(tc, one_that_is_cut_while_it_is_read);
	tcase_add_test(tc, bytes_behind_the_end);
	tcase_add_test(tc, a_changed_bit_does_not_open);
	tcase_add_test(tc, chunks_have_their_place);
	tcase_add_test(tc, another_key_does_not_open_it);
	tcase_add_test(tc, another_name_does_not_open_it);
	tcase_add_test(tc, another_store_does_not_open_it);
	tcase_add_loop_test(
	    tc, size_padding_and_end_are_exact, 0, (int)PN_ARRAY_LEN(forged));
	tcase_add_test(tc, what_is_no_file_is_refused);
	tcase_add_test(tc, the_file_is_synced_then_its_name);
	tcase_add_loop_test(
	    tc, a_failed_sync_stays_failed, 0, (int)PN_ARRAY_LEN(failures));
	tcase_add_test(tc, writes_come_in_pieces);
	tcase_add_test(tc, no_room);
	tcase_add_test(tc, all_that_is_there);
	tcase_add_test(tc, it_is_deleted);
}

int
main(void)
{
	Suite *suite = suite_create("blob");
	TCase *tc = tcase_create("blob");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	add_tests(tc);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
