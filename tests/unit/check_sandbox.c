/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/sandbox.h"
#include "tests/unit/run.h"

/* Exit codes of a child that was let do something. */
enum { DONE = 0, REFUSED = 10, UNGUARDED = 11, NO_SANDBOX = 12 };

static int
refused(bool worked, int error)
{
	return worked ? UNGUARDED : errno == error ? REFUSED : 99;
}

static int
do_work(int fd)
{
	char text[8];
	char *memory;

	if (read(fd, text, sizeof(text)) != 5 || memcmp(text, "hello", 5) != 0)
		return 1;
	memory = malloc(4 << 20);
	if (memory == NULL)
		return 2;
	memset(memory, 1, 4 << 20);
	free(memory);
	return DONE;
}

static int
do_open(int fd)
{
	(void)fd;
	return refused(open("/etc/passwd", O_RDONLY) >= 0, EACCES);
}

static int
do_create(int fd)
{
	(void)fd;
	return refused(
	    open("/tmp/escaped", O_WRONLY | O_CREAT, 0600) >= 0, EACCES);
}

static int
do_memory(int fd)
{
	(void)fd;
#ifdef POSTERN_SANITIZERS
	return REFUSED;
#endif
	return refused(mmap(NULL, (size_t)1 << 30, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED,
	    ENOMEM);
}

static int
do_socket(int fd)
{
	(void)fd;
	return refused(socket(AF_INET, SOCK_STREAM, 0) >= 0, 0);
}

static int
do_unix_socket(int fd)
{
	(void)fd;
	return refused(socket(AF_UNIX, SOCK_STREAM, 0) >= 0, 0);
}

static int
do_exec(int fd)
{
	char *argv[] = {NULL};

	(void)fd;
	(void)execve("/bin/true", argv, argv);
	return 99;
}

static int
do_fork(int fd)
{
	(void)fd;
	return refused(fork() >= 0, 0);
}

static int
do_kill(int fd)
{
	(void)fd;
	return refused(kill(getppid(), 0) == 0, 0);
}

static int
do_executable_memory(int fd)
{
	(void)fd;
	return refused(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED,
	    0);
}

static int
do_spin(int fd)
{
	(void)fd;
	for (volatile unsigned i = 0;; i++)
		continue;
	return UNGUARDED;
}

static const struct {
	const char *name;
	int (*act)(int fd);
	int code;
	int signal;
} cases[] = {
    {"read a pipe and compute", do_work, DONE, 0},
    {"open", do_open, REFUSED, 0},
    {"create", do_create, REFUSED, 0},
    {"memory", do_memory, REFUSED, 0},
    {"socket", do_socket, 0, SIGSYS},
    {"unix socket", do_unix_socket, 0, SIGSYS},
    {"exec", do_exec, 0, SIGSYS},
    {"fork", do_fork, 0, SIGSYS},
    {"kill", do_kill, 0, SIGSYS},
    {"executable memory", do_executable_memory, 0, SIGSYS},
    {"spin", do_spin, 0, SIGKILL},
};

static int
run_child(int (*act)(int fd), int fd)
{
	struct sandbox_limits limits = {.memory = 256 << 20, .cpu = 1};
	int keep[] = {fd};

	if (sandbox_close_others(keep, 1) != 0 || sandbox_enter(&limits) != 0)
		return NO_SANDBOX;
	return act(fd);
}

START_TEST(child_may_only_compute)
{
	int pipe_fd[2];
	int status;
	pid_t pid;

	ck_assert_int_eq(pipe2(pipe_fd, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(run_child(cases[_i].act, pipe_fd[0]));
	ck_assert_int_eq(write(pipe_fd[1], "hello", 5), 5);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	(void)close(pipe_fd[0]);
	(void)close(pipe_fd[1]);
	if (cases[_i].signal != 0) {
		ck_assert_msg(WIFSIGNALED(status), "%s: exited with %d",
		    cases[_i].name, WEXITSTATUS(status));
		ck_assert_int_eq(WTERMSIG(status), cases[_i].signal);
	} else {
		ck_assert_msg(WIFEXITED(status), "%s: signal %d",
		    cases[_i].name, WTERMSIG(status));
		ck_assert_int_eq(WEXITSTATUS(status), cases[_i].code);
	}
}
END_TEST

START_TEST(others_are_closed)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int a = open("/dev/null", O_RDONLY);
		int b = open("/dev/null", O_RDONLY);
		int c = open("/dev/null", O_RDONLY);
		int keep[] = {c, b};
		bool good = sandbox_close_others(keep, 2) == 0 &&
			    fcntl(a, F_GETFD) < 0 && fcntl(b, F_GETFD) >= 0 &&
			    fcntl(c, F_GETFD) >= 0 && fcntl(0, F_GETFD) < 0 &&
			    fcntl(1, F_GETFD) < 0 && fcntl(2, F_GETFD) >= 0;

		_exit(good ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sandbox");
	TCase *t = tcase_create("sandbox");

	tcase_add_loop_test(
	    t, child_may_only_compute, 0, (int)PN_ARRAY_LEN(cases));
	tcase_add_test(t, others_are_closed);
	suite_add_tcase(s, t);
	return run_suite(s);
}
