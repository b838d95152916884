/* SPDX-License-Identifier: Apache-2.0 */

#include "bridge/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <iconv.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <gmime/gmime.h>
#include <sodium.h>
#include "base/sandbox.h"
#include "bridge/fdpass.h"
#include "bridge/verdict.h"

#define EXIT_DONE 0
#define EXIT_BROKEN 1

/* ---- before the door closes ---------------------------------------------- */

/*
 * glibc loads converters from files, which the sandbox forbids. Left open on
 * purpose: closing the last one of a kind unloads it.
 */
static void
load_converters(void)
{
	static const char *const names[] = {
	    "ISO-8859-1",
	    "ISO-8859-2",
	    "ISO-8859-5",
	    "ISO-8859-7",
	    "ISO-8859-9",
	    "ISO-8859-15",
	    "WINDOWS-1250",
	    "WINDOWS-1251",
	    "WINDOWS-1252",
	    "WINDOWS-1254",
	    "KOI8-R",
	    "KOI8-U",
	    "ISO-2022-JP",
	    "SHIFT_JIS",
	    "EUC-JP",
	    "GB2312",
	    "GBK",
	    "GB18030",
	    "BIG5",
	    "EUC-KR",
	    "ISO-2022-KR",
	    "UTF-7",
	    "UTF-16",
	    "US-ASCII",
	};

	for (size_t i = 0; i < PN_ARRAY_LEN(names); i++)
		(void)iconv_open("UTF-8", names[i]);
}

/* One harmless mail through everything, so that all is set up by it. */
static void
warm_up(const struct classify_own *own)
{
	static const char mail[] =
	    "From: =?iso-8859-1?Q?M=FCller?= <a@b.example>\r\n"
	    "To: c@d.example\r\n"
	    "Subject: =?utf-8?B?w7w=?= =?windows-1252?Q?=FC?=\r\n"
	    "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\n"
	    "Message-ID: <1@b.example>\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed; boundary=x\r\n"
	    "\r\n"
	    "--x\r\n"
	    "Content-Type: text/plain; charset=iso-8859-1\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "\r\n"
	    "=FC\r\n"
	    "--x\r\n"
	    "Content-Type: message/rfc822\r\n"
	    "\r\n"
	    "Subject: x\r\n"
	    "\r\n"
	    "x\r\n"
	    "--x--\r\n";
	struct classify_envelope envelope = {.null_sender = false};
	struct verdict v;

	load_converters();
	classify(own, &envelope, (const uint8_t *)mail, sizeof(mail) - 1, &v);
}

/* ---- the child ------------------------------------------------------------
 */

static bool
read_all(int fd, void *data, size_t len)
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

static bool
judge_one(int fd, const struct classify_own *own, uint8_t *mail)
{
	struct child_job job;
	struct classify_envelope envelope;
	struct verdict v;

	if (!read_all(fd, &job, sizeof(job)) || job.magic != CHILD_JOB_MAGIC ||
	    job.len > CLASSIFY_MAIL_MAX || !read_all(fd, mail, job.len))
		return false;
	envelope = (struct classify_envelope){
	    .null_sender = job.null_sender != 0,
	    .to_bounce = job.to_bounce != 0,
	    .unknown = job.unknown != 0,
	};
	classify(own, &envelope, mail, job.len, &v);
	sodium_memzero(mail, job.len);
	return write(fd, &v, sizeof(v)) == (ssize_t)sizeof(v);
}

/* False: nothing came for a while. */
static bool
wait_job(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	int n;

	do {
		n = poll(&pfd, 1, CHILD_IDLE);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static void __attribute__((noreturn))
child_main(int fd, const struct classify_own *own)
{
	const struct sandbox_limits limits = {
	    .memory = CHILD_MEMORY,
	    .cpu = CHILD_CPU,
	};
	uint8_t *mail = malloc(CLASSIFY_MAIL_MAX);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (mail == NULL || sandbox_close_others(&fd, 1) < 0 ||
	    sandbox_enter(&limits) < 0)
		_exit(EXIT_BROKEN);
	for (unsigned i = 0; i < CHILD_MAILS_MAX; i++)
		if (!wait_job(fd) || !judge_one(fd, own, mail))
			break;
	_exit(EXIT_DONE);
}

/* ---- the server -----------------------------------------------------------
 */

static void
reap(int signals)
{
	struct signalfd_siginfo si;

	while (read(signals, &si, sizeof(si)) > 0)
		;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* False: the bridge is gone. */
static bool
serve_one(int socket, const struct classify_own *own)
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
		child_main(fd, own);
	(void)close(fd);
	/* not reaped before this function returns, so the pid is still its */
	if (pid > 0)
		pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pid > 0 && pidfd < 0)
		(void)kill(pid, SIGKILL);
	r = fdpass_send(socket, CHILD_BYTE, pidfd);
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
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -errno;
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

void
child_server(int socket, const struct classify_own *own)
{
	int signals;
	struct pollfd fds[2];

	(void)prctl(PR_SET_NAME, "postern-parse");
	if (sandbox_close_others(&socket, 1) < 0)
		_exit(EXIT_BROKEN);
	signals = catch_children();
	if (signals < 0)
		_exit(EXIT_BROKEN);
	warm_up(own);
	fds[0] = (struct pollfd){.fd = socket, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = signals, .events = POLLIN};
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			_exit(EXIT_BROKEN);
		if (fds[1].revents != 0)
			reap(signals);
		if (fds[0].revents != 0 && !serve_one(socket, own))
			break;
	}
	/* they see the end of their sockets, or of their CPU time */
	while (waitpid(-1, NULL, 0) > 0)
		;
	_exit(EXIT_DONE);
}
