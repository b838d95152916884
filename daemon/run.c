/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "daemon/posternd.h"

#include <errno.h>
#include <getopt.h>
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
    "      --help                    show this and exit\n"
    "      --version                 show the version and exit\n"
    "\n"
    "init makes a new store, verify checks a closed one; each has --help.\n";

enum option_code {
	OPT_CONFIG = 256,
	OPT_KEY_FILE,
	OPT_RECOVERY,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, OPT_CONFIG},
    {"key-file", required_argument, NULL, OPT_KEY_FILE},
    {"recovery-key-file", required_argument, NULL, OPT_RECOVERY},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

/* True: go on. False: exit with *STATUS_R. */
static bool
read_options(int argc, char **argv, struct posternd_options *o, int *status_r)
{
	int c;

	*status_r = EXIT_GOOD;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case OPT_CONFIG:
			o->config = optarg;
			break;
		case OPT_KEY_FILE:
			o->key_file = optarg;
			break;
		case OPT_RECOVERY:
			o->recovery_key = optarg;
			break;
		case OPT_HELP:
			(void)fputs(usage, stdout);
			return false;
		case OPT_VERSION:
			(void)puts(PACKAGE_STRING);
			return false;
		default:
			*status_r = EXIT_BAD_USAGE;
			return false;
		}
	}
	if (optind == argc)
		return true;
	(void)fprintf(stderr, "posternd: unexpected argument\n%s", usage);
	*status_r = EXIT_BAD_USAGE;
	return false;
}

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

/* Until told to end; keeps the time meanwhile. */
static void
wait_for_end(struct posternd *d, const sigset_t *signals)
{
	const struct timespec tick = {.tv_nsec = TICK_NS};
	int sig;

	do {
		sig = sigtimedwait(signals, NULL, &tick);
		posternd_tick(d);
	} while (sig < 0 || sig == SIGHUP);
}

static int
serve(const struct posternd_options *o, const sigset_t *signals)
{
	struct posternd d = {0};
	int status = posternd_open(&d, o);

	if (status == EXIT_GOOD)
		status = posternd_listen(&d);
	if (status == EXIT_GOOD) {
		log_info("posternd", "ready");
		systemd_notify_ready();
		wait_for_end(&d, signals);
		systemd_notify_stopping();
		log_info("posternd", "stopping");
	}
	posternd_close(&d);
	return status;
}

int
posternd_main(int argc, char **argv)
{
	struct posternd_options o = {0};
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
	if (!read_options(argc, argv, &o, &status))
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
