/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The routes, one table per noun; each ends with an empty row.
 */

#include "daemon/route.h"

/* portal.sock */
extern const struct route api_session_routes[];
extern const struct route api_people_routes[];
extern const struct route api_thread_routes[];
extern const struct route api_entry_routes[];
extern const struct route api_message_routes[];
extern const struct route api_provision_routes[];
/* bridge.sock */
extern const struct route api_bridge_routes[];
/* admin.sock */
extern const struct route api_admin_routes[];
