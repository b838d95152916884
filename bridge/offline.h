/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * postern-bridge --classify: the same sandboxed children over mails on disk,
 * for looking into a verdict and for the tests. A line per mail to standard
 * output: path, kind, "hard", "soft" or "-", status or "-", rule, with tabs
 * between. There is no envelope, so Return-Path stands in for it.
 */

#include "bridge/parser.h"

/* Directories are walked, in order of names. 0, or 1 if one was unreadable. */
int offline_classify(struct parser *p, char *const *paths);
