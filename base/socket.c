/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

static int
socket_new(const char *path, struct sockaddr_un *addr_r, int *fd_r)
{
	size_t len = strlen(path);

	if (len == 0 || len > SOCKET_PATH_MAX)
		return -ENAMETOOLONG;
	*addr_r = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(addr_r->sun_path, path, len);
	*fd_r = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return *fd_r < 0 ? -errno : 0;
}

int
socket_connect(const char *path, int *fd_r)
{
	struct sockaddr_un addr;
	int fd;
	int r = socket_new(path, &addr, &fd);

	if (r < 0)
		return r;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	*fd_r = fd;
	return 0;
}

static int
remove_stale(const char *path)
{
	struct stat st;
	int fd;
	int r;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	r = socket_connect(path, &fd);
	if (r == 0) {
		(void)close(fd);
		return -EADDRINUSE;
	}
	if (r != -ECONNREFUSED)
		return r;
	return unlink(path) == 0 ? 0 : -errno;
}

static int
bind_with_mode(int fd, const struct sockaddr_un *addr, mode_t mode)
{
	/* the file is made with the socket's own mode: nobody else slips in */
	if (fchmod(fd, mode & 0600) != 0 ||
	    bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) != 0 ||
	    chmod(addr->sun_path, mode) != 0 || listen(fd, BACKLOG) != 0)
		return -errno;
	return 0;
}

int
socket_listen(const char *path, mode_t mode, int *fd_r)
{
	struct sockaddr_un addr;
	int fd;
	int r = socket_new(path, &addr, &fd);

	if (r < 0)
		return r;
	r = remove_stale(path);
	if (r == 0)
		r = bind_with_mode(fd, &addr, mode);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	*fd_r = fd;
	return 0;
}

/* ---- loopback TCP -------------------------------------------------------- */

static bool
is_loopback(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in *v4 = (const void *)addr;
	const struct sockaddr_in6 *v6 = (const void *)addr;

	switch (addr->ss_family) {
	case AF_INET:
		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	case AF_INET6:
		return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	default:
		return false;
	}
}

static bool
port_parse(const char *text, in_port_t *port_r)
{
	size_t len = strspn(text, "0123456789");
	unsigned long n;

	if (len == 0 || len > 5 || text[len] != '\0')
		return false;
	n = strtoul(text, NULL, 10);
	*port_r = htons((in_port_t)n);
	return n > 0 && n <= UINT16_MAX;
}

static bool
loopback_parse(
    const char *where, struct sockaddr_storage *addr_r, socklen_t *len_r)
{
	struct sockaddr_in *v4 = (void *)addr_r;
	struct sockaddr_in6 *v6 = (void *)addr_r;
	const char *colon = strrchr(where, ':');
	char host[INET6_ADDRSTRLEN];
	bool six = where[0] == '[';
	size_t len;

	if (colon == NULL)
		return false;
	len = (size_t)(colon - where);
	if (six && (len < 2 || where[len - 1] != ']'))
		return false;
	if (six) {
		where++;
		len -= 2;
	}
	if (len >= sizeof(host))
		return false;
	memcpy(host, where, len);
	host[len] = '\0';
	*addr_r =
	    (struct sockaddr_storage){.ss_family = six ? AF_INET6 : AF_INET};
	*len_r = six ? sizeof(*v6) : sizeof(*v4);
	if (inet_pton(addr_r->ss_family, host,
		six ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr) != 1)
		return false;
	return is_loopback(addr_r) &&
	       port_parse(colon + 1, six ? &v6->sin6_port : &v4->sin_port);
}

bool
socket_is_loopback(const char *where)
{
	struct sockaddr_storage addr;
	socklen_t len;

	return loopback_parse(where, &addr, &len);
}

static int
loopback_new(const char *where, struct sockaddr_storage *addr_r,
    socklen_t *len_r, int *fd_r)
{
	if (!loopback_parse(where, addr_r, len_r))
		return -EINVAL;
	*fd_r = socket(addr_r->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return *fd_r < 0 ? -errno : 0;
}

int
socket_listen_loopback(const char *where, int *fd_r)
{
	struct sockaddr_storage addr;
	socklen_t len;
	int one = 1;
	int fd;
	int r = loopback_new(where, &addr, &len, &fd);

	if (r < 0)
		return r;
	/* connections of an earlier life may linger on the port */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(fd, (struct sockaddr *)&addr, len) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	*fd_r = fd;
	return 0;
}

int
socket_connect_loopback(const char *where, int *fd_r)
{
	struct sockaddr_storage addr;
	socklen_t len;
	int fd;
	int r = loopback_new(where, &addr, &len, &fd);

	if (r < 0)
		return r;
	if (connect(fd, (struct sockaddr *)&addr, len) != 0) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	*fd_r = fd;
	return 0;
}

bool
socket_on_loopback(int fd)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	return getsockname(fd, (struct sockaddr *)&addr, &len) == 0 &&
	       is_loopback(&addr);
}

int
socket_peer(int fd, struct socket_peer *peer_r)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return -errno;
	*peer_r = (struct socket_peer){
	    .uid = cred.uid, .gid = cred.gid, .pid = cred.pid};
	return 0;
}

int
socket_uid(const char *user, uid_t *uid_r)
{
	struct passwd pw, *found = NULL;
	char text[16384];
	char *end;
	unsigned long n;

	if (user[0] >= '0' && user[0] <= '9') {
		errno = 0;
		n = strtoul(user, &end, 10);
		if (*end != '\0' || errno != 0 || n >= (uid_t)-1)
			return -ENOENT;
		*uid_r = (uid_t)n;
		return 0;
	}
	if (getpwnam_r(user, &pw, text, sizeof(text), &found) != 0 ||
	    found == NULL)
		return -ENOENT;
	*uid_r = pw.pw_uid;
	return 0;
}
