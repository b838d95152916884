/* SPDX-License-Identifier: Apache-2.0 */

/*
 * posternd init: makes a new store.
 */

#include "daemon/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sodium.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "daemon/masterkey.h"
#include "daemon/posternd.h"
#include "daemon/start.h"
#include "store/audit.h"
#include "store/store.h"

static const char usage[] =
    "Usage: posternd init [OPTION]...\n"
    "Makes a new store in store.directory, and prints its recovery key, once.\n"
    "\n"
    "The master key is the credential store.key, or the file store.key-file\n"
    "names; where that is configured and not there, it is made.\n"
    "\n"
    "      --config FILE    settings, default " SETTINGS_FILE "\n"
    "      --key-file FILE  master key, instead of the configured one\n"
    "      --help           show this and exit\n";

struct init {
	struct command_options o;
	struct settings *settings;
	uint8_t mk[KEYRING_KEY_LEN];
	bool made_key; /* store.key-file is ours to take back */
	char recovery[KEYRING_RECOVERY_TEXT];
};

/* The key, which is made where the configuration only names it. */
static int
find_key(struct init *i)
{
	const char *path = i->settings->store.key_file;
	struct stat st;
	int r;

	if (i->o.keys.key_file != NULL || path[0] == '\0' ||
	    lstat(path, &st) == 0 || errno != ENOENT)
		return start_key(i->settings, &i->o.keys, i->mk);
	r = masterkey_create(path, i->mk);
	if (r != 0) {
		log_error("key",
		    "the file store.key-file names cannot be "
		    "made: %s",
		    strerror(-r));
		return EXIT_BAD_CONFIG;
	}
	i->made_key = true;
	return EXIT_GOOD;
}

/* The first audit entry, which all others follow. */
static int
record_creation(struct init *i)
{
	PN_CLEANUP(store_close) struct store *st = NULL;
	store_txn_auto struct store_txn *txn = NULL;
	struct store_options opt = start_options(i->settings);
	struct audit a = {
	    .verb = AUDIT_STORE_CREATED,
	    .at = clock_now(),
	    .via = "posternd",
	};
	int r = store_open(&opt, i->mk, &st);

	if (r == 0)
		r = store_begin(st, true, &txn);
	if (r == 0) {
		a.number = store_number(txn);
		r = audit_add(txn, &a);
	}
	return r != 0 ? r : store_commit(&txn);
}

/* Before a key is made for nothing. 0, or why not. */
static int
check_free(const struct init *i)
{
	struct store_options opt = start_options(i->settings);
	PN_CLEANUP(store_close) struct store *st = NULL;
	const uint8_t none[KEYRING_KEY_LEN] = {0};
	int r = store_open(&opt, none, &st);

	/* no key fits: that there is something to open says enough */
	if (r == 0 || r == KEYRING_WRONG_KEY)
		return -EEXIST;
	return r == -ENOENT ? 0 : r;
}

/* What root made in a directory of posternd's, posternd could not open. */
static bool
is_ours(const char *directory)
{
	struct stat st;

	return stat(directory, &st) != 0 || st.st_uid == geteuid();
}

static int
print_recovery(const struct init *i)
{
	(void)printf("A new store was made in %s.\n\n"
		     "Its recovery key, which is shown once and kept "
		     "nowhere:\n\n    %s\n\n"
		     "Print it or write it down, and lock it away from this "
		     "machine. If the master key\n"
		     "is ever lost, it opens the store in its place; without "
		     "both, nobody can.\n"
		     "It needs the file \"keyring\" of the store: keep a copy "
		     "of that, apart from the\n"
		     "backups of the store.\n",
	    i->settings->store.directory, i->recovery);
	if (i->made_key)
		(void)printf("\nThe master key was made in %s, for "
			     "development and tests: beside\n"
			     "the store it protects nothing. In production, "
			     "give the unit the credential\nstore.key.\n",
		    i->settings->store.key_file);
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return EXIT_GOOD;
	log_error("init", "the recovery key could not be shown: remove "
			  "store.directory, and start over");
	return EXIT_TROUBLE;
}

static int
make_store(struct init *i)
{
	struct store_options opt = start_options(i->settings);
	int status, r;

	if (!is_ours(i->settings->store.directory)) {
		log_error("init", "store.directory belongs to another user: "
				  "run this as the user posternd runs as");
		return EXIT_BAD_CONFIG;
	}
	r = check_free(i);
	if (r != 0)
		return start_trouble(r);
	status = find_key(i);
	if (status != EXIT_GOOD)
		return status;
	r = store_create(&opt, i->mk, i->recovery);
	if (r != 0) {
		if (i->made_key)
			(void)unlink(i->settings->store.key_file);
		return start_trouble(r);
	}
	r = record_creation(i);
	status = print_recovery(i);
	return r != 0 ? start_trouble(r) : status;
}

int
init_main(int argc, char **argv)
{
	static const struct command command = {
	    "posternd init", usage, COMMAND_MAKES};
	struct init i = {0};
	int status;

	if (!command_read(&command, argc, argv, &i.o, &status))
		return status;
	status = start_settings(i.o.config, &i.settings);
	if (status == EXIT_GOOD)
		status = make_store(&i);
	settings_free(&i.settings);
	sodium_memzero(i.mk, sizeof(i.mk));
	sodium_memzero(i.recovery, sizeof(i.recovery));
	return status;
}
