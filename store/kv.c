/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include "store/kv.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <lmdb.h>
#include "store/dir.h"

#define KV_READERS 512
/* Reset read transactions kept for the next reader. */
#define KV_SPARES 32
/* Allocating ahead is done in steps of at least this, to be rarely done. */
#define KV_RESERVE_STEP ((size_t)1 << 20)

/* Names on disk; docs/formats.md. */
static const char *const space_names[KV_SPACES] = {
    [KV_META] = "meta",
    [KV_PERSON] = "person",
    [KV_ACCOUNT] = "account",
    [KV_ADDRESS] = "address",
    [KV_BLIND] = "blind",
    [KV_RELATION] = "relation",
    [KV_THREAD] = "thread",
    [KV_MEMBER] = "member",
    [KV_BLOCK] = "block",
    [KV_SLOT] = "slot",
    [KV_SESSION] = "session",
    [KV_ENTRY] = "entry",
    [KV_OUTBOX] = "outbox",
    [KV_IDEM] = "idem",
    [KV_AUDIT] = "audit",
    [KV_DRAFT] = "draft",
    [KV_PICTURE] = "picture",
    [KV_ATTACHMENT] = "attachment",
};

struct kv {
	MDB_env *env;
	MDB_dbi dbi[KV_SPACES];
	bool has[KV_SPACES];
	size_t page;
	size_t map_size;
	size_t reserved_to; /* file offset up to which disk is allocated */
	atomic_bool no_fallocate;
	int lock_fd;
	pthread_mutex_t lock; /* guards the spares */
	struct kv_txn *spare;
	size_t spares;
};

struct kv_txn {
	struct kv *kv;
	MDB_txn *txn;
	bool write;
	int err;
	uint64_t changes;
	struct kv_txn *next;
};

/* The only place that knows LMDB's errors. */
static int
kv_error(int rc)
{
	switch (rc) {
	case MDB_SUCCESS:
		return 0;
	case MDB_NOTFOUND:
		return KV_NOT_FOUND;
	case MDB_MAP_FULL:
		return KV_FULL;
	case MDB_KEYEXIST:
	case MDB_BAD_VALSIZE:
	case MDB_BAD_DBI:
	case MDB_BAD_TXN:
	case MDB_BAD_RSLOT:
	case MDB_INCOMPATIBLE:
		return -EINVAL;
	case MDB_TXN_FULL:
		return -E2BIG;
	case MDB_READERS_FULL:
		return -EAGAIN;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_PAGE_FULL:
	case MDB_CURSOR_FULL:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
		return -EUCLEAN;
	default:
		return rc > 0 ? -rc : -EIO;
	}
}

static MDB_val
to_val(struct kv_slice s)
{
	union {
		const void *in;
		void *out;
	} p = {.in = s.data};

	return (MDB_val){.mv_size = s.len, .mv_data = p.out};
}

static struct kv_slice
to_slice(MDB_val v)
{
	return (struct kv_slice){.data = v.mv_data, .len = v.mv_size};
}

static bool
key_fits(struct kv_slice key)
{
	return key.len > 0 && key.len <= KV_KEY_MAX;
}

/*
 * One process has the file. A record lock, because it neither outlives the
 * process nor passes to a child that is forked for other work.
 */
static int
take_lock(struct kv *kv, int dir_fd)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	kv->lock_fd = openat(dir_fd, "lock",
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
	if (kv->lock_fd < 0)
		return -errno;
	if (fcntl(kv->lock_fd, F_SETLK, &whole) == 0)
		return 0;
	return errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
}

static int
check_directory(struct kv *kv, const struct kv_options *opt)
{
	int fd = open(opt->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (!opt->create && faccessat(fd, "data.mdb", F_OK, 0) < 0)
		rc = -errno;
	if (rc == 0)
		rc = take_lock(kv, fd);
	(void)close(fd);
	return rc;
}

static int
open_env(struct kv *kv, const struct kv_options *opt)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	MDB_envinfo info;
	MDB_stat st;
	int dead, rc;

	rc = mdb_env_create(&kv->env);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(kv->env, KV_READERS);
	if (rc == 0)
		rc = mdb_env_set_maxdbs(kv->env, KV_SPACES);
	if (rc == 0)
		rc = mdb_env_set_mapsize(
		    kv->env, (opt->map_size + page - 1) / page * page);
	if (rc == 0)
		rc = mdb_env_open(
		    kv->env, opt->directory, MDB_NOTLS, S_IRUSR | S_IWUSR);
	if (rc == 0)
		rc = mdb_reader_check(kv->env, &dead);
	if (rc == 0)
		rc = mdb_env_stat(kv->env, &st);
	if (rc == 0)
		rc = mdb_env_info(kv->env, &info);
	if (rc != 0)
		return kv_error(rc);
	kv->page = st.ms_psize;
	kv->map_size = info.me_mapsize;
	return 0;
}

