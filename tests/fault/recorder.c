/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include "tests/fault/recorder.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
	bool on;
	dev_t device;
	ino_t inode;
	size_t room;
	struct recording r;
} rec;

static struct op *
add(enum op_kind kind)
{
	struct recording *r = &rec.r;

	if (r->count == rec.room) {
		rec.room = rec.room == 0 ? 1024 : rec.room * 2;
		r->ops = realloc(r->ops, rec.room * sizeof(*r->ops));
		if (r->ops == NULL)
			abort();
	}
	r->ops[r->count] = (struct op){.kind = kind};
	return &r->ops[r->count++];
}

static bool
is_ours(int fd)
{
	struct stat st;

	return rec.on && fstat(fd, &st) == 0 && st.st_dev == rec.device &&
	       st.st_ino == rec.inode;
}

static void
add_write(int fd, const void *data, size_t len, off_t offset)
{
	struct op *op = add(OP_WRITE);

	op->data = malloc(len);
	if (op->data == NULL)
		abort();
	memcpy(op->data, data, len);
	op->len = len;
	op->offset = offset;
	op->synced = (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
	rec.r.writes++;
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

	if (is_ours(fd))
		add_write(fd, data, len, offset);
	return real_pwrite(fd, data, len, offset);
}

ssize_t
writev(int fd, const struct iovec *parts, int count)
{
	typedef ssize_t (*writev_fn)(int, const struct iovec *, int);
	REAL(writev_fn, real_writev);

	if (is_ours(fd)) {
		off_t at = lseek(fd, 0, SEEK_CUR);

		for (int i = 0; i < count; i++) {
			add_write(fd, parts[i].iov_base, parts[i].iov_len, at);
			at += (off_t)parts[i].iov_len;
		}
	}
	return real_writev(fd, parts, count);
}

int
fdatasync(int fd)
{
	typedef int (*fdatasync_fn)(int);
	REAL(fdatasync_fn, real_fdatasync);
	int rc = real_fdatasync(fd);

	if (rc == 0 && is_ours(fd)) {
		(void)add(OP_SYNC);
		rec.r.syncs++;
	}
	return rc;
}

void
recorder_start(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		abort();
	memset(&rec, 0, sizeof(rec));
	rec.device = st.st_dev;
	rec.inode = st.st_ino;
	rec.on = true;
}

void
recorder_ack(uint64_t what)
{
	struct op *op = add(OP_ACK);

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
	*r = (struct recording){0};
}
