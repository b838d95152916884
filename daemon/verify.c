/* SPDX-License-Identifier: Apache-2.0 */

/*
 * posternd verify: looks at everything a closed store holds.
 */

#include "daemon/command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sodium.h>
#include "base/log.h"
#include "base/settings.h"
#include "daemon/posternd.h"
#include "daemon/start.h"
#include "store/record.h"
#include "store/store.h"
#include "store/verify.h"

static const char usage[] =
    "Usage: posternd verify [OPTION]...\n"
    "Opens every seal, follows every chain and reads every sealed file of a\n"
    "store that no posternd has open, and names what is damaged by its id.\n"
    "\n"
    "      --config FILE             settings, default " SETTINGS_FILE "\n"
    "      --key-file FILE           master key, instead of the configured\n"
    "                                one\n"
    "      --recovery-key-file FILE  open with the offline recovery key\n"
    "      --help                    show this and exit\n"
    "\n"
    "Exit status: 0 all is well, 65 something is damaged, 75 the store is in\n"
    "use, 78 settings or key are wrong.\n";

static void
print_damage(const struct verify_damage *d, void *arg)
{
	char id[ID_TEXT_LEN + 1];

	(void)arg;
	(void)printf("damaged: %s", verify_word(d->what, 1));
	if (!id_is_nil(&d->id)) {
		id_text(&d->id, id);
		(void)printf(" %s", id);
	}
	if (d->number != 0)
		(void)printf(" number %" PRIu64, d->number);
	(void)printf(": %s (code %d)\n", verify_reason(d->code), d->code);
}

static int
verify(struct store *st)
{
	struct verify v = {.damaged = print_damage};
	int r = verify_store(st, &v);

	if (r != 0)
		return start_trouble(r);
	for (size_t i = 0; i < VERIFY_WHATS; i++)
		(void)printf("%10" PRIu64 " %s\n", v.looked[i],
		    verify_word((enum verify_what)i, v.looked[i]));
	if (v.unbound > 0)
		(void)printf("%10" PRIu64 " %s that no message names, to be "
			     "swept by posternd\n",
		    v.unbound, v.unbound == 1 ? "file" : "files");
	if (v.bad == 0)
		(void)printf("All is well.\n");
	else
		(void)printf("%" PRIu64
			     " damaged. What is damaged is not shown "
			     "to anyone; restore a backup.\n",
		    v.bad);
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		return EXIT_TROUBLE;
	return v.bad == 0 ? EXIT_GOOD : EXIT_DAMAGED;
}

/* What the database library says of a file that is not as it left it. */
static bool
is_damage(int r)
{
	return r == -EUCLEAN || r == -EIO || r == RECORD_CORRUPT ||
	       r == KEYRING_CORRUPT;
}

static int
open_and_verify(const struct settings *s, const struct start_keys *keys)
{
	PN_CLEANUP(store_close) struct store *st = NULL;
	struct store_options opt = start_options(s);
	uint8_t mk[KEYRING_KEY_LEN];
	int status = start_key(s, keys, mk);
	int r;

	if (status != EXIT_GOOD)
		return status;
	r = store_open(&opt, mk, &st);
	sodium_memzero(mk, sizeof(mk));
	if (r == 0)
		return verify(st);
	status = start_trouble(r);
	return is_damage(r) ? EXIT_DAMAGED : status;
}

/*
 * In a child: the database library trusts its own pages, and may crash over
 * damaged ones.
 */
static int
verify_apart(const struct settings *s, const struct start_keys *keys)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		status = open_and_verify(s, keys);
		(void)fflush(stdout);
		_exit(status);
	}
	if (pid < 0) {
		log_error("verify", "cannot fork: %s", strerror(errno));
		return EXIT_TRY_LATER;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_TROUBLE;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	log_error("verify", "the file data.mdb is so damaged that it cannot "
			    "be read through: restore a backup");
	return EXIT_DAMAGED;
}

int
verify_main(int argc, char **argv)
{
	static const struct command command = {
	    "posternd verify", usage, COMMAND_OPENS};
	struct command_options o;
	struct settings *s = NULL;
	int status;

	if (!command_read(&command, argc, argv, &o, &status))
		return status;
	status = start_settings(o.config, &s);
	if (status == EXIT_GOOD)
		status = verify_apart(s, &o.keys);
	settings_free(&s);
	return status;
}
