/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sodium.h>
#include "daemon/masterkey.h"
#include "tests/unit/run.h"

#define HEX16 "0123456789abcdef"
#define HEX64 HEX16 HEX16 HEX16 HEX16
#define RAW32 "0123456789abcdefghijklmnopqrstuv"

static char dir[64];
static char path[96];

static void
setup(void)
{
	(void)snprintf(dir, sizeof(dir), "/tmp/postern-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/key", dir);
}

static void
teardown(void)
{
	(void)unlink(path);
	(void)rmdir(dir);
}

static void
put(const void *data, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	(void)close(fd);
}

static const struct {
	const char *text;
	size_t len;
	mode_t mode;
	int expected;
} cases[] = {
    {RAW32, 32, 0600, 0},
    {RAW32, 32, 0400, 0},
    {HEX64, 64, 0600, 0},
    {HEX64 "\n", 65, 0600, 0},
    {HEX64 "\r\n", 66, 0600, 0},
    {RAW32, 32, 0640, MASTERKEY_OPEN_MODE},
    {RAW32, 32, 0604, MASTERKEY_OPEN_MODE},
    {RAW32, 32, 0620, MASTERKEY_OPEN_MODE},
    {"", 0, 0600, MASTERKEY_FORM},
    {RAW32, 31, 0600, MASTERKEY_FORM},
    {RAW32 "\n", 33, 0600, MASTERKEY_FORM},
    {HEX64, 63, 0600, MASTERKEY_FORM},
    {HEX64 "\n\n", 66, 0600, MASTERKEY_FORM},
    {HEX64 "00", 66, 0600, MASTERKEY_FORM},
    {HEX16 HEX16 HEX16 "0123456789abcdeg", 64, 0600, MASTERKEY_FORM},
    {HEX64 HEX64 HEX64 HEX64, 256, 0600, MASTERKEY_FORM},
    {HEX64 HEX64 HEX64 HEX64 HEX64, 320, 0600, MASTERKEY_FORM},
    {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32,
	0600, MASTERKEY_WEAK},
};

START_TEST(a_key_file_is_32_bytes_and_private)
{
	uint8_t mk[KEYRING_KEY_LEN];

	put(cases[_i].text, cases[_i].len, cases[_i].mode);
	ck_assert_int_eq(masterkey_read(path, 1, mk), cases[_i].expected);
}
END_TEST

START_TEST(both_forms_are_the_same_key)
{
	uint8_t hex[KEYRING_KEY_LEN], raw[KEYRING_KEY_LEN];

	put(HEX64, 64, 0600);
	ck_assert_int_eq(masterkey_read(path, 1, hex), 0);
	put(hex, sizeof(hex), 0600);
	ck_assert_int_eq(masterkey_read(path, 1, raw), 0);
	ck_assert_mem_eq(hex, raw, sizeof(hex));
}
END_TEST

START_TEST(what_is_no_file_is_no_key)
{
	uint8_t mk[KEYRING_KEY_LEN];

	ck_assert_int_eq(masterkey_read(path, 1, mk), MASTERKEY_MISSING);
	ck_assert_int_eq(masterkey_read(dir, 1, mk), MASTERKEY_FORM);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(masterkey_read(path, 1, mk), MASTERKEY_FORM);
}
END_TEST

START_TEST(a_made_key_reads_back)
{
	uint8_t made[KEYRING_KEY_LEN], read[KEYRING_KEY_LEN];
	struct stat st;

	ck_assert_int_eq(masterkey_create(path, made), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(masterkey_read(path, 1, read), 0);
	ck_assert_mem_eq(made, read, sizeof(made));
	ck_assert_int_eq(masterkey_create(path, made), -EEXIST);
}
END_TEST

START_TEST(the_option_goes_before_the_setting)
{
	struct masterkey_source source = {.option = path, .setting = "/none"};
	enum masterkey_from from;
	uint8_t mk[KEYRING_KEY_LEN];

	(void)unsetenv("CREDENTIALS_DIRECTORY");
	put(RAW32, 32, 0600);
	ck_assert_int_eq(masterkey_load(&source, mk, &from), 0);
	ck_assert_int_eq(from, MASTERKEY_FROM_OPTION);
	source.option = NULL;
	ck_assert_int_eq(masterkey_load(&source, mk, &from), MASTERKEY_MISSING);
	ck_assert_int_eq(from, MASTERKEY_FROM_SETTING);
	source.setting = "";
	ck_assert_int_eq(masterkey_load(&source, mk, &from), MASTERKEY_NONE);
	ck_assert_ptr_nonnull(
	    strstr(masterkey_words(MASTERKEY_NONE, from), "store.key"));
}
END_TEST

START_TEST(every_refusal_has_words)
{
	for (int code = MASTERKEY_NONE; code <= MASTERKEY_WEAK; code++)
		ck_assert_uint_gt(
		    strlen(masterkey_words(code, MASTERKEY_FROM_CREDENTIAL)),
		    20);
	ck_assert_ptr_nonnull(
	    strstr(masterkey_words(-EACCES, MASTERKEY_FROM_SETTING),
		"store.key-file"));
}
END_TEST

START_TEST(a_recovery_key_is_read_as_it_was_printed)
{
	char store[96], recovery[KEYRING_RECOVERY_TEXT];
	char text[KEYRING_RECOVERY_TEXT + 1];
	uint8_t mk[KEYRING_KEY_LEN], found[KEYRING_KEY_LEN];
	struct keyring *k = NULL;

	memset(mk, 7, sizeof(mk));
	ck_assert_int_eq(keyring_create(dir, mk, recovery), 0);
	(void)snprintf(text, sizeof(text), "%s\n", recovery);
	put(text, strlen(text), 0600);
	ck_assert_int_eq(masterkey_read_recovery(path, found), 0);
	ck_assert_int_eq(keyring_open(dir, found, 0, &k), 0);
	keyring_close(&k);
	put(text, strlen(text) - 5, 0600);
	ck_assert_int_eq(masterkey_read_recovery(path, found), MASTERKEY_FORM);
	(void)snprintf(store, sizeof(store), "%s/keyring", dir);
	(void)unlink(store);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("masterkey");
	TCase *t = tcase_create("masterkey");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(
	    t, a_key_file_is_32_bytes_and_private, 0, (int)PN_ARRAY_LEN(cases));
	tcase_add_test(t, both_forms_are_the_same_key);
	tcase_add_test(t, what_is_no_file_is_no_key);
	tcase_add_test(t, a_made_key_reads_back);
	tcase_add_test(t, the_option_goes_before_the_setting);
	tcase_add_test(t, every_refusal_has_words);
	tcase_add_test(t, a_recovery_key_is_read_as_it_was_printed);
	suite_add_tcase(s, t);
	return run_suite(s);
}
