/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * UNIX stream sockets (unix(7)), and TCP ones on loopback, for programs that
 * systemd does not hand their sockets to. All descriptors are close-on-exec;
 * paths have at most SOCKET_PATH_MAX bytes.
 */

#include <stdbool.h>
#include <sys/types.h>
#include "base/attr.h"

#define SOCKET_PATH_MAX 107

/*
 * Binds and listens at PATH with MODE; never, not even for a moment, open to
 * more than MODE. A socket nobody listens on any more is replaced.
 * -EADDRINUSE: somebody does listen there; -EEXIST: PATH is no socket;
 * -ENAMETOOLONG; else -errno.
 */
int socket_listen(const char *path, mode_t mode, int *fd_r) PN_NODISCARD;
/* 0 or -errno, -ECONNREFUSED or -ENOENT where nobody listens. */
int socket_connect(const char *path, int *fd_r) PN_NODISCARD;

/*
 * A loopback TCP address and port: "127.0.0.1:8024" (any of 127.0.0.0/8) or
 * "[::1]:8024". Nothing but numbers: no name is looked up.
 */
bool socket_is_loopback(const char *where);
/*
 * Listens there. Whoever is on this machine may connect, and nobody can tell
 * who it is. -EINVAL: not of that form; else -errno.
 */
int socket_listen_loopback(const char *where, int *fd_r) PN_NODISCARD;
/* As socket_connect(). -EINVAL: not of that form. */
int socket_connect_loopback(const char *where, int *fd_r) PN_NODISCARD;
/* Is FD a TCP socket bound to a loopback address? */
bool socket_on_loopback(int fd);

/* Who is at the other end of FD, as the kernel noted when it connected. */
struct socket_peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

int socket_peer(int fd, struct socket_peer *peer_r) PN_NODISCARD;

/*
 * The uid of USER, a name or a number: 0, or -ENOENT if there is no such
 * user. At start only: asks the name service.
 */
int socket_uid(const char *user, uid_t *uid_r) PN_NODISCARD;
