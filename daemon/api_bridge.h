/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The handlers of bridge.sock.
 *
 * SECURITY: the peer is the process that has the network, and is treated as
 * if it were lost to an attacker: strict bodies, closed lists of words,
 * ceilings on counts and rates. It can neither list nor look up; what it may
 * cause is written down in daemon/inbound.h.
 */

#include <stdbool.h>
#include "daemon/api.h"

/* False: answered. */
bool api_bridge_admits(struct request *req);

void api_bridge_lease(struct request *req);
void api_bridge_results(struct request *req);
void api_bridge_recipient(struct request *req);
void api_bridge_inbound(struct request *req);
void api_bridge_health(struct request *req);
void api_bridge_report(struct request *req);
