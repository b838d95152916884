/* SPDX-License-Identifier: Apache-2.0 */

/* What is left of a file, by what the file child says of it. */

#include <stdlib.h>
#include <string.h>
#include "daemon/inspect/inspect.h"
#include "daemon/intake.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_store.h"

#define SIZE (3 * BLOB_CHUNK + 100)

struct children;

/* The linker's --wrap answers for the child. */
static struct inspect_verdict verdict;
static int answer;
static const uint8_t *shown;

int __wrap_inspect_ask(struct children *c, uint64_t size,
    int (*next)(void *arg, bool again, struct iovec *part_r), void *arg,
    struct inspect_verdict *v_r);

/* As a child that dies in the middle, and another that looks at all of it. */
int
__wrap_inspect_ask(struct children *c, uint64_t size,
    int (*next)(void *arg, bool again, struct iovec *part_r), void *arg,
    struct inspect_verdict *v_r)
{
	struct iovec part;
	uint64_t at = 0;

	(void)c;
	ck_assert_int_eq(next(arg, false, &part), 0);
	for (bool again = true;; again = false) {
		ck_assert_int_eq(next(arg, again, &part), 0);
		if (part.iov_len == 0)
			break;
		ck_assert_uint_le(at + part.iov_len, size);
		ck_assert_mem_eq(part.iov_base, shown + at, part.iov_len);
		at += part.iov_len;
	}
	ck_assert_uint_eq(at, size);
	*v_r = verdict;
	return answer;
}

/* ---- a file that was sent -------------------------------------------- */

struct scene {
	struct temp_store s;
	struct uploads *u;
	struct upload *up;
	struct intake in;
	struct id first; /* its file before it was looked at */
	uint8_t data[SIZE];
	uint8_t left[SIZE + 64];
	uint64_t left_len;
};

static struct scene *
scene_make(enum attachment_type type)
{
	struct scene *c = calloc(1, sizeof(*c));
	struct upload_wish wish = {
	    .person = {{1}}, .id = {{2}}, .type = type, .size = SIZE};

	ck_assert_ptr_nonnull(c);
	temp_make(&c->s);
	/* a prime: no two chunks are alike */
	for (size_t i = 0; i < SIZE; i++)
		c->data[i] = (uint8_t)(i % 251);
	ck_assert_int_eq(uploads_new(c->s.st, &c->u), 0);
	ck_assert_int_eq(uploads_take(c->u, &wish, &c->up), 0);
	ck_assert_int_eq(
	    blob_create(c->s.st, &c->up->file.id, &c->up->writer), 0);
	blob_key(c->up->writer, c->up->file.key);
	c->first = c->up->file.id;
	c->in = (struct intake){.st = c->s.st, .strip = true};
	verdict = (struct inspect_verdict){.kind = (uint8_t)type};
	answer = 0;
	shown = c->data;
	return c;
}

static int
finish(struct scene *c)
{
	uint64_t at = 0;

	for (; at + BLOB_CHUNK < SIZE; at += BLOB_CHUNK)
		ck_assert_int_eq(
		    blob_append(c->up->writer, c->data + at, BLOB_CHUNK, false),
		    0);
	c->up->received = at;
	return intake_finish(&c->in, c->up, c->data + at, SIZE - at);
}

static int
count_one(const struct id *id, void *arg)
{
	size_t *n = arg;

	(void)id;
	++*n;
	return 0;
}

static void
expect_files(const struct scene *c, size_t expected)
{
	size_t n = 0;

	ck_assert_int_eq(blob_each(c->s.st, count_one, &n), 0);
	ck_assert_uint_eq(n, expected);
}

/* All that is kept is C's left. */
static void
expect_left(const struct scene *c)
{
	struct blob_reader *b = NULL;
	uint8_t piece[BLOB_CHUNK];
	const struct attachment *f = &c->up->file;
	uint64_t at = 0;
	size_t len;

	ck_assert(c->up->complete && c->up->writer == NULL);
	ck_assert_uint_eq(f->size, c->left_len);
	ck_assert_uint_eq(c->up->received, f->size);
	ck_assert_int_eq(blob_open(c->s.st, &f->id, f->key, f->size, &b), 0);
	for (;;) {
		ck_assert_int_eq(blob_read(b, piece, &len), 0);
		if (len == 0)
			break;
		ck_assert_mem_eq(piece, c->left + at, len);
		at += len;
	}
	ck_assert_uint_eq(at, c->left_len);
	blob_reader_free(&b);
	expect_files(c, 1);
}

static void
scene_remove(struct scene *c)
{
	uploads_give(c->u, c->up);
	uploads_free(&c->u);
	expect_files(c, 0);
	temp_remove(&c->s);
	free(c);
}

/* ---- cuts ------------------------------------------------------------ */

