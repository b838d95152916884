/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include "base/clock.h"
#include "daemon/judge.h"
#include "tests/unit/authenticator.h"
#include "tests/unit/family.h"
#include "tests/unit/run.h"

#define FLAGS 32 /* where they are */
#define AAGUID 37
#define ID_LEN_AT (AAGUID + 16)
#define COSE_AT (ID_LEN_AT + 2 + 32)

static const uint8_t client_hash[PROOF_HASH_LEN] =
    "the hash of what a page says";

static void
set_data(struct proof_job *j, const struct buf *data)
{
	ck_assert_uint_le(data->len, sizeof(j->data));
	memcpy(j->data, data->data, data->len);
	j->data_len = (uint16_t)data->len;
}

static void
make_job(struct proof_job *j, enum proof_kind kind)
{
	proof_job_init(j, kind);
	(void)snprintf(j->rp, sizeof(j->rp), "%s", AUTHENTICATOR_RP);
	memcpy(j->client_hash, client_hash, sizeof(client_hash));
}

static void
make_create(struct proof_job *j, const struct authenticator *a, uint32_t count)
{
	buf_auto struct buf data = {0};

	make_job(j, PROOF_CREATE);
	authenticator_create(a, count, &data);
	set_data(j, &data);
}

static void
sign(struct proof_job *j, const struct authenticator *a)
{
	buf_auto struct buf data = {0};

	buf_init(&data, 4096);
	buf_add(&data, j->data, j->data_len);
	j->signature_len = (uint16_t)authenticator_sign(
	    a, &data, j->client_hash, j->signature, sizeof(j->signature));
}

static void
make_get(struct proof_job *j, const struct authenticator *a, uint32_t count)
{
	buf_auto struct buf data = {0};

	make_job(j, PROOF_GET);
	authenticator_begin(
	    &data, AUTHENTICATOR_RP, AUTHENTICATOR_FLAGS, count);
	set_data(j, &data);
	j->algorithm = a->algorithm;
	(void)authenticator_key(a, j->key);
	sign(j, a);
}

static bool
is_good(const struct proof_job *j)
{
	struct proof_answer answer;

	if (!proof_job_valid(j))
		return false;
	judge(j, &answer);
	ck_assert(proof_answer_valid(j, &answer));
	return answer.good == 1;
}

/* ---- what is good ---------------------------------------------------- */

START_TEST(made_and_used)
{
	struct authenticator a;
	uint8_t key[PASSKEY_KEY_MAX];
	struct proof_answer answer;
	struct proof_job j;

	authenticator_init(&a, (uint8_t)_i);
	make_create(&j, &a, 5);
	ck_assert(proof_job_valid(&j));
	judge(&j, &answer);
	ck_assert(proof_answer_valid(&j, &answer));
	ck_assert_uint_eq(answer.good, 1);
	ck_assert_uint_eq(answer.count, 5);
	ck_assert_uint_eq(answer.algorithm, a.algorithm);
	ck_assert_uint_eq(answer.id_len, a.id_len);
	ck_assert_mem_eq(answer.id, a.id, a.id_len);
	ck_assert_mem_eq(answer.key, key, authenticator_key(&a, key));

	make_get(&j, &a, UINT32_C(0x01020304));
	memcpy(j.key, answer.key, sizeof(j.key));
	ck_assert(proof_job_valid(&j));
	judge(&j, &answer);
	ck_assert(proof_answer_valid(&j, &answer));
	ck_assert_uint_eq(answer.good, 1);
	ck_assert_uint_eq(answer.count, UINT32_C(0x01020304));
	authenticator_fini(&a);
}
END_TEST

/* ---- what is not ----------------------------------------------------- */

struct change {
	const char *name;
	void (*make)(struct proof_job *j, struct authenticator *a);
	bool good;
};

static void
as_it_is(struct proof_job *j, struct authenticator *a)
{
	(void)j;
	(void)a;
}

static void
other_rp(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	(void)snprintf(j->rp, sizeof(j->rp), "practice.example");
}

