/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "store/kv.h"
#include "tests/unit/place.h"
#include "tests/unit/run.h"

#define MIB ((size_t)1 << 20)

static struct place place;
static struct kv *kv;

/* What the linker puts in fallocate()'s place. */
static int fallocate_errno;
static unsigned fallocate_calls;
int __real_fallocate(int fd, int mode, off_t offset, off_t len);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t len);

int
__wrap_fallocate(int fd, int mode, off_t offset, off_t len)
{
	fallocate_calls++;
	if (fallocate_errno != 0) {
		errno = fallocate_errno;
		return -1;
	}
	return __real_fallocate(fd, mode, offset, len);
}

static struct kv_slice
text(const char *s)
{
	return (struct kv_slice){.data = s, .len = strlen(s)};
}

static int
reopen(size_t map_size, bool create)
{
	struct kv_options opt = {
	    .directory = place.path, .map_size = map_size, .create = create};

	kv_close(&kv);
	return kv_open(&opt, &kv);
}

static void
setup(void)
{
	place_make(&place);
	fallocate_errno = 0;
	fallocate_calls = 0;
	ck_assert_int_eq(reopen(64 * MIB, true), 0);
}

static void
teardown(void)
{
	kv_close(&kv);
	place_remove(&place);
}

static struct kv_txn *
begin(bool write)
{
	struct kv_txn *t = NULL;

	ck_assert_int_eq(kv_begin(kv, write, &t), 0);
	return t;
}

static void
put_all(const char *const *keys, size_t n)
{
	struct kv_txn *t = begin(true);

	for (size_t i = 0; i < n; i++)
		kv_put(t, KV_BLIND, text(keys[i]), text("v"));
	ck_assert_int_eq(kv_commit(&t), 0);
	ck_assert_ptr_null(t);
}

static void
has(struct kv_txn *t, const char *key, const char *want)
{
	struct kv_slice val;
	int rc = kv_get(t, KV_META, text(key), &val);

	if (want == NULL) {
		ck_assert_int_eq(rc, KV_NOT_FOUND);
		return;
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(val.len, strlen(want));
	ck_assert_mem_eq(val.data, want, val.len);
}

START_TEST(keeps_what_was_committed)
{
	struct kv_txn *t = begin(true);

	kv_put(t, KV_META, text("a"), text("1"));
	kv_put(t, KV_META, text("b"), text(""));
	kv_put(t, KV_META, text("a"), text("2"));
	kv_del(t, KV_META, text("nothing"));
	has(t, "a", "2");
	ck_assert_uint_eq(kv_changes(t), 4);
	ck_assert_int_eq(kv_commit(&t), 0);

	t = begin(true);
	kv_put(t, KV_META, text("c"), text("3"));
	kv_del(t, KV_META, text("b"));
	kv_abort(&t);

	ck_assert_int_eq(reopen(64 * MIB, false), 0);
	t = begin(false);
	has(t, "a", "2");
	has(t, "b", "");
	has(t, "c", NULL);
	ck_assert_uint_eq(kv_count(t, KV_META), 2);
	ck_assert_uint_eq(kv_count(t, KV_AUDIT), 0);
	kv_abort(&t);
}
END_TEST

START_TEST(readers_see_their_moment)
{
	struct kv_txn *r[100], *w = begin(true);

	kv_put(w, KV_META, text("a"), text("1"));
	ck_assert_int_eq(kv_commit(&w), 0);
	for (size_t i = 0; i < PN_ARRAY_LEN(r); i++)
		r[i] = begin(false);
	w = begin(true);
	kv_put(w, KV_META, text("a"), text("2"));
	ck_assert_int_eq(kv_commit(&w), 0);
	for (size_t i = 0; i < PN_ARRAY_LEN(r); i++)
		has(r[i], "a", "1");
	for (size_t i = 0; i < PN_ARRAY_LEN(r); i++)
		kv_abort(&r[i]);
	/* used again, they must not remember */
	for (size_t i = 0; i < PN_ARRAY_LEN(r); i++) {
		r[i] = begin(false);
		has(r[i], "a", "2");
	}
	for (size_t i = 0; i < PN_ARRAY_LEN(r); i++)
		ck_assert_int_eq(kv_commit(&r[i]), 0);
}
END_TEST

/* ---- readers beside the writer --------------------------------------- */

#define ROUNDS 2000

/* Two rows are always changed together. */
static void *
read_pairs(void *arg)
{
	bool *torn = arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct kv_txn *t = NULL;
		struct kv_slice a, b;

		if (kv_begin(kv, false, &t) != 0 ||
		    kv_get(t, KV_META, text("a"), &a) != 0 ||
		    kv_get(t, KV_META, text("b"), &b) != 0 || a.len != b.len ||
		    memcmp(a.data, b.data, a.len) != 0)
			*torn = true;
		kv_abort(&t);
	}
	return NULL;
}

