/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A fuzz target is these two functions (libFuzzer's names). Built by
 * configure --enable-fuzzing with clang it is a fuzzer; in make check the
 * same file runs its corpus, and a fixed series of damaged copies of it.
 */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
