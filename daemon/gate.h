/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The sockets posternd listens on, and what each leads to.
 */

#include "daemon/route.h"

struct posternd;

enum gate_role {
	GATE_PORTAL,
	GATE_WEB,
	GATE_BRIDGE,
	GATE_ADMIN,
	GATES,
};

struct gate {
	struct posternd *d;
	enum gate_role role;
	const struct route *const *routes;
};

/* "portal", "web", "bridge", "admin": names of the sockets. */
const char *gate_name(enum gate_role role);
