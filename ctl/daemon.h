/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Asking posternd over its admin socket, and saying so when it cannot. */

#include <jansson.h>
#include <stdio.h>
#include "base/attr.h"
#include "base/client.h"
#include "ctl/command.h"

/* 0 and a client for --socket or the configured path, or an exit code. */
int daemon_open(struct ctl *ctl, struct client **c_r) PN_NODISCARD;
/*
 * As client_call(); 0 on a 2xx reply with a JSON body, else an exit code
 * after the reason was printed.
 */
int daemon_call(struct ctl *ctl, struct client *c, const char *method,
    const char *target, json_t *body,
    struct client_reply *reply_r) PN_NODISCARD;
/*
 * All pages of the list at TARGET (path and query, which has one parameter at
 * least) as one array in *ITEMS_R.
 */
int daemon_list(struct ctl *ctl, struct client *c, const char *target,
    json_t **items_r) PN_NODISCARD;

/* Prints J and a newline, indented and sorted as it came. */
int daemon_print_json(FILE *out, json_t *j);
/* The same for a list: {"items": ITEMS}. */
int daemon_print_items(FILE *out, json_t *items);
/* TEXT as one path segment, percent-encoded: to be freed; NULL: no memory. */
char *daemon_path_segment(const char *text);
