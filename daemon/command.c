/* SPDX-License-Identifier: Apache-2.0 */

#include "config.h"
#include "daemon/command.h"

#include <getopt.h>
#include <stdio.h>
#include "daemon/posternd.h"

enum option_code {
	OPT_CONFIG = 256,
	OPT_KEY_FILE,
	OPT_HELP,
	OPT_VERSION,
	OPT_RECOVERY,
	OPT_HELPER,
};

#define HELPER POSTERN_LIBEXECDIR "/postern-passkey"

/* The first are not everybody's. */
static const struct option options[] = {
    {"passkey-helper", required_argument, NULL, OPT_HELPER},
    {"recovery-key-file", required_argument, NULL, OPT_RECOVERY},
    {"config", required_argument, NULL, OPT_CONFIG},
    {"key-file", required_argument, NULL, OPT_KEY_FILE},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static const size_t first_option[] = {
    [COMMAND_SERVES] = 0, [COMMAND_OPENS] = 1, [COMMAND_MAKES] = 2};

static bool
wrong_usage(const struct command *c, int *status_r)
{
	(void)fprintf(stderr, "Try: %s --help\n", c->name);
	*status_r = EXIT_BAD_USAGE;
	return false;
}

bool
command_read(const struct command *c, int argc, char **argv,
    struct command_options *o_r, int *status_r)
{
	const struct option *taken = options + first_option[c->kind];
	int opt;

	*o_r = (struct command_options){.helper = HELPER};
	*status_r = EXIT_GOOD;
	while ((opt = getopt_long(argc, argv, "", taken, NULL)) != -1) {
		switch (opt) {
		case OPT_CONFIG:
			o_r->config = optarg;
			break;
		case OPT_KEY_FILE:
			o_r->keys.key_file = optarg;
			break;
		case OPT_RECOVERY:
			o_r->keys.recovery_file = optarg;
			break;
		case OPT_HELPER:
			o_r->helper = optarg;
			break;
		case OPT_HELP:
			(void)fputs(c->usage, stdout);
			return false;
		case OPT_VERSION:
			(void)puts(PACKAGE_STRING);
			return false;
		default:
			return wrong_usage(c, status_r);
		}
	}
	if (optind == argc)
		return true;
	(void)fprintf(stderr, "%s: unexpected argument\n", c->name);
	return wrong_usage(c, status_r);
}
