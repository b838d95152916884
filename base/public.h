/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a page may know before anybody signs in: the practice's words and
 * rules. GET /v1/settings answers it, and posternctl portal-words writes it
 * where the reverse proxy finds it while posternd is down: crisis line and
 * telephone stand in it. Nothing else of the configuration is public.
 */

#include <jansson.h>
#include "base/attr.h"
#include "base/settings.h"

/* Characters of a passphrase; and of one beside a second factor. */
#define PUBLIC_PASSPHRASE_MIN 15
#define PUBLIC_PASSPHRASE_MIN_WITH_FACTOR 8
/* How soon providers answer who do not say otherwise. */
#define PUBLIC_RESPONSE_DAYS_FROM 1
#define PUBLIC_RESPONSE_DAYS_TO 3

/* A new reference, "Settings" in docs/openapi.yaml; NULL: out of memory. */
json_t *public_settings(const struct settings *s) PN_NODISCARD;
