/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Power loss. Messages, some with a sealed file, are posted through the writer
 * while every write and sync of the database and of the files is recorded;
 * then the disk is put together as it may look after the power went at any
 * moment: what was synced is there, of what was not, any part may be missing
 * or torn, and so may a file's name. Each such disk must open, verify (no row
 * without a whole file) and hold all that was acknowledged by then.
 *
 * POSTERN_STATES sets how many are tried (default 100). The controls leave
 * out syncs or acknowledge too early, and must be caught: a test that cannot
 * fail shows nothing.
 */

#include "config.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/fault/posting.h"
#include "tests/fault/recorder.h"
#include "tests/unit/run.h"

#define POSTS 400
#define IMAGE_MAX (16 * POSTING_MIB)
#define SEALED_MAX (POSTING_MIB / 4)
#define STATES 100
#define SECTOR 512
/* Without a sync the kernel still writes back what is this many old. */
#define WRITE_BACK 200

static struct place place;

/* The disk as it is before the first recorded write is BEFORE_R. */
static struct recording
record(uint8_t **before_r, size_t *len_r)
{
	struct posting p = {.count = POSTS, .ack = recorder_ack};

	posting_make(&place);
	*before_r = calloc(1, IMAGE_MAX);
	ck_assert_ptr_nonnull(*before_r);
	*len_r = place_read(&place, "data.mdb", *before_r, IMAGE_MAX);
	recorder_start(place.path);
	posting_run(&place, &p);
	return recorder_stop();
}

/* ---- losing power ---------------------------------------------------- */

/* Which promises the disk keeps. */
struct disk {
	bool keeps_fdatasync;
	bool keeps_dsync;
	bool keeps_fsync; /* of a sealed file */
	bool keeps_names; /* fsync of their directory */
	size_t early;     /* operations that acknowledgements run ahead */
};

struct image {
	uint8_t *data;
	size_t len;
	size_t max;
};

static void
apply(struct image *img, const struct op *op, size_t len)
{
	size_t end = (size_t)op->offset + len;

	ck_assert_uint_le(end, img->max);
	memcpy(img->data + op->offset, op->data, len);
	if (end > img->len)
		img->len = end;
}

/* Whether op I, not covered by a sync, is surely there at UPTO. */
static bool
is_kept(
    const struct disk *disk, const struct recording *r, size_t i, size_t upto)
{
	if (upto - i > WRITE_BACK &&
	    !(disk->keeps_fdatasync && disk->keeps_dsync))
		return true;
	/* the last one was still in flight */
	return disk->keeps_dsync && r->ops[i].synced && i + 1 < upto;
}

/* Of what nobody promised to keep: all, the beginning, or nothing. */
static void
apply_or_lose(struct image *img, const struct op *op)
{
	int fate = rand() % 10;

	if (fate < 4)
		apply(img, op, op->len);
	else if (fate < 6 && op->len > SECTOR)
		apply(img, op, (size_t)rand() % (op->len / SECTOR) * SECTOR);
}

/* ---- the sealed files ------------------------------------------------ */

/* The last op of KIND on FILE before UPTO, plus one; 0: none. */
static size_t
last_of(const struct recording *r, enum op_kind kind, size_t file, size_t upto)
{
	while (upto > 0 &&
	       (r->ops[upto - 1].kind != kind || r->ops[upto - 1].file != file))
		upto--;
	return upto;
}

static size_t
first_write(const struct recording *r, size_t file)
{
	size_t i = 0;

	while (r->ops[i].kind != OP_WRITE || r->ops[i].file != file)
		i++;
	return i;
}

static void
lose_file(const struct disk *disk, const struct recording *r, size_t file,
    size_t upto)
{
	static uint8_t data[SEALED_MAX];
	struct image img = {data, 0, sizeof(data)};
	size_t born = first_write(r, file), synced = 0, named = 0;
	size_t old = upto > WRITE_BACK ? upto - WRITE_BACK : 0;
	char name[64];

	if (disk->keeps_fsync)
		synced = last_of(r, OP_SYNC, file, upto);
	if (disk->keeps_names)
		named = last_of(r, OP_NAMES, 0, upto);
	if (born >= upto || (born >= named && born >= old && rand() % 10 < 5))
		return; /* not made yet, or its name is lost */
	memset(data, 0, sizeof(data));
	for (size_t i = born; i < upto; i++) {
		const struct op *op = &r->ops[i];

		if (op->kind != OP_WRITE || op->file != file)
			continue;
		if (i < synced || i < old)
			apply(&img, op, op->len);
		else
			apply_or_lose(&img, op);
	}
	(void)snprintf(
	    name, sizeof(name), "attachments/%s", r->names[file - 1]);
	place_write(&place, name, img.data, img.len);
}

static void
lose_files(const struct disk *disk, const struct recording *r, size_t upto)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/attachments", place.path);
	place_empty(path);
	for (size_t file = 1; file <= r->files; file++)
		lose_file(disk, r, file, upto);
}

/* ---- the database ---------------------------------------------------- */

/* BASE holds all before FROM, which the last sync covers. */
static void
lose_power(const struct disk *disk, const struct recording *r,
    struct image *base, size_t from, size_t upto)
{
	struct image img = {calloc(1, IMAGE_MAX), base->len, IMAGE_MAX};

