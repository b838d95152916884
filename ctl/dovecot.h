/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * dovecot-config: what a Dovecot that takes mail by LMTP needs, so that
 * answers and bounces go on to postern-bridge. With a domain of their own,
 * Dovecot passes its LMTP on, RCPT and all; with plus addresses, which it
 * cannot tell from their mailbox there, a Sieve script starts postern-deliver.
 *
 * The output is files, each behind a line "# FILE /etc/dovecot/...".
 */

#include <stdio.h>
#include "base/settings.h"
#include "ctl/command.h"

int dovecot_config(struct ctl *ctl);
void dovecot_print(FILE *out, const struct settings *s);
