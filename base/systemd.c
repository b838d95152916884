/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/systemd.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_SYSTEMD
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include "base/socket.h"

static void
names_free(char **names)
{
	for (size_t i = 0; names != NULL && names[i] != NULL; i++)
		free(names[i]);
	free(names);
}

/* The one that bears NAME, whatever it is; -1: none. */
static int
take(const char *name, int *fd_r)
{
	char **names = NULL;
	int found = -1;
	int r = 0;
	int n = sd_listen_fds_with_names(0, &names);

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		if (found >= 0)
			r = -EEXIST;
		found = SD_LISTEN_FDS_START + i;
	}
	names_free(names);
	if (r == 0)
		*fd_r = found;
	return r;
}

int
systemd_take_socket(const char *name, int *fd_r)
{
	int fd;
	int r = take(name, &fd);

	if (r < 0)
		return r;
	if (fd >= 0 && sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) <= 0)
		return -ENOTSOCK;
	*fd_r = fd;
	return 0;
}

int
systemd_take_loopback(const char *name, int *fd_r)
{
	int fd;
	int r = take(name, &fd);

	if (r < 0)
		return r;
	if (fd >= 0 && (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0 ||
			   !socket_on_loopback(fd)))
		return -ENOTSOCK;
	*fd_r = fd;
	return 0;
}

void
systemd_notify_ready(void)
{
	(void)sd_notify(0, "READY=1");
}

void
systemd_notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

void
systemd_notify_status(const char *text)
{
	(void)sd_notifyf(0, "STATUS=%s", text);
}

int64_t
systemd_watchdog_interval(void)
{
	uint64_t usec;

	if (sd_watchdog_enabled(0, &usec) <= 0)
		return 0;
	return usec < 4000 ? 1 : (int64_t)(usec / 2000);
}

void
systemd_notify_alive(void)
{
	(void)sd_notify(0, "WATCHDOG=1");
}

#else

int
systemd_take_socket(const char *name, int *fd_r)
{
	(void)name;
	*fd_r = -1;
	return 0;
}

int
systemd_take_loopback(const char *name, int *fd_r)
{
	return systemd_take_socket(name, fd_r);
}

void
systemd_notify_ready(void)
{
}

void
systemd_notify_stopping(void)
{
}

void
systemd_notify_status(const char *text)
{
	(void)text;
}

int64_t
systemd_watchdog_interval(void)
{
	return 0;
}

void
systemd_notify_alive(void)
{
}

#endif

int
systemd_credential(const char *name, char **path_r)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char *path;

	*path_r = NULL;
	if (dir == NULL || dir[0] != '/')
		return 0;
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return -ENOMEM;
	if (access(path, F_OK) != 0) {
		free(path);
		return 0;
	}
	*path_r = path;
	return 0;
}
