/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/fdpass.h"
#include "base/socket.h"
#include "daemon/clamd.h"
#include "tests/unit/run.h"

/* Long enough on a busy machine, where an answer comes at all. */
#define PATIENT (20 * CLOCK_SECOND)
#define SHORT 100
#define CONTENT "canary in a file"

/* A clamd that gives one answer, and keeps what it was handed. */
struct peer {
	char dir[32];
	char path[64];
	int listening;
	pthread_t thread;
	/* what it does */
	const char *answer;
	size_t len;     /* of ANSWER */
	unsigned pause; /* microseconds before each of its bytes */
	bool hangs;     /* until LET_GO, instead of an answer */
	bool deaf;      /* hangs up before it is asked */
	int let_go;     /* an eventfd */
	/* what it was asked */
	char command[16];
	int memory; /* as it was handed over; -1 */
	int asked;
};

static void
peer_hear(struct peer *p, int fd)
{
	size_t len = 0;
	uint8_t byte;
	ssize_t n;

	do {
		n = recv(fd, p->command + len, 1, 0);
		len += n > 0 ? 1 : 0;
	} while (
	    n > 0 && len < sizeof(p->command) && p->command[len - 1] != '\0');
	if (n > 0 && strcmp(p->command, "zFILDES") == 0)
		(void)!fdpass_receive(fd, &byte, &p->memory);
}

static void
peer_say(const struct peer *p, int fd)
{
	size_t step = p->pause > 0 ? 1 : p->len;

	for (size_t i = 0; i < p->len; i += step) {
		if (p->pause > 0)
			(void)usleep(p->pause);
		if (send(fd, p->answer + i, step, MSG_NOSIGNAL) < 0)
			return;
	}
}

static void *
peer_serve(void *arg)
{
	struct peer *p = arg;
	uint64_t n;
	int fd;

	while ((fd = accept4(p->listening, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		p->asked++;
		if (!p->deaf)
			peer_hear(p, fd);
		if (p->hangs)
			(void)!read(p->let_go, &n, sizeof(n));
		else if (!p->deaf)
			peer_say(p, fd);
		(void)close(fd);
	}
	return NULL;
}

static void
peer_start(struct peer *p)
{
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/check_clamd.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof(p->path), "%s/ctl", p->dir);
	p->memory = -1;
	p->let_go = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(p->let_go, 0);
	ck_assert_int_eq(socket_listen(p->path, 0600, &p->listening), 0);
	ck_assert_int_eq(pthread_create(&p->thread, NULL, peer_serve, p), 0);
}

static void
peer_stop(struct peer *p)
{
	(void)shutdown(p->listening, SHUT_RDWR);
	(void)pthread_join(p->thread, NULL);
	(void)close(p->listening);
	(void)close(p->let_go);
	if (p->memory >= 0)
		(void)close(p->memory);
	(void)unlink(p->path);
	(void)rmdir(p->dir);
}

static struct clamd
clamd_of(const struct peer *p, int64_t timeout)
{
	return (struct clamd){
	    .path = p->path, .timeout = timeout, .stop = -1, .held = -1};
}

static struct clamd_file *
new_file(void)
{
	struct clamd_file *f = NULL;

	ck_assert_int_eq(clamd_file_new(strlen(CONTENT), &f), 0);
	ck_assert_int_eq(clamd_file_add(f, CONTENT, strlen(CONTENT)), 0);
	return f;
}

static int
scan_content(struct clamd *c)
{
	clamd_file_auto struct clamd_file *f = new_file();

	return clamd_scan(c, f);
}

#define ANSWER(text) text, sizeof(text)
#define CUT(text) text, sizeof(text) - 1
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
	const char *answer;
	size_t len;
	int code;
} answers[] = {
    {ANSWER("fd[11]: OK"), 0},
    {ANSWER("fd[0]: Eicar-Test-Signature FOUND"), CLAMD_INFECTED},
    {ANSWER("fd[11]: A name with blanks: OK FOUND"), CLAMD_INFECTED},
    {ANSWER("fd[11]: Heuristics.Limits.Exceeded.MaxFileSize FOUND"),
	CLAMD_EXCEEDED},
    {ANSWER("fd[11]: Heuristics.Limits.Exceeded FOUND"), CLAMD_EXCEEDED},
    {ANSWER("fd[11]: Time limit reached ERROR"), CLAMD_UNCLEAR},
    {ANSWER("fd[11]: FOUND"), CLAMD_UNCLEAR},
    {ANSWER("fd[11]: OK "), CLAMD_UNCLEAR},
    {ANSWER("fd[11]: OK\n"), CLAMD_UNCLEAR},
    {ANSWER("fd[11]: ok"), CLAMD_UNCLEAR},
    {ANSWER("fd[11]:OK"), CLAMD_UNCLEAR},
    {ANSWER("fd[x]: OK"), CLAMD_UNCLEAR},
    {ANSWER("stream: OK"), CLAMD_UNCLEAR},
    {ANSWER("/etc/passwd: OK"), CLAMD_UNCLEAR},
    {ANSWER("OK"), CLAMD_UNCLEAR},
    {ANSWER(""), CLAMD_UNCLEAR},
    {ANSWER("UNKNOWN COMMAND"), CLAMD_UNCLEAR},
    {ANSWER("INSTREAM size limit exceeded. ERROR"), CLAMD_UNCLEAR},
    {ANSWER("fd[11]: OK\0fd[11]: Eicar FOUND"), CLAMD_UNCLEAR},
    {ANSWER("\xff\xfe\x01 OK"), CLAMD_UNCLEAR},
    {CUT("fd[11]: OK"), CLAMD_SILENT},
    {CUT("fd[11]: O"), CLAMD_SILENT},
    {CUT(""), CLAMD_SILENT},
    {CUT(HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
	     HUNDRED HUNDRED),
	CLAMD_UNCLEAR},
    {ANSWER("fd[" HUNDRED HUNDRED HUNDRED HUNDRED "]: OK"), 0},
};

