/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/posternd.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/socket.h"
#include "base/systemd.h"
#include "daemon/api.h"
#include "daemon/sessions.h"
#include "daemon/waiters.h"

#define SOCKET_MODE 0660
#define DRAIN_MS (10 * CLOCK_SECOND)
#define DRAIN_STEP_MS 20

static const struct route *const portal_routes[] = {api_session_routes,
    api_thread_routes, api_entry_routes, api_message_routes, api_people_routes,
    api_provision_routes, NULL};
static const struct route *const bridge_routes[] = {api_bridge_routes, NULL};
static const struct route *const admin_routes[] = {api_admin_routes, NULL};

static const struct route *const *const routes[HTTP_ROLES] = {
    [HTTP_PORTAL] = portal_routes,
    [HTTP_BRIDGE] = bridge_routes,
    [HTTP_ADMIN] = admin_routes,
};

static const char *
socket_path(const struct posternd *d, enum http_role role)
{
	switch (role) {
	case HTTP_PORTAL:
		return d->settings->sockets.portal;
	case HTTP_BRIDGE:
		return d->settings->sockets.bridge;
	default:
		return d->settings->sockets.admin;
	}
}

static int
take_socket(struct posternd *d, enum http_role role, int *fd_r)
{
	int r = systemd_take_socket(http_role_name(role), fd_r);

	if (r != 0 || *fd_r >= 0)
		return r;
	r = socket_listen(socket_path(d, role), SOCKET_MODE, fd_r);
	d->own_socket[role] = r == 0;
	return r;
}

int
posternd_listen(struct posternd *d)
{
	int r = 0;

	for (unsigned role = 0; r == 0 && role < HTTP_ROLES; role++) {
		struct http_options o = {.d = d,
		    .role = role,
		    .routes = routes[role],
		    .per_uid = (size_t)d->settings->limits.connections_per_user,
		    /* one more place for all strangers together */
		    .uids =
			role == HTTP_PORTAL ? d->settings->n_frontends + 1 : 2};

		r = take_socket(d, role, &o.fd);
		if (r == 0)
			r = http_start(&o, &d->http[role]);
		if (r != 0)
			log_error("http", "%s socket: %s", http_role_name(role),
			    strerror(-r));
	}
	return r == 0 ? EXIT_GOOD : EXIT_TROUBLE;
}

static size_t
in_flight(const struct posternd *d)
{
	size_t n = 0;

	for (unsigned role = 0; role < HTTP_ROLES; role++) {
		if (d->http[role] != NULL)
			n += http_in_flight(d->http[role]);
	}
	return n;
}

void
posternd_unlisten(struct posternd *d)
{
	const struct timespec step = {.tv_nsec = DRAIN_STEP_MS * 1000000L};
	int64_t end = clock_boot() + DRAIN_MS;

	for (unsigned role = 0; role < HTTP_ROLES; role++) {
		if (d->http[role] != NULL)
			http_quiesce(d->http[role]);
		if (d->own_socket[role])
			(void)unlink(socket_path(d, role));
	}
	d->stopping = true;
	if (d->lease_waiters != NULL)
		waiters_stop(d->lease_waiters);
	while (in_flight(d) > 0 && clock_boot() < end)
		(void)nanosleep(&step, NULL);
}

void
posternd_tick(struct posternd *d)
{
	int64_t boot = clock_boot();
	int64_t alive = systemd_watchdog_interval();

	for (unsigned role = 0; role < HTTP_ROLES; role++)
		http_tick(d->http[role], boot);
	waiters_tick(d->lease_waiters, boot);
	if (alive > 0 && boot - d->alive >= alive) {
		d->alive = boot;
		systemd_notify_alive();
	}
	if (boot - d->swept >= CLOCK_MINUTE) {
		d->swept = boot;
		(void)sessions_sweep(d->sessions, clock_now());
	}
}
