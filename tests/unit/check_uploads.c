/* SPDX-License-Identifier: Apache-2.0 */

/* Files on their way in, and what of them is on the disk. */

#include <errno.h>
#include <string.h>
#include "daemon/uploads.h"
#include "tests/unit/run.h"
#include "tests/unit/temp_store.h"

static const uint8_t data[BLOB_CHUNK] = {1, 2, 3};

struct scene {
	struct temp_store s;
	struct uploads *u;
	struct id me, other;
};

static struct uploads *watched;

int __wrap_blob_delete(const struct store *st, const struct id *id);
int __real_blob_delete(const struct store *st, const struct id *id);

/* A disk may take long, and the writer binds others meanwhile. */
int
__wrap_blob_delete(const struct store *st, const struct id *id)
{
	const struct id nobody = {{0}};

	ck_assert_int_eq(
	    uploads_bind(watched, &nobody, &nobody, id), UPLOAD_GONE);
	return __real_blob_delete(st, id);
}

static void
scene_make(struct scene *c)
{
	*c = (struct scene){.me = {{1}}, .other = {{2}}};
	temp_make(&c->s);
	ck_assert_int_eq(uploads_new(c->s.st, &c->u), 0);
	watched = c->u;
}

static void
scene_remove(struct scene *c)
{
	uploads_free(&c->u);
	temp_remove(&c->s);
}

static int
count_one(const struct id *id, void *arg)
{
	size_t *n = arg;

	(void)id;
	++*n;
	return 0;
}

static size_t
files(const struct scene *c)
{
	size_t n = 0;

	ck_assert_int_eq(blob_each(c->s.st, count_one, &n), 0);
	return n;
}

static struct upload_wish
wish(const struct id *person, uint8_t n, uint64_t first)
{
	return (struct upload_wish){.person = *person,
	    .id = {{n}},
	    .type = ATTACHMENT_CSV,
	    .first = first,
	    .size = BLOB_CHUNK * 2};
}

static int
take(struct scene *c, const struct id *person, uint8_t n, uint64_t first,
    struct upload **up_r)
{
	struct upload_wish w = wish(person, n, first);

	return uploads_take(c->u, &w, up_r);
}

/* The first of its two pieces, or both of them. */
static void
fill(const struct scene *c, struct upload *up, bool all)
{
	if (up->writer == NULL) {
		ck_assert_int_eq(
		    blob_create(c->s.st, &up->file.id, &up->writer), 0);
		ck_assert_int_eq(
		    blob_append(up->writer, data, BLOB_CHUNK, false), 0);
		up->received = BLOB_CHUNK;
	}
	if (!all)
		return;
	ck_assert_int_eq(blob_append(up->writer, data, BLOB_CHUNK, true), 0);
	blob_writer_free(&up->writer);
	up->received = up->file.size;
	up->complete = true;
}

/* One that is there; its file's id. */
static struct id
add(struct scene *c, const struct id *person, uint8_t n)
{
	struct upload *up = NULL;
	struct id id;

	ck_assert_int_eq(take(c, person, n, 0, &up), 0);
	fill(c, up, true);
	id = up->file.id;
	uploads_give(c->u, up);
	return id;
}

/* ---- one holder ------------------------------------------------------ */

