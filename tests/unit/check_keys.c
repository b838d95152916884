/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <sodium.h>
#include "daemon/keys.h"
#include "tests/unit/place.h"
#include "tests/unit/run.h"

static struct place place;
static struct keyring *ring;

static void
open_ring(void)
{
	uint8_t mk[KEYRING_KEY_LEN] = "master key";

	ck_assert_int_eq(keyring_open(place.path, mk, 0, &ring), 0);
}

/* A new one, with a pepper of its own. */
static void
make_ring(void)
{
	char recovery[KEYRING_RECOVERY_TEXT];
	uint8_t mk[KEYRING_KEY_LEN] = "master key";

	place_make(&place);
	ck_assert_int_eq(keyring_create(place.path, mk, recovery), 0);
	open_ring();
}

static void
remove_ring(void)
{
	keyring_close(&ring);
	place_remove(&place);
}

START_TEST(each_purpose_has_its_own)
{
	struct keys keys;

	keys_derive(ring, &keys);
	for (size_t i = 0; i < KEYS_PURPOSES; i++) {
		ck_assert(!sodium_is_zero(keys.of[i], KEYS_LEN));
		ck_assert_mem_ne(keys.of[i], keyring_pepper(ring), KEYS_LEN);
		for (size_t j = 0; j < i; j++)
			ck_assert_mem_ne(keys.of[i], keys.of[j], KEYS_LEN);
	}
	keys_fini(&keys);
	ck_assert(sodium_is_zero((const uint8_t *)&keys, sizeof(keys)));
}
END_TEST

/* Over a restart, too: devices stay known. */
START_TEST(they_stay_with_their_keyring)
{
	struct keys keys, again;

	keys_derive(ring, &keys);
	keyring_close(&ring);
	open_ring();
	keys_derive(ring, &again);
	ck_assert_mem_eq(&keys, &again, sizeof(keys));
	remove_ring();
	make_ring();
	keys_derive(ring, &again);
	for (size_t i = 0; i < KEYS_PURPOSES; i++)
		ck_assert_mem_ne(keys.of[i], again.of[i], KEYS_LEN);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("keys");
	TCase *tc = tcase_create("keys");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, make_ring, remove_ring);
	tcase_add_test(tc, each_purpose_has_its_own);
	tcase_add_test(tc, they_stay_with_their_keyring);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
