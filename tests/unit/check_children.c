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

static bool
act(int fd, const struct head *h, uint8_t *room, struct answer *a)
{
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
	ck_assert_uint_eq(family_grandchildren(first), 1);
	for (unsigned i = 2; i < JOBS; i++)
		expect_double(c);
	ck_assert_uint_eq(family_grandchildren(then), 1);
	ck_assert_int_eq(then[0], first[0]);
	expect_double(c);
	expect_double(c);
	ck_assert_uint_eq(family_grandchildren(then), 1);
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
	ck_assert_uint_eq(family_grandchildren(pids), 1);
	children_stop(&c);
}
END_TEST

START_TEST(test_idle)
{
	struct children *c = start();
	pid_t pids[FAMILY_MAX];

	expect_double(c);
	ck_assert_int_eq(poll(NULL, 0, IDLE + 500), 0);
	ck_assert_uint_eq(family_grandchildren(pids), 0);
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
	tcase_add_test(t, test_no_server);
	tcase_add_test(t, test_not_ready);
	tcase_add_loop_test(t, test_no_program, 0, (int)PN_ARRAY_LEN(programs));
	tcase_add_test(t, test_program);
	suite_add_tcase(s, t);
	return run_suite(s);
}