static void
nobody_there(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	j->data[FLAGS] &= (uint8_t)~0x01;
}

static void
nobody_verified(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	j->data[FLAGS] &= (uint8_t)~0x04;
}

static void
synced(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	j->data[FLAGS] |= 0x18; /* may be backed up, and is */
}

static void
no_credential(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	j->data[FLAGS] &= (uint8_t)~0x40;
}

static void
some_make(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	memset(j->data + AAGUID, 0xaa, 16);
}

static void
other_hash(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	j->client_hash[31] ^= 1;
}

static void
other_count(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	j->data[36]++;
}

static void
cut(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	j->data_len--;
}

static void
header_only(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	j->data_len = PROOF_DATA_GET;
}

static void
empty(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	j->data_len = 0;
}

static void
longest_id(struct proof_job *j, struct authenticator *a)
{
	a->id_len = PASSKEY_ID_MAX;
	make_create(j, a, 0);
}

static void
too_long_id(struct proof_job *j, struct authenticator *a)
{
	a->id_len = PASSKEY_ID_MAX + 1;
	make_create(j, a, 0);
}

static void
no_id(struct proof_job *j, struct authenticator *a)
{
	a->id_len = 0;
	make_create(j, a, 0);
}

static void
id_beyond_the_end(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	j->data[ID_LEN_AT] = 0xff;
}

/* The key is not on the curve, or too small a number. */
static void
no_key(struct proof_job *j, struct authenticator *a)
{
	const bool rsa = a->algorithm == PASSKEY_RS256;
	size_t tail = rsa ? 262 : 32;

	/* an exponent stays; whatever is left of 32 bytes might be a point */
	memset(j->data + j->data_len - tail, 0, rsa ? tail - 6 : tail);
}

static void
other_algorithm(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	j->data[COSE_AT + 4] ^= 0x10;
}

static void
not_a_map(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	j->data[COSE_AT] = 0x85;
}

/* What some send though nobody has asked: credProtect. */
static void
with_extension(struct proof_job *j, struct authenticator *a)
{
	static const char extension[] = "\xa1\x6b"
					"credProtect\x02";

	(void)a;
	j->data[FLAGS] |= 0x80;
	memcpy(j->data + j->data_len, extension, sizeof(extension) - 1);
	j->data_len += (uint16_t)(sizeof(extension) - 1);
}

static void
broken_extension(struct proof_job *j, struct authenticator *a)
{
	(void)a;
	j->data[FLAGS] |= 0x80;
	j->data[j->data_len++] = 0xbf;
}

static const struct change creations[] = {
    {"as it is", as_it_is, true},
    {"for another host", other_rp, false},
    {"nobody was there", nobody_there, false},
    {"nobody was verified", nobody_verified, false},
    {"synced between devices", synced, true},
    {"no credential in it", no_credential, false},
    {"of some make", some_make, true},
    {"the last byte is missing", cut, false},
    {"all but the header is missing", header_only, false},
    {"empty", empty, false},
    {"the longest id", longest_id, true},
    {"a longer id", too_long_id, false},
    {"no id", no_id, false},
    {"an id that goes beyond the end", id_beyond_the_end, false},
    {"a key that is none", no_key, false},
    {"of another algorithm", other_algorithm, false},
    {"no map", not_a_map, false},
    {"an extension nobody asked for", with_extension, true},
    {"a broken extension", broken_extension, false},
};

START_TEST(what_a_new_one_must_be)
{
	const struct change *c = &creations[_i / 3];
	struct authenticator a;
	struct proof_job j;

	authenticator_init(&a, (uint8_t)(1 + _i % 3));
	make_create(&j, &a, 0);
	c->make(&j, &a);
	ck_assert_msg(is_good(&j) == c->good, "%s (%u)", c->name, a.algorithm);
	authenticator_fini(&a);
}
END_TEST

