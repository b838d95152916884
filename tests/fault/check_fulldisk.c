/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A disk that is really full: a small file system of our own. Writes stop
 * while there is still room for what must be written (the audit of reads),
 * and go on when there is room again; nothing acknowledged is lost. A sealed
 * file that does not fit is refused, and takes nothing of the reserve. The
 * control opens the store without a reserve and must see it fail.
 *
 * Skipped (77) where no file system may be mounted.
 */

#include "config.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
#include "store/blob.h"
#include "store/writer.h"
#include "tests/unit/place.h"
#include "tests/unit/run.h"

#define SKIPPED 77
#define MIB ((size_t)1 << 20)
#define RESERVE MIB
#define ROW_LEN 1900
#define MANY 5000
#define ESSENTIAL 200

static const uint8_t mk[KEYRING_KEY_LEN] = {1};

static struct place place;
static struct store *st;
static struct writer *w;
static atomic_int fatal_err;
static sem_t told;

/* The linker's --wrap makes it a file system that can not. */
static atomic_bool no_fallocate;

int __wrap_fallocate(int fd, int mode, off_t offset, off_t len);
int __real_fallocate(int fd, int mode, off_t offset, off_t len);

int
__wrap_fallocate(int fd, int mode, off_t offset, off_t len)
{
	if (!atomic_load(&no_fallocate))
		return __real_fallocate(fd, mode, offset, len);
	errno = EOPNOTSUPP;
	return -1;
}

/* ---- a disk of our own ----------------------------------------------- */

static bool
write_map(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good;

	if (fd < 0)
		return false;
	good = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	(void)close(fd);
	return good;
}

static bool
become_root(void)
{
	char uid[32], gid[32];

	(void)snprintf(uid, sizeof(uid), "0 %u 1", (unsigned)getuid());
	(void)snprintf(gid, sizeof(gid), "0 %u 1", (unsigned)getgid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
	       write_map("/proc/self/setgroups", "deny") &&
	       write_map("/proc/self/uid_map", uid) &&
	       write_map("/proc/self/gid_map", gid);
}

static bool
may_mount(void)
{
	return (unshare(CLONE_NEWNS) == 0 || become_root()) &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "/tmp", "tmpfs", 0, "size=1m") == 0;
}

/* Takes all that is left, as something else on the machine would. */
static void
fill(void)
{
	static const char block[4096];
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/junk", place.path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	while (write(fd, block, sizeof(block)) == (ssize_t)sizeof(block))
		continue;
	ck_assert_int_eq(errno, ENOSPC);
	(void)close(fd);
}

static void
make_room(void)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/junk", place.path);
	ck_assert_int_eq(unlink(path), 0);
}

/* ---- operations ------------------------------------------------------ */

struct op {
	struct writer_op op;
	size_t len;
};

static int
run(struct writer_op *wop, struct store_txn *txn)
{
	static const uint8_t row[ROW_LEN];
	uint64_t n = store_number(txn);
	uint8_t key[8];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(n >> (56 - 8 * i));
	kv_append(store_kv(txn), KV_AUDIT, (struct kv_slice){key, sizeof(key)},
	    (struct kv_slice){row, ((struct op *)wop)->len});
	return 0;
}

static void
done(struct writer_op *op, int result)
{
	(void)op;
	(void)result;
	(void)sem_post(&told);
}

static void
on_fatal(int err, void *arg)
{
	(void)arg;
	atomic_store(&fatal_err, err);
	(void)sem_post(&told);
}

/* What it was told, or the error that ended the writer. */
static int
result_of(bool essential)
{
	struct op op = {
	    .op = {.run = run, .done = done, .essential = essential},
	    .len = essential ? 100 : ROW_LEN};

	ck_assert_int_eq(writer_submit(w, &op.op), 0);
	ck_assert_int_eq(sem_wait(&told), 0);
	return atomic_load(&fatal_err) != 0 ? atomic_load(&fatal_err)
					    : op.op.result;
}

static void
start(size_t reserve)
{
	struct store_options opt = {
	    .directory = place.path, .map_size = 64 * MIB, .reserve = reserve};

	ck_assert_int_eq(store_open(&opt, mk, &st), 0);
	ck_assert_int_eq(writer_start(st, 16, on_fatal, NULL, &w), 0);
}

static void
stop(void)
{
	writer_stop(&w);
	store_close(&st);
}

static void
setup(void)
{
	struct store_options opt = {
	    .directory = place.path, .map_size = 64 * MIB};
	char recovery[KEYRING_RECOVERY_TEXT];

	place_make(&place);
	ck_assert_int_eq(
	    mount("none", place.path, "tmpfs", 0, "size=6m,mode=700"), 0);
	ck_assert_int_eq(sem_init(&told, 0, 0), 0);
	ck_assert_int_eq(store_create(&opt, mk, recovery), 0);
}

static void
teardown(void)
{
	stop();
	(void)umount2(place.path, MNT_DETACH);
	(void)rmdir(place.path);
}

/* Posts until told otherwise; how many were acknowledged. */
static size_t
write_until_refused(int *rc_r)
{
	size_t n = 0;

	while (n < MANY && (*rc_r = result_of(false)) == 0)
		n++;
	return n;
}

