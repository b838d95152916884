/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/posternd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <sodium.h>
#include "base/json.h"
#include "base/log.h"
#include "base/systemd.h"
#include "daemon/command.h"

#define TICK_NS 250000000L

static const char usage[] =
    "Usage: posternd [OPTION]...\n"
    "       posternd init [OPTION]...\n"
    "       posternd verify [OPTION]...\n"
    "Keeps the sealed threads of a practice and serves them on UNIX "
    "sockets.\n"
    "\n"
    "      --config FILE             settings, "
    "default " SETTINGS_FILE "\n"
    "      --key-file FILE           master key, instead of the configured "
    "one\n"
    "      --recovery-key-file FILE  open with the offline recovery key\n"
    "      --passkey-helper FILE     what judges passkeys, instead of\n"
    "                                " POSTERN_LIBEXECDIR "/postern-passkey\n"
    "      --help                    show this and exit\n"
    "      --version                 show the version and exit\n"
    "\n"
    "init makes a new store, verify checks a closed one; each has --help.\n";

/* Nothing of this process may be read from outside or left in a core. */
static bool
harden(void)
{
	const struct rlimit none = {0, 0};
	struct rlimit files;

	(void)umask(S_IRWXG | S_IRWXO);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    setrlimit(RLIMIT_CORE, &none) != 0 || sodium_init() < 0)
		return false;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	json_use_wiped_memory();
	return true;
}

/* Until told to end, or nothing else is left; keeps the time meanwhile. */
static int
wait_for_end(struct posternd *d, const sigset_t *signals)
{
	const struct timespec tick = {.tv_nsec = TICK_NS};
	int sig;

	do {
		sig = sigtimedwait(signals, NULL, &tick);
		if (!posternd_tick(d))
			return EXIT_TROUBLE;
	} while (sig < 0 || sig == SIGHUP);
	return EXIT_GOOD;
}

static int
serve(const struct command_options *o, const sigset_t *signals)
{
	struct posternd d = {0};
	int status = posternd_open(&d, o);

	if (status == EXIT_GOOD)
		status = posternd_listen(&d);
	if (status == EXIT_GOOD) {
		log_info("posternd", "ready");
		systemd_notify_ready();
		status = wait_for_end(&d, signals);
		systemd_notify_stopping();
		log_info("posternd", "stopping");
	}
	posternd_close(&d);
	return status;
}

int
posternd_main(int argc, char **argv)
{
	static const struct command command = {
	    "posternd", usage, COMMAND_SERVES};
	struct command_options o;
	sigset_t signals;
	int status;

	if (!harden()) {
		log_error("posternd", "cannot protect its memory");
		return EXIT_TROUBLE;
	}
	if (argc > 1 && strcmp(argv[1], "init") == 0)
		return init_main(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "verify") == 0)
		return verify_main(argc - 1, argv + 1);
	if (!command_read(&command, argc, argv, &o, &status))
		return status;
	/* blocked before the first thread, so that only one place hears them */
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	(void)sigdelset(&signals, SIGPIPE);
	return serve(&o, &signals);
}
