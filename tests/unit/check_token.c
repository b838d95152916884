/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include <ctype.h>
#include <string.h>
#include <sodium.h>
#include "base/base32.h"
#include "base/clock.h"
#include "store/token.h"
#include "tests/unit/place.h"
#include "tests/unit/run.h"
#include "tests/unit/vectors.h"

#define FORGERIES 1000000

static const enum token_label labels[] = {
    TOKEN_REPLY, TOKEN_BOUNCE, TOKEN_LINK, TOKEN_MESSAGE_ID};

static struct place place;
static struct keyring *k;

static void
setup(void)
{
	uint8_t file[VECTOR_MAX / 2], mk[VECTOR_MAX / 2];
	size_t len = vector_bytes("keyring.file", file);

	place_make(&place);
	place_write(&place, "keyring", file, len);
	(void)vector_bytes("keyring.mk", mk);
	ck_assert_int_eq(keyring_open(place.path, mk, 0, &k), 0);
}

static void
teardown(void)
{
	keyring_close(&k);
	place_remove(&place);
}

static const struct {
	const char *name;
	enum token_label label;
	struct token token;
} vectors[] = {
    {"token.r", TOKEN_REPLY, {1, 0x01020304}},
    {"token.b", TOKEN_BOUNCE, {1, 0x01020304}},
    {"token.t", TOKEN_LINK, {1, 0x01020304}},
    {"token.m", TOKEN_MESSAGE_ID, {1, 0x01020304}},
    {"token.greatest", TOKEN_REPLY, {UINT64_MAX, UINT32_MAX}},
};

