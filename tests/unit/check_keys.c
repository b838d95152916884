/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <sodium.h>
#include "daemon/keys.h"
#include "tests/unit/ring.h"
#include "tests/unit/run.h"

static struct ring ring;

static void
setup(void)
{
	ring_make(&ring);
}

static void
teardown(void)
{
	ring_remove(&ring);
}

START_TEST(each_purpose_has_its_own)
{
	struct keys keys;

	keys_derive(ring.k, &keys);
	for (size_t i = 0; i < KEYS_PURPOSES; i++) {
		ck_assert(!sodium_is_zero(keys.of[i], KEYS_LEN));
		ck_assert_mem_ne(keys.of[i], keyring_pepper(ring.k), KEYS_LEN);
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

	keys_derive(ring.k, &keys);
	keyring_close(&ring.k);
	ring_open(&ring);
	keys_derive(ring.k, &again);
	ck_assert_mem_eq(&keys, &again, sizeof(keys));
	teardown();
	setup();
	keys_derive(ring.k, &again);
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
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_purpose_has_its_own);
	tcase_add_test(tc, they_stay_with_their_keyring);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
