/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "ctl/command.h"

#include <string.h>
#include <sysexits.h>
#include "base/buf.h"
#include "base/utf8.h"
#include "ctl/check.h"
#include "ctl/dovecot.h"
#include "ctl/exim.h"
#include "ctl/held.h"
#include "ctl/mailbox.h"
#include "ctl/people.h"
#include "ctl/portal.h"
#include "ctl/postfix.h"
#include "ctl/queue.h"
#include "ctl/status.h"

#define NAME_MAX_LEN 24

static const struct command commands[] = {
    {"check-config", "", "read the configuration and print every error",
	ARG_BIT(ARG_FILE) | ARG_BIT(ARG_QUIET) | ARG_BIT(ARG_KEYS), 0, 0,
	check_config},
    {"status", "", "how posternd and its bridge are",
	ARG_BIT(ARG_JSON) | ARG_BIT(ARG_CLAMD_CONFIG), 0, 0, status_show},
    {"participant add", "", "enrol a client, a provider or staff",
	ARG_BIT(ARG_EXTERNAL_ID) | ARG_BIT(ARG_ROLE) | ARG_BIT(ARG_NAME) |
	    ARG_BIT(ARG_LANGUAGE) | ARG_BIT(ARG_TIME_ZONE) |
	    ARG_BIT(ARG_CREDENTIALS) | ARG_BIT(ARG_ADDRESS) |
	    ARG_BIT(ARG_LOGIN) | ARG_BIT(ARG_JSON),
	ARG_BIT(ARG_EXTERNAL_ID) | ARG_BIT(ARG_ROLE) | ARG_BIT(ARG_NAME), 0,
	people_add},
    {"participant code", "ID", "make the code that opens an account",
	ARG_BIT(ARG_RESET) | ARG_BIT(ARG_JSON), 0, 1, people_code},
    {"participant picture", "ID", "take a PNG or JPEG from standard input",
	ARG_BIT(ARG_REMOVE) | ARG_BIT(ARG_JSON), 0, 1, people_picture},
    {"participant list", "", "everybody enrolled; names are audited",
	ARG_BIT(ARG_SHOW_ADDRESSES) | ARG_BIT(ARG_JSON), 0, 0, people_list},
    {"participant disable", "ID", "end somebody's sessions and access",
	ARG_BIT(ARG_JSON), 0, 1, people_disable},
    {"relate", "CLIENT PROVIDER", "let two write to each other",
	ARG_BIT(ARG_END) | ARG_BIT(ARG_NO_WRITING) | ARG_BIT(ARG_JSON), 0, 2,
	people_relate},
    {"queue list", "", "notifications to be sent, or failed",
	ARG_BIT(ARG_ALL) | ARG_BIT(ARG_JSON), 0, 0, queue_list},
    {"attachments", "", "files that nobody gets: not scanned, or infected",
	ARG_BIT(ARG_JSON), 0, 0, held_list},
    {"test-mail", "ADDRESS", "send a test mail and say what became of it",
	ARG_BIT(ARG_WAIT), 0, 1, queue_test_mail},
    {"mailbox sign-in", "", "sign in to the mailbox that is watched", 0, 0, 0,
	mailbox_sign_in},
    {"postfix-config", "", "print the lines Postfix needs",
	ARG_BIT(ARG_QUEUE_DIRECTORY), 0, 0, postfix_config},
    {"dovecot-config", "", "print the lines Dovecot needs", 0, 0, 0,
	dovecot_config},
    {"exim-config", "", "print the lines Exim needs", 0, 0, 0, exim_config},
    {"portal-words", "", "print what the portal shows before signing in",
	ARG_BIT(ARG_OUTPUT), 0, 0, portal_words},
};

static void
print_usage(FILE *out)
{
	(void)fprintf(out,
	    "Usage: posternctl [--config FILE] [--socket PATH] COMMAND ...\n\n"
	    "Commands:\n");
	for (size_t i = 0; i < PN_ARRAY_LEN(commands); i++)
		(void)fprintf(out, "  %-*s %s\n", NAME_MAX_LEN,
		    commands[i].name, commands[i].help);
	(void)fprintf(out,
	    "\nposternctl COMMAND --help shows a command's options.\n"
	    "Exit codes: 0 done, 64 usage, 65 bad data, 69 posternd not "
	    "reachable,\n75 try later, 77 not permitted, 78 configuration.\n");
}

static void
print_help(FILE *out, const struct command *c)
{
	uint32_t takes = c->takes | ARGS_COMMON;

	(void)fprintf(out, "Usage: posternctl %s%s%s [OPTION]...\n\n%s\n\n",
	    c->name, c->operands[0] == '\0' ? "" : " ", c->operands, c->help);
	for (enum arg i = 0; i < ARG_COUNT; i++) {
		char left[NAME_MAX_LEN + 8];
		const char *metavar = args_metavar(i);

		if ((takes & ARG_BIT(i)) == 0)
			continue;
		(void)snprintf(left, sizeof(left), "--%s%s%s", args_name(i),
		    metavar == NULL ? "" : " ", metavar == NULL ? "" : metavar);
		(void)fprintf(out, "  %-*s %s%s\n", NAME_MAX_LEN + 2, left,
		    args_help(i),
		    (c->wants & ARG_BIT(i)) != 0 ? " (required)" : "");
	}
}

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Insertions, deletions and replacements between two short words. */
static size_t
edit_distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_LEN + 1];
	size_t len = strlen(b);

	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < len; j++) {
			size_t above = row[j + 1];

			row[j + 1] = least(above + 1, row[j] + 1,
			    corner + (a[i] == b[j] ? 0 : 1));
			corner = above;
		}
	}
	return row[len];
}