/* Opens the spaces that are there, or with CREATE all. */
static int
open_spaces(struct kv *kv, bool create)
{
	bool has[KV_SPACES];
	MDB_txn *txn;
	int rc;

	memcpy(has, kv->has, sizeof(has));
	rc = mdb_txn_begin(kv->env, NULL, create ? 0 : MDB_RDONLY, &txn);
	if (rc != 0)
		return kv_error(rc);
	for (size_t i = 0; i < KV_SPACES; i++) {
		if (has[i])
			continue;
		rc = mdb_dbi_open(
		    txn, space_names[i], create ? MDB_CREATE : 0, &kv->dbi[i]);
		if (rc == MDB_NOTFOUND)
			continue;
		if (rc != 0) {
			mdb_txn_abort(txn);
			return kv_error(rc);
		}
		has[i] = true;
	}
	rc = mdb_txn_commit(txn);
	if (rc == 0)
		memcpy(kv->has, has, sizeof(has));
	return kv_error(rc);
}

int
kv_make_spaces(struct kv *kv)
{
	for (size_t i = 0; i < KV_SPACES; i++) {
		if (!kv->has[i])
			return open_spaces(kv, true);
	}
	return 0;
}

int
kv_open(const struct kv_options *opt, struct kv **kv_r)
{
	PN_CLEANUP(kv_close) struct kv *kv = calloc(1, sizeof(*kv));
	int rc;

	if (kv == NULL)
		return -ENOMEM;
	kv->lock_fd = -1;
	rc = pthread_mutex_init(&kv->lock, NULL);
	if (rc != 0)
		return -rc;
	rc = check_directory(kv, opt);
	if (rc == 0)
		rc = open_env(kv, opt);
	if (rc == 0)
		rc = open_spaces(kv, false);
	if (rc == 0 && opt->create)
		rc = kv_make_spaces(kv);
	if (rc == 0 && opt->create)
		rc = dir_sync(opt->directory);
	if (rc != 0)
		return rc;
	*kv_r = kv;
	kv = NULL;
	return 0;
}

void
kv_close(struct kv **kv_p)
{
	struct kv *kv = *kv_p;

	if (kv == NULL)
		return;
	while (kv->spare != NULL) {
		struct kv_txn *t = kv->spare;

		kv->spare = t->next;
		mdb_txn_abort(t->txn);
		free(t);
	}
	if (kv->env != NULL)
		mdb_env_close(kv->env);
	if (kv->lock_fd >= 0)
		(void)close(kv->lock_fd);
	(void)pthread_mutex_destroy(&kv->lock);
	free(kv);
	*kv_p = NULL;
}

size_t
kv_used(struct kv *kv)
{
	MDB_envinfo info;

	if (mdb_env_info(kv->env, &info) != 0)
		return 0;
	return (info.me_last_pgno + 1) * kv->page;
}

static int
reserve_by_statvfs(int fd, size_t bytes)
{
	struct statvfs vfs;

	if (fstatvfs(fd, &vfs) < 0)
		return -errno;
	return vfs.f_bavail < bytes / vfs.f_frsize + 1 ? KV_FULL : 0;
}

static int
allocate(int fd, size_t from, size_t to)
{
	int rc;

	do
		rc = fallocate(
		    fd, FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)(to - from));
	while (rc < 0 && errno == EINTR);
	if (rc == 0)
		return 0;
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		return KV_FULL;
	return -errno;
}