START_TEST(readers_and_the_writer_run_together)
{
	bool torn[4] = {false};
	pthread_t readers[4];

	for (unsigned i = 0; i < 100; i++) {
		struct kv_txn *t = begin(true);
		struct kv_slice val = {&i, sizeof(i)};

		kv_put(t, KV_META, text("a"), val);
		kv_put(t, KV_META, text("b"), val);
		ck_assert_int_eq(kv_commit(&t), 0);
		for (size_t r = 0; i == 0 && r < 4; r++)
			ck_assert_int_eq(pthread_create(&readers[r], NULL,
					     read_pairs, &torn[r]),
			    0);
	}
	for (size_t r = 0; r < 4; r++) {
		ck_assert_int_eq(pthread_join(readers[r], NULL), 0);
		ck_assert(!torn[r]);
	}
}
END_TEST

static char long_key[KV_KEY_MAX + 2];

enum misuse {
	MISUSE_EMPTY_KEY,
	MISUSE_LONG_KEY,
	MISUSE_APPEND_BELOW,
	MISUSE_APPEND_SAME,
	MISUSE_KINDS,
};

static void
misuse(struct kv_txn *t, enum misuse kind)
{
	switch (kind) {
	case MISUSE_EMPTY_KEY:
		kv_put(t, KV_META, text(""), text("x"));
		break;
	case MISUSE_LONG_KEY:
		memset(long_key, 'k', KV_KEY_MAX + 1);
		kv_put(t, KV_META, text(long_key), text("x"));
		break;
	case MISUSE_APPEND_BELOW:
		kv_append(t, KV_META, text("b"), text("x"));
		break;
	default:
		kv_append(t, KV_META, text("m"), text("x"));
		break;
	}
}

START_TEST(an_error_sticks_and_nothing_is_kept)
{
	struct kv_slice val;
	struct kv_txn *t = begin(true);

	kv_append(t, KV_META, text("m"), text("1"));
	ck_assert_int_eq(kv_commit(&t), 0);
	t = begin(true);
	kv_put(t, KV_META, text("z"), text("1"));
	misuse(t, (enum misuse)_i);
	kv_put(t, KV_META, text("zz"), text("1"));
	ck_assert_int_eq(kv_get(t, KV_META, text("z"), &val), -EINVAL);
	ck_assert_int_eq(kv_last(t, KV_META, &val), -EINVAL);
	ck_assert_uint_eq(kv_changes(t), 3);
	ck_assert_int_eq(kv_commit(&t), -EINVAL);
	ck_assert_ptr_null(t);

	t = begin(true);
	has(t, "m", "1");
	has(t, "z", NULL);
	has(t, "zz", NULL);
	kv_append(t, KV_META, text("n"), text("2"));
	ck_assert_int_eq(kv_commit(&t), 0);
}
END_TEST

START_TEST(a_reader_cannot_put)
{
	struct kv_txn *t = begin(false);

	kv_put(t, KV_META, text("a"), text("1"));
	ck_assert_int_eq(kv_commit(&t), -EINVAL);
	/* nor does the next one inherit the error */
	t = begin(false);
	has(t, "a", NULL);
	kv_abort(&t);
}
END_TEST

START_TEST(the_longest_key_fits)
{
	struct kv_txn *t = begin(true);
	struct kv_slice key;

	memset(long_key, 'k', KV_KEY_MAX);
	long_key[KV_KEY_MAX] = '\0';
	kv_put(t, KV_META, text(long_key), text("x"));
	ck_assert_int_eq(kv_last(t, KV_META, &key), 0);
	ck_assert_uint_eq(key.len, KV_KEY_MAX);
	ck_assert_int_eq(kv_last(t, KV_AUDIT, &key), KV_NOT_FOUND);
	ck_assert_int_eq(kv_commit(&t), 0);
}
END_TEST

/* Rows of the walk: a b bb c d */
static const struct {
	const char *from, *to;
	bool backward;
	size_t limit;
	const char *want;
} walks[] = {
    {"", "", false, 9, "a b bb c d "},
    {"", "", false, 2, "a b "},
    {"b", "", false, 9, "b bb c d "},
    {"ba", "", false, 9, "bb c d "},
    {"", "c", false, 9, "a b bb "},
    {"b", "bb", false, 9, "b "},
    {"b", "b", false, 9, ""},
    {"c", "b", false, 9, ""},
    {"e", "", false, 9, ""},
    {"d", "", false, 1, "d "},
    {"", "", true, 9, "d c bb b a "},
    {"", "", true, 2, "d c "},
    {"b", "", true, 9, "d c bb b "},
    {"", "c", true, 9, "bb b a "},
    {"", "ca", true, 9, "c bb b a "},
    {"", "z", true, 1, "d "},
    {"b", "c", true, 9, "bb b "},
    {"b", "b", true, 9, ""},
    {"", "a", true, 9, ""},
    {"e", "", true, 9, ""},
};

