/* SPDX-License-Identifier: Apache-2.0 */

#include "base/nursery.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/fdpass.h"

#define EXIT_DONE 0
#define EXIT_BROKEN 1

/* ---- the child ------------------------------------------------------- */

bool
nursery_read(int fd, void *data, size_t len)
{
	uint8_t *at = data;

	while (len > 0) {
		ssize_t n = read(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool
nursery_write(int fd, const void *data, size_t len)
{
	const uint8_t *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* False: nothing came for a while. */
static bool
wait_job(int fd, int idle)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	int n;

	do {
		n = poll(&pfd, 1, idle);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static void PN_NORETURN
child_main(int fd, const struct nursery *n)
{
	uint8_t *room = calloc(1, n->room);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (room == NULL || sandbox_close_others(&fd, 1) < 0 ||
	    sandbox_enter(&n->limits) < 0)
		_exit(EXIT_BROKEN);
	for (unsigned i = 0; i < n->jobs; i++)
		if (!wait_job(fd, n->idle) || !n->serve(fd, room, n->arg))
			break;
	_exit(EXIT_DONE);
}

/* ---- the server ------------------------------------------------------ */

static void
reap(int signals)
{
	struct signalfd_siginfo si;

	while (read(signals, &si, sizeof(si)) > 0)
		;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* False: whoever asks for children is gone. */
static bool
make_child(int socket, const struct nursery *n)
{
	uint8_t byte;
	int fd;
	int pidfd = -1;
	pid_t pid;
	int r = fdpass_receive(socket, &byte, &fd);

	if (r < 0 || fd < 0)
		return false;
	pid = fork();
	if (pid == 0)
		child_main(fd, n);
	(void)close(fd);
	/* not reaped before this function returns, so the pid is still its */
	if (pid > 0)
		pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pid > 0 && pidfd < 0)
		(void)kill(pid, SIGKILL);
	r = fdpass_send(socket, NURSERY_BYTE, pidfd);
	if (pidfd >= 0)
		(void)close(pidfd);
	return r == 0;
}

static int
catch_children(void)
{
	sigset_t set;

	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -errno;
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

void
nursery_run(int socket, const struct nursery *n)
{
	int signals;
	struct pollfd fds[2];

	(void)prctl(PR_SET_NAME, n->name);
	if (sandbox_close_others(&socket, 1) < 0)
		_exit(EXIT_BROKEN);
	signals = catch_children();
	if (signals < 0 || !n->warm_up(n->arg))
		_exit(EXIT_BROKEN);
	fds[0] = (struct pollfd){.fd = socket, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = signals, .events = POLLIN};
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			_exit(EXIT_BROKEN);
		if (fds[1].revents != 0)
			reap(signals);
		if (fds[0].revents != 0 && !make_child(socket, n))
			break;
	}
	/* they see the end of their sockets, or of their CPU time */
	while (waitpid(-1, NULL, 0) > 0)
		;
	_exit(EXIT_DONE);
}
