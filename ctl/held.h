/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* attachments: the files that nobody gets. Ids and states only. */

#include "ctl/command.h"

int held_list(struct ctl *ctl);
