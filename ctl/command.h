/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * posternctl: one table of commands, each a function from its arguments to an
 * exit code of <sysexits.h>:
 *
 *	 0  done
 *	64  the command line makes no sense
 *	65  the data does not: refused by posternd, or not what it wants
 *	69  posternd cannot be reached
 *	75  not now: busy, full, or not finished in time
 *	77  not permitted
 *	78  the configuration has errors
 *
 * and, when the machine itself fails (memory, a full disk under the output),
 * 70, 71 or 74.
 *
 * Results go to standard output, everything else to standard error. What
 * others chose (names, ids) is made visible before it reaches a terminal.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "base/attr.h"
#include "ctl/args.h"

/* What a command runs with. */
struct ctl {
	struct args args;
	FILE *in;
	FILE *out;
	FILE *err;
	char *socket; /* the admin socket in use, for messages; or NULL */
};

struct command {
	const char *name;     /* one or two words */
	const char *operands; /* "" or their names */
	const char *help;
	uint32_t takes; /* options beside the common ones, by ARG_BIT */
	uint32_t wants; /* those of them that must be given */
	size_t n_operands;
	int (*run)(struct ctl *ctl);
};

/* All of posternctl. ARGV ends in NULL. Returns the exit code. */
int command_main(struct ctl *ctl, char **argv);

/* The command most like WORDS, if any is like it; else NULL. */
const struct command *command_nearest(const char *words);
