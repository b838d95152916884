/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Notifications leased from posternd (POST /v1/bridge/leases), and what
 * became of them (POST /v1/bridge/results). posternd owns states and backoff;
 * a lease nobody reports on goes back to it by itself.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include "base/attr.h"
#include "base/client.h"
#include "bridge/compose.h"
#include "bridge/submit.h"

#define LEASE_MAX 20

struct lease {
	/* the strings in here are the lease's own */
	const char *id;
	bool good; /* false: only the id could be made out */
	struct compose_notice notice;
};

struct leases {
	struct lease items[LEASE_MAX];
	size_t n;
	int64_t end; /* clock_boot() when they go back */
	json_t *body;
};

/* Positive code of both calls: posternd said no. */
enum lease_code {
	LEASE_REFUSED = 1,
};

/*
 * At most MAX leases; waits up to WAIT_SECONDS for the first one. None is a
 * good answer. 0, LEASE_REFUSED, or client_call()'s -errno.
 */
int lease_take(struct client *c, size_t max, unsigned wait_seconds,
    struct leases *l_r) PN_NODISCARD;
void leases_fini(struct leases *l);

int lease_report(struct client *c, const char *id,
    const struct submit_result *result) PN_NODISCARD;

#define leases_auto PN_CLEANUP(leases_fini)
