/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * posternd's commands: serving, and what works on a closed store (init,
 * verify). ARGV[0] is the command's name. Each returns the exit status.
 */

#include <stdbool.h>
#include "base/attr.h"
#include "daemon/start.h"

int init_main(int argc, char **argv);
int verify_main(int argc, char **argv);

/* What it takes beside --config, --key-file, --help and --version. */
enum command_kind {
	COMMAND_MAKES,  /* nothing */
	COMMAND_OPENS,  /* --recovery-key-file */
	COMMAND_SERVES, /* and --passkey-helper */
};

struct command {
	const char *name;
	const char *usage;
	enum command_kind kind;
};

struct command_options {
	const char *config; /* NULL: the default */
	const char *helper; /* the program that judges passkeys */
	struct start_keys keys;
};

/* True: go on. False: exit with *STATUS_R; all has been said. */
bool command_read(const struct command *c, int argc, char **argv,
    struct command_options *o_r, int *status_r) PN_NODISCARD;
