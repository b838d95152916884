/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* status: how posternd, its store and its bridge are. */

#include "ctl/command.h"

int status_show(struct ctl *ctl);
/* BYTES as "12.3 MiB". TEXT_R holds STATUS_SIZE_LEN. */
#define STATUS_SIZE_LEN 24
void status_size(int64_t bytes, char text_r[static STATUS_SIZE_LEN]);