static int
add_key(struct kv_slice key, struct kv_slice val, void *arg)
{
	char *seen = arg;
	size_t len = strlen(seen);

	ck_assert_uint_eq(val.len, 1);
	memcpy(seen + len, key.data, key.len);
	memcpy(seen + len + key.len, " ", 2);
	return 0;
}

START_TEST(walks_go_where_they_are_told)
{
	static const char *const keys[] = {"d", "b", "a", "c", "bb"};
	struct kv_range range = {
	    .space = KV_BLIND,
	    .from = text(walks[_i].from),
	    .to = text(walks[_i].to),
	    .backward = walks[_i].backward,
	    .limit = walks[_i].limit,
	};
	char seen[64] = "";
	struct kv_txn *t;

	put_all(keys, PN_ARRAY_LEN(keys));
	t = begin(_i % 2 == 0);
	ck_assert_int_eq(kv_scan(t, &range, add_key, seen), 0);
	ck_assert_str_eq(seen, walks[_i].want);
	range.space = KV_AUDIT;
	ck_assert_int_eq(kv_scan(t, &range, add_key, seen), 0);
	ck_assert_str_eq(seen, walks[_i].want);
	kv_abort(&t);
}
END_TEST

static int
stop_at_b(struct kv_slice key, struct kv_slice val, void *arg)
{
	(void)val;
	(*(unsigned *)arg)++;
	return memcmp(key.data, "b", 1) == 0 ? 77 : 0;
}

START_TEST(a_walk_can_be_ended_and_must_be_bounded)
{
	static const char *const keys[] = {"a", "b", "c"};
	struct kv_range range = {.space = KV_BLIND, .limit = 9};
	unsigned n = 0;
	struct kv_txn *t;

	put_all(keys, PN_ARRAY_LEN(keys));
	t = begin(false);
	ck_assert_int_eq(kv_scan(t, &range, stop_at_b, &n), 77);
	ck_assert_uint_eq(n, 2);
	range.limit = 0;
	ck_assert_int_eq(kv_scan(t, &range, stop_at_b, &n), -EINVAL);
	kv_abort(&t);
}
END_TEST

START_TEST(numbers_are_appended_in_order)
{
	struct kv_txn *t = begin(true);
	struct kv_slice key;

	for (unsigned i = 0; i < 5000; i++) {
		uint8_t n[8] = {[6] = (uint8_t)(i >> 8), [7] = (uint8_t)i};

		kv_append(
		    t, KV_AUDIT, (struct kv_slice){n, sizeof(n)}, text("row"));
	}
	ck_assert_int_eq(kv_commit(&t), 0);
	t = begin(false);
	ck_assert_uint_eq(kv_count(t, KV_AUDIT), 5000);
	ck_assert_int_eq(kv_last(t, KV_AUDIT, &key), 0);
	ck_assert_mem_eq(key.data, "\0\0\0\0\0\0\x13\x87", 8);
	kv_abort(&t);
}
END_TEST

START_TEST(a_full_map_is_told_and_cured)
{
	static const uint8_t page[4000];
	struct kv_txn *t;
	unsigned n = 0;
	int rc;

	ck_assert_int_eq(reopen(MIB, false), 0);
	do {
		uint8_t key[2] = {(uint8_t)(n >> 8), (uint8_t)n};

		t = begin(true);
		kv_put(t, KV_ENTRY, (struct kv_slice){key, 2},
		    (struct kv_slice){page, sizeof(page)});
		rc = kv_commit(&t);
		ck_assert(rc == 0 || rc == KV_FULL);
	} while (rc == 0 && ++n < 1000);
	ck_assert_int_eq(rc, KV_FULL);
	ck_assert_int_eq(kv_reserve(kv, MIB / 16), KV_FULL);
	t = begin(false);
	ck_assert_uint_eq(kv_count(t, KV_ENTRY), n);
	kv_abort(&t);
	/* a larger map, and all goes on */
	ck_assert_int_eq(reopen(2 * MIB, false), 0);
	t = begin(true);
	kv_put(
	    t, KV_ENTRY, text("more"), (struct kv_slice){page, sizeof(page)});
	ck_assert_int_eq(kv_commit(&t), 0);
}
END_TEST

