/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * postern-deliver: takes one mail from standard input and its envelope from
 * the command line or the environment, and hands it to the LMTP door. For mail
 * systems that can start a program and nothing else: Postfix's pipe(8), an
 * aliases file, Sieve's pipe, getmail.
 *
 * SECURITY: it runs as whoever the mail system says, judges nothing and keeps
 * nothing. All it has to get right is its exit status: whoever started it
 * sends the client's own words back if that says the mail is refused.
 */

/* What of a mail goes on: the door keeps no more of it for the judge. */
#define DELIVER_MAX ((size_t)256 * 1024)
#define DELIVER_SECONDS 300 /* for all of it */
#define DELIVER_RECIPIENTS_MAX 100

/*
 * sysexits(3). 0: taken for every recipient. 75: for anything else, wrong
 * usage included, as all others make a bounce. 67, only with --refuse: every
 * recipient was refused, before the mail was sent.
 */
int deliver_main(int argc, char **argv);