/* Nothing but OK is clean. */
START_TEST(only_ok_is_clean)
{
	struct peer p = {.answer = answers[_i].answer, .len = answers[_i].len};
	struct clamd c = clamd_of(&p, PATIENT);

	peer_start(&p);
	ck_assert_int_eq(scan_content(&c), answers[_i].code);
	clamd_fini(&c);
	peer_stop(&p);
	ck_assert_str_eq(p.command, "zFILDES");
}
END_TEST

START_TEST(an_answer_may_come_in_pieces)
{
	struct peer p = {
	    .answer = "fd[11]: OK", .len = sizeof("fd[11]: OK"), .pause = 2000};
	struct clamd c = clamd_of(&p, PATIENT);

	peer_start(&p);
	ck_assert_int_eq(scan_content(&c), 0);
	clamd_fini(&c);
	peer_stop(&p);
}
END_TEST

/* The time is for all of the answer, not for each byte. */
START_TEST(a_slow_answer_is_none)
{
	struct peer p = {.answer = "fd[11]: OK",
	    .len = sizeof("fd[11]: OK"),
	    .pause = 50000};
	struct clamd c = clamd_of(&p, SHORT);

	peer_start(&p);
	ck_assert_int_eq(scan_content(&c), CLAMD_SILENT);
	clamd_fini(&c);
	peer_stop(&p);
}
END_TEST

START_TEST(hanging_up_is_no_answer)
{
	struct peer p = {.deaf = true};
	struct clamd c = clamd_of(&p, PATIENT);

	peer_start(&p);
	ck_assert_int_eq(scan_content(&c), CLAMD_SILENT);
	/* it holds nothing any more */
	ck_assert_int_eq(clamd_ready(&c), 0);
	peer_stop(&p);
}
END_TEST

