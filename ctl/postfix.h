/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * postfix-config: what to put into Postfix's main.cf so that answers and
 * bounces come to postern-bridge, and so that a wrong address is refused
 * while the sender's mail server is still connected. The output is a piece of
 * main.cf; all that is not main.cf stands in its comments.
 */

#include <stdio.h>
#include "base/settings.h"
#include "ctl/command.h"

int postfix_config(struct ctl *ctl);
void postfix_print(
    FILE *out, const struct settings *s, const char *queue_directory);
