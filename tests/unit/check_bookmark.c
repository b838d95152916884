/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sodium.h>
#include <sys/stat.h>
#include "bridge/bookmark.h"
#include "bridge/keep.h"
#include "tests/unit/run.h"

static char dir[] = "/tmp/check-bookmark-XXXXXX";
static struct bookmark_place place;

static void
setup(void)
{
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	place = (struct bookmark_place){
	    .directory = dir,
	    .host = "mail.example",
	    .user = "portal",
	    .folder = "INBOX",
	};
}

static void
teardown(void)
{
	ck_assert_int_eq(keep_remove(dir, "mailbox"), 0);
	ck_assert_int_eq(keep_remove(dir, "other"), 0);
	/* and nothing else was left behind */
	ck_assert_int_eq(rmdir(dir), 0);
}

START_TEST(comes_back)
{
	struct bookmark b = {7, 4294967295U}, back = {0};

	ck_assert_int_eq(bookmark_read(&place, &back), BOOKMARK_NONE);
	ck_assert_int_eq(bookmark_write(&place, &b), 0);
	ck_assert_int_eq(bookmark_read(&place, &back), 0);
	ck_assert_uint_eq(back.validity, b.validity);
	ck_assert_uint_eq(back.next, b.next);
	b.next = 3;
	ck_assert_int_eq(bookmark_write(&place, &b), 0);
	ck_assert_int_eq(bookmark_read(&place, &back), 0);
	ck_assert_uint_eq(back.next, 3);
}
END_TEST

/* Numbers of one mailbox mean nothing in another. */
START_TEST(is_of_one_mailbox)
{
	struct bookmark b = {7, 5}, back;
	struct bookmark_place other = place;

	ck_assert_int_eq(bookmark_write(&place, &b), 0);
	other.host = "mail2.example";
	ck_assert_int_eq(bookmark_read(&other, &back), BOOKMARK_OTHER);
	other = place;
	other.user = "porta";
	other.folder = "lINBOX";
	ck_assert_int_eq(bookmark_read(&other, &back), BOOKMARK_OTHER);
	other = place;
	other.folder = "Inbox";
	ck_assert_int_eq(bookmark_read(&other, &back), BOOKMARK_OTHER);
	ck_assert_int_eq(bookmark_read(&place, &back), 0);
}
END_TEST

/* Any byte that is another one. */
START_TEST(damage_shows)
{
	struct bookmark b = {7, 5}, back;
	secret_auto struct secret file = {0};

	ck_assert_int_eq(bookmark_write(&place, &b), 0);
	ck_assert_int_eq(keep_read(dir, "mailbox", &file), 0);
	for (size_t i = 0; i < file.len; i++) {
		file.data[i] ^= 1;
		ck_assert_int_eq(
		    keep_write(dir, "mailbox", file.data, file.len), 0);
		ck_assert_int_eq(bookmark_read(&place, &back), BOOKMARK_OTHER);
		file.data[i] ^= 1;
		ck_assert_int_eq(keep_write(dir, "mailbox", file.data, i), 0);
		ck_assert_int_eq(bookmark_read(&place, &back), BOOKMARK_OTHER);
	}
}
END_TEST

START_TEST(is_ours_alone)
{
	struct bookmark b = {7, 5};
	struct stat st;
	char path[sizeof(dir) + 16];
	mode_t mask = umask(0);

	ck_assert_int_eq(bookmark_write(&place, &b), 0);
	(void)umask(mask);
	(void)snprintf(path, sizeof(path), "%s/mailbox", dir);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

/* What a life that ended in the middle of writing has left is in no way. */
START_TEST(survives_a_torn_write)
{
	struct bookmark b = {7, 5}, back;
	char path[sizeof(dir) + 16];
	int fd;

	ck_assert_int_eq(bookmark_write(&place, &b), 0);
	(void)snprintf(path, sizeof(path), "%s/mailbox.new", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)write(fd, "1 7", 3), 3);
	(void)close(fd);
	ck_assert_int_eq(bookmark_read(&place, &back), 0);
	b.next = 6;
	ck_assert_int_eq(bookmark_write(&place, &b), 0);
	ck_assert_int_eq(bookmark_read(&place, &back), 0);
	ck_assert_uint_eq(back.next, 6);
}
END_TEST

START_TEST(files_have_ceilings)
{
	static char text[KEEP_MAX + 1];
	secret_auto struct secret file = {0};

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(keep_read(dir, "other", &file), -ENOENT);
	ck_assert_int_eq(keep_write(dir, "other", text, sizeof(text)), 0);
	ck_assert_int_eq(keep_read(dir, "other", &file), -EMSGSIZE);
	ck_assert_int_eq(keep_write(dir, "other", text, KEEP_MAX), 0);
	ck_assert_int_eq(keep_read(dir, "other", &file), 0);
	ck_assert_uint_eq(file.len, KEEP_MAX);
	ck_assert_int_eq(keep_write("/nonexistent", "other", text, 1), -ENOENT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bookmark");
	TCase *t = tcase_create("bookmark");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, comes_back);
	tcase_add_test(t, is_of_one_mailbox);
	tcase_add_test(t, damage_shows);
	tcase_add_test(t, is_ours_alone);
	tcase_add_test(t, survives_a_torn_write);
	tcase_add_test(t, files_have_ceilings);
	suite_add_tcase(s, t);
	return run_suite(s);
}
