/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * postern-bridge, the program: options, settings, the order in which its
 * parts start and stop. main.c calls this and nothing else.
 *
 * SECURITY: holds the relay's password and no key. The parse server is forked
 * first, while there is one thread and nothing secret in memory.
 */

/* sysexits(3): 0, 1, 64 usage, 70 the parse server died, 71 system, 78
 * configuration. */
int bridge_main(int argc, char **argv);