START_TEST(test_take)
{
	struct upload *up = NULL, *none = NULL;
	struct id first = {{7}};
	struct upload seen;
	struct scene c;

	scene_make(&c);
	ck_assert_int_eq(take(&c, &c.me, 7, 1, &none), UPLOAD_OFFSET);
	ck_assert_int_eq(take(&c, &c.me, 7, 0, &up), 0);
	ck_assert(id_equal(&up->id, &first) && !id_equal(&up->file.id, &first));
	ck_assert_int_eq(take(&c, &c.me, 7, 0, &none), UPLOAD_HELD);
	ck_assert_int_eq(uploads_look(c.u, &c.me, &first, &seen), UPLOAD_HELD);
	ck_assert_int_eq(uploads_cancel(c.u, &c.me, &first), UPLOAD_HELD);
	/* of the same name, and another's */
	ck_assert_int_eq(
	    uploads_look(c.u, &c.other, &first, &seen), UPLOAD_GONE);
	ck_assert_int_eq(uploads_cancel(c.u, &c.other, &first), UPLOAD_GONE);
	(void)add(&c, &c.other, 7);
	fill(&c, up, false);
	uploads_give(c.u, up);
	ck_assert_uint_eq(files(&c), 2);
	ck_assert_int_eq(uploads_look(c.u, &c.me, &first, &seen), 0);
	ck_assert_uint_eq(seen.received, BLOB_CHUNK);
	ck_assert_uint_eq(seen.file.size, BLOB_CHUNK * 2);
	ck_assert(!seen.complete && seen.writer == NULL);
	ck_assert(id_is_nil(&seen.file.id));
	scene_remove(&c);
}
END_TEST

START_TEST(test_goes_on)
{
	struct upload *up = NULL, *none = NULL;
	struct upload_wish w;
	struct scene c;

	scene_make(&c);
	ck_assert_int_eq(take(&c, &c.me, 7, 0, &up), 0);
	fill(&c, up, false);
	uploads_give(c.u, up);
	for (uint64_t at = BLOB_CHUNK - 1; at <= BLOB_CHUNK + 1; at += 2)
		ck_assert_int_eq(take(&c, &c.me, 7, at, &none), UPLOAD_OFFSET);
	w = wish(&c.me, 7, BLOB_CHUNK);
	w.size++;
	ck_assert_int_eq(uploads_take(c.u, &w, &none), UPLOAD_OFFSET);
	w = wish(&c.me, 7, BLOB_CHUNK);
	w.type = ATTACHMENT_PDF;
	ck_assert_int_eq(uploads_take(c.u, &w, &none), UPLOAD_OFFSET);
	ck_assert_int_eq(take(&c, &c.me, 7, BLOB_CHUNK, &none), 0);
	ck_assert_ptr_eq(none, up);
	fill(&c, up, true);
	uploads_give(c.u, up);
	/* it is whole: there is nothing to go on with */
	ck_assert_int_eq(
	    take(&c, &c.me, 7, BLOB_CHUNK * 2, &none), UPLOAD_OFFSET);
	scene_remove(&c);
}
END_TEST

/* From the start: another file, and the one before goes. */
START_TEST(test_again)
{
	struct upload *up = NULL;
	struct id before;
	struct scene c;

	scene_make(&c);
	before = add(&c, &c.me, 7);
	ck_assert_uint_eq(files(&c), 1);
	ck_assert_int_eq(take(&c, &c.me, 7, 0, &up), 0);
	ck_assert_uint_eq(files(&c), 0);
	ck_assert(!id_equal(&before, &up->file.id));
	ck_assert(!up->complete && up->received == 0);
	fill(&c, up, false);
	uploads_give(c.u, up);
	ck_assert_uint_eq(files(&c), 1);
	scene_remove(&c);
}
END_TEST

/* ---- away with it ---------------------------------------------------- */

START_TEST(test_drop)
{
	struct upload *up = NULL;
	struct id id = {{7}};
	struct upload seen;
	struct scene c;

	scene_make(&c);
	ck_assert_int_eq(take(&c, &c.me, 7, 0, &up), 0);
	fill(&c, up, false);
	(void)add(&c, &c.me, 8);
	uploads_drop(c.u, up);
	ck_assert_uint_eq(files(&c), 1);
	ck_assert_int_eq(uploads_look(c.u, &c.me, &id, &seen), UPLOAD_GONE);
	id.b[0] = 8;
	ck_assert_int_eq(uploads_cancel(c.u, &c.me, &id), 0);
	ck_assert_int_eq(uploads_cancel(c.u, &c.me, &id), UPLOAD_GONE);
	ck_assert_uint_eq(files(&c), 0);
	/* one that has no file yet */
	ck_assert_int_eq(take(&c, &c.me, 9, 0, &up), 0);
	uploads_drop(c.u, up);
	scene_remove(&c);
}
END_TEST

