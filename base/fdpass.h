/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One byte and at most one descriptor over a UNIX socket (unix(7),
 * SCM_RIGHTS).
 */

#include <stdint.h>
#include "base/attr.h"

/* FD -1 sends the byte alone. 0 or -errno. */
int fdpass_send(int socket, uint8_t byte, int fd) PN_NODISCARD;
/* *FD_R is close-on-exec, or -1. 0, -EPIPE at the end, or -errno. */
int fdpass_receive(int socket, uint8_t *byte_r, int *fd_r) PN_NODISCARD;
