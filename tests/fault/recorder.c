/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include "tests/fault/recorder.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define RECORDER_FILES 1000

static struct {
	bool on;
	char directory[PATH_MAX]; /* of the sealed files */
	struct stat database, names;
	struct stat files[RECORDER_FILES];
	size_t room;
	struct recording r;
} rec;

static struct op *
add(enum op_kind kind, size_t file)
{
	struct recording *r = &rec.r;

	if (r->count == rec.room) {
		rec.room = rec.room == 0 ? 1024 : rec.room * 2;
		r->ops = realloc(r->ops, rec.room * sizeof(*r->ops));
		if (r->ops == NULL)
			abort();
	}
	r->ops[r->count] = (struct op){.kind = kind, .file = file};
	return &r->ops[r->count++];
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* A sealed file that is new to us: by what FD is a descriptor of. */
static bool
meet_file(int fd, const struct stat *st, size_t *file_r)
{
	char link[64], path[PATH_MAX];
	const size_t start = strlen(rec.directory);
	ssize_t len;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0 || (size_t)len != start + 1 + ID_TEXT_LEN ||
	    strncmp(path, rec.directory, start) != 0 || path[start] != '/')
		return false;
	if (rec.r.files == RECORDER_FILES)
		abort();
	path[len] = '\0';
	rec.files[rec.r.files] = *st;
	memcpy(rec.r.names[rec.r.files], path + start + 1, ID_TEXT_LEN + 1);
	*file_r = ++rec.r.files;
	return true;
}

/* Whether FD is a file that is watched, and which. */
static bool
is_ours(int fd, size_t *file_r)
{
	struct stat st;

	if (!rec.on || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	*file_r = 0;
	if (is_same(&st, &rec.database))
		return true;
	for (size_t i = 0; i < rec.r.files; i++) {
		*file_r = i + 1;
		if (is_same(&st, &rec.files[i]))
			return true;
	}
	return meet_file(fd, &st, file_r);
}

static void
add_write(size_t file, int fd, const void *data, size_t len, off_t offset)
{
	struct op *op = add(OP_WRITE, file);

	op->data = malloc(len);
	if (op->data == NULL)
		abort();
	memcpy(op->data, data, len);
	op->len = len;
	op->offset = offset;
	op->synced = (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
	rec.r.writes += file == 0;
}

/* What stands behind ours; copied, since a cast would not be portable. */
#define REAL(type, name)                                                       \
	type name;                                                             \
	do {                                                                   \
		void *found = dlsym(RTLD_NEXT, &#name[5]);                     \
		memcpy(&name, &found, sizeof(name));                           \
	} while (0)

ssize_t
pwrite(int fd, const void *data, size_t len, off_t offset)
{
	typedef ssize_t (*pwrite_fn)(int, const void *, size_t, off_t);
	REAL(pwrite_fn, real_pwrite);
	size_t file;

	if (is_ours(fd, &file))
		add_write(file, fd, data, len, offset);
	return real_pwrite(fd, data, len, offset);
}

ssize_t
write(int fd, const void *data, size_t len)
{
	typedef ssize_t (*write_fn)(int, const void *, size_t);
	REAL(write_fn, real_write);
	size_t file;

	if (is_ours(fd, &file))
		add_write(file, fd, data, len, lseek(fd, 0, SEEK_CUR));
	return real_write(fd, data, len);
}

ssize_t
writev(int fd, const struct iovec *parts, int count)
{
	typedef ssize_t (*writev_fn)(int, const struct iovec *, int);
	REAL(writev_fn, real_writev);
	size_t file;

	if (is_ours(fd, &file)) {
		off_t at = lseek(fd, 0, SEEK_CUR);

		for (int i = 0; i < count; i++) {
			add_write(
			    file, fd, parts[i].iov_base, parts[i].iov_len, at);
			at += (off_t)parts[i].iov_len;
		}
	}
	return real_writev(fd, parts, count);
}

static void
add_sync(int fd)
{
	struct stat st;
	size_t file;

	if (is_ours(fd, &file)) {
		(void)add(OP_SYNC, file);
		rec.r.syncs += file == 0;
	} else if (rec.on && fstat(fd, &st) == 0 && is_same(&st, &rec.names)) {
		(void)add(OP_NAMES, 0);
	}
}

int
fdatasync(int fd)
{
	typedef int (*fdatasync_fn)(int);
	REAL(fdatasync_fn, real_fdatasync);
	int rc = real_fdatasync(fd);

	if (rc == 0)
		add_sync(fd);
	return rc;
}

int
fsync(int fd)
{
	typedef int (*fsync_fn)(int);
	REAL(fsync_fn, real_fsync);
	int rc = real_fsync(fd);

	if (rc == 0)
		add_sync(fd);
	return rc;
}

void
recorder_start(const char *directory)
{
	char path[PATH_MAX];

	memset(&rec, 0, sizeof(rec));
	(void)snprintf(path, sizeof(path), "%s/data.mdb", directory);
	if (stat(path, &rec.database) != 0)
		abort();
	(void)snprintf(path, sizeof(path), "%s/attachments", directory);
	if (realpath(path, rec.directory) == NULL ||
	    stat(rec.directory, &rec.names) != 0)
		abort();
	rec.r.names = calloc(RECORDER_FILES, sizeof(*rec.r.names));
	if (rec.r.names == NULL)
		abort();
	rec.on = true;
}

void
recorder_ack(uint64_t what)
{
	struct op *op = add(OP_ACK, 0);

	op->ack = what;
	rec.r.acks++;
}

struct recording
recorder_stop(void)
{
	struct recording r = rec.r;

	memset(&rec, 0, sizeof(rec));
	return r;
}

void
recording_fini(struct recording *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->ops[i].data);
	free(r->ops);
	free(r->names);
	*r = (struct recording){0};
}