const struct command *
command_nearest(const char *words)
{
	const struct command *nearest = NULL;
	size_t best = strlen(words) / 3 + 2;

	if (strlen(words) > NAME_MAX_LEN)
		return NULL;
	for (size_t i = 0; i < PN_ARRAY_LEN(commands); i++) {
		size_t d = edit_distance(words, commands[i].name);

		if (d < best) {
			best = d;
			nearest = &commands[i];
		}
	}
	return nearest;
}

/* The command that WORDS begin with, and of how many words it is. */
static const struct command *
find_command(const char *const *words, size_t n_words, size_t *used_r)
{
	for (size_t i = 0; i < PN_ARRAY_LEN(commands); i++) {
		const char *name = commands[i].name;
		size_t len = strcspn(name, " ");
		bool two = name[len] == ' ';

		if (strncmp(words[0], name, len) != 0 || words[0][len] != '\0')
			continue;
		if (two &&
		    (n_words < 2 || strcmp(words[1], name + len + 1) != 0))
			continue;
		*used_r = two ? 2 : 1;
		return &commands[i];
	}
	return NULL;
}

/* "participant" alone, or with a word that is no command of its group. */
static bool
print_group(FILE *err, const char *word)
{
	bool any = false;

	for (size_t i = 0; i < PN_ARRAY_LEN(commands); i++) {
		size_t len = strcspn(commands[i].name, " ");

		if (commands[i].name[len] != ' ' || strlen(word) != len ||
		    strncmp(commands[i].name, word, len) != 0)
			continue;
		(void)fprintf(err, "%s  posternctl %-*s %s\n",
		    any ? "" : "What it can do:\n", NAME_MAX_LEN,
		    commands[i].name, commands[i].help);
		any = true;
	}
	return any;
}

static int
unknown_command(struct ctl *ctl, const char *const *words, size_t n_words)
{
	const struct command *nearest = NULL;
	buf_auto struct buf typed = {0};
	buf_auto struct buf shown = {0};

	buf_init(&typed, 256);
	buf_init(&shown, 2048);
	for (size_t i = 0; i < n_words && i < 2; i++)
		buf_printf(&typed, "%s%.60s", i == 0 ? "" : " ", words[i]);
	utf8_add_visible(&shown, (char *)typed.data, typed.len);
	(void)fprintf(ctl->err, "posternctl: there is no command \"%s\"\n",
	    (char *)shown.data);
	if (print_group(ctl->err, words[0]))
		return EX_USAGE;
	nearest = command_nearest((char *)typed.data);
	if (nearest == NULL)
		nearest = command_nearest(words[0]);
	if (nearest != NULL)
		(void)fprintf(
		    ctl->err, "Did you mean \"%s\"?\n", nearest->name);
	else
		(void)fprintf(ctl->err, "posternctl --help lists them.\n");
	return EX_USAGE;
}

static int
usage_error(struct ctl *ctl, const struct command *c, const char *error)
{
	buf_auto struct buf shown = {0};

	buf_init(&shown, 4 * ARGS_ERROR_LEN + 1);
	utf8_add_visible(&shown, error, strlen(error));
	(void)fprintf(ctl->err, "posternctl%s%s: %s\n", c == NULL ? "" : " ",
	    c == NULL ? "" : c->name, (char *)shown.data);
	(void)fprintf(ctl->err, "Try: posternctl%s%s --help\n",
	    c == NULL ? "" : " ", c == NULL ? "" : c->name);
	return EX_USAGE;
}

static int
run_command(struct ctl *ctl, const struct command *c, char **argv)
{
	char error[ARGS_ERROR_LEN];

	if (args_parse(
		&ctl->args, c->takes | ARGS_COMMON, false, argv, error) != 0)
		return usage_error(ctl, c, error);
	if (args_given(&ctl->args, ARG_HELP)) {
		print_help(ctl->out, c);
		return EX_OK;
	}
	for (enum arg i = 0; i < ARG_COUNT; i++) {
		if ((c->wants & ARG_BIT(i)) == 0 || args_given(&ctl->args, i))
			continue;
		(void)snprintf(
		    error, sizeof(error), "--%s is missing", args_name(i));
		return usage_error(ctl, c, error);
	}
	if (ctl->args.n_words != c->n_operands) {
		(void)snprintf(error, sizeof(error), "expected %s%s",
		    c->n_operands == 0 ? "no operands" : "", c->operands);
		return usage_error(ctl, c, error);
	}
	return c->run(ctl);
}

int
command_main(struct ctl *ctl, char **argv)
{
	const struct command *c;
	struct args all = {0};
	char error[ARGS_ERROR_LEN];
	size_t used;
	size_t n;

	if (args_parse(&all, ARGS_COMMON, true, argv, error) != 0)
		return usage_error(ctl, NULL, error);
	if (args_given(&all, ARG_VERSION)) {
		(void)fprintf(ctl->out, "posternctl %s\n", PACKAGE_VERSION);
		return EX_OK;
	}
	if (all.n_words == 0) {
		bool help = args_given(&all, ARG_HELP);

		print_usage(help ? ctl->out : ctl->err);
		return help ? EX_OK : EX_USAGE;
	}
	c = find_command(all.words, all.n_words, &used);
	if (c == NULL)
		return unknown_command(ctl, all.words, all.n_words);
	for (n = 0; argv[n] != NULL; n++)
		continue;
	memcpy(ctl->args.value, all.value, sizeof(all.value));
	/* the command's last word stands where a program's name would */
	return run_command(ctl, c, argv + n - all.n_words + used - 1);
}