START_TEST(opening_asks_for_a_store)
{
	struct place empty;
	struct kv_options opt = {.directory = place.path, .map_size = MIB};
	struct kv *none = NULL;
	char junk[8192];

	place_make(&empty);
	opt.directory = empty.path;
	ck_assert_int_eq(kv_open(&opt, &none), -ENOENT);
	memset(junk, 'j', sizeof(junk));
	place_write(&empty, "data.mdb", junk, sizeof(junk));
	ck_assert_int_eq(kv_open(&opt, &none), -EUCLEAN);
	place_remove(&empty);
	ck_assert_int_eq(kv_open(&opt, &none), -ENOENT);
	opt.create = true;
	ck_assert_int_eq(kv_open(&opt, &none), -ENOENT);
	ck_assert_ptr_null(none);
}
END_TEST

START_TEST(files_are_for_their_owner_only)
{
	static const char *const names[] = {"data.mdb", "lock.mdb", "lock"};
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < PN_ARRAY_LEN(names); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s", place.path, names[i]);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_uint_eq(st.st_mode & 07777, 0600);
	}
}
END_TEST

/* Runs in a second process. */
static int
second_opener(void)
{
	struct kv_options opt = {.directory = place.path, .map_size = 64 * MIB};
	struct kv *second = NULL;
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(-kv_open(&opt, &second) & 0x7f);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(one_process_has_it)
{
	ck_assert_int_eq(second_opener(), EBUSY);
	kv_close(&kv);
	ck_assert_int_eq(second_opener(), 0);
}
END_TEST

static off_t
disk_bytes(off_t *size_r)
{
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/data.mdb", place.path);
	ck_assert_int_eq(stat(path, &st), 0);
	*size_r = st.st_size;
	return (off_t)st.st_blocks * 512;
}

START_TEST(room_is_allocated_ahead_and_rarely)
{
	off_t size, size_after;

	(void)disk_bytes(&size);
	ck_assert_int_eq(kv_reserve(kv, 0), 0);
	ck_assert_uint_eq(fallocate_calls, 0);
	ck_assert_int_eq(kv_reserve(kv, 8 * MIB), 0);
	ck_assert_int_ge(disk_bytes(&size_after), (off_t)(8 * MIB));
	ck_assert_int_eq(size, size_after);
	for (unsigned i = 0; i < 100; i++) {
		struct kv_txn *t = begin(true);

		kv_put(t, KV_META, text("a"), text("1"));
		ck_assert_int_eq(kv_commit(&t), 0);
		ck_assert_int_eq(kv_reserve(kv, 8 * MIB), 0);
	}
	ck_assert_uint_eq(fallocate_calls, 1);
	ck_assert_int_eq(kv_reserve(kv, 65 * MIB), KV_FULL);
}
END_TEST

static const struct {
	int err;
	size_t bytes;
	int want;
} refusals[] = {
    {ENOSPC, MIB, KV_FULL},
    {EDQUOT, MIB, KV_FULL},
    {EFBIG, MIB, KV_FULL},
    {EIO, MIB, -EIO},
    {EOPNOTSUPP, 1, 0},
    {ENOSYS, 1, 0},
};

START_TEST(a_refusal_is_told_and_passes)
{
	fallocate_errno = refusals[_i].err;
	ck_assert_int_eq(kv_reserve(kv, refusals[_i].bytes), refusals[_i].want);
	ck_assert_int_eq(kv_reserve(kv, refusals[_i].bytes), refusals[_i].want);
	fallocate_errno = 0;
	ck_assert_int_eq(kv_reserve(kv, refusals[_i].bytes), 0);
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, keeps_what_was_committed);
	tcase_add_test(tc, readers_see_their_moment);
	tcase_add_test(tc, readers_and_the_writer_run_together);
	tcase_add_loop_test(
	    tc, an_error_sticks_and_nothing_is_kept, 0, MISUSE_KINDS);
	tcase_add_test(tc, a_reader_cannot_put);
	tcase_add_test(tc, the_longest_key_fits);
	tcase_add_loop_test(
	    tc, walks_go_where_they_are_told, 0, (int)PN_ARRAY_LEN(walks));
	tcase_add_test(tc, a_walk_can_be_ended_and_must_be_bounded);
	tcase_add_test(tc, numbers_are_appended_in_order);
	tcase_add_test(tc, a_full_map_is_told_and_cured);
	tcase_add_test(tc, opening_asks_for_a_store);
	tcase_add_test(tc, files_are_for_their_owner_only);
	tcase_add_test(tc, one_process_has_it);
	tcase_add_test(tc, room_is_allocated_ahead_and_rarely);
	tcase_add_loop_test(
	    tc, a_refusal_is_told_and_passes, 0, (int)PN_ARRAY_LEN(refusals));
}

int
main(void)
{
	Suite *s = suite_create("kv");
	TCase *tc = tcase_create("kv");

	tcase_set_timeout(tc, 60);
	add_tests(tc);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
