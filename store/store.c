/* SPDX-License-Identifier: Apache-2.0 */

#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "store/dir.h"
#include "store/record.h"

#define MAP_DEFAULT ((size_t)64 << 30)

/* Where the sealed files are. */
#define ATTACHMENTS "attachments"

/* The row that says whose store this is and who may read it. */
#define META_STORE "store"
#define META_FORMAT 1
#define MAJOR 1

struct store {
	struct kv *kv;
	struct keyring *keyring;
	int attachments; /* descriptor of the directory */
	size_t reserve;
	void (*tell)(const struct news *news, size_t n, void *arg);
	void *arg;
	/* the writer's: they change in write transactions only */
	uint64_t next;
	struct news_list news;
};

struct store_txn {
	struct store *st;
	struct kv_txn *kv;
	bool write;
};

struct meta {
	struct id store_id;
	int64_t created;
};

static struct kv_slice
meta_key(void)
{
	return (struct kv_slice){META_STORE, sizeof(META_STORE) - 1};
}

static int
open_kv(const struct store_options *opt, bool create, struct kv **kv_r)
{
	struct kv_options o = {
	    .directory = opt->directory,
	    .map_size = opt->map_size == 0 ? MAP_DEFAULT : opt->map_size,
	    .create = create,
	};

	return kv_open(&o, kv_r);
}

/* ---- creating -------------------------------------------------------- */

static int
put_meta(struct kv *kv, const struct meta *m)
{
	kv_txn_auto struct kv_txn *txn = NULL;
	buf_auto struct buf row = {0};
	int rc;

	buf_init(&row, 64);
	buf_add_byte(&row, META_FORMAT);
	buf_add_u32(&row, MAJOR);
	record_add_id(&row, &m->store_id);
	buf_add_u64(&row, (uint64_t)m->created);
	rc = buf_error(&row);
	if (rc == 0)
		rc = kv_begin(kv, true, &txn);
	if (rc != 0)
		return rc;
	kv_put(txn, KV_META, meta_key(), (struct kv_slice){row.data, row.len});
	return kv_commit(&txn);
}

static int
make_directory(const char *path)
{
	if (mkdir(path, S_IRWXU) == 0)
		return dir_sync_parent(path);
	return errno == EEXIST ? 0 : -errno;
}

/*
 * Opens the directory of the sealed files; makes it for a new store, for one
 * of an older program, and where a backup had none. Its name is synced in any
 * case: whoever made it may have come no further.
 */
