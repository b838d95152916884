/* SPDX-License-Identifier: Apache-2.0 */

#include "daemon/gate.h"

static const char *const names[GATES] = {
    [GATE_PORTAL] = "portal",
    [GATE_WEB] = "web",
    [GATE_BRIDGE] = "bridge",
    [GATE_ADMIN] = "admin",
};

const char *
gate_name(enum gate_role role)
{
	return names[role];
}
