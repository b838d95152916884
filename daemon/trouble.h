/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Why a store cannot be opened, in a sentence that says what to do, and the
 * exit status that goes with it: EXIT_BAD_CONFIG where starting again cannot
 * help.
 */

/* CODE of store_open() or store_create(). Logs; an enum posternd_exit. */
int trouble_store(int code);
