/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What texts from outside may be. All take NUL-terminated UTF-8.
 */

#include <stdbool.h>
#include <stddef.h>

#define GRAMMAR_ADDRESS_MAX 254
#define GRAMMAR_NAME_MAX 200
#define GRAMMAR_EXTERNAL_MAX 128
#define GRAMMAR_LOGIN_MAX 64
#define GRAMMAR_LANGUAGE_MAX 35
#define GRAMMAR_TIME_ZONE_MAX 64
#define GRAMMAR_CREDENTIALS_MAX 64

/*
 * A mail address that needs no quoting anywhere: ASCII dot-atom of at most
 * 64, @, a domain of at least two labels (RFC 5321, 4.1.2), at most 254 in
 * all. Writes it with its domain in lower case.
 */
bool grammar_address(
    const char *text, char norm_r[static GRAMMAR_ADDRESS_MAX + 1]);
/* A name or credentials: no control characters, not all blanks. */
bool grammar_name(const char *text);
/* The practice's own id for a person: as a name, no blanks around it. */
bool grammar_external_id(const char *text);
/* Letters, digits and ._@+- ; written in lower case. */
bool grammar_login(const char *text, char norm_r[static GRAMMAR_LOGIN_MAX + 1]);
/* Shaped like RFC 5646: en, pt-BR, zh-Hant-TW. */
bool grammar_language(const char *text);
/* Shaped like an IANA name: Europe/Berlin, Etc/GMT+5, UTC. */
bool grammar_time_zone(const char *text);
/* A message: no control characters but tab and line feed. */
bool grammar_body(const char *text, size_t len);