static const struct {
	size_t n;
	struct inspect_cut cuts[4];
} cuts[] = {
    {1, {{0, 1}}},
    {1, {{SIZE - 1, 1}}},
    {2, {{0, 1}, {SIZE - 1, 1}}},
    {1, {{1, SIZE - 1}}},
    {1, {{0, SIZE - 1}}},
    {1, {{BLOB_CHUNK - 10, 10}}},
    {1, {{BLOB_CHUNK, 10}}},
    {1, {{BLOB_CHUNK - 5, 10}}},
    {1, {{BLOB_CHUNK - 1, 2}}},
    {1, {{BLOB_CHUNK, BLOB_CHUNK}}},
    {1, {{0, BLOB_CHUNK}}},
    {1, {{10, 2 * BLOB_CHUNK}}},
    {1, {{SIZE - 100, 100}}},
    {1, {{5, 100}}}, /* a whole number of chunks is left */
    {1, {{BLOB_CHUNK, SIZE - BLOB_CHUNK}}},
    {2, {{5, 5}, {10, 5}}},
    {2, {{BLOB_CHUNK - 5, 5}, {BLOB_CHUNK, 5}}},
    {4, {{1, 1}, {3, 1}, {5, 1}, {7, 1}}},
    {3, {{0, 7}, {BLOB_CHUNK * 2 - 1, 3}, {SIZE - 9, 9}}},
};

static void
leave_out(struct scene *c)
{
	size_t i = 0;

	for (size_t at = 0; at < SIZE; at++) {
		while (i < verdict.cuts_n &&
		       at >= verdict.cuts[i].at + verdict.cuts[i].len)
			i++;
		if (i == verdict.cuts_n || at < verdict.cuts[i].at)
			c->left[c->left_len++] = c->data[at];
	}
}

START_TEST(test_cuts)
{
	struct scene *c = scene_make(ATTACHMENT_PNG);

	verdict.cuts_n = (uint8_t)cuts[_i].n;
	memcpy(verdict.cuts, cuts[_i].cuts, sizeof(cuts[_i].cuts));
	leave_out(c);
	ck_assert_int_eq(finish(c), 0);
	expect_left(c);
	/* under another id, and so by another key */
	ck_assert(!id_equal(&c->first, &c->up->file.id));
	scene_remove(c);
}
END_TEST

START_TEST(test_most_cuts)
{
	struct scene *c = scene_make(ATTACHMENT_JPEG);

	for (uint64_t i = 0; i < INSPECT_CUTS; i++)
		verdict.cuts[i] = (struct inspect_cut){i * 3000 + 20, 2999};
	verdict.cuts_n = INSPECT_CUTS;
	leave_out(c);
	ck_assert_int_eq(finish(c), 0);
	expect_left(c);
	scene_remove(c);
}
END_TEST

/* Nothing to leave out, or nobody wants it left out: it stays as it is. */
START_TEST(test_no_cuts)
{
	struct scene *c = scene_make(ATTACHMENT_JPEG);

	verdict.orientation = 6;
	verdict.width = 30;
	verdict.height = 20;
	if (_i == 1) {
		c->in.strip = false;
		verdict.cuts_n = 1;
		verdict.cuts[0] = (struct inspect_cut){2, 10};
	}
	memcpy(c->left, c->data, SIZE);
	c->left_len = SIZE;
	ck_assert_int_eq(finish(c), 0);
	expect_left(c);
	ck_assert(id_equal(&c->first, &c->up->file.id));
	/* as it is seen */
	ck_assert_uint_eq(c->up->file.width, 20);
	ck_assert_uint_eq(c->up->file.height, 30);
	scene_remove(c);
}
END_TEST

/* Nobody wants anything left out; but that is no part of the picture. */
START_TEST(test_what_is_behind)
{
	struct scene *c = scene_make(ATTACHMENT_JPEG);

	c->in.strip = false;
	verdict.orientation = 6;
	verdict.cuts_n = 2;
	verdict.cuts[0] = (struct inspect_cut){20, 1000};
	verdict.cuts[1] =
	    (struct inspect_cut){BLOB_CHUNK + 7, SIZE - BLOB_CHUNK - 7};
	c->left_len = BLOB_CHUNK + 7;
	memcpy(c->left, c->data, c->left_len);
	ck_assert_int_eq(finish(c), 0);
	expect_left(c);
	scene_remove(c);
}
END_TEST

/* ---- how it is turned ------------------------------------------------ */

/* Marker, length, "Exif\0\0", a big-endian TIFF with one entry: orientation. */
static const uint8_t turned[] = {0xff, 0xe1, 0x00, 0x22, 0x45, 0x78, 0x69, 0x66,
    0x00, 0x00, 0x4d, 0x4d, 0x00, 0x2a, 0x00, 0x00, 0x00, 0x08, 0x00, 0x01,
    0x01, 0x12, 0x00, 0x03, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00};

