/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What systemd gives a service and wants to hear from it: sockets passed by
 * name (sd_listen_fds(3); their order varies from boot to boot), readiness
 * and liveness (sd_notify(3)), credentials. Without libsystemd, or when not
 * started by systemd, there is nothing to take and telling is a no-op.
 */

#include <stdint.h>
#include "base/attr.h"

/*
 * The listening UNIX stream socket that FileDescriptorName= calls NAME:
 * 0 and *FD_R, close-on-exec, or 0 and -1 if none was passed. -EEXIST if
 * several bear the name, -ENOTSOCK if it is something else.
 * At start only: reads the environment.
 */
int systemd_take_socket(const char *name, int *fd_r) PN_NODISCARD;

/* The same for a TCP socket on loopback; -ENOTSOCK if it is any other. */
int systemd_take_loopback(const char *name, int *fd_r) PN_NODISCARD;

void systemd_notify_ready(void);
void systemd_notify_stopping(void);
/* Shown by systemctl status: constant words and numbers, never content. */
void systemd_notify_status(const char *text);
/* Milliseconds between two signs of life, half of WatchdogSec=; 0: none. */
int64_t systemd_watchdog_interval(void);
void systemd_notify_alive(void);

/*
 * Path of the credential NAME (systemd.exec(5), LoadCredential=): 0 and a
 * string to free, or 0 and NULL if there is no such credential. -ENOMEM.
 * At start only.
 */
int systemd_credential(const char *name, char **path_r) PN_NODISCARD;
