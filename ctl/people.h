/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* participant add, code, picture, list, disable; relate. */

#include "ctl/command.h"

int people_add(struct ctl *ctl);
int people_code(struct ctl *ctl);
int people_picture(struct ctl *ctl);
int people_list(struct ctl *ctl);
int people_disable(struct ctl *ctl);
int people_relate(struct ctl *ctl);
