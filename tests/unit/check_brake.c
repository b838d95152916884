/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include "base/clock.h"
#include "daemon/brake.h"
#include "tests/unit/run.h"

#define BOOT (2 * CLOCK_DAY)
#define HOME "192.0.2.7"

static struct brake *b;

static void
setup(void)
{
	ck_assert_int_eq(brake_new(&b), 0);
}

static void
teardown(void)
{
	brake_free(&b);
	ck_assert_ptr_null(b);
}

static struct id
id_of(uint32_t n)
{
	struct id id = {.b = {[15] = 1}};

	memcpy(id.b, &n, sizeof(n));
	return id;
}

static struct brake_from
from(const char *text)
{
	struct brake_from f;

	ck_assert_int_eq(brake_from_parse(text, &f), 0);
	return f;
}

/* An address in the N-th of many blocks. */
static struct brake_from
from_block(uint32_t n)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "10.%u.%u.9", n >> 8 & 255, n & 255);
	return from(text);
}

static struct brake_try
try_from(uint32_t what, const char *address)
{
	return (struct brake_try){.what = id_of(what), .from = from(address)};
}

static struct brake_try
try_by(uint32_t what, const char *address, uint32_t device)
{
	struct brake_try t = try_from(what, address);

	t.known = true;
	t.device = id_of(device);
	return t;
}

/* Tries, one straight after another, until it has to wait: how many. */
static int
tries(struct brake_try *t, int64_t boot)
{
	int n = 0;

	while (brake_take(b, t, boot) == 0)
		ck_assert_int_lt(++n, 100000);
	return n;
}

/* ---- addresses ------------------------------------------------------- */

static const struct {
	const char *text;
	const char *hex; /* NULL: it is none */
} addresses[] = {
    {"192.0.2.7", "00000000000000000000ffffc0000207"},
    {"0.0.0.0", "00000000000000000000ffff00000000"},
    {"::ffff:192.0.2.7", "00000000000000000000ffffc0000207"},
    {"2001:db8::7", "20010db8000000000000000000000007"},
    {"2001:DB8:0:0:0:0:0:7", "20010db8000000000000000000000007"},
    {"::", "00000000000000000000000000000000"},
    {"", NULL},
    {" 192.0.2.7", NULL},
    {"192.0.2.7 ", NULL},
    {"192.0.2.7, 192.0.2.8", NULL},
    {"192.0.2.7:80", NULL},
    {"192.0.2.07", NULL},
    {"192.0.2.256", NULL},
    {"192.0.2", NULL},
    {"0xc0000207", NULL},
    {"3221225991", NULL},
    {"[2001:db8::7]", NULL},
    {"2001:db8::7/64", NULL},
    {"fe80::7%eth0", NULL},
    {"2001:db8::7::", NULL},
    {"localhost", NULL},
    {"unix:", NULL},
};

START_TEST(an_address_is_read_or_refused)
{
	struct brake_from f;
	char hex[2 * sizeof(f.b) + 1];
	bool good = addresses[_i].hex != NULL;

	ck_assert_int_eq(
	    brake_from_parse(addresses[_i].text, &f), good ? 0 : -EINVAL);
	if (good)
		ck_assert_str_eq(
		    sodium_bin2hex(hex, sizeof(hex), f.b, sizeof(f.b)),
		    addresses[_i].hex);
}
END_TEST

