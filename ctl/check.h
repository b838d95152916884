/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * check-config: reads the configuration as the programs will, and prints
 * every error as "file:line: section.key: expected ..., found ...".
 */

#include "base/attr.h"
#include "base/settings.h"
#include "ctl/command.h"

int check_config(struct ctl *ctl);
/*
 * For the other commands: 0 and the settings of --config, or the exit code
 * after the errors were printed.
 */
int check_load(struct ctl *ctl, struct settings **s_r) PN_NODISCARD;
