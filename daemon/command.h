/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What works on a closed store: posternd init, posternd verify. ARGV[0] is
 * the command's name. Each returns the exit status.
 */

int init_main(int argc, char **argv);
int verify_main(int argc, char **argv);
