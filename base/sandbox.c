/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/sandbox.h"

#include <errno.h>
#include <linux/close_range.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(fstat),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(sched_yield),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* Asked by libraries out of habit: told no, rather than killed for it. */
static const int refused[] = {
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(statx),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(prlimit64),
    SCMP_SYS(sched_getaffinity),
};

/* AddressSanitizer's runtime asks for these, most of them on its way out. */
static const int allowed_sanitized[] = {
#ifdef POSTERN_SANITIZERS
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(tgkill),
#endif
    SCMP_SYS(exit),
};

static int
limit(__rlimit_resource_t what, rlim_t value)
{
	struct rlimit rl = {.rlim_cur = value, .rlim_max = value};

	return setrlimit(what, &rl) == 0 ? 0 : -errno;
}

static int
set_limits(const struct sandbox_limits *limits)
{
	int r = limit(RLIMIT_CORE, 0);

	/* a regular file handed in by mistake cannot grow */
	if (r == 0)
		r = limit(RLIMIT_FSIZE, 0);
	if (r == 0)
		r = limit(RLIMIT_NPROC, 0);
	if (r == 0 && limits->cpu > 0)
		r = limit(RLIMIT_CPU, (rlim_t)limits->cpu);
#ifndef POSTERN_SANITIZERS
	/* ASan reserves terabytes of address space */
	if (r == 0 && limits->memory > 0)
		r = limit(RLIMIT_AS, (rlim_t)limits->memory);
#endif
	return r;
}

static int
add_rules(scmp_filter_ctx f)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < PN_ARRAY_LEN(allowed); i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; r == 0 && i < PN_ARRAY_LEN(refused); i++)
		r = seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), refused[i], 0);
	for (size_t i = 0; r == 0 && i < PN_ARRAY_LEN(allowed_sanitized); i++)
		r = seccomp_rule_add(
		    f, SCMP_ACT_ALLOW, allowed_sanitized[i], 0);
	/* memory that is never executable, and never a file's */
	if (r == 0)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
		    SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
	if (r == 0)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* glibc's fstat(); a path would be a pointer the filter cannot read */
	if (r == 0)
		r = seccomp_rule_add(
		    f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(newfstatat), 0);
	return r;
}

int
sandbox_enter(const struct sandbox_limits *limits)
{
	scmp_filter_ctx f;
	int r = set_limits(limits);

	if (r < 0)
		return r;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (f == NULL)
		return -ENOMEM;
	r = add_rules(f);
	if (r == 0)
		r = seccomp_load(f);
	seccomp_release(f);
	return r;
}

int
sandbox_close_others(const int *keep, size_t n)
{
	unsigned from = STDERR_FILENO + 1;

	for (int fd = 0; fd < STDERR_FILENO; fd++) {
		bool kept = false;

		for (size_t i = 0; i < n; i++)
			kept = kept || keep[i] == fd;
		if (!kept)
			(void)close(fd);
	}
	for (;;) {
		unsigned next = ~0U;

		for (size_t i = 0; i < n; i++)
			if (keep[i] >= 0 && (unsigned)keep[i] >= from &&
			    (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next > from &&
		    syscall(SYS_close_range, from, next - 1, 0) != 0)
			return -errno;
		if (next == ~0U)
			return 0;
		from = next + 1;
	}
}
