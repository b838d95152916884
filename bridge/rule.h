/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The longer rules of classify.c's table, which stands there in its order:
 * bounces that are no readable report (rule_bounce.c), and what says that
 * nobody wrote this (rule_auto.c). A rule matches or does not; it changes
 * nothing.
 */

#include <stdbool.h>
#include "bridge/facts.h"

/* Still on its way, by subject, from a daemon or nobody. */
bool rule_bounce_delay(const struct facts *f);
/* A report whose status cannot be read, or is missing. */
bool rule_broken_report(const struct facts *f);
/* Headers that only bounces have. */
bool rule_bounce_header(const struct facts *f);
/* Two of: a daemon wrote it, no sender, bounce words, the mail came back. */
bool rule_bounce_signs(const struct facts *f);

/* RFC 3834: Auto-Submitted is anything but "no". */
bool rule_auto_submitted(const struct facts *f);
/* ... and it answers something. */
bool rule_auto_replied(const struct facts *f);
/* Older headers of auto-responders, and of other machines. */
bool rule_reply_header(const struct facts *f);
bool rule_other_header(const struct facts *f);
/* A null sender or Precedence, and words that only then are one. */
bool rule_reply_signs(const struct facts *f);
/* From "noreply" and the like. */
bool rule_other_sender(const struct facts *f);
/* X-Auto-Response-Suppress: a request, which costs nothing to obey. */
bool rule_answers_unwanted(const struct facts *f);
/* "Out of office" and the like, at the very beginning of the subject. */
bool rule_reply_by_subject(const struct facts *f);
