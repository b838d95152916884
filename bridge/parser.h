/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Verdicts from parse children (bridge/child.h, base/children.h). Any thread
 * may ask. A child that is too slow, dies or talks nonsense is killed and its
 * mail is "malformed"; the next mail gets a fresh child.
 */

#include <stdint.h>
#include "base/attr.h"
#include "base/children.h"
#include "bridge/classify.h"
#include "bridge/verdict.h"

#define PARSER_CHILDREN CHILDREN_MAX
#define PARSER_TIMEOUT 2000 /* milliseconds for one mail */

struct parser;

/*
 * Forks the server: call while the process has one thread, has read no secret
 * and has called g_mime_init(). OWN's strings must stay. 0 or -errno.
 */
int parser_start(const struct trace_own *own, struct parser **p_r) PN_NODISCARD;
/* As children_fd(). */
int parser_fd(const struct parser *p);
/* Nobody may be asking any more. */
void parser_stop(struct parser **p);

/*
 * Judges DATA, of which at most CLASSIFY_MAIL_MAX bytes count. 0 and a verdict
 * whose numbers are in range, or -errno if no child could be had: try later.
 */
int parser_judge(struct parser *p, const struct classify_envelope *envelope,
    const uint8_t *data, size_t len, struct verdict *v_r) PN_NODISCARD;

#define parser_auto PN_CLEANUP(parser_stop)