START_TEST(test_expiry)
{
	struct upload *held = NULL;
	struct upload seen;
	struct id file, id = {{7}};
	struct scene c;
	int64_t now;

	scene_make(&c);
	(void)add(&c, &c.me, 7);
	file = add(&c, &c.me, 8);
	ck_assert_int_eq(uploads_bind(c.u, &c.me, &(struct id){{8}}, &file), 0);
	ck_assert_int_eq(take(&c, &c.me, 9, 0, &held), 0);
	fill(&c, held, false);
	now = clock_boot();
	uploads_tick(c.u, now + UPLOADS_MS - CLOCK_MINUTE);
	ck_assert_uint_eq(files(&c), 3);
	/* what is held or bound is in use */
	uploads_tick(c.u, now + UPLOADS_MS);
	ck_assert_uint_eq(files(&c), 2);
	ck_assert_int_eq(uploads_look(c.u, &c.me, &id, &seen), UPLOAD_GONE);
	uploads_give(c.u, held);
	uploads_tick(c.u, clock_boot() + UPLOADS_MS);
	ck_assert_uint_eq(files(&c), 1);
	scene_remove(&c);
}
END_TEST

/* At the end goes what is nobody's; what a message may have stays. */
START_TEST(test_end)
{
	struct upload *up = NULL;
	struct id file;
	struct scene c;

	scene_make(&c);
	(void)add(&c, &c.me, 1);
	file = add(&c, &c.me, 2);
	ck_assert_int_eq(take(&c, &c.me, 3, 0, &up), 0);
	fill(&c, up, false);
	ck_assert_int_eq(uploads_bind(c.u, &c.me, &(struct id){{2}}, &file), 0);
	ck_assert_uint_eq(files(&c), 3);
	uploads_free(&c.u);
	ck_assert_uint_eq(files(&c), 1);
	temp_remove(&c.s);
}
END_TEST

/* ---- into a message -------------------------------------------------- */

START_TEST(test_bind)
{
	struct attachment file = {.size = 0};
	struct upload *up = NULL;
	const struct id id = {{7}};
	struct id kept, wrong = {{9}};
	struct scene c;

	scene_make(&c);
	ck_assert_int_eq(uploads_file(c.u, &c.me, &id, &file), UPLOAD_GONE);
	ck_assert_int_eq(take(&c, &c.me, 7, 0, &up), 0);
	fill(&c, up, false);
	ck_assert_int_eq(uploads_file(c.u, &c.me, &id, &file), UPLOAD_GONE);
	uploads_give(c.u, up);
	/* not complete */
	ck_assert_int_eq(uploads_file(c.u, &c.me, &id, &file), UPLOAD_GONE);
	ck_assert_int_eq(
	    uploads_bind(c.u, &c.me, &id, &up->file.id), UPLOAD_GONE);
	kept = add(&c, &c.me, 7);
	ck_assert_int_eq(uploads_file(c.u, &c.other, &id, &file), UPLOAD_GONE);
	ck_assert_int_eq(uploads_file(c.u, &c.me, &id, &file), 0);
	ck_assert(id_equal(&file.id, &kept));
	ck_assert_uint_eq(file.size, BLOB_CHUNK * 2);
	/* it was sent again since it was sealed into a message */
	ck_assert_int_eq(uploads_bind(c.u, &c.me, &id, &wrong), UPLOAD_GONE);
	ck_assert_int_eq(uploads_bind(c.u, &c.other, &id, &kept), UPLOAD_GONE);
	ck_assert_int_eq(uploads_bind(c.u, &c.me, &id, &kept), 0);
	/* once, and nobody takes it away meanwhile */
	ck_assert_int_eq(uploads_bind(c.u, &c.me, &id, &kept), UPLOAD_GONE);
	ck_assert_int_eq(uploads_file(c.u, &c.me, &id, &file), UPLOAD_GONE);
	ck_assert_int_eq(take(&c, &c.me, 7, 0, &up), UPLOAD_HELD);
	ck_assert_int_eq(uploads_cancel(c.u, &c.me, &id), UPLOAD_HELD);
	uploads_unbind(c.u, &c.me, &id);
	ck_assert_int_eq(uploads_bind(c.u, &c.me, &id, &kept), 0);
	uploads_forget(c.u, &c.me, &id);
	ck_assert_int_eq(uploads_cancel(c.u, &c.me, &id), UPLOAD_GONE);
	ck_assert_uint_eq(files(&c), 1);
	attachment_fini(&file);
	scene_remove(&c);
}
END_TEST

