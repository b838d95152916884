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

struct command {
	const char *name;
	const char *usage;
	bool recovery; /* takes --recovery-key-file */
};

struct command_options {
	const char *config; /* NULL: the default */
	struct start_keys keys;
};

/* True: go on. False: exit with *STATUS_R; all has been said. */
bool command_read(const struct command *c, int argc, char **argv,
    struct command_options *o_r, int *status_r) PN_NODISCARD;
