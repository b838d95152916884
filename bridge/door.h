/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The LMTP socket's server: one thread per connection, at most
 * DOOR_CONNECTIONS of them (the next is told 421), each with deadlines of its
 * own that no slow sender can stretch.
 */

#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "bridge/address.h"
#include "bridge/parser.h"

#define DOOR_CONNECTIONS 32
#define DOOR_IDLE 60000         /* milliseconds of silence */
#define DOOR_TRANSACTION 600000 /* from MAIL to the last answer */
#define DOOR_CONNECTION 3600000 /* in all */

struct door;

struct door_settings {
	const char *bridge_socket;
	struct address_style style;
	uint64_t size_limit;
};

/* SETTINGS' strings and PARSER outlive the door. */
int door_open(const struct door_settings *settings, struct parser *parser,
    struct door **d_r) PN_NODISCARD;
/* Takes one waiting connection of LISTENER, if there is one. */
void door_accept(struct door *d, int listener);
/*
 * Connections end after the mail in hand, at the latest after GRACE_MS. False
 * if a thread still waits for posternd: then the process must exit at once,
 * as the thread uses the door and its parser.
 */
bool door_close(struct door **d, int64_t grace_ms) PN_NODISCARD;
