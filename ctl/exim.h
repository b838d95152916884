/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * exim-config: what Exim needs so that answers and bounces come to
 * postern-bridge, and so that a wrong address is refused while the sender's
 * mail server is still connected. Exim asks by callouts, and its lmtp driver
 * makes none: so its smtp driver speaks LMTP, over TCP.
 *
 * The output is three files in the places of Debian's split configuration,
 * each behind a line "# FILE /etc/exim4/...".
 */

#include <stdio.h>
#include "base/settings.h"
#include "ctl/command.h"

int exim_config(struct ctl *ctl);
void exim_print(FILE *out, const struct settings *s);