	ck_assert_ptr_nonnull(img.data);
	memcpy(img.data, base->data, base->len);
	for (size_t i = from; i < upto; i++) {
		const struct op *op = &r->ops[i];

		if (op->kind != OP_WRITE || op->file != 0)
			continue;
		if (is_kept(disk, r, i, upto))
			apply(&img, op, op->len);
		else
			apply_or_lose(&img, op);
	}
	place_write(&place, "data.mdb", img.data, img.len);
	free(img.data);
}

static int
by_place(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static size_t
choose_moments(const struct recording *r, size_t **at_r)
{
	const char *wish = getenv("POSTERN_STATES");
	size_t n = wish == NULL ? STATES : strtoul(wish, NULL, 10);
	size_t *at = calloc(n, sizeof(*at));

	ck_assert(n > 0 && at != NULL);
	for (size_t i = 0; i < n; i++)
		at[i] = 1 + (size_t)rand() % r->count;
	qsort(at, n, sizeof(*at), by_place);
	*at_r = at;
	return n;
}

/* The greatest number that was acknowledged before UPTO. */
static uint64_t
acked_by(const struct recording *r, size_t upto)
{
	while (upto > 0) {
		if (upto-- <= r->count && r->ops[upto].kind == OP_ACK)
			return r->ops[upto].ack;
	}
	return 0;
}

/* Brings BASE to the last sync before UPTO; all before FROM is in it. */
static void
sync_base(
    const struct recording *r, struct image *base, size_t *from, size_t upto)
{
	size_t end = last_of(r, OP_SYNC, 0, upto);

	for (; *from < end; ++*from) {
		if (r->ops[*from].kind == OP_WRITE && r->ops[*from].file == 0)
			apply(base, &r->ops[*from], r->ops[*from].len);
	}
}

/* Tries every moment; SEEN counts the verdicts. */
static size_t
replay(const struct disk *disk, unsigned seen[static VERDICTS])
{
	struct image base = {.max = IMAGE_MAX};
	struct recording r = record(&base.data, &base.len);
	size_t *at, n, from = 0;

	ck_assert_uint_eq(r.acks, POSTS);
	ck_assert_uint_gt(r.writes, POSTS / POSTING_WINDOW);
	ck_assert_uint_gt(r.syncs, POSTS / POSTING_WINDOW / 2);
	ck_assert_uint_gt(r.files, POSTS / 8);
	n = choose_moments(&r, &at);
	for (size_t s = 0; s < n; s++) {
		if (disk->keeps_fdatasync)
			sync_base(&r, &base, &from, at[s]);
		lose_power(disk, &r, &base, from, at[s]);
		lose_files(disk, &r, at[s]);
		seen[posting_verdict(
		    &place, acked_by(&r, at[s] + disk->early))]++;
	}
	free(at);
	free(base.data);
	recording_fini(&r);
	return n;
}

/* ---- tests ----------------------------------------------------------- */

static void
setup(void)
{
	/* what the disk does is made up here: memory will do */
	place_make_in(
	    &place, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	srand(1);
}

static void
teardown(void)
{
	place_remove(&place);
}

static void
print(const char *what, size_t n, const unsigned seen[static VERDICTS])
{
	printf("%s: %zu states, %u unopenable, %u broken, %u lost\n", what, n,
	    seen[UNOPENABLE], seen[BROKEN], seen[LOST]);
}

START_TEST(what_was_acknowledged_is_there)
{
	struct disk disk = {.keeps_fdatasync = true,
	    .keeps_dsync = true,
	    .keeps_fsync = true,
	    .keeps_names = true};
	unsigned seen[VERDICTS] = {0};
	size_t n = replay(&disk, seen);

	print("synced", n, seen);
	ck_assert_uint_eq(seen[SOUND], n);
}
END_TEST

static const struct {
	const char *what;
	struct disk disk;
} controls[] = {
    {"data not synced",
	{.keeps_dsync = true, .keeps_fsync = true, .keeps_names = true}},
    {"nothing of the database synced",
	{.keeps_fsync = true, .keeps_names = true}},
    {"files not synced",
	{.keeps_fdatasync = true, .keeps_dsync = true, .keeps_names = true}},
    {"names not synced",
	{.keeps_fdatasync = true, .keeps_dsync = true, .keeps_fsync = true}},
    {"told early", {.keeps_fdatasync = true,
		       .keeps_dsync = true,
		       .keeps_fsync = true,
		       .keeps_names = true,
		       .early = 4 * POSTING_WINDOW}},
};

START_TEST(a_broken_promise_is_caught)
{
	unsigned seen[VERDICTS] = {0};
	size_t n = replay(&controls[_i].disk, seen);

	print(controls[_i].what, n, seen);
	ck_assert_uint_ge(n - seen[SOUND], n / 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("powerloss");
	TCase *tc = tcase_create("powerloss");

	tcase_set_timeout(tc, 3600);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_was_acknowledged_is_there);
	tcase_add_loop_test(
	    tc, a_broken_promise_is_caught, 0, (int)PN_ARRAY_LEN(controls));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