static const struct {
	enum attachment_type type;
	uint8_t orientation;
	struct inspect_cut cut;
	bool put_back;
} turns[] = {
    {ATTACHMENT_JPEG, 0, {20, 1000}, false},
    {ATTACHMENT_JPEG, 1, {20, 1000}, false},
    {ATTACHMENT_JPEG, 2, {20, 1000}, true},
    {ATTACHMENT_JPEG, 6, {2, 1}, true},
    {ATTACHMENT_JPEG, 6, {20, 1000}, true},
    {ATTACHMENT_JPEG, 8, {20, 1000}, true},
    {ATTACHMENT_JPEG, 6, {20, BLOB_CHUNK}, true},
    {ATTACHMENT_JPEG, 6, {20, BLOB_CHUNK * 2 + 5}, true},
    {ATTACHMENT_JPEG, 6, {BLOB_CHUNK, 10}, true},
    {ATTACHMENT_JPEG, 6, {BLOB_CHUNK - 10, 20}, true},
    {ATTACHMENT_JPEG, 6, {BLOB_CHUNK - 1, 1}, true},
    {ATTACHMENT_JPEG, 6, {SIZE - 1, 1}, true},
    {ATTACHMENT_PNG, 6, {20, 1000}, false},
};

START_TEST(test_turns)
{
	struct scene *c = scene_make(turns[_i].type);
	const struct inspect_cut *cut = &turns[_i].cut;
	const bool sideways = turns[_i].orientation > 4;

	verdict.orientation = turns[_i].orientation;
	verdict.width = 30;
	verdict.height = 20;
	verdict.cuts_n = 1;
	verdict.cuts[0] = *cut;
	leave_out(c);
	if (turns[_i].put_back) {
		memmove(c->left + cut->at + sizeof(turned), c->left + cut->at,
		    c->left_len - cut->at);
		memcpy(c->left + cut->at, turned, sizeof(turned));
		c->left[cut->at + 29] = turns[_i].orientation;
		c->left_len += sizeof(turned);
	}
	ck_assert_int_eq(finish(c), 0);
	expect_left(c);
	ck_assert_uint_eq(c->up->file.width, sideways ? 20 : 30);
	ck_assert_uint_eq(c->up->file.height, sideways ? 30 : 20);
	scene_remove(c);
}
END_TEST

/* ---- what is not taken ----------------------------------------------- */

static const struct {
	enum inspect_refusal refusal;
	const char *reason;
} refusals[] = {
    {INSPECT_UNKNOWN, "unknown"},
    {INSPECT_BROKEN, "broken"},
    {INSPECT_ENCRYPTED, "encrypted"},
    {INSPECT_MACROS, "macros"},
    {INSPECT_PROGRAM, "program"},
    {INSPECT_PIXELS, "pixels"},
    {INSPECT_BOMB, "bomb"},
    {INSPECT_MIXED, "mixed"},
};

static void
expect_words(const struct scene *c, int code, const char *reason)
{
	ck_assert_str_eq(intake_reason(&c->in, code), reason);
	ck_assert_uint_gt(strlen(intake_words(&c->in, code)), 15);
	ck_assert(!c->up->complete);
}

START_TEST(test_refusals)
{
	struct scene *c = scene_make(ATTACHMENT_DOCX);

	verdict.refusal = (uint8_t)refusals[_i].refusal;
	verdict.kind = 0;
	ck_assert_int_eq(finish(c), INTAKE_REFUSED);
	expect_words(c, INTAKE_REFUSED, refusals[_i].reason);
	scene_remove(c);
}
END_TEST

START_TEST(test_mismatch)
{
	for (int type = ATTACHMENT_PDF; type <= ATTACHMENT_CSV; type++) {
		struct scene *c = scene_make((enum attachment_type)type);

		verdict.kind =
		    type == ATTACHMENT_PDF ? ATTACHMENT_CSV : ATTACHMENT_PDF;
		ck_assert_int_eq(finish(c), INTAKE_MISMATCH);
		expect_words(c, INTAKE_MISMATCH, "mismatch");
		scene_remove(c);
	}
}
END_TEST

/* Nobody could look: it is not taken for good. */
START_TEST(test_no_child)
{
	struct scene *c = scene_make(ATTACHMENT_CSV);

	answer = -5;
	ck_assert_int_eq(finish(c), -5);
	ck_assert(!c->up->complete);
	scene_remove(c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("intake");
	TCase *t = tcase_create("intake");

	tcase_add_loop_test(t, test_cuts, 0, (int)PN_ARRAY_LEN(cuts));
	tcase_add_test(t, test_most_cuts);
	tcase_add_loop_test(t, test_no_cuts, 0, 2);
	tcase_add_test(t, test_what_is_behind);
	tcase_add_loop_test(t, test_turns, 0, (int)PN_ARRAY_LEN(turns));
	tcase_add_loop_test(t, test_refusals, 0, (int)PN_ARRAY_LEN(refusals));
	tcase_add_test(t, test_mismatch);
	tcase_add_test(t, test_no_child);
	suite_add_tcase(s, t);
	return run_suite(s);
}