static int
open_attachments(const char *directory, int *fd_r)
{
	int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (dir < 0)
		return -errno;
	if ((mkdirat(dir, ATTACHMENTS, S_IRWXU) != 0 && errno != EEXIST) ||
	    fsync(dir) != 0)
		rc = -errno;
	if (rc == 0) {
		*fd_r = openat(dir, ATTACHMENTS,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		rc = *fd_r < 0 ? -errno : 0;
	}
	(void)close(dir);
	return rc;
}

static bool
has_file(const char *directory, const char *name)
{
	int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool has;

	if (dir < 0)
		return false;
	has = faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	(void)close(dir);
	return has;
}

/* Takes back what a failed creation has made, and only that. */
static void
remove_files(const char *directory)
{
	static const char *const names[] = {
	    "keyring", "data.mdb", "lock.mdb", "lock"};
	int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return;
	for (size_t i = 0; i < PN_ARRAY_LEN(names); i++)
		(void)unlinkat(dir, names[i], 0);
	(void)unlinkat(dir, ATTACHMENTS, AT_REMOVEDIR); /* if empty */
	(void)close(dir);
}

static int
create_database(
    const struct store_options *opt, const uint8_t mk[static KEYRING_KEY_LEN])
{
	PN_CLEANUP(keyring_close) struct keyring *k = NULL;
	PN_CLEANUP(kv_close) struct kv *kv = NULL;
	struct meta m = {.created = clock_now()};
	int attachments;
	int rc;

	rc = keyring_open(opt->directory, mk, 0, &k);
	if (rc == 0)
		rc = open_kv(opt, true, &kv);
	if (rc != 0)
		return rc;
	rc = open_attachments(opt->directory, &attachments);
	if (rc != 0)
		return rc;
	(void)close(attachments);
	m.store_id = *keyring_store_id(k);
	return put_meta(kv, &m);
}

int
store_create(const struct store_options *opt,
    const uint8_t mk[static KEYRING_KEY_LEN],
    char recovery_r[static KEYRING_RECOVERY_TEXT])
{
	int rc = make_directory(opt->directory);

	if (rc != 0)
		return rc;
	if (has_file(opt->directory, "data.mdb"))
		return -EEXIST;
	rc = keyring_create(opt->directory, mk, recovery_r);
	if (rc != 0)
		return rc;
	rc = create_database(opt, mk);
	if (rc != 0)
		remove_files(opt->directory);
	return rc;
}

/* ---- opening --------------------------------------------------------- */

static int
get_meta(struct kv *kv, struct meta *m)
{
	kv_txn_auto struct kv_txn *txn = NULL;
	struct kv_slice val;
	struct record r;
	uint32_t major;
	uint8_t tag;
	int rc = kv_begin(kv, false, &txn);

	if (rc == 0)
		rc = kv_get(txn, KV_META, meta_key(), &val);
	if (rc != 0)
		return rc == KV_NOT_FOUND ? RECORD_CORRUPT : rc;
	record_open(&r, val, META_FORMAT);
	major = record_u32(&r);
	if (record_error(&r) == 0 && major > MAJOR)
		return RECORD_NEWER;
	m->store_id = record_id(&r);
	m->created = record_i64(&r);
	while (record_field(&r, &tag, &val))
		record_unknown(&r, tag, val, NULL);
	if (record_error(&r) == 0 && major == 0)
		return RECORD_CORRUPT;
	return record_error(&r);
}

static int
last_number(struct kv_txn *txn, enum kv_space space, uint64_t *n_r)
{
	struct kv_slice key;
	struct record r;
	int rc = kv_last(txn, space, &key);

	*n_r = 0;
	if (rc != 0)
		return rc == KV_NOT_FOUND ? 0 : rc;
	r = (struct record){.at = key.data, .left = key.len};
	*n_r = record_u64(&r);
	return record_error(&r) != 0 || r.left != 0 || *n_r == UINT64_MAX
		   ? RECORD_CORRUPT
		   : 0;
}

/* The next number follows the greatest that any numbered space holds. */
static int
find_next(struct store *st)
{
	static const enum kv_space numbered[] = {
	    KV_ENTRY, KV_OUTBOX, KV_IDEM, KV_AUDIT};
	kv_txn_auto struct kv_txn *txn = NULL;
	int rc = kv_begin(st->kv, false, &txn);

	st->next = 1;
	for (size_t i = 0; rc == 0 && i < PN_ARRAY_LEN(numbered); i++) {
		uint64_t last;

		rc = last_number(txn, numbered[i], &last);
		if (rc == 0 && last >= st->next)
			st->next = last + 1;
	}
	return rc;
}

/* Nothing is written before it is sure that this program may. */
static int
open_both(struct store *st, const struct store_options *opt,
    const uint8_t mk[static KEYRING_KEY_LEN])
{
	struct meta m;
	int rc = open_kv(opt, false, &st->kv);

	if (rc == 0)
		rc = get_meta(st->kv, &m);
	if (rc == 0)
		rc = keyring_open(opt->directory, mk, 0, &st->keyring);
	if (rc != 0)
		return rc;
	if (!id_equal(&m.store_id, keyring_store_id(st->keyring)))
		return KEYRING_CORRUPT;
	rc = kv_make_spaces(st->kv);
	if (rc == 0)
		rc = open_attachments(opt->directory, &st->attachments);
	if (rc == 0)
		rc = keyring_renew(st->keyring, opt->directory, clock_now());
	return rc;
}

int
store_open(const struct store_options *opt,
    const uint8_t mk[static KEYRING_KEY_LEN], struct store **st_r)
{
	PN_CLEANUP(store_close) struct store *st = calloc(1, sizeof(*st));
	int rc;

	if (st == NULL)
		return -ENOMEM;
	st->attachments = -1;
	st->reserve = opt->reserve;
	rc = open_both(st, opt, mk);
	if (rc == 0)
		rc = find_next(st);
	if (rc != 0)
		return rc;
	*st_r = st;
	st = NULL;
	return 0;
}

void
store_close(struct store **st_p)
{
	struct store *st = *st_p;

	if (st == NULL)
		return;
	kv_close(&st->kv);
	keyring_close(&st->keyring);
	if (st->attachments >= 0)
		(void)close(st->attachments);
	news_list_fini(&st->news);
	free(st);
	*st_p = NULL;
}

const struct keyring *
store_keyring(const struct store *st)
{
	return st->keyring;
}

int
store_attachments(const struct store *st)
{
	return st->attachments;
}

size_t
store_used(struct store *st)
{
	return kv_used(st->kv);
}

int
store_reserve(struct store *st)
{
	return kv_reserve(st->kv, st->reserve);
}

int
store_room(const struct store *st, size_t len)
{
	return st->reserve == 0 ? 0 : kv_room(st->kv, st->reserve + len);
}

/* ---- transactions ---------------------------------------------------- */

int
store_begin(struct store *st, bool write, struct store_txn **txn_r)
{
	struct store_txn *txn = malloc(sizeof(*txn));
	int rc;

	if (txn == NULL)
		return -ENOMEM;
	txn->st = st;
	txn->write = write;
	rc = kv_begin(st->kv, write, &txn->kv);
	if (rc != 0) {
		free(txn);
		return rc;
	}
	*txn_r = txn;
	return 0;
}

int
store_commit(struct store_txn **txn_p)
{
	struct store *st = (*txn_p)->st;
	bool write = (*txn_p)->write;
	int rc = kv_commit(&(*txn_p)->kv);

	free(*txn_p);
	*txn_p = NULL;
	if (!write)
		return rc;
	if (rc == 0 && st->news.n > 0)
		st->tell(st->news.items, st->news.n, st->arg);
	news_list_clear(&st->news);
	return rc;
}

void
store_abort(struct store_txn **txn_p)
{
	if (*txn_p == NULL)
		return;
	if ((*txn_p)->write)
		news_list_clear(&(*txn_p)->st->news);
	kv_abort(&(*txn_p)->kv);
	free(*txn_p);
	*txn_p = NULL;
}

struct kv_txn *
store_kv(struct store_txn *txn)
{
	return txn->kv;
}

const struct keyring *
store_txn_keyring(const struct store_txn *txn)
{
	return txn->st->keyring;
}

uint64_t
store_number(struct store_txn *txn)
{
	return txn->st->next++;
}

uint64_t
store_changes(const struct store_txn *txn)
{
	return kv_changes(txn->kv);
}

uint64_t
store_count(struct store_txn *txn, enum kv_space space)
{
	return kv_count(txn->kv, space);
}

/* ---- news ------------------------------------------------------------ */

void
store_watch(struct store *st,
    void (*tell)(const struct news *news, size_t n, void *arg), void *arg)
{
	st->tell = tell;
	st->arg = arg;
}

int
store_news(struct store_txn *txn, const struct id *thread, struct news **news_r)
{
	*news_r = NULL;
	if (txn->st->tell == NULL)
		return 0;
	return news_list_get(&txn->st->news, thread, news_r);
}