/* All of it, without a name on any disk, and nobody can change it. */
START_TEST(a_file_is_handed_over_sealed)
{
	struct peer p = {.answer = "fd[1]: OK", .len = sizeof("fd[1]: OK")};
	struct clamd c = clamd_of(&p, PATIENT);
	clamd_file_auto struct clamd_file *f = new_file();
	char bytes[64] = "", zeros[sizeof(CONTENT)] = "";
	struct stat st;
	ssize_t n = (ssize_t)strlen(CONTENT);

	peer_start(&p);
	ck_assert_int_eq(clamd_scan(&c, f), 0);
	ck_assert_int_ge(p.memory, 0);
	ck_assert_int_eq(fstat(p.memory, &st), 0);
	ck_assert_uint_eq(st.st_nlink, 0);
	ck_assert_int_eq(pread(p.memory, bytes, sizeof(bytes), 0), n);
	ck_assert_mem_eq(bytes, CONTENT, strlen(CONTENT));
	ck_assert_int_eq(pwrite(p.memory, "x", 1, 0), -1);
	ck_assert_int_eq(ftruncate(p.memory, 0), -1);
	ck_assert_int_eq(ftruncate(p.memory, 4096), -1);
	ck_assert_ptr_eq(
	    mmap(NULL, 1, PROT_WRITE, MAP_SHARED, p.memory, 0), MAP_FAILED);
	ck_assert_int_eq(fcntl(p.memory, F_ADD_SEALS, F_SEAL_WRITE), -1);
	/* whoever holds it longer than we do holds nothing */
	clamd_file_free(&f);
	ck_assert_int_eq(pread(p.memory, bytes, sizeof(bytes), 0), n);
	ck_assert_mem_eq(bytes, zeros, strlen(CONTENT));
	peer_stop(&p);
}
END_TEST

/* What hangs gets no second file, and so never holds more than one. */
START_TEST(a_file_that_is_held_is_the_only_one)
{
	struct peer p = {.hangs = true};
	struct clamd c = clamd_of(&p, SHORT);
	const uint64_t one = 1;
	struct pollfd held;

	peer_start(&p);
	ck_assert_int_eq(scan_content(&c), CLAMD_SILENT);
	ck_assert_int_eq(clamd_ready(&c), CLAMD_SILENT);
	ck_assert_int_eq(scan_content(&c), CLAMD_SILENT);
	ck_assert_int_eq(clamd_probe(&c), CLAMD_SILENT);
	held = (struct pollfd){.fd = c.held, .events = POLLIN};
	ck_assert_int_eq(write(p.let_go, &one, sizeof(one)), sizeof(one));
	ck_assert_int_eq(poll(&held, 1, PATIENT), 1);
	ck_assert_int_eq(clamd_ready(&c), 0);
	peer_stop(&p);
	ck_assert_int_eq(p.asked, 1);
}
END_TEST

START_TEST(who_waits_can_be_stopped)
{
	struct peer p = {.hangs = true};
	struct clamd c = clamd_of(&p, PATIENT);
	const uint64_t one = 1;
	int64_t begun = clock_boot();

	peer_start(&p);
	c.stop = eventfd(1, EFD_CLOEXEC);
	ck_assert_int_eq(scan_content(&c), -ECANCELED);
	ck_assert_int_lt(clock_boot() - begun, PATIENT / 2);
	ck_assert_int_eq(clamd_ready(&c), 0);
	ck_assert_int_eq(write(p.let_go, &one, sizeof(one)), sizeof(one));
	peer_stop(&p);
	(void)close(c.stop);
}
END_TEST

START_TEST(nobody_there_is_told_at_once)
{
	struct peer p = {.answer = "fd[1]: OK", .len = sizeof("fd[1]: OK")};
	struct clamd c = clamd_of(&p, PATIENT);
	char version[CLAMD_VERSION_MAX + 1];
	int64_t begun = clock_boot();
	int waiting[8], n = 0;

	peer_start(&p);
	peer_stop(&p);
	ck_assert_int_eq(scan_content(&c), CLAMD_UNREACHABLE);
	ck_assert_int_eq(clamd_version(&c, version), CLAMD_UNREACHABLE);

	/* somebody who has stopped taking calls */
	ck_assert_int_eq(mkdir(p.dir, 0700), 0);
	ck_assert_int_eq(socket_listen(p.path, 0600, &p.listening), 0);
	ck_assert_int_eq(listen(p.listening, 1), 0);
	for (; n < 2; n++)
		ck_assert_int_eq(socket_connect(p.path, &waiting[n]), 0);
	ck_assert_int_eq(scan_content(&c), CLAMD_UNREACHABLE);
	ck_assert_int_lt(clock_boot() - begun, PATIENT / 2);
	while (n-- > 0)
		(void)close(waiting[n]);
	(void)close(p.listening);
	(void)unlink(p.path);
	(void)rmdir(p.dir);
}
END_TEST

