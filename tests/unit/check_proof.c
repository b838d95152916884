/* SPDX-License-Identifier: Apache-2.0 */

#include <poll.h>
#include <string.h>
#include "base/clock.h"
#include "daemon/proof.h"
#include "tests/unit/run.h"

static void
make_job(struct proof_job *j, enum proof_kind kind)
{
	proof_job_init(j, kind);
	memcpy(j->rp, "portal.practice.example", 24);
	j->data_len = PROOF_DATA_GET;
	if (kind == PROOF_GET) {
		j->algorithm = PASSKEY_ES256;
		j->signature_len = 70;
	}
}

/* ---- jobs ------------------------------------------------------------ */

static const struct {
	const char *name;
	enum proof_kind kind;
	uint16_t data_len;
	uint16_t signature_len;
	uint8_t algorithm;
	bool valid;
} jobs[] = {
    {"a new one", PROOF_CREATE, 200, 0, 0, true},
    {"nothing", PROOF_CREATE, 0, 0, 0, true},
    {"the longest", PROOF_CREATE, PROOF_DATA_MAX, 0, 0, true},
    {"too long", PROOF_CREATE, PROOF_DATA_MAX + 1, 0, 0, false},
    {"signed", PROOF_CREATE, 200, 70, 0, false},
    {"with a key", PROOF_CREATE, 200, 0, PASSKEY_ES256, false},
    {"a signature", PROOF_GET, 37, 70, PASSKEY_ES256, true},
    {"the longest signature", PROOF_GET, 37, PROOF_SIGNATURE_MAX, PASSKEY_RS256,
	true},
    {"a longer one", PROOF_GET, 37, PROOF_SIGNATURE_MAX + 1, PASSKEY_RS256,
	false},
    {"no signature", PROOF_GET, 37, 0, PASSKEY_ES256, false},
    {"less than a header", PROOF_GET, 36, 70, PASSKEY_ES256, false},
    {"more than a header", PROOF_GET, 38, 70, PASSKEY_ES256, false},
    {"no algorithm", PROOF_GET, 37, 70, 0, false},
    {"a later algorithm", PROOF_GET, 37, 70, PASSKEY_RS256 + 1, false},
    {"of no kind", 0, 37, 0, 0, false},
    {"of a later kind", PROOF_GET + 1, 37, 70, PASSKEY_ES256, false},
};

START_TEST(a_job_is_checked)
{
	struct proof_job j;

	make_job(&j, jobs[_i].kind);
	j.data_len = jobs[_i].data_len;
	j.signature_len = jobs[_i].signature_len;
	j.algorithm = jobs[_i].algorithm;
	ck_assert_msg(
	    proof_job_valid(&j) == jobs[_i].valid, "%s", jobs[_i].name);
	j.magic++;
	ck_assert(!proof_job_valid(&j));
}
END_TEST

START_TEST(a_name_has_an_end)
{
	struct proof_job j;

	make_job(&j, PROOF_CREATE);
	memset(j.rp, 'a', sizeof(j.rp));
	ck_assert(!proof_job_valid(&j));
	j.rp[sizeof(j.rp) - 1] = '\0';
	ck_assert(proof_job_valid(&j));
}
END_TEST

/* ---- answers --------------------------------------------------------- */

static const struct {
	const char *name;
	uint8_t good;
	uint8_t algorithm;
	uint8_t id_len;
	bool create; /* valid to this */
	bool get;
} answers[] = {
    {"no", 0, 0, 0, true, true},
    {"yes", 1, 0, 0, false, true},
    {"rather", 2, 0, 0, false, false},
    {"this one", 1, PASSKEY_ES256, 20, true, false},
    {"the longest id", 1, PASSKEY_RS256, PASSKEY_ID_MAX, true, false},
    {"without an id", 1, PASSKEY_ES256, 0, false, false},
    {"without an algorithm", 1, 0, 20, false, false},
    {"a later algorithm", 1, PASSKEY_RS256 + 1, 20, false, false},
    {"no, but", 0, PASSKEY_ES256, 20, false, false},
};

static void
make_answer(struct proof_answer *a, size_t i)
{
	proof_answer_init(a);
	a->good = answers[i].good;
	a->algorithm = answers[i].algorithm;
	a->id_len = answers[i].id_len;
}

START_TEST(an_answer_is_checked)
{
	struct proof_answer a;
	struct proof_job create, get;

	make_job(&create, PROOF_CREATE);
	make_job(&get, PROOF_GET);
	make_answer(&a, (size_t)_i);
	ck_assert_msg(proof_answer_valid(&create, &a) == answers[_i].create,
	    "%s", answers[_i].name);
	ck_assert_msg(proof_answer_valid(&get, &a) == answers[_i].get, "%s",
	    answers[_i].name);
	a.magic++;
	ck_assert(!proof_answer_valid(&create, &a));
	ck_assert(!proof_answer_valid(&get, &a));
}
END_TEST