static const struct {
	const char *one;
	const char *two;
	bool address;
	bool block;
} pairs[] = {
    {"192.0.2.7", "192.0.2.7", true, true},
    {"192.0.2.7", "::ffff:192.0.2.7", true, true},
    {"192.0.2.7", "192.0.2.8", false, true},
    {"192.0.2.0", "::ffff:192.0.2.255", false, true},
    {"192.0.2.7", "192.0.3.7", false, false},
    {"192.0.2.7", "193.0.2.7", false, false},
    {"2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true, true},
    {"2001:db8:1:2::1", "2001:db8:1:3::1", false, true},
    {"2001:db8:1::1", "2001:db8:1:ffff::1", false, true},
    {"2001:db8:1:2::1", "2001:db8:2:2::1", false, false},
    /* the same bits, but not mapped */
    {"192.0.2.7", "::192.0.2.7", false, false},
    {"::fffe:192.0.2.7", "::192.0.2.7", true, true},
};

/* Who shares a block waits for what another has tried. */
START_TEST(a_block_is_counted_as_one)
{
	struct brake_try one = try_from(1, pairs[_i].one);
	struct brake_try two = try_from(1, pairs[_i].two);

	ck_assert_int_eq(tries(&one, BOOT), BRAKE_FREE);
	ck_assert_int_eq(tries(&two, BOOT), pairs[_i].block ? 0 : BRAKE_FREE);
	two.what = id_of(2);
	ck_assert_int_eq(tries(&two, BOOT), BRAKE_FREE);
}
END_TEST

START_TEST(an_address_has_its_share)
{
	struct brake_try one = try_from(0, pairs[_i].one);
	struct brake_try two = try_from(9999, pairs[_i].two);
	const int64_t refill = 10 * CLOCK_MINUTE / BRAKE_ADDRESS;

	for (uint32_t i = 0; i < BRAKE_ADDRESS; i++) {
		one.what = id_of(i);
		ck_assert_uint_eq(brake_take(b, &one, BOOT), 0);
	}
	one.what = id_of(BRAKE_ADDRESS);
	ck_assert_uint_eq(
	    brake_take(b, &one, BOOT), (unsigned)(refill / CLOCK_SECOND));
	ck_assert((brake_take(b, &two, BOOT) != 0) == pairs[_i].address);
	/* waiting has not made it worse, and gives one back */
	ck_assert_uint_ne(brake_take(b, &one, BOOT + refill - 1), 0);
	ck_assert_uint_eq(brake_take(b, &one, BOOT + refill), 0);
	ck_assert_uint_ne(brake_take(b, &one, BOOT + refill), 0);
}
END_TEST

/* The I-th address of a block. */
static struct brake_try
try_inside(bool v6, uint32_t i)
{
	char text[48];

	if (v6)
		(void)snprintf(text, sizeof(text), "2001:db8:1:%x::1", i);
	else
		(void)snprintf(text, sizeof(text), "192.0.2.%u", i);
	return try_from(i, text);
}

/* None of its addresses has had its own. */
START_TEST(a_block_has_its_share)
{
	const int64_t refill = 10 * CLOCK_MINUTE / BRAKE_BLOCK;
	struct brake_try t;

	for (uint32_t i = 0; i < BRAKE_BLOCK; i++) {
		t = try_inside(_i == 1, i);
		ck_assert_uint_eq(brake_take(b, &t, BOOT), 0);
	}
	t = try_inside(_i == 1, BRAKE_BLOCK);
	ck_assert_uint_eq(
	    brake_take(b, &t, BOOT), (unsigned)(refill / CLOCK_SECOND));
	ck_assert_uint_ne(brake_take(b, &t, BOOT + refill - 1), 0);
	ck_assert_uint_eq(brake_take(b, &t, BOOT + refill), 0);
	t = try_from(7777, "198.51.100.1");
	ck_assert_uint_eq(brake_take(b, &t, BOOT), 0);
}
END_TEST

START_TEST(who_is_not_told_has_no_share)
{
	struct brake_try t = {.what = id_of(0)};

	for (uint32_t i = 0; i < 10 * BRAKE_BLOCK; i++) {
		t.what = id_of(i);
		ck_assert_uint_eq(brake_take(b, &t, BOOT), 0);
	}
	/* but what is guessed at is guarded all the same */
	ck_assert_int_eq(tries(&t, BOOT), BRAKE_FREE - 1);
}
END_TEST

/* ---- one that guesses ------------------------------------------------ */

START_TEST(tries_take_longer_and_longer)
{
	static const unsigned waits[] = {0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60};
	struct brake_try t = try_from(1, HOME);
	int64_t now = BOOT;

	for (size_t i = 0; i < PN_ARRAY_LEN(waits); i++) {
		if (waits[i] != 0) {
			ck_assert_uint_eq(brake_take(b, &t, now), waits[i]);
			now += waits[i] * CLOCK_SECOND - 1;
			/* what is left of it, rounded up; asking is free */
			for (int n = 0; n < 50; n++)
				ck_assert_uint_eq(brake_take(b, &t, now), 1);
			now++;
		}
		ck_assert_uint_eq(brake_take(b, &t, now), 0);
	}
}
END_TEST

START_TEST(an_hour_later_it_is_forgotten)
{
	struct brake_try t = try_from(1, HOME);
	int64_t now = BOOT;

	for (int i = 0; i < 8; i++) {
		ck_assert_uint_eq(brake_take(b, &t, now), 0);
		now += CLOCK_MINUTE;
	}
	now += CLOCK_HOUR - CLOCK_MINUTE;
	ck_assert_int_eq(tries(&t, now - 1), 1);
	ck_assert_int_eq(tries(&t, now - 1 + CLOCK_HOUR), BRAKE_FREE);
}
END_TEST

START_TEST(what_was_right_is_forgotten)
{
	struct brake_try t = try_from(1, HOME);

	for (int i = 0; i < BRAKE_ADDRESS / (BRAKE_FREE - 1) - 1; i++) {
		ck_assert_int_eq(tries(&t, BOOT), BRAKE_FREE);
		brake_right(b, &t);
	}
	/* of each round all but the right one are still the address's */
	t.what = id_of(2);
	ck_assert_int_eq(tries(&t, BOOT), BRAKE_FREE - 1);
}
END_TEST

START_TEST(what_was_not_looked_at_never_was)
{
	struct brake_try t = try_from(1, HOME);

	ck_assert_uint_eq(brake_take(b, &t, BOOT), 0);
	for (int i = 0; i < 2 * BRAKE_BLOCK; i++) {
		ck_assert_uint_eq(brake_take(b, &t, BOOT), 0);
		brake_undo(b, &t);
	}
	ck_assert_int_eq(tries(&t, BOOT), BRAKE_FREE - 1);
}
END_TEST

START_TEST(a_clock_may_begin_at_zero)
{
	struct brake_try t = try_from(1, HOME);

	for (int i = 0; i < BRAKE_FREE; i++)
		ck_assert_uint_eq(brake_take(b, &t, 0), 0);
	ck_assert_uint_ge(brake_take(b, &t, 0), 1);
	ck_assert_uint_le(brake_take(b, &t, 0), 2);
	ck_assert_uint_eq(brake_take(b, &t, 2 * CLOCK_SECOND), 0);
}
END_TEST

/* ---- many that guess at one ------------------------------------------ */

/* That many blocks try it once, the first of them first. */
static void
beset(uint32_t what, uint32_t blocks, int64_t boot)
{
	struct brake_try t = {.what = id_of(what)};

	for (uint32_t i = 0; i < blocks; i++) {
		t.from = from_block(i);
		ck_assert_uint_eq(brake_take(b, &t, boot), 0);
	}
}

START_TEST(nobody_is_refused_for_what_others_did)
{
	struct brake_try t = try_from(1, HOME);

	beset(1, 5000, BOOT);
	ck_assert_uint_eq(brake_take(b, &t, BOOT), 0);
	ck_assert_uint_eq(brake_take(b, &t, BOOT), 60);
	for (int64_t i = 1; i < 5; i++) {
		int64_t now = BOOT + i * CLOCK_MINUTE;

		ck_assert_uint_eq(brake_take(b, &t, now - 1), 1);
		ck_assert_uint_eq(brake_take(b, &t, now), 0);
	}
	/* and what they guess at is that one thing */
	t = try_from(2, "198.51.100.1");
	ck_assert_int_eq(tries(&t, BOOT), BRAKE_FREE);
}
END_TEST

START_TEST(a_hundred_tries_are_many)
{
	struct brake_try t = {.what = id_of(1)};

	beset(1, BRAKE_WIDE - 1, BOOT);
	t.from = from_block(0);
	/* the second is the hundredth; from then on it is slow */
	ck_assert_int_eq(tries(&t, BOOT), 1);
	ck_assert_uint_eq(brake_take(b, &t, BOOT), 60);
}
END_TEST

/* A hundred in an hour run off evenly: one each 36 seconds. */
START_TEST(many_tries_run_off)
{
	const int64_t each = CLOCK_HOUR / BRAKE_WIDE;
	struct brake_try one = {.what = id_of(1), .from = from_block(1000)};
	struct brake_try two = {.what = id_of(1), .from = from_block(1001)};

	beset(1, BRAKE_WIDE - 2, BOOT);
	ck_assert_uint_eq(brake_take(b, &one, BOOT + each - 1), 0);
	ck_assert_uint_eq(brake_take(b, &two, BOOT + each - 1), 0);
	ck_assert_uint_ne(brake_take(b, &one, BOOT + each - 1), 0);
	ck_assert_uint_eq(brake_take(b, &one, BOOT + each), 0);
	ck_assert_uint_ne(brake_take(b, &two, BOOT + each), 0);
	ck_assert_uint_ne(brake_take(b, &two, BOOT + 2 * each - 1), 0);
	ck_assert_uint_eq(brake_take(b, &two, BOOT + 2 * each), 0);
}
END_TEST

/* ---- a device that was there before ---------------------------------- */

START_TEST(a_known_device_is_counted_by_itself)
{
	struct brake_try stranger = try_from(1, HOME);
	struct brake_try mine = try_by(1, HOME, 5);
	struct brake_try other = try_by(1, HOME, 6);

	beset(1, BRAKE_WIDE, BOOT);
	ck_assert_int_eq(tries(&stranger, BOOT), 1);
	ck_assert_int_eq(tries(&mine, BOOT), BRAKE_FREE);
	ck_assert_uint_eq(brake_take(b, &mine, BOOT), 1);
	ck_assert_int_eq(tries(&other, BOOT), BRAKE_FREE);
	/* nor does it count against others */
	stranger = try_from(2, HOME);
	mine = try_by(2, HOME, 5);
	ck_assert_int_eq(tries(&mine, BOOT), BRAKE_FREE);
	ck_assert_int_eq(tries(&stranger, BOOT), BRAKE_FREE);
}
END_TEST

/* Ten tries of DEVICE, each as soon as it may; the time after them. */
static int64_t
wear_out(struct brake_try *device)
{
	int64_t now = BOOT;

	for (int i = 0; i < BRAKE_DEVICE; i++, now += CLOCK_MINUTE)
		ck_assert_uint_eq(brake_take(b, device, now), 0);
	return now;
}

START_TEST(a_device_that_fails_is_a_stranger)
{
	struct brake_try stranger = try_from(1, HOME);
	struct brake_try mine = try_by(1, HOME, 5);
	int64_t now = wear_out(&mine);

	ck_assert_int_eq(tries(&stranger, now), BRAKE_FREE);
	ck_assert_int_eq(tries(&mine, now), 0);
	/* elsewhere it is as good as anybody */
	mine.from = from("198.51.100.1");
	ck_assert_int_eq(tries(&mine, now), BRAKE_FREE);
	brake_undo(b, &mine);
	ck_assert_int_eq(tries(&mine, now), 1);
	/* until it was right */
	brake_right(b, &mine);
	mine.from = from(HOME);
	ck_assert_int_eq(tries(&mine, now), BRAKE_FREE);
}
END_TEST

/* What the device's last try gives back is its own, no stranger's. */
START_TEST(a_devices_last_try_is_its_own)
{
	struct brake_try stranger = try_from(1, HOME);
	struct brake_try mine = try_by(1, HOME, 5);
	int64_t now = BOOT;

	for (int i = 0; i < BRAKE_DEVICE - 1; i++, now += CLOCK_MINUTE)
		ck_assert_uint_eq(brake_take(b, &mine, now), 0);
	ck_assert_int_eq(tries(&stranger, now), BRAKE_FREE);
	ck_assert_uint_eq(brake_take(b, &mine, now), 0);
	brake_undo(b, &mine);
	ck_assert_int_eq(tries(&stranger, now), 0);
	now += CLOCK_MINUTE;
	ck_assert_uint_eq(brake_take(b, &mine, now), 0);
	ck_assert_int_eq(tries(&stranger, now), 1);
	ck_assert_int_eq(tries(&mine, now), 0);
}
END_TEST

/* ---- it is bounded --------------------------------------------------- */

/* Each makes two entries of the table's 16,384. */
#define MANY 40000

/* Nine failures: the tenth try waits a minute. */
static int64_t
be_slow(struct brake_try *t)
{
	static const int64_t waits[] = {0, 0, 0, 1, 2, 4, 8, 16, 32};
	int64_t now = BOOT;

	for (size_t i = 0; i < PN_ARRAY_LEN(waits); i++) {
		now += waits[i] * CLOCK_SECOND;
		ck_assert_uint_eq(brake_take(b, t, now), 0);
	}
	ck_assert_uint_eq(brake_take(b, t, now), 60);
	return now;
}

/* Names that are nobody's do not wash away what was counted. */
START_TEST(many_names_from_one_block_hide_nothing)
{
	struct brake_try t = try_from(1, HOME), other;
	int64_t now = be_slow(&t);
	int taken = 0;

	beset(2, BRAKE_WIDE, now);
	for (uint32_t i = 0; i < MANY; i++) {
		other = try_from(1000 + i, "192.0.2.99");
		taken += brake_take(b, &other, now) == 0;
	}
	ck_assert_int_eq(taken, BRAKE_ADDRESS);
	ck_assert_uint_eq(brake_take(b, &t, now), 60);
	other = (struct brake_try){.what = id_of(2), .from = from_block(0)};
	ck_assert_uint_eq(brake_take(b, &other, now), 60);
}
END_TEST

/* Even where nothing else holds them back. */
START_TEST(many_names_from_everywhere_hide_little)
{
	struct brake_try t = try_from(1, HOME), other = {.known = false};
	int64_t now = be_slow(&t);
	int taken = 0;

	beset(2, BRAKE_WIDE, now);
	for (uint32_t i = 0; i < MANY; i++) {
		other.what = id_of(1000 + i);
		taken += brake_take(b, &other, now) == 0;
	}
	ck_assert_int_eq(taken, MANY);
	ck_assert_uint_eq(brake_take(b, &t, now), 60);
	now += CLOCK_MINUTE;
	ck_assert_uint_eq(brake_take(b, &t, now), 0);
	ck_assert_uint_eq(brake_take(b, &t, now), 60);
	other = (struct brake_try){.what = id_of(2), .from = from(HOME)};
	ck_assert_int_eq(tries(&other, now - CLOCK_MINUTE), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("brake");
	TCase *tc = tcase_create("brake");
	const int many = (int)PN_ARRAY_LEN(pairs);

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, an_address_is_read_or_refused, 0, (int)PN_ARRAY_LEN(addresses));
	tcase_add_loop_test(tc, a_block_is_counted_as_one, 0, many);
	tcase_add_loop_test(tc, an_address_has_its_share, 0, many);
	tcase_add_loop_test(tc, a_block_has_its_share, 0, 2);
	tcase_add_test(tc, who_is_not_told_has_no_share);
	tcase_add_test(tc, tries_take_longer_and_longer);
	tcase_add_test(tc, an_hour_later_it_is_forgotten);
	tcase_add_test(tc, what_was_right_is_forgotten);
	tcase_add_test(tc, what_was_not_looked_at_never_was);
	tcase_add_test(tc, a_clock_may_begin_at_zero);
	tcase_add_test(tc, nobody_is_refused_for_what_others_did);
	tcase_add_test(tc, a_hundred_tries_are_many);
	tcase_add_test(tc, many_tries_run_off);
	tcase_add_test(tc, a_known_device_is_counted_by_itself);
	tcase_add_test(tc, a_device_that_fails_is_a_stranger);
	tcase_add_test(tc, a_devices_last_try_is_its_own);
	tcase_add_test(tc, many_names_from_one_block_hide_nothing);
	tcase_add_test(tc, many_names_from_everywhere_hide_little);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
