/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ctl/command.h"

/*
 * mailbox sign-in: asks the bridge, through posternd, to begin; shows where to
 * go and what to enter there; waits for the end. The bridge gets the tokens,
 * posternctl sees none.
 */
int mailbox_sign_in(struct ctl *ctl);
