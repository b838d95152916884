/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/socket.h"

#include <errno.h>
#include <pwd.h>
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
