/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Options and operands of a command line: one table of all long options
 * (getopt_long(3)); a command names those it takes by their bits. --help,
 * --version, --config and --socket are taken everywhere.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"

enum arg {
	ARG_HELP,
	ARG_VERSION,
	ARG_CONFIG,
	ARG_SOCKET,
	ARG_JSON,
	ARG_FILE,
	ARG_QUIET,
	ARG_KEYS,
	ARG_EXTERNAL_ID,
	ARG_ROLE,
	ARG_NAME,
	ARG_LANGUAGE,
	ARG_TIME_ZONE,
	ARG_CREDENTIALS,
	ARG_ADDRESS, /* may be repeated */
	ARG_LOGIN,
	ARG_SHOW_ADDRESSES,
	ARG_END,
	ARG_NO_WRITING,
	ARG_WAIT,
	ARG_QUEUE_DIRECTORY,
	ARG_ALL,
	ARG_OUTPUT,
	ARG_RESET,
	ARG_REMOVE,
	ARG_CLAMD_CONFIG,
	ARG_COUNT,
};

#define ARG_BIT(a) (UINT32_C(1) << (a))
#define ARGS_COMMON                                                            \
	(ARG_BIT(ARG_HELP) | ARG_BIT(ARG_VERSION) | ARG_BIT(ARG_CONFIG) |      \
	    ARG_BIT(ARG_SOCKET))

#define ARGS_ADDRESSES_MAX 8
#define ARGS_WORDS_MAX 64

struct args {
	const char *value[ARG_COUNT]; /* NULL: not given; a flag: "" */
	const char *addresses[ARGS_ADDRESSES_MAX];
	size_t n_addresses;
	const char *words[ARGS_WORDS_MAX]; /* operands */
	size_t n_words;
};

/* Positive code of args_parse(). */
enum { ARGS_WRONG = 1 };

#define ARGS_ERROR_LEN 200

/*
 * Reads ARGV, a list that ends in NULL and whose first element is skipped,
 * into A, adding to what A holds. With LEADING, the operands begin at the
 * first one and take the rest with them, options or not. 0, or ARGS_WRONG and
 * words for the user. Not thread-safe, as getopt_long() is not.
 */
int args_parse(struct args *a, uint32_t allowed, bool leading, char **argv,
    char error_r[static ARGS_ERROR_LEN]) PN_NODISCARD;

static inline bool
args_given(const struct args *a, enum arg arg)
{
	return a->value[arg] != NULL;
}

/* "--name METAVAR" and its help, for a usage text. */
const char *args_name(enum arg arg);
const char *args_metavar(enum arg arg); /* NULL: a flag */
const char *args_help(enum arg arg);
