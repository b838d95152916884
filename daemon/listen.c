/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/posternd.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/children.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/socket.h"
#include "base/systemd.h"
#include "daemon/api.h"
#include "daemon/http.h"
#include "daemon/live.h"
#include "daemon/request.h"
#include "daemon/sessions.h"
#include "daemon/uploads.h"
#include "daemon/waiters.h"

#define SOCKET_MODE 0660
#define DRAIN_MS (10 * CLOCK_SECOND)
#define DRAIN_STEP_MS 20
#define SWEEP_MS (5 * CLOCK_MINUTE)

/* Everything a person can do is the same behind both. */
static const struct route *const portal_routes[] = {api_session_routes,
    api_thread_routes, api_entry_routes, api_message_routes, api_draft_routes,
    api_live_routes, api_contact_routes, api_self_routes, api_login_routes,
    api_factor_routes, api_totp_routes, api_passkey_routes,
    api_passphrase_routes, api_enrolment_routes, api_recovery_routes,
    api_link_routes, api_address_routes, api_people_routes,
    api_provision_routes, api_picture_routes, api_upload_routes,
    api_attachment_routes, NULL};
static const struct route *const bridge_routes[] = {api_bridge_routes, NULL};
static const struct route *const admin_routes[] = {api_admin_routes, NULL};

static const struct route *const *const routes[GATES] = {
    [GATE_PORTAL] = portal_routes,
    [GATE_WEB] = portal_routes,
    [GATE_BRIDGE] = bridge_routes,
    [GATE_ADMIN] = admin_routes,
};

static const char *
socket_path(const struct posternd *d, enum gate_role role)
{
	switch (role) {
	case GATE_PORTAL:
		return d->settings->sockets.portal;
	case GATE_WEB:
		return d->settings->sockets.web;
	case GATE_BRIDGE:
		return d->settings->sockets.bridge;
	default:
		return d->settings->sockets.admin;
	}
}

static int
take_socket(struct posternd *d, enum gate_role role, int *fd_r)
{
	int r = systemd_take_socket(gate_name(role), fd_r);

	if (r != 0 || *fd_r >= 0)
		return r;
	r = socket_listen(socket_path(d, role), SOCKET_MODE, fd_r);
	d->own_socket[role] = r == 0;
	return r;
}

static int
start_one(struct posternd *d, enum gate_role role)
{
	struct http_options o = {.handler = &request_handler,
	    .arg = &d->gates[role],
	    .per_uid = (size_t)d->settings->limits.connections_per_user};
	int r = take_socket(d, role, &o.fd);

	d->gates[role] = (struct gate){d, role, routes[role]};
	switch (role) {
	case GATE_PORTAL:
		o.uids = d->frontend_uids;
		o.uids_n = d->settings->n_frontends;
		break;
	case GATE_WEB:
		o.uids = &d->web_uid;
		o.uids_n = 1;
		o.per_uid = (size_t)d->settings->limits.web_connections;
		break;
	case GATE_BRIDGE:
		o.uids = &d->bridge_uid;
		o.uids_n = 1;
		break;
	default:
		o.uids = &d->admin_uid;
		o.uids_n = 1;
		break;
	}
	return r == 0 ? http_start(&o, &d->http[role]) : r;
}

int
posternd_listen(struct posternd *d)
{
	for (unsigned role = 0; role < GATES; role++) {
		int r = start_one(d, role);

		if (r == 0)
			continue;
		log_error("http", "sockets.%s, %s: %s", gate_name(role),
		    socket_path(d, role), strerror(-r));
		return EXIT_TROUBLE;
	}
	return EXIT_GOOD;
}

static size_t
in_flight(const struct posternd *d)
{
	size_t n = 0;

	for (unsigned role = 0; role < GATES; role++) {
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

	for (unsigned role = 0; role < GATES; role++) {
		if (d->http[role] != NULL)
			http_quiesce(d->http[role]);
		if (d->own_socket[role])
			(void)unlink(socket_path(d, role));
	}
	d->stopping = true;
	if (d->lease_waiters != NULL)
		waiters_stop(d->lease_waiters);
	if (d->live != NULL)
		live_stop(d->live);
	while (in_flight(d) > 0 && clock_boot() < end)
		(void)nanosleep(&step, NULL);
}

struct purge {
	struct writer_op op; /* first */
	struct posternd *d;
};

static int
purge_run(struct writer_op *op, struct store_txn *txn)
{
	struct posternd *d = ((struct purge *)(void *)op)->d;

	return sessions_purge(d->sessions, txn, clock_now());
}

static void
purge_done(struct writer_op *op, int result)
{
	(void)result;
	free(op);
}

/* What is dead in memory goes from the store too; if not now, then later. */
static void
purge_sessions(struct posternd *d)
{
	struct purge *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return;
	p->op = (struct writer_op){.run = purge_run, .done = purge_done};
	p->d = d;
	if (posternd_submit(d, &p->op) != 0)
		free(p);
}

bool
posternd_tick(struct posternd *d)
{
	struct pollfd helpers[] = {
	    {.fd = children_fd(d->judges)}, {.fd = children_fd(d->inspectors)}};
	int64_t boot = clock_boot();
	int64_t alive = systemd_watchdog_interval();

	waiters_tick(d->lease_waiters, boot);
	live_tick(d->live, boot);
	if (alive > 0 && boot - d->alive >= alive) {
		d->alive = boot;
		systemd_notify_alive();
	}
	if (boot - d->swept >= SWEEP_MS) {
		d->swept = boot;
		(void)sessions_sweep(d->sessions, boot);
		uploads_tick(d->uploads, boot);
		purge_sessions(d);
	}
	rounds_tick(d, boot);
	if (poll(helpers, PN_ARRAY_LEN(helpers), 0) <= 0)
		return true;
	if (helpers[0].revents != 0)
		log_error(
		    "passkey", "the program that judges passkeys has ended");
	if (helpers[1].revents != 0)
		log_error("files", "the process that looks at files has ended");
	return false;
}