/* ---- children that are not what they should be ----------------------- */

enum manner {
	AS_TOLD, /* what the case says */
	HALF,
	MORE, /* the end of one answer, and the start of another */
	NEVER,
};

struct told {
	size_t answer;
	enum manner manner;
};

static bool
serve(int fd, uint8_t *room, const void *arg)
{
	const struct told *told = arg;
	struct proof_answer a;

	if (!nursery_read(fd, room, sizeof(struct proof_job)))
		return false;
	make_answer(&a, told->answer);
	switch (told->manner) {
	case HALF:
		return nursery_write(fd, &a, sizeof(a) / 2);
	case MORE:
		return nursery_write(fd, (uint8_t *)&a + 1, sizeof(a) - 1) &&
		       nursery_write(fd, &a, sizeof(a));
	case NEVER:
		for (;;)
			(void)poll(NULL, 0, 1000);
	default:
		return nursery_write(fd, &a, sizeof(a));
	}
}

static bool
ready(const void *arg)
{
	(void)arg;
	return true;
}

static struct nursery
nursery_of(const struct told *told)
{
	return (struct nursery){
	    .name = "check-proof",
	    .limits = {.memory = INT64_C(256) << 20, .cpu = 5},
	    .jobs = 1,
	    .idle = 1000,
	    .room = sizeof(struct proof_job),
	    .warm_up = ready,
	    .serve = serve,
	    .arg = told,
	};
}

static int
ask(const struct told *told, enum proof_kind kind)
{
	struct nursery n = nursery_of(told);
	struct children *c = NULL;
	struct proof_answer a;
	struct proof_job j;
	int r;

	make_job(&j, kind);
	ck_assert_int_eq(children_start(&n, proof_rules.timeout, &c), 0);
	r = proof_ask(c, &j, &a);
	ck_assert_int_eq(proof_ask(c, &j, &a), r);
	children_stop(&c);
	return r;
}

START_TEST(what_cannot_be_is_no)
{
	struct told told = {(size_t)_i, AS_TOLD};
	bool good = answers[_i].good == 1;

	ck_assert_int_eq(ask(&told, PROOF_CREATE),
	    good && answers[_i].create ? 0 : PROOF_REFUSED);
	ck_assert_int_eq(
	    ask(&told, PROOF_GET), good && answers[_i].get ? 0 : PROOF_REFUSED);
}
END_TEST

START_TEST(what_is_not_said_is_no)
{
	struct told told = {1, (enum manner)_i};
	int64_t begun = clock_boot();

	ck_assert_int_eq(ask(&told, PROOF_GET), PROOF_REFUSED);
	ck_assert_int_lt(clock_boot() - begun, 2 * proof_rules.timeout + 1000);
}
END_TEST

/* Whoever says no to nothing works. */
START_TEST(it_is_tried_beforehand)
{
	static const int results[] = {
	    0, CHILDREN_FAILED, CHILDREN_FAILED, CHILDREN_FAILED};
	struct told told = {(size_t)_i, AS_TOLD};
	struct nursery n = nursery_of(&told);
	struct children *c = NULL;

	ck_assert_int_eq(children_start(&n, proof_rules.timeout, &c), 0);
	ck_assert_int_eq(proof_try(c), results[_i]);
	children_stop(&c);
}
END_TEST

START_TEST(a_wrong_question_is_not_asked)
{
	struct proof_answer a;
	struct proof_job j;

	make_job(&j, PROOF_GET);
	j.signature_len = 0;
	ck_assert_int_lt(proof_ask(NULL, &j, &a), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("proof");
	TCase *t = tcase_create("proof");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_job_is_checked, 0, (int)PN_ARRAY_LEN(jobs));
	tcase_add_test(t, a_name_has_an_end);
	tcase_add_loop_test(
	    t, an_answer_is_checked, 0, (int)PN_ARRAY_LEN(answers));
	tcase_add_loop_test(
	    t, what_cannot_be_is_no, 0, (int)PN_ARRAY_LEN(answers));
	tcase_add_loop_test(t, what_is_not_said_is_no, HALF, NEVER + 1);
	tcase_add_loop_test(t, it_is_tried_beforehand, 0, 4);
	tcase_add_test(t, a_wrong_question_is_not_asked);
	suite_add_tcase(s, t);
	return run_suite(s);
}