static uint64_t
rows(void)
{
	struct store_txn *txn = NULL;
	uint64_t n;

	ck_assert_int_eq(store_begin(st, false, &txn), 0);
	n = store_count(txn, KV_AUDIT);
	store_abort(&txn);
	return n;
}

/* ---- tests ----------------------------------------------------------- */

START_TEST(the_reserve_carries_what_must_be_written)
{
	size_t acked;
	int rc;

	start(RESERVE);
	for (unsigned i = 0; i < 50; i++)
		ck_assert_int_eq(result_of(false), 0);
	fill();
	acked = 50 + write_until_refused(&rc);
	ck_assert_int_eq(rc, WRITER_READ_ONLY);
	ck_assert(writer_read_only(w));
	for (unsigned i = 0; i < ESSENTIAL; i++) {
		ck_assert_int_eq(result_of(true), 0);
		ck_assert_int_eq(result_of(false), WRITER_READ_ONLY);
	}
	stop();
	/* started again on the full disk: the same */
	start(RESERVE);
	ck_assert(writer_read_only(w));
	ck_assert_int_eq(result_of(true), 0);
	ck_assert_int_eq(result_of(false), WRITER_READ_ONLY);
	make_room();
	ck_assert_int_eq(result_of(false), 0);
	ck_assert(!writer_read_only(w));
	stop();
	start(RESERVE);
	ck_assert_uint_eq(rows(), acked + ESSENTIAL + 2);
}
END_TEST

/* Chunks until told otherwise. */
static size_t
append_until_refused(struct blob_writer *w_file, int *rc_r)
{
	static uint8_t chunk[BLOB_CHUNK];
	size_t n = 0;

	while (n < MANY &&
	       (*rc_r = blob_append(w_file, chunk, BLOB_CHUNK, false)) == 0)
		n++;
	return n;
}

/* As an upload on a filling disk: what it leaves is deleted. */
START_TEST(a_file_that_does_not_fit)
{
	struct id id = id_new(), other = id_new();
	struct blob_writer *file = NULL, *more = NULL;
	int rc;

	start(RESERVE);
	ck_assert_int_eq(result_of(false), 0);
	ck_assert_int_eq(blob_create(st, &id, &file), 0);
	ck_assert_uint_gt(append_until_refused(file, &rc), 10);
	ck_assert_int_eq(rc, BLOB_FULL);
	fill();
	rc = blob_create(st, &other, &more);
	ck_assert(rc == BLOB_FULL || rc == 0);
	if (rc == 0)
		ck_assert_uint_eq(append_until_refused(more, &rc), 0);
	ck_assert_int_eq(rc, BLOB_FULL);
	blob_writer_free(&more);
	ck_assert_int_eq(blob_delete(st, &other), 0);
	/* what must be written still can be */
	for (unsigned i = 0; i < ESSENTIAL; i++)
		ck_assert_int_eq(result_of(true), 0);
	/* and room comes back with the file that was given up */
	blob_writer_free(&file);
	ck_assert_int_eq(blob_delete(st, &id), 0);
	ck_assert_int_eq(result_of(false), 0);
	ck_assert(!writer_read_only(w));
	ck_assert_int_eq(blob_create(st, &id, &file), 0);
	ck_assert_uint_gt(append_until_refused(file, &rc), 10);
	blob_writer_free(&file);
}
END_TEST

/* Some file systems allocate nothing ahead: it is only counted there. */
START_TEST(a_file_leaves_a_reserve_that_is_only_counted)
{
	struct id id = id_new();
	struct blob_writer *file = NULL;
	int rc;

	atomic_store(&no_fallocate, true);
	start(RESERVE);
	ck_assert_int_eq(result_of(false), 0);
	ck_assert_int_eq(blob_create(st, &id, &file), 0);
	ck_assert_uint_gt(append_until_refused(file, &rc), 10);
	ck_assert_int_eq(rc, BLOB_FULL);
	for (unsigned i = 0; i < ESSENTIAL; i++)
		ck_assert_int_eq(result_of(true), 0);
	blob_writer_free(&file);
	ck_assert_int_eq(blob_delete(st, &id), 0);
	ck_assert_int_eq(result_of(false), 0);
}
END_TEST

START_TEST(without_a_reserve_it_fails)
{
	size_t acked;
	int rc;

	start(0);
	for (unsigned i = 0; i < 50; i++)
		ck_assert_int_eq(result_of(false), 0);
	fill();
	acked = 50 + write_until_refused(&rc);
	ck_assert(rc == -ENOSPC || rc == -EIO || rc == KV_FULL);
	ck_assert_int_eq(atomic_load(&fatal_err), rc);
	stop();
	make_room();
	atomic_store(&fatal_err, 0);
	start(RESERVE);
	ck_assert_uint_eq(rows(), acked);
	ck_assert_int_eq(result_of(false), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fulldisk");
	TCase *tc = tcase_create("fulldisk");

	if (!may_mount())
		return SKIPPED;
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_reserve_carries_what_must_be_written);
	tcase_add_test(tc, a_file_that_does_not_fit);
	tcase_add_test(tc, a_file_leaves_a_reserve_that_is_only_counted);
	tcase_add_test(tc, without_a_reserve_it_fails);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
