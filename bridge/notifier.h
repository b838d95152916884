/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The way out: N threads, each with a connection to posternd and one to the
 * relay, that lease notifications, compose, submit and report them. When
 * posternd or the relay is away they wait, longer each time and not in step.
 */

#include <stdint.h>
#include "base/attr.h"
#include "bridge/compose.h"
#include "bridge/submit.h"
#include "bridge/template.h"

#define NOTIFIER_THREADS_MAX 32

struct notifier;

/* All of it, and the strings in it, outlives the notifier. */
struct notifier_settings {
	const char *bridge_socket;
	const struct template_set *templates;
	struct compose_identity identity;
	struct submit_relay relay;
	unsigned connections;
};

int notifier_start(const struct notifier_settings *settings,
    struct notifier **n_r) PN_NODISCARD;
/*
 * No new leases; mails in hand get GRACE_MS to be sent and reported. Returns
 * when all threads have ended, a few seconds after that at the latest.
 */
void notifier_stop(struct notifier **n, int64_t grace_ms);