static const struct {
	const char *answer;
	size_t len;
	int code;
} probes[] = {
    {ANSWER("fd[11]: Heuristics.Limits.Exceeded.MaxFileSize FOUND"), 0},
    {ANSWER("fd[11]: OK"), CLAMD_LENIENT},
    {ANSWER("fd[11]: Eicar FOUND"), CLAMD_UNCLEAR},
    {ANSWER("fd[11]: Can't allocate memory ERROR"), CLAMD_UNCLEAR},
    {CUT(""), CLAMD_SILENT},
};

/* The question is larger than all that clamd looks at, and weighs nothing. */
START_TEST(limits_are_asked_for)
{
	struct peer p = {.answer = probes[_i].answer, .len = probes[_i].len};
	struct clamd c = clamd_of(&p, PATIENT);
	struct stat st;

	peer_start(&p);
	ck_assert_int_eq(clamd_probe(&c), probes[_i].code);
	clamd_fini(&c);
	ck_assert_int_eq(fstat(p.memory, &st), 0);
	ck_assert_int_gt(st.st_size, INT64_C(2) << 30);
	ck_assert_int_eq(st.st_blocks, 0);
	peer_stop(&p);
}
END_TEST

static const struct {
	const char *answer;
	size_t len;
	const char *version; /* NULL: unclear */
} versions[] = {
    {ANSWER("ClamAV 1.4.6/27461/Sat Nov 28 09:00:00 2026"),
	"ClamAV 1.4.6/27461/Sat Nov 28 09:00:00 2026"},
    {ANSWER("ClamAV 1.4.6"), "ClamAV 1.4.6"},
    {ANSWER("PONG"), NULL},
    {ANSWER("ClamAV \x1b[2J"), NULL},
    {ANSWER("ClamAV " HUNDRED), NULL},
};

START_TEST(versions_are_printable)
{
	struct peer p = {
	    .answer = versions[_i].answer, .len = versions[_i].len};
	struct clamd c = clamd_of(&p, PATIENT);
	char version[CLAMD_VERSION_MAX + 1] = "";
	int r;

	peer_start(&p);
	r = clamd_version(&c, version);
	peer_stop(&p);
	ck_assert_str_eq(p.command, "zVERSION");
	ck_assert_int_eq(r, versions[_i].version == NULL ? CLAMD_UNCLEAR : 0);
	if (r == 0)
		ck_assert_str_eq(version, versions[_i].version);
}
END_TEST

START_TEST(a_file_has_its_size)
{
	struct clamd c = {
	    .path = "/nonexistent", .timeout = SHORT, .stop = -1, .held = -1};
	clamd_file_auto struct clamd_file *f = NULL;

	ck_assert_int_eq(clamd_file_new(0, &f), -EINVAL);
	ck_assert_int_eq(clamd_file_new(4, &f), 0);
	ck_assert_int_eq(clamd_file_add(f, "abc", 3), 0);
	/* not all of it is there: it is nothing to scan */
	ck_assert_int_eq(clamd_scan(&c, f), -EINVAL);
	ck_assert_int_eq(clamd_file_add(f, "de", 2), -EOVERFLOW);
	ck_assert_int_eq(clamd_file_add(f, "d", 1), 0);
	ck_assert_int_eq(clamd_scan(&c, f), CLAMD_UNREACHABLE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("clamd");
	TCase *t = tcase_create("clamd");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, only_ok_is_clean, 0, (int)PN_ARRAY_LEN(answers));
	tcase_add_test(t, an_answer_may_come_in_pieces);
	tcase_add_test(t, a_slow_answer_is_none);
	tcase_add_test(t, hanging_up_is_no_answer);
	tcase_add_test(t, a_file_is_handed_over_sealed);
	tcase_add_test(t, a_file_that_is_held_is_the_only_one);
	tcase_add_test(t, who_waits_can_be_stopped);
	tcase_add_test(t, nobody_there_is_told_at_once);
	tcase_add_loop_test(
	    t, limits_are_asked_for, 0, (int)PN_ARRAY_LEN(probes));
	tcase_add_loop_test(
	    t, versions_are_printable, 0, (int)PN_ARRAY_LEN(versions));
	tcase_add_test(t, a_file_has_its_size);
	suite_add_tcase(s, t);
	return run_suite(s);
}