/* Signed as it was, and then changed: each is no. */
static const struct change changed[] = {
    {"as it is", as_it_is, true},
    {"for another host", other_rp, false},
    {"nobody was there", nobody_there, false},
    {"nobody was verified", nobody_verified, false},
    {"synced", synced, false},
    {"with another counter", other_count, false},
    {"over other client data", other_hash, false},
    {"cut", cut, false},
    {"empty", empty, false},
    {"an extension", with_extension, false},
};

/* Changed, and signed as it is then. */
static const struct change signed_so[] = {
    {"as it is", as_it_is, true},
    {"for another host", other_rp, false},
    {"nobody was there", nobody_there, false},
    {"nobody was verified", nobody_verified, false},
    {"synced", synced, true},
    {"with another counter", other_count, true},
    {"over other client data", other_hash, true},
    {"cut", cut, false},
    {"an extension", with_extension, false},
};

START_TEST(what_a_signature_must_be)
{
	const struct change *c = &changed[_i / 3];
	struct authenticator a;
	struct proof_job j;

	authenticator_init(&a, (uint8_t)(1 + _i % 3));
	make_get(&j, &a, 7);
	c->make(&j, &a);
	ck_assert_msg(is_good(&j) == c->good, "%s (%u)", c->name, a.algorithm);
	authenticator_fini(&a);
}
END_TEST

START_TEST(what_must_be_signed)
{
	const struct change *c = &signed_so[_i / 3];
	struct authenticator a;
	struct proof_job j;

	authenticator_init(&a, (uint8_t)(1 + _i % 3));
	make_get(&j, &a, 7);
	c->make(&j, &a);
	sign(&j, &a);
	ck_assert_msg(is_good(&j) == c->good, "%s (%u)", c->name, a.algorithm);
	authenticator_fini(&a);
}
END_TEST

/* Neither another's key, nor the same bytes as of another algorithm. */
START_TEST(whose_key)
{
	struct authenticator a, b;
	struct proof_job j;

	authenticator_init(&a, (uint8_t)_i);
	authenticator_init(&b, (uint8_t)_i);
	make_get(&j, &a, 7);
	ck_assert(is_good(&j));
	(void)authenticator_key(&b, j.key);
	ck_assert(!is_good(&j));
	(void)authenticator_key(&a, j.key);
	for (uint8_t alg = PASSKEY_ES256; alg <= PASSKEY_RS256; alg++) {
		j.algorithm = alg;
		ck_assert(is_good(&j) == (alg == a.algorithm));
	}
	j.algorithm = a.algorithm;
	memset(j.key, 0, sizeof(j.key));
	ck_assert(!is_good(&j));
	authenticator_fini(&a);
	authenticator_fini(&b);
}
END_TEST