/* ---- how many -------------------------------------------------------- */

START_TEST(test_limits)
{
	struct upload *up = NULL, *one = NULL;
	struct scene c;
	size_t all = 0;

	scene_make(&c);
	for (uint8_t n = 0; n < UPLOADS_PER_PERSON; n++, all++) {
		ck_assert_int_eq(take(&c, &c.me, n, 0, &up), 0);
		uploads_give(c.u, up);
	}
	ck_assert_int_eq(
	    take(&c, &c.me, UPLOADS_PER_PERSON, 0, &up), UPLOAD_TOO_MANY);
	/* the same one again is no other one */
	ck_assert_int_eq(take(&c, &c.me, 0, 0, &one), 0);
	for (uint8_t who = 10; all < UPLOADS_MAX; who++) {
		struct id person = {{who}};

		for (uint8_t n = 0; n < UPLOADS_PER_PERSON; n++, all++) {
			ck_assert_int_eq(take(&c, &person, n, 0, &up), 0);
			uploads_give(c.u, up);
		}
	}
	ck_assert_int_eq(take(&c, &c.other, 0, 0, &up), UPLOADS_FULL);
	uploads_drop(c.u, one);
	ck_assert_int_eq(take(&c, &c.other, 0, 0, &up), 0);
	scene_remove(&c);
}
END_TEST

/* Each of those that are being sent has a piece in memory. */
START_TEST(test_limits_of_held)
{
	struct upload *held[UPLOADS_HELD], *up = NULL;
	struct scene c;
	size_t all = 0;

	scene_make(&c);
	for (uint8_t who = 10; all < UPLOADS_HELD; who++) {
		struct id person = {{who}};

		for (uint8_t n = 0; n < UPLOADS_HELD_PER_PERSON; n++)
			ck_assert_int_eq(
			    take(&c, &person, n, 0, &held[all++]), 0);
		if (all < UPLOADS_HELD)
			ck_assert_int_eq(
			    take(&c, &person, UPLOADS_HELD_PER_PERSON, 0, &up),
			    UPLOAD_TOO_MANY);
	}
	ck_assert_int_eq(take(&c, &c.me, 0, 0, &up), UPLOADS_FULL);
	uploads_give(c.u, held[0]);
	ck_assert_int_eq(take(&c, &c.me, 0, 0, &up), 0);
	scene_remove(&c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("uploads");
	TCase *t = tcase_create("uploads");

	tcase_add_test(t, test_take);
	tcase_add_test(t, test_goes_on);
	tcase_add_test(t, test_again);
	tcase_add_test(t, test_drop);
	tcase_add_test(t, test_expiry);
	tcase_add_test(t, test_end);
	tcase_add_test(t, test_bind);
	tcase_add_test(t, test_limits);
	tcase_add_test(t, test_limits_of_held);
	suite_add_tcase(s, t);
	return run_suite(s);
}
