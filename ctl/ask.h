/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A passphrase from whoever runs the command: never an argument, which the
 * whole machine could read in the list of processes.
 */

#include <stdio.h>
#include "base/attr.h"
#include "base/secret.h"

#define ASK_LEN_MAX 1024

/* Positive codes of ask_passphrase(). */
enum ask_code {
	ASK_NOTHING = 1, /* the input ended, or the line was empty */
	ASK_TOO_LONG,    /* more than ASK_LEN_MAX bytes */
	ASK_DIFFERENT,   /* typed twice, not the same */
};

/*
 * One line of IN, without its newline. On a terminal it is asked for twice,
 * with prompts on ERR and without echo. 0, an enum ask_code, or -errno.
 */
int ask_passphrase(FILE *in, FILE *err, struct secret *s_r) PN_NODISCARD;