START_TEST(vectors_are_made_and_opened)
{
	char want[VECTOR_MAX], text[TOKEN_TEXT_LEN + 1];
	struct token t = {0};

	vector_text(vectors[_i].name, want);
	token_make(k, vectors[_i].label, vectors[_i].token, text);
	ck_assert_str_eq(text, want);
	ck_assert_uint_eq(strlen(text), TOKEN_TEXT_LEN);
	ck_assert_int_eq(token_open(k, vectors[_i].label, text, &t), 0);
	ck_assert_uint_eq(t.number, vectors[_i].token.number);
	ck_assert_uint_eq(t.salt, vectors[_i].token.salt);
	for (char *c = text; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	ck_assert_int_eq(token_open(k, vectors[_i].label, text, &t), 0);
}
END_TEST

START_TEST(no_label_stands_for_another)
{
	char text[TOKEN_TEXT_LEN + 1];
	struct token t = {0};

	for (size_t i = 0; i < PN_ARRAY_LEN(labels); i++) {
		token_make(k, labels[i], (struct token){42, 7}, text);
		for (size_t j = 0; j < PN_ARRAY_LEN(labels); j++)
			ck_assert_int_eq(token_open(k, labels[j], text, &t),
			    i == j ? 0 : TOKEN_FORGED);
	}
}
END_TEST

static const char *const never[] = {
    "",
    "a",
    "a622pu4jawygpsc3shunlmtyxvywc3spy5em",
    "a622pu4jawygpsc3shunlmtyxvywc3spy5emga",
    "a622pu4jawygpsc3shunlmtyxvywc3spy5em1",
    "a622pu4jawygpsc3shunlmtyxvywc3spy5em ",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "7777777777777777777777777777777777777",
    "a622pu4jawygpsc3shunlmtyxvywc3spy5emh",
};

START_TEST(what_is_no_token_is_refused)
{
	struct token t = {0};

	ck_assert_int_eq(
	    token_open(k, TOKEN_REPLY, never[_i], &t), TOKEN_FORGED);
}
END_TEST

START_TEST(every_changed_bit_is_seen)
{
	uint8_t bytes[23];
	char text[TOKEN_TEXT_LEN + 1];
	struct token t = {0};

	token_make(k, TOKEN_REPLY, (struct token){9, 9}, text);
	ck_assert_int_eq(
	    base32_decode(text, TOKEN_TEXT_LEN, bytes, sizeof(bytes)), 0);
	for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		base32_encode(bytes, sizeof(bytes), text);
		ck_assert_int_eq(
		    token_open(k, TOKEN_REPLY, text, &t), TOKEN_FORGED);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
END_TEST

/* Random ones, and genuine ones with a random part put in. */
START_TEST(forgeries_are_refused)
{
	uint8_t bytes[23], noise[23];
	char text[TOKEN_TEXT_LEN + 1];
	struct token t = {0};
	unsigned accepted = 0;

	for (unsigned i = 0; i < FORGERIES; i++) {
		size_t from = 1 + i % 16;

		token_make(k, TOKEN_REPLY, (struct token){i, i}, text);
		ck_assert_int_eq(
		    base32_decode(text, TOKEN_TEXT_LEN, bytes, sizeof(bytes)),
		    0);
		randombytes_buf(noise, sizeof(noise));
		memcpy(bytes + from, noise + from, sizeof(bytes) - from);
		base32_encode(bytes, sizeof(bytes), text);
		accepted += token_open(k, TOKEN_REPLY, text, &t) == 0;
	}
	ck_assert_uint_eq(accepted, 0);
}
END_TEST

START_TEST(another_keyring_refuses_them)
{
	static const uint8_t mk[KEYRING_KEY_LEN] = {3};
	char recovery[KEYRING_RECOVERY_TEXT], text[TOKEN_TEXT_LEN + 1];
	struct keyring *other = NULL;
	struct place second;
	struct token t = {0};

	place_make(&second);
	ck_assert_int_eq(keyring_create(second.path, mk, recovery), 0);
	ck_assert_int_eq(keyring_open(second.path, mk, 0, &other), 0);
	token_make(other, TOKEN_REPLY, (struct token){1, 1}, text);
	ck_assert_int_eq(token_open(other, TOKEN_REPLY, text, &t), 0);
	ck_assert_int_eq(token_open(k, TOKEN_REPLY, text, &t), TOKEN_FORGED);
	keyring_close(&other);
	place_remove(&second);
}
END_TEST

/* Neighbouring numbers must not show in the text. */
START_TEST(numbers_are_masked)
{
	uint8_t last[23] = {0}, bytes[23];
	char text[TOKEN_TEXT_LEN + 1];

	for (unsigned i = 1; i < 1000; i++) {
		token_make(k, TOKEN_LINK, (struct token){i, 5}, text);
		ck_assert_int_eq(
		    base32_decode(text, TOKEN_TEXT_LEN, bytes, sizeof(bytes)),
		    0);
		ck_assert_mem_ne(bytes + 1, last + 1, 4);
		memcpy(last, bytes, sizeof(last));
	}
}
END_TEST

/* A mail that is tried again in the next quarter is still the same mail. */
START_TEST(a_message_id_outlives_its_quarter)
{
	const int64_t later = clock_now() + 100 * CLOCK_DAY;
	char reply[2][TOKEN_TEXT_LEN + 1], message[2][TOKEN_TEXT_LEN + 1];
	struct token t = {42, 7};

	for (int i = 0; i < 2; i++) {
		token_make(k, TOKEN_REPLY, t, reply[i]);
		token_make(k, TOKEN_MESSAGE_ID, t, message[i]);
		if (i == 0)
			ck_assert_int_eq(
			    keyring_renew(k, place.path, later), 0);
	}
	ck_assert_str_ne(reply[0], reply[1]);
	ck_assert_str_eq(message[0], message[1]);
	t = (struct token){0};
	ck_assert_int_eq(token_open(k, TOKEN_MESSAGE_ID, message[0], &t), 0);
	ck_assert_uint_eq(t.number, 42);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("token");
	TCase *tc = tcase_create("token");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_set_timeout(tc, 180);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, vectors_are_made_and_opened, 0, (int)PN_ARRAY_LEN(vectors));
	tcase_add_test(tc, no_label_stands_for_another);
	tcase_add_loop_test(
	    tc, what_is_no_token_is_refused, 0, (int)PN_ARRAY_LEN(never));
	tcase_add_test(tc, every_changed_bit_is_seen);
	tcase_add_test(tc, forgeries_are_refused);
	tcase_add_test(tc, another_keyring_refuses_them);
	tcase_add_test(tc, numbers_are_masked);
	tcase_add_test(tc, a_message_id_outlives_its_quarter);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