/* No bit of a signature can be another. */
START_TEST(every_bit_of_a_signature)
{
	struct authenticator a;
	struct proof_job j;

	authenticator_init(&a, (uint8_t)_i);
	make_get(&j, &a, 7);
	for (size_t i = 0; i < (size_t)8 * j.signature_len; i++) {
		j.signature[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_msg(!is_good(&j), "bit %zu", i);
		j.signature[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	while (--j.signature_len > 0)
		ck_assert_msg(!is_good(&j), "%u bytes", j.signature_len);
	authenticator_fini(&a);
}
END_TEST

/* ---- in the sandbox -------------------------------------------------- */

static struct children *
start(void)
{
	const char *dir = getenv("POSTERN_BUILDDIR");
	struct children *c = NULL;
	char path[1024];

	(void)snprintf(path, sizeof(path), "%s/daemon/postern-passkey",
	    dir != NULL ? dir : ".");
	ck_assert_int_eq(children_exec(path, &proof_rules, &c), 0);
	return c;
}

/* The same judgement as without walls, each by a child of its own. */
START_TEST(behind_walls)
{
	struct children *c = start();
	struct authenticator a;
	struct proof_answer answer;
	pid_t pids[FAMILY_MAX];
	struct proof_job j;

	authenticator_init(&a, (uint8_t)_i);
	for (unsigned i = 0; i < 3; i++) {
		make_create(&j, &a, 5);
		ck_assert_int_eq(proof_ask(c, &j, &answer), 0);
		ck_assert_uint_eq(answer.algorithm, a.algorithm);
		ck_assert_mem_eq(answer.id, a.id, a.id_len);
		other_rp(&j, &a);
		ck_assert_int_eq(proof_ask(c, &j, &answer), PROOF_REFUSED);
		make_get(&j, &a, 6);
		ck_assert_int_eq(proof_ask(c, &j, &answer), 0);
		ck_assert_uint_eq(answer.count, 6);
		other_hash(&j, &a);
		ck_assert_int_eq(proof_ask(c, &j, &answer), PROOF_REFUSED);
	}
	family_settle(pids, 0);
	children_stop(&c);
	authenticator_fini(&a);
}
END_TEST

#ifndef POSTERN_SANITIZERS /* under which children may have any memory */
static bool
anything(const struct children_job *job)
{
	(void)job;
	return true;
}

/*
 * An array of 2,751,529,219 elements, for which libcbor wants 22 GB. A child
 * does not get them and says no, at once; it need not be killed.
 */
START_TEST(what_asks_for_too_much)
{
	static const uint8_t array[] = {0x9a, 0xa4, 0x01, 0x01, 0x03};
	struct children *c = start();
	struct authenticator a;
	struct proof_answer answer;
	struct proof_job j;
	struct children_job job = {
	    .parts = {{&j, sizeof(j)}},
	    .answer = &answer,
	    .answer_len = sizeof(answer),
	    .valid = anything,
	};

	authenticator_init(&a, PASSKEY_ES256);
	make_create(&j, &a, 1);
	memcpy(j.data + COSE_AT, array, sizeof(array));
	ck_assert_int_eq(children_ask(c, &job), 0);
	ck_assert_uint_eq(answer.good, 0);
	make_create(&j, &a, 1);
	ck_assert_int_eq(proof_ask(c, &j, &answer), 0);
	children_stop(&c);
	authenticator_fini(&a);
}
END_TEST
#endif

START_TEST(without_the_program)
{
	struct children *c = start();
	struct authenticator a;
	struct proof_answer answer;
	pid_t pids[FAMILY_MAX];
	struct proof_job j;

	authenticator_init(&a, PASSKEY_ES256);
	make_get(&j, &a, 6);
	ck_assert_uint_eq(family_children(getpid(), pids), 1);
	ck_assert_int_eq(kill(pids[0], SIGKILL), 0);
	ck_assert_int_lt(proof_ask(c, &j, &answer), 0);
	children_stop(&c);
	authenticator_fini(&a);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("judge");
	TCase *t = tcase_create("judge");

	if (sodium_init() < 0 || !judge_nursery.warm_up(NULL))
		return EXIT_FAILURE;
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, made_and_used, PASSKEY_ES256, PASSKEY_RS256 + 1);
	tcase_add_loop_test(
	    t, what_a_new_one_must_be, 0, 3 * (int)PN_ARRAY_LEN(creations));
	tcase_add_loop_test(
	    t, what_a_signature_must_be, 0, 3 * (int)PN_ARRAY_LEN(changed));
	tcase_add_loop_test(
	    t, what_must_be_signed, 0, 3 * (int)PN_ARRAY_LEN(signed_so));
	tcase_add_loop_test(t, whose_key, PASSKEY_ES256, PASSKEY_RS256 + 1);
	tcase_add_loop_test(
	    t, every_bit_of_a_signature, PASSKEY_ES256, PASSKEY_RS256 + 1);
	tcase_add_loop_test(t, behind_walls, PASSKEY_ES256, PASSKEY_RS256 + 1);
#ifndef POSTERN_SANITIZERS
	tcase_add_test(t, what_asks_for_too_much);
#endif
	tcase_add_test(t, without_the_program);
	suite_add_tcase(s, t);
	return run_suite(s);
}
