/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Cookies (RFC 6265) of the portal's pages. With the prefix __Host- a browser
 * takes them only over TLS and for this host alone. Lax, not Strict: with
 * Strict whoever comes from a mail's link would look signed out.
 */

#include <stdbool.h>
#include <stddef.h>

#define COOKIE_SESSION "__Host-postern"
#define COOKIE_DEVICE "__Host-postern-device"
#define COOKIE_DEVICE_SECONDS (365L * 24 * 3600)
/* Of a Set-Cookie header. */
#define COOKIE_TEXT_MAX 192

/*
 * The value of NAME in a Cookie header, if it is of exactly SIZE characters
 * of lower-case base32, and there only once; into TO with a NUL.
 */
bool cookie_find(
    const char *header, size_t len, const char *name, size_t size, char *to);
/* A Set-Cookie header. SECONDS 0: it goes; -1: until the browser ends. */
void cookie_text(const char *name, const char *value, long seconds,
    char text_r[static COOKIE_TEXT_MAX]);