int
kv_reserve(struct kv *kv, size_t bytes)
{
	size_t step = bytes / 4 < KV_RESERVE_STEP ? KV_RESERVE_STEP : bytes / 4;
	size_t used = kv_used(kv);
	mdb_filehandle_t fd; /* LMDB's own: nothing here to close */
	int rc;

	if (bytes == 0)
		return 0;
	if (used > kv->map_size || bytes > kv->map_size - used)
		return KV_FULL;
	rc = mdb_env_get_fd(kv->env, &fd);
	if (rc != 0)
		return kv_error(rc);
	if (kv->no_fallocate)
		return reserve_by_statvfs(fd, bytes);
	if (used + bytes <= kv->reserved_to)
		return 0;
	step += bytes;
	rc = allocate(fd, used, used + step);
	if (rc == KV_FULL) {
		step = bytes;
		rc = allocate(fd, used, used + step);
	}
	if (rc == -EOPNOTSUPP || rc == -ENOSYS) {
		kv->no_fallocate = true;
		return reserve_by_statvfs(fd, bytes);
	}
	if (rc == 0)
		kv->reserved_to = used + step;
	return rc;
}

int
kv_room(struct kv *kv, size_t bytes)
{
	mdb_filehandle_t fd;
	int rc;

	if (!kv->no_fallocate)
		return 0;
	rc = mdb_env_get_fd(kv->env, &fd);
	return rc != 0 ? kv_error(rc) : reserve_by_statvfs(fd, bytes);
}

static struct kv_txn *
take_spare(struct kv *kv)
{
	struct kv_txn *t;

	(void)pthread_mutex_lock(&kv->lock);
	t = kv->spare;
	if (t != NULL) {
		kv->spare = t->next;
		kv->spares--;
	}
	(void)pthread_mutex_unlock(&kv->lock);
	return t;
}

static bool
give_spare(struct kv *kv, struct kv_txn *t)
{
	bool kept = false;

	(void)pthread_mutex_lock(&kv->lock);
	if (kv->spares < KV_SPARES) {
		t->next = kv->spare;
		kv->spare = t;
		kv->spares++;
		kept = true;
	}
	(void)pthread_mutex_unlock(&kv->lock);
	return kept;
}

