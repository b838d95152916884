/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* queue list; test-mail. Ids, states and codes only, no address. */

#include "ctl/command.h"

int queue_list(struct ctl *ctl);
int queue_test_mail(struct ctl *ctl);
