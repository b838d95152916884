/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "ctl/args.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "ctl/clamav.h"

static const struct {
	const char *name;
	const char *metavar;
	const char *help;
} infos[ARG_COUNT] = {
    [ARG_HELP] = {"help", NULL, "show this"},
    [ARG_VERSION] = {"version", NULL, "show the version"},
    [ARG_CONFIG] = {"config", "FILE", "the configuration to use"},
    [ARG_SOCKET] = {"socket", "PATH", "posternd's admin socket"},
    [ARG_JSON] = {"json", NULL, "print JSON"},
    [ARG_FILE] = {"file", "FILE", "the configuration to check"},
    [ARG_QUIET] = {"quiet", NULL, "say nothing when all is well"},
    [ARG_KEYS] = {"keys", NULL, "print every key, its help and default"},
    [ARG_EXTERNAL_ID] = {"external-id", "ID", "the practice's own id"},
    [ARG_ROLE] = {"role", "ROLE", "client, provider or staff"},
    [ARG_NAME] = {"name", "NAME", "name, as others see it"},
    [ARG_LANGUAGE] = {"language", "TAG", "language, such as en or pt-BR"},
    [ARG_TIME_ZONE] = {"time-zone", "ZONE", "such as America/New_York"},
    [ARG_CREDENTIALS] = {"credentials", "TEXT", "letters after the name"},
    [ARG_ADDRESS] = {"address", "ADDRESS", "e-mail address; repeatable"},
    [ARG_LOGIN] = {"login", "NAME",
	"login name; the passphrase is asked for, or read from standard input"},
    [ARG_SHOW_ADDRESSES] = {"show-addresses", NULL, "print e-mail addresses"},
    [ARG_END] = {"end", NULL, "end the relation"},
    [ARG_NO_WRITING] = {"no-writing", NULL, "no new messages"},
    [ARG_WAIT] = {"wait", "SECONDS", "how long to wait; 60 unless told"},
    [ARG_QUEUE_DIRECTORY] = {"queue-directory", "DIR",
	"Postfix's queue_directory; /var/spool/postfix unless told"},
    [ARG_ALL] = {"all", NULL, "also those that were sent or cancelled"},
    [ARG_OUTPUT] = {"output", "FILE", "a file to put it into, as a whole"},
    [ARG_RESET] = {"reset", NULL, "start an account in use again"},
    [ARG_REMOVE] = {"remove", NULL, "take away the one there is"},
    [ARG_CLAMD_CONFIG] = {"clamd-config", "FILE",
	"clamd's configuration; " CLAMAV_CONFIG " unless told"},
};

/* Above any character getopt_long() may return. */
#define VALUE_BASE 256

const char *
args_name(enum arg arg)
{
	return infos[arg].name;
}

const char *
args_metavar(enum arg arg)
{
	return infos[arg].metavar;
}

const char *
args_help(enum arg arg)
{
	return infos[arg].help;
}

static void
fill_options(uint32_t allowed, struct option options_r[static ARG_COUNT + 1])
{
	size_t n = 0;

	for (enum arg i = 0; i < ARG_COUNT; i++) {
		if ((allowed & ARG_BIT(i)) == 0)
			continue;
		options_r[n++] = (struct option){.name = infos[i].name,
		    .has_arg = infos[i].metavar == NULL ? no_argument
							: required_argument,
		    .val = VALUE_BASE + (int)i};
	}
	options_r[n] = (struct option){0};
}

static int
take_option(struct args *a, int arg, const char *value, char *error_r)
{
	if (arg == ARG_ADDRESS) {
		if (a->n_addresses == ARGS_ADDRESSES_MAX) {
			(void)snprintf(error_r, ARGS_ERROR_LEN,
			    "more than %d addresses", ARGS_ADDRESSES_MAX);
			return ARGS_WRONG;
		}
		a->addresses[a->n_addresses++] = value;
	} else if (a->value[arg] != NULL) {
		(void)snprintf(error_r, ARGS_ERROR_LEN, "--%s is given twice",
		    infos[arg].name);
		return ARGS_WRONG;
	}
	a->value[arg] = value == NULL ? "" : value;
	return 0;
}

int
args_parse(struct args *a, uint32_t allowed, bool leading, char **argv,
    char error_r[static ARGS_ERROR_LEN])
{
	struct option options[ARG_COUNT + 1];
	int argc = 0;
	int c;

	while (argv[argc] != NULL)
		argc++;
	fill_options(allowed, options);
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(
		    argc, argv, leading ? "+:" : ":", options, NULL)) != -1) {
		const char *at = argv[optind - 1];

		if (c == ':')
			(void)snprintf(error_r, ARGS_ERROR_LEN,
			    "%.100s wants a value", at);
		else if (c < VALUE_BASE)
			(void)snprintf(error_r, ARGS_ERROR_LEN,
			    "%.100s is no option here", at);
		if (c < VALUE_BASE)
			return ARGS_WRONG;
		if (take_option(a, c - VALUE_BASE, optarg, error_r) != 0)
			return ARGS_WRONG;
	}
	for (; optind < argc; optind++) {
		if (a->n_words == ARGS_WORDS_MAX) {
			(void)snprintf(
			    error_r, ARGS_ERROR_LEN, "too many operands");
			return ARGS_WRONG;
		}
		a->words[a->n_words++] = argv[optind];
	}
	return 0;
}