int
kv_begin(struct kv *kv, bool write, struct kv_txn **txn_r)
{
	struct kv_txn *t = write ? NULL : take_spare(kv);
	int rc;

	if (t != NULL) {
		rc = mdb_txn_renew(t->txn);
		if (rc != 0) {
			mdb_txn_abort(t->txn);
			free(t);
			return kv_error(rc);
		}
		t->err = 0;
		t->changes = 0;
		*txn_r = t;
		return 0;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return -ENOMEM;
	t->kv = kv;
	t->write = write;
	rc = mdb_txn_begin(kv->env, NULL, write ? 0 : MDB_RDONLY, &t->txn);
	if (rc != 0) {
		free(t);
		return kv_error(rc);
	}
	*txn_r = t;
	return 0;
}

int
kv_commit(struct kv_txn **txn_p)
{
	struct kv_txn *t = *txn_p;
	int rc = t->err;

	if (rc != 0 || !t->write) {
		kv_abort(txn_p);
		return rc;
	}
	rc = kv_error(mdb_txn_commit(t->txn));
	free(t);
	*txn_p = NULL;
	return rc;
}

void
kv_abort(struct kv_txn **txn_p)
{
	struct kv_txn *t = *txn_p;

	if (t == NULL)
		return;
	*txn_p = NULL;
	if (!t->write) {
		mdb_txn_reset(t->txn);
		if (give_spare(t->kv, t))
			return;
	}
	mdb_txn_abort(t->txn);
	free(t);
}

uint64_t
kv_changes(const struct kv_txn *t)
{
	return t->changes;
}

int
kv_get(struct kv_txn *t, enum kv_space space, struct kv_slice key,
    struct kv_slice *val_r)
{
	MDB_val k = to_val(key), v;
	int rc;

	if (t->err != 0)
		return t->err;
	if (!key_fits(key))
		return -EINVAL;
	if (!t->kv->has[space])
		return KV_NOT_FOUND;
	rc = mdb_get(t->txn, t->kv->dbi[space], &k, &v);
	if (rc == 0)
		*val_r = to_slice(v);
	return kv_error(rc);
}

/* True when a change may be tried; counts it. */
static bool
may_change(struct kv_txn *t, enum kv_space space, struct kv_slice key)
{
	t->changes++;
	if (t->err == 0 && (!t->write || !key_fits(key) || !t->kv->has[space]))
		t->err = -EINVAL;
	return t->err == 0;
}

static void
put(struct kv_txn *t, enum kv_space space, struct kv_slice key,
    struct kv_slice val, unsigned flags)
{
	MDB_val k = to_val(key), v = to_val(val);
	int rc;

	if (!may_change(t, space, key))
		return;
	rc = mdb_put(t->txn, t->kv->dbi[space], &k, &v, flags);
	/* a large transaction spills pages to disk before its commit */
	t->err = rc == ENOSPC ? KV_FULL : kv_error(rc);
}

void
kv_put(struct kv_txn *t, enum kv_space space, struct kv_slice key,
    struct kv_slice val)
{
	put(t, space, key, val, 0);
}

void
kv_append(struct kv_txn *t, enum kv_space space, struct kv_slice key,
    struct kv_slice val)
{
	put(t, space, key, val, MDB_APPEND);
}

void
kv_del(struct kv_txn *t, enum kv_space space, struct kv_slice key)
{
	MDB_val k = to_val(key);
	int rc;

	if (!may_change(t, space, key))
		return;
	rc = mdb_del(t->txn, t->kv->dbi[space], &k, NULL);
	if (rc != MDB_NOTFOUND)
		t->err = rc == ENOSPC ? KV_FULL : kv_error(rc);
}

static int
compare(struct kv_slice a, MDB_val b)
{
	size_t shorter = a.len < b.mv_size ? a.len : b.mv_size;
	int d = memcmp(a.data, b.mv_data, shorter);

	if (d != 0)
		return d;
	return a.len < b.mv_size ? -1 : a.len > b.mv_size;
}

/* Places the cursor on the first row of the walk. */
static int
scan_start(
    MDB_cursor *cur, const struct kv_range *range, MDB_val *k, MDB_val *v)
{
	int rc;

	if (!range->backward) {
		if (range->from.len == 0)
			return mdb_cursor_get(cur, k, v, MDB_FIRST);
		*k = to_val(range->from);
		return mdb_cursor_get(cur, k, v, MDB_SET_RANGE);
	}
	if (range->to.len == 0)
		return mdb_cursor_get(cur, k, v, MDB_LAST);
	*k = to_val(range->to);
	rc = mdb_cursor_get(cur, k, v, MDB_SET_RANGE);
	if (rc == MDB_NOTFOUND)
		return mdb_cursor_get(cur, k, v, MDB_LAST);
	return rc != 0 ? rc : mdb_cursor_get(cur, k, v, MDB_PREV);
}

static bool
scan_ended(const struct kv_range *range, MDB_val k)
{
	if (range->backward)
		return range->from.len > 0 && compare(range->from, k) > 0;
	return range->to.len > 0 && compare(range->to, k) <= 0;
}

int
kv_scan(struct kv_txn *t, const struct kv_range *range,
    int (*each)(struct kv_slice key, struct kv_slice val, void *arg), void *arg)
{
	MDB_cursor *cur;
	MDB_val k, v;
	int rc, each_rc = 0;

	if (t->err != 0)
		return t->err;
	if (range->limit == 0)
		return -EINVAL;
	if (!t->kv->has[range->space])
		return 0;
	rc = mdb_cursor_open(t->txn, t->kv->dbi[range->space], &cur);
	if (rc != 0)
		return kv_error(rc);
	rc = scan_start(cur, range, &k, &v);
	for (size_t n = 0; rc == 0 && !scan_ended(range, k);) {
		each_rc = each(to_slice(k), to_slice(v), arg);
		if (each_rc != 0 || ++n == range->limit)
			break;
		rc = mdb_cursor_get(
		    cur, &k, &v, range->backward ? MDB_PREV : MDB_NEXT);
	}
	mdb_cursor_close(cur);
	if (each_rc != 0)
		return each_rc;
	return rc == MDB_NOTFOUND ? 0 : kv_error(rc);
}

int
kv_last(struct kv_txn *t, enum kv_space space, struct kv_slice *key_r)
{
	MDB_cursor *cur;
	MDB_val k, v;
	int rc;

	if (t->err != 0)
		return t->err;
	if (!t->kv->has[space])
		return KV_NOT_FOUND;
	rc = mdb_cursor_open(t->txn, t->kv->dbi[space], &cur);
	if (rc != 0)
		return kv_error(rc);
	rc = mdb_cursor_get(cur, &k, &v, MDB_LAST);
	mdb_cursor_close(cur);
	if (rc == 0)
		*key_r = to_slice(k);
	return kv_error(rc);
}

uint64_t
kv_count(struct kv_txn *t, enum kv_space space)
{
	MDB_stat st;

	if (t->err != 0 || !t->kv->has[space] ||
	    mdb_stat(t->txn, t->kv->dbi[space], &st) != 0)
		return 0;
	return st.ms_entries;
}
