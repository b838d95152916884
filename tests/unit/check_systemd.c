/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/socket.h"
#include "base/systemd.h"
#include "tests/unit/run.h"

/* sd_listen_fds(3): descriptors from 3 on, for the process of LISTEN_PID. */
static void
pass(const int *fds, int n, const char *names)
{
	char text[24];
	int copies[4];

	for (int i = 0; i < n; i++)
		copies[i] = fcntl(fds[i], F_DUPFD, 100);
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(dup2(copies[i], 3 + i), 3 + i);
	(void)snprintf(text, sizeof(text), "%ld", (long)getpid());
	ck_assert_int_eq(setenv("LISTEN_PID", text, 1), 0);
	(void)snprintf(text, sizeof(text), "%d", n);
	ck_assert_int_eq(setenv("LISTEN_FDS", text, 1), 0);
	ck_assert_int_eq(setenv("LISTEN_FDNAMES", names, 1), 0);
}

static int
listening(const char *dir, const char *name)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	ck_assert_int_eq(socket_listen(path, 0600, &fd), 0);
	(void)unlink(path);
	return fd;
}

START_TEST(nothing_is_passed)
{
	int fd = 7;

	(void)unsetenv("LISTEN_PID");
	ck_assert_int_eq(systemd_take_socket("portal", &fd), 0);
	ck_assert_int_eq(fd, -1);
}
END_TEST

#ifdef HAVE_SYSTEMD
START_TEST(sockets_are_taken_by_name)
{
	char dir[] = "/tmp/check_systemd.XXXXXX";
	int fds[3], fd = 7;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	fds[0] = listening(dir, "a");
	fds[1] = listening(dir, "b");
	fds[2] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	(void)rmdir(dir);

	pass(fds, 3, "bridge:portal:admin");
	ck_assert_int_eq(systemd_take_socket("portal", &fd), 0);
	ck_assert_int_eq(fd, 4);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(systemd_take_socket("bridge", &fd), 0);
	ck_assert_int_eq(fd, 3);
	ck_assert_int_eq(systemd_take_socket("lmtp", &fd), 0);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(systemd_take_socket("admin", &fd), -ENOTSOCK);

	ck_assert_int_eq(setenv("LISTEN_FDNAMES", "x:x:y", 1), 0);
	ck_assert_int_eq(systemd_take_socket("x", &fd), -EEXIST);
}
END_TEST

/* Listening on ADDRESS, any port. */
static int
listening_on(in_addr_t address)
{
	struct sockaddr_in addr = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

START_TEST(tcp_is_taken_on_loopback_only)
{
	char dir[] = "/tmp/check-systemd-XXXXXX";
	int fds[3], fd = 7;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	fds[0] = listening(dir, "a");
	fds[1] = listening_on(INADDR_LOOPBACK);
	fds[2] = listening_on(INADDR_ANY);
	(void)rmdir(dir);
	pass(fds, 3, "unix:near:far");
	ck_assert_int_eq(systemd_take_loopback("near", &fd), 0);
	ck_assert_int_eq(fd, 4);
	ck_assert_int_eq(systemd_take_loopback("far", &fd), -ENOTSOCK);
	ck_assert_int_eq(systemd_take_loopback("unix", &fd), -ENOTSOCK);
	ck_assert_int_eq(systemd_take_socket("near", &fd), -ENOTSOCK);
	ck_assert_int_eq(systemd_take_loopback("none", &fd), 0);
	ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(state_is_told)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(addr.sun_family);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[128];
	ssize_t n;

	/* an abstract address of the kernel's choosing */
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, len), 0);
	len = sizeof(addr);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	addr.sun_path[0] = '@';
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", addr.sun_path, 1), 0);

	systemd_notify_ready();
	n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "READY=1"));
	systemd_notify_status("3 sockets");
	n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "STATUS=3 sockets"));

	ck_assert_int_eq(systemd_watchdog_interval(), 0);
	ck_assert_int_eq(setenv("WATCHDOG_USEC", "30000000", 1), 0);
	ck_assert_int_eq(systemd_watchdog_interval(), 15000);
	(void)close(fd);
}
END_TEST
#endif

START_TEST(credentials_have_a_path)
{
	char dir[] = "/tmp/check_systemd.XXXXXX";
	char expected[64];
	char *path = NULL;
	int fd;

	(void)unsetenv("CREDENTIALS_DIRECTORY");
	ck_assert_int_eq(systemd_credential("store.key", &path), 0);
	ck_assert_ptr_null(path);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", dir, 1), 0);
	ck_assert_int_eq(systemd_credential("store.key", &path), 0);
	ck_assert_ptr_null(path);
	(void)snprintf(expected, sizeof(expected), "%s/store.key", dir);
	fd = open(expected, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	ck_assert_int_eq(systemd_credential("store.key", &path), 0);
	ck_assert_str_eq(path, expected);
	free(path);
	(void)unlink(expected);
	(void)rmdir(dir);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("systemd");
	TCase *t = tcase_create("systemd");

	tcase_add_test(t, nothing_is_passed);
#ifdef HAVE_SYSTEMD
	tcase_add_test(t, sockets_are_taken_by_name);
	tcase_add_test(t, tcp_is_taken_on_loopback_only);
	tcase_add_test(t, state_is_told);
#endif
	tcase_add_test(t, credentials_have_a_path);
	suite_add_tcase(s, t);
	return run_suite(s);
}
