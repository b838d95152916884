/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/children.h"
#include "base/clock.h"
#include "tests/unit/family.h"
#include "tests/unit/run.h"

#define JOBS 3
#define TIMEOUT 500
#define IDLE 300
#define ROOM 64

extern char **environ;

/* What a child is told to do. */
enum act {
	ACT_DOUBLE = 1, /* the answer is twice the number */
	ACT_LIE,        /* and one that cannot be */
	ACT_CUT,        /* half of it, and gone */
	ACT_DIE,
	ACT_CRASH,
	ACT_HANG,
	ACT_OPEN,   /* whether a file opens */
	ACT_SOCKET, /* which kills it */
	ACT_LOOK,   /* environment, descriptors */
	ACT_ONCE,   /* dies unless the child is fresh */
	ACT_FILL,   /* all of its room */
	ACT_SUM,    /* of the bytes that come behind, as many as the number */
	ACT_HALF,   /* as that, but dies in the middle if the first is 0 */
	ACT_EARLY,  /* answers before any of them, and leaves */
	ACT_MORE,   /* says more than it was asked for */
};

struct head {
	uint32_t act;
	uint32_t number;
};

struct answer {
	uint32_t number;
	uint32_t check; /* all bits of number, the other way round */
};

static uint32_t
count_open(void)
{
	uint32_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static uint32_t
count_environment(void)
{
	uint32_t n = 0;

	for (char **e = environ; e != NULL && *e != NULL; e++)
		n++;
	return n;
}

/* Reads LEN bytes and adds them up. */
static bool
sum(int fd, uint32_t len, uint32_t *sum_r)
{
	uint8_t some[1000];

	for (*sum_r = 0; len > 0;) {
		uint32_t n = len < sizeof(some) ? len : sizeof(some);

		if (!nursery_read(fd, some, n))
			return false;
		for (uint32_t i = 0; i < n; i++)
			*sum_r += some[i];
		len -= n;
	}
	return true;
}

static bool
act(int fd, const struct head *h, uint8_t *room, struct answer *a)
{
	const struct answer more[] = {{0, ~0U}, {7, ~7U}};
	uint32_t half;

	switch ((enum act)h->act) {
	case ACT_DOUBLE:
		a->number = 2 * h->number;
		break;
	case ACT_LIE:
		a->check = 1;
		break;
	case ACT_CUT:
		if (nursery_write(fd, a, sizeof(*a) / 2))
			return false;
		break;
	case ACT_DIE:
		return false;
	case ACT_CRASH:
		(void)raise(SIGSEGV);
		_exit(1);
	case ACT_HANG:
		for (;;)
			(void)poll(NULL, 0, 1000);
	case ACT_OPEN:
		a->number = open("/etc/passwd", O_RDONLY) >= 0;
		break;
	case ACT_SOCKET:
		(void)socket(AF_UNIX, SOCK_STREAM, 0);
		break;
	case ACT_LOOK:
		/* all files are closed to it: what main() has counted */
		memcpy(&a->number, room, sizeof(a->number));
		break;
	case ACT_ONCE:
		if (room[0]++ > 0)
			return false;
		break;
	case ACT_FILL:
		memset(room, 'x', ROOM);
		break;
	case ACT_SUM:
		return sum(fd, h->number, &a->number);
	case ACT_HALF:
		/* what its first byte says is the feeder's doing */
		return sum(fd, 1, &half) &&
		       sum(fd, h->number / 2, &a->number) && half != 0 &&
		       sum(fd, h->number - 1 - h->number / 2, &a->number);
	case ACT_EARLY:
		a->check = ~0U;
		if (nursery_write(fd, a, sizeof(*a)))
			return false;
		break;
	case ACT_MORE:
		return nursery_write(fd, more, sizeof(more));
	}
	return true;
}

static bool
serve(int fd, uint8_t *room, const void *arg)
{
	const uint32_t *seen = arg;
	struct answer a = {0};
	struct head h;

	if (!nursery_read(fd, &h, sizeof(h)))
		return false;
	if (h.act == ACT_LOOK)
		memcpy(room, seen, sizeof(*seen));
	if (!act(fd, &h, room, &a))
		return false;
	a.check += ~a.number;
	return nursery_write(fd, &a, sizeof(a));
}

static bool
ready(const void *arg)
{
	(void)arg;
	return true;
}

static bool
not_ready(const void *arg)
{
	(void)arg;
	return false;
}

static const uint32_t nothing;

static const struct nursery nursery = {
    .name = "check-nursery",
    .limits = {.memory = INT64_C(256) << 20, .cpu = 5},
    .jobs = JOBS,
    .idle = IDLE,
    .room = ROOM,
    .warm_up = ready,
    .serve = serve,
    .arg = &nothing,
};

static const struct children_rules rules = {JOBS, TIMEOUT};

/* ---- asking ---------------------------------------------------------- */

static struct children *
start(void)
{
	struct children *c = NULL;

	ck_assert_int_eq(children_start(&nursery, TIMEOUT, &c), 0);
	return c;
}

static bool
is_answer(const struct children_job *job)
{
	const struct answer *a = job->answer;

	return a->check == ~a->number;
}

static int
ask(struct children *c, enum act what, uint32_t number, uint32_t *number_r)
{
	struct answer a = {0};
	uint32_t acts = what;
	struct children_job job = {
	    .parts = {{&acts, sizeof(acts)}, {&number, sizeof(number)}},
	    .answer = &a,
	    .answer_len = sizeof(a),
	    .valid = is_answer,
	};
	int r = children_ask(c, &job);

	if (number_r != NULL)
		*number_r = a.number;
	return r;
}

static void
expect_double(struct children *c)
{
	uint32_t n;

	ck_assert_int_eq(ask(c, ACT_DOUBLE, 21, &n), 0);
	ck_assert_uint_eq(n, 42);
}

static const struct {
	const char *name;
	enum act what;
	int result;
} cases[] = {
    {"doubles", ACT_DOUBLE, 0},
    {"lies", ACT_LIE, CHILDREN_FAILED},
    {"says half of it", ACT_CUT, CHILDREN_FAILED},
    {"leaves", ACT_DIE, CHILDREN_FAILED},
    {"crashes", ACT_CRASH, CHILDREN_FAILED},
    {"opens a file", ACT_OPEN, 0},
    {"makes a socket", ACT_SOCKET, CHILDREN_FAILED},
    {"uses its room", ACT_FILL, 0},
    {"says too much", ACT_MORE, 0},
};

/* Whatever one does, the next job is done. */
START_TEST(test_cases)
{
	struct children *c = start();
	uint32_t n;

	for (unsigned i = 0; i < 2; i++) {
		ck_assert_msg(ask(c, cases[_i].what, 0, &n) == cases[_i].result,
		    "%s", cases[_i].name);
		ck_assert_uint_eq(n, 0);
		expect_double(c);
	}
	children_stop(&c);
	ck_assert_ptr_null(c);
}
END_TEST

START_TEST(test_replaced_in_time)
{
	struct children *c = start();
	pid_t first[FAMILY_MAX], then[FAMILY_MAX];

	expect_double(c);
	family_settle(first, 1);
	for (unsigned i = 2; i < JOBS; i++)
		expect_double(c);
	family_settle(then, 1);
	ck_assert_int_eq(then[0], first[0]);
	expect_double(c);
	expect_double(c);
	family_settle(then, 1);
	ck_assert_int_ne(then[0], first[0]);
	children_stop(&c);
}
END_TEST

/* What a child that is not fresh cannot do, a fresh one does. */
START_TEST(test_once_more)
{
	struct children *c = start();

	for (unsigned i = 0; i < 2 * JOBS; i++)
		ck_assert_int_eq(ask(c, ACT_ONCE, 0, NULL), 0);
	children_stop(&c);
}
END_TEST

START_TEST(test_hanging)
{
	struct children *c = start();
	pid_t pids[FAMILY_MAX];
	int64_t begun;

	begun = clock_boot();
	ck_assert_int_eq(ask(c, ACT_HANG, 0, NULL), CHILDREN_FAILED);
	ck_assert_int_ge(clock_boot() - begun, TIMEOUT);
	ck_assert_int_lt(clock_boot() - begun, 2 * TIMEOUT);
	expect_double(c);
	family_settle(pids, 1);
	children_stop(&c);
}
END_TEST

START_TEST(test_idle)
{
	struct children *c = start();
	pid_t pids[FAMILY_MAX];

	expect_double(c);
	ck_assert_int_eq(poll(NULL, 0, IDLE + 500), 0);
	family_settle(pids, 0);
	expect_double(c);
	children_stop(&c);
}
END_TEST

static void
ck_gone(struct children *c)
{
	struct pollfd pfd = {.fd = children_fd(c)};

	ck_assert_int_eq(poll(&pfd, 1, 5000), 1);
	ck_assert_int_ne(pfd.revents & POLLHUP, 0);
	ck_assert_int_lt(ask(c, ACT_DOUBLE, 1, NULL), 0);
	ck_assert_int_lt(ask(c, ACT_DOUBLE, 1, NULL), 0);
}

START_TEST(test_no_server)
{
	struct children *c = start();
	struct pollfd pfd = {.fd = children_fd(c)};
	pid_t pids[FAMILY_MAX];

	ck_assert_int_eq(poll(&pfd, 1, 0), 0);
	ck_assert_uint_eq(family_children(getpid(), pids), 1);
	ck_assert_int_eq(kill(pids[0], SIGKILL), 0);
	ck_gone(c);
	children_stop(&c);
}
END_TEST

START_TEST(test_not_ready)
{
	struct nursery n = nursery;
	struct children *c = NULL;

	n.warm_up = not_ready;
	ck_assert_int_eq(children_start(&n, TIMEOUT, &c), 0);
	ck_gone(c);
	children_stop(&c);
}
END_TEST

/* ---- fed piece by piece ---------------------------------------------- */

#define FED_LEN (3U << 20)
#define FED_PIECE 65536U

struct feeder {
	uint32_t at;      /* bytes given */
	unsigned begun;   /* how often from the first */
	uint32_t fail_at; /* returns error from there on; 0: never */
	int error;
	int pause; /* milliseconds before each piece */
	uint8_t piece[FED_PIECE];
};

/* Ones, but for the first byte: 0 the first time, then 1. */
static int
next_piece(void *arg, bool first, struct iovec *piece_r)
{
	struct feeder *f = arg;
	uint32_t n;

	(void)poll(NULL, 0, f->pause);
	if (first) {
		f->at = 0;
		f->begun++;
	}
	if (f->fail_at > 0 && f->at >= f->fail_at)
		return f->error;
	n = FED_LEN - f->at < FED_PIECE ? FED_LEN - f->at : FED_PIECE;
	memset(f->piece, 1, sizeof(f->piece));
	if (first)
		f->piece[0] = f->begun > 1;
	*piece_r = (struct iovec){f->piece, n};
	f->at += n;
	return 0;
}

static int
ask_fed(struct children *c, enum act what, struct feeder *f, uint32_t *number_r)
{
	struct answer a = {0};
	struct head h = {.act = what, .number = FED_LEN};
	struct children_job job = {
	    .parts = {{&h, sizeof(h)}},
	    .next = next_piece,
	    .next_arg = f,
	    .answer = &a,
	    .answer_len = sizeof(a),
	    .valid = is_answer,
	};
	int r = children_ask(c, &job);

	*number_r = a.number;
	return r;
}

static const struct {
	const char *name;
	enum act what;
	struct feeder feeder;
	int result;
	uint32_t number;
	unsigned begun;
	bool whole; /* all of it was asked for */
} fed[] = {
    {"all of it", ACT_SUM, {0}, 0, FED_LEN - 1, 1, true},
    {"once more", ACT_HALF, {0}, CHILDREN_FAILED, 0, 1, false},
    {"an errno", ACT_SUM, {.fail_at = FED_PIECE, .error = -EIO}, -EIO, 0, 1,
	false},
    {"a code", ACT_SUM, {.fail_at = FED_LEN / 2, .error = 7}, 7, 0, 1, false},
    {"at once", ACT_SUM, {.fail_at = 1, .error = -EIO}, -EIO, 0, 1, false},
    {"early", ACT_EARLY, {0}, 0, 0, 1, false},
    {"dies", ACT_DIE, {0}, CHILDREN_FAILED, 0, 1, false},
    {"hangs", ACT_HANG, {0}, CHILDREN_FAILED, 0, 1, false},
    {"is slow to come", ACT_SUM, {.pause = 50}, CHILDREN_FAILED, 0, 1, false},
};

START_TEST(test_fed)
{
	struct children *c = start();
	struct feeder f = fed[_i].feeder;
	uint32_t n;

	/* the first is a fresh child already: it is not tried twice */
	ck_assert_msg(ask_fed(c, fed[_i].what, &f, &n) == fed[_i].result, "%s",
	    fed[_i].name);
	ck_assert_msg(n == fed[_i].number, "%s", fed[_i].name);
	ck_assert_msg(f.begun == fed[_i].begun, "%s", fed[_i].name);
	ck_assert_msg((f.at == FED_LEN) == fed[_i].whole, "%s", fed[_i].name);
	expect_double(c);
	children_stop(&c);
}
END_TEST

/* One that has worked before dies in the middle: a fresh one gets all. */
START_TEST(test_fed_again)
{
	struct children *c = start();
	struct feeder f = {0};
	uint32_t n;

	expect_double(c);
	ck_assert_int_eq(ask_fed(c, ACT_HALF, &f, &n), 0);
	ck_assert_uint_eq(n, FED_LEN / 2 - 1);
	ck_assert_uint_eq(f.begun, 2);
	expect_double(c);
	/* the feeder's error is not the child's: nobody else is asked */
	f = (struct feeder){.fail_at = FED_PIECE, .error = -EIO};
	ck_assert_int_eq(ask_fed(c, ACT_SUM, &f, &n), -EIO);
	ck_assert_uint_eq(f.begun, 1);
	expect_double(c);
	children_stop(&c);
}
END_TEST

/* ---- another program ------------------------------------------------- */

static const struct {
	const char *path;
	int result;
} programs[] = {
    {"/nowhere/at-all", -ENOENT},
    {"/etc/passwd", -EACCES},
    {"/bin/true", -EPIPE},
};

START_TEST(test_no_program)
{
	struct children *c = NULL;
	pid_t pids[FAMILY_MAX];

	ck_assert_int_eq(
	    children_exec(programs[_i].path, &rules, &c), programs[_i].result);
	ck_assert_ptr_null(c);
	ck_assert_uint_eq(family_children(getpid(), pids), 0);
}
END_TEST

/* It is given standard input, output and error, and nothing else. */
START_TEST(test_program)
{
	struct children *c = NULL;
	uint32_t seen;
	int more = open("/dev/null", O_RDONLY);

	ck_assert_int_ge(more, 0);
	ck_assert_int_gt(count_environment(), 0);
	ck_assert_int_eq(children_exec("/proc/self/exe", &rules, &c), 0);
	expect_double(c);
	ck_assert_int_eq(ask(c, ACT_LOOK, 0, &seen), 0);
	ck_assert_uint_eq(seen, 3);
	children_stop(&c);
	(void)close(more);
}
END_TEST

/* As children_exec() runs it. */
static void
be_a_nursery(void)
{
	uint32_t seen = 100 * count_environment() + count_open();
	struct nursery n = nursery;

	n.arg = &seen;
	nursery_run(STDIN_FILENO, &n);
}

int
main(int argc, char **argv)
{
	Suite *s = suite_create("children");
	TCase *t = tcase_create("children");

	if (argc == 1 && strcmp(argv[0], "nursery") == 0)
		be_a_nursery();
	tcase_add_loop_test(t, test_cases, 0, (int)PN_ARRAY_LEN(cases));
	tcase_add_test(t, test_replaced_in_time);
	tcase_add_test(t, test_once_more);
	tcase_add_test(t, test_hanging);
	tcase_add_test(t, test_idle);
	tcase_add_loop_test(t, test_fed, 0, (int)PN_ARRAY_LEN(fed));
	tcase_add_test(t, test_fed_again);
	tcase_add_test(t, test_no_server);
	tcase_add_test(t, test_not_ready);
	tcase_add_loop_test(t, test_no_program, 0, (int)PN_ARRAY_LEN(programs));
	tcase_add_test(t, test_program);
	suite_add_tcase(s, t);
	return run_suite(s);
}
